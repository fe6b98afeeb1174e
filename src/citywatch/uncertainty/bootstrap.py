"""Bootstrap of whole countries: numerator and base rate come from the same draws.

A draw picks as many countries as there are, with replacement, and is kept as the number of times each country was
picked. Every total of every draw is then one matrix product.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from citywatch.errors import InputError, NoDataError
from citywatch.uncertainty.interval import DEFAULT_LEVEL, Interval
from citywatch.uncertainty.proportions import normal_quantile

Matrix = NDArray[np.float64]


@lru_cache(maxsize=8)
def country_draws(countries: int, draws: int, seed: int) -> Matrix:
    """Times each country is picked, one row per draw; the same three numbers always give the same matrix.

    Args:
        countries: Eligible countries, those with no agreement included.
        draws: Draws to make.
        seed: Seed of the generator.

    Returns:
        Read-only matrix, draws x countries; each row adds up to ``countries``.

    Raises:
        NoDataError: If there is no country.
    """
    if countries < 1:
        raise NoDataError("bootstrap over 0 countries: the eligible set is empty")
    generator = np.random.Generator(np.random.PCG64(seed))
    picked = generator.multinomial(countries, np.full(countries, 1 / countries), size=draws).astype("float64")
    picked.flags.writeable = False
    return picked


@dataclass(frozen=True, eq=False)
class Resampled:
    """Shares as observed and as they come out in every draw.

    Attributes:
        observed: Share of each class, as a share of 1; NaN where there is nothing to take a share of.
        drawn: The same in every draw, draws x classes.
    """

    observed: Matrix
    drawn: Matrix

    @classmethod
    def of_totals(cls, parts: tuple[Matrix, Matrix], wholes: tuple[Matrix, Matrix]) -> Resampled:
        """Shares from totals that are already summed over countries.

        Args:
            parts: Observed total of each class, and the same in every draw.
            wholes: What the shares are taken of: observed, and in every draw; one column, or one for each class.
        """
        return cls(_divide(parts[0], wholes[0]), _divide(parts[1], wholes[1]))

    def columns(self, chosen: Sequence[int]) -> Resampled:
        """Some of the classes."""
        return Resampled(self.observed[list(chosen)], self.drawn[:, list(chosen)])


def draw_totals(draws: Matrix, counts: ArrayLike) -> Matrix:
    """Totals of every draw; many columns in one product are far quicker than many products.

    Args:
        draws: Matrix of :func:`country_draws`.
        counts: Counts per country, or countries x columns.

    Returns:
        Draws x columns.
    """
    return draws @ _columns(counts, draws)


def resample_share(draws: Matrix, class_counts: ArrayLike, total_counts: ArrayLike) -> Resampled:
    """Share of each class as observed and in every draw.

    Args:
        draws: Matrix of :func:`country_draws`.
        class_counts: Counts per country and class, countries x classes.
        total_counts: Counts per country, or per country and class.
    """
    parts, wholes = _columns(class_counts, draws), _columns(total_counts, draws)
    return Resampled.of_totals((parts.sum(axis=0), draws @ parts), (wholes.sum(axis=0), draws @ wholes))


def share_intervals(share: Resampled, level: float = DEFAULT_LEVEL) -> tuple[Interval, ...]:
    """Percentile interval of each share, as a share of 1; draws without a value are left out and noted."""
    columns = zip(share.drawn.T, share.observed, strict=True)
    return tuple(_percentile(column, float(estimate), level) for column, estimate in columns)


def difference_intervals(first: Resampled, second: Resampled, level: float = DEFAULT_LEVEL) -> tuple[Interval, ...]:
    """Percentile interval of first minus second, draw by draw.

    Args:
        first: Shares of one group.
        second: Shares of another group, from the same draws.
        level: Two-sided coverage.
    """
    return share_intervals(Resampled(first.observed - second.observed, first.drawn - second.drawn), level)


def ratio_intervals(share: Resampled, base: Resampled, level: float = DEFAULT_LEVEL) -> tuple[Interval, ...]:
    """Interval of share over base rate: estimate and standard deviation of its logarithm, normal quantiles.

    ``bench/coverage.py`` compares it with percentiles of the logarithm and is why it was chosen.

    Args:
        share: Shares.
        base: Base rates from the same draws.
        level: Two-sided coverage.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(share.drawn) - np.log(base.drawn)
        centres = np.log(share.observed) - np.log(base.observed)
    columns = zip(logs.T, centres, strict=True)
    return tuple(_log_normal(column, float(centre), level) for column, centre in columns)


def bootstrap_share(
    draws: Matrix, class_counts: ArrayLike, total_counts: ArrayLike, level: float = DEFAULT_LEVEL
) -> tuple[Interval, ...]:
    """Percentile interval of the share of each class, as a share of 1.

    Args:
        draws: Matrix of :func:`country_draws`.
        class_counts: Counts per country and class, countries x classes.
        total_counts: Counts per country.
        level: Two-sided coverage.
    """
    return share_intervals(resample_share(draws, class_counts, total_counts), level)


def bootstrap_ratio(
    draws: Matrix, counts: tuple[ArrayLike, ArrayLike], base: tuple[ArrayLike, ArrayLike], level: float = DEFAULT_LEVEL
) -> tuple[Interval, ...]:
    """Interval of the ratio of each share to its base rate.

    Args:
        draws: Matrix of :func:`country_draws`.
        counts: Class counts (countries x classes) and total counts (countries).
        base: What the base rate counts: weight in the class (countries x classes) and total weight (countries).
        level: Two-sided coverage.
    """
    return ratio_intervals(resample_share(draws, *counts), resample_share(draws, *base), level)


def _percentile(column: Matrix, estimate: float, level: float) -> Interval:
    kept = column[np.isfinite(column)]
    _refuse_empty(kept, "share")
    tail = (1 - level) / 2
    low, high = (float(end) for end in np.quantile(kept, [tail, 1 - tail]))
    return Interval(low, high, level, "country_bootstrap", _lost(column, kept)).flagged(estimate)


def _log_normal(column: Matrix, centre: float, level: float) -> Interval:
    kept = column[np.isfinite(column)]
    _refuse_empty(kept, "ratio")
    if not np.isfinite(centre):
        raise NoDataError("ratio of an empty class: its logarithm does not exist; use the fixed base rate")
    half = normal_quantile(level) * float(kept.std(ddof=1))
    low, high = float(np.exp(centre - half)), float(np.exp(centre + half))
    return Interval(low, high, level, "log_bootstrap", _lost(column, kept))


def _refuse_empty(kept: Matrix, what: str) -> None:
    if kept.size < 2:
        raise NoDataError(f"bootstrap of a {what}: no draw holds a value; use the exact interval")


def _lost(column: Matrix, kept: Matrix) -> str:
    lost = column.size - kept.size
    return f"{lost} of {column.size} draws had no value and are left out" if lost else ""


def _divide(parts: Matrix, wholes: Matrix) -> Matrix:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(wholes > 0, parts / wholes, np.nan), dtype="float64")


def _columns(counts: ArrayLike, draws: Matrix) -> Matrix:
    matrix = np.asarray(counts, dtype="float64")
    matrix = matrix[:, None] if matrix.ndim == 1 else matrix
    if matrix.shape[0] != draws.shape[1]:
        raise InputError(f"counts of {matrix.shape[0]} countries: expected {draws.shape[1]}, as many as the draws hold")
    return matrix
