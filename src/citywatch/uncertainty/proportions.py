"""Intervals for one proportion, and the number of independent units behind it."""

from __future__ import annotations

from math import hypot, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from citywatch.errors import InputError, NoDataError
from citywatch.uncertainty.interval import DEFAULT_LEVEL, Interval


def normal_quantile(level: float) -> float:
    """Half-width of a two-sided interval in standard deviations; 1.96 for 0.95."""
    return NormalDist().inv_cdf((1 + level) / 2)


def wilson_interval(successes: int, trials: int, level: float = DEFAULT_LEVEL) -> Interval:
    """Score interval for a proportion, without continuity correction.

    Args:
        successes: Agreements in the category; a count, 0..trials.
        trials: All agreements counted; must be positive.
        level: Two-sided coverage, 0 < level < 1.

    Returns:
        Ends as a share of 1.

    Raises:
        NoDataError: If ``trials`` is 0; a share of nothing is not 0 %.

    Source: Wilson (1927), J. Am. Stat. Assoc. 22, eq. 4.
    """
    _check(successes, trials)
    z = normal_quantile(level)
    share = successes / trials
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials)) / (1 + z * z / trials)
    low = 0.0 if successes == 0 else middle - half
    high = 1.0 if successes == trials else middle + half
    return Interval(low, high, level, "wilson").flagged(share)


def clopper_pearson_interval(
    successes: float, trials: float, level: float = DEFAULT_LEVEL, *, method: str = "clopper_pearson", note: str = ""
) -> Interval:
    """Exact interval for a proportion; both counts may be effective numbers with a fraction.

    Args:
        successes: Count in the category, 0..trials.
        trials: All that were counted; must be positive.
        level: Two-sided coverage, 0 < level < 1.
        method: Word that the interval carries.
        note: Note that the interval carries.

    Returns:
        Ends as a share of 1.

    Raises:
        NoDataError: If ``trials`` is 0.

    Source: Clopper and Pearson (1934), Biometrika 26; beta quantiles as in Korn and Graubard (1998), Survey
    Methodology 24, where ``trials`` is the effective number.
    """
    from scipy.special import betaincinv  # here, so that other commands start without scipy

    _check(successes, trials)
    tail = (1 - level) / 2
    missed = trials - successes
    low = float(betaincinv(successes, missed + 1, tail)) if successes > 0 else 0.0
    high = float(betaincinv(successes + 1, missed, 1 - tail)) if missed > 0 else 1.0
    return Interval(low, high, level, method, note).flagged(successes / trials)


def newcombe_interval(first: tuple[float, Interval], second: tuple[float, Interval], *, note: str = "") -> Interval:
    """Interval of the difference of two shares, first minus second, from the interval of each.

    Args:
        first: Share and its interval, both as a share of 1.
        second: The same of the other group; both intervals have one level.
        note: Note that the interval carries.

    Source: Newcombe (1998), Statistics in Medicine 17, method 10, with any two intervals; independent groups.
    """
    (p, one), (q, two) = first, second
    low = p - q - hypot(p - one.low, two.high - q)
    high = p - q + hypot(one.high - p, q - two.low)
    return Interval(low, high, one.level, "newcombe_effective", note).flagged(p - q)


def kish_effective_number(counts: ArrayLike) -> float:
    """How many equally sized countries carry as much information as these.

    Args:
        counts: Agreements per country, 0 or more; countries without any change nothing.

    Returns:
        ``sum(n)**2 / sum(n**2)``: between 1 and the number of countries that have any.

    Raises:
        NoDataError: If no country has any.

    Source: Kish (1965), Survey Sampling, section 8.2, with agreements of one country taken as fully alike.
    """
    numbers = np.asarray(counts, dtype="float64")
    if not np.isfinite(numbers).all() or (numbers < 0).any():
        raise InputError("counts per country: expected finite numbers of 0 or more")
    total = float(numbers.sum())
    if total == 0:
        raise NoDataError("effective number of countries: no country has an agreement")
    return total * total / float((numbers * numbers).sum())


def _check(successes: float, trials: float) -> None:
    if trials == 0:
        raise NoDataError("share of 0 rows: there is nothing to take a share of; widen the selection")
    if not 0 <= successes <= trials:
        raise InputError(f"{successes!r} of {trials!r}: expected a count between 0 and the number counted")
