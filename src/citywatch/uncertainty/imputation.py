"""Rubin's rules: the doubt inside each completed data set and the doubt between them, as one interval."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from numpy.typing import ArrayLike

from citywatch.errors import InputError
from citywatch.uncertainty.interval import DEFAULT_LEVEL, Interval


@dataclass(frozen=True, slots=True)
class Pooled:
    """What several imputations say together, on the scale on which they were joined.

    Attributes:
        estimate: Mean of the estimates.
        within: Mean of their sampling variances.
        between: Variance of the estimates.
        total: ``within + (1 + 1 / m) * between``.
        freedom: Degrees of freedom of the t quantile; infinite where the imputations agree.
        imputations: m.
    """

    estimate: float
    within: float
    between: float
    total: float
    freedom: float
    imputations: int

    @property
    def missing_share(self) -> float:
        """Part of the variance that comes from what was not known, 0 to 1."""
        return 1 - self.within / self.total if self.total > 0 else 0.0

    def interval(self, level: float = DEFAULT_LEVEL) -> Interval:
        """Interval of the estimate on the same scale."""
        from scipy.special import stdtrit  # here, so that other commands start without scipy

        share = (1 + level) / 2
        quantile = float(stdtrit(min(self.freedom, 1e9), share))
        half = quantile * sqrt(self.total)
        return Interval(self.estimate - half, self.estimate + half, level, "rubin")


def pool(estimates: ArrayLike, variances: ArrayLike, complete_freedom: float = inf) -> Pooled:
    """Join imputations.

    Args:
        estimates: One per imputation, finite.
        variances: Sampling variance of each, 0 or more.
        complete_freedom: Degrees of freedom if nothing had been missing; infinite for large samples.

    Raises:
        InputError: If there are fewer than two, their numbers differ, or a value is not finite.

    Source: Rubin (1987), Multiple Imputation for Nonresponse in Surveys, eq. 3.1.2 to 3.1.6; Barnard and Rubin (1999),
    Biometrika 86, eq. 3, for finite degrees of freedom.
    """
    values, spreads = np.asarray(estimates, dtype="float64"), np.asarray(variances, dtype="float64")
    if values.ndim != 1 or values.shape != spreads.shape or len(values) < 2:
        raise InputError(f"imputations {values.shape} with variances {spreads.shape}: expected two or more of each")
    if not (np.isfinite(values).all() and np.isfinite(spreads).all() and (spreads >= 0).all()):
        raise InputError("imputations: expected finite estimates, and variances of 0 or more")
    count = len(values)
    within, between = float(spreads.mean()), float(values.var(ddof=1))
    added = (1 + 1 / count) * between
    freedom = (count - 1) * (1 + within / added) ** 2 if added > 0 else inf
    if complete_freedom < inf:
        seen = (complete_freedom + 1) / (complete_freedom + 3) * complete_freedom * within / (within + added)
        freedom = seen if freedom == inf else freedom * seen / (freedom + seen)
    return Pooled(float(values.mean()), within, between, within + added, freedom, count)
