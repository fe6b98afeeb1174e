"""How concentrated a market is: the Herfindahl-Hirschman index and top shares, drawn over countries."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from citywatch.errors import NoDataError
from citywatch.uncertainty.interval import DEFAULT_LEVEL, Interval
from citywatch.uncertainty.proportions import kish_effective_number

Matrix = NDArray[np.float64]
Measure = Callable[[Matrix], Matrix]


def herfindahl(weights: Matrix) -> Matrix:
    """Sum of squared shares; between 1 over the number of holders and 1.

    Args:
        weights: Draws x holders, 0 or more.

    Returns:
        One per draw; NaN where all weights are 0.

    Source: Herfindahl (1950); Hirschman (1964), American Economic Review 54.
    """
    totals = weights.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((weights**2).sum(axis=1) / totals**2, dtype="float64")


def top_share(count: int) -> Measure:
    """Share of the largest holders together.

    Args:
        count: How many.
    """

    def measure(weights: Matrix) -> Matrix:
        ordered = np.sort(weights, axis=1)[:, ::-1][:, :count]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(ordered.sum(axis=1) / weights.sum(axis=1), dtype="float64")

    return measure


def concentration_interval(
    measure: Measure, counts: Matrix, drawn: Matrix, level: float = DEFAULT_LEVEL
) -> tuple[float, Interval]:
    """A measure with an interval that spans the record's own value and the one corrected for its bias.

    Few rows make an index look larger than it is, and drawing countries again makes it larger still. On the scale of
    logarithms two intervals are made: the record's value with the spread of the bootstrap, and the value of the
    jackknife, which takes the bias out, with its spread; both use the t quantile of the effective number of countries.
    The interval runs from the lower of the lower ends to the higher of the higher ends. How often it holds the truth, and how
    often percentiles of the draws do, stands in bench/coverage.json under ``concentration``: about as often as it says over a
    long tail of small sellers, less often where the registry’s own countries are drawn again, and too seldom for the largest
    share where several are equally large.

    Args:
        measure: What is measured.
        counts: Weight of each holder by country, countries x holders.
        drawn: Weight of each holder in every draw of countries, draws x holders.
        level: Two-sided coverage.

    Raises:
        NoDataError: If nothing has a weight, or fewer than three countries carry one.

    Source: Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapters 10 and 11; Kish (1965).
    """
    from scipy.special import stdtrit  # here, so that other commands start without scipy

    carrying = counts[counts.sum(axis=1) > 0]
    whole = carrying.sum(axis=0)
    estimate = float(measure(whole[None, :])[0])
    values = measure(drawn)
    values = np.log(values[np.isfinite(values)])
    if not np.isfinite(estimate) or len(carrying) < 3 or values.size < 2:
        raise NoDataError("concentration: nothing has a weight in three countries or more")
    centre = float(np.log(estimate))
    pseudo = len(carrying) * centre - (len(carrying) - 1) * np.log(measure(whole - carrying))
    corrected, spread = float(pseudo.mean()), float(pseudo.std(ddof=1)) / float(np.sqrt(len(carrying)))
    freedom = max(kish_effective_number(carrying.sum(axis=1)) - 1, 1.0)
    quantile = float(stdtrit(freedom, (1 + level) / 2))
    ends = [
        middle + sign * quantile * half
        for middle, half in ((centre, float(values.std(ddof=1))), (corrected, spread))
        for sign in (-1, 1)
    ]
    low, high = float(np.exp(min(ends))), float(np.exp(max(ends)))
    return estimate, Interval(low, high, level, "log_bootstrap_jackknife")
