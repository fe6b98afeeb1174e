"""Web archives: WARC and WET, compressed or not, read with fastwarc."""

from __future__ import annotations

import contextlib
import hashlib
import re
import zlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Literal

from citywatch.documents.document import Origin, Reason, SetAside
from citywatch.documents.sources import Source

if TYPE_CHECKING:
    from citywatch.documents.readers import Read, Reader

_CHUNK = 1 << 20
_MOST_PAST = 1_000_000_000  # bytes of an oversized record that are unpacked for its hash; a bomb is left unread beyond
_MOST_BREAKS = 1_000  # breaks of one archive behind which reading is taken up again
_MOST_STATED = 1 << 50
_OVERLAP = 64
_HEADERS = 65_536  # HTTP headers count as content of a record but not of its page
_NEXT = re.compile(rb"\r\n\r\nWARC/1\.[01]\r\n(?=WARC-|Content-)")
_HTML = ("text/html", "application/xhtml+xml", "")
_KINDS = {"application/pdf": "pdf", "text/plain": "text"} | dict.fromkeys(_HTML, "html")
_GZIP_START = b"\x1f\x8b\x08"


@dataclass(frozen=True, slots=True)
class Page:
    """A record that is worth parsing.

    Attributes:
        origin: Where it stands; its kind says which parser runs.
        address: http(s) address, or empty.
        charset: As the header declares it, or empty.
        payload: Its bytes, transfer and content encodings undone.
        missing: Bytes that its header promises and that are not there; 0 where they cannot be counted.
        is_swallower: Its header states a length that covers the next records; these were cut off.
    """

    origin: Origin
    address: str
    charset: str
    payload: bytes = field(repr=False)
    missing: int
    is_swallower: bool = False


def read_warc(reader: Reader, source: Source, stream: IO[bytes]) -> Iterator[Read]:
    """Responses and conversions of one archive, or of a range of it, in file order.

    Pages go through the reader's byte prefilter before anything is parsed. A record over the size limit is streamed
    past and set aside with its hash and offset. What follows a break in the archive cannot be reached and is named.

    Args:
        reader: Holds options, prefilter, worker and tally.
        source: The archive, for naming it.
        stream: Its bytes.
    """
    for one in survivors(reader, source, stream):
        if isinstance(one, SetAside):
            yield one
        else:
            flags = (Reason.TRUNCATED,) if one.is_swallower or one.missing else ()
            yield reader.parse(one.payload, one.origin, address=one.address, charset=one.charset, flags=flags)


def survivors(reader: Reader, source: Source, stream: IO[bytes]) -> Iterator[Page | SetAside]:
    """Records that the prefilter keeps, not parsed yet, with what was set aside.

    Where fastwarc cannot go on, the record that stops it is read as it stands, or named, and reading goes on at the next one.
    """
    start = 0 if not source.start else _next_start(source, stream, source.start)
    broken, is_named = -1, True
    for _ in range(_MOST_BREAKS):
        if start < 0 or (source.stop and start >= source.stop):
            break
        broken, is_named = yield from _stretch(reader, source, stream, start)
        if broken < 0:
            return
        start = _next_start(source, stream, broken + 1)
    if (start < 0 and is_named) or (source.stop and start >= source.stop):
        return
    where = Origin(source.path, f"after offset {broken}", "warc")
    yield SetAside(where, Reason.TRUNCATED, "the archive cannot be read beyond this record")


def _stretch(
    reader: Reader, source: Source, stream: IO[bytes], start: int
) -> Generator[Page | SetAside, None, tuple[int, bool]]:
    """Records from an offset on.

    Returns:
        Offset of the last record met if reading cannot go on behind it, -1 at the end; and whether the break has been named.
    """
    stream.seek(start)
    counted: Any = _Counted(stream)
    records, offset = _records(counted), -1
    while True:
        record, trouble = _tried(next, records, None)
        if record is None:
            break
        offset = record.stream_pos
        if source.stop and offset >= source.stop:
            return -1, True
        one = _survivor(reader, source, record, offset)
        if isinstance(one, SetAside) and one.reason is Reason.BROKEN:
            reader.tally.records -= 1
            yield from _as_it_stands(reader, source, stream, offset, one)
            return offset, True
        if one is not None:
            yield one
        if isinstance(one, _Swallower) or (isinstance(one, Page) and one.is_swallower):
            return offset, True
    if offset < 0 and not trouble:
        trouble = _unknown(stream, start)
    if trouble and offset < 0:
        broken = SetAside(Origin(source.path, f"offset {start}", "warc"), Reason.BROKEN, _no_record(trouble))
        yield from _as_it_stands(reader, source, stream, start, broken)
        return start, True
    if not trouble and source.is_gzip and counted.is_cut():
        where = Origin(source.path, f"after offset {offset}", "warc")
        yield SetAside(where, Reason.TRUNCATED, "the last gzip member is cut off")
    return (offset, False) if trouble else (-1, True)


def _unknown(stream: IO[bytes], start: int) -> str:
    """Name of the trouble where what stands here is a record, but of no kind: its lines end in other ways, say."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    stream.seek(start)
    counted: Any = _Counted(stream)
    record, trouble = _tried(next, ArchiveIterator(counted, record_types=WarcRecordType.any_type), None)
    if record is None or record.record_type != WarcRecordType.unknown:
        return trouble
    return "a record of no known kind; do its lines end with CR and LF?"


def _records(stream: Any, decode: Literal["all", "none"] = "all") -> Any:
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    kinds = WarcRecordType.response | WarcRecordType.conversion | WarcRecordType.resource
    return ArchiveIterator(stream, record_types=kinds, parse_http=True, auto_decode=decode)


def _as_it_stands(
    reader: Reader, source: Source, stream: IO[bytes], offset: int, broken: SetAside
) -> Iterator[Page | SetAside]:
    """A record whose encoding fastwarc does not know, or that is not what its header says: not decoded, or else named."""
    stream.seek(offset)
    record, _ = _tried(next, _records(_Counted(stream), "none"), None)
    if record is None or record.stream_pos != offset:
        reader.tally.records += 1
        yield broken
        return
    one = _survivor(reader, source, record, offset)
    if one is not None:
        yield one


def _no_record(trouble: str) -> str:
    return f"no record can be read here ({trouble})"


def _tried(read: Callable[..., Any], *given: Any) -> tuple[Any, str]:
    """What a call of fastwarc gives, or None and the name of what it raised; its panics are no :class:`Exception`."""
    try:
        return read(*given), ""
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001 - whatever a broken archive raises is named, nothing is hidden
        return None, type(error).__name__


def _survivor(reader: Reader, source: Source, record: Any, offset: int) -> Page | SetAside | None:
    headers = record.http_headers
    content = _media_type(record)
    is_wet = headers is None and content == "text/plain"
    kind = _KINDS.get(content)
    if kind is None or (headers is not None and not _is_success(headers)):
        return None
    if (refused := _refused(reader, source, record, offset)) is not None:
        return refused
    size, limit, tally = int(record.content_length), reader.options.max_bytes, reader.tally
    tally.records += 1
    payload, trouble = _tried(_payload, record, size, limit) if size <= limit else (b"", "")
    is_raw = not trouble and size <= limit and len(payload) <= limit and kind != "pdf"
    if is_raw and reader.keep and not reader.keep(payload, "" if payload.isascii() else _charset(record, headers)):
        tally.passed_over += 1
        tally.content_bytes += len(payload)
        return None
    origin = Origin(source.path, f"offset {offset}", "wet" if is_wet else kind)
    address = _address(record)
    if trouble:
        return SetAside(origin, Reason.BROKEN, f"the record cannot be read to its end ({trouble})", address)
    if len(payload) > limit or size > limit:
        return _streamed_past(record, payload, Origin(origin.path, origin.record, "warc"), address, limit)
    tally.records -= 1  # counted again when it is parsed
    charset = _charset(record, headers)
    is_encoded = headers is not None and bool(headers.get("Content-Encoding") or headers.get("Transfer-Encoding"))
    missing = 0 if is_encoded else max(0, size - len(payload) - _HEADERS)
    swallowed = _NEXT.search(payload)
    whole = payload[: swallowed.start()] if swallowed else payload
    return Page(Origin(origin.path, origin.record, kind), address, charset, whole, missing, swallowed is not None)


def _media_type(record: Any) -> str:
    """Media type as the HTTP headers state it, or where a record has none and is no response, those of the record."""
    if record.http_headers is not None:
        return (record.http_content_type or "").lower()
    stated = str(record.headers.get("Content-Type", "") or "").partition(";")[0].strip().lower()
    return "" if stated == "application/http" else stated


def _refused(reader: Reader, source: Source, record: Any, offset: int) -> SetAside | None:
    """Why a record is not read: it killed its process, or states a length that cannot be."""
    where = Origin(source.path, f"offset {offset}", "warc")
    if reader.enter is not None and (left_out := reader.enter(where.record)):
        return SetAside(where, Reason.KILLED, left_out)
    stated = str(record.headers.get("Content-Length", ""))
    if stated.isascii() and stated.isdigit() and int(stated) <= _MOST_STATED:
        return None
    reader.tally.records += 1
    return _Swallower(where, Reason.TRUNCATED, f"its header states a length that cannot be: {stated[:40]!r}")


def _address(record: Any) -> str:
    """Where the page came from; empty where that is no address of the web."""
    stated = str(record.headers.get("WARC-Target-URI", "") or "").strip("<>")
    return stated if stated.startswith(("http://", "https://")) and stated.isprintable() else ""


def _charset(record: Any, headers: Any) -> str:
    """Charset as the header declares it; extracted text is UTF-8."""
    return "utf-8" if headers is None else record.http_charset or ""


def _payload(record: Any, size: int, limit: int) -> bytes:
    """Up to one byte more than the limit; asking fastwarc for the limit at once costs more than most pages."""
    payload: bytes = record.reader.read(size + 1)
    payload = payload + record.reader.read(limit - size) if len(payload) > size else payload
    if payload.startswith(_GZIP_START):  # under a name of gzip that fastwarc does not know
        with contextlib.suppress(zlib.error):
            return zlib.decompressobj(wbits=31).decompress(payload, limit + 1)
    return payload


def _streamed_past(record: Any, payload: bytes, origin: Origin, address: str, limit: int) -> SetAside:
    digest, past, tail = hashlib.sha256(payload), len(payload), payload
    is_swallowing = _NEXT.search(payload) is not None
    while past < _MOST_PAST and (some := _tried(record.reader.read, _CHUNK)[0]):
        digest.update(some)
        past += len(some)
        is_swallowing = is_swallowing or _NEXT.search(tail[-_OVERLAP:] + some) is not None
        tail = some
    detail = f"a record of more than {limit:,} bytes"
    if is_swallowing:
        return _Swallower(
            origin, Reason.TOO_LARGE, f"{detail}, as its header says; others stand inside it and are read", address
        )
    if past >= _MOST_PAST:
        return SetAside(
            origin, Reason.TOO_LARGE, f"{detail}; more than {_MOST_PAST:,} unpacked, the rest unread", address
        )
    return SetAside(origin, Reason.TOO_LARGE, detail, address, digest.hexdigest())


class _Swallower(SetAside):
    """A record whose stated length covers its neighbours."""

    __slots__ = ()


def _is_success(headers: Any) -> bool:
    """Answers other than success hold no page."""
    code = headers.status_code
    return code is None or 200 <= int(code) < 300


def _next_start(source: Source, stream: IO[bytes], at: int) -> int:
    """Offset of the first record that starts at or behind an offset; -1 if none does. No search beyond the end of the range."""
    stream.seek(at if source.is_gzip else max(0, at - 4))
    at, held = stream.tell(), b""
    while more := stream.read(_CHUNK):
        held += more
        found = _member(held) if source.is_gzip else _uncompressed(held)
        if found >= 0:
            return at + found
        gone = max(0, len(held) - _HEADERS)
        at, held = at + gone, held[gone:]
        if source.stop and at >= source.stop:
            return at
    return -1


def _member(held: bytes) -> int:
    at = held.find(_GZIP_START)
    while at >= 0:
        try:
            if zlib.decompressobj(wbits=31).decompress(held[at : at + 4096], 5) == b"WARC/":
                return at
        except zlib.error:
            pass
        at = held.find(_GZIP_START, at + 1)
    return -1


def _uncompressed(held: bytes) -> int:
    found = _NEXT.search(held)
    return found.start() + 4 if found else -1


class _Counted:
    """A stream that remembers its last bytes, so that a cut gzip member is noticed."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._tail = b""

    def read(self, size: int = -1) -> bytes:
        """Bytes as the stream gives them."""
        some = self._stream.read(size)
        if some:
            self._tail = (self._tail + some)[-65_536:]
        return some

    def tell(self) -> int:
        """Offset in the stream."""
        return self._stream.tell()

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to an offset."""
        return self._stream.seek(offset, whence)

    def is_cut(self) -> bool:
        """Whether the last gzip member that starts in the kept tail has no end."""
        start = self._tail.rfind(b"\x1f\x8b\x08")
        if start < 0:
            return False
        unpack = zlib.decompressobj(wbits=31)
        try:
            rest = self._tail[start:]
            while rest and not unpack.eof:
                unpack.decompress(rest, _CHUNK)
                rest = unpack.unconsumed_tail
        except zlib.error:
            return False
        return not unpack.eof
