"""Files to documents. One reader per kind; each goes on after what it cannot read, and names it."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from citywatch.documents.document import Document, Origin, Reason, SetAside
from citywatch.documents.html import iso_date
from citywatch.documents.language import detect_language
from citywatch.documents.rows import (
    CsvRows,
    Guarded,
    Lines,
    Recoded,
    chunks_of,
    gunzipped,
    is_lines,
    items_of,
    size_of,
    strings_of,
)
from citywatch.documents.sources import Source
from citywatch.errors import MissingExtraError
from citywatch.foreign import ForeignError, Limits, Worker

Read = Document | SetAside
Keep = Callable[[bytes, str], bool]
Enter = Callable[[str], str]

_FIRST = 2048
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
    b"\x1f\x8b",
)
_EXPECTED = "expected text, HTML, PDF, JSON, CSV, Parquet or WARC"
_TOO_MUCH = "its JSON needs more memory than there is"
_ARRAY = re.compile(rb"(?:\xef\xbb\xbf)?\s*\[\s*\{")
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
        columns: Names of the columns for ``text``, ``address``, ``title`` and ``published`` in JSON, CSV and
            Parquet; those left out are guessed from usual names.
        kind: Kind to read every file as; empty to go by the name, then by the first bytes.
        max_bytes: Larger documents, records and rows are streamed past and set aside.
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
        except (OSError, zlib.error, EOFError) as error:
            yield SetAside(origin, Reason.UNREADABLE, f"cannot be read ({type(error).__name__}: {error})"[:300])

    def _read(self, source: Source, stream: IO[bytes]) -> Iterator[Read]:
        kind = self._kind(source, stream)
        if kind == "warc":
            from citywatch.documents.warc import read_warc

            yield from read_warc(self, source, stream)
        elif kind == "parquet":
            yield from self._parquet(source, stream)
        elif kind == "array":
            yield from self._array(source, stream)
        elif kind in ("json", "csv"):
            chunks = Guarded(gunzipped(stream) if source.is_gzip else chunks_of(stream))
            lines = (Lines if kind == "json" else Recoded)(chunks, self.options.max_bytes)
            yield from self._csv(source, lines) if isinstance(lines, Recoded) else self._json(source, lines)
            if lines.trouble:
                yield SetAside(Origin(source.path, kind=kind), Reason.TRUNCATED, lines.trouble)
        elif kind:
            yield self._single(source, stream, kind)
        else:
            yield SetAside(Origin(source.path), Reason.UNKNOWN_KIND, _EXPECTED)

    def _kind(self, source: Source, stream: IO[bytes]) -> str:
        """Kind by the options, the name, then the first bytes; ``array`` where JSON may be more than lines."""
        named = self.options.kind
        if named == "json" and (source.kind == "array" or _ARRAY.match(_head(stream))):
            return "array"
        return named or source.kind or _sniffed(_head(stream))

    # one document a file

    def _single(self, source: Source, stream: IO[bytes], kind: str) -> Read:
        origin = Origin(source.path, kind=kind)
        if left_out := self._left_out(origin):
            return left_out
        payload, trouble = self._content(source, stream)
        if payload is None:
            return self._too_large(origin)
        flags = (Reason.TRUNCATED,) if trouble else ()
        if trouble and not payload:
            self.tally.records += 1
            return SetAside(origin, Reason.TRUNCATED, trouble)
        if kind in ("text", "html") and payload.startswith(_BINARY):
            self.tally.records += 1
            return SetAside(
                origin, Reason.UNKNOWN_KIND, f"named as {kind}; its first bytes are of an archive or a picture"
            )
        return self.parse(payload, origin, flags=flags)

    def _content(self, source: Source, stream: IO[bytes]) -> tuple[bytes | None, str]:
        """The bytes of a file and what broke it off; None where there are more than the limit."""
        parts, size = [], 0
        chunks = Guarded(gunzipped(stream) if source.is_gzip else chunks_of(stream))
        for chunk in chunks:
            size += len(chunk)
            parts.append(chunk)
            if size > self.options.max_bytes:
                return None, ""
        return b"".join(parts), chunks.trouble

    def _too_large(self, origin: Origin) -> SetAside:
        self.tally.records += 1
        return SetAside(origin, Reason.TOO_LARGE, f"more than {self.options.max_bytes:,} bytes")

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

    def _json(self, source: Source, lines: Lines) -> Iterator[Read]:
        for number, line in enumerate(lines, start=1):
            if line is not None and not line.strip():
                continue
            origin = Origin(source.path, f"line {number}", "json", "utf-8")
            if left_out := self._left_out(origin):
                yield left_out
                continue
            if line is None:
                yield self._too_large(origin)
                continue
            try:
                row = json.loads(line.decode("utf-8-sig"))
            except (ValueError, RecursionError) as error:
                yield self._bad(origin, f"expected a JSON object in UTF-8 ({type(error).__name__})", line)
                continue
            except MemoryError:
                yield self._bad(origin, _TOO_MUCH, line, Reason.TOO_MUCH_MEMORY)
                continue
            yield (
                self._row(row, origin, line) if isinstance(row, dict) else self._bad(origin, "expected an object", line)
            )

    def _array(self, source: Source, stream: IO[bytes]) -> Iterator[Read]:
        """Items of a JSON array of objects, one object, or JSON lines; any other content is read as one text."""
        payload, trouble = self._content(source, stream)
        whole = Origin(source.path, kind="json")
        if payload is None:
            yield self._left_out(whole) or self._too_large(whole)
            return
        if not _ARRAY.match(payload):
            yield from self._other(source, payload, trouble)
            return
        number = 0
        try:
            for number, (item, raw) in enumerate(items_of(payload.decode("utf-8-sig")), start=1):
                origin = Origin(source.path, f"item {number}", "json", "utf-8")
                yield self._left_out(origin) or (
                    self._row(item, origin, raw)
                    if isinstance(item, dict)
                    else self._bad(origin, "expected an object", raw)
                )
        except (ValueError, RecursionError) as error:
            reason = Reason.TRUNCATED if trouble else Reason.BROKEN
            told = f"no sound JSON in UTF-8 from here on ({trouble or type(error).__name__})"
            yield self._bad(Origin(source.path, f"item {number + 1}", "json"), told, b"", reason)
        except MemoryError:
            told = f"{_TOO_MUCH}; from here on nothing was read"
            yield self._bad(Origin(source.path, f"item {number + 1}", "json"), told, b"", Reason.TOO_MUCH_MEMORY)

    def _other(self, source: Source, payload: bytes, trouble: str) -> Iterator[Read]:
        """JSON that is no array of objects: one value, lines of objects, or what only looks like it."""
        whole = Origin(source.path, kind="json", charset="utf-8")
        try:
            row = self._whole(payload)
        except MemoryError:
            yield self._left_out(whole) or self._bad(whole, _TOO_MUCH, payload, Reason.TOO_MUCH_MEMORY)
            return
        if row is not None:
            yield self._left_out(whole) or self._row(row, whole, payload)
        elif is_lines(payload):
            yield from self._json(source, Lines(Guarded(iter((payload,))), self.options.max_bytes))
        else:
            yield self._one_text(source, payload, trouble)
            return
        if trouble:
            yield SetAside(whole, Reason.TRUNCATED, trouble)

    def _whole(self, payload: bytes) -> dict[str, Any] | None:
        """The one JSON value of a file as a row; where it has no column of text, all its strings are the text."""
        try:
            value = json.loads(payload.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            return None
        row = value if isinstance(value, dict) else {}
        if self.options.columns.get("text") in row or str(row.get(self._column("text", row)) or "").strip():
            return row
        words = "\n\n".join(strings_of(value))
        return row | {self._meant("text")[0]: words} if words.strip() else row or None

    def _one_text(self, source: Source, payload: bytes, trouble: str) -> Read:
        whole = Origin(source.path, kind=_sniffed(payload[:_FIRST]))
        if left_out := self._left_out(whole):
            return left_out
        if whole.kind not in ("text", "html", "pdf"):
            return self._bad(whole, trouble or _EXPECTED, payload, Reason.TRUNCATED if trouble else Reason.UNKNOWN_KIND)
        return self.parse(payload, whole, flags=(Reason.TRUNCATED,) if trouble else ())

    def _csv(self, source: Source, lines: Recoded) -> Iterator[Read]:
        rows = CsvRows(lines, self.options.max_bytes)
        head: list[str] | None = None
        for row in rows:
            origin = Origin(source.path, f"row {row.line}", "csv", lines.charset or "utf-8")
            if head is None and not row.trouble:
                head = row.cells
            elif left_out := self._left_out(origin):
                yield left_out
            elif head is None:
                yield self._bad(origin, f"expected a row of column names; nothing was read ({row.trouble})", b"")
                return
            elif row.is_too_large:
                yield self._too_large(origin)
            elif row.trouble:
                yield self._bad(origin, f"expected a CSV row ({row.trouble})", b"")
            else:
                yield self._cells(head, row.cells, origin)

    def _cells(self, head: Sequence[str], cells: Sequence[str], origin: Origin) -> Read:
        """A row of CSV; filled cells that have no name are not dropped without a word."""
        raw = "\x1f".join(cells).encode()
        if any(cells[len(head) :]):
            return self._bad(origin, f"{len(cells)} cells under {len(head)} names of columns", raw)
        text = "".join(cells)
        flags = (Reason.UNDECODABLE_BYTES,) if text.count("\ufffd") > _LOST * len(text) else ()
        return self._row(dict(zip(head, cells, strict=False)), origin, raw, flags)

    def _parquet(self, source: Source, stream: IO[bytes]) -> Iterator[Read]:
        from citywatch.documents.parquet import parquet_rows

        names: list[str] = []  # of all columns, as only those that are meant are read

        def choose(met: Sequence[str]) -> list[str]:
            names.extend(met)
            return self._columns(met)

        for row in parquet_rows(stream, choose, self.options.max_bytes):
            origin = Origin(source.path, row.record, "parquet", "utf-8")
            if row.is_broken:
                yield SetAside(origin, Reason.BROKEN, row.trouble)
            elif left_out := self._left_out(origin):
                yield left_out
            elif row.trouble:
                yield self._bad(origin, f"a cell cannot be read ({row.trouble})"[:300], b"")
            elif row.is_too_large or size_of(row.cells) > self.options.max_bytes:
                yield self._too_large(origin)
            else:
                raw = json.dumps(row.cells, sort_keys=True, default=str).encode()
                yield self._row(row.cells, origin, raw, names=names)

    def _row(
        self,
        row: Mapping[str, Any],
        origin: Origin,
        raw: bytes,
        flags: tuple[Reason, ...] = (),
        names: Sequence[str] = (),
    ) -> Read:
        found = {key: str(row.get(self._column(key, row), "") or "") for key in _GUESSES}
        # JSON may hold halves of characters, which nothing could write again
        cells = {key: cell.encode("utf-8", "replace").decode("utf-8") for key, cell in found.items()}
        text = with_title(cells["title"], cells["text"])
        if not cells["text"].strip():
            told = ", ".join(sorted(map(str, names or row))[:8])
            return self._bad(origin, f"no text; columns are {told}", raw, Reason.NO_TEXT)
        self.tally.records += 1
        self.tally.content_bytes += len(raw)
        most = self.options.limits.output_bytes
        if len(text) > most:
            return SetAside(origin, Reason.TOO_MUCH_OUTPUT, f"more than {most:,} characters of text")
        address = cells["address"] if cells["address"].startswith(("http://", "https://")) else ""
        return Document(
            id=hashlib.sha256(raw).hexdigest(),
            address=address,
            title=cells["title"][:500],
            language=detect_language(cells["text"]),
            published=iso_date(cells["published"]),
            text=text,
            origin=origin,
            flags=flags,
        )

    def _columns(self, names: Sequence[str]) -> list[str]:
        """Columns that may be meant."""
        return [name for key in _GUESSES for name in self._meant(key) if name in names]

    def _column(self, key: str, row: Mapping[str, Any]) -> str:
        """The first column that may be meant and is filled, or else is there; empty if none is."""
        there = [name for name in self._meant(key) if name in row]
        filled = (name for name in there if str(row[name] or "").strip())
        return next(filled, there[0] if there else "")

    def _meant(self, key: str) -> Sequence[str]:
        return (self.options.columns[key],) if key in self.options.columns else _GUESSES[key]

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
    if _ARRAY.match(head):
        return "array"
    if b"<html" in head.lower() or b"<!doctype html" in head.lower():
        return "html"
    return "text" if head and b"\x00" not in head and not head.startswith(_BINARY) else ""


def _head(stream: IO[bytes]) -> bytes:
    """The first bytes of a stream, which stands at its beginning again; none where it cannot go back."""
    if isinstance(stream, io.BufferedReader):
        return stream.peek(_FIRST)[:_FIRST]
    if not stream.seekable():
        return b""
    head = stream.read(_FIRST)
    stream.seek(0)
    return head


def _need_screen() -> None:
    from importlib.util import find_spec

    if any(find_spec(name) is None for name in ("resiliparse", "py3langid", "fastwarc", "pypdf")):
        raise MissingExtraError("screen", "Reading documents")


__all__ = ["Keep", "Read", "ReadOptions", "Reader", "Tally", "parse_worker", "with_title"]
