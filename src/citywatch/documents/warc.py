"""Web archives: WARC and WET, compressed or not, read with fastwarc."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING, Any

from citywatch.documents.document import Origin, Reason, SetAside
from citywatch.documents.sources import Source

if TYPE_CHECKING:
    from citywatch.documents.readers import Read, Reader

_CHUNK = 1 << 20
_HEADERS = 65_536  # HTTP headers count as content of a record but not of its page
_NEXT = re.compile(rb"\r\n\r\nWARC/1\.[01]\r\n(?=WARC-|Content-)")
_HTML = ("text/html", "application/xhtml+xml", "")
_KINDS = {"application/pdf": "pdf", "text/plain": "text"} | dict.fromkeys(_HTML, "html")


def read_warc(reader: Reader, source: Source, stream: IO[bytes]) -> Iterator[Read]:
    """Responses and conversions of one archive, in file order.

    Pages go through the reader's byte prefilter before anything is parsed. A record over the size limit is streamed
    past and set aside with its hash and offset. What follows a break in the archive cannot be reached and is named.

    Args:
        reader: Holds options, prefilter, worker and tally.
        source: The archive, for naming it.
        stream: Its bytes.
    """
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    kinds = WarcRecordType.response | WarcRecordType.conversion | WarcRecordType.resource
    counted: Any = _Counted(stream)
    offset = 0
    records = ArchiveIterator(counted, record_types=kinds, parse_http=True, auto_decode="all")
    while True:
        record, trouble = _tried(lambda: next(records, None))
        if record is None:
            break
        offset = record.stream_pos
        answer = _record(reader, source, record)
        if answer is not None:
            yield answer
    if trouble:
        yield SetAside(
            Origin(source.path, f"after offset {offset}", "warc"),
            Reason.TRUNCATED,
            f"the archive cannot be read beyond this record ({trouble})",
        )
        return
    if source.is_gzip and counted.is_cut():
        yield SetAside(
            Origin(source.path, f"after offset {offset}", "warc"), Reason.TRUNCATED, "the last gzip member is cut off"
        )


def _tried(read: Callable[[], Any]) -> tuple[Any, str]:
    """What a call of fastwarc gives, or None and the name of what it raised; its panics are no :class:`Exception`."""
    try:
        return read(), ""
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001 - whatever a broken archive raises is named, nothing is hidden
        return None, type(error).__name__


def _record(reader: Reader, source: Source, record: Any) -> Read | None:
    from fastwarc.warc import WarcRecordType

    is_wet = record.record_type == WarcRecordType.conversion
    address = str(record.headers.get("WARC-Target-URI", "") or "").strip("<>")
    origin = Origin(source.path, f"offset {record.stream_pos}", "wet" if is_wet else "warc")
    content = "text/plain" if is_wet else (record.http_content_type or "").lower()
    kind = _KINDS.get(content)
    if kind is None or _is_refused(record):
        return None
    size, limit = int(record.content_length), reader.options.max_bytes
    payload, trouble = _tried(lambda: record.reader.read(limit + 1) if size <= limit else b"")
    if trouble:
        reader.tally.records += 1
        return SetAside(origin, Reason.BROKEN, f"the record cannot be read to its end ({trouble})", address)
    if len(payload) > limit or size > limit:
        digest = hashlib.sha256(payload)
        while some := _tried(lambda: record.reader.read(_CHUNK))[0]:
            digest.update(some)
        reader.tally.records += 1
        return SetAside(origin, Reason.TOO_LARGE, f"a record of more than {limit:,} bytes", address, digest.hexdigest())
    if kind != "pdf" and reader.keep is not None and not reader.keep(payload):
        reader.tally.records += 1
        reader.tally.passed_over += 1
        reader.tally.content_bytes += len(payload)
        return None
    return _parsed(reader, record, payload, Origin(origin.path, origin.record, kind), address)


def _parsed(reader: Reader, record: Any, payload: bytes, origin: Origin, address: str) -> Read:
    """One page; where the record's length lies, the neighbours it swallowed are cut off and the page is flagged."""
    swallowed = _NEXT.search(payload)
    is_short = int(record.content_length) - len(payload) > _HEADERS and not _is_encoded(record)
    flags = (Reason.TRUNCATED,) if swallowed or is_short else ()
    whole = payload[: swallowed.start()] if swallowed else payload
    charset = record.http_charset or ("utf-8" if not record.is_http else "")
    return reader.parse(whole, origin, address=address, charset=charset, flags=flags)


def _is_encoded(record: Any) -> bool:
    headers = record.http_headers
    return headers is not None and bool(headers.get("Content-Encoding") or headers.get("Transfer-Encoding"))


def _is_refused(record: Any) -> bool:
    """Answers other than success hold no page."""
    if not record.is_http or record.http_headers is None:
        return False
    code = record.http_headers.status_code
    return code is not None and not 200 <= int(code) < 300


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
