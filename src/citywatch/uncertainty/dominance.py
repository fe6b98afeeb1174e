"""General dominance: how much each block of columns adds, averaged over every set of other blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from citywatch.errors import InputError
from citywatch.uncertainty.bootstrap import country_draws
from citywatch.uncertainty.glm import FIRTH, Batch, Design, Matrix, Penalty, fit
from citywatch.uncertainty.interval import DEFAULT_LEVEL, Interval

BOOTSTRAP = "country_bootstrap"


@dataclass(frozen=True, slots=True)
class Dominance:
    """Contribution of one block.

    Attributes:
        block: Name of the block.
        share: Its part of McFadden's pseudo-R squared of the whole model, a share of 1.
        interval: Percentile interval of the share.
        rank_first: Share of draws in which the block comes first.
    """

    block: str
    share: float
    interval: Interval
    rank_first: float


@dataclass(frozen=True, slots=True)
class DominanceResult:
    """General dominance of all blocks.

    Attributes:
        blocks: One per block, in the order given.
        pseudo_r2: McFadden's pseudo-R squared of the whole model.
        interval: Its percentile interval; it lies above the estimate, because a draw repeats countries.
        draws: Draws of the bootstrap.
        undefined: Draws left out because the whole model explained nothing or no outcome differed.
    """

    blocks: tuple[Dominance, ...]
    pseudo_r2: float
    interval: Interval
    draws: int
    undefined: int


def general_dominance(
    blocks: Mapping[str, Matrix],
    outcome: Matrix,
    *,
    draws: int,
    seed: int,
    level: float = DEFAULT_LEVEL,
    penalty: Penalty = FIRTH,
) -> DominanceResult:
    """General dominance of blocks in a penalised logit, with a bootstrap over countries.

    Args:
        blocks: Columns (countries x any number) by the name of the block; the constant is added.
        outcome: 0 or 1 for each country.
        draws: Draws of the bootstrap.
        seed: Seed of the draws.
        level: Two-sided coverage.
        penalty: Penalty of every fit; the likelihood compared has none.

    Raises:
        InputError: If there are fewer than two blocks.

    Source: Azen and Traxel (2009), J. Educational and Behavioral Statistics 34, with McFadden's pseudo-R squared.
    """
    names = tuple(blocks)
    if len(names) < 2:
        raise InputError(f"general dominance: expected two or more blocks; found {', '.join(names) or 'none'}")
    weights = np.vstack([np.ones(len(outcome)), country_draws(len(outcome), draws, seed)])
    explained = {chosen: _explained(blocks, outcome, weights, chosen, penalty) for chosen in _subsets(names)}
    parts = np.column_stack([_average_gain(explained, names, name) for name in names])
    whole = explained[names]
    usable = np.isfinite(whole) & (whole > 1e-9)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = parts / whole[:, None]
    drawn = shares[1:][usable[1:]]
    first = drawn.argmax(axis=1)
    return DominanceResult(
        blocks=tuple(
            Dominance(name, float(shares[0, at]), _percentile(drawn[:, at], level), float((first == at).mean()))
            for at, name in enumerate(names)
        ),
        pseudo_r2=float(whole[0]),
        interval=_percentile(whole[1:][usable[1:]], level),
        draws=draws,
        undefined=int((~usable[1:]).sum()),
    )


def _subsets(names: Sequence[str]) -> list[tuple[str, ...]]:
    return [chosen for size in range(len(names) + 1) for chosen in combinations(names, size)]


def _explained(
    blocks: Mapping[str, Matrix], outcome: Matrix, weights: Matrix, chosen: tuple[str, ...], penalty: Penalty
) -> Matrix:
    """McFadden's pseudo-R squared of a set of blocks, as observed and in every draw."""
    total = weights.sum(axis=1)
    mean = (weights @ outcome) / total
    with np.errstate(divide="ignore", invalid="ignore"):
        empty = total * (mean * np.log(mean) + (1 - mean) * np.log(1 - mean))
    if not chosen:
        return np.where(np.isfinite(empty), 0.0, np.nan)
    columns = np.column_stack([np.ones(len(outcome)), *(blocks[name] for name in chosen)])
    design = Design(columns)
    seen = fit(Batch(design, outcome[None, :], penalty=penalty)).coefficients
    batch = Batch(design, np.broadcast_to(outcome, weights.shape), weights=weights, penalty=penalty)
    found = fit(batch, np.repeat(seen, len(weights), axis=0), tolerance=1e-6)
    return np.asarray(1 - found.log_likelihood / empty)


def _average_gain(explained: Mapping[tuple[str, ...], Matrix], names: Sequence[str], block: str) -> Matrix:
    """Gain of a block, averaged within each number of other blocks and then over those numbers."""
    others = [name for name in names if name != block]
    by_size = []
    for size in range(len(others) + 1):
        gains = [
            explained[tuple(name for name in names if name == block or name in rest)] - explained[rest]
            for rest in combinations(others, size)
        ]
        by_size.append(np.mean(gains, axis=0))
    return np.asarray(np.mean(by_size, axis=0))


def _percentile(values: Matrix, level: float) -> Interval:
    tail = 100 * (1 - level) / 2
    low, high = np.percentile(values, [tail, 100 - tail])
    return Interval(float(low), float(high), level, BOOTSTRAP)
