"""``citywatch rejudge``: stored answers under another version of the rule."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from citywatch import screening
from citywatch.cli.text import table
from citywatch.codebook import inclusion_rule, read_rule

DESCRIPTION = """\
Judge the stored answers of a run again under another version of the inclusion rule, and show how the count changes.
No document is read again."""
EPILOG = """\
examples:
  citywatch rejudge --in screened                        under the rule in force
  citywatch rejudge --in screened --rule strict.yml      a copy of data/codebook/inclusion.yml with changes
  citywatch rejudge --in screened --rule strict.yml --csv verdicts.csv
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--in", dest="folder", required=True, metavar="DIR", help="folder that citywatch screen wrote")
    parser.add_argument("--rule", metavar="FILE", help="rule to judge by (default: the one in force)")
    parser.add_argument(
        "--csv",
        metavar="FILE",
        help="write candidate_id, verdict, because, admitted_by, rule_version; only a file of rejudge is replaced",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Judge again and print."""
    rule = read_rule(Path(options.rule)) if options.rule else inclusion_rule()
    results = screening.read_results(Path(options.folder))
    change = screening.rejudge(results, rule)
    if options.csv:
        _write(Path(options.csv), change)
    if options.json:
        moved = [
            {"before": before, "after": after, "n": count} for (before, after), count in sorted(change.moved.items())
        ]
        print(
            json.dumps({"rule": rule.version, "before": change.before, "after": change.after, "moved": moved}, indent=1)
        )
        return 0
    rows = [(f"rule {rule.version}", "stored", "now", "change")]
    for verdict in ("include", "unsure", "exclude"):
        stored, now = change.before.get(verdict, 0), change.after.get(verdict, 0)
        rows.append((verdict, str(stored), str(now), f"{now - stored:+d}"))
    print(table(rows, numbers=(1, 2, 3)))
    for (before, after), count in sorted(change.moved.items()):
        print(f"{count} from {before} to {after}")
    return 0


def _write(path: Path, change: screening.Change) -> None:
    import csv
    import io

    from citywatch.tables.files import write_again

    names = ("candidate_id", "verdict", "because", "admitted_by", "rule_version")
    table_of_verdicts = io.StringIO(newline="")
    writer = csv.writer(table_of_verdicts, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([row[name] or "" for name in names] for row in change.rows)
    write_again(path, table_of_verdicts.getvalue(), head=",".join(names))
