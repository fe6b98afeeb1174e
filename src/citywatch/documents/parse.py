"""What the worker runs: one call per document, by kind."""

from __future__ import annotations

import html
import io
import logging
import re
import warnings
from typing import Any

from citywatch.documents.charset import decode
from citywatch.documents.html import iso_date, read_html
from citywatch.foreign import ForeignError

PAGES = 3000
_REFERENCE = re.compile(r"&#(?:\d{2,7}|[xX][0-9a-fA-F]{2,6});")
_PDF_DATE = re.compile(r"D:(\d{4})(\d{2})?(\d{2})?")


def parse(options: dict[str, Any], payload: bytes) -> dict[str, Any]:
    """Text and facts of one document.

    Args:
        options: ``kind`` (``html``, ``pdf`` or ``text``), ``charset`` as declared, ``address``.
        payload: The document as received.

    Raises:
        ForeignError: If it is encrypted.
    """
    if options["kind"] == "pdf":
        return read_pdf(payload)
    if options["kind"] == "html":
        return read_html(payload, options.get("charset", ""), options.get("address", ""))
    return read_text(payload, options.get("charset", ""))


def read_text(payload: bytes, declared: str) -> dict[str, Any]:
    """A plain text; numeric character references are resolved."""
    text, charset, lost = decode(payload, declared)
    text = _REFERENCE.sub(lambda found: html.unescape(found[0]), text).replace("\x00", " ")
    return {
        "text": text,
        "title": "",
        "published": "",
        "charset": charset,
        "lost": lost,
        "is_full": False,
    }


def read_pdf(payload: bytes) -> dict[str, Any]:
    """Text of a PDF, page after page, with its title and the date it was made.

    Raises:
        ForeignError: If a password is needed, or no page can be read.
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    try:
        reader = PdfReader(io.BytesIO(payload))
        if reader.is_encrypted and not _opens(reader):
            raise ForeignError("encrypted", "a password is needed to read it")
        pages = [page.extract_text() for page in reader.pages[:PAGES]]
        facts = reader.metadata
    except PyPdfError as error:
        raise ForeignError("broken", f"it is no sound PDF ({type(error).__name__})") from error
    text = "\n\n".join(pages)
    return {
        "text": text,
        "title": str(facts.title or "") if facts else "",
        "published": _pdf_date(str(facts.get("/CreationDate", "")) if facts else ""),
        "charset": "",
        "lost": 0.0,
        "is_full": False,
    }


def _opens(reader: Any) -> bool:
    """Whether the empty password opens it; a cipher that this machine cannot undo counts as locked."""
    try:
        return bool(reader.decrypt(""))
    except Exception:  # noqa: BLE001 - the ciphers' libraries raise what they like
        return False


def _pdf_date(text: str) -> str:
    found = _PDF_DATE.match(text)
    return iso_date("-".join(part for part in found.groups() if part)) if found else ""
