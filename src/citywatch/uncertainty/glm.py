"""Regression for many outcomes at once: one design, a batch of outcomes, weights, fixed coefficients and penalties.

The outcomes share a design, so every sum over countries is one matrix product; a bootstrap, a permutation test, leaving
countries out one at a time and a profile likelihood are all batches. Both families have their canonical link, for which
Firth's correction is a penalty of half the logarithm of the determinant of the information.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from citywatch.errors import InputError, NoDataError

Matrix = NDArray[np.float64]
Mask = NDArray[np.bool_]

MOST_STEPS, MOST_HALVINGS, LONGEST_STEP = 80, 12, 5.0
TOLERANCE = 1e-9
_RIDGE = 1e-10  # keeps a product solvable while a weight vanishes; far below any digit that is kept
_MOST_LINEAR = 700.0


@dataclass(frozen=True)
class Family:
    """A response with its canonical link.

    Attributes:
        name: ``logit`` (0 or 1) or ``log`` (counts, and risks where the variance is made robust).
        mean: Expected response from the linear predictor.
        variance: Variance of the response from its mean.
        skew: Half of the third over the second cumulant; times the leverage it is Firth's correction.
        log_likelihood: Contribution of each response, up to a constant; takes response and linear predictor.
    """

    name: str
    mean: Callable[[Matrix], Matrix]
    variance: Callable[[Matrix], Matrix]
    skew: Callable[[Matrix], Matrix]
    log_likelihood: Callable[[Matrix, Matrix], Matrix]


def _expit(linear: Matrix) -> Matrix:
    return np.asarray(1 / (1 + np.exp(-np.clip(linear, -_MOST_LINEAR, _MOST_LINEAR))))


def _softplus(linear: Matrix) -> Matrix:
    """``log(1 + exp(x))`` without overflow; several times quicker than ``logaddexp``."""
    return np.asarray(np.maximum(linear, 0) + np.log(1 + np.exp(-np.abs(linear))))


LOGIT = Family(
    "logit",
    _expit,
    lambda mean: mean * (1 - mean),
    lambda mean: 0.5 - mean,
    lambda response, linear: response * linear - _softplus(linear),
)
LOG = Family(
    "log",
    lambda linear: np.exp(np.minimum(linear, _MOST_LINEAR)),
    lambda mean: mean,
    lambda mean: np.full_like(mean, 0.5),
    lambda response, linear: response * linear - np.exp(np.minimum(linear, _MOST_LINEAR)),
)


@dataclass(frozen=True)
class Penalty:
    """What is added to the log-likelihood.

    Attributes:
        is_jeffreys: Half the logarithm of the determinant of the information (Firth).
        log_f: Degrees of freedom m of a log-F(m, m) prior for each coefficient but the first; 0 for none.
    """

    is_jeffreys: bool = False
    log_f: float = 0.0


NONE, FIRTH = Penalty(), Penalty(is_jeffreys=True)


@dataclass(frozen=True)
class Design:
    """Explanatory columns, shared by a batch of outcomes.

    Attributes:
        columns: Countries x coefficients; the first column is the constant.
        outer: Products of the columns, countries x coefficients squared.
    """

    columns: Matrix
    outer: Matrix = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.columns.ndim != 2 or not self.columns.size:
            raise NoDataError("design: expected countries x coefficients; found nothing")
        if not np.isfinite(self.columns).all():
            raise InputError("design: expected finite numbers; found a missing value. Name the indicator and fill it.")
        size = self.columns.shape[1]
        outer = (self.columns[:, :, None] * self.columns[:, None, :]).reshape(len(self.columns), size * size)
        object.__setattr__(self, "outer", outer)

    @property
    def size(self) -> int:
        """Coefficients, the constant included."""
        return int(self.columns.shape[1])

    def products(self, weights: Matrix) -> Matrix:
        """Weighted cross products, batch x coefficients x coefficients."""
        return (weights @ self.outer).reshape(len(weights), self.size, self.size)


@dataclass(frozen=True)
class Batch:
    """What is fitted: outcomes over one design.

    Attributes:
        design: The columns.
        outcomes: Batch x countries.
        family: Response and link.
        weights: Times each country counts, batch x countries; 0 leaves it out.
        penalty: Penalty of the log-likelihood.
        offset: Added to the linear predictor, batch x countries or countries; 0 for none.
    """

    design: Design
    outcomes: Matrix
    family: Family = LOGIT
    weights: Matrix | None = None
    penalty: Penalty = NONE
    offset: Matrix | float = 0.0

    @cached_property
    def times(self) -> Matrix:
        """Weights, ones where none were given."""
        given = np.ones((1, 1)) if self.weights is None else self.weights
        return np.broadcast_to(given, self.outcomes.shape)

    def some(self, rows: NDArray[np.int64] | Mask) -> Batch:
        """Some members of the batch, in the order asked; a member may come several times."""
        offset = self.offset
        if isinstance(offset, np.ndarray) and offset.ndim == 2:
            offset = offset[rows]
        return Batch(self.design, self.outcomes[rows], self.family, self.times[rows], self.penalty, offset)


@dataclass(frozen=True)
class Fits:
    """A fitted batch.

    Attributes:
        coefficients: Batch x coefficients.
        log_likelihood: Log-likelihood without penalty, batch.
        objective: Log-likelihood with penalty, batch.
        score: Gradient of the objective, batch x coefficients.
        information: Expected information, batch x coefficients x coefficients.
        means: Expected responses, batch x countries.
        converged: Whether the gradient over the free coefficients vanished.
    """

    coefficients: Matrix
    log_likelihood: Matrix
    objective: Matrix
    score: Matrix
    information: Matrix
    means: Matrix
    converged: Mask

    @cached_property
    def covariance(self) -> Matrix:
        """Inverse of the information, batch x coefficients x coefficients."""
        return inverse(self.information)


def inverse(matrices: Matrix) -> Matrix:
    """Inverse of each of many symmetric matrices; one that is singular is lifted by a tiny ridge."""
    size = matrices.shape[-1]
    scale = np.maximum(np.trace(matrices, axis1=-2, axis2=-1) / size, 1e-300)
    return np.linalg.inv(matrices + _RIDGE * scale[:, None, None] * np.eye(size))


@dataclass
class _State:
    coefficients: Matrix
    log_likelihood: Matrix
    objective: Matrix
    score: Matrix
    information: Matrix
    means: Matrix
    curvature: Matrix


def fit(batch: Batch, start: Matrix | None = None, fixed: Mask | None = None, *, tolerance: float = TOLERANCE) -> Fits:
    """Maximise the penalised log-likelihood of every outcome by scoring with step halving.

    Args:
        batch: Design, outcomes, family, weights, penalty.
        start: Where to start, batch x coefficients; the constant that fits the mean by default.
        fixed: Coefficients that stay at their start, batch x coefficients or coefficients.
        tolerance: Largest gradient that counts as none, relative to the events.

    Raises:
        NoDataError: If there is no country or no outcome.

    Source: Firth (1993), Biometrika 80, eq. 3.1; Heinze and Schemper (2002), Statistics in Medicine 21, section 2.
    """
    if not batch.outcomes.size:
        raise NoDataError("regression: expected at least one outcome over one country; found none")
    state = _evaluate(batch, _start(batch) if start is None else np.array(start, dtype="float64"))
    held = np.broadcast_to(np.zeros(batch.design.size, dtype=bool) if fixed is None else fixed, state.score.shape)
    active = np.arange(len(batch.outcomes))
    for _ in range(MOST_STEPS):
        slope = np.where(held[active], 0.0, state.score[active])
        active = active[np.abs(slope).max(axis=1) > tolerance * _scale(batch, active)]
        if not active.size:
            break
        moved = _step(batch.some(active), _pick(state, active), held[active])
        _put(state, active, moved)
    slope = np.abs(np.where(held, 0.0, state.score)).max(axis=1)
    near = slope <= 1e-5 * _scale(batch, np.arange(len(batch.outcomes)))
    return Fits(state.coefficients, state.log_likelihood, state.objective, state.score, state.information,
                state.means, near)  # fmt: skip


def _scale(batch: Batch, rows: NDArray[np.int64]) -> Matrix:
    return np.asarray(np.maximum(1.0, (batch.times[rows] * np.abs(batch.outcomes[rows])).sum(axis=1)))


def _start(batch: Batch) -> Matrix:
    total = np.maximum(batch.times.sum(axis=1), 1e-12)
    mean = (batch.times * batch.outcomes).sum(axis=1) / total
    start = np.zeros((len(batch.outcomes), batch.design.size))
    if batch.family is LOGIT:
        inside = np.clip(mean, 0.5 / (total + 1), 1 - 0.5 / (total + 1))
        start[:, 0] = np.log(inside / (1 - inside))
    else:
        start[:, 0] = np.log(np.maximum(mean, 0.5 / (total + 1)))
    return start


def _step(batch: Batch, state: _State, held: Mask) -> _State:
    slope = np.where(held, 0.0, state.score)
    both = held[:, :, None] | held[:, None, :]
    size = batch.design.size
    bent = np.where(both, 0.0, state.curvature) + np.where(held[:, :, None], np.eye(size), 0.0)
    step = np.einsum("bij,bj->bi", inverse(bent), slope)
    longest = np.abs(step).max(axis=1)
    step *= np.minimum(1.0, LONGEST_STEP / np.maximum(longest, 1e-300))[:, None]
    moved = _evaluate(batch, state.coefficients + step)
    for _ in range(MOST_HALVINGS):
        worse = ~(moved.objective >= state.objective - 1e-12 * np.abs(state.objective))
        if not worse.any():
            break
        rows = np.flatnonzero(worse)
        step[rows] /= 2
        _put(moved, rows, _evaluate(batch.some(rows), state.coefficients[rows] + step[rows]))
    return moved


def _evaluate(batch: Batch, coefficients: Matrix) -> _State:
    family, design, times = batch.family, batch.design, batch.times
    linear = coefficients @ design.columns.T + batch.offset
    means = family.mean(linear)
    inner = times * family.variance(means)
    information = design.products(inner)
    likelihood = (times * family.log_likelihood(batch.outcomes, linear)).sum(axis=1)
    residual = times * (batch.outcomes - means)
    objective = likelihood
    if batch.penalty.is_jeffreys:
        held = inverse(information)
        leverage = inner * (held.reshape(len(held), -1) @ design.outer.T)
        residual = residual + leverage * family.skew(means)
        sign, logarithm = np.linalg.slogdet(information)
        objective = likelihood + 0.5 * np.where(sign > 0, logarithm, -1e6)
    score = residual @ design.columns
    curvature = information
    if batch.penalty.log_f:
        slopes = coefficients[:, 1:]
        chance = _expit(slopes)
        objective = objective + batch.penalty.log_f * (slopes / 2 - _softplus(slopes)).sum(axis=1)
        score = score.copy()
        score[:, 1:] += batch.penalty.log_f * (0.5 - chance)
        curvature = information.copy()
        diagonal = np.arange(1, design.size)
        curvature[:, diagonal, diagonal] += batch.penalty.log_f * chance * (1 - chance)
    return _State(coefficients, likelihood, objective, score, information, means, curvature)


def _pick(state: _State, rows: NDArray[np.int64]) -> _State:
    return _State(*(getattr(state, name)[rows] for name in _State.__dataclass_fields__))


def _put(state: _State, rows: NDArray[np.int64], part: _State) -> None:
    for name in _State.__dataclass_fields__:
        getattr(state, name)[rows] = getattr(part, name)
