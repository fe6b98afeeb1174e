"""How often is the stated recall true when somebody looks again and again? Looks that are counted against looks that are not.

A pile of unread candidates holds a set number of relevant ones; ``FOUND`` were found before. Two ways to go on looking:

- *growing*: one random sample grows by a twentieth of half the pile at each of 20 looks;
- *fresh*: between five looks the ranking is followed for a while, and each look draws a fresh random sample of what is left.

``all_true`` is the share of runs in which no look states more recall than was reached: what is left to the worst rule of stopping.
``stated_true`` is that share for somebody who stops at the first look whose bound reaches the target, or at the last one;
``wrong_stop`` the share that stopped with less recall than the target. ``uncounted`` spends the whole chance of error at each look;
``planned`` shares it out evenly; ``open`` spends alpha / (look (look + 1)). Beside these: one look, which needs no counting, and one
look at the tail of a ranking taken for a random sample, which ``citywatch stopping`` refuses.

``make bench BENCH=stopping`` writes ``bench/stopping.json``: value is the lowest ``all_true`` of counted looks over all worlds, base that
of uncounted ones, the aim 0.95.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from citywatch.uncertainty import most_in_population, spent_alpha

RUNS, SEED, LEVEL, TARGET, FOUND = 4000, 7, 0.95, 0.8, 60
GROWING_LOOKS, FRESH_LOOKS = 20, 5
SPENDING: dict[str, Callable[[int, int], float]] = {
    "uncounted": lambda _look, _looks: 1 - LEVEL,
    "planned": lambda look, looks: spent_alpha(1 - LEVEL, look, looks),
    "open": lambda look, _looks: spent_alpha(1 - LEVEL, look),
}


@dataclass(frozen=True)
class World:
    """A pile: unread candidates, relevant among them, and how strongly the ranking pulls these up (1: not at all)."""

    unread: int
    relevant: int
    pull: float


@dataclass(frozen=True)
class Look:
    """What somebody sees: found before, unread, sample, relevant in it; and the recall that was reached."""

    found: int
    unread: int
    sample: int
    hits: int
    reached: float


WORLDS = [
    World(unread, relevant, pull)
    for unread in (800, 3000)
    for relevant in (3, 8, 16, 20, 30, 60)
    for pull in (1.0, 4.0)
]


@cache
def most(unread: int, sample: int, hits: int, alpha: float) -> int:
    return most_in_population(unread, sample, hits, alpha)


def growing(world: World, rng: np.random.Generator) -> list[Look]:
    step = world.unread // 2 // GROWING_LOOKS
    relevant = np.zeros(world.unread, dtype=bool)
    relevant[: world.relevant] = True
    rng.shuffle(relevant)
    seen = np.cumsum(relevant)
    return [
        Look(FOUND, world.unread, look * step, hits, (FOUND + hits) / (FOUND + world.relevant))
        for look in range(1, GROWING_LOOKS + 1)
        for hits in [int(seen[look * step - 1])]
    ]


def fresh(world: World, rng: np.random.Generator) -> list[Look]:
    unread, left, found = world.unread, world.relevant, FOUND
    sample, read = world.unread // 7, world.unread // 60
    looks = []
    for look in range(FRESH_LOOKS):
        if look:  # the ranking is followed: relevant ones come up more often than by chance
            met = min(left, int(rng.binomial(read, min(1.0, world.pull * left / unread))))
            unread, left, found = unread - read, left - met, found + met
        hits = int(rng.hypergeometric(left, unread - left, sample))
        looks.append(Look(found, unread, sample, hits, (found + hits) / (FOUND + world.relevant)))
        unread, left, found = unread - sample, left - hits, found + hits
    return looks


def one_look(world: World, rng: np.random.Generator) -> list[Look]:
    sample = world.unread // 4
    hits = int(rng.hypergeometric(world.relevant, world.unread - world.relevant, sample))
    return [Look(FOUND, world.unread, sample, hits, (FOUND + hits) / (FOUND + world.relevant))]


def tail_of_ranking(world: World, rng: np.random.Generator) -> list[Look]:
    """The next quarter of a ranking that has sunk the relevant ones it does not know: by chance over ``pull``."""
    sample = world.unread // 4
    hits = min(world.relevant, int(rng.binomial(sample, world.relevant / world.unread / world.pull)))
    return [Look(FOUND, world.unread, sample, hits, (FOUND + hits) / (FOUND + world.relevant))]


def measure(runs: list[list[Look]], spend: Callable[[int, int], float]) -> dict[str, float]:
    is_true, is_stated_true, is_stop, is_wrong = [], [], [], []
    for looks in runs:
        lows = [
            (one.found + one.hits) / (one.found + most(one.unread, one.sample, one.hits, spend(number, len(looks))))
            for number, one in enumerate(looks, start=1)
        ]
        true = [low <= one.reached + 1e-12 for low, one in zip(lows, looks, strict=True)]
        stop = next((at for at, low in enumerate(lows) if low >= TARGET), None)
        is_true.append(all(true))
        is_stated_true.append(true[-1 if stop is None else stop])
        is_stop.append(stop is not None)
        is_wrong.append(stop is not None and looks[stop].reached < TARGET)
    named = {"all_true": is_true, "stated_true": is_stated_true, "stopped": is_stop, "wrong_stop": is_wrong}
    return {name: round(float(np.mean(values)), 4) for name, values in named.items()}


def run() -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    for world in WORLDS:
        for way in (growing, fresh, one_look, tail_of_ranking):
            rng = np.random.Generator(np.random.PCG64(SEED))
            runs = [way(world, rng) for _ in range(RUNS)]
            for name, spend in SPENDING.items():
                if way in (growing, fresh) or name == "uncounted":
                    rows.append({"way": way.__name__, "looks": name, **vars(world), **measure(runs, spend)})
    summary = {}
    for way_name, looks in sorted({(row["way"], row["looks"]) for row in rows}):
        some = [row for row in rows if (row["way"], row["looks"]) == (way_name, looks)]
        summary[f"{way_name}, {looks}"] = {
            "lowest all_true": min(row["all_true"] for row in some),
            "lowest stated_true": min(row["stated_true"] for row in some),
            "highest wrong_stop": max(row["wrong_stop"] for row in some),
            "worlds": len(some),
        }
    many = [row for row in rows if row["way"] in ("growing", "fresh")]
    counted = min(row["all_true"] for row in many if row["looks"] != "uncounted")
    uncounted = min(row["all_true"] for row in many if row["looks"] == "uncounted")
    return {
        "value": counted,
        "base": uncounted,
        "ratio": round(counted / uncounted, 4),
        "n": RUNS * len(rows),
        "aim": LEVEL,
        "target": TARGET,
        "summary": summary,
        "worlds": rows,
    }
