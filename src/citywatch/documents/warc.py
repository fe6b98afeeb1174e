"""Web archives: WARC and WET, compressed or not, read with fastwarc."""

from __future__ import annotations

import hashlib
import io
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import IO, TYPE_CHECKING, Any

from citywatch.documents.document import Origin, Reason, SetAside
from citywatch.documents.sources import Source

if TYPE_CHECKING:
    from citywatch.documents.readers import Read, Reader

_CHUNK = 1 << 20
_MOST_PAST = 1_000_000_000  # bytes of an oversized record that are unpacked for its hash; a bomb is left unread beyond
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
    """

    origin: Origin
    address: str
    charset: str
    payload: bytes = field(repr=False)
    missing: int


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
            yield from _parsed(reader, source, one)


def survivors(reader: Reader, source: Source, stream: IO[bytes]) -> Iterator[Page | SetAside]:
    """Records that the prefilter keeps, not parsed yet, with what was set aside."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    kinds = WarcRecordType.response | WarcRecordType.conversion | WarcRecordType.resource
    offset = _aligned(source, stream)
    if offset < 0:
        return
    counted: Any = _Counted(stream)
    records = ArchiveIterator(counted, record_types=kinds, parse_http=True, auto_decode="all")
    trouble = ""
    while True:
        record, trouble = _tried(next, records, None)
        if record is None:
            break
        offset = record.stream_pos
        if source.stop and offset >= source.stop:
            return
        one = _survivor(reader, source, record, offset)
        if one is not None:
            yield one
    if not trouble and source.is_gzip and counted.is_cut():
        trouble = "the last gzip member is cut off"
    elif trouble:
        trouble = f"the archive cannot be read beyond this record ({trouble})"
    if trouble:
        yield SetAside(Origin(source.path, f"after offset {offset}", "warc"), Reason.TRUNCATED, trouble)


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
    content = record.http_content_type if headers is not None else ""
    is_wet = headers is None and str(record.headers.get("Content-Type", "")).startswith("text/plain")
    kind = "text" if is_wet else _KINDS.get(content.lower() if content else "")
    if kind is None or (headers is not None and not _is_success(headers)):
        return None
    if reader.enter is not None and (left_out := reader.enter(f"offset {offset}")):
        return SetAside(Origin(source.path, f"offset {offset}", "warc"), Reason.KILLED, left_out)
    size, limit, tally = int(record.content_length), reader.options.max_bytes, reader.tally
    tally.records += 1
    payload, trouble = _tried(_payload, record, size, limit) if size <= limit else (b"", "")
    is_raw = not trouble and size <= limit and len(payload) <= limit and kind != "pdf"
    if is_raw and reader.keep and not reader.keep(payload, "" if payload.isascii() else _charset(record, headers)):
        tally.passed_over += 1
        tally.content_bytes += len(payload)
        return None
    origin = Origin(source.path, f"offset {offset}", "wet" if is_wet else kind)
    address = str(record.headers.get("WARC-Target-URI", "") or "").strip("<>")
    if trouble:
        return SetAside(origin, Reason.BROKEN, f"the record cannot be read to its end ({trouble})", address)
    if len(payload) > limit or size > limit:
        return _streamed_past(record, payload, Origin(origin.path, origin.record, "warc"), address, limit)
    tally.records -= 1  # counted again when it is parsed
    charset = _charset(record, headers)
    is_encoded = headers is not None and bool(headers.get("Content-Encoding") or headers.get("Transfer-Encoding"))
    missing = 0 if is_encoded else max(0, size - len(payload) - _HEADERS)
    return Page(Origin(origin.path, origin.record, kind), address, charset, payload, missing)


def _charset(record: Any, headers: Any) -> str:
    """Charset as the header declares it; extracted text is UTF-8."""
    return "utf-8" if headers is None else record.http_charset or ""


def _payload(record: Any, size: int, limit: int) -> bytes:
    """Up to one byte more than the limit; asking fastwarc for the limit at once costs more than most pages."""
    payload: bytes = record.reader.read(size + 1)
    return payload + record.reader.read(limit - size) if len(payload) > size else payload


def _streamed_past(record: Any, payload: bytes, origin: Origin, address: str, limit: int) -> SetAside:
    digest, past = hashlib.sha256(payload), len(payload)
    while past < _MOST_PAST and (some := _tried(record.reader.read, _CHUNK)[0]):
        digest.update(some)
        past += len(some)
    detail = f"a record of more than {limit:,} bytes"
    if past >= _MOST_PAST:
        return SetAside(
            origin, Reason.TOO_LARGE, f"{detail}; more than {_MOST_PAST:,} unpacked, the rest unread", address
        )
    return SetAside(origin, Reason.TOO_LARGE, detail, address, digest.hexdigest())


def _parsed(reader: Reader, source: Source, page: Page) -> Iterator[Read]:
    """One page; where the record's length lies, the neighbours it swallowed are read on their own and the page is flagged."""
    swallowed = _NEXT.search(page.payload)
    flags = (Reason.TRUNCATED,) if swallowed or page.missing else ()
    whole = page.payload[: swallowed.start()] if swallowed else page.payload
    yield reader.parse(whole, page.origin, address=page.address, charset=page.charset, flags=flags)
    if swallowed:
        rest = Source(source.path.removesuffix(".gz"))
        for one in read_warc(reader, rest, io.BytesIO(page.payload[swallowed.start() + 4 :])):
            where = f"{page.origin.record}, swallowed {one.origin.record}"
            yield replace(one, origin=replace(one.origin, path=source.path, record=where))


def _is_success(headers: Any) -> bool:
    """Answers other than success hold no page."""
    code = headers.status_code
    return code is None or 200 <= int(code) < 300


def _aligned(source: Source, stream: IO[bytes]) -> int:
    """Go to the first record that starts in the range; its offset, or -1 if none does."""
    if not source.start:
        return 0
    stream.seek(source.start if source.is_gzip else source.start - 4)
    at, held = stream.tell(), b""
    while more := stream.read(_CHUNK):
        held += more
        found = _member(held) if source.is_gzip else _uncompressed(held)
        if found >= 0:
            at += found
            stream.seek(at)
            return -1 if source.stop and at >= source.stop else at
        gone = max(0, len(held) - _HEADERS)
        at, held = at + gone, held[gone:]
        if source.stop and at >= source.stop:
            return -1
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
        import zlib

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
