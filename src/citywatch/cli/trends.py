"""``citywatch trends``: adoption with its delay, stages, vendors by region, concentration."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from citywatch import findings, indicators, registry
from citywatch.cli import settings
from citywatch.cli.text import table
from citywatch.errors import VocabularyError
from citywatch.findings import Trends
from citywatch.uncertainty import percent, percent_range, plain

DESCRIPTION = """\
How many countries had an agreement by each year, and how late was it reported? How far do agreements get? Which sellers are
named where, and how much was searched? How concentrated are sellers and payers? A question that the rows cannot carry is
refused by name."""
EPILOG = """\
examples:
  citywatch trends
  citywatch trends --by stages
  citywatch trends --json | jq '.concentration[0].largest'
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--by", metavar="QUESTION", default="", help="adoption, stages, vendors or concentration")
    parser.add_argument("--registry", metavar="DIR", help="data package (default: the embedded one)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Compute and print."""
    if options.by and options.by not in _PRINTED:
        raise VocabularyError(f"question {options.by!r}: there are {', '.join(_PRINTED)}")
    folder = settings.resolve("registry", options.registry).value
    found = findings.trends(registry.load(Path(folder) if folder else None), indicators.load_indicators())
    if options.json:
        content = found.to_dict()
        chosen = {options.by: content[options.by], "refused": content["refused"]} if options.by else content
        print(json.dumps(chosen, ensure_ascii=False, indent=1))
        return 0
    blocks = [block for name, lines in _PRINTED.items() if options.by in {"", name} for block in lines(found)]
    print("\n\n".join(blocks))
    for name, why in found.refused.items():
        print(f"\nrefused: {name}: {why}")
    return 0


def _adoption(found: Trends) -> Iterator[str]:
    if (one := found.adoption) is None:
        return
    rows: list[tuple[str, ...]] = [
        (
            "year",
            "agreements",
            "new countries",
            "countries",
            *(f"{lag} years" for lag in one.lags),
            "no dated source",
            "complete",
        )
    ]
    rows += [
        (
            str(line.year),
            str(line.agreements),
            str(line.new_countries),
            str(line.countries),
            *map(str, line.lags),
            str(line.no_dated_source),
            percent(line.complete_pct),
        )
        for line in one.years
    ]
    note = f"delay in years, the last class and longer; {one.undated} undated; {one.early} with an older source"
    drawn = table(rows, numbers=range(1, len(rows[0])))
    yield "\n".join([one.record.question, one.record.answer, drawn, note, *one.record.notes])


def _stages(found: Trends) -> Iterator[str]:
    if (one := found.stages) is None:
        return
    rows: list[tuple[str, ...]] = [("stage", "reached", "went on to")]
    for line in one.stages:
        went = ", ".join(f"{one.labels[step].lower()} {count}" for step, count in line.next.items())
        rows.append((line.label, str(line.reached), went))
    waits = [
        f"{one.labels[wait.first]} to {one.labels[wait.second].lower()}: {plain(wait.months)} months, median of {wait.dated}"
        for wait in one.waits
        if wait.months is not None
    ]
    yield "\n".join([one.record.question, one.record.answer, table(rows, numbers=(1,)), *waits, *one.record.notes])


def _vendors(found: Trends) -> Iterator[str]:
    if (one := found.vendors) is None:
        return
    groups = [cell.label for cell in one.regions[0].groups]
    rows: list[tuple[str, ...]] = [("region", "agreements", *groups, "no vendor", "searches", "per country")]
    for line in one.regions:
        shares = (
            f"{percent(cell.part.share_pct)} ({percent_range(cell.part.interval)})"
            if cell.part.share_pct is not None and cell.part.interval is not None
            else "-"
            for cell in line.groups
        )
        tail = (str(line.no_vendor), str(line.searches), plain(line.searches_per_country, 1))
        rows.append((line.label, str(line.agreements), *shares, *tail))
    yield "\n".join([one.record.question, one.record.answer, table(rows, numbers=range(1, len(rows[0])))])


def _concentration(found: Trends) -> Iterator[str]:
    for one in found.concentration or ():
        rows: list[tuple[str, ...]] = [("largest", "agreements", "share", "countries")]
        rows += [(held.label, str(held.rows), percent(held.share_pct), str(held.countries)) for held in one.largest]
        top = [f"largest {part.count}: {percent(part.share_pct)} ({percent_range(part.interval)})" for part in one.top]
        lines = [one.record.question, one.record.answer, table(rows, numbers=(1, 2, 3)), *top]
        if one.unclassed:
            lines.append(f"{one.unclassed} agreements word it in a way that fits no class")
        yield "\n".join(lines)


_PRINTED: dict[str, Callable[[Trends], Iterator[str]]] = {
    "adoption": _adoption,
    "stages": _stages,
    "vendors": _vendors,
    "concentration": _concentration,
}
