"""``citywatch check``: name every violation of the schema."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from citywatch import registry
from citywatch.cli import settings
from citywatch.errors import Violation

DESCRIPTION = """\
Check a data package: encoding, columns, keys, references, words, dates, amounts, and the rules across tables.
Without DIR the embedded registry and its indicator tables are checked."""
EPILOG = """\
examples:
  citywatch check                   the embedded registry
  citywatch check my-registry/      your own
  citywatch check my-registry/ --json | jq '.violations[].row'

exit codes: 0 sound, 1 violations found
"""


SHOWN = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("dir", nargs="?", metavar="DIR", help="folder with datapackage.json and one CSV per table")
    parser.add_argument("--all", action="store_true", help=f"print every violation, not the first {SHOWN}")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Print every violation and say how many."""
    folder = settings.resolve("registry", options.dir).value
    violations = _embedded() if not folder else registry.check(Path(folder))
    if options.json:
        print(
            json.dumps(
                {"folder": folder or "embedded", "violations": [asdict(one) for one in violations]},
                ensure_ascii=False,
                indent=1,
            )
        )
    else:
        for violation in violations if options.all else violations[:SHOWN]:
            print(violation)
        if len(violations) > SHOWN and not options.all:
            print(f"... and {len(violations) - SHOWN} more; --all prints them")
        print(_summary(folder, violations))
    return 1 if violations else 0


def _embedded() -> tuple[Violation, ...]:
    from citywatch import indicators
    from citywatch.cli.data import stale

    return (*registry.check(), *indicators.check_indicators(), *stale())


def _summary(folder: str, violations: tuple[Violation, ...]) -> str:
    what = folder or "embedded registry and indicators"
    if not violations:
        return f"{what}: sound"
    files = len({violation.file for violation in violations})
    return f"{what}: {len(violations)} violation(s) in {files} file(s). Mend the rows named above and check again."
