"""``citywatch adjudicate``: settle what the coders answered differently."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from citywatch import coding
from citywatch.cli.code import day_of, log_path
from citywatch.errors import SettingError

DESCRIPTION = """\
Settle disagreements: --write makes a sheet with both answers; fill in "settled" and "reason"; --read adds the settlements to
the log. Both original answers stay. Rows without "settled" stay open."""
EPILOG = """\
examples:
  citywatch adjudicate --sample n60-s7-1a2b3c4d --write open.csv
  citywatch adjudicate --read open.csv --coder judge-1
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument("--write", metavar="FILE", help="write the open disagreements of a sample")
    way.add_argument("--read", metavar="FILE", help="read a filled-in sheet")
    parser.add_argument("--sample", metavar="ID", help="the sample (with --write)")
    parser.add_argument("--coder", help="pseudonym of the adjudicator (with --read)")
    parser.add_argument(
        "--kind", choices=("person", "automated"), default="person", help="who settles (default: person)"
    )
    parser.add_argument("--on", metavar="DATE", help="day (default: today)")
    parser.add_argument("--log", help="log of judgements (default: judgements.csv of the registry)")
    parser.add_argument("--registry", metavar="DIR", help="data package (default: the embedded one)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Write or read a sheet of disagreements."""
    path = log_path(options)
    log = coding.read_log(path)
    coding.verify_log(log, str(path))
    if options.write:
        if not options.sample:
            raise SettingError("adjudicate --write: expected --sample ID; citywatch reliability lists the samples.")
        found = coding.disagreements(log, options.sample)
        coding.write_disagreements(found, Path(options.write))
        facts = {"sample": options.sample, "open": len(found), "file": options.write}
        print(json.dumps(facts) if options.json else f"wrote {options.write}: {len(found)} open disagreements")
        return 0
    if not options.coder:
        raise SettingError("adjudicate --read: expected --coder PSEUDONYM.")
    made = coding.read_settlements(Path(options.read), log, options.coder, options.kind, day_of(options.on))
    longer = coding.append(made, path)
    facts = {"added": len(made), "log_lines": len(longer)}
    print(json.dumps(facts) if options.json else f"added {len(made)} settlements; the log has {len(longer)} lines")
    return 0
