"""The joint test of a specification curve: one order of countries per draw, for all specifications at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citywatch.errors import NoDataError
from citywatch.findings.curve import Curve
from citywatch.findings.curve_fit import Work, log_ratios, refusals, works
from citywatch.findings.curve_grid import Spec
from citywatch.findings.facts import read
from citywatch.findings.plain import plain
from citywatch.uncertainty.permutation import freedman_lane, orders, permutation_p

Matrix = NDArray[np.float64]
Orders = NDArray[np.int64]
STATISTICS = ("median_log_ratio", "share_away", "median_t")
"""Median of the logarithms of the ratios; share of specifications whose interval lies on the commoner side of 1; median of
Student's t of the class on the linear scale (Freedman-Lane). Permuting whole outcomes cuts their tie with every column, so the
first two are of the global null; the last is of the class beside the other columns."""


@dataclass(frozen=True)
class JointTest:
    """The result.

    Attributes:
        question: Word of the question.
        draws: Draws made.
        specifications: Distinct specifications tested together.
        observed: Each statistic as observed.
        p_values: Each two-sided p-value; that of ``median_t`` is of the class alone, beside the other columns.
        monte_carlo_error: Standard error of each p-value from the number of draws.
        null: What is permuted, in words.
    """

    question: str
    draws: int
    specifications: int
    observed: dict[str, float]
    p_values: dict[str, float]
    monte_carlo_error: dict[str, float]
    null: str

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary for JSON."""
        return dict(plain(self))


def refuse_without_null(found: Curve) -> None:
    """Stop where a question has no valid null.

    Raises:
        NoDataError: If permuting would test another question; the message says which.
    """
    facts = found.question.facts
    if not facts["permuted"]:
        text = read("curves")["common"]["refusals"]["no_null"]
        raise NoDataError(text.format(name=found.question.id, reason=" ".join(facts["no_null"].split())))


def statistics(found: Curve, first: int, draws: int) -> dict[str, Matrix]:
    """Every statistic in some draws; draw k is the same whatever else is drawn.

    Args:
        found: The curve.
        first: Number of the first draw; -1 asks for the observed order before the draws.
        draws: How many.

    Returns:
        Values by statistic, in the order of the draws.
    """
    refuse_without_null(found)
    specs = [line.point.spec for line in found.lines]
    movable = _movable(found, specs)
    order = np.vstack([np.arange(len(movable)), orders(len(movable), draws, read("curves")["seed"], first)])
    groups = works(found.base, specs)
    logs = np.full((len(order), len(specs)), np.nan)
    sides = np.zeros((len(order), len(specs)))
    chunk = read("curves")["chunk"]
    for work in groups:
        for start in range(0, len(order), chunk):
            part = order[start : start + chunk]
            logs[start : start + chunk, work.places], sides[start : start + chunk, work.places] = _permuted(
                work, movable, part
            )
    t_values = _linear(groups, movable, order)
    with np.errstate(invalid="ignore"):
        median = np.nanmedian(logs, axis=1)
    away = np.maximum((sides > 0).mean(axis=1), (sides < 0).mean(axis=1))
    return {"median_log_ratio": median, "share_away": away, "median_t": np.median(t_values, axis=1)}


def joint_test(
    found: Curve,
    draws: int,
    known: Callable[[int], dict[str, Matrix] | None] | None = None,
    keep: Callable[[int, dict[str, Matrix]], None] | None = None,
) -> JointTest:
    """Permute and compare, in steps that can be kept and found again.

    Args:
        found: The curve.
        draws: Draws wanted.
        known: Gives the statistics of a step that was kept, by the number of its first draw; None where there is none.
        keep: Keeps the statistics of a step.

    Raises:
        NoDataError: If the question has no valid null.
    """
    refuse_without_null(found)
    size = read("curves")["chunk"]
    observed: dict[str, float] = {}
    drawn: dict[str, list[Matrix]] = {name: [] for name in STATISTICS}
    for first in range(0, draws, size):
        step = known(first) if known else None
        if step is None:
            step = statistics(found, first, size)
            if keep:
                keep(first, step)
        observed = {name: float(values[0]) for name, values in step.items()}
        for name, values in step.items():
            drawn[name].append(values[1:])
    merged = {name: np.concatenate(parts)[:draws] for name, parts in drawn.items()}
    p_values = {name: permutation_p(observed[name], values) for name, values in merged.items()}
    return JointTest(
        found.question.id,
        draws,
        len(found.lines),
        observed,
        p_values,
        {name: float(np.sqrt(p * (1 - p) / draws)) for name, p in p_values.items()},
        found.question.facts["permuted"],
    )


def _movable(found: Curve, specs: Sequence[Spec]) -> Orders:
    """Countries that any specification counts; outcomes move among these."""
    any_weight = np.max([found.base.weights(spec) for spec in specs], axis=0)
    return np.flatnonzero(any_weight > 0)


def _moved(outcomes: Matrix, movable: Orders, order: Orders) -> Matrix:
    """Outcomes in every order, (orders x specifications) x countries."""
    worlds = np.repeat(outcomes[None, :, :], len(order), axis=0)
    worlds[:, :, movable] = outcomes[:, movable][:, order].transpose(1, 0, 2)
    return worlds.reshape(-1, outcomes.shape[1])


def _permuted(work: Work, movable: Orders, order: Orders) -> tuple[Matrix, Matrix]:
    """Logarithm of the ratio, and the side of 1 on which its interval lies (0 for both), orders x specifications."""
    count = len(work.places)
    wide = replace(
        work,
        outcomes=_moved(work.outcomes, movable, order),
        weights=np.tile(work.weights, (len(order), 1)),
        places=np.tile(work.places, len(order)),
    )
    usable = np.array([not reason for reason in refusals(wide)])
    logs, sides = np.full(len(usable), np.nan), np.zeros(len(usable))
    part = replace(wide, outcomes=wide.outcomes[usable], weights=wide.weights[usable], places=wide.places[usable])
    if usable.any():
        centre, half, _ = log_ratios(part)
        logs[usable] = centre
        sides[usable] = np.where(centre - half > 0, 1.0, np.where(centre + half < 0, -1.0, 0.0))
    return logs.reshape(-1, count), sides.reshape(-1, count)


def _linear(groups: Sequence[Work], movable: Orders, order: Orders) -> Matrix:
    """Student's t of the class on the linear scale by Freedman and Lane, orders x distinct linear models."""
    found: dict[bytes, Matrix] = {}
    rank = np.full(int(movable.max()) + 1, -1)
    rank[movable] = np.arange(len(movable))
    for work in groups:
        for outcome, weights in zip(work.outcomes, work.weights, strict=True):
            kept = np.flatnonzero(weights > 0)
            key = work.columns[kept].tobytes() + outcome[kept].tobytes()
            if key not in found:
                shuffled = _suborders(order[1:], rank[kept])
                rest = np.delete(work.columns[kept], 1, axis=1)
                t, drawn = freedman_lane(rest, work.columns[kept, 1], outcome[kept], shuffled)
                found[key] = np.concatenate([[t], drawn])
    return np.column_stack(list(found.values()))


def _suborders(order: Orders, kept: Orders) -> Orders:
    """The same orders of a part of the countries: those left out are skipped."""
    place = np.full(order.shape[1], -1)
    place[kept] = np.arange(len(kept))
    renamed = place[order]
    return renamed[renamed >= 0].reshape(len(order), len(kept))
