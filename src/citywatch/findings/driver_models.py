"""The models of the drivers, each on the same countries and columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from citywatch.findings.driver_columns import Columns
from citywatch.findings.driver_times import Times
from citywatch.findings.facts import read, settings
from citywatch.findings.study import Study
from citywatch.uncertainty.dominance import DominanceResult, general_dominance
from citywatch.uncertainty.firth import LogitFit, Slope, penalised_logit, profile_interval
from citywatch.uncertainty.glm import FIRTH, Batch, Design, Penalty
from citywatch.uncertainty.hazard import Hazard, fit_hazard
from citywatch.uncertainty.interval import Interval
from citywatch.uncertainty.negative_binomial import count_ends, fit_counts
from citywatch.uncertainty.robust import cluster_jackknife
from citywatch.uncertainty.scores import ScoreDifference, left_out_scores, score_difference

Matrix = NDArray[np.float64]
JACKKNIFE = "cluster_jackknife"


@dataclass(frozen=True)
class Outcomes:
    """Outcomes of the eligible countries.

    Attributes:
        counts: Agreements by country.
        has: 1 where there is one.
    """

    counts: Matrix
    has: Matrix


@dataclass(frozen=True)
class Having:
    """Having an agreement.

    Attributes:
        firth: With Firth's penalty.
        log_f: With the weakly informative prior.
        clustered: Interval of each column but the constant if countries of a subregion resemble each other.
        clusters: Subregions.
    """

    firth: LogitFit
    log_f: LogitFit
    clustered: tuple[Interval, ...]
    clusters: int


@dataclass(frozen=True)
class Counting:
    """Number of agreements.

    Attributes:
        slopes: One per column, the constant first.
        dispersion: Dispersion of the negative binomial.
    """

    slopes: tuple[Slope, ...]
    dispersion: float


@dataclass(frozen=True)
class Hump:
    """The square of a column.

    Attributes:
        square: Its coefficient.
        top: Where the curve turns, in the column's own unit.
        inside: Whether that lies between the smallest and the largest value.
        rise_p: One-sided p-value of a rise at the smallest value.
        fall_p: One-sided p-value of a fall at the largest value.
    """

    square: Slope
    top: float
    inside: bool
    rise_p: float
    fall_p: float


def outcomes_of(study: Study) -> Outcomes:
    """Agreements of every eligible country."""
    position = pd.Index(study.query.eligible).get_indexer(pd.Index(study.admitted.rows["country_iso3"]))
    counts = np.bincount(position, minlength=len(study.query.eligible)).astype("float64")
    return Outcomes(counts, (counts > 0).astype("float64"))


def with_constant(values: Matrix) -> Matrix:
    """The columns with a constant before them."""
    return np.column_stack([np.ones(len(values)), values])


def having(study: Study, columns: Columns, outcome: Matrix) -> Having:
    """Firth's logit, the prior beside it, and the jackknife of subregions."""
    facts, level = read("drivers"), settings().level
    design, names = with_constant(columns.values), ("constant", *columns.names)
    firth = penalised_logit(design, outcome, names, penalty=FIRTH, level=level)
    prior = penalised_logit(design, outcome, names, penalty=Penalty(log_f=float(facts["log_f"])), level=level)
    intervals, clusters = _clustered(study, Batch(Design(design), outcome[None, :], penalty=FIRTH), level)
    return Having(firth, prior, intervals, clusters)


def _clustered(study: Study, batch: Batch, level: float) -> tuple[tuple[Interval, ...], int]:
    from scipy.special import stdtrit

    regions = study.indicators.regions.set_index("country_iso3")
    names = regions["un_subregion"].reindex(list(study.query.eligible)).fillna("")
    numbers = pd.factorize(names, sort=True)[0].astype("int64")
    if len(np.unique(numbers)) < 3:
        return (), len(np.unique(numbers))
    values, errors, freedom = cluster_jackknife(batch, numbers)
    half = float(stdtrit(freedom, (1 + level) / 2)) * errors
    found = [
        Interval(float(value - width), float(value + width), level, JACKKNIFE)
        for value, width in zip(values[1:], half[1:], strict=True)
    ]
    return tuple(found), freedom + 1


def counting(columns: Columns, counts: Matrix) -> Counting:
    """Negative binomial regression with profile intervals."""
    batch, level = Batch(Design(with_constant(columns.values)), counts[None, :]), settings().level
    found = fit_counts(batch)
    slopes = []
    for at, name in enumerate(("constant", *columns.names)):
        low, high = count_ends(batch, found, at, level)
        interval = profile_interval((float(low[0]), float(high[0])), level)
        slopes.append(Slope(name, float(found.coefficients[0, at]), interval))
    return Counting(tuple(slopes), float(found.dispersion[0]))


def timing(columns: Columns, times: Times) -> Hazard:
    """Hazard of the first agreement, columns of the year before."""
    cube = columns.cube(times.years, read("drivers")["lag_years"])
    at_risk = np.asarray(np.isfinite(cube).all(axis=2))
    return fit_hazard(np.nan_to_num(cube), at_risk, times.first, times.years, columns.names)


def hump(columns: Columns, outcome: Matrix) -> Hump:
    """Logit with the square of one column beside the declared blocks.

    A negative square and a top inside the scale are no hump by themselves: the curve may only flatten. So the slopes at both
    ends are tested, one-sided.

    Source: Lind and Mehlum (2010), Oxford Bulletin of Economics and Statistics 72.
    """
    facts = read("drivers")["hump"]
    at = columns.names.index(facts["column"])
    line = columns.values[:, at]
    design = with_constant(np.column_stack([line, line**2, *(columns.block(name) for name in facts["beside"])]))
    names = ["constant", "line", "square", *(f"other {place}" for place in range(design.shape[1] - 3))]
    found = penalised_logit(design, outcome, names, level=settings().level)
    slope, square = found.slopes[1].estimate, found.slopes[2]
    turn = -slope / (2 * square.estimate) if square.estimate else float("inf")
    column = columns.columns[at]
    inside = bool(line.min() < turn < line.max())
    rise_p, fall_p = _end_slopes(found, float(line.min()), float(line.max()))
    return Hump(square, turn * column.scale + column.centre, inside, rise_p, fall_p)


def _end_slopes(found: LogitFit, low: float, high: float) -> tuple[float, float]:
    """One-sided p-values of a rise at the low and a fall at the high end, from slope and square of a fit."""
    from scipy.special import ndtr

    values, covariance = found.fits.coefficients[0], found.fits.covariance[0]
    z = []
    for end in (low, high):
        gradient = np.zeros(len(values))
        gradient[1:3] = 1.0, 2 * end
        z.append(float(gradient @ values / np.sqrt(gradient @ covariance @ gradient)))
    return float(ndtr(-z[0])), float(ndtr(z[1]))


def dominance(columns: Columns, blocks: tuple[str, ...], outcome: Matrix) -> DominanceResult:
    """General dominance of the blocks."""
    facts = read("drivers")
    parts = {name: columns.block(name) for name in blocks}
    return general_dominance(parts, outcome, draws=facts["dominance_draws"], seed=facts["seed"], level=settings().level)


def rivals(columns: Columns, blocks: tuple[str, ...], outcome: Matrix) -> dict[str, tuple[ScoreDifference, float]]:
    """Income against freedom, alone and beside all other blocks; each with the summed score without either."""
    facts = read("drivers")
    pair = facts["rivals"]
    others = [columns.block(name) for name in blocks if name not in pair.values()]
    found = {}
    for name, rest in (("alone", []), ("beside", others)):
        if name == "beside" and not rest:
            continue
        first, second = (
            left_out_scores(with_constant(np.column_stack([columns.block(pair[side]), *rest])), outcome)
            for side in ("first", "second")
        )
        compared = score_difference(
            first, second, margin=facts["margin"], draws=facts["score_draws"], seed=facts["seed"],
            level=settings().level,
        )  # fmt: skip
        neither = left_out_scores(with_constant(np.column_stack([np.empty((len(outcome), 0)), *rest])), outcome)
        found[name] = (compared, float(neither.sum()))
    return found
