"""``citywatch collect``: live pages become a web archive, each capture scored."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from citywatch import __version__
from citywatch.cli.text import Progress, table
from citywatch.errors import MissingExtraError, SettingError
from citywatch.release import output_folder, refuse_foreign
from citywatch.tables.files import FINISHED_IS_KEPT, exclusive, readable_errors

DESCRIPTION = """\
Fetch live pages politely into a web archive (WARC 1.1 with SHA-256): robots.txt is obeyed, each host is asked one page at a time with a
pause, answers that ask to wait are waited for, redirects, size and time are bounded, and addresses inside a network are never connected
to. Each capture is scored: is it the article, or a consent wall, a captcha, a soft 404, nothing?"""
EPILOG = """\
examples:
  citywatch collect https://example.org/news/1 https://example.org/news/2 --out pages
  citywatch collect @addresses.txt --out pages --contact desk@example.org
  cut -d, -f2 found.csv | citywatch collect - --out pages --resume      a list on standard input; go on after a kill
  citywatch screen pages/pages.warc.gz --out screened                   what comes next

writes OUT/pages.warc.gz, OUT/captures.csv (every address and what became of it) and OUT/run.json. Pages wait in OUT.pages-<id> until
all is done; a run that would throw them away is refused unless --resume is given.
"""
_DAY = 86_400
_NEEDED = ("fastwarc", "protego", "pypdf", "resiliparse", "urllib3")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "addresses", nargs="+", metavar="URL", help="address, @FILE with one a line, or - for a list on standard input"
    )
    parser.add_argument("--out", required=True, help="folder to write")
    parser.add_argument(
        "--resume", action="store_true", help="go on from what a run with the same list and limits finished"
    )
    parser.add_argument(
        "--contact",
        default="",
        help="mail or web address by which operators of hosts can reach you; sent with each request",
    )
    parser.add_argument(
        "--pause", type=float, help="seconds between two requests to one host (default: 2; not less than 0.5)"
    )
    parser.add_argument("--workers", type=int, help="hosts asked at the same time (default: 8)")
    parser.add_argument("--max-bytes", type=int, help="larger pages are set aside (default: 10000000)")
    parser.add_argument("--seconds", type=float, help="time for one request (default: 60)")
    parser.add_argument("--quiet", action="store_true", help="no progress and no table")
    parser.add_argument("--json", action="store_true", help="print the facts of the run as JSON")


def run(options: argparse.Namespace, network: Any = None) -> int:
    """Collect and print what became of the addresses.

    Args:
        options: Of the command line.
        network: Ways out of this machine, for tests; the open web when None. No option leads here.
    """
    started = time.monotonic()
    if any(find_spec(name) is None for name in _NEEDED):
        raise MissingExtraError("collect", "Collecting pages")
    from citywatch.documents.collecting import PageStore, assessor, collect, counted, pages_key, read_addresses
    from citywatch.documents.fetch import Fetcher
    from citywatch.documents.network import Network

    manners = _manners(options)
    addresses = read_addresses(options.addresses, sys.stdin if "-" in options.addresses else ())
    out = Path(options.out)
    with readable_errors(out):
        refuse_foreign(out.absolute())
        out.absolute().parent.mkdir(parents=True, exist_ok=True)
    store = PageStore(out.absolute(), pages_key(addresses, manners, __version__))
    fetcher = Fetcher(manners, network or Network(), contact=options.contact, version=__version__)
    watch = _Watch(Progress(quiet=options.quiet or options.json), len(addresses), started)
    with (
        readable_errors(store.folder),
        exclusive(store.folder, busy="another run is collecting the same. Wait for it."),
    ):
        with output_folder(out, __version__) as staging:
            with readable_errors(store.folder, further=FINISHED_IS_KEPT), assessor() as worker:
                collect(addresses, fetcher, store, worker.run, is_resumed=options.resume, done=watch.done)
                rows = store.finish(staging)
            facts = {
                "command": "collect",
                "version": __version__,
                "rules_version": _rules_version(),
                "options": {name: getattr(options, name) for name in ("contact", "pause", "workers", "max_bytes", "seconds", "resume")},
                "agent": fetcher.agent,
                "addresses": len(addresses),
                "counts": counted(rows),
                "bytes": sum(row["bytes"] or 0 for row in rows),
                "seconds": round(time.monotonic() - started, 2),
            }  # fmt: skip
            (staging / "run.json").write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        store.remove()
    watch.progress.clear()
    if options.json:
        print(json.dumps(facts, ensure_ascii=False, indent=1))
    elif not options.quiet:
        print(_summary(facts, out))
    return 0


def _manners(options: argparse.Namespace) -> Any:
    from citywatch.documents.settings import manners

    chosen = {
        "pause_seconds": options.pause,
        "max_bytes": options.max_bytes,
        "total_seconds": options.seconds,
        "workers": options.workers,
    }
    found = replace(manners(), **{name: value for name, value in chosen.items() if value is not None})
    is_paced = 0.5 <= found.pause_seconds <= _DAY and 0 < found.total_seconds <= _DAY
    if not is_paced or found.max_bytes < 1 or not 1 <= found.workers <= 64:
        raise SettingError(
            f"--pause: expected 0.5 to {_DAY:,}; --seconds: above 0, to {_DAY:,}; --max-bytes: positive; --workers: 1 to 64"
        )
    if not (options.contact.isascii() and options.contact.isprintable()):
        raise SettingError("--contact: expected a mail or web address in ASCII")
    return found


def _rules_version() -> str:
    from citywatch.documents.capture import rules

    return rules().version


class _Watch:
    """Counts finished addresses and shows rate and time left."""

    def __init__(self, progress: Progress, total: int, started: float) -> None:
        self.progress, self.total, self.started = progress, total, started
        self.counts: Counter[str] = Counter()

    def done(self, row: Mapping[str, Any]) -> None:
        """One more address is finished."""
        self.counts[row["outcome"]] += 1
        finished = self.counts.total()
        seconds = max(0.001, time.monotonic() - self.started)
        self.progress(
            f"{finished}/{self.total} addresses, {self.counts['captured']} captured, {self.counts['set_aside']} set aside, "
            f"{finished / seconds:.1f} a second, {seconds * (self.total - finished) / finished:,.0f} s left"
        )


def _summary(facts: Mapping[str, Any], out: Path) -> str:
    rows = [("became", "n"), *((what, str(count)) for what, count in facts["counts"].items())]
    return (
        f"{facts['addresses']:,} addresses, {facts['bytes'] / 1e6:.1f} MB\n\n{table(rows, numbers=(1,))}\n\n"
        f"{facts['seconds']} s; next: citywatch screen {out}/pages.warc.gz --out screened"
    )
