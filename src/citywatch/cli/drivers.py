"""``citywatch drivers``: what goes with having an agreement."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from citywatch import findings, indicators, registry
from citywatch.cli import settings
from citywatch.cli.text import table
from citywatch.findings import Drivers, Estimate, Result
from citywatch.uncertainty import Interval, percent, plain, points, points_range

DESCRIPTION = """\
Which countries have an agreement, how many, and how soon: pre-declared blocks of columns (politics, income, size, region,
ties) in a logit with Firth's penalty, a negative binomial regression and a yearly hazard; the hump in freedom; which block
explains most; and whether income foretells agreements as well as freedom."""
EPILOG = """\
examples:
  citywatch drivers                                    the 2019 brief, rebuilt
  citywatch drivers --scenario current                 all vendors, to date
  citywatch drivers --vendor hikvision --until 2022 --blocks politics,income
  citywatch drivers --blocks politics,income,size
  citywatch drivers --json | jq '.results[0].estimates'

columns: ratio per two standard deviations (or of yes against no) with its 95 % interval; in the first table also the ratio under a
weakly informative prior, the change of the probability in points, and the interval if neighbours resemble each other.
Refused with the reason: too many columns for the countries, missing indicators, columns that are the same everywhere.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--scenario", default="brief-2019", help="brief-2019 or current (default: brief-2019)")
    parser.add_argument("--vendor", metavar="ID", help="one vendor, by its id (see vendors.csv)")
    parser.add_argument("--until", metavar="DATE", help="evidence up to YYYY, YYYY-MM or YYYY-MM-DD")
    parser.add_argument(
        "--blocks", metavar="LIST", help="declared blocks, separated by commas (default: the main ones)"
    )
    parser.add_argument("--registry", metavar="DIR", help="data package (default: the embedded one)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Compute and print."""
    folder = settings.resolve("registry", options.registry).value
    found = findings.drivers(
        registry.load(Path(folder) if folder else None),
        indicators.load_indicators(),
        scenario=options.scenario,
        vendor=options.vendor,
        until=options.until,
        blocks=[part.strip() for part in options.blocks.split(",")] if options.blocks is not None else None,
    )
    if options.json:
        print(json.dumps(found.to_dict(), ensure_ascii=False, indent=1))
        return 0
    print(_head(found))
    for result in found.results:
        print("\n" + _result(result))
    print("\n" + _foot(found))
    return 0


def _head(found: Drivers) -> str:
    counts = found.results[0].counts if found.results else {}
    size = (
        f": {counts['agreements']} agreements in {counts['adopting']} of {counts['countries']} countries"
        if counts
        else ""
    )
    blocks = ", ".join(block["label"].lower() for block in found.blocks)
    return f"{found.label}{size}\nblocks: {blocks}"


def _result(result: Result) -> str:
    name = result.key.rpartition(".")[2]
    rows = {"dominance": _shares, "rivals": _scores, "hump": _square}.get(name, _ratios)(result.estimates)
    beside = [one.note for one in result.estimates if one.note and one.note not in result.answer]
    lines = [result.question, result.answer, table(rows, numbers=range(1, len(rows[0]))), *beside, *result.notes]
    return "\n".join(lines)


def _ratios(estimates: Sequence[Estimate]) -> list[tuple[str, ...]]:
    beside = [name for name in ("prior", "clustered", "effect") if any(name in one.beside for one in estimates)]
    heads = {"prior": "with prior", "clustered": "if neighbours alike", "effect": "points"}
    rows: list[tuple[str, ...]] = [("", "ratio", "95 %", *(heads[name] for name in beside))]
    for one in estimates:
        further = [_beside(name, one.beside) for name in beside]
        rows.append((one.label, plain(one.value, 2), _span(one.interval), *further))
    return rows


def _beside(name: str, values: Mapping[str, tuple[float, Interval]]) -> str:
    if name not in values:
        return ""
    value, interval = values[name]
    if name == "clustered":
        return _span(interval)
    if name == "effect":
        return f"{points(value)} ({points_range(interval)})"
    return f"{plain(value, 2)} ({_span(interval)})"


def _shares(estimates: Sequence[Estimate]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("", "share", "95 %", "first in")]
    rows += [
        (one.label, percent(one.value), f"{_span(one.interval, 0)}", percent(one.facts["first_pct"]))
        for one in estimates
    ]
    return rows


def _scores(estimates: Sequence[Estimate]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("", "income − freedom", "95 %", "with income", "with freedom", "without both")]
    for one in estimates:
        scores = [plain(one.facts[name], 1) for name in ("income", "freedom", "neither")]
        rows.append((one.label, plain(one.value, 1), _signed(one.interval, 1), *scores))
    return rows


def _square(estimates: Sequence[Estimate]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("", "value", "95 %", "turns at")]
    rows += [
        (one.label, plain(one.value, 2), _signed(one.interval, 2), plain(one.facts["top"], 1)) for one in estimates
    ]
    return rows


def _span(interval: Interval | None, decimals: int = 2) -> str:
    return f"{plain(interval.low, decimals)}–{plain(interval.high, decimals)}" if interval else ""


def _signed(interval: Interval | None, decimals: int) -> str:
    return f"{plain(interval.low, decimals)} to {plain(interval.high, decimals)}" if interval else ""


def _foot(found: Drivers) -> str:
    lines = [f"refused: {name}: {reason}" for name, reason in found.refused.items()]
    lines += [f"absent: {name}: {reason}" for name, reason in found.absent.items()]
    lines += [f"filled in: {note}" for note in found.filled]
    if found.results:
        lines.append(found.results[0].not_covered)
    return "\n".join(lines)
