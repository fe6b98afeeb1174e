"""How concentrated a market is: the Herfindahl-Hirschman index and top shares, drawn over countries."""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from citywatch.errors import NoDataError
from citywatch.uncertainty.interval import DEFAULT_LEVEL, Interval

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
    measure: Measure, observed: Matrix, drawn: Matrix, level: float = DEFAULT_LEVEL
) -> tuple[float, Interval]:
    """A measure with its bias-corrected bootstrap interval.

    Drawing countries again makes some heavier, so the index of a draw lies above that of the record more often than
    below; the correction moves the percentiles by how often.

    Args:
        measure: What is measured.
        observed: Weight of each holder.
        drawn: The same in every draw, draws x holders.
        level: Two-sided coverage.

    Raises:
        NoDataError: If nothing has a weight, or no draw varies.

    Source: Efron (1981), Canadian Journal of Statistics 9: the bias-corrected percentile method.
    """
    estimate = float(measure(observed[None, :])[0])
    values = measure(drawn)
    values = values[np.isfinite(values)]
    if not np.isfinite(estimate) or values.size < 2:
        raise NoDataError("concentration: nothing has a weight")
    below = float(np.mean(values < estimate) + np.mean(values == estimate) / 2)
    if not 0 < below < 1:
        raise NoDataError("concentration: every draw lies on one side of the record, so the bootstrap says nothing")
    normal = NormalDist()
    shift, tail = 2 * normal.inv_cdf(below), normal.inv_cdf((1 + level) / 2)
    ends = [normal.cdf(shift - tail), normal.cdf(shift + tail)]
    low, high = (float(end) for end in np.quantile(values, ends))
    return estimate, Interval(low, high, level, "bias_corrected_bootstrap").flagged(estimate)
