"""``citywatch doubt``: each headline with the doubt of the records carried through."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from citywatch import findings, indicators, registry
from citywatch.cli import settings
from citywatch.cli.text import table
from citywatch.errors import NoDataError, VocabularyError
from citywatch.findings import HeadlineDoubt
from citywatch.uncertainty import Interval, percent, percent_range, times, times_range
from citywatch.uncertainty.format import MINUS

DESCRIPTION = """\
How sure is each headline, once dates known to the year, readings of the class, doubtful rows, possible duplicates and
readers who code differently are drawn many times? Sampling and record doubt are joined by Rubin's rules. The table says what
each doubt adds; what is not measured is named."""
EPILOG = """\
examples:
  citywatch doubt                                       every headline, its share and its ratio
  citywatch doubt --scenario brief-2019 --by income
  citywatch doubt --json | jq '.doubt[0].lines'

columns: rows touched; estimate and interval when the doubt is left out; part of the total variance that goes with it
"""
BELOW = "a part below 0 % is chance: that doubt adds nothing by itself"
WORDS = {"no_bearing": "does not bear on it", "not_measured": "not measured"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--scenario", default="", help="current or brief-2019 (default: both)")
    parser.add_argument("--by", metavar="DIMENSION", default="", help="freedom, income or region (default: all)")
    parser.add_argument("--registry", metavar="DIR", help="data package (default: the embedded one)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Compute and print."""
    folder = settings.resolve("registry", options.registry).value
    data = registry.load(Path(folder) if folder else None)
    found, refused = findings.doubts(data, indicators.load_indicators(), options.scenario)
    if not found:
        raise NoDataError("headlines: " + "; ".join(f"{name}: {why}" for name, why in refused.items()))
    shown = [one for one in found if options.by in {"", one.dimension}]
    if not shown:
        known = ", ".join(dict.fromkeys(one.dimension for one in found))
        raise VocabularyError(f"dimension {options.by!r}: no headline; there are those of {known}")
    if options.json:
        content = {"doubt": [one.to_dict() for one in shown], "refused": refused}
        print(json.dumps(content, ensure_ascii=False, indent=1))
        return 0
    print("\n\n".join(_headline(one) for one in shown))
    for name, why in refused.items():
        print(f"\n{name}: {why}")
    print("\n" + "\n".join([shown[0].record.method, *(f"must hold: {one}" for one in shown[0].record.assumptions)]))
    print(shown[0].record.not_covered)
    return 0


def _headline(found: HeadlineDoubt) -> str:
    rows: list[tuple[str, ...]] = [("doubt", "rows", "without it", "95 %", "of the variance")]
    for line in found.lines:
        without = _one(found, line.estimate_without) if line.estimate_without is not None else ""
        ends = _range(found, line.interval_without) if line.interval_without else ""
        part = percent(line.variance_pct) if line.variance_pct is not None else WORDS[line.state]
        rows.append((line.label, str(line.rows or ""), without, ends, part))
    recorded = f"as recorded: {_one(found, found.recorded)} ({_range(found, found.sampling)})"
    reasons = [f"{line.label}: {line.text}" for line in found.lines if line.state in WORDS]
    is_below = any(part.startswith(MINUS) for *_, part in rows)
    negative = [BELOW] if is_below else []
    return "\n".join(
        [
            found.record.question,
            found.record.answer,
            *found.record.notes,
            recorded,
            table(rows, numbers=(1, 2, 3, 4)),
            *negative,
            *reasons,
        ]
    )


def _one(found: HeadlineDoubt, value: float) -> str:
    return percent(value) if found.measure == "share" else times(value)


def _range(found: HeadlineDoubt, interval: Interval) -> str:
    return percent_range(interval) if found.measure == "share" else times_range(interval)
