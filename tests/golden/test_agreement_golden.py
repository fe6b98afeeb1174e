"""Published results and another implementation: agreement coefficients."""

from __future__ import annotations

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citywatch.errors import NoDataError
from citywatch.uncertainty import agreement as ag

# Krippendorff (2011), four observers, twelve units, values 1-5; the data behind Gwet's raw table as well.
OBSERVERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]
CODES = np.array([[ag.MISSING if value is None else value - 1 for value in row] for row in OBSERVERS]).T


def ordinal(codes: ag.Codes) -> ag.Matrix:
    return ag.ordinal_distance(codes, 5)


def nominal(_codes: ag.Codes) -> ag.Matrix:
    return ag.nominal_distance(range(5))


def test_krippendorffs_published_example() -> None:
    assert ag.agreement(CODES, 5, nominal, draws=50).alpha.value == pytest.approx(0.743, abs=5e-4)
    assert ag.agreement(CODES, 5, ordinal, draws=50).alpha.value == pytest.approx(0.815, abs=5e-4)


def test_gwets_published_tables() -> None:
    found = ag.agreement(CODES, 5, nominal, draws=50)
    assert found.percent.value == pytest.approx(81.818, abs=1e-3)
    assert found.ac1.value == pytest.approx(0.77544, abs=5e-5)
    # Gwet (2008): 118 and 2 agreements, 5 and 0 disagreements; kappa is about zero, AC1 is not.
    paradox = np.array([[0, 0]] * 118 + [[0, 1]] * 5 + [[1, 0]] * 2)
    assert ag.agreement(paradox, 2, lambda _: ag.nominal_distance(range(2)), draws=50).ac1.value == pytest.approx(
        0.9408, abs=5e-5
    )


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 5), st.integers(4, 30), st.integers(2, 5), st.integers(0, 10**6))
def test_alpha_equals_another_implementation(coders: int, units: int, values: int, seed: int) -> None:
    drawn = np.random.default_rng(seed)
    codes = drawn.integers(0, values, size=(units, coders))
    codes[drawn.random((units, coders)) < 0.2] = ag.MISSING
    paired = codes[(codes != ag.MISSING).sum(axis=1) >= 2]
    if len(paired) == 0 or len(np.unique(paired[paired != ag.MISSING])) < 2:
        return
    table = np.where(codes == ag.MISSING, np.nan, codes).T
    counts = ag._value_counts(paired, values)
    domain = list(range(values))
    nominal_alpha = krippendorff.alpha(reliability_data=table, level_of_measurement="nominal", value_domain=domain)
    ordinal_alpha = krippendorff.alpha(reliability_data=table, level_of_measurement="ordinal", value_domain=domain)
    assert ag.krippendorff_alpha(counts, ag.nominal_distance(domain)) == pytest.approx(float(nominal_alpha), abs=1e-9)
    assert ag.krippendorff_alpha(counts, ag.ordinal_distance(paired, values)) == pytest.approx(
        float(ordinal_alpha), abs=1e-9
    )


def test_masi_by_hand() -> None:
    sets = [frozenset("ab"), frozenset("abc"), frozenset("bd"), frozenset("x"), frozenset("ab")]
    distance = ag.masi_distance(sets)
    assert distance[0, 4] == 0
    assert distance[0, 1] == pytest.approx(1 - 2 / 3 * 2 / 3)
    assert distance[0, 2] == pytest.approx(1 - 1 / 3 * 1 / 3)
    assert distance[0, 3] == 1


def test_no_variation_is_undefined_and_says_so() -> None:
    same = np.zeros((10, 2), dtype="int64")
    found = ag.agreement(same, 2, lambda _: ag.nominal_distance(range(2)), draws=50)
    assert found.percent.value == 100
    assert found.alpha.value is None
    assert found.alpha.interval is None
    assert "no variation" in found.alpha.note
    assert found.ac1.value == pytest.approx(1)


def test_an_estimate_outside_its_interval_is_flagged_never_clipped() -> None:
    rare = np.array([[0, 0]] * 40 + [[0, 1]])
    found = ag.agreement(rare, 2, lambda _: ag.nominal_distance(range(2)), draws=400)
    assert found.alpha.value is not None
    assert found.alpha.interval is not None
    inside = found.alpha.value in found.alpha.interval
    assert inside or "does not contain" in found.alpha.note
    assert "draws undefined" in found.alpha.note


def test_nothing_to_compare_is_refused() -> None:
    with pytest.raises(NoDataError, match="two values"):
        ag.agreement(np.array([[0, ag.MISSING]]), 2, lambda _: ag.nominal_distance(range(2)))
