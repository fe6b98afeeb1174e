"""Random effects: REML, Hartung-Knapp interval, heterogeneity, prediction, small-study test, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from citywatch.errors import InputError, NoDataError
from citywatch.uncertainty.interval import DEFAULT_LEVEL, Interval
from citywatch.uncertainty.meta.effects import Effect

Vector = NDArray[np.float64]
FEWEST_STUDIES = 2
FEWEST_FOR_PREDICTION = 5
FEWEST_FOR_SMALL_STUDIES = 10
_ROUNDS = 200
_NO_SPREAD = 1e-18  # effects that differ by less than rounding


@dataclass(frozen=True, slots=True)
class Refusal:
    """A number that these studies cannot carry.

    Attributes:
        name: ``prediction_interval`` or ``small_study_test``.
        reason: Why, with the number of studies needed and found.
    """

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class SmallStudies:
    """Egger's regression of the effect on its standard error.

    Attributes:
        slope: Coefficient of the standard error.
        t: Test statistic of the slope.
        df: Degrees of freedom, studies - 2.
        p: Two-sided p value.
        limit: Effect that the line reaches where the standard error is 0.
        limit_interval: Its interval.
    """

    slope: float
    t: float
    df: int
    p: float
    limit: float
    limit_interval: Interval


@dataclass(frozen=True, slots=True)
class Pooled:
    """Average effect of a set of independent studies; log rate ratios throughout.

    Attributes:
        studies: Independent studies.
        estimate: Average effect.
        standard_error: Hartung-Knapp standard error.
        plain_standard_error: Without the Hartung-Knapp factor, ``1 / sqrt(sum of weights)``.
        interval: Hartung-Knapp interval, t with studies - 1.
        p: Two-sided p value of no average effect.
        tau2: Variance between studies, REML; 0 at the boundary.
        tau2_error: Its standard error from the expected information.
        tau2_interval: Q-profile interval.
        q: Cochran's Q.
        q_p: Its p value, chi square with studies - 1.
        i2: Percent of the variation that lies between studies.
        i2_interval: From the ends of ``tau2_interval``.
        h2: Total over sampling variability.
        prediction: Range of the effect in one further study; None if refused.
        small_studies: None if refused.
        lowest: Smallest effect pooled.
        highest: Largest effect pooled.
        refusals: What was refused and why.
    """

    studies: int
    estimate: float
    standard_error: float
    plain_standard_error: float
    interval: Interval
    p: float
    tau2: float
    tau2_error: float
    tau2_interval: Interval
    q: float
    q_p: float
    i2: float
    i2_interval: Interval
    h2: float
    prediction: Interval | None
    small_studies: SmallStudies | None
    lowest: float
    highest: float
    refusals: tuple[Refusal, ...]


def pool(
    effects: Sequence[Effect],
    *,
    level: float = DEFAULT_LEVEL,
    prediction_df: Literal["k-1", "k-2"] = "k-1",
    floor: bool = False,
) -> Pooled:
    """Average of independent effects with random effects.

    Args:
        effects: One effect per study; at least 2.
        level: Two-sided coverage.
        prediction_df: Degrees of freedom of the prediction interval: ``k-1`` as metafor does with ``test="knha"``, or
            ``k-2`` as Higgins, Thompson and Spiegelhalter (2009) propose.
        floor: Never let the Hartung-Knapp factor shrink the standard error (metafor's ``test="adhoc"``).

    Raises:
        NoDataError: If there are fewer than two studies.
        InputError: If a study comes twice; choose one effect per study or use three levels.

    Source: Viechtbauer (2005), J. Educ. Behav. Stat. 30, 261-293 (REML); Hartung and Knapp (2001), Stat. Med. 20, 3875-3889;
    Viechtbauer (2007), Stat. Med. 26, 37-52 (Q-profile); Higgins and Thompson (2002), Stat. Med. 21, 1539-1558.
    """
    effects = tuple(sorted(effects, key=lambda effect: (effect.study, effect.id)))
    _check(effects)
    y, v = _columns(effects)
    k = len(y)
    tau2 = reml(y, v)
    weights = 1 / (v + tau2)
    mean = float(weights @ y / weights.sum())
    plain_error = 1 / sqrt(float(weights.sum()))
    factor = float(weights @ (y - mean) ** 2) / (k - 1)
    is_degenerate = factor < _NO_SPREAD
    error = plain_error * sqrt(max(factor, 1.0) if floor or is_degenerate else factor)
    quantile = t_quantile(k - 1, level)
    interval = Interval(mean - quantile * error, mean + quantile * error, level, "hartung_knapp")
    if is_degenerate:
        interval = interval.noted("all effects are equal: the Hartung-Knapp factor would be 0 and is taken as 1")
    elif error < plain_error:
        interval = interval.noted("the Hartung-Knapp factor is below 1 and narrows the interval")
    q = _q(y, v, 0.0)
    typical = _typical_variance(v)
    profile = _profile_interval(y, v, level)
    prediction, tests, refusals = _conditional(effects, (mean, error, tau2), level, prediction_df)
    return Pooled(
        studies=k,
        estimate=mean,
        standard_error=error,
        plain_standard_error=plain_error,
        interval=interval,
        p=t_tail(k - 1, mean / error),
        tau2=tau2,
        tau2_error=sqrt(2 / _information(weights)),
        tau2_interval=profile,
        q=q,
        q_p=_chi2_tail(k - 1, q),
        i2=_i2(tau2, typical),
        i2_interval=Interval(_i2(profile.low, typical), _i2(profile.high, typical), level, "q_profile"),
        h2=tau2 / typical + 1,
        prediction=prediction,
        small_studies=tests,
        lowest=float(y.min()),
        highest=float(y.max()),
        refusals=refusals,
    )


def _check(effects: Sequence[Effect]) -> None:
    if len(effects) < FEWEST_STUDIES:
        raise NoDataError(f"pooling: expected at least {FEWEST_STUDIES} independent studies; found {len(effects)}")
    names = [effect.study for effect in effects]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(
            f"pooling: more than one effect of {', '.join(twice)}: expected independent studies; take one_per_study() or "
            "pool_three_level()"
        )


def _conditional(
    effects: Sequence[Effect], fit: tuple[float, float, float], level: float, prediction_df: str
) -> tuple[Interval | None, SmallStudies | None, tuple[Refusal, ...]]:
    k, refusals = len(effects), []
    prediction, tests = None, None
    if k >= FEWEST_FOR_PREDICTION:
        mean, error, tau2 = fit
        half = t_quantile(k - (1 if prediction_df == "k-1" else 2), level) * sqrt(tau2 + error * error)
        prediction = Interval(mean - half, mean + half, level, f"prediction_t_{prediction_df}")
    else:
        refusals.append(Refusal("prediction_interval", f"needs {FEWEST_FOR_PREDICTION} studies; there are {k}"))
    if k >= FEWEST_FOR_SMALL_STUDIES:
        tests = small_study_test(effects, level=level)
    else:
        refusals.append(Refusal("small_study_test", f"needs {FEWEST_FOR_SMALL_STUDIES} studies; there are {k}"))
    return prediction, tests, tuple(refusals)


def reml(y: Vector, v: Vector) -> float:
    """Variance between studies by restricted maximum likelihood.

    Fisher scoring from the DerSimonian-Laird value, steps halved where they would leave the parameter space or lower the
    likelihood; the boundary 0 is taken where its likelihood is not lower.

    Args:
        y: Effects, one per study.
        v: Sampling variances.

    Source: Viechtbauer (2005), eq. for REML; DerSimonian and Laird (1986) for the start.
    """
    tau2 = _dersimonian_laird(y, v)
    for _ in range(_ROUNDS):
        step = _score(y, v, tau2) / _information(1 / (v + tau2))
        here = _likelihood(y, v, tau2)
        while tau2 + step < 0 or _likelihood(y, v, tau2 + step) < here - 1e-12:
            step /= 2
            if abs(step) < 1e-14:
                step = 0.0
                break
        tau2 += step
        if abs(step) < 1e-12:
            break
    else:
        tau2 = _by_search(y, v)
    return 0.0 if _likelihood(y, v, 0.0) >= _likelihood(y, v, tau2) else float(tau2)


def _by_search(y: Vector, v: Vector) -> float:
    from scipy.optimize import minimize_scalar  # here, so that other commands start without scipy

    top = 10 * float(np.var(y, ddof=1)) + 1e-6
    found = minimize_scalar(
        lambda at: -_likelihood(y, v, at), bounds=(0, top), method="bounded", options={"xatol": 1e-12}
    )
    return float(found.x)


def _dersimonian_laird(y: Vector, v: Vector) -> float:
    w = 1 / v
    spread = w.sum() - (w @ w) / w.sum()
    return max(0.0, float((_q(y, v, 0.0) - (len(y) - 1)) / spread))


def _likelihood(y: Vector, v: Vector, tau2: float) -> float:
    """Restricted log likelihood without its constant."""
    w = 1 / (v + tau2)
    return float(0.5 * np.log(w).sum() - 0.5 * log(w.sum()) - 0.5 * _q(y, v, tau2))


def _score(y: Vector, v: Vector, tau2: float) -> float:
    """Twice the derivative of the restricted log likelihood: y'PPy - tr(P)."""
    w = 1 / (v + tau2)
    mean = w @ y / w.sum()
    return float((w * w) @ (y - mean) ** 2 - (w.sum() - (w @ w) / w.sum()))


def _information(w: Vector) -> float:
    """Trace of PP; half of it is the expected information of the variance between studies."""
    total, square, cube = w.sum(), w @ w, w @ (w * w)
    return float(square - 2 * cube / total + (square / total) ** 2)


def _q(y: Vector, v: Vector, tau2: float) -> float:
    w = 1 / (v + tau2)
    mean = w @ y / w.sum()
    return float(w @ (y - mean) ** 2)


def _typical_variance(v: Vector) -> float:
    """Sampling variance of a typical study, Higgins and Thompson (2002), eq. 9."""
    w = 1 / v
    return float((len(v) - 1) * w.sum() / (w.sum() ** 2 - w @ w))


def _i2(tau2: float, typical: float) -> float:
    """Percent of the variation of a typical study that lies between studies."""
    return 100 * tau2 / (tau2 + typical)


def _profile_interval(y: Vector, v: Vector, level: float) -> Interval:
    """Values of tau squared at which Q is an ordinary chi square with studies - 1."""
    from scipy.special import gammaincinv

    half = (len(y) - 1) / 2
    tail = (1 - level) / 2
    bounds = [2 * float(gammaincinv(half, share)) for share in (1 - tail, tail)]
    low, high = (_profile_root(y, v, bound) for bound in bounds)
    note = "" if high > 0 else "the studies vary less than chance alone would let them; only 0 is left"
    return Interval(low, high, level, "q_profile", note)


def _profile_root(y: Vector, v: Vector, bound: float) -> float:
    from scipy.optimize import brentq

    if _q(y, v, 0.0) <= bound:
        return 0.0
    top = float(np.var(y, ddof=1)) + float(v.max())
    while _q(y, v, top) > bound:
        top *= 2
    return float(brentq(lambda at: _q(y, v, at) - bound, 0.0, top, xtol=1e-13))


def small_study_test(effects: Sequence[Effect], *, level: float = DEFAULT_LEVEL) -> SmallStudies:
    """Egger's test: weighted regression of the effect on its standard error, with multiplicative dispersion.

    Args:
        effects: One effect per study.
        level: Coverage of the interval of the limit.

    Raises:
        NoDataError: If there are fewer than 10 studies, or all have the same standard error.

    Source: Egger, Davey Smith, Schneider and Minder (1997), BMJ 315; as ``regtest(model="lm")`` of metafor.
    """
    k = len(effects)
    if k < FEWEST_FOR_SMALL_STUDIES:
        raise NoDataError(f"small-study test: needs {FEWEST_FOR_SMALL_STUDIES} studies; there are {k}")
    y, v = _columns(effects)
    errors = np.sqrt(v)
    if np.ptp(errors) <= 1e-12 * errors.max():
        raise NoDataError("small-study test: all studies have the same standard error; there is nothing to regress on")
    design = np.column_stack([np.ones(k), errors]) / errors[:, None]
    inverse = np.linalg.inv(design.T @ design)
    limit, slope = (float(one) for one in inverse @ design.T @ (y / errors))
    residual = y / errors - design @ np.array([limit, slope])
    scale = float(residual @ residual) / (k - 2)
    limit_error, slope_error = (sqrt(scale * float(inverse[at, at])) for at in (0, 1))
    half = t_quantile(k - 2, level) * limit_error
    t = slope / slope_error
    return SmallStudies(
        slope, t, k - 2, t_tail(k - 2, t), limit, Interval(limit - half, limit + half, level, "egger_limit")
    )


@dataclass(frozen=True, slots=True)
class Placement:
    """How a claimed effect stands to the published ones.

    Attributes:
        word: ``inside_prediction``, ``outside_prediction``, ``inside_range`` or ``outside_range``.
        reason: The numbers behind it, as log rate ratios.
    """

    word: Literal["inside_prediction", "outside_prediction", "inside_range", "outside_range"]
    reason: str


def place(log_rate_ratio: float, pooled: Pooled) -> Placement:
    """Compare a claimed effect with the prediction interval, or with the plain range where that is refused.

    Args:
        log_rate_ratio: The claimed effect; same outcome class and same level as the studies.
        pooled: The published effects.
    """
    if pooled.prediction is not None:
        ends, name = (pooled.prediction.low, pooled.prediction.high), "prediction"
    else:
        ends, name = (pooled.lowest, pooled.highest), "range"
    inside = ends[0] <= log_rate_ratio <= ends[1]
    reason = f"{log_rate_ratio:.4g} against {ends[0]:.4g} to {ends[1]:.4g} of {pooled.studies} studies"
    if name == "prediction":
        return Placement("inside_prediction" if inside else "outside_prediction", reason)
    return Placement("inside_range" if inside else "outside_range", reason)


def t_quantile(df: int, level: float) -> float:
    """Two-sided quantile of Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(df, (1 + level) / 2))


def t_tail(df: int, t: float) -> float:
    """Two-sided p value of Student's t."""
    from scipy.special import stdtr

    return float(2 * stdtr(df, -abs(t)))


def _chi2_tail(df: int, value: float) -> float:
    from scipy.special import gammaincc

    return float(gammaincc(df / 2, value / 2))


def _columns(effects: Sequence[Effect]) -> tuple[Vector, Vector]:
    """Effects and sampling variances."""
    y = np.array([effect.log_rate_ratio for effect in effects], dtype="float64")
    return y, np.array([effect.standard_error for effect in effects], dtype="float64") ** 2
