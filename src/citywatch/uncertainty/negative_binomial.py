"""Counts with more spread than chance: negative binomial regression (NB2) for a batch of outcomes over one design."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from citywatch.errors import InputError, NoDataError
from citywatch.uncertainty.glm import LOG, Batch, Mask, Matrix, inverse
from citywatch.uncertainty.interval import DEFAULT_LEVEL
from citywatch.uncertainty.profile import ends_of

MOST_STEPS, MOST_HALVINGS, LONGEST_STEP, TOLERANCE = 200, 14, 3.0, 1e-8
LEAST, MOST = -4.0, 12.0
"""Bounds of the logarithm of the size (1 over the dispersion); at the upper one the model is Poisson's."""


@dataclass(frozen=True)
class CountFits:
    """A fitted batch.

    Attributes:
        coefficients: Batch x coefficients.
        objective: Log-likelihood, batch.
        score: Gradient over the coefficients, batch x coefficients.
        information: Expected information of the coefficients.
        log_size: Logarithm of the size, batch; the dispersion is its negative exponent.
        converged: Whether the gradient vanished.
    """

    coefficients: Matrix
    objective: Matrix
    score: Matrix
    information: Matrix
    log_size: Matrix
    converged: Mask

    @cached_property
    def covariance(self) -> Matrix:
        """Inverse of the information of the coefficients; it does not mix with the dispersion."""
        return inverse(self.information)

    @property
    def dispersion(self) -> Matrix:
        """Dispersion: the variance is mean + dispersion x mean squared."""
        return np.asarray(np.exp(-self.log_size))


@dataclass
class _State:
    coefficients: Matrix
    log_size: Matrix
    objective: Matrix
    score: Matrix
    information: Matrix
    size_slope: Matrix
    size_bend: Matrix


def fit_counts(batch: Batch, start: Matrix | None = None, fixed: Mask | None = None) -> CountFits:
    """Maximise the likelihood of every outcome over coefficients and dispersion.

    Args:
        batch: Design, counts (batch x countries) and weights; family and penalty are ignored.
        start: Where to start, batch x coefficients.
        fixed: Coefficients that stay at their start.

    Raises:
        NoDataError: If an outcome has no event at all.
        InputError: If a count is negative or no whole number.

    Source: Lawless (1987), Canadian J. Statistics 15, eq. 2.3-2.6.
    """
    if (batch.outcomes < 0).any() or (batch.outcomes % 1).any():
        raise InputError("negative binomial: expected whole counts of 0 or more")
    if not (batch.times * batch.outcomes).sum(axis=1).all():
        raise NoDataError("negative binomial: expected at least one agreement; an outcome has none")
    batch = replace(batch, family=LOG)
    if start is None:
        mean = (batch.times * batch.outcomes).sum(axis=1) / batch.times.sum(axis=1)
        start = np.zeros((len(mean), batch.design.size))
        start[:, 0] = np.log(mean)
    state = _evaluate(batch, np.array(start, dtype="float64"), np.zeros(len(start)))
    held = np.broadcast_to(np.zeros(batch.design.size, dtype=bool) if fixed is None else fixed, state.score.shape)
    active = np.arange(len(start))
    for _ in range(MOST_STEPS):
        active = active[_slope(_pick(state, active), held[active]) > TOLERANCE * _scale(batch, active)]
        if not active.size:
            break
        _put(state, active, _step(batch.some(active), _pick(state, active), held[active]))
    near = _slope(state, held) <= 1e-4 * _scale(batch, np.arange(len(start)))
    return CountFits(state.coefficients, state.objective, state.score, state.information, state.log_size, near)


def count_ends(batch: Batch, fits: CountFits, coefficient: int, level: float = DEFAULT_LEVEL) -> tuple[Matrix, Matrix]:
    """Ends of the profile-likelihood interval of one coefficient, the dispersion being fitted anew at every value.

    Args:
        batch: What was fitted.
        fits: The fit.
        coefficient: Position of the coefficient.
        level: Two-sided coverage.
    """
    return ends_of(fits, lambda rows, start, held: fit_counts(batch.some(rows), start, held), coefficient, level)


def _scale(batch: Batch, rows: NDArray[np.int64]) -> Matrix:
    return np.asarray(np.maximum(1.0, (batch.times[rows] * batch.outcomes[rows]).sum(axis=1)))


def _slope(state: _State, held: Mask) -> Matrix:
    """Largest gradient that can still be followed: of the size only where it is inside its bounds."""
    size = np.where((state.log_size >= MOST) & (state.size_slope > 0), 0.0, state.size_slope)
    size = np.where((state.log_size <= LEAST) & (size < 0), 0.0, size)
    return np.asarray(np.maximum(np.abs(np.where(held, 0.0, state.score)).max(axis=1), np.abs(size)))


def _step(batch: Batch, state: _State, held: Mask) -> _State:
    both = held[:, :, None] | held[:, None, :]
    bent = np.where(both, 0.0, state.information) + np.where(held[:, :, None], np.eye(batch.design.size), 0.0)
    step = np.einsum("bij,bj->bi", inverse(bent), np.where(held, 0.0, state.score))
    longest = np.abs(step).max(axis=1)
    step *= np.minimum(1.0, LONGEST_STEP / np.maximum(longest, 1e-300))[:, None]
    bend = np.where(state.size_bend < 0, -state.size_bend, np.abs(state.size_slope) + 1e-6)
    size_step = np.clip(state.size_slope / np.maximum(bend, 1e-12), -1.5, 1.5)
    moved = _evaluate(batch, state.coefficients + step, np.clip(state.log_size + size_step, LEAST, MOST))
    for _ in range(MOST_HALVINGS):
        rows = np.flatnonzero(~(moved.objective >= state.objective - 1e-12 * np.abs(state.objective)))
        if not rows.size:
            break
        step[rows] /= 2
        size_step[rows] /= 2
        again = np.clip(state.log_size[rows] + size_step[rows], LEAST, MOST)
        _put(moved, rows, _evaluate(batch.some(rows), state.coefficients[rows] + step[rows], again))
    return moved


def _evaluate(batch: Batch, coefficients: Matrix, log_size: Matrix) -> _State:
    counts, times = batch.outcomes, batch.times
    linear = np.clip(coefficients @ batch.design.columns.T + batch.offset, -50, 50)
    means = np.exp(linear)
    size = np.exp(log_size)[:, None]
    whole = size + means
    logs = np.log(whole)
    rising, by_step, by_square = _rising(counts, size)
    likelihood = rising + size * (log_size[:, None] - logs) + counts * (linear - logs)
    by_size = by_step + log_size[:, None] - logs + 1 - (size + counts) / whole
    bend = -by_square + 1 / size - 1 / whole - (means - counts) / whole**2
    flat = size[:, 0]
    size_slope = flat * (times * by_size).sum(axis=1)
    return _State(
        coefficients=coefficients,
        log_size=log_size,
        objective=(times * likelihood).sum(axis=1),
        score=(times * (counts - means) * size / whole) @ batch.design.columns,
        information=batch.design.products(times * means * size / whole),
        size_slope=size_slope,
        size_bend=size_slope + flat**2 * (times * bend).sum(axis=1),
    )


def _rising(counts: Matrix, size: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    """``log Γ(y+r) - log Γ(r) - log y!`` for whole counts y, and its first and (negative) second derivative in r.

    Sums over 0 .. y-1 that all countries of an outcome share; several times quicker than the special functions.
    """
    most = int(counts.max())
    steps = size + np.arange(most)
    nothing = np.zeros((len(size), 1))
    factorials = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, most + 1)))])
    places = counts.astype("int64")
    tables = (np.log(steps), 1 / steps, 1 / steps**2)
    sums = [np.take_along_axis(np.hstack([nothing, np.cumsum(one, axis=1)]), places, axis=1) for one in tables]
    return sums[0] - factorials[places], sums[1], sums[2]


def _pick(state: _State, rows: NDArray[np.int64]) -> _State:
    return _State(*(getattr(state, name)[rows] for name in _State.__dataclass_fields__))


def _put(state: _State, rows: NDArray[np.int64], part: _State) -> None:
    for name in _State.__dataclass_fields__:
        getattr(state, name)[rows] = getattr(part, name)
