"""``citywatch undercount``: what no list holds."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from citywatch import findings, indicators, registry
from citywatch.cli import settings
from citywatch.cli.text import table
from citywatch.errors import SettingError
from citywatch.findings import Undercount
from citywatch.uncertainty import Interval, plain

ALL = "all"
DESCRIPTION = """\
How many countries have an agreement of a vendor that no list holds? Lists of one compiler, and lists that cite each other,
are one list. Fewer than three separate lists, or fewer than ten countries on two of them, and no model is fitted: then a
lower bound and a table over assumed dependence stand in its place. A list that is too small or shares too little is left out by
name. Only countries that every list looked at are counted, up to the last year that every list reaches."""
EPILOG = """\
examples:
  citywatch undercount                                    the embedded lists, the default vendor, the common years
  citywatch undercount --vendor huawei --by 2019
  citywatch undercount --list press=press.csv --list embassy=embassy.csv
  citywatch undercount --list press=press.csv --cites press=aigs
  citywatch undercount --vendor all --json

a list is a CSV with country_iso3 and, where rows must be told apart or dated, agreement, city, announced
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--vendor", metavar="ID", help="vendor, by its id; all for any vendor (default: lists.yml)")
    parser.add_argument(
        "--by", metavar="YEAR", help="agreements dated up to this year; all for all dates (default: lists.yml)"
    )
    parser.add_argument(
        "--list", metavar="NAME=FILE", action="append", default=[], help="bring a list; may be given again"
    )
    parser.add_argument(
        "--cites",
        metavar="A=B",
        action="append",
        default=[],
        help="list A cites list B, so they are one; again for more",
    )
    parser.add_argument("--registry", metavar="DIR", help="data package (default: the embedded one)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Compute and print."""
    folder = settings.resolve("registry", options.registry).value
    own = _pairs(options.list, "--list", "NAME=FILE")
    names = [name for name, _ in own]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise SettingError(f"--list {twice}=...: given twice. Give each list a name of its own.")
    found = findings.undercount(
        registry.load(Path(folder) if folder else None),
        indicators.load_indicators(),
        vendor="" if options.vendor == ALL else options.vendor,
        until="" if options.by == ALL else options.by,
        own={name: Path(path) for name, path in own},
        cites=_pairs(options.cites, "--cites", "A=B"),
    )
    if options.json:
        print(json.dumps(found.to_dict(), ensure_ascii=False, indent=1))
    else:
        print("\n".join(_lines(found)))
    return 0


def _pairs(given: Sequence[str], option: str, form: str) -> list[tuple[str, str]]:
    pairs = []
    for text in given:
        first, equals, second = text.partition("=")
        if not (first and equals and second):
            raise SettingError(f"{option} {text!r}: expected {form}")
        pairs.append((first, second))
    return pairs


def _lines(found: Undercount) -> list[str]:
    record = found.record
    lines = [
        record.question,
        record.answer,
        *([f"no estimate: {record.refused}"] if record.refused else []),
        "",
        _lists(found),
    ]
    lines += [f"{one.name}: {note}" for one in found.lists for note in one.notes]
    lines += ["", _cells(found), f"on two separate lists or more: {found.overlap}"]
    if found.bound is not None and found.bound_interval is not None:
        lines.append(f"lower bound of all countries: {plain(found.bound)} ({_range(found.bound_interval)})")
    else:
        lines.append(f"no lower bound: {found.bound_refused}")
    if found.dependence:
        lines += ["", _dependence(found)]
    if found.models:
        lines += ["", *_models(found)]
    lines += [
        "",
        *([record.method] if record.method else []),
        *record.notes,
        *(f"must hold: {one}" for one in record.assumptions),
        record.not_covered,
    ]
    return lines


def _range(interval: Interval) -> str:
    return f"{plain(interval.low)}–{plain(interval.high)}"


def _lists(found: Undercount) -> str:
    rows: list[tuple[str, ...]] = [("list", "countries", "outside", "part of", "why")]
    rows += [
        (one.name, str(len(one.countries)), str(len(one.outside)), one.separate or "-", one.why or "separate")
        for one in found.lists
    ]
    return table(rows, numbers=(1, 2))


def _cells(found: Undercount) -> str:
    rows: list[tuple[str, ...]] = [("on exactly these separate lists", "countries")]
    rows += [("; ".join(cell.lists), str(cell.count)) for cell in found.cells]
    return table(rows, numbers=(1,))


def _dependence(found: Undercount) -> str:
    rows: list[tuple[str, ...]] = [("two lists", "odds ratio", "missing", "in all", "95 %")]
    for one in found.dependence:
        pair = f"{one.first}; {one.second}"
        if one.total is None or one.unseen is None or one.interval is None:
            rows.append((pair, f"{one.odds_ratio:g}", "-", "-", one.refused))
        else:
            rows.append((pair, f"{one.odds_ratio:g}", plain(one.unseen), plain(one.total), _range(one.interval)))
    return table(rows, numbers=(1, 2, 3, 4))


def _models(found: Undercount) -> list[str]:
    models = found.models
    if models is None:
        return []
    rows: list[tuple[str, ...]] = [("model", "in all", "deviance", "df", "weight")]
    rows += [
        (one.name, plain(one.total), plain(one.deviance, 1), str(one.freedom), plain(one.weight, 3))
        for one in models.heaviest
    ]
    ends = _range(models.interval) if models.interval else models.note
    return [
        table(rows, numbers=(1, 2, 3, 4)),
        f"{models.fitted} models, averaged by {models.criterion}: {plain(models.total)} ({ends})",
        f"averaged by {models.other_criterion}: {plain(models.other_total)}",
        *(f"{count} models left out: {reason}" for reason, count in models.left_out.items()),
    ]
