"""One effect on the log rate ratio, how it is derived from what studies print, and what it means for a whole city."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import expm1, isfinite, isnan, log, log1p, sqrt

from citywatch.errors import InputError, NoDataError
from citywatch.uncertainty.interval import DEFAULT_LEVEL, Interval
from citywatch.uncertainty.proportions import normal_quantile


@dataclass(frozen=True, slots=True)
class Effect:
    """An effect with its standard error.

    Attributes:
        id: Permanent identifier of the effect.
        study: Identifier of the study; effects of one study are not independent.
        log_rate_ratio: Natural logarithm of the rate with the system over the rate without; negative is a fall.
        standard_error: Its standard error, positive.
    """

    id: str
    study: str
    log_rate_ratio: float
    standard_error: float

    def __post_init__(self) -> None:
        if not (self.id and self.study):
            raise InputError(f"effect {self.id!r} of study {self.study!r}: expected both identifiers")
        if not isfinite(self.log_rate_ratio):
            raise InputError(f"effect {self.id}: log rate ratio {self.log_rate_ratio!r}: expected a finite number")
        if not (isfinite(self.standard_error) and self.standard_error > 0):
            raise InputError(f"effect {self.id}: standard error {self.standard_error!r}: expected a positive number")

    def interval(self, level: float = DEFAULT_LEVEL) -> Interval:
        """Normal interval on the log rate ratio."""
        half = normal_quantile(level) * self.standard_error
        return Interval(self.log_rate_ratio - half, self.log_rate_ratio + half, level, "normal")


def percent_change(log_rate_ratio: float) -> float:
    """Change in percent that a log rate ratio stands for: -0.2231 is -20 %."""
    return 100 * expm1(log_rate_ratio)


def effect_from_interval(
    ratio: float, low: float, high: float, *, level: float = DEFAULT_LEVEL, inverted: bool = False
) -> tuple[float, float]:
    """Log rate ratio and standard error from a printed ratio with its interval.

    Args:
        ratio: Rate ratio, odds ratio of counts, or relative effect size; positive.
        low: Lower end of its interval, positive.
        high: Upper end.
        level: Coverage of the printed interval.
        inverted: True for Welsh and Farrington's relative effect size, where values above 1 mean that the system helped.

    Returns:
        Log rate ratio (negative is a fall), and the width of the log interval over twice the normal quantile.

    Raises:
        InputError: If an end is not positive, the order is wrong, or the ratio lies outside its interval.
    """
    if not 0 < low <= ratio <= high or low == high:
        raise InputError(f"ratio {ratio!r} with interval {low!r} to {high!r}: expected 0 < low <= ratio <= high")
    error = (log(high) - log(low)) / (2 * normal_quantile(level))
    return (-log(ratio) if inverted else log(ratio)), error


def effect_from_coefficient(
    coefficient: float, *, standard_error: float | None = None, z: float | None = None
) -> tuple[float, float]:
    """Log rate ratio and standard error from a coefficient of a Poisson, negative binomial or log-linear model.

    Args:
        coefficient: On the log scale.
        standard_error: As printed.
        z: The test statistic, where no standard error is printed; the standard error is |coefficient / z|.

    Raises:
        InputError: If neither or both are given, or the result is not positive.
    """
    if (standard_error is None) == (z is None):
        raise InputError("coefficient: expected either a standard error or a test statistic")
    error = standard_error if standard_error is not None else (abs(coefficient / z) if z else 0.0)
    if not error > 0:
        raise InputError(
            f"coefficient {coefficient!r}: its standard error comes out as {error!r}, expected a positive one"
        )
    return coefficient, error


def effect_from_counts(
    target: tuple[float, float], control: tuple[float, float], *, overdispersion: float
) -> tuple[float, float]:
    """Log rate ratio and standard error from counts before and after, in target and control area.

    The ratio is ``(after / before in the target) / (after / before in the control)``, the inverse of the relative effect
    size ``ad / bc``; its variance is ``overdispersion * (1/a + 1/b + 1/c + 1/d)``.

    Args:
        target: Count before and after in the target area, both positive.
        control: The same in the control area.
        overdispersion: Variance of counts over their mean, at least 1; 1 is Poisson and too narrow for crime.

    Raises:
        NoDataError: If a count is 0; its logarithm does not exist.
        InputError: If a count is negative or the overdispersion below 1.

    Source: Farrington, Gill, Waples and Argomaniz (2007), J. Exp. Criminol. 3, appendix.
    """
    counts = (*target, *control)
    if not all(isfinite(count) and count >= 0 for count in counts) or not overdispersion >= 1:
        raise InputError(f"counts {counts} with overdispersion {overdispersion!r}: expected counts >= 0 and at least 1")
    if 0 in counts:
        raise NoDataError(f"counts {counts}: a ratio with a count of 0 has no logarithm")
    ratio = (target[1] / target[0]) / (control[1] / control[0])
    return log(ratio), sqrt(overdispersion * sum(1 / count for count in counts))


def one_per_study(effects: Iterable[Effect]) -> tuple[Effect, ...]:
    """One effect of each study: the one with the smallest standard error; among equals the first identifier.

    The rule looks at precision and never at the size or sign of the effect.

    Returns:
        Effects in order of the study's identifier.
    """
    chosen: dict[str, Effect] = {}
    for effect in sorted(effects, key=lambda one: (one.study, one.standard_error, one.id)):
        chosen.setdefault(effect.study, effect)
    return tuple(chosen.values())


def city_wide(interval: Interval, covered_share: float | None) -> Interval:
    """What an effect at camera sites means for the whole city, on the log rate ratio.

    ``log(1 - s + s * exp(effect))``: the covered part changes, the rest does not; nothing moves between the two. The ends are
    carried over one by one, as the function rises with the effect.

    Args:
        interval: Interval of the effect at camera sites, log rate ratio.
        covered_share: Share of the city's incidents of this kind that happened in view before, 0..1; None where unknown.

    Raises:
        NoDataError: If the share is not known: an effect at camera sites is no effect on a city.
        InputError: If it is not between 0 and 1.
    """
    if covered_share is None or isnan(covered_share):
        raise NoDataError(
            "effect at camera sites for a whole city: the share of incidents in view is not known; say only how the claim "
            "stands to the published range at camera sites"
        )
    if not 0 <= covered_share <= 1:
        raise InputError(f"covered share {covered_share!r}: expected a share between 0 and 1")
    low, high = (log1p(covered_share * expm1(end)) for end in (interval.low, interval.high))
    note = f"converted from camera sites that cover {100 * covered_share:.4g} % of incidents, without displacement"
    return Interval(low, high, interval.level, f"{interval.method}_city", note)
