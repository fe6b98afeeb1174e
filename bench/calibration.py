"""Can the probabilities of the ranking be believed? On the labelled pages of the git-ignored cache, for three prevalences.

The labelled pages are two samples, agreements and others, so that a calibration is stated for a prevalence: each side weighs as much
as in a pile of that prevalence, and probabilities are shifted to it. ``make bench BENCH=calibration`` writes ``bench/calibration.json``:
value is the Brier score at balance, base that of always saying the prevalence. Without the cache: ``not measured``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.screening_accuracy import BEWARE, SURE, Page, read_cache, screen_all, settled
from citywatch.screening import Calibration, calibrate, ranking

PREVALENCES = (0.5, 1 / 1_000, 1 / 100_000)


def run() -> dict[str, Any]:
    raw = read_cache(settled()[0])
    if not raw:
        return {"value": "not measured", "why": "no cache in .cache/screening"}
    pages = screen_all(raw)
    report: dict[str, Any] = {"value": "not measured", "why": "the cache holds no page text"}
    for kind in sorted({page.kind for page in pages}):
        report[kind] = measure([page for page in pages if page.kind == kind and page.is_held_out])
        balanced = report[kind].get("0.5")
        if kind in SURE and balanced:
            report |= {"value": balanced["brier"], "base": balanced["brier_base"], "kind": kind}
            report.pop("why", None)
        if kind not in SURE:
            report[kind] = {"beware": BEWARE, **report[kind]}
    return report


def measure(pages: Sequence[Page]) -> dict[str, Any]:
    """Calibration by prevalence; empty where a side is missing."""
    truth = [page.is_agreement for page in pages]
    if len(set(truth)) < 2:
        return {}
    given = [page.probability for page in pages]
    fitted = ranking().prevalence
    return {f"{one:g}": facts(calibrate(given, truth, fitted, one)) for one in PREVALENCES}


def facts(found: Calibration) -> dict[str, Any]:
    """What is committed."""
    return {
        "n": found.n,
        "agreements": found.relevant,
        "brier": float(f"{found.brier:.4g}"),
        "brier_low": float(f"{found.brier_interval.low:.4g}"),
        "brier_high": float(f"{found.brier_interval.high:.4g}"),
        "brier_base": float(f"{found.brier_base:.4g}"),
        "reliability": [
            {
                "from": float(f"{band.low:.3g}"),
                "to": float(f"{band.high:.3g}"),
                "n": band.n,
                "mean": float(f"{band.mean:.3g}"),
                "share": float(f"{band.share:.3g}"),
                "low": float(f"{band.interval.low:.3g}"),
                "high": float(f"{band.interval.high:.3g}"),
                "is_kept": band.is_kept,
            }
            for band in found.bands
        ],
    }
