"""Writing web archives: WARC 1.1, one gzip member per record, SHA-256 of block and payload."""

from __future__ import annotations

import gzip
import hashlib
import io
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from citywatch.documents.fetch import Exchange

if TYPE_CHECKING:
    from fastwarc.warc import WarcRecordType


def exchange_records(exchange: Exchange) -> list[bytes]:
    """Response and request of one exchange as finished gzip members; the response comes first."""
    from fastwarc.warc import WarcRecordType

    response = exchange.head + exchange.body
    about = {"WARC-Target-URI": exchange.address, "WARC-IP-Address": exchange.ip}
    name = _urn("response", exchange.address, exchange.at, response)
    payload = {"WARC-Payload-Digest": digest(exchange.body), "Content-Type": "application/http; msgtype=response"}
    asked = {"WARC-Concurrent-To": f"<{name}>", "Content-Type": "application/http; msgtype=request"}
    return [
        _record(WarcRecordType.response, name, exchange.at, about | payload, response),
        _record(
            WarcRecordType.request, _urn("request", exchange.address, exchange.at, exchange.request), exchange.at,
            about | asked, exchange.request,
        ),
    ]  # fmt: skip


def info_record(at: datetime, version: str, agent: str, *, name: str) -> bytes:
    """The record that opens an archive."""
    from fastwarc.warc import WarcRecordType

    lines = {
        "software": f"Citywatch/{version}",
        "format": "WARC File Format 1.1",
        "conformsTo": "iipc WARC 1.1",
        "robots": "obey (RFC 9309)",
        "http-header-user-agent": agent,
    }
    content = "".join(f"{key}: {text}\r\n" for key, text in lines.items()).encode("utf-8", "replace")
    headers = {"WARC-Filename": name, "Content-Type": "application/warc-fields"}
    return _record(WarcRecordType.warcinfo, _urn("warcinfo", name, at, content), at, headers, content)


def digest(content: bytes) -> str:
    """Labelled SHA-256."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _record(kind: WarcRecordType, name: str, at: datetime, headers: dict[str, str], block: bytes) -> bytes:
    from fastwarc.warc import WarcRecord

    record = WarcRecord()
    record.init_headers(record_type=kind, record_urn=name.removeprefix("urn:").encode())
    record.headers["WARC-Date"] = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    for key, text in headers.items():
        record.headers[key] = text
    record.headers["WARC-Block-Digest"] = digest(block)
    record.set_bytes_content(block)
    buffer = io.BytesIO()
    record.write(buffer)
    return gzip.compress(buffer.getvalue(), mtime=0)


def _urn(kind: str, address: str, at: datetime, block: bytes) -> str:
    """Name of a record: the same exchange has the same name."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'{kind} {address} {at.isoformat()} {digest(block)}')}"
