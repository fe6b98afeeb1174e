"""The stopping bound against numbers worked by hand with binomial coefficients, against scipy, and its exact coverage."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from citywatch.errors import InputError, NoDataError, SettingError
from citywatch.uncertainty import most_in_population, recall_bound, spent_alpha


def chance(hits: int, population: int, relevant: int, sample: int) -> Fraction:
    """P(X <= hits), in whole numbers."""
    ways = sum(comb(relevant, one) * comb(population - relevant, sample - one) for one in range(hits + 1))
    return Fraction(ways, comb(population, sample))


@pytest.mark.parametrize(
    ("population", "sample", "hits", "alpha", "most"),
    [
        # 5 of 10, none relevant: C(7,5)/C(10,5) = 21/252 = .083 for K = 3, C(6,5)/252 = .024 for K = 4
        (10, 5, 0, 0.05, 3),
        # 2 of 4, one relevant: K = 3 gives C(3,1)C(1,1)/C(4,2) = 1/2; K = 4 cannot give one miss
        (4, 2, 1, 0.05, 3),
        # 10 of 20, none: (10)_K/(20)_K: .5, .237, .105, .043
        (20, 10, 0, 0.05, 3),
        # 59 of 60: K = 1 is missed with chance 1/60 < .05
        (60, 59, 0, 0.05, 0),
        (60, 57, 0, 0.05, 0),  # 3/60 is .05, and more than alpha is asked for
        (60, 56, 0, 0.05, 1),  # 4/60
        (50, 50, 7, 0.05, 7),  # all read: nothing is left to doubt
        (50, 0, 0, 0.05, 50),  # none read: all may be relevant
        (1200, 200, 1, 0.05, 26),
        (10_000, 500, 0, 0.05, 58),
    ],
)
def test_worked_by_hand(population: int, sample: int, hits: int, alpha: float, most: int) -> None:
    assert most_in_population(population, sample, hits, alpha) == most
    if most < population - sample + hits:
        assert chance(hits, population, most + 1, sample) <= Fraction(alpha)
    assert chance(hits, population, most, sample) > Fraction(1, 20)


def test_the_recall_of_a_bound() -> None:
    bound = recall_bound(9, 10, 5, 0)
    assert (bound.most, bound.missed) == (3, 3)
    assert bound.low == bound.low_before == 9 / 12
    bound = recall_bound(80, 1200, 200, 1)
    assert (bound.low, bound.low_before) == (81 / 106, 80 / 106)
    assert bound.missed == 25
    assert bound.estimate == 81 / 86


@given(st.integers(1, 60), st.data())
def test_against_an_obvious_search_and_scipy(population: int, data: st.DataObject) -> None:
    sample = data.draw(st.integers(0, population))
    hits = data.draw(st.integers(0, sample))
    alpha = data.draw(st.sampled_from([0.2, 0.1, 0.05, 0.01, 0.001]))
    obvious = max(
        most
        for most in range(hits, population - sample + hits + 1)
        if chance(hits, population, most, sample) > Fraction(str(alpha))
    )
    assert most_in_population(population, sample, hits, alpha) == obvious
    assert most_in_population(5, 1, 0, 0.2) == 3, "four hits are missed with chance 1/5, which is not more than 0.2"
    assert float(hypergeom.cdf(hits, population, obvious, sample)) == pytest.approx(
        float(chance(hits, population, obvious, sample))
    )


@pytest.mark.parametrize(("population", "sample"), [(12, 5), (40, 10), (40, 30), (75, 20)])
@pytest.mark.parametrize("alpha", [0.05, 0.2])
def test_its_exact_coverage_is_never_below_the_level(population: int, sample: int, alpha: float) -> None:
    worst = Fraction(1)
    for relevant in range(population + 1):
        held = Fraction(0)
        for hits in range(max(0, sample + relevant - population), min(sample, relevant) + 1):
            if most_in_population(population, sample, hits, alpha) >= relevant:
                held += Fraction(
                    comb(relevant, hits) * comb(population - relevant, sample - hits), comb(population, sample)
                )
        worst = min(worst, held)
    assert worst >= 1 - alpha - 1e-9
    assert worst < 1 - alpha / 20  # and it is not vacuous


@given(st.integers(5, 300), st.data())
def test_more_reading_never_loosens_and_more_hits_never_tighten(population: int, data: st.DataObject) -> None:
    sample = data.draw(st.integers(1, population - 1))
    hits = data.draw(st.integers(0, sample - 1))
    assert most_in_population(population, sample + 1, hits, 0.05) <= most_in_population(population, sample, hits, 0.05)
    assert most_in_population(population, sample, hits + 1, 0.05) > most_in_population(population, sample, hits, 0.05)
    assert most_in_population(population, sample, hits, 0.01) >= most_in_population(population, sample, hits, 0.05)


def test_looks_never_spend_more_than_there_is() -> None:
    assert sum(spent_alpha(0.05, look) for look in range(1, 10_000)) < 0.05
    assert sum(spent_alpha(0.05, look, 7) for look in range(1, 8)) == pytest.approx(0.05)
    assert [spent_alpha(0.06, look) for look in (1, 2, 3)] == pytest.approx([0.03, 0.01, 0.005])
    one, counted = recall_bound(80, 1200, 200, 1), recall_bound(80, 1200, 200, 1, look=(2, None))
    assert counted.alpha == pytest.approx(0.05 / 6)
    assert counted.low < one.low


@pytest.mark.parametrize(
    ("counts", "error"),
    [
        ((5, 10, 11, 0), InputError),
        ((5, 10, 5, 6), InputError),
        ((-1, 10, 5, 0), InputError),
        ((5, 10, 5, -1), InputError),
        ((0, 10, 10, 0), NoDataError),
    ],
)
def test_what_makes_no_sense_is_refused(counts: tuple[int, int, int, int], error: type[Exception]) -> None:
    with pytest.raises(error):
        recall_bound(*counts)


@pytest.mark.parametrize(("look", "looks"), [(0, None), (3, 2), (-1, 4)])
def test_looks_that_make_no_sense(look: int, looks: int | None) -> None:
    with pytest.raises(SettingError):
        spent_alpha(0.05, look, looks)
