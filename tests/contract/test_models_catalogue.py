"""Every model of the catalogue, on data whose answer is known: an effect, none, too few rows, another order, the same seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from citywatch.errors import CitywatchError
from citywatch.findings import curve_questions
from citywatch.findings.curve_fit import Work, log_ratios, refusals
from citywatch.findings.curve_grid import question_of
from citywatch.findings.drivers import QUESTIONS
from citywatch.findings.facts import read
from citywatch.uncertainty.dominance import general_dominance
from citywatch.uncertainty.firth import penalised_logit
from citywatch.uncertainty.glm import FIRTH, Batch, Design, Penalty
from citywatch.uncertainty.hazard import NEVER, fit_hazard
from citywatch.uncertainty.interval import Interval
from citywatch.uncertainty.negative_binomial import count_ends, fit_counts
from citywatch.uncertainty.robust import cluster_jackknife
from citywatch.uncertainty.scores import left_out_scores, score_difference

Matrix = NDArray[np.float64]
COUNTRIES = 194
NAMES = ("constant", "class", "other")


@dataclass(frozen=True)
class World:
    """A class, another column without effect, and counts with a set ratio."""

    columns: Matrix
    counts: Matrix

    @property
    def has(self) -> Matrix:
        return np.minimum(self.counts, 1.0)

    def turned(self) -> World:
        order = np.random.default_rng(99).permutation(COUNTRIES)
        return World(self.columns[order], self.counts[order])


def world(ratio: float, seed: int = 4, mean: float = 0.33) -> World:
    generator = np.random.default_rng(seed)
    inside = (np.arange(COUNTRIES) % 2).astype("float64")
    means = mean * np.where(inside == 1, ratio, 1 / ratio)
    counts = generator.negative_binomial(0.95, 0.95 / (0.95 + means)).astype("float64")
    return World(np.column_stack([np.ones(COUNTRIES), inside, generator.standard_normal(COUNTRIES)]), counts)


def _logit(penalty: Penalty) -> Callable[[World], Interval]:
    return lambda made: penalised_logit(made.columns, made.has, NAMES, penalty=penalty).slopes[1].interval


def _counts(made: World) -> Interval:
    batch = Batch(Design(made.columns), made.counts[None, :])
    low, high = count_ends(batch, fit_counts(batch), 1)
    return Interval(float(low[0]), float(high[0]), 0.95, "profile_likelihood")


def _jackknife(made: World) -> Interval:
    clusters = np.argsort(np.argsort(made.columns[:, 2])) % 17
    batch = Batch(Design(made.columns), made.has[None, :], penalty=FIRTH)
    if made.has.sum() < 3:
        refusal_of(made, "logit")
    values, errors, _ = cluster_jackknife(batch, clusters)
    return Interval(float(values[1] - 2.12 * errors[1]), float(values[1] + 2.12 * errors[1]), 0.95, "cluster_jackknife")


def refusal_of(made: World, model: str) -> None:
    outcome = made.counts if model in {"log", "negative_binomial"} else made.has
    work = Work(np.array([0]), made.columns, outcome[None, :], np.ones((1, COUNTRIES)), model)
    if reason := refusals(work)[0]:
        raise CitywatchError(reason)


def _curve(model: str) -> Callable[[World], Interval]:
    def ask(made: World) -> Interval:
        refusal_of(made, model)
        outcome = made.counts if model in {"log", "negative_binomial"} else made.has
        centre, half, _ = log_ratios(
            Work(np.array([0]), made.columns, outcome[None, :], np.ones((1, COUNTRIES)), model)
        )
        return Interval(float(centre[0] - half[0]), float(centre[0] + half[0]), 0.95, model)

    return ask


def _contrast(made: World) -> Interval:
    other = world(1.0, 77).counts if made.counts.sum() > 5 else made.counts
    order = np.lexsort((made.counts, made.columns[:, 2], made.columns[:, 1]))
    base = np.zeros(COUNTRIES)
    base[order] = other
    work = Work(
        np.array([0]), made.columns[:, :2], made.counts[None, :], np.ones((1, COUNTRIES)), "contrast", base[None, :]
    )
    if reason := refusals(work)[0]:
        raise CitywatchError(reason)
    centre, half, _ = log_ratios(work)
    return Interval(float(centre[0] - half[0]), float(centre[0] + half[0]), 0.95, "contrast")


def _hazard(made: World) -> Interval:
    years = list(range(2010, 2020))
    drawn = np.random.default_rng(3).permutation(np.repeat(np.arange(10), 20))[:COUNTRIES]
    rank = np.argsort(np.argsort(made.columns[:, 2]))
    first = np.where(made.has > 0, 2010 + drawn[rank], NEVER)
    cube = np.repeat(made.columns[:, None, 1:], len(years), axis=1)
    found = fit_hazard(cube, np.ones((COUNTRIES, len(years)), dtype=bool), np.vstack([first, first]), years, NAMES[1:])
    return found.pooled[3].interval()


def _dominance(made: World) -> Interval:
    """The share of the class against the other column, as a lean away from one half."""
    penalised_logit(made.columns, made.has, NAMES)
    blocks = {"class": made.columns[:, 1:2], "other": made.columns[:, 2:]}
    ordered = np.lexsort((made.columns[:, 2], made.columns[:, 1]))
    found = general_dominance(
        {name: values[ordered] for name, values in blocks.items()}, made.has[ordered], draws=200, seed=1
    )
    interval = found.blocks[0].interval
    return Interval(interval.low - 0.5, interval.high - 0.5, 0.95, "country_bootstrap")


def _scores(made: World) -> Interval:
    penalised_logit(made.columns, made.has, NAMES)
    ordered = np.lexsort((made.columns[:, 2], made.columns[:, 1]))
    columns, outcome = made.columns[ordered], made.has[ordered]
    first, second = left_out_scores(columns[:, :2], outcome), left_out_scores(columns[:, [0, 2]], outcome)
    return score_difference(first, second, margin=3, draws=500, seed=1).interval


CATALOGUE: dict[str, Callable[[World], Interval]] = {
    "firth": _logit(FIRTH),
    "log_f": _logit(Penalty(log_f=1.0)),
    "cluster_jackknife": _jackknife,
    "negative_binomial": _counts,
    "hazard": _hazard,
    "dominance": _dominance,
    "paired_scores": _scores,
    "curve_log": _curve("log"),
    "curve_logit": _curve("logit"),
    "curve_negative_binomial": _curve("negative_binomial"),
    "curve_contrast": _contrast,
}
"""Every estimator of the drivers and curves; each gives an interval that lies above 0 where the class matters."""


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_known_effect_is_found(name: str) -> None:
    assert CATALOGUE[name](world(3.0)).low > 0


@pytest.mark.parametrize("name", CATALOGUE)
def test_no_effect_is_not_found(name: str) -> None:
    interval = CATALOGUE[name](world(1.0))
    assert interval.low <= 0 <= interval.high


@pytest.mark.parametrize("name", CATALOGUE)
def test_too_few_rows_are_refused_with_the_reason(name: str) -> None:
    made = world(1.0)
    with pytest.raises(CitywatchError, match=r"\w+ \w+ \w+"):
        CATALOGUE[name](World(made.columns, np.zeros(COUNTRIES)))


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_order_of_rows_does_not_matter(name: str) -> None:
    made = world(2.0)
    first, second = CATALOGUE[name](made), CATALOGUE[name](made.turned())
    assert (first.low, first.high) == pytest.approx((second.low, second.high), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_same_seed_gives_the_same(name: str) -> None:
    assert CATALOGUE[name](world(2.0)) == CATALOGUE[name](world(2.0))


def test_every_question_of_the_drivers_has_its_texts() -> None:
    texts = read("drivers")["texts"]
    for name, _ in QUESTIONS:
        assert {"question", "unit", "method", "method_page"} <= set(texts[name])


def test_every_model_of_a_curve_is_in_the_catalogue() -> None:
    used = set()
    for name in curve_questions():
        question = question_of(name)
        used.add(str(question.facts.get("fit", "")))
        if "model" in question.facts["choices"]:
            used |= {str(option.facts["fit"]) for option in question.choice("model").options}
    assert {f"curve_{model}" for model in used if model} <= set(CATALOGUE)
