"""Standard errors that do not believe the variance of the model: of countries one by one, or of whole clusters."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from citywatch.errors import NoDataError
from citywatch.uncertainty.glm import Batch, Fits, Matrix, fit


def robust_covariance(batch: Batch, fits: Fits) -> Matrix:
    """Sandwich covariance with residuals inflated by leverage (HC3), batch x coefficients x coefficients.

    Args:
        batch: What was fitted; countries of weight 0 do not count.
        fits: The fit.

    Source: MacKinnon and White (1985), J. Econometrics 29; Zou (2004), Am. J. Epidemiology 159, for risk ratios.
    """
    bread = fits.covariance
    inner = batch.times * batch.family.variance(fits.means)
    leverage = inner * (bread.reshape(len(bread), -1) @ batch.design.outer.T)
    residual = batch.times * (batch.outcomes - fits.means) / np.maximum(1 - leverage, 0.05)
    return np.asarray(bread @ batch.design.products(residual**2) @ bread)


def cluster_jackknife(batch: Batch, clusters: NDArray[np.int64]) -> tuple[Matrix, Matrix, int]:
    """Coefficients of the first outcome with standard errors from leaving out one cluster at a time.

    Args:
        batch: What is fitted; its first outcome.
        clusters: Number of the cluster of each country.

    Returns:
        Coefficients, their standard errors, and the degrees of freedom for Student's t (clusters - 1).

    Raises:
        NoDataError: If there are fewer than three clusters.

    Source: MacKinnon, Nielsen and Webb (2023), J. Econometrics 232, eq. 11 (CV3J).
    """
    numbers = np.unique(clusters)
    if len(numbers) < 3:
        raise NoDataError(f"cluster jackknife: expected three or more clusters; found {len(numbers)}")
    without = np.vstack([np.ones(len(clusters)), *(clusters != number for number in numbers)]).astype("float64")
    outcomes = np.repeat(batch.outcomes[:1], len(without), axis=0)
    found = fit(Batch(batch.design, outcomes, batch.family, without * batch.times[:1], batch.penalty, batch.offset))
    whole, parts = found.coefficients[0], found.coefficients[1:]
    size = len(numbers)
    variance = (size - 1) / size * ((parts - whole) ** 2).sum(axis=0)
    return whole, np.sqrt(variance), size - 1
