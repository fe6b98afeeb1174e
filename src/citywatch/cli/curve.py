"""``citywatch curve``: one question under every declared choice."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from citywatch import findings, indicators, registry
from citywatch.cli import settings
from citywatch.cli.text import Progress, table
from citywatch.errors import SettingError
from citywatch.findings import Curve, JointTest, Point
from citywatch.uncertainty import plain

DESCRIPTION = """\
One question under every declared choice of unit, counting rule, window, yardstick, model and other columns. Each choice is
declared as equivalent, debatable or a different question, with its reason; specifications with the same numbers count once."""
EPILOG = """\
examples:
  citywatch curve freedom                              are Partly Free and Not Free countries over-represented?
  citywatch curve income --list | head                 every distinct specification, smallest ratio first
  citywatch curve freedom --point 1f3a5b7c             one point: its choices and its agreements
  citywatch curve freedom --out curve-freedom          points as Parquet, the answer as JSON, hashes of what went in
  citywatch curve freedom --out curve-freedom --joint-test --draws 999
                                                       can be interrupted and goes on where it stopped
  citywatch curve huawei-or-others                     a contrast; --joint-test is refused, for there is no valid null
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("question", metavar="QUESTION", help="freedom, income or huawei-or-others")
    parser.add_argument("--point", metavar="ID", help="open one specification to its rows")
    parser.add_argument("--list", action="store_true", help="print every distinct specification")
    parser.add_argument(
        "--out", metavar="DIR", help="folder for points, answer and draws; what is there and current is kept"
    )
    parser.add_argument(
        "--joint-test", action="store_true", help="permute whole outcome vectors over countries; needs --out"
    )
    parser.add_argument("--draws", type=int, metavar="N", help="draws of the joint test (default: as declared)")
    parser.add_argument("--registry", metavar="DIR", help="data package (default: the embedded one)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Compute, keep and print."""
    if options.joint_test and not options.out:
        raise SettingError(
            "--joint-test: expected --out DIR, where the draws are kept so that the test can go on later"
        )
    if options.draws is not None and (options.draws < 1 or not options.joint_test):
        raise SettingError(f"--draws {options.draws}: expected a positive number, together with --joint-test")
    place = settings.resolve("registry", options.registry).value
    data, known = registry.load(Path(place) if place else None), indicators.load_indicators()
    found = findings.curve(data, known, options.question)
    if options.point:
        return _show_point(found, found.point(options.point), as_json=options.json)
    test = _keep(options, found, data, known)
    if options.json:
        content = found.to_dict() | ({"joint_test": test.to_dict()} if test else {})
        print(json.dumps(content, ensure_ascii=False, indent=1))
        return 0
    print(_list(found) if options.list else _summary(found))
    if test:
        print("\n" + _tested(test))
    return 0


def _keep(
    options: argparse.Namespace, found: Curve, data: registry.Registry, known: indicators.Indicators
) -> JointTest | None:
    if options.joint_test:
        findings.refuse_without_null(found)
    if not options.out:
        return None
    folder = findings.CurveFolder(Path(options.out), options.question, findings.input_hashes(data, known))
    if not folder.is_current:
        folder.write(found)
    if not options.joint_test:
        return None
    progress = Progress(quiet=options.json)
    draws = options.draws or findings.default_draws()
    load, keep = folder.steps()

    def shown(first: int) -> Any:
        progress("draws", first, draws)
        return load(first)

    test = findings.joint_test(found, draws, shown, keep)
    progress.clear()
    folder.write_test(test)
    return test


def _summary(found: Curve) -> str:
    result = found.result
    lines = [result.question, result.answer, result.definition, ""]
    rows: list[tuple[str, ...]] = [("choice", "option", "kind", "median ratio", "distinct")]
    for choice in found.question.choices:
        for option in choice.options:
            medians = "; ".join("–" if one is None else plain(one, 2) for one in found.medians(choice.id, option.id))
            distinct = str(len(found.ratios(choice.id, option.id)) or "")
            rows.append((choice.label, option.label, option.kind.replace("_", " "), medians, distinct))
    if found.question.divided_by:
        lines.insert(-1, f"two medians: {_parts(found)}")
    lines += [table(rows, numbers=(3, 4)), "", "main specification", _line(found.main.point)]
    lines += [f"refused: {count} {reason}" for reason, count in found.refused.items()]
    return "\n".join([*lines, result.not_covered, "open a point with --point ID; --list prints all"])


def _parts(found: Curve) -> str:
    labels = [option.label for option in found.question.choice(found.question.divided_by).options]
    return ", then ".join(label[:1].lower() + label[1:] for label in labels)


def _list(found: Curve) -> str:
    return "\n".join(f"{_line(line.point)}  x{len(line.same)}" for line in (*found.lines, *found.apart))


def _line(point: Point) -> str:
    number = f"{plain(point.ratio, 2)} ({plain(point.low, 2)}–{plain(point.high, 2)})"
    chosen = " ".join(word for word in point.spec.chosen.values() if word != "-")
    return f"{point.spec.id}  {number}  {point.agreements} in {point.adopting} of {point.countries}  {chosen}"


def _show_point(found: Curve, point: Point, *, as_json: bool) -> int:
    rows = found.rows(point)
    if as_json:
        content = {
            "id": point.spec.id, "chosen": dict(point.spec.chosen), "ratio": point.ratio, "low": point.low,
            "high": point.high, "agreements": point.agreements, "countries": point.countries,
            "adopting": point.adopting, "refused": point.refused, "ids": list(rows),
        }  # fmt: skip
        print(json.dumps(findings.plain(content), ensure_ascii=False, indent=1))
        return 0
    print(_line(point) if not point.refused else f"{point.spec.id}  refused: {point.refused}")
    for choice in found.question.choices:
        word = point.spec.chosen[choice.id]
        if word != "-":
            option = choice.option(word)
            print(f"  {choice.label}: {option.label} ({option.kind.replace('_', ' ')}). {option.reason}")
    print(f"{len(rows)} agreements")
    print("\n".join(f"  {row}" for row in rows))
    return 0


def _tested(test: JointTest) -> str:
    labels = {
        "median_log_ratio": "median of the logarithms of the ratios",
        "share_away": "share of intervals on one side of 1",
        "median_t": "median t of the class beside other columns (Freedman-Lane, linear scale)",
    }
    rows: list[tuple[str, ...]] = [("joint test", "observed", "p", "error of p")]
    rows += [
        (labels[name], plain(value, 3), plain(test.p_values[name], 3), plain(test.monte_carlo_error[name], 3))
        for name, value in test.observed.items()
    ]
    return (
        table(rows, numbers=(1, 2, 3))
        + f"\n{test.specifications} specifications, {test.draws} draws of {test.null}"
        + "\nthe first two: do agreements fall on countries at random? the last alone is of the class beside the other columns"
    )
