"""Agreement between coders: percent agreement, Krippendorff's alpha, Gwet's AC1, each with a bootstrap over units."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citywatch.errors import NoDataError
from citywatch.uncertainty.interval import DEFAULT_LEVEL, Interval

Codes = NDArray[np.int64]
Matrix = NDArray[np.float64]
MISSING = -1
UNDEFINED = "undefined: every coder gave every unit the same value, so there is no variation to agree about"


@dataclass(frozen=True, slots=True)
class Coefficient:
    """An agreement coefficient.

    Attributes:
        value: The estimate; None where it is undefined.
        interval: Percentile interval of a bootstrap over units; None where it is undefined.
        note: Why it is undefined or what to beware of; empty if nothing.
    """

    value: float | None
    interval: Interval | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement of the coders on one field.

    Attributes:
        units: Units with at least two values; only these can agree.
        coders: Coders with at least one value in those units.
        percent: Percent of pairs of values that are equal, averaged over units.
        alpha: Krippendorff's alpha with the distance of the level of measurement.
        ac1: Gwet's AC1 on equal values.
    """

    units: int
    coders: int
    percent: Coefficient
    alpha: Coefficient
    ac1: Coefficient


def nominal_distance(values: Sequence[Hashable]) -> Matrix:
    """0 for equal values, 1 for different ones."""
    return 1.0 - np.eye(len(values))


def masi_distance(values: Sequence[frozenset[str]]) -> Matrix:
    """Distance between sets: 1 - Jaccard x monotonicity.

    Monotonicity is 1 for equal sets, 2/3 where one holds the other, 1/3 where they overlap, 0 where they do not.

    Source: Passonneau (2006), LREC, Measuring agreement on set-valued items (MASI).
    """
    return np.array([[_masi(one, other) for other in values] for one in values], dtype="float64")


def _masi(one: frozenset[str], other: frozenset[str]) -> float:
    if one == other:
        return 0.0
    shared = one & other
    monotonicity = 2 / 3 if one <= other or other <= one else 1 / 3
    return 1.0 - monotonicity * len(shared) / len(one | other) if shared else 1.0


def ordinal_distance(codes: Codes, categories: int) -> Matrix:
    """Squared distance between ranks, in the metric of the values that were given.

    Args:
        codes: Units x coders, ``MISSING`` where no value was given; codes follow the order of the ranks.
        categories: How many ranks there are.

    Source: Krippendorff (2011), Computing Krippendorff's alpha-reliability, section D.
    """
    counts = _value_counts(codes, categories)
    frequency = counts[counts.sum(axis=1) >= 2].sum(axis=0)
    middle = np.cumsum(frequency) - frequency / 2
    return np.asarray((middle[:, None] - middle[None, :]) ** 2, dtype="float64")


def _value_counts(codes: Codes, categories: int) -> Matrix:
    """Units x categories: how many coders gave the value."""
    counts = np.zeros((codes.shape[0], categories))
    for column in codes.T:
        given = column != MISSING
        counts[np.flatnonzero(given), column[given]] += 1
    return counts


def _paired(counts: Matrix) -> Matrix:
    kept: Matrix = counts[counts.sum(axis=1) >= 2]
    return kept


def percent_agreement(counts: Matrix) -> float:
    """Percent of pairs of values within a unit that are equal, averaged over units.

    Args:
        counts: Units x categories; units with fewer than two values do not count.
    """
    counts = _paired(counts)
    values = counts.sum(axis=1)
    if not len(counts):
        return float("nan")
    return float(100 * np.mean((counts * (counts - 1)).sum(axis=1) / (values * (values - 1))))


def krippendorff_alpha(counts: Matrix, distance: Matrix) -> float:
    """Krippendorff's alpha: 1 - observed over expected disagreement; NaN where the values do not vary.

    Args:
        counts: Units x categories; units with fewer than two values do not count.
        distance: Categories x categories.

    Source: Krippendorff (2019), Content Analysis, 4th edition, section 12.3.
    """
    counts = _paired(counts)
    values = counts.sum(axis=1)
    observed = np.einsum("ui,ij,uj->u", counts, distance, counts) / (values - 1)
    frequency = counts.sum(axis=0)
    total = frequency.sum()
    expected = frequency @ distance @ frequency / (total - 1)
    return float(1 - observed.sum() / expected) if expected > 0 else float("nan")


def gwet_ac1(counts: Matrix) -> float:
    """Gwet's AC1: agreement beyond what coders who are unsure would reach; NaN with a single category.

    Args:
        counts: Units x categories; units with one value count for the expected agreement only.

    Source: Gwet (2008), Br. J. Math. Stat. Psychol. 61, eq. 4-5; for missing values Gwet (2014), chapter 5.
    """
    categories = counts.shape[1]
    if categories < 2:
        return float("nan")
    rated = counts[counts.sum(axis=1) >= 1]
    share = (rated / rated.sum(axis=1)[:, None]).mean(axis=0)
    expected = float((share * (1 - share)).sum() / (categories - 1))
    return (percent_agreement(counts) / 100 - expected) / (1 - expected)


def agreement(
    codes: Codes,
    categories: int,
    distance: Callable[[Codes], Matrix],
    *,
    draws: int = 2000,
    seed: int = 1,
    level: float = DEFAULT_LEVEL,
) -> Agreement:
    """All coefficients of one field.

    Args:
        codes: Units x coders, ``MISSING`` where a coder gave no value.
        categories: How many different values the field can take.
        distance: Gives the distance between values, from the codes that are resampled.
        draws: Bootstrap draws of units.
        seed: Seed of the draws.
        level: Coverage of the intervals.

    Raises:
        NoDataError: If no unit has two values.
    """
    rated = codes[(codes != MISSING).any(axis=1)]
    paired = rated[(rated != MISSING).sum(axis=1) >= 2]
    if not len(paired):
        raise NoDataError("agreement: expected at least one unit with two values; found none.")
    picks = np.random.default_rng(seed).integers(0, len(rated), size=(draws, len(rated)))
    counts = _value_counts(rated, categories)
    measures: tuple[Callable[[Codes, Matrix], float], ...] = (
        lambda _codes, counted: percent_agreement(counted),
        lambda coded, counted: krippendorff_alpha(counted, distance(coded)),
        lambda _codes, counted: gwet_ac1(counted),
    )
    found = [_coefficient(measure, (rated, counts), picks, level) for measure in measures]
    return Agreement(len(paired), int((paired != MISSING).any(axis=0).sum()), *found)


def _coefficient(
    measure: Callable[[Codes, Matrix], float], data: tuple[Codes, Matrix], picks: NDArray[np.int64], level: float
) -> Coefficient:
    codes, counts = data
    value = measure(codes, counts)
    if not np.isfinite(value):
        return Coefficient(None, None, UNDEFINED)
    drawn = np.array([measure(codes[pick], counts[pick]) for pick in picks])
    defined = drawn[np.isfinite(drawn)]
    tail = 100 * (1 - level) / 2
    low, high = np.percentile(defined, [tail, 100 - tail])
    note = f"{len(drawn) - len(defined)} of {len(drawn)} draws undefined" if len(defined) < len(drawn) else ""
    interval = Interval(float(low), float(high), level, "unit_bootstrap").flagged(value)
    return Coefficient(value, interval, "; ".join(part for part in (interval.note, note) if part))
