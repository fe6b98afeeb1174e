"""Several completed data sets into one answer: Rubin's rules."""

from __future__ import annotations

from dataclasses import dataclass

from citywatch.errors import NoDataError
from citywatch.uncertainty.glm import Matrix
from citywatch.uncertainty.interval import DEFAULT_LEVEL, Interval

RUBIN = "rubin"


@dataclass(frozen=True, slots=True)
class Pooled:
    """One number from several completed data sets.

    Attributes:
        estimate: Mean of the estimates.
        interval: Student's t interval on Barnard and Rubin's degrees of freedom.
        missing_share: Part of the variance that comes from what was not known, 0 to 1.
    """

    estimate: float
    interval: Interval
    missing_share: float


def pool(estimates: Matrix, variances: Matrix, freedom: float, level: float = DEFAULT_LEVEL) -> Pooled:
    """Pool one number.

    Args:
        estimates: One per completed data set.
        variances: Squared standard errors.
        freedom: Degrees of freedom if nothing had been missing.
        level: Two-sided coverage.

    Raises:
        NoDataError: If there are fewer than two data sets.

    Source: Rubin (1987), Multiple Imputation, eq. 3.1.2-3.1.6; Barnard and Rubin (1999), Biometrika 86, eq. 3.
    """
    from scipy.special import stdtrit

    count = len(estimates)
    if count < 2:
        raise NoDataError(f"multiple imputation: expected two or more completed data sets; found {count}")
    within, between = float(variances.mean()), float(estimates.var(ddof=1))
    total = within + (1 + 1 / count) * between
    share = (1 + 1 / count) * between / total if total > 0 else 0.0
    old = (count - 1) / max(share, 1e-9) ** 2
    seen = (freedom + 1) / (freedom + 3) * freedom * (1 - share)
    degrees = old * seen / (old + seen)
    half = float(stdtrit(degrees, (1 + level) / 2)) * total**0.5
    centre = float(estimates.mean())
    return Pooled(centre, Interval(centre - half, centre + half, level, RUBIN), share)
