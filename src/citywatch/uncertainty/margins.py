"""From coefficients to probabilities: average marginal effects and standardised ratios, with delta-method intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from citywatch.uncertainty.glm import Batch, Fits, Matrix
from citywatch.uncertainty.interval import DEFAULT_LEVEL, Interval
from citywatch.uncertainty.proportions import normal_quantile

DELTA = "delta_method"


@dataclass(frozen=True, slots=True)
class Effect:
    """Average marginal effect.

    Attributes:
        name: Name of the column.
        estimate: Change of the expected outcome, averaged over countries: per unit of a continuous column, from 0 to 1
            of a yes-or-no column.
        interval: Delta-method interval.
    """

    name: str
    estimate: float
    interval: Interval


def average_effects(batch: Batch, fits: Fits, names: Sequence[str], level: float = DEFAULT_LEVEL) -> tuple[Effect, ...]:
    """Average marginal effect of every column but the constant, for the first outcome of a batch.

    Args:
        batch: What was fitted.
        fits: The fit.
        names: One for each column.
        level: Two-sided coverage.

    Source: Bartus (2005), Stata Journal 5; Greene, Econometric Analysis, on the delta method.
    """
    return tuple(_effect(batch, fits, at, names[at], level) for at in range(1, batch.design.size))


def _effect(batch: Batch, fits: Fits, at: int, name: str, level: float) -> Effect:
    columns, slopes = batch.design.columns, fits.coefficients[0]
    if set(np.unique(columns[:, at])) <= {0.0, 1.0}:
        value, gradient = _difference(batch, columns, slopes, at)
    else:
        value, gradient = _derivative(batch, fits, at)
    half = normal_quantile(level) * float(np.sqrt(gradient @ fits.covariance[0] @ gradient))
    return Effect(name, value, Interval(value - half, value + half, level, DELTA))


def _difference(batch: Batch, columns: Matrix, slopes: Matrix, at: int) -> tuple[float, Matrix]:
    (upper, upper_slope), (lower, lower_slope) = (_mean_at(batch, columns, slopes, at, level) for level in (1.0, 0.0))
    return upper - lower, upper_slope - lower_slope


def _mean_at(batch: Batch, columns: Matrix, slopes: Matrix, at: int, value: float) -> tuple[float, Matrix]:
    """Mean expected outcome with one column set to a value for every country, and its gradient."""
    changed = columns.copy()
    changed[:, at] = value
    mean = batch.family.mean(changed @ slopes)
    return float(mean.mean()), (batch.family.variance(mean)[:, None] * changed).mean(axis=0)


def _derivative(batch: Batch, fits: Fits, at: int) -> tuple[float, Matrix]:
    columns, slope = batch.design.columns, fits.coefficients[0, at]
    mean = fits.means[0]
    variance = batch.family.variance(mean)
    bend = variance * (1 - 2 * mean) if batch.family.name == "logit" else variance
    gradient = slope * (bend[:, None] * columns).mean(axis=0)
    gradient[at] += variance.mean()
    return float(slope * variance.mean()), gradient


def standardised_ratio(batch: Batch, fits: Fits, at: int) -> tuple[Matrix, Matrix]:
    """Logarithm of the ratio of mean expected outcomes, a yes-or-no column set to 1 against 0 for every country.

    Args:
        batch: What was fitted; weights say which countries are averaged over.
        fits: The fit.
        at: Position of the column.

    Returns:
        Logarithm of the ratio and its standard error by the delta method, batch each.

    Source: Muller and MacLehose (2014), Int. J. Epidemiology 43, marginal standardisation.
    """
    logs, gradients = zip(*(_log_mean(batch, fits, at, value) for value in (1.0, 0.0)), strict=True)
    gradient = gradients[0] - gradients[1]
    variance = np.einsum("bi,bij,bj->b", gradient, fits.covariance, gradient)
    return logs[0] - logs[1], np.sqrt(np.maximum(variance, 0.0))


def _log_mean(batch: Batch, fits: Fits, at: int, value: float) -> tuple[Matrix, Matrix]:
    changed = batch.design.columns.copy()
    changed[:, at] = value
    mean = batch.family.mean(fits.coefficients @ changed.T)
    weights = batch.times / batch.times.sum(axis=1, keepdims=True)
    average = (weights * mean).sum(axis=1)
    gradient = (weights * batch.family.variance(mean)) @ changed / average[:, None]
    return np.log(average), gradient
