"""Profile-likelihood intervals: where the best fit with one coefficient held is just not significantly worse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from citywatch.uncertainty.glm import Batch, Fits, Mask, Matrix, fit
from citywatch.uncertainty.interval import DEFAULT_LEVEL
from citywatch.uncertainty.proportions import normal_quantile

MOST_ROUNDS, FAR = 30, 60.0
CLOSE = 1e-6
_SMALL = 1e-8


Rows = NDArray[np.int64]


class Fitted(Protocol):
    """What a fit must tell: coefficients, objective, its gradient, and a covariance to start from; a batch of each."""

    @property
    def coefficients(self) -> Matrix: ...  # noqa: D102
    @property
    def objective(self) -> Matrix: ...  # noqa: D102
    @property
    def score(self) -> Matrix: ...  # noqa: D102
    @property
    def covariance(self) -> Matrix: ...  # noqa: D102


Refit = Callable[[Rows, Matrix, Mask], Fitted]
"""Fits some members of a batch again, from a start and with coefficients held."""


@dataclass(frozen=True)
class _Search:
    """What is looked for: fit, how to fit again, which coefficient, and how far the root must go."""

    fitted: Fitted
    refit: Refit
    coefficient: int
    target: Matrix

    @property
    def held(self) -> Mask:
        held = np.zeros(self.fitted.coefficients.shape[1], dtype=bool)
        held[self.coefficient] = True
        return held


def profile_ends(batch: Batch, fits: Fits, coefficient: int, level: float = DEFAULT_LEVEL) -> tuple[Matrix, Matrix]:
    """Ends of the profile-likelihood interval of one coefficient, for every outcome of the batch.

    Args:
        batch: What was fitted.
        fits: The fit.
        coefficient: Position of the coefficient.
        level: Two-sided coverage.

    Returns:
        Lower and upper ends, batch each; infinite where the objective never falls far enough.

    Source: Venzon and Moolgavkar (1988), Applied Statistics 37; Heinze and Schemper (2002), section 3.
    """
    return ends_of(fits, lambda rows, start, held: fit(batch.some(rows), start, held), coefficient, level)


def ends_of(fitted: Fitted, refit: Refit, coefficient: int, level: float = DEFAULT_LEVEL) -> tuple[Matrix, Matrix]:
    """The same for any model that can be fitted with a coefficient held.

    The signed root of twice the fall in the objective is nearly a straight line in the coefficient; its zero beyond the
    normal quantile is found by Newton's method, the slope coming from the gradient at the held value.

    Args:
        fitted: The fit.
        refit: Fits some members again.
        coefficient: Position of the coefficient.
        level: Two-sided coverage.
    """
    target = np.full(len(fitted.coefficients), normal_quantile(level))
    lower = _end(_Search(fitted, refit, coefficient, -target))
    return lower, _end(_Search(fitted, refit, coefficient, target))


def _end(search: _Search) -> Matrix:
    fitted, target = search.fitted, search.target
    centre = fitted.coefficients[:, search.coefficient]
    spread = np.sqrt(fitted.covariance[:, search.coefficient, search.coefficient])
    side = np.sign(target)
    value = centre + np.clip(target * spread, -FAR / 4, FAR / 4)
    inside, outside = centre.copy(), np.where(side > 0, np.inf, -np.inf)
    start = fitted.coefficients.copy()
    active = np.arange(len(centre))
    for _ in range(MOST_ROUNDS):
        root, slope = _root(search, active, value, start)
        gap = np.abs(target[active]) - root
        is_inside = gap > 0
        inside[active] = np.where(is_inside, value[active], inside[active])
        outside[active] = np.where(is_inside, outside[active], value[active])
        is_far = np.abs(value[active] - centre[active]) >= FAR
        value[active[is_far & is_inside]] = (side * np.inf)[active[is_far & is_inside]]
        wanted = value[active] + side[active] * gap / np.maximum(slope, _SMALL)
        wanted = _kept(wanted, (inside[active], outside[active]), centre[active], side[active])
        going = (np.abs(gap) > CLOSE) & ~is_far
        value[active[going]] = wanted[going]
        active = active[going]
        if not active.size:
            break
    return value


def _root(search: _Search, active: Rows, value: Matrix, start: Matrix) -> tuple[Matrix, Matrix]:
    """Root of twice the fall of the objective at the held values, and its slope; keeps the coefficients in ``start``."""
    begin = start[active]
    begin[:, search.coefficient] = value[active]
    found = search.refit(active, begin, search.held)
    start[active] = found.coefficients
    root = np.sqrt(2 * np.maximum(search.fitted.objective[active] - found.objective, 0.0))
    return root, np.abs(found.score[:, search.coefficient]) / np.maximum(root, _SMALL)


def _kept(wanted: Matrix, bracket: tuple[Matrix, Matrix], centre: Matrix, side: Matrix) -> Matrix:
    """The next value, inside what is known to hold the end; far jumps are cut to a few times the way so far."""
    inside, outside = bracket
    farthest = centre + side * np.minimum(4 * np.abs(inside - centre) + 0.5, FAR)
    wanted = np.where(side > 0, np.minimum(wanted, farthest), np.maximum(wanted, farthest))
    low, high = np.minimum(inside, outside), np.maximum(inside, outside)
    beyond = ((wanted <= low) | (wanted >= high)) & np.isfinite(outside)
    middle = (inside + np.where(np.isfinite(outside), outside, inside)) / 2
    return np.where(beyond, middle, wanted)
