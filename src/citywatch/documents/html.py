"""HTML to text: main content, title, date. Runs in the worker."""

from __future__ import annotations

import html
import re
from typing import Any

from citywatch.documents.charset import decode

_TITLE = re.compile(r"<title[^>]*>(.{1,1000}?)</title", re.IGNORECASE | re.DOTALL)
_META = re.compile(r"<meta\s[^>]{1,2000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-zA-Z:_-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_JSON_DATE = re.compile(r'"datePublished"\s*:\s*"([^"]{4,40})"')
_TIME = re.compile(r"""<time[^>]{0,300}?datetime\s*=\s*["']([^"']{4,40})["']""", re.IGNORECASE)
_ISO = re.compile(r"\b((?:19|20)\d{2})[-/.年](\d{1,2})(?:[-/.月](\d{1,2}))?")
_IN_ADDRESS = re.compile(r"(?<!\d)((?:19|20)\d{2})[/-]?(0[1-9]|1[0-2])(?:[/-]?(0[1-9]|[12]\d|3[01]))?(?!\d)")
_DATE_NAMES = (
    "article:published_time",
    "datepublished",
    "og:published_time",
    "publishdate",
    "pubdate",
    "publish_date",
    "publication_date",
    "dc.date.issued",
    "dc.date",
    "dcterms.date",
    "date",
    "sailthru.date",
    "parsely-pub-date",
    "weibo: article:create_at",
)
_SHORT = 150
_SPACE = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\s*\n\s*(?:\n\s*)+")


def read_html(data: bytes, declared: str, address: str) -> dict[str, Any]:
    """Text and facts of one page.

    Args:
        data: The page as received.
        declared: Charset as the header named it; may be empty.
        address: Where it was found; may be empty. A date in the address counts where the page names none.

    Returns:
        ``text`` (may be empty), ``title``, ``published``, ``charset``, ``lost`` (share of characters that
        could not be decoded) and ``is_full`` (main content could not be told from the rest).
    """
    from resiliparse.extract.html2text import extract_plain_text

    page, charset, lost = decode(data, declared)
    options: dict[str, Any] = {
        "preserve_formatting": True,
        "alt_texts": False,
        "list_bullets": False,
        "comments": False,
    }
    body = _tidy(extract_plain_text(page, main_content=True, **options))
    is_full = len(body) < _SHORT
    if is_full:
        longer = _tidy(extract_plain_text(page, main_content=False, **options))
        is_full = len(longer) > 2 * len(body)
        body = longer if is_full else body
    metas = _metas(page)
    title = _one_line(metas.get("og:title") or _first(_TITLE, page))
    return {
        "text": body,
        "title": title,
        "published": _published(page, metas, address),
        "charset": charset,
        "lost": lost,
        "is_full": is_full,
    }


def _metas(page: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in _META.findall(page):
        pairs = {name.lower(): a or b or c for name, a, b, c in _ATTRIBUTE.findall(element)}
        name = (pairs.get("property") or pairs.get("name") or pairs.get("itemprop") or "").lower()
        if name and pairs.get("content"):
            found.setdefault(name, pairs["content"])
    return found


def _published(page: str, metas: dict[str, str], address: str) -> str:
    named = next((metas[name] for name in _DATE_NAMES if name in metas), "")
    for text in (named, _first(_JSON_DATE, page), _first(_TIME, page)):
        if date := iso_date(text):
            return date
    found = _IN_ADDRESS.search(address)
    return iso_date("-".join(part for part in found.groups() if part)) if found else ""


def iso_date(text: str) -> str:
    """First date of a text as ``YYYY-MM-DD`` or ``YYYY-MM``; empty if it holds none that exists."""
    from citywatch.errors import InputError
    from citywatch.tables import PartialDate

    found = _ISO.search(text)
    if found is None:
        return ""
    year, month, day = found.groups()
    parts = [year, month.zfill(2), *([day.zfill(2)] if day else [])]
    for length in range(len(parts), 1, -1):
        try:
            return PartialDate.parse("-".join(parts[:length])).text
        except InputError:
            continue
    return ""


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""


def _one_line(text: str) -> str:
    return " ".join(html.unescape(text).split())[:500]


def _tidy(text: str) -> str:
    return _LINES.sub("\n\n", _SPACE.sub(" ", text)).strip()
