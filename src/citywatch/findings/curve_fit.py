"""Fitting the specifications: those that share a design and a model in one batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citywatch.findings.curve_data import Ground, Key
from citywatch.findings.curve_grid import Spec
from citywatch.findings.facts import read, settings
from citywatch.uncertainty.glm import FIRTH, LOG, LOGIT, Batch, Design, fit
from citywatch.uncertainty.margins import standardised_ratio
from citywatch.uncertainty.negative_binomial import fit_counts
from citywatch.uncertainty.robust import robust_covariance

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Point:
    """One specification with its number.

    Attributes:
        spec: The specification.
        ratio: Ratio inside to outside the class; NaN where refused.
        low: Lower end of its interval.
        high: Upper end.
        agreements: Agreements (or countries, by unit) counted in eligible countries with a class.
        countries: Eligible countries with a class.
        adopting: Of these, countries with an agreement.
        refused: Why there is no number; empty where there is one.
    """

    spec: Spec
    ratio: float
    low: float
    high: float
    agreements: int
    countries: int
    adopting: int
    refused: str


@dataclass(frozen=True)
class Work:
    """Specifications that share design and model, ready to be fitted.

    Attributes:
        places: Positions of the specifications in the grid.
        columns: Constant, class and other columns, countries x coefficients; 0 where a country has no value.
        outcomes: Specifications x countries.
        weights: Specifications x countries.
        model: ``log``, ``logit``, ``negative_binomial`` or ``contrast``.
        others: Outcomes of the vendors compared with, for a contrast.
    """

    places: NDArray[np.int64]
    columns: Matrix
    outcomes: Matrix
    weights: Matrix
    model: str
    others: Matrix | None = None


def works(base: Ground, specs: Sequence[Spec]) -> list[Work]:
    """Specifications in groups that are fitted at once, in the order of their first member."""
    groups: dict[Key, list[int]] = {}
    for place, spec in enumerate(specs):
        groups.setdefault((model_of(base, spec), *base.design_key(spec)), []).append(place)
    return [_work(base, [specs[place] for place in places], places, key[0]) for key, places in groups.items()]


def model_of(base: Ground, spec: Spec) -> str:
    """How a specification is fitted."""
    if "model" not in spec.chosen:
        return str(base.question.facts["fit"])
    return str(base.question.choice("model").option(spec.chosen["model"]).facts["fit"])


def _work(base: Ground, specs: Sequence[Spec], places: Sequence[int], model: str) -> Work:
    first = specs[0]
    raw = np.column_stack([base.focal(first), *base.columns(first)])
    columns = np.column_stack([np.ones(len(raw)), np.nan_to_num(raw)])
    columns[:, 2:] = _centred(columns[:, 2:], np.asarray(np.isfinite(raw).all(axis=1)))
    others = None
    if model == "contrast":
        pairs = [base.pair(spec) for spec in specs]
        outcomes, others = (np.vstack(side) for side in zip(*pairs, strict=True))
    else:
        outcomes = np.vstack([base.outcome(spec) for spec in specs])
    weights = np.vstack([base.weights(spec) for spec in specs])
    return Work(np.array(places, dtype="int64"), columns, outcomes, weights, model, others)


def _centred(columns: Matrix, is_known: NDArray[np.bool_]) -> Matrix:
    """Columns without their mean and on one scale, so that products are well conditioned; the ratio is the same."""
    known = columns[is_known]
    spread = known.std(axis=0)
    return np.where(is_known[:, None], (columns - known.mean(axis=0)) / np.where(spread > 0, spread, 1.0), 0.0)


def fit_points(base: Ground, specs: Sequence[Spec]) -> tuple[Point, ...]:
    """Every specification with its ratio and interval, or the reason why it has none, in the order given."""
    found: dict[int, Point] = {}
    for work in works(base, specs):
        for place, point in zip(work.places, _fitted(work, specs), strict=True):
            found[int(place)] = point
    return tuple(found[place] for place in range(len(specs)))


def _fitted(work: Work, specs: Sequence[Spec]) -> list[Point]:
    reasons = refusals(work)
    usable = np.array([not reason for reason in reasons])
    ratio, low, high = (np.full(len(reasons), np.nan) for _ in range(3))
    if usable.any():
        part = _some(work, usable)
        centre, half, converged = log_ratios(part)
        ratio[usable], low[usable], high[usable] = np.exp(centre), np.exp(centre - half), np.exp(centre + half)
        for place, is_good in zip(np.flatnonzero(usable), converged, strict=True):
            if not is_good:
                reasons[place] = read("curves")["common"]["refusals"]["fit"]
    whole = work.outcomes if work.others is None else work.outcomes + work.others
    return [
        Point(
            specs[place], float(ratio[at]), float(low[at]), float(high[at]),
            int((work.weights[at] * whole[at]).sum()), int(work.weights[at].sum()),
            int((work.weights[at] * (whole[at] > 0)).sum()), reasons[at],
        )
        for at, place in enumerate(work.places)
    ]  # fmt: skip


def _some(work: Work, rows: NDArray[np.bool_]) -> Work:
    others = None if work.others is None else work.others[rows]
    return Work(work.places[rows], work.columns, work.outcomes[rows], work.weights[rows], work.model, others)


def refusals(work: Work) -> list[str]:
    """Why each specification gets no number; empty where it gets one."""
    texts = read("curves")["common"]["refusals"]
    minimum = read("curves")["minimum_carriers"]
    inside = work.columns[:, 1]
    reasons = []
    for at, weights in enumerate(work.weights):
        sides = [work.outcomes[at]] if work.others is None else [work.outcomes[at], work.others[at]]
        carriers = [float((weights * part * (side > 0)).sum()) for side in sides for part in (inside, 1 - inside)]
        here = work.columns[weights > 0]
        if not any(side[weights > 0].any() for side in sides):
            reasons.append(texts["no_rows"])
        elif min(carriers) < minimum:
            reasons.append(texts["carriers"].format(minimum=minimum))
        elif (np.ptp(here[:, 1:], axis=0) == 0).any():
            reasons.append(texts["constant"])
        else:
            reasons.append("")
    return reasons


def log_ratios(work: Work) -> tuple[Matrix, Matrix, NDArray[np.bool_]]:
    """Logarithm of the ratio, half the width of its interval, and whether the fit converged, for each specification."""
    from scipy.special import stdtrit

    size = work.columns.shape[1]
    quantile = stdtrit(np.maximum(work.weights.sum(axis=1) - size, 1), (1 + settings().level) / 2)
    if work.model == "contrast":
        centre, error = ratio_of_ratios(work)
        return centre, quantile * error, np.isfinite(error)
    batch = Batch(Design(work.columns), work.outcomes, LOG, work.weights)
    if work.model == "negative_binomial":
        counts = fit_counts(batch)
        error = np.sqrt(counts.covariance[:, 1, 1])
        return counts.coefficients[:, 1], quantile * error, counts.converged
    if work.model == "logit":
        batch = Batch(batch.design, work.outcomes, LOGIT, work.weights, FIRTH)
        fits = fit(batch)
        centre, error = standardised_ratio(batch, fits, 1)
        return centre, quantile * error, fits.converged
    fits = fit(batch)
    error = np.sqrt(robust_covariance(batch, fits)[:, 1, 1])
    return fits.coefficients[:, 1], quantile * error, fits.converged


def ratio_of_ratios(work: Work) -> tuple[Matrix, Matrix]:
    """Logarithm of one group's ratio over another's, its error from the influence of each country.

    Source: Hampel (1974), JASA 69, for the influence; countries are the units, so both groups of one country go together.
    """
    inside = work.columns[:, 1]
    others = work.others if work.others is not None else np.zeros_like(work.outcomes)
    centre = np.zeros(len(work.outcomes))
    influence = np.zeros(work.outcomes.shape)
    for side, sign in ((work.outcomes, 1.0), (others, -1.0)):
        counted = work.weights * side
        for part, direction in ((inside, 1.0), (1 - inside, -1.0)):
            eligible = work.weights * part
            number, total = eligible.sum(axis=1), (counted * part).sum(axis=1)
            mean = total / number
            centre += sign * direction * np.log(mean)
            influence += sign * direction * eligible * (side - mean[:, None]) / total[:, None]
    countries = work.weights.sum(axis=1)
    return centre, np.sqrt((influence**2).sum(axis=1) * countries / (countries - 1))
