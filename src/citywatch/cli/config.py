"""``citywatch config``: settings in force and where each comes from."""

from __future__ import annotations

import argparse
import json

from citywatch.cli import settings
from citywatch.cli.text import table

DESCRIPTION = "Settings in force. A flag wins over CITYWATCH_* in the environment, that over citywatch.toml, that over the default."
EPILOG = "examples:\n  citywatch config\n  CITYWATCH_PORT=9000 citywatch config --json\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Print the settings."""
    resolved = {setting.name: settings.resolve(setting.name) for setting in settings.SETTINGS}
    if options.json:
        print(
            json.dumps({name: {"value": one.value, "origin": one.origin} for name, one in resolved.items()}, indent=1)
        )
        return 0
    rows = [("setting", "value", "from", "meaning")]
    rows += [
        (s.name, resolved[s.name].value or "(embedded)", resolved[s.name].origin, s.meaning) for s in settings.SETTINGS
    ]
    print(table(rows))
    return 0
