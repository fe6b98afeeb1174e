"""Having or not having: logit with Firth's penalty, and with a weakly informative prior beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from citywatch.errors import InputError, NoDataError
from citywatch.uncertainty.glm import FIRTH, Batch, Design, Fits, Matrix, Penalty, fit
from citywatch.uncertainty.interval import DEFAULT_LEVEL, Interval
from citywatch.uncertainty.margins import Effect, average_effects
from citywatch.uncertainty.profile import profile_ends
from citywatch.uncertainty.separation import separated_by

PROFILE = "profile_likelihood"
UNBOUNDED = "the likelihood never falls far enough on one side"
_FARTHEST = 60.0


@dataclass(frozen=True, slots=True)
class Slope:
    """One coefficient.

    Attributes:
        name: Name of the column.
        estimate: Change of the log-odds (or of the logarithm of the expected count) per unit of the column.
        interval: Profile-likelihood interval.
    """

    name: str
    estimate: float
    interval: Interval


@dataclass(frozen=True)
class LogitFit:
    """A fitted logit.

    Attributes:
        slopes: One per column, the constant first.
        effects: Average marginal effect of each column but the constant, in points of probability (a share of 1).
        separated: Columns whose maximum-likelihood coefficient would be infinite.
        countries: Rows.
        events: Rows with outcome 1.
        log_likelihood: Without penalty.
        fits: The fit itself.
    """

    slopes: tuple[Slope, ...]
    effects: tuple[Effect, ...]
    separated: tuple[str, ...]
    countries: int
    events: int
    log_likelihood: float
    fits: Fits


def penalised_logit(
    columns: Matrix,
    outcome: Matrix,
    names: Sequence[str],
    *,
    penalty: Penalty = FIRTH,
    level: float = DEFAULT_LEVEL,
) -> LogitFit:
    """Penalised logit of one outcome with profile intervals, marginal effects and a report of separation.

    Args:
        columns: Countries x coefficients, the constant first.
        outcome: 0 or 1 for each country.
        names: One for each column.
        penalty: Firth's, or a log-F prior.
        level: Two-sided coverage.

    Raises:
        NoDataError: If all outcomes are the same.
        InputError: If a column but the first is constant, two columns carry the same, or names do not fit.

    Source: Firth (1993); Heinze and Schemper (2002); Greenland and Mansournia (2015), Statistics in Medicine 34.
    """
    check_columns(columns, names)
    events = int((outcome > 0).sum())
    if events in (0, len(outcome)):
        raise NoDataError(f"logit: expected both outcomes; {events} of {len(outcome)} rows have the event")
    batch = Batch(Design(columns), np.asarray(outcome, dtype="float64")[None, :], penalty=penalty)
    fits = fit(batch)
    return LogitFit(
        slopes=slopes_of(batch, fits, names, level),
        effects=average_effects(batch, fits, names, level),
        separated=separated_by(columns, outcome, names),
        countries=len(outcome),
        events=events,
        log_likelihood=float(fits.log_likelihood[0]),
        fits=fits,
    )


def slopes_of(batch: Batch, fits: Fits, names: Sequence[str], level: float = DEFAULT_LEVEL) -> tuple[Slope, ...]:
    """Coefficients of the first outcome of a batch with their profile intervals.

    Args:
        batch: What was fitted.
        fits: The fit.
        names: One for each column.
        level: Two-sided coverage.
    """
    ends = [profile_ends(batch, fits, at, level) for at in range(batch.design.size)]
    return tuple(
        Slope(name, float(value), profile_interval((float(low[0]), float(high[0])), level))
        for name, value, (low, high) in zip(names, fits.coefficients[0], ends, strict=True)
    )


def profile_interval(ends: tuple[float, float], level: float) -> Interval:
    """An interval from its ends; an infinite end becomes a very far one and is noted."""
    low, high = (float(np.clip(end, -_FARTHEST, _FARTHEST)) for end in ends)
    return Interval(low, high, level, PROFILE, "" if np.isfinite(ends).all() else UNBOUNDED)


def check_columns(columns: Matrix, names: Sequence[str]) -> None:
    """Refuse columns that carry nothing.

    Raises:
        InputError: If a column but the first is constant, or the columns depend on each other; the message names them.
    """
    if columns.shape[1] != len(names):
        raise InputError(f"columns: expected one name each; {columns.shape[1]} columns, {len(names)} names")
    spread = np.ptp(columns, axis=0)
    if still := [name for name, width in zip(names[1:], spread[1:], strict=True) if width == 0]:
        raise InputError(
            f"column {', '.join(still)}: expected values that differ; every row has the same. Leave it out."
        )
    scaled = columns / np.maximum(np.abs(columns).max(axis=0), 1e-300)
    if np.linalg.matrix_rank(scaled) < columns.shape[1]:
        raise InputError(f"columns {', '.join(names[1:])}: one follows from the others. Leave one out.")
