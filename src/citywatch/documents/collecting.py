"""Many pages: one host at a time each, kept at once, gone on with after a kill."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from citywatch.documents.archive import exchange_records, info_record
from citywatch.documents.fetch import Exchange, Fetched, Fetcher, clean_address
from citywatch.documents.network import FetchError
from citywatch.documents.settings import Manners
from citywatch.errors import InputError
from citywatch.foreign import ForeignError, Limits, Worker
from citywatch.tables import Column, Kind, Table, write_table
from citywatch.tables.files import open_unfinished

ARCHIVE = "pages.warc.gz"
_JOURNAL, _PART, _MARK = "journal.jsonl", "pages.warc.gz.part", ".citywatch-pages"
_LIMITS = Limits(seconds=60.0, memory_bytes=1_200_000_000)  # the first page also waits for its worker to start
Row = dict[str, Any]
Assess = Callable[[dict[str, Any], bytes], Mapping[str, Any]]
Done = Callable[[Row], None]

CAPTURES = Table(
    "captures",
    "One address that was asked for, and what became of it",
    (
        Column("position", Kind.INTEGER, "Place in the list that was given.", minimum=1),
        Column("asked", Kind.TEXT, "Address as given.", required=True),
        Column("outcome", Kind.TEXT, "captured or set_aside.", required=True),
        Column("reason", Kind.TEXT, "Why it was set aside, one word.", missing="captured"),
        Column("detail", Kind.TEXT, "What happened.", missing="captured"),
        Column("capture", Kind.TEXT, "article, consent_wall, captcha, soft_404 or empty.", missing="set aside"),
        Column("score", Kind.NUMBER, "How sure it is that the article was captured.", minimum=0, maximum=1),
        Column("because", Kind.LIST, "Rules that spoke, the heaviest first.", missing="nothing is odd"),
        Column("address", Kind.URL, "Where the page came from, after redirects.", missing="no answer came"),
        Column("status", Kind.INTEGER, "Last status code.", minimum=100, maximum=999, missing="no answer came"),
        Column("hops", Kind.LIST, "Addresses that redirected, in order.", missing="none"),
        Column("ip", Kind.TEXT, "Address that was connected to last.", missing="no answer came"),
        Column("fetched_at", Kind.TEXT, "UTC, to the second.", missing="no answer came"),
        Column("content_type", Kind.TEXT, "Media type as named.", missing="none named"),
        Column("bytes", Kind.INTEGER, "Size of the content, unpacked.", minimum=0, missing="set aside"),
        Column("sha256", Kind.TEXT, "Of the content, unpacked; the id of the document in screening.", missing="set aside"),
        Column("tries", Kind.INTEGER, "Requests made, those for robots.txt not counted.", minimum=0),
    ),
    key=("asked",),
    may_be_empty=True,
    sort=("position",),
    licence="as the pages",
    citation="Collected by Citywatch",
)  # fmt: skip


def read_addresses(given: Sequence[str], lines: Iterable[str] = ()) -> list[str]:
    """Addresses a user means, each once, in the order given.

    Args:
        given: Addresses; ``-`` stands for the lines, ``@FILE`` for the lines of a file.
        lines: Lines of standard input; empty ones and those that begin with ``#`` do not count.

    Raises:
        InputError: If a file cannot be read, or nothing is meant.
    """
    found: dict[str, str] = {}
    for item in given:
        for text in _listed(item, lines):
            found.setdefault(_key(text), text)
    if not found:
        raise InputError("nothing to collect: expected http(s) addresses; found none")
    return list(found.values())


def _listed(item: str, lines: Iterable[str]) -> list[str]:
    if item == "-":
        named = list(lines)
    elif item.startswith("@"):
        try:
            named = Path(item[1:]).read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeError) as error:
            raise InputError(f"{item[1:]}: expected a list of addresses in UTF-8 ({type(error).__name__})") from error
    else:
        return [item.encode("utf-8", "backslashreplace").decode()]  # bytes of the command line that are no UTF-8
    return [text for line in named if (text := line.strip()) and not text.startswith("#")]


def _key(text: str) -> str:
    try:
        return clean_address(text)
    except FetchError:
        return text


def pages_key(addresses: Sequence[str], manners: Manners, version: str) -> str:
    """What a resumed run must share with the run it goes on from; how many work on it may differ."""
    content = {"addresses": list(addresses), "manners": asdict(replace(manners, workers=1)), "version": version}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


class PageStore:
    """Pages that were fetched, in a folder beside the output. A page counts once its line stands in the journal.

    Args:
        out: Output folder of the run.
        key: As :func:`pages_key` gives it.
    """

    def __init__(self, out: Path, key: str) -> None:
        self.folder = out.with_name(f"{out.name}.pages-{key[:12]}")

    def open(self, opening: bytes, *, is_resumed: bool) -> list[Row]:
        """Rows that an earlier run finished; whatever it left half-written is cut off.

        Args:
            opening: First record of the archive.
            is_resumed: Keep what an earlier run finished.

        Raises:
            OutputError: If the folder exists and is not ours, or holds finished pages and is not to be kept.
        """
        finished = len(self._journal()[0])
        open_unfinished(self.folder, _MARK, holds="pages", finished=finished, is_resumed=is_resumed)
        rows, end, journal_end = self._journal()
        if not rows:
            (self.folder / _PART).write_bytes(opening)
            end = len(opening)
        os.truncate(self.folder / _PART, end)
        (self.folder / _JOURNAL).touch()
        os.truncate(self.folder / _JOURNAL, journal_end)
        return rows

    def add(self, exchanges: Sequence[Exchange], row: Row) -> None:
        """Keep what became of one address: its records first, then the line that makes it count."""
        with (self.folder / _PART).open("ab") as archive:
            for exchange in exchanges:
                archive.write(b"".join(exchange_records(exchange)))
            archive.flush()
            os.fsync(archive.fileno())
            end = archive.tell()
        line = json.dumps({"end": end, "row": row}, ensure_ascii=False) + "\n"
        with (self.folder / _JOURNAL).open("ab") as journal:
            journal.write(line.encode())
            journal.flush()
            os.fsync(journal.fileno())

    def finish(self, folder: Path) -> list[Row]:
        """Copy the archive and write the table.

        Args:
            folder: Where to write.

        Returns:
            All rows, in the order of the list.
        """
        import pandas as pd

        rows = sorted(self._journal()[0], key=lambda row: row["position"])
        shutil.copyfile(self.folder / _PART, folder / ARCHIVE)
        frame = pd.DataFrame(rows, columns=list(CAPTURES.names))
        for column in CAPTURES.columns:
            if column.kind is Kind.INTEGER:
                frame[column.name] = frame[column.name].astype("Int64")
            elif column.kind is Kind.NUMBER:
                frame[column.name] = frame[column.name].astype("float64")
        write_table(frame, CAPTURES, folder / f"{CAPTURES.name}.csv")
        return rows

    def remove(self) -> None:
        """Forget everything."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _journal(self) -> tuple[list[Row], int, int]:
        """Whole lines of the journal: rows, where the archive ends, where the journal ends."""
        path = self.folder / _JOURNAL
        rows, end, at = [], 0, 0
        for line in path.read_bytes().splitlines(keepends=True) if path.exists() else ():
            try:
                entry = json.loads(line)
            except ValueError:
                break
            if not line.endswith(b"\n"):
                break
            rows.append(entry["row"])
            end, at = int(entry["end"]), at + len(line)
        return rows, end, at


def assessor() -> Worker:
    """The worker whose ``run`` assesses captures."""
    return Worker("citywatch.documents.capture:read_capture", _LIMITS)


def collect(
    addresses: Sequence[str], fetcher: Fetcher, store: PageStore, assess: Assess, *, is_resumed: bool, done: Done
) -> None:
    """Fetch what is not fetched yet, and keep each page at once.

    Args:
        addresses: All addresses of the run.
        fetcher: Fetches one page.
        store: Where they are kept.
        assess: What :func:`citywatch.documents.capture.read_capture` takes and gives.
        is_resumed: Go on from what an earlier run finished.
        done: Told of each finished row, those of the earlier run first.
    """
    opening = info_record(fetcher.clock.now(), fetcher.version, fetcher.agent, name=ARCHIVE)
    finished = store.open(opening, is_resumed=is_resumed)
    for row in finished:
        done(row)
    known = {row["position"] for row in finished}
    left = [(place, text) for place, text in enumerate(addresses, start=1) if place not in known]
    with closing(_all(left, fetcher, fetcher.manners.workers)) as answers:
        for place, fetched in answers:
            row = capture_row(place, fetched, assess, fetcher.manners.max_bytes)
            store.add(fetched.exchanges, row)
            done(row)


def _all(left: Sequence[tuple[int, str]], fetcher: Fetcher, workers: int) -> Generator[tuple[int, Fetched], None, None]:
    """Results as they come; hosts take turns, and no host is asked twice at the same time."""
    queues: dict[str, deque[tuple[int, str]]] = {}
    for place, text in left:
        queues.setdefault(_host(text), deque()).append((place, text))
    idle = deque(queues)
    running: dict[Future[Fetched], tuple[str, int]] = {}
    with ThreadPoolExecutor(workers, thread_name_prefix="fetch") as pool:
        try:
            while idle or running:
                while idle and len(running) < workers:
                    host = idle.popleft()
                    place, text = queues[host].popleft()
                    running[pool.submit(fetcher.fetch, text)] = (host, place)
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    host, place = running.pop(future)
                    if queues[host]:
                        idle.append(host)
                    yield place, future.result()
        except BaseException:
            fetcher.stop()
            raise


def _host(text: str) -> str:
    try:
        return urlsplit(clean_address(text)).hostname or ""
    except FetchError:
        return ""


def capture_row(place: int, fetched: Fetched, assess: Assess, max_bytes: int) -> Row:
    """One row of ``captures``.

    Args:
        place: Place in the list, from 1.
        fetched: What became of the address.
        assess: Assesses the content.
        max_bytes: Largest content when unpacked.
    """
    last = fetched.exchanges[-1] if fetched.exchanges else None
    row: Row = {
        "position": place,
        "asked": fetched.asked,
        "outcome": "set_aside" if fetched.reason else "captured",
        "reason": fetched.reason,
        "detail": fetched.detail,
        "capture": "",
        "score": None,
        "because": "",
        "address": last.address if last else "",
        "status": last.status if last else None,
        "hops": "; ".join(one.address.replace(";", "%3B") for one in fetched.exchanges[:-1]),
        "ip": last.ip if last else "",
        "fetched_at": last.at.strftime("%Y-%m-%dT%H:%M:%SZ") if last else "",
        "content_type": last.content_type[:100] if last else "",
        "bytes": None,
        "sha256": "",
        "tries": fetched.tries,
    }
    if fetched.reason or last is None:
        return row
    options = {
        "asked": clean_address(fetched.asked),
        "address": last.address,
        "content_type": last.content_type,
        "charset": last.charset,
        "encoding": last.encoding,
        "max_bytes": max_bytes,
    }
    try:
        found: Mapping[str, Any] = assess(options, last.body)
    except ForeignError as error:
        return row | {"outcome": "set_aside", "reason": error.reason, "detail": error.detail}
    return row | {
        "capture": found["kind"],
        "score": found["score"],
        "because": "; ".join(text.replace(";", ",") for text in found["because"]),
        "bytes": found["bytes"],
        "sha256": found["sha256"],
    }


def counted(rows: Iterable[Row]) -> dict[str, int]:
    """Addresses by what became of them: kinds of capture, and ``set_aside: reason``."""
    found = Counter(row["capture"] or f"set_aside: {row['reason']}" for row in rows)
    return dict(sorted(found.items()))
