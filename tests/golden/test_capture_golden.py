"""Published capture-recapture tables: what other programs and the studies themselves print."""

from __future__ import annotations

import pytest

from citywatch.uncertainty.capture import CaptureTable, assumed_dependence, lower_bound
from citywatch.uncertainty.loglinear import NO_MAXIMUM, average, fit_model, hierarchical_models, profile_interval


def _table(lists: str, cells: dict[str, int]) -> CaptureTable:
    return CaptureTable(
        tuple(lists.split()), {tuple(mark == "1" for mark in key): count for key, count in cells.items()}
    )


# Killings in Kosovo, March to June 1999 (Ball, Betts, Scheuren, Dudukovich and Asher 2002). The fifteen cells as printed in
# the reference page of estimate_population_stepwise, R package MultipleSystemsEstimation (B. W. Silverman).
KOSOVO = _table(
    "EXH ABA OSCE HRW",
    {
        "1000": 1131, "0100": 845, "0010": 936, "0001": 306, "1100": 177, "1010": 228, "1001": 106, "0110": 217,
        "0101": 31, "0011": 123, "1110": 181, "1101": 18, "1011": 42, "0111": 32, "1111": 27,
    },
)  # fmt: skip
# The data set Korea of the same page, its cells and its estimates.
KOREA = _table("b c d", {"001": 41, "010": 5, "100": 5, "110": 54, "101": 6, "011": 0, "111": 12})
# Hepatitis A in a college of northern Taiwan, 1995 (Chao et al. 2001, Statistics in Medicine 20). The margins 135, 122, 126
# and 271 stand in the help page of R package CARE1; with the cells 55, 63, 18 and 28 of the article they give all seven.
HEPATITIS = _table("P Q E", {"100": 69, "010": 55, "001": 63, "110": 21, "101": 17, "011": 18, "111": 28})


def test_the_tables_add_up_to_what_was_published() -> None:
    assert KOSOVO.units == 4400
    assert KOREA.units == 123
    assert HEPATITIS.units == 271
    assert [sum(n for cell, n in HEPATITIS.cells.items() if cell[at]) for at in range(3)] == [135, 122, 126]


def test_kosovo_total_is_the_one_of_the_report() -> None:
    """The report puts 10,356 killings; the model without ABA x HRW and with one interaction of three lists gives it."""
    model = fit_model(KOSOVO, [(0, 1), (0, 2), (0, 3), (1, 2), (2, 3), (0, 1, 2)])
    assert model.total == pytest.approx(10_356, abs=1)
    interval = profile_interval(KOSOVO, model)
    assert interval is not None
    assert interval.low < 10_356 < interval.high


def test_kosovo_agrees_with_another_program() -> None:
    """Printed there: model [134,12,23], unseen 13993.31, in all 18393.31."""
    model = fit_model(KOSOVO, [(0, 1), (0, 2), (0, 3), (1, 2), (2, 3), (0, 2, 3)])
    assert model.unseen == pytest.approx(13_993.31, abs=0.005)
    assert model.total == pytest.approx(18_393.31, abs=0.005)


def test_kosovo_has_113_models_and_the_heaviest_by_bic_is_that_of_the_report() -> None:
    """Silverman, Chan and Vincent (2024), Statistics and Computing 34: "only 113 admissible candidate models"."""
    found = average(KOSOVO, 3, criterion="bic", least_weight=0.01)
    assert len(found.models) == 113
    assert found.left_out == {}
    assert found.models[0].total == pytest.approx(10_356, abs=1)
    assert found.interval is not None
    assert found.interval.low < found.total < found.interval.high
    assert sum(model.weight for model in found.models) == pytest.approx(1)


def test_an_empty_cell_is_no_obstacle() -> None:
    """Printed there: model [12,3], unseen 145.7778, in all 268.7778; six of eight models have an estimate."""
    assert fit_model(KOREA, [(0, 1)]).total == pytest.approx(268.7778, abs=5e-5)
    found = average(KOREA, 2)
    assert len(found.models) == 6
    assert found.left_out == {NO_MAXIMUM: 2}


def test_hepatitis_saturated_model_overshoots_as_published() -> None:
    """Van Hest et al. (2007), Epidemiology and Infection: 1314 by the saturated model, 545 by a later serology."""
    models = {terms: fit_model(HEPATITIS, terms) for terms in hierarchical_models(3, 2)}
    saturated = models[(0, 1), (0, 2), (1, 2)]
    assert saturated.total == pytest.approx(1314, abs=1.5)
    assert saturated.deviance == pytest.approx(0, abs=1e-6)
    assert lower_bound(HEPATITIS).total < 545


def test_the_saturated_model_has_a_closed_form() -> None:
    """Fienberg (1972): the missing cell of three lists is the ratio of products of the seven."""
    cells = HEPATITIS.cells
    odd = cells[True, False, False] * cells[False, True, False] * cells[False, False, True] * cells[True, True, True]
    even = cells[True, True, False] * cells[True, False, True] * cells[False, True, True]
    assert fit_model(HEPATITIS, [(0, 1), (0, 2), (1, 2)]).unseen == pytest.approx(odd / even)


def test_two_lists_give_chapman() -> None:
    """Seber (1982), chapter 3.1: N = (n1 + 1)(n2 + 1) / (m + 1) - 1."""
    both, one, other = 37, 22, 10
    table = CaptureTable(("a", "b"), {(True, True): both, (True, False): one, (False, True): other})
    chapman = (both + one + 1) * (both + other + 1) / (both + 1) - 1
    assert lower_bound(table).total == pytest.approx(chapman)
    assert assumed_dependence(both, one, other, 1).total == pytest.approx(chapman)
    assert assumed_dependence(both, one, other, 1).interval.high == pytest.approx(lower_bound(table).interval.high)


def test_equal_lists_give_chao() -> None:
    """Chao (1987): unseen at least (t - 1) / t x f1^2 / (2 f2) where lists are of one size; 1 is added to f2 here."""
    table = CaptureTable(
        ("a", "b", "c"),
        {
            (True, False, False): 20, (False, True, False): 20, (False, False, True): 20,
            (True, True, False): 6, (True, False, True): 6, (False, True, True): 6, (True, True, True): 2,
        },
    )  # fmt: skip
    assert lower_bound(table).unseen == pytest.approx(2 / 3 * 60**2 / (2 * (18 + 1)))
