"""How often do the intervals of the findings hold the true value? Bootstrap against exact, two scales for the ratio.

Two kinds of worlds, both as skewed as the registry:

- *resampled*: the countries of the embedded registry are the world; each sample draws as many countries from it, with
  replacement. The truth is the share (or ratio) of the registry itself.
- *parametric*: 194 countries fall into a class with a set probability and get a negative binomial number of agreements
  (mean 0.33 and three in four countries without any, as for Huawei in 2019; or mean 1.63, as for all vendors), with a set
  ratio of the class to the average.

``make bench BENCH=coverage`` writes ``bench/coverage.json``: value is the coverage of the log-normal interval of the
ratio, base that of percentiles on the same scale, the aim 0.95; ``models`` holds what bench/model_coverage.py finds for the
estimators of the drivers and curves, ``concentration`` what bench/concentration_coverage.py finds. About three minutes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv

from bench import concentration_coverage, model_coverage
from citywatch.findings.classes import by_country
from citywatch.findings.compute import MAIN_UNIT
from citywatch.findings.facts import settings
from citywatch.findings.study import prepare
from citywatch.findings.tally import tally
from citywatch.indicators import load_indicators
from citywatch.registry import load
from citywatch.uncertainty import country_draws

SAMPLES, DRAWS, SEED, LEVEL, Z = 1500, 2000, 7, 0.95, 1.959963984540054
CLASSES = (("freedom", ["partly_free", "not_free"]), ("freedom", ["not_free"]), ("income", ["lower_middle"]),
           ("income", ["upper_middle"]), ("region", ["asia"]), ("region", ["sub_saharan_africa"]),
           ("region", ["asia", "sub_saharan_africa"]), ("income", ["high"]), ("income", ["low"]))  # fmt: skip


@dataclass(frozen=True)
class World:
    """Samples of a world: agreements and class of each country, countries x samples, and the truth."""

    name: str
    counts: np.ndarray
    inside: np.ndarray
    share: float
    base: float


def resampled() -> Iterator[World]:
    registry, indicators = load(), load_indicators()
    generator = np.random.Generator(np.random.PCG64(SEED))
    for scenario in ("brief-2019", "current"):
        study = prepare(registry, indicators, scenario)
        countries = study.query.eligible
        for dimension, words in CLASSES:
            classification = study.classification(dimension, study.query.scenario.variants[dimension])
            classes = by_country(study.admitted.rows, classification, [{"classes": words, "label": "x"}])
            counted = tally(countries, study.admitted.rows, classes, MAIN_UNIT)
            column = list(classes.labels).index("+".join(words))
            inside = study.ground.inside(classes, list(countries))[:, column]
            total, part = counted.totals, counted.counts[:, column]
            picked = generator.integers(0, len(countries), size=(len(countries), SAMPLES))
            name = f"resampled {scenario} {dimension} {'+'.join(words)}"
            yield World(name, total[picked], inside[picked], part.sum() / total.sum(), inside.mean())


def parametric() -> Iterator[World]:
    generator = np.random.Generator(np.random.PCG64(SEED + 1))
    size = (194, SAMPLES)
    for name, mean, dispersion in (("brief", 64 / 194, 0.95), ("current", 318 / 195, 0.7)):
        for base in (0.08, 0.25, 0.56):
            for ratio in (0.5, 1.0, 1.6):
                inside = (generator.random(size) < base).astype(float)
                other = mean * (1 - base * ratio) / (1 - base)
                means = np.where(inside == 1, mean * ratio, other)
                counts = generator.negative_binomial(dispersion, dispersion / (dispersion + means)).astype(float)
                yield World(f"parametric {name} base {base} ratio {ratio}", counts, inside, base * ratio, base)


def coverage(world: World, draws: np.ndarray) -> dict[str, float | str]:
    """Share of samples whose interval holds the truth, by method; ``procedure`` is what the findings do."""
    part = world.counts * world.inside
    number, total = part.sum(axis=0), world.counts.sum(axis=0)
    share, base = number / total, world.inside.mean(axis=0)
    drawn, drawn_base = (draws @ part) / (draws @ world.counts), draws @ world.inside / len(world.counts)
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail], axis=0)
    effective = total**2 / (world.counts**2).sum(axis=0)
    exact_low, exact_high = exact(share * effective, effective)
    carriers, others = (part > 0).sum(axis=0), (world.counts > part).sum(axis=0)
    fit = carriers >= settings().minimum_countries
    fit_both = fit & (others >= settings().minimum_countries)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(drawn) - np.log(drawn_base)
        logs[~np.isfinite(logs)] = np.nan
        centre = np.log(share) - np.log(base)
    truth = world.share / world.base
    half = Z * np.array(
        [column[np.isfinite(column)].std(ddof=1) if np.isfinite(column).any() else 0 for column in logs.T]
    )
    log_low, log_high = np.nanquantile(logs[:, number > 0], [tail, 1 - tail], axis=0)
    normal = np.abs(centre - np.log(truth)) <= half
    percentile = np.zeros(SAMPLES, dtype=bool)
    percentile[number > 0] = (log_low <= np.log(truth)) & (np.log(truth) <= log_high)
    boot = (low <= world.share) & (world.share <= high)
    exact_in = (exact_low <= world.share) & (world.share <= exact_high)
    with np.errstate(divide="ignore", invalid="ignore"):
        fixed = (exact_low / base <= truth) & (truth <= exact_high / base)
    kept = {
        "share_bootstrap": boot,
        "share_exact_effective": exact_in,
        "share_procedure": np.where(fit, boot, exact_in),
        "ratio_log_normal": normal,
        "ratio_log_percentile": percentile,
        "ratio_fixed_base": fixed,
        "ratio_procedure": np.where(fit, normal, fixed),
        "ratio_procedure_percentile": np.where(fit, percentile, fixed),
    }
    groups = {"carriers_below_minimum": ~fit, "others_below_minimum": fit & ~fit_both, "both_enough": fit_both}
    by_group = {
        f"{method}_where_{name}": round(float(kept[method][mask].mean()), 4)
        for name, mask in groups.items()
        if mask.sum() >= 200
        for method in (
            "share_bootstrap",
            "share_exact_effective",
            "ratio_log_normal",
            "ratio_log_percentile",
            "ratio_fixed_base",
        )
    }
    numbers = {name: round(float(hit.mean()), 4) for name, hit in kept.items()}
    return {"world": world.name, **numbers, "samples_with_bootstrap": round(float(fit.mean()), 3), **by_group}


def exact(number: np.ndarray, total: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    tail, rest = (1 - LEVEL) / 2, np.maximum(total - number, 0)
    low = np.where(number > 0, betaincinv(np.maximum(number, 1e-12), rest + 1, tail), 0.0)
    return low, np.where(rest > 0, betaincinv(number + 1, np.maximum(rest, 1e-12), 1 - tail), 1.0)


def is_method(name: str) -> bool:
    return name.startswith(("share_", "ratio_"))


def summed(name: str, worlds: list[dict[str, float | str]]) -> dict[str, float]:
    found = [float(world[name]) for world in worlds if name in world]
    return {"mean": round(float(np.mean(found)), 4), "lowest": min(found), "worlds": len(found)}


def run() -> dict[str, object]:
    worlds = [
        coverage(world, country_draws(len(world.counts), DRAWS, SEED))
        for source in (resampled, parametric)
        for world in source()
    ]
    summary = {
        name: summed(name, worlds) for name in sorted({key for world in worlds for key in world}) if is_method(name)
    }
    value = summary["ratio_log_normal"]["mean"]
    return {
        "value": value,
        "base": summary["ratio_log_percentile"]["mean"],
        "ratio": round(value / summary["ratio_log_percentile"]["mean"], 4),
        "n": SAMPLES * len(worlds),
        "aim": LEVEL,
        "draws": DRAWS,
        "summary": summary,
        "worlds": worlds,
        "concentration": concentration_coverage.run(),
        "models": model_coverage.run(),
    }
