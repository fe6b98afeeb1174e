"""How often does the interval of a concentration index hold the true value?

Two kinds of worlds: the countries of the embedded registry drawn again, with the registry's own index as the truth; and 195
countries with as skewed a number of agreements, whose sellers follow set shares with a long tail. Beside the interval of the
findings stand percentiles of the same draws.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from citywatch.findings.study import prepare
from citywatch.findings.trend_base import by_country
from citywatch.findings.trend_concentration import financiers
from citywatch.indicators import load_indicators
from citywatch.registry import load
from citywatch.tables import split_list
from citywatch.uncertainty.concentration import Measure, concentration_interval, herfindahl, top_share

SAMPLES, DRAWS, SEED, LEVEL = 600, 400, 11, 0.95
MEASURES: dict[str, Measure] = {"index": herfindahl, "largest": top_share(1), "largest_four": top_share(4)}


@dataclass(frozen=True)
class Market:
    """Weight of each holder by country in every sample, and the shares that are the truth."""

    name: str
    samples: Iterator[np.ndarray]
    whole: np.ndarray


def markets() -> Iterator[Market]:
    study = prepare(load(), load_indicators(), "current")
    rows = study.admitted.rows
    held = {
        "vendors": [split_list(cell) for cell in rows["vendors"]],
        "financiers": [financiers(text) for text in rows["financing"]],
    }
    for name, names in held.items():
        order = sorted({one for each in names for one in each})
        weights = np.zeros((len(rows), len(order)))
        for row, each in enumerate(names):
            weights[row, [order.index(one) for one in each]] = 1 / max(1, len(each))
        totals = by_country(study, rows, weights)
        yield Market(f"resampled {name}", _again(totals), totals.sum(axis=0))
    for name, shares in (("long tail", [0.24, *[0.03] * 4, *[0.01] * 64]), ("few equal", [0.25] * 4)):
        yield Market(f"parametric {name}", _drawn(np.array(shares)), np.array(shares))


def _again(totals: np.ndarray) -> Iterator[np.ndarray]:
    generator = np.random.Generator(np.random.PCG64(SEED))
    for _ in range(SAMPLES):
        yield totals[generator.integers(0, len(totals), len(totals))]


def _drawn(shares: np.ndarray) -> Iterator[np.ndarray]:
    generator = np.random.Generator(np.random.PCG64(SEED + 1))
    for _ in range(SAMPLES):
        rows = np.minimum(generator.geometric(0.25, 195) * (generator.random(195) < 0.6), 60)
        yield np.array([generator.multinomial(size, shares) for size in rows]).astype(float)


def run() -> list[dict[str, object]]:
    """Share of samples whose interval holds the truth, by world and measure."""
    generator = np.random.Generator(np.random.PCG64(SEED + 2))
    tail, found = (1 - LEVEL) / 2, []
    for market in markets():
        held = {name: np.zeros(2) for name in MEASURES}
        truths = {name: float(measure(market.whole[None, :])[0]) for name, measure in MEASURES.items()}
        for counts in market.samples:
            size = len(counts)
            drawn = generator.multinomial(size, np.full(size, 1 / size), size=DRAWS).astype(float) @ counts
            for name, measure in MEASURES.items():
                _, interval = concentration_interval(measure, counts, drawn, LEVEL)
                low, high = np.nanquantile(measure(drawn), [tail, 1 - tail])
                held[name] += interval.low <= truths[name] <= interval.high, low <= truths[name] <= high
        measures = {
            name: {"coverage": round(float(hits[0]) / SAMPLES, 4), "percentiles": round(float(hits[1]) / SAMPLES, 4)}
            for name, hits in held.items()
        }
        found.append({"world": market.name, "n": SAMPLES, "measures": measures})
    return found
