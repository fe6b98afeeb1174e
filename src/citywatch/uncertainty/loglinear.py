"""Log-linear models of three lists or more: every hierarchical model, averaged, with profile-likelihood intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product
from math import lgamma, log, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from citywatch.errors import InputError, NoDataError
from citywatch.uncertainty.capture import CaptureTable
from citywatch.uncertainty.interval import DEFAULT_LEVEL, Interval
from citywatch.uncertainty.proportions import normal_quantile

Matrix = NDArray[np.float64]
Term = tuple[int, ...]
UNIDENTIFIED = "its missing cell is not identified"
NO_MAXIMUM = "its likelihood has no maximum"
NO_UPPER_END = "the likelihood bounds it from below only: no upper end up to {limit:.0f} units"
CRITERIA = ("aic", "bic")
_STEPS, _TOLERANCE, _WIDEST, _STEEPEST = 100, 1e-9, 1000.0, 20.0


@dataclass(frozen=True, slots=True)
class LogLinearModel:
    """One fitted model.

    Attributes:
        terms: Interactions of the model, as places of the lists; the lists themselves are always in it.
        name: The same in words: ``a x b + b x c``; ``independence`` without interactions.
        unseen: Estimate of the units on no list.
        total: Units seen and unseen.
        deviance: Against the saturated model of the observed cells.
        freedom: Degrees of freedom: observed cells minus parameters.
        aic: Akaike's criterion.
        bic: Schwarz's criterion, with the units seen as the size of the sample.
        weight: Weight in the average, a share of 1.
    """

    terms: tuple[Term, ...]
    name: str
    unseen: float
    total: float
    deviance: float
    freedom: int
    aic: float
    bic: float
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Averaged:
    """All models together.

    Attributes:
        total: Weighted mean of the models' totals.
        interval: Model-averaged profile-likelihood interval; None where it has no upper end.
        note: Why there is no interval, or what to beware of; empty if nothing.
        criterion: What the weights come from.
        models: Models with a weight, heaviest first.
        left_out: Models that were not fitted or gave no estimate: reason to count.
        in_interval: Weight of the models that the interval is made from, a share of 1.
    """

    total: float
    interval: Interval | None
    note: str
    criterion: str
    models: tuple[LogLinearModel, ...]
    left_out: dict[str, int]
    in_interval: float


def hierarchical_models(lists: int, order: int) -> Iterator[tuple[Term, ...]]:
    """Every set of interactions in which an interaction stands only with all that it contains.

    Args:
        lists: Number of lists, at least 2.
        order: Lists in the largest interaction, below ``lists``: the one of all lists cannot be estimated.

    Raises:
        InputError: If the order does not lie between 1 and ``lists`` - 1.
    """
    if not 1 <= order < lists:
        raise InputError(f"interactions of {order} lists among {lists}: expected 1 to {lists - 1}")
    yield from _extend((), 2, lists, order)


def _extend(below: tuple[Term, ...], size: int, lists: int, order: int) -> Iterator[tuple[Term, ...]]:
    if size > order:
        yield below
        return
    held = set(below)
    open_terms = [
        term
        for term in combinations(range(lists), size)
        if size == 2 or all(part in held for part in combinations(term, size - 1))
    ]
    if not open_terms:
        yield below
        return
    for count in range(len(open_terms) + 1):
        for chosen in combinations(open_terms, count):
            yield from _extend((*below, *chosen), size + 1, lists, order)


class _Design:
    """Counts and columns of one model; terms whose cells are all empty are left out with their cells.

    Such a term has no finite estimate: the cells that hold it are fitted as 0, and the others do not depend on it
    (Fienberg and Rinaldo 2012, Annals of Statistics 40; Chan, Silverman and Vincent 2021, JASA 116).
    """

    def __init__(self, table: CaptureTable, terms: Sequence[Term]) -> None:
        size = len(table.lists)
        patterns = [pattern for pattern in product((False, True), repeat=size) if any(pattern)]
        counts = np.array([table.cells.get(pattern, 0) for pattern in patterns], dtype="float64")
        every = [(), *((place,) for place in range(size)), *terms]
        held = np.array([[all(pattern[place] for place in term) for term in every] for pattern in patterns])
        empty = ~(held & (counts > 0)[:, None]).any(axis=0)
        kept = ~held[:, empty].any(axis=1)
        self.columns: Matrix = held[kept][:, ~empty].astype("float64")
        self.counts: Matrix = counts[kept]
        self.parameters = len(every)
        self.cells = len(patterns)

    def is_identified(self) -> bool:
        return bool(
            self.columns.shape[0] >= self.columns.shape[1]
            and np.linalg.matrix_rank(self.columns) == self.columns.shape[1]
        )

    def complete(self, unseen: float) -> tuple[Matrix, Matrix]:
        """Counts and columns with the cell of no list, which holds the constant alone."""
        first = np.zeros((1, self.columns.shape[1]))
        first[0, 0] = 1.0
        return np.concatenate([[unseen], self.counts]), np.vstack([first, self.columns])


def _poisson(counts: Matrix, columns: Matrix, start: Matrix | None = None) -> tuple[Matrix, Matrix] | None:
    """Coefficients and means of a Poisson regression with log link; None where it finds no maximum."""
    first = np.linalg.lstsq(columns, np.log(counts + 0.5), rcond=None)[0] if start is None else start
    beta: Matrix = np.asarray(first, dtype="float64")
    now = _kernel(beta, counts, columns)
    for _ in range(_STEPS):
        means = np.exp(columns @ beta)
        information = columns.T @ (means[:, None] * columns)
        try:
            step = np.linalg.solve(information, columns.T @ (counts - means))
        except np.linalg.LinAlgError:
            return None
        for _ in range(_STEPS):
            after = _kernel(beta + step, counts, columns)
            if after >= now - _TOLERANCE:
                break
            step = step / 2
        beta, now = beta + step, after
        if not np.isfinite(beta).all() or np.abs(beta[1:]).max(initial=0.0) > _STEEPEST:
            return None
        if np.abs(step).max() < _TOLERANCE * (1 + np.abs(beta).max()):
            return beta, np.exp(columns @ beta)
    return None


def _kernel(beta: Matrix, counts: Matrix, columns: Matrix) -> float:
    linear = np.minimum(columns @ beta, 500.0)
    return float(counts @ linear - np.exp(linear).sum())


def fit_model(table: CaptureTable, terms: Sequence[Term]) -> LogLinearModel:
    """Fit one model to the observed cells.

    Args:
        table: Three lists or more.
        terms: Interactions, as places of the lists.

    Raises:
        NoDataError: If the model gives no estimate; the message ends with the reason.

    Source: Fienberg (1972), Biometrika 59; Bishop, Fienberg and Holland (1975), chapter 6.
    """
    design, name = _Design(table, terms), model_name(table.lists, terms)
    if not design.is_identified():
        raise NoDataError(f"model {name}: {UNIDENTIFIED}")
    fitted = _poisson(design.counts, design.columns)
    if fitted is None:
        raise NoDataError(f"model {name}: {NO_MAXIMUM}")
    beta, means = fitted
    unseen = float(np.exp(beta[0]))
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(design.counts > 0, design.counts * np.log(design.counts / means), 0.0)
    deviance = float(2 * (parts - design.counts + means).sum())
    likelihood = float(sum(y * log(m) - m - lgamma(y + 1) for y, m in zip(design.counts, means, strict=True)))
    return LogLinearModel(
        terms=tuple(terms),
        name=name,
        unseen=unseen,
        total=table.units + unseen,
        deviance=max(0.0, deviance),
        freedom=design.cells - design.parameters,
        aic=2 * design.parameters - 2 * likelihood,
        bic=design.parameters * log(table.units) - 2 * likelihood,
    )


def model_name(lists: Sequence[str], terms: Sequence[Term]) -> str:
    """``a x b + b x c``: the interactions that no other of the model contains; ``independence`` without any."""
    widest = [term for term in terms if not any(set(term) < set(other) for other in terms)]
    return " + ".join(" x ".join(lists[place] for place in term) for term in widest) or "independence"


class Profile:
    """Signed root of the profile likelihood of the unseen units under one model.

    Args:
        table: The lists.
        model: A fitted model.

    Source: Cormack (1992), Biometrics 48, with the multinomial likelihood of the complete table.
    """

    def __init__(self, table: CaptureTable, model: LogLinearModel) -> None:
        self._design = _Design(table, model.terms)
        self._units = float(self._design.counts.sum())
        self._start: Matrix | None = None
        self.best = _maximum(self._likelihood, max(model.unseen, 0.5))
        self._top = self._likelihood(self.best)

    def _likelihood(self, unseen: float) -> float:
        counts, columns = self._design.complete(unseen)
        fitted = _poisson(counts, columns, self._start) or _poisson(counts, columns)
        if fitted is None:
            return float("-inf")
        self._start, means = fitted
        total = unseen + self._units
        value = lgamma(total + 1) - lgamma(unseen + 1) - total * log(total)
        return value + float(sum(y * log(m) for y, m in zip(counts, means, strict=True) if y > 0))

    def root(self, unseen: float) -> float:
        """Distance from the maximum in standard deviations; negative below it."""
        gap = max(0.0, 2 * (self._top - self._likelihood(unseen)))
        return sqrt(gap) if unseen >= self.best else -sqrt(gap)


def _maximum(function: Callable[[float], float], near: float) -> float:
    """Place of the maximum over numbers of 0 or more, by a search on the square root of the place."""
    from scipy.optimize import minimize_scalar  # here, so that other commands start without scipy

    found = minimize_scalar(
        lambda place: -function(place * place),
        bounds=(0.0, 4 * sqrt(near) + 4),
        method="bounded",
        options={"xatol": 1e-6},
    )
    return float(found.x) ** 2


def profile_interval(table: CaptureTable, model: LogLinearModel, level: float = DEFAULT_LEVEL) -> Interval | None:
    """Profile-likelihood interval of the total under one model; None where it has no upper end.

    Args:
        table: The lists.
        model: A fitted model.
        level: Two-sided coverage.
    """
    return _ends(table.units, [(1.0, Profile(table, model))], level)


def _ends(units: int, profiles: Sequence[tuple[float, Profile]], level: float) -> Interval | None:
    """Where the weighted tail areas of the signed roots reach half of what the level leaves.

    Source: Fletcher and Turek (2012), Journal of Agricultural, Biological and Environmental Statistics 17.
    """
    from scipy.optimize import brentq

    whole = sum(weight for weight, _ in profiles)
    normal = NormalDist()
    furthest = normal_quantile(level) * 4 + 20

    def area(place: float) -> float:
        """Weighted share of the models whose estimate lies below."""
        roots = ((weight, one.root(place * place)) for weight, one in profiles)
        return sum(weight * normal.cdf(max(-furthest, min(furthest, root))) for weight, root in roots) / whole

    tail = (1 - level) / 2
    middle = sqrt(max(one.best for _, one in profiles)) + 1e-6
    limit = sqrt(_WIDEST * (units + 1) + middle**2)
    lower = 0.0 if area(0.0) >= tail else brentq(lambda place: area(place) - tail, 0.0, middle, xtol=1e-5)
    if area(limit) < 1 - tail:
        return None
    upper = brentq(lambda place: area(place) - (1 - tail), lower, limit, xtol=1e-5)
    return Interval(units + lower**2, units + upper**2, level, "profile_likelihood")


def average(
    table: CaptureTable,
    order: int,
    *,
    criterion: str = "bic",
    least_weight: float = 0.0,
    level: float = DEFAULT_LEVEL,
) -> Averaged:
    """Fit every hierarchical model and average the totals by their weights.

    A weight is ``exp(-difference / 2)`` of the criterion to the best model, over the sum of all.

    Args:
        table: Three lists or more.
        order: Lists in the largest interaction.
        criterion: ``aic`` or ``bic``.
        least_weight: Models lighter than this share of 1 are left out of the interval, for speed; its result says how
            much weight is in it.
        level: Two-sided coverage.

    Raises:
        InputError: If there are fewer than three lists or the criterion is unknown.
        NoDataError: If no model gives an estimate.

    Source: Buckland, Burnham and Augustin (1997), Biometrics 53; interval as in Fletcher and Turek (2012).
    """
    if len(table.lists) < 3:
        raise InputError(f"log-linear models of {len(table.lists)} lists: expected three or more")
    if criterion not in CRITERIA:
        raise InputError(f"criterion {criterion!r}: expected {' or '.join(CRITERIA)}")
    fitted, left_out = _fit_all(table, order)
    values = np.array([getattr(model, criterion) for model in fitted])
    weights = np.exp(-(values - values.min()) / 2)
    weights = weights / weights.sum()
    models = sorted(
        (replace(model, weight=float(weight)) for model, weight in zip(fitted, weights, strict=True)),
        key=lambda model: (-model.weight, model.name),
    )
    total = float(sum(model.weight * model.total for model in models))
    heavy = [model for model in models if model.weight >= least_weight] or models[:1]
    interval = _ends(table.units, [(model.weight, Profile(table, model)) for model in heavy], level)
    note = "" if interval else NO_UPPER_END.format(limit=_WIDEST * table.units)
    flagged = interval.flagged(total) if interval else None
    covered = sum(model.weight for model in heavy)
    return Averaged(total, flagged, note, criterion, tuple(models), left_out, covered)


def _fit_all(table: CaptureTable, order: int) -> tuple[list[LogLinearModel], dict[str, int]]:
    fitted: list[LogLinearModel] = []
    left_out: Counter[str] = Counter()
    for terms in hierarchical_models(len(table.lists), order):
        try:
            fitted.append(fit_model(table, terms))
        except NoDataError as error:
            left_out[str(error).partition(": ")[2]] += 1
    if not fitted:
        raise NoDataError(f"log-linear models of {', '.join(table.lists)}: none gives an estimate")
    return fitted, dict(sorted(left_out.items()))
