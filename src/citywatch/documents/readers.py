"""Files to documents. One reader per kind; each goes on after what it cannot read, and names it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from citywatch.documents.document import Document, Origin, Reason, SetAside
from citywatch.documents.html import iso_date
from citywatch.documents.language import detect_language
from citywatch.documents.sources import Source
from citywatch.errors import MissingExtraError
from citywatch.foreign import ForeignError, Limits, Worker

Read = Document | SetAside
Keep = Callable[[bytes, str], bool]
Enter = Callable[[str], str]

_CHUNK = 1 << 20
# First bytes of archives, pictures and films, which may go on for long without a zero byte.
_BINARY = (
    b"\x28\xb5\x2f\xfd",
    b"PK\x03\x04",
    b"7z\xbc\xaf",
    b"Rar!",
    b"\xfd7zXZ",
    b"BZh",
    b"\xff\xd8\xff",
    b"\x89PNG",
    b"GIF8",
    b"RIFF",
)
_LOST = 0.02
_GUESSES = {
    "text": ("text", "content", "body", "maintext", "article", "fulltext", "excerpt"),
    "address": ("url", "address", "link", "uri", "source_url"),
    "title": ("title", "headline"),
    "published": ("published", "date", "date_publish", "publish_date", "published_at", "pubdate"),
}


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    Attributes:
        columns: Names of the columns for ``text``, ``address``, ``title`` and ``published`` in JSON lines, CSV and
            Parquet; those left out are guessed from usual names.
        kind: Kind to read every file as; empty to go by the name, then by the first bytes.
        max_bytes: Larger documents and records are streamed past and set aside.
        limits: What one parse may use.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    kind: str = ""
    max_bytes: int = 64_000_000
    limits: Limits = field(default_factory=Limits)


@dataclass(slots=True)
class Tally:
    """What a reader met, for progress and the run's facts.

    Attributes:
        records: Documents and records met, whatever became of them.
        passed_over: Records that the byte prefilter did not keep.
        content_bytes: Bytes of content met.
    """

    records: int = 0
    passed_over: int = 0
    content_bytes: int = 0


class Reader:
    """Reads sources one after the other with one worker.

    Args:
        options: How to read.
        keep: Byte prefilter on raw pages of web archives and the charset they declare; None keeps all.
        enter: Told of each record before it is read; an answer that is not empty says why it is left out.
        worker: Parses for several readers, one after the other; one of its own if None.
    """

    def __init__(
        self,
        options: ReadOptions | None = None,
        keep: Keep | None = None,
        enter: Enter | None = None,
        worker: Worker | None = None,
    ) -> None:
        self.options, self.keep, self.enter = options or ReadOptions(), keep, enter
        self.tally = Tally()
        self._is_own = worker is None
        self.worker = worker or parse_worker(self.options.limits)
        _need_screen()

    def close(self) -> None:
        """End the worker, unless others use it."""
        if self._is_own:
            self.worker.close()

    def read(self, source: Source) -> Iterator[Read]:
        """Documents of one source in file order, with what was set aside."""
        origin, records, is_silent = Origin(source.path), self.tally.records, True
        try:
            with source.open() as stream:
                for one in self._read(source, stream):
                    is_silent = False
                    yield one
            if is_silent and self.tally.records == records and not (source.start or source.stop):
                yield SetAside(origin, Reason.NO_TEXT, "no document stands in it")
        except (OSError, zlib.error, EOFError, UnicodeError, OverflowError) as error:  # the last two: cells of Parquet
            yield SetAside(origin, Reason.UNREADABLE, f"cannot be read ({type(error).__name__}: {error})"[:300])

    def _read(self, source: Source, stream: IO[bytes]) -> Iterator[Read]:
        head = stream.peek(2048)[:2048] if isinstance(stream, io.BufferedReader) else b""
        kind = self.options.kind or source.kind or _sniffed(head)
        if kind == "warc":
            from citywatch.documents.warc import read_warc

            yield from read_warc(self, source, stream)
        elif kind == "parquet":
            yield from self._parquet(source, stream)
        elif kind in ("json", "csv"):
            lines = _Lines(_gunzipped(stream) if source.is_gzip else _chunks(stream), self.options.max_bytes)
            yield from self._json(source, lines) if kind == "json" else self._csv(source, lines)
            if lines.trouble:
                yield SetAside(Origin(source.path, kind=kind), Reason.TRUNCATED, lines.trouble)
        elif kind:
            yield self._single(source, stream, kind)
        else:
            yield SetAside(
                Origin(source.path), Reason.UNKNOWN_KIND, "expected text, HTML, PDF, JSON lines, CSV, Parquet or WARC"
            )

    # one document a file

    def _single(self, source: Source, stream: IO[bytes], kind: str) -> Read:
        origin = Origin(source.path, kind=kind)
        if left_out := self._left_out(origin):
            return left_out
        digest, parts, size, trouble = hashlib.sha256(), [], 0, ""
        chunks = _Guarded(_gunzipped(stream) if source.is_gzip else _chunks(stream))
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
            parts.append(chunk)
            if size > self.options.max_bytes:
                self.tally.records += 1
                return SetAside(origin, Reason.TOO_LARGE, f"more than {self.options.max_bytes:,} bytes")
        trouble = chunks.trouble
        flags = (Reason.TRUNCATED,) if trouble else ()
        if trouble and not parts:
            self.tally.records += 1
            return SetAside(origin, Reason.TRUNCATED, trouble)
        return self.parse(b"".join(parts), origin, flags=flags)

    def parse(
        self, payload: bytes, origin: Origin, *, address: str = "", charset: str = "", flags: tuple[Reason, ...] = ()
    ) -> Read:
        """One document from its bytes, parsed in the worker.

        Args:
            payload: The document as received.
            origin: Where it came from; its kind says which parser runs.
            address: http(s) address, or empty.
            charset: Charset as a header named it, or empty.
            flags: What is already known to be odd.
        """
        self.tally.records += 1
        self.tally.content_bytes += len(payload)
        digest = hashlib.sha256(payload).hexdigest()
        try:
            found = self.worker.run({"kind": origin.kind, "charset": charset, "address": address}, payload)
        except ForeignError as error:
            return SetAside(origin, Reason(error.reason), error.detail, address, digest)
        if found["lost"] > _LOST:
            flags += (Reason.UNDECODABLE_BYTES,)
        if found["is_full"]:
            flags += (Reason.FULL_TEXT,)
        if not found["text"].strip():
            return SetAside(origin, Reason.NO_TEXT, "no text was found in it", address, digest)
        return Document(
            id=digest,
            address=address,
            title=found["title"],
            language=detect_language(found["text"]),
            published=found["published"],
            text=with_title(found["title"], found["text"]),
            origin=Origin(origin.path, origin.record, origin.kind, found["charset"]),
            flags=flags,
        )

    def _left_out(self, origin: Origin) -> SetAside | None:
        """What is told of a record that is not to be read; None for all others."""
        why = self.enter(origin.record) if self.enter is not None else ""
        if not why:
            return None
        self.tally.records += 1
        return SetAside(origin, Reason.KILLED, why)

    # many documents a file

    def _json(self, source: Source, lines: _Lines) -> Iterator[Read]:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            origin = Origin(source.path, f"line {number}", "json", "utf-8")
            if left_out := self._left_out(origin):
                yield left_out
                continue
            try:
                row = json.loads(line.decode("utf-8-sig"))
            except (ValueError, RecursionError) as error:
                yield self._bad(origin, f"expected a JSON object in UTF-8 ({type(error).__name__})", line)
                continue
            yield (
                self._row(row, origin, line) if isinstance(row, dict) else self._bad(origin, "expected an object", line)
            )

    def _csv(self, source: Source, lines: _Lines) -> Iterator[Read]:
        csv.field_size_limit(self.options.max_bytes)
        first = next(iter(lines), b"")
        delimiter = (
            "\t" if first.count(b"\t") > first.count(b",") else ";" if b"," not in first and b";" in first else ","
        )
        texts = (line.decode("utf-8-sig", "replace") for line in _chain(first, lines))
        rows = csv.reader(texts, delimiter=delimiter)
        head: list[str] = []
        while True:
            origin = Origin(source.path, f"row {rows.line_num + 1}", "csv", "utf-8")
            try:
                cells = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                yield self._bad(origin, f"expected a CSV row ({error})", b"")
                continue
            if not head:
                head = cells
            elif left_out := self._left_out(origin):
                yield left_out
            elif any(cells):
                yield self._row(dict(zip(head, cells, strict=False)), origin, "\x1f".join(cells).encode())

    def _parquet(self, source: Source, stream: IO[bytes]) -> Iterator[Read]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        number = 0
        try:
            file = pq.ParquetFile(pa.PythonFile(stream, mode="r"))
            wanted = [name for name in (self._column(key, file.schema_arrow.names) for key in _GUESSES) if name]
            for batch in file.iter_batches(batch_size=256, columns=wanted):
                for row in batch.to_pylist():
                    number += 1
                    origin = Origin(source.path, f"row {number}", "parquet", "utf-8")
                    raw = json.dumps(row, sort_keys=True, default=str).encode()
                    yield self._left_out(origin) or self._row(row, origin, raw)
        except (pa.ArrowException, OSError) as error:
            yield SetAside(
                Origin(source.path, f"row {number + 1}", "parquet"),
                Reason.BROKEN,
                f"no sound Parquet ({type(error).__name__})",
            )

    def _row(self, row: Mapping[str, Any], origin: Origin, raw: bytes) -> Read:
        found = {key: str(row.get(self._column(key, row), "") or "") for key in _GUESSES}
        # JSON may hold halves of characters, which nothing could write again
        cells = {key: cell.encode("utf-8", "replace").decode("utf-8") for key, cell in found.items()}
        text = with_title(cells["title"], cells["text"])
        if not cells["text"].strip():
            names = ", ".join(sorted(map(str, row))[:8])
            return self._bad(origin, f"no text; columns are {names}", raw, Reason.NO_TEXT)
        self.tally.records += 1
        self.tally.content_bytes += len(raw)
        address = cells["address"] if cells["address"].startswith(("http://", "https://")) else ""
        return Document(
            id=hashlib.sha256(raw).hexdigest(),
            address=address,
            title=cells["title"][:500],
            language=detect_language(cells["text"]),
            published=iso_date(cells["published"]),
            text=text,
            origin=origin,
        )

    def _column(self, key: str, names: Any) -> str:
        if key in self.options.columns:
            return self.options.columns[key]
        return next((guess for guess in _GUESSES[key] if guess in names), "")

    def _bad(self, origin: Origin, detail: str, raw: bytes, reason: Reason = Reason.BAD_ROW) -> SetAside:
        self.tally.records += 1
        return SetAside(origin, reason, detail, sha256=hashlib.sha256(raw).hexdigest() if raw else "")


def parse_worker(limits: Limits) -> Worker:
    """A process that parses documents."""
    return Worker("citywatch.documents.parse:parse", limits)


def with_title(title: str, text: str) -> str:
    """The text, opened by its title unless it already stands near the beginning."""
    title = title.strip()
    return text if not title or title in text[: 2 * len(title) + 200] else f"{title}\n\n{text}"


def _sniffed(head: bytes) -> str:
    if head.startswith(b"%PDF"):
        return "pdf"
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"WARC/"):
        return "warc"
    if b"<html" in head.lower() or b"<!doctype html" in head.lower():
        return "html"
    return "text" if head and b"\x00" not in head and not head.startswith(_BINARY) else ""


def _need_screen() -> None:
    from importlib.util import find_spec

    if any(find_spec(name) is None for name in ("resiliparse", "py3langid", "fastwarc", "pypdf")):
        raise MissingExtraError("screen", "Reading documents")


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK):
        yield chunk


def _gunzipped(stream: IO[bytes]) -> Iterator[bytes]:
    """Unpacked pieces of at most one megabyte, so that a bomb never unfolds in memory.

    Raises:
        EOFError: If the file ends inside a member.
        zlib.error: If it is no sound gzip.
    """
    unpack = zlib.decompressobj(wbits=31)
    is_open = False
    for chunk in _chunks(stream):
        rest = chunk
        while rest:
            is_open = True
            yield unpack.decompress(rest, _CHUNK)
            rest = unpack.unconsumed_tail
            if unpack.eof:
                rest, is_open = unpack.unused_data, False
                unpack = zlib.decompressobj(wbits=31)
    if is_open:
        raise EOFError("the gzip stream ends before its end")


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest


class _Guarded:
    """Pieces until the stream breaks; what broke it is kept."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self.trouble = ""

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._chunks)
        except (EOFError, zlib.error, OSError) as error:
            self.trouble = f"read up to a break ({type(error).__name__}: {error})"
            raise StopIteration from None


class _Lines:
    """Lines of a stream; one longer than the limit is streamed past and counted as trouble."""

    def __init__(self, chunks: Iterator[bytes], limit: int) -> None:
        self._chunks, self._limit = _Guarded(chunks), limit
        self._too_long = 0
        self._lines = self._walk()

    @property
    def trouble(self) -> str:
        """What was left out; empty if nothing."""
        long = f"{self._too_long} line(s) longer than {self._limit:,} bytes left out" if self._too_long else ""
        return "; ".join(part for part in (long, self._chunks.trouble) if part)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._lines)

    def _walk(self) -> Iterator[bytes]:
        rest, is_long = b"", False
        for chunk in self._chunks:
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                if not is_long:
                    yield line + b"\n"
                is_long = False
            if len(rest) > self._limit:
                self._too_long += not is_long
                rest, is_long = b"", True
        if rest and not is_long:
            yield rest


__all__ = ["Keep", "Read", "ReadOptions", "Reader", "Tally", "parse_worker", "with_title"]
