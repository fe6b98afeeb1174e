"""How fast screening is, in CPU seconds as ratios within one run: prefilter on web archives, survivors to candidates."""

from __future__ import annotations

import gzip
import hashlib
import io
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from citywatch.documents import Document, Origin, ReadOptions, expand
from citywatch.documents import Reader as DocumentReader
from citywatch.screening import Reader, prefilter, screen_document

RUNS = 5
TEXT = (
    "the market opened today with apples and bread while children played near river school music garden weather "
    "football minister budget report people company water family history summer winter travel kitchen library"
)
WORDS = tuple(TEXT.split(" "))
TRUE = (
    "<p>Huawei signed a contract with the police of Nairobi, Kenya, to install 1,800 surveillance cameras and a command centre.</p>",
    "<p>Компания Huawei подписала контракт на видеонаблюдение «Безопасный город» в Душанбе, сообщило МВД.</p>",
    "<p>新北市警察局與中華電信簽約，租用六千支監視器，並提供車牌辨識。</p>",
    "<p>La ville de Nice a signé un marché de vidéosurveillance avec Thales pour 240 caméras.</p>",
)


def page(draw: random.Random, size: int, planted: str = "") -> str:
    """An ordinary page of about so many bytes, markup included."""
    parts = ["<!doctype html><html><head><meta charset=utf-8><title>News</title></head><body>"]
    length = 0
    while length < size:
        text = " ".join(draw.choices(WORDS, k=40))
        part = f'<div class="story item-{draw.randrange(99)}"><a href="/news/{draw.randrange(10**6)}">More</a><p>{text}.</p></div>'
        parts.append(part)
        length += len(part)
    parts.insert(1 + len(parts) // 2, planted)
    return "\n".join(parts) + "</body></html>"


def archive(path: Path, size: int, pages: int, every: int) -> int:
    """A web archive; every so many pages report an agreement. Returns how many do."""
    draw = random.Random(size)
    planted = 0
    with path.open("wb") as stream:
        for number in range(pages):
            true = TRUE[planted % len(TRUE)] if number % every == every - 1 else ""
            planted += bool(true)
            body = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page(draw, size, true).encode()
            head = (
                f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://example.org/{number}\r\n"
                f"WARC-Record-ID: <urn:uuid:{number}>\r\nContent-Type: application/http; msgtype=response\r\n"
                f"Content-Length: {len(body)}\r\n\r\n"
            )
            stream.write(gzip.compress(head.encode() + body + b"\r\n\r\n", 6))
    return planted


def run() -> dict[str, Any]:
    """Ratios with their bases."""
    prefilter()
    found: dict[str, Any] = {"unit": "CPU s", "runs": RUNS}
    with tempfile.TemporaryDirectory() as scratch:
        for size, pages in ((50_000, 400), (8_000, 2_000)):
            path = Path(scratch) / f"{size}.warc.gz"
            planted = archive(path, size, pages, 50)
            found[f"prefilter_{size // 1000}_kB"] = against(
                lambda path=path: _filter(path), lambda path=path: _read(path)
            ) | {  # type: ignore[misc]
                "n": pages,
                "survivors": _filter(path),
                "planted": planted,
            }
        found["end_to_end_2_pct"] = _end_to_end(Path(scratch) / "50000.warc.gz")
    found["survivor_to_candidate_ms"] = _survivors()
    found["value"] = {
        name: facts["ratio"] for name, facts in found.items() if isinstance(facts, dict) and "ratio" in facts
    }
    return found


def against(measured: Callable[[], object], base: Callable[[], object]) -> dict[str, Any]:
    """Median CPU seconds of both, run in turns; ratio of base to measured: 1 is as fast as the base."""
    taken: dict[str, list[float]] = {"value": [], "base": []}
    for _ in range(RUNS):
        for name, work in (("base", base), ("value", measured)):
            started = time.process_time()
            work()
            taken[name].append(time.process_time() - started)
    value, bare = statistics.median(taken["value"]), statistics.median(taken["base"])
    return {"value": round(value, 3), "base": round(bare, 3), "ratio": round(bare / value, 2)}


def _read(path: Path) -> int:
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    with path.open("rb") as stream:
        records = ArchiveIterator(io.BufferedReader(stream), record_types=WarcRecordType.response, parse_http=True)  # type: ignore[arg-type]
        return sum(len(record.reader.read()) for record in records)


def _filter(path: Path) -> int:
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    keep = prefilter().keep
    with path.open("rb") as stream:
        records = ArchiveIterator(io.BufferedReader(stream), record_types=WarcRecordType.response, parse_http=True)  # type: ignore[arg-type]
        return sum(keep(record.reader.read()) for record in records)


def _end_to_end(path: Path) -> dict[str, Any]:
    """Archive to candidates with and without the prefilter; wall time, since pages are parsed in a worker."""
    reader = Reader()
    reader.gazetteer.find("Nairobi")  # built before the clock starts
    taken = {}
    for name, keep in (("with", prefilter().keep), ("without", None)):
        source_reader = DocumentReader(ReadOptions(), keep)
        started = time.perf_counter()
        for source in expand([str(path)]):
            for one in source_reader.read(source):
                if isinstance(one, Document):
                    screen_document(reader, one)
        source_reader.close()
        taken[name] = time.perf_counter() - started
    return {
        "value": round(taken["with"], 2),
        "base": round(taken["without"], 2),
        "times_faster": round(taken["without"] / taken["with"], 1),
    }


def _survivors() -> dict[str, Any]:
    """Text to candidate, milliseconds of CPU per page of about 8 kB of text."""
    draw, reader, taken = random.Random(1), Reader(), []
    for number in range(200):
        text = "\n".join(" ".join(draw.choices(WORDS, k=40)) + "." for _ in range(30))
        text += "\n" + TRUE[number % len(TRUE)].removeprefix("<p>").removesuffix("</p>")
        document = Document(hashlib.sha256(text.encode()).hexdigest(), "", "", "en", "", text, Origin("bench"))
        started = time.process_time()
        screen_document(reader, document)
        taken.append(1000 * (time.process_time() - started))
    ranked = sorted(taken[5:])
    return {
        "median": round(statistics.median(ranked), 1),
        "p99": round(ranked[int(0.99 * len(ranked))], 1),
        "n": len(ranked),
    }
