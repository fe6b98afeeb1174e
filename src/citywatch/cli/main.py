"""Entry point: options, errors and exit codes."""

from __future__ import annotations

import argparse
import errno
import io
import json
import logging
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from citywatch import __version__
from citywatch.cli.text import harmless
from citywatch.errors import CitywatchError, TableError

EXIT_PROBLEM, EXIT_USAGE, EXIT_INTERRUPTED, EXIT_PIPE = 1, 2, 130, 141

COMMANDS = (
    ("build", "freeze a release and publish it as a site, a map, a brief and open data"),
    ("check", "name every place where a registry breaks the schema"),
    ("findings", "counts and shares with intervals and base rates"),
    ("verify", "can a claim be checked, what do the figures say, did the system cause it"),
    ("doubt", "how sure each headline is with the doubt of the records in it"),
    ("trends", "adoption and reporting delay, stages, vendors by region, concentration"),
    ("undercount", "how many countries no list holds: refusal, lower bound, models"),
    ("drivers", "what goes with having an agreement: politics, income, size, region, ties"),
    ("curve", "one question under every declared choice: the specification curve"),
    ("collect", "live pages become a web archive, each capture scored"),
    ("screen", "documents become candidate agreements, each with its passages"),
    ("explain", "why a candidate is one"),
    ("queue", "what to read next, learned from what was judged"),
    ("calibration", "can the probabilities of a run be believed?"),
    ("stopping", "how much was found at least, from a random sample of the unread"),
    ("rejudge", "stored answers under another version of the inclusion rule"),
    ("code", "blind double coding by file"),
    ("reliability", "how well coders agree, and how often they contradict the record"),
    ("adjudicate", "settle what coders answered differently"),
    ("log", "prove that the log of judgements was not altered"),
    ("serve", "show a built site on this machine"),
    ("config", "settings in force and where each comes from"),
    ("data", "rewrite what is generated from the schema and the codebook"),
)

EPILOG = """\
examples:
  citywatch build --out build                 build the embedded registry
  citywatch findings --scenario brief-2019    published against rebuilt
  citywatch findings --vendor hikvision       one vendor
  citywatch verify hw-ken-46-site             one claim, with every reason
  citywatch check my-registry/                check your own data package

exit codes: 0 fine, 1 a problem with data or with the value of an option, 2 a command line that cannot be read, 130 interrupted
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: Arguments without the program name; those of the process when None.

    Returns:
        The exit code.
    """
    _tolerate_narrow_terminals()
    options = argparse.Namespace()
    try:
        options = _parser(argv if argv is not None else sys.argv[1:]).parse_args(argv)
        _start_logging(options.log_format, verbose=options.verbose)
        return _run(options)
    except CitywatchError as error:
        _report(error, as_json=getattr(options, "json", False))
        return EXIT_PROBLEM
    except KeyboardInterrupt:
        print(
            "Interrupted. Outputs are as they were; screen and collect go on from what was finished with --resume.",
            file=sys.stderr,
        )
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        return _drop_output(EXIT_PIPE)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        print("citywatch: what was to be printed could not be written: the disk is full.", file=sys.stderr)
        return _drop_output(EXIT_PROBLEM)


def _run(options: argparse.Namespace) -> int:
    code = int(options.run(options))
    sys.stdout.flush()
    return code


def _drop_output(code: int) -> int:
    """Let nothing that is still buffered fail once more when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


def _tolerate_narrow_terminals() -> None:
    """A terminal that cannot show a character gets a replacement, not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="citywatch",
        description="An open observatory of Safe City surveillance deals.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"citywatch {__version__}")
    parser.add_argument("--verbose", action="store_true", help="say more on standard error")
    parser.add_argument(
        "--log-format", choices=("text", "json"), default="text", help="form of log lines (default: text)"
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    wanted = next((word for word in argv if word in dict(COMMANDS)), None)
    for name, summary in COMMANDS:
        module = _command(name) if name == wanted else None
        command = commands.add_parser(
            name,
            help=summary,
            description=(module.DESCRIPTION if module else summary),
            epilog=module.EPILOG if module else None,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if module:
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    return parser


def _command(name: str) -> ModuleType:
    return import_module(f"citywatch.cli.{name}")


def _report(error: CitywatchError, *, as_json: bool) -> None:
    if as_json:
        content: dict[str, object] = {"error": type(error).__name__, "message": str(error)}
        if isinstance(error, TableError):
            content["violations"] = [str(violation) for violation in error.violations]
        print(json.dumps(content, ensure_ascii=False))
    else:
        print(f"citywatch: {harmless(str(error))}", file=sys.stderr)


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(
            {"level": record.levelname, "logger": record.name, "message": record.getMessage()}, ensure_ascii=False
        )


def _start_logging(form: str, *, verbose: bool) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines() if form == "json" else logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, handlers=[handler], force=True)
