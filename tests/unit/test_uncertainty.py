"""Intervals against published values, their refusals, and how numbers are written."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest

from citywatch.errors import InputError, NoDataError
from citywatch.uncertainty import (
    Interval,
    bootstrap_ratio,
    bootstrap_share,
    clopper_pearson_interval,
    country_draws,
    difference_intervals,
    kish_effective_number,
    newcombe_interval,
    percent,
    percent_range,
    points,
    points_range,
    resample_share,
    times,
    times_range,
    wilson_interval,
)


# Newcombe (1998), Statistics in Medicine 17, 857-872, table I, methods 3 (Wilson) and 5 (Clopper-Pearson).
@pytest.mark.parametrize(
    ("successes", "trials", "wilson", "exact"),
    [
        (81, 263, (0.2553, 0.3662), (0.2527, 0.3676)),
        (15, 148, (0.0624, 0.1605), (0.0578, 0.1617)),
        (0, 20, (0.0, 0.1611), (0.0, 0.1684)),
        (1, 29, (0.0061, 0.1718), (0.0009, 0.1776)),
    ],
)
def test_published_intervals_of_one_share(
    successes: int, trials: int, wilson: tuple[float, float], exact: tuple[float, float]
) -> None:
    score, beta = wilson_interval(successes, trials), clopper_pearson_interval(successes, trials)
    assert (score.low, score.high) == pytest.approx(wilson, abs=5e-5)
    assert (beta.low, beta.high) == pytest.approx(exact, abs=5e-5)


def test_published_interval_of_a_difference() -> None:
    # Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10, 56/70 - 48/80.
    found = newcombe_interval((56 / 70, wilson_interval(56, 70)), (48 / 80, wilson_interval(48, 80)))
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_exact_interval_of_fractional_numbers_lies_between_the_whole_ones() -> None:
    low, middle, high = (clopper_pearson_interval(3.0, trials) for trials in (11.0, 10.5, 10.0))
    assert low.high < middle.high < high.high
    assert low.low < middle.low < high.low


@pytest.mark.parametrize("interval", [wilson_interval, clopper_pearson_interval])
def test_a_share_of_nothing_is_refused(interval: object) -> None:
    with pytest.raises(NoDataError):
        interval(0, 0)  # type: ignore[operator]
    with pytest.raises(InputError):
        interval(3, 2)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("low", "high", "level", "method"),
    [(2, 1, 0.95, "x"), (nan, 1, 0.95, "x"), (0, inf, 0.95, "x"), (0, 1, 0, "x"), (0, 1, 1, "x"), (0, 1, 0.95, "")],
)
def test_an_interval_cannot_hold_a_wrong_value(low: float, high: float, level: float, method: str) -> None:
    with pytest.raises(InputError):
        Interval(low, high, level, method)


def test_an_interval_without_its_estimate_is_flagged_and_not_clipped() -> None:
    interval = Interval(2, 3, 0.95, "x")
    assert interval.flagged(2.5) == interval
    flagged = interval.flagged(4)
    assert (flagged.low, flagged.high) == (2, 3)
    assert "does not contain its estimate" in flagged.note


def test_kish_effective_number() -> None:
    assert kish_effective_number([1, 1, 1, 0]) == pytest.approx(3)
    assert kish_effective_number([4, 1, 1]) == pytest.approx(36 / 18)
    with pytest.raises(NoDataError):
        kish_effective_number([0, 0])
    with pytest.raises(InputError):
        kish_effective_number([1, -1])


def test_draws_are_fixed_by_their_seed_and_add_up() -> None:
    first = country_draws(20, 50, 3)
    country_draws.cache_clear()
    assert np.array_equal(first, country_draws(20, 50, 3))
    assert not np.array_equal(first, country_draws(20, 50, 4))
    assert (first.sum(axis=1) == 20).all()
    with pytest.raises(NoDataError):
        country_draws(0, 50, 3)


def test_bootstrap_of_ones_is_the_bootstrap_of_a_proportion() -> None:
    countries, inside = 100, 30
    counts = np.repeat([1.0, 0.0], [inside, countries - inside])
    (found,) = bootstrap_share(country_draws(countries, 20_000, 1), counts, np.ones(countries))
    half = 1.96 * (0.3 * 0.7 / countries) ** 0.5
    assert (found.low, found.high) == pytest.approx((0.3 - half, 0.3 + half), abs=0.012)


def test_ratio_is_one_where_every_country_has_one_agreement() -> None:
    draws = country_draws(30, 500, 1)
    inside = np.repeat([1.0, 0.0], [12, 18])
    (found,) = bootstrap_ratio(draws, (inside, np.ones(30)), (inside, np.ones(30)))
    assert (found.low, found.high) == pytest.approx((1, 1))


def test_draws_without_a_value_are_counted_in_the_note() -> None:
    inside = np.array([1.0, 0, 0, 0, 0])
    draws = country_draws(5, 400, 1)
    (found,) = bootstrap_ratio(draws, (inside, np.ones(5)), (inside, np.ones(5)))
    empty = int((draws[:, 0] == 0).sum())
    assert empty > 0
    assert found.note == f"{empty} of 400 draws had no value and are left out"
    with pytest.raises(NoDataError):
        bootstrap_ratio(draws, (np.zeros(5), np.ones(5)), (inside, np.ones(5)))


def test_difference_uses_the_same_draws() -> None:
    share = resample_share(country_draws(20, 200, 1), np.arange(20) % 3, np.full(20, 3))
    (found,) = difference_intervals(share, share)
    assert (found.low, found.high) == (0, 0)


def test_counts_of_another_number_of_countries_are_refused() -> None:
    with pytest.raises(InputError):
        bootstrap_share(country_draws(5, 10, 1), np.ones(4), np.ones(4))


def test_numbers_as_readers_see_them() -> None:
    assert percent(62.5) == "63\u00a0%"
    assert percent(100 * 0.285) == "29\u00a0%"  # 28.499999999999996 in binary
    assert percent(68.357, 1) == "68.4\u00a0%"
    assert percent_range(Interval(26.7, 58.6, 0.95, "x")) == "27–59\u00a0%"
    assert times(1.25) == "1.3"
    assert times_range(Interval(0.95, 2.44, 0.95, "x")) == "1.0–2.4"
    assert (points(11.6), points(-3.2), points(-0.2)) == ("+12", "−3", "0")
    assert points_range(Interval(-3.2, 11.6, 0.95, "x")) == "−3 to +12"
