"""``citywatch log``: prove that the log of judgements was not altered."""

from __future__ import annotations

import argparse
import json

from citywatch import coding
from citywatch.cli.code import log_path

DESCRIPTION = "Recompute the chain of digests of the log of judgements. One altered byte is named with its line."
EPILOG = "examples:\n  citywatch log verify\n  citywatch log verify --log my-registry/judgements.csv --json\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("action", choices=("verify",), help="recompute the chain")
    parser.add_argument("--log", help="log of judgements (default: judgements.csv of the registry)")
    parser.add_argument("--registry", metavar="DIR", help="data package (default: the embedded one)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Verify and print the last digest."""
    path = log_path(options)
    log = coding.read_log(path)
    digest = coding.verify_log(log, str(path))
    facts = {"log": str(path), "lines": len(log), "digest": digest}
    print(
        json.dumps(facts) if options.json else f"{path}: {len(log)} lines, unbroken; digest of the last line {digest}"
    )
    return 0
