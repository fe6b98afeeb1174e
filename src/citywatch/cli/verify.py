"""``citywatch verify``: can a claim be checked, what do the figures say, did the system cause it."""

from __future__ import annotations

import argparse
import textwrap
from collections import Counter
from pathlib import Path

from citywatch import claims, registry
from citywatch.claims import Answer, Result, Verdict
from citywatch.cli import settings
from citywatch.cli.text import table
from citywatch.errors import SettingError

DESCRIPTION = """\
Check claims against official figures. Three separate answers, each with its reasons: is it stated well enough to check, what do
the figures say, is the system shown to be the cause. The one-word verdict follows from them by a written table of precedence.
"The figures match" never means that the system was the cause."""
EPILOG = """\
examples:
  citywatch verify hw-ken-46-site                      one claim on record, with every reason
  citywatch verify --all                               every claim on record, one line each
  citywatch verify --all --json                        everything, for scripts
  citywatch verify --template claims > claims.csv      a form to fill in: one claim per row
  citywatch verify --template series > series.csv      a form to fill in: one figure per row
  citywatch verify --claims claims.csv --series series.csv
  citywatch verify --claims claims.csv                 your claims against the series on record
  citywatch verify --claims mine.xlsx --series mine.xlsx     sheets claims, series and, if apart, observations

periods are YYYY, YYYY-MM or FROM/TO; a fall is negative; units are percent_change, percentage_points, percent_level, count,
per_100k, minutes. A row that cannot be used is refused by name and the others are done.

exit codes: 0 all rows were used, 1 a row was refused or the claim is not on record
"""
WIDTH = 110
BECAUSE = 70


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("claim", nargs="?", metavar="CLAIM", help="id of one claim")
    parser.add_argument("--all", action="store_true", help="every claim, one line each")
    parser.add_argument("--claims", metavar="FILE", help="your claims, CSV or XLSX")
    parser.add_argument("--series", metavar="FILE", help="your series, CSV or XLSX (default: those on record)")
    parser.add_argument(
        "--observations", metavar="FILE", help="figures of the series, if they are in a file of their own"
    )
    parser.add_argument("--template", choices=("claims", "series"), help="print a form to fill in")
    parser.add_argument("--registry", metavar="DIR", help="data package (default: the embedded one)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Verify and print."""
    if options.template:
        print(claims.template(options.template), end="")
        return 0
    if (options.series or options.observations) and not options.claims:
        raise SettingError(
            "verify --series: expected --claims FILE beside it; citywatch verify --template claims prints the form."
        )
    result = _result(options)
    shown = (result.of(options.claim),) if options.claim else result.verdicts
    if options.json:
        print(claims.to_json(Result(shown, result.refused)), end="")
    elif options.claim or (options.claims and not options.all):
        print("\n\n".join(verdict_text(one) for one in shown))
    elif options.all:
        print(_table(shown))
    else:
        print(
            f"{_counts(shown)}\nnext: citywatch verify CLAIM for one, --all for every one, --claims FILE for your own"
        )
    if result.refused and not options.json:
        print("\n" + "\n".join(["refused:", *(f"  {line}" for line in result.refused)]))
    return 1 if result.refused else 0


def _result(options: argparse.Namespace) -> Result:
    folder = settings.resolve("registry", options.registry).value
    data = registry.load(Path(folder) if folder else None)
    if options.claims:
        return claims.verify_files(options.claims, options.series, options.observations, known=data.frames())
    return verify_registry(data)


def verify_registry(data: registry.Registry) -> Result:
    """The verdict on every claim of a registry."""
    return claims.verify(
        data.claims,
        data.series,
        data.observations,
        data.evaluations,
        events=data.events,
        overrules=data.overrules,
        sources=data.sources,
    )


def verdict_text(one: Verdict) -> str:
    """One claim for a terminal: verdict, then the answers with their reasons."""
    lines = [_wrapped("verdict", f"{one.label}. {one.because}")]
    lines += [_wrapped("on record", text) for text in one.overruled]
    names = ("1 checkable", "2 figures", "3 cause", "  published")
    answers = (one.checkable, one.arithmetic, one.attribution, one.plausibility)
    for name, answer in zip(names, answers, strict=True):
        lines += ["", _wrapped(name, answer.label), *_reasons(answer)]
    return "\n".join([one.claim_id, *lines])


def _reasons(answer: Answer) -> list[str]:
    marks = {"full": "+", "half": "~", "dash": "-"}
    return [_wrapped("", f"{marks[reason.state]} {reason.text}", hang=2) for reason in answer.reasons]


def _wrapped(head: str, text: str, hang: int = 0) -> str:
    indent = " " * 13
    return textwrap.fill(text, WIDTH, initial_indent=f"{head:<13}", subsequent_indent=indent + " " * hang)


def _table(verdicts: tuple[Verdict, ...]) -> str:
    rows: list[tuple[str, ...]] = [("claim", "verdict", "checkable", "because")]
    rows += [
        (one.claim_id, one.label, one.checkable.word, textwrap.shorten(one.because, BECAUSE, placeholder=" …"))
        for one in verdicts
    ]
    return f"{table(rows)}\n\n{_counts(verdicts)}"


def _counts(verdicts: tuple[Verdict, ...]) -> str:
    counted = Counter(one.label for one in verdicts)
    rows: list[tuple[str, ...]] = [("verdict", "claims"), *((label, str(n)) for label, n in counted.most_common())]
    return table(rows, numbers=(1,))
