"""Every estimator behind undercount, doubt and trends: an effect, none, too few, another order, the same seed.

Beside tests/contract/test_models_catalogue.py, which holds those of drivers and curves. Completeness by delay has no interval; it
is worked by hand in tests/unit/test_trends.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from citywatch.errors import CitywatchError
from citywatch.findings.facts import read
from citywatch.uncertainty import country_draws, resample_share, share_intervals
from citywatch.uncertainty.capture import CaptureTable, assumed_dependence, lower_bound
from citywatch.uncertainty.concentration import Measure, concentration_interval, herfindahl, top_share
from citywatch.uncertainty.imputation import pool
from citywatch.uncertainty.interval import Interval
from citywatch.uncertainty.loglinear import average

Matrix = NDArray[np.float64]
COUNTRIES, HOLDERS = 194, 8


@dataclass(frozen=True)
class World:
    """Three lists of countries, agreements by country and holder, and estimates of imputations with their variances.

    With an effect the lists miss countries, the first holder has most, and the estimates lie above 0.
    """

    members: dict[str, frozenset[str]]
    counts: Matrix
    estimates: Matrix
    variances: Matrix

    def turned(self) -> World:
        order = np.random.default_rng(99).permutation(len(self.counts))
        again = np.random.default_rng(98).permutation(len(self.estimates))
        members = dict(reversed(self.members.items()))
        return World(members, self.counts[order], self.estimates[again], self.variances[again])


def world(*, effect: bool, seed: int = 6) -> World:
    generator = np.random.default_rng(seed)
    names = np.array([f"c{at:03}" for at in range(COUNTRIES)])
    marks = generator.random((3, COUNTRIES)) < 0.5
    if not effect:
        marks[0] = True
    members = {name: frozenset(str(one) for one in names[mark]) for name, mark in zip("abc", marks, strict=True)}
    shares = np.array([0.6, *[0.4 / (HOLDERS - 1)] * (HOLDERS - 1)]) if effect else np.full(HOLDERS, 1 / HOLDERS)
    rows = np.minimum(generator.geometric(0.3, COUNTRIES) * (generator.random(COUNTRIES) < 0.6), 20)
    counts = np.array([generator.multinomial(size, shares) for size in rows]).astype("float64")
    estimates = (1.0 if effect else 0.0) + generator.normal(0, 0.15, 20)
    return World(members, counts, estimates, np.full(20, 0.04))


def few() -> World:
    """Lists without a common country, agreements in one, and one imputation."""
    members = {name: frozenset({f"only-{name}"}) for name in "abc"}
    counts = np.zeros((COUNTRIES, HOLDERS))
    counts[0, 0] = 1
    return World(members, counts, np.zeros(1), np.ones(1))


def _unseen(units: int, interval: Interval | None) -> Interval:
    assert interval is not None
    return Interval(interval.low - units, interval.high - units, interval.level, interval.method)


def _bound(made: World) -> Interval:
    found = lower_bound(CaptureTable.of_members(made.members))
    return _unseen(found.units, found.interval)


def _assumed(made: World) -> Interval:
    table = CaptureTable.of_members({name: made.members[name] for name in "ab"})
    found = assumed_dependence(*table.pair(0, 1), 2.0)
    return _unseen(found.units, found.interval)


def _log_linear(made: World) -> Interval:
    facts = read("lists")
    table = CaptureTable.of_members(made.members)
    found = average(table, facts["interactions"][3], criterion=facts["criterion"], least_weight=facts["least_weight"])
    return _unseen(table.units, found.interval)


def _draws(made: World) -> Matrix:
    return country_draws(len(made.counts), 1000, 3)


def _concentration(measure: Measure, even: float) -> Callable[[World], Interval]:
    """The logarithm of a measure over what it would be if all holders had the same."""

    def ask(made: World) -> Interval:
        counts = made.counts[np.lexsort(made.counts.T)]
        _, interval = concentration_interval(measure, counts, _draws(made) @ counts)
        return Interval(float(np.log(interval.low / even)), float(np.log(interval.high / even)), 0.95, interval.method)

    return ask


def _share(made: World) -> Interval:
    """Share of the first holder, less an even share."""
    counts = made.counts[np.lexsort(made.counts.T)]
    totals = counts.sum(axis=1)
    if (totals > 0).sum() < read("settings")["minimum_countries"]:
        raise CitywatchError("share of too few countries: no bootstrap, the exact interval stands in its place")
    drawn = resample_share(_draws(made), counts[:, :1], totals)
    interval = share_intervals(drawn, 0.95)[0]
    return Interval(interval.low - 1 / HOLDERS, interval.high - 1 / HOLDERS, 0.95, interval.method)


def _rubin(made: World) -> Interval:
    return pool(made.estimates, made.variances).interval()


CATALOGUE: dict[str, Callable[[World], Interval]] = {
    "lower_bound": _bound,
    "assumed_dependence": _assumed,
    "log_linear": _log_linear,
    "concentration_index": _concentration(herfindahl, 1 / HOLDERS),
    "largest_share": _concentration(top_share(1), 1 / HOLDERS),
    "share_of_rows": _share,
    "rubin": _rubin,
}
"""Every estimator with an interval; it lies above 0 where there is an effect."""


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_known_effect_is_found(name: str) -> None:
    assert CATALOGUE[name](world(effect=True)).low > 0


@pytest.mark.parametrize("name", CATALOGUE)
def test_no_effect_is_not_found(name: str) -> None:
    """Where one list holds all, log-linear models have no estimate and refuse instead."""
    if name == "log_linear":
        with pytest.raises(CitywatchError, match="none gives an estimate"):
            CATALOGUE[name](world(effect=False))
        return
    interval = CATALOGUE[name](world(effect=False))
    assert interval.low <= 1e-9
    assert interval.high >= -1e-9


@pytest.mark.parametrize("name", CATALOGUE)
def test_too_few_are_refused_with_the_reason(name: str) -> None:
    with pytest.raises(CitywatchError, match=r"\w+ \w+ \w+"):
        CATALOGUE[name](few())


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_order_does_not_matter(name: str) -> None:
    made = world(effect=True)
    first, second = CATALOGUE[name](made), CATALOGUE[name](made.turned())
    assert (first.low, first.high) == pytest.approx((second.low, second.high), rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_same_seed_gives_the_same(name: str) -> None:
    assert CATALOGUE[name](world(effect=True)) == CATALOGUE[name](world(effect=True))
