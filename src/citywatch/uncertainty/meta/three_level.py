"""Three levels: several effects of one study share a part of their true effect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from citywatch.errors import NoDataError
from citywatch.uncertainty.interval import DEFAULT_LEVEL, Interval
from citywatch.uncertainty.meta.effects import Effect
from citywatch.uncertainty.meta.pooling import FEWEST_FOR_PREDICTION, Refusal, t_quantile, t_tail

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ThreeLevel:
    """Average effect with effects nested in studies; log rate ratios throughout.

    Attributes:
        studies: Studies.
        effects: Effects.
        estimate: Average effect.
        standard_error: From the inverse of the marginal covariance.
        interval: t with studies - 1 (metafor's ``test="t", dfs="contain"``).
        p: Two-sided p value of no average effect.
        between: Variance between studies, REML.
        between_interval: Profile-likelihood interval.
        within: Variance between effects of one study, REML.
        within_interval: Profile-likelihood interval.
        log_likelihood: Restricted log likelihood, with metafor's constant.
        prediction: Range of one further effect in a further study; None if refused.
        refusals: What was refused and why.
    """

    studies: int
    effects: int
    estimate: float
    standard_error: float
    interval: Interval
    p: float
    between: float
    between_interval: Interval
    within: float
    within_interval: Interval
    log_likelihood: float
    prediction: Interval | None
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, eq=False)
class _Data:
    y: Vector
    v: Vector
    starts: NDArray[np.int64]

    def fit(self, between: float, within: float) -> tuple[float, float, float]:
        """Mean, sum of weights, and restricted log likelihood at two variances.

        The covariance of a study is diagonal plus a constant, so its inverse is known (Sherman and Morrison).
        """
        d = 1 / (self.v + within)
        sums = np.add.reduceat(d, self.starts)
        shrink = 1 + between * sums
        weighted = np.add.reduceat(d * self.y, self.starts)
        total = float((sums / shrink).sum())
        mean = float((weighted / shrink).sum()) / total
        residual = self.y - mean
        quadratic = float(d @ residual**2) - between * float(
            (np.add.reduceat(d * residual, self.starts) ** 2 / shrink).sum()
        )
        k = len(self.y)
        determinant = -float(np.log(d).sum()) + float(np.log(shrink).sum())
        return mean, total, -0.5 * ((k - 1) * log(2 * pi) - log(k) + determinant + log(total) + quadratic)

    def likelihood(self, between: float, within: float) -> float:
        return self.fit(between, within)[2]


def pool_three_level(effects: Sequence[Effect], *, level: float = DEFAULT_LEVEL) -> ThreeLevel:
    """Average of effects nested in studies, both variances by REML.

    Sampling errors of effects of one study are taken as independent; where they share a control area they are not, and the
    standard error is then too small.

    Args:
        effects: Any number per study; ids are unique.
        level: Two-sided coverage.

    Raises:
        NoDataError: If there are fewer than two studies, or no study has two effects.

    Source: Konstantopoulos (2011), Res. Synth. Methods 2, 61-76; checked against metafor's ``rma.mv``.
    """
    effects = tuple(sorted(effects, key=lambda effect: (effect.study, effect.id)))
    names = [effect.study for effect in effects]
    studies = len(set(names))
    if studies < 2 or studies == len(effects):
        raise NoDataError(
            f"three levels: {len(effects)} effects of {studies} studies; expected two studies or more and one with several "
            "effects; use pool()"
        )
    starts = [at for at in range(len(names)) if at == 0 or names[at] != names[at - 1]]
    data = _Data(
        np.array([effect.log_rate_ratio for effect in effects]),
        np.array([effect.standard_error for effect in effects]) ** 2,
        np.array(starts, dtype="int64"),
    )
    between, within = _maximum(data)
    mean, total, top = data.fit(between, within)
    error = 1 / sqrt(total)
    quantile = t_quantile(studies - 1, level)
    enough = studies >= FEWEST_FOR_PREDICTION
    half = quantile * sqrt(between + within + error * error)
    return ThreeLevel(
        studies=studies,
        effects=len(effects),
        estimate=mean,
        standard_error=error,
        interval=Interval(mean - quantile * error, mean + quantile * error, level, "three_level_t"),
        p=t_tail(studies - 1, mean / error),
        between=between,
        between_interval=_profile(lambda at: _best_other(data, between=at), between, top, level),
        within=within,
        within_interval=_profile(lambda at: _best_other(data, within=at), within, top, level),
        log_likelihood=top,
        prediction=Interval(mean - half, mean + half, level, "prediction_three_level_t") if enough else None,
        refusals=()
        if enough
        else (Refusal("prediction_interval", f"needs {FEWEST_FOR_PREDICTION} studies; there are {studies}"),),
    )


def _maximum(data: _Data) -> tuple[float, float]:
    """Both variances at the top of the restricted likelihood, searched as standard deviations so that 0 is no wall."""
    from scipy.optimize import minimize  # here, so that other commands start without scipy

    spread = float(np.var(data.y, ddof=1))

    def missed(deviations: Vector) -> float:
        return -data.likelihood(float(deviations[0]) ** 2, float(deviations[1]) ** 2)

    starts = [(0.5, 0.5), (0.9, 0.1), (0.1, 0.9)]
    best = (0.0, 0.0)
    for shares in starts:
        found = minimize(
            missed,
            np.sqrt(np.array(shares) * spread),
            method="Nelder-Mead",
            tol=1e-12,
        )
        candidate = (float(found.x[0]) ** 2, float(found.x[1]) ** 2)
        best = max(best, candidate, key=lambda pair: data.likelihood(*pair))
    at_walls = [(0.0, best[1]), (best[0], 0.0), (0.0, 0.0)]
    return max([*at_walls, best], key=lambda pair: round(data.likelihood(*pair), 10))


def _best_other(data: _Data, *, between: float | None = None, within: float | None = None) -> float:
    """Likelihood with one variance held and the other at its best."""
    from scipy.optimize import minimize_scalar

    def missed(other: float) -> float:
        held = (between, other * other) if between is not None else (other * other, within or 0.0)
        return -data.likelihood(float(held[0] or 0.0), float(held[1]))

    top = 3 * float(np.std(data.y, ddof=1)) + 1e-6
    found = minimize_scalar(missed, bounds=(0.0, top), method="bounded", options={"xatol": 1e-9})
    return -min(float(found.fun), missed(0.0))


def _profile(likelihood: Callable[[float], float], estimate: float, top: float, level: float) -> Interval:
    from scipy.optimize import brentq
    from scipy.special import gammaincinv

    drop = float(gammaincinv(0.5, level))  # half of the chi-square quantile with one degree of freedom

    def excess(at: float) -> float:
        return likelihood(at) - top + drop

    low = 0.0 if excess(0.0) >= 0 else float(brentq(excess, 0.0, estimate, xtol=1e-9))
    high = 2 * estimate + 1e-6
    while excess(high) > 0:
        high *= 2
    return Interval(low, float(brentq(excess, estimate, high, xtol=1e-9)), level, "profile_likelihood")
