"""``citywatch reliability``: how well coders agree, and how often they contradict the record."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

import pandas as pd

from citywatch import coding
from citywatch.cli.code import log_path
from citywatch.cli.text import table
from citywatch.coding import FieldReliability
from citywatch.errors import NoDataError
from citywatch.uncertainty import percent, percent_range, plain
from citywatch.uncertainty.agreement import Coefficient

DESCRIPTION = """\
Per field: units with two answers, percent agreement, Krippendorff's alpha (MASI distance for sets) and Gwet's AC1, each with
a 95 % bootstrap interval over agreements. An alpha that is undefined for want of variation is said to be; nothing is clipped."""
EPILOG = "examples:\n  citywatch reliability\n  citywatch reliability --sample n60-s7-1a2b3c4d --json\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--sample", metavar="ID", help="one sample (default: all)")
    parser.add_argument("--log", help="log of judgements (default: judgements.csv of the registry)")
    parser.add_argument("--registry", metavar="DIR", help="data package (default: the embedded one)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Compute and print."""
    path = log_path(options)
    records = coding.read_records(coding.record_path(path))
    log = coding.read_log(path)
    coding.verify_log(log, str(path))
    found = coding.reliability(log, options.sample)
    contradicted = {name: _contradictions(log, records, name) for name in dict.fromkeys(one.sample_id for one in found)}
    if options.json:
        content = {
            "reliability": [asdict(one) for one in found],
            "contradictions": {name: [asdict(one) for one in cells] for name, cells in contradicted.items()},
        }
        print(json.dumps(content, ensure_ascii=False, indent=1))
        return 0
    for name, cells in contradicted.items():
        print(_sample(name, [one for one in found if one.sample_id == name], cells))
    return 0


def _contradictions(log: pd.DataFrame, records: pd.DataFrame, sample_id: str) -> list[coding.Contradiction]:
    try:
        return coding.contradictions(log, records, sample_id)
    except NoDataError:
        return []


def _sample(name: str, found: list[FieldReliability], cells: list[coding.Contradiction]) -> str:
    kinds = sorted({kind for one in found for kind in one.coder_kinds})
    rows: list[tuple[str, ...]] = [("field", "level", "n", "left out", "agreement", "alpha", "AC1")]
    rows += [_row(one) for one in found]
    lines = [f"sample {name}; coders: {', '.join(kinds)}", table(rows, numbers=(2, 3, 4, 5, 6))]
    lines += [f"{one.field}: {one.agreement.alpha.note}" for one in found if one.agreement and one.agreement.alpha.note]
    lines.append("left out: agreements that fewer than two coders could answer (not stated, unsure, not coded)")
    if cells:
        table_rows: list[tuple[str, ...]] = [
            ("both coders against the record", "checked", "differ", "contradict", "share", "95 %")
        ]
        table_rows += [
            (
                one.field,
                str(one.checked),
                str(one.differ),
                str(one.contradicted),
                percent(100 * one.contradicted / one.checked),
                percent_range(one.interval),
            )
            for one in cells
        ]
        lines += ["", table(table_rows, numbers=(1, 2, 3, 4, 5))]
        lines.append("differ: in any way, more precise values too; contradict: cannot both be right")
    return "\n".join(lines)


def _row(one: FieldReliability) -> tuple[str, ...]:
    if one.agreement is None:
        return (one.field, one.level, "0", str(one.not_comparable), "-", "-", "-")
    percent_equal = one.agreement.percent
    shown = (
        "-"
        if percent_equal.value is None or percent_equal.interval is None
        else (f"{percent(percent_equal.value)} ({percent_range(percent_equal.interval)})")
    )
    units = str(one.agreement.units)
    return (
        one.field,
        one.level,
        units,
        str(one.not_comparable),
        shown,
        _coefficient(one.agreement.alpha),
        _coefficient(one.agreement.ac1),
    )


def _coefficient(found: Coefficient) -> str:
    if found.value is None or found.interval is None:
        return "undefined"
    flag = "!" if found.note else ""
    return f"{plain(found.value, 2)} ({plain(found.interval.low, 2)} to {plain(found.interval.high, 2)}){flag}"
