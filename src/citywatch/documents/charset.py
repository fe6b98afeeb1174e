"""Bytes to text: charsets declared, declared wrongly, or not at all."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from functools import cache

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_META = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_:.\-]{2,40})""", re.IGNORECASE
)
_HEAD = 4096
_MOST_ZERO = 0.9  # of every other byte, in text of Latin letters as UTF-16
# A page that names a subset of a charset is read with the superset that browsers use.
_WIDER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "cp936": "gb18030",
    "hz": "gb18030",
    "big5": "big5hkscs",
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
_ONES = re.compile("[\ufffd\x80-\x9f]")
_STRETCH = re.compile(rb"[\x80-\xff][^<>]*")
_SAMPLE = 8_192  # bytes of text beyond ASCII that detection reads; markup and more text only make it slow


def decode(data: bytes, declared: str = "") -> tuple[str, str, float]:
    """Text of bytes that may be in any charset.

    A byte order mark wins, then zero bytes at every other place (UTF-16), then valid UTF-8, then the declared charset if the bytes
    fit it, then detection.

    Args:
        data: The bytes as received.
        declared: Charset as a header named it; empty if none did. A ``meta`` element is looked up here.

    Returns:
        The text without byte order mark, the charset, and the share of characters that could not be decoded (0 to 1).
    """
    for mark, name in _BOMS:
        if data.startswith(mark):
            text = data[len(mark) :].decode("utf-8", "replace") if name == "utf-8" else data.decode(name, "replace")
            return text, name, _lost(text)
    if wide := _wide(data[:_HEAD]):
        text = data.decode(wide, "replace")
        return text, wide, _lost(text)
    unicode = _strict(data, "utf-8")
    if unicode is not None:
        return unicode, "utf-8", 0.0
    for label in (declared, _meta(data)):
        name = known_charset(label)
        fitting = _strict(data, name) if name and name != "utf-8" else None
        if fitting is not None:
            return fitting, name, 0.0
    return _detected(data, known_charset(declared) or known_charset(_meta(data)))


def _wide(head: bytes) -> str:
    """UTF-16 without a mark, told from its zero bytes; empty if it is not."""
    if b"\x00" not in head:
        return ""
    high, low = head[0::2].count(0) / max(1, len(head[0::2])), head[1::2].count(0) / max(1, len(head[1::2]))
    if max(high, low) < _MOST_ZERO or min(high, low) > 1 - _MOST_ZERO:
        return ""
    return "utf-16-be" if high > low else "utf-16-le"


def known_charset(label: str) -> str:
    """Python's name of a charset, widened as browsers do; empty if it is not known or no text charset."""
    try:
        name = codecs.lookup(label.strip()).name
        "".encode(name)
    except (LookupError, UnicodeError, ValueError):
        return ""
    return _WIDER.get(name, name)


def _meta(data: bytes) -> str:
    found = _META.search(data[:_HEAD])
    return found[1].decode("ascii") if found else ""


def _strict(data: bytes, name: str) -> str | None:
    try:
        text = data.decode(name)
    except (UnicodeDecodeError, LookupError):
        return None
    may_hold_ones = name != "utf-8" and any(head in data for head in _heads_of_ones(name))
    return None if may_hold_ones and _ONES.search(text) else text


@cache
def _heads_of_ones(name: str) -> frozenset[bytes]:
    """What every spelling of a control character begins with in a charset; looking for these is faster than reading the text."""
    if name.startswith("utf"):
        return frozenset([b""])
    found = set()
    for character in ("\ufffd", *map(chr, range(0x80, 0xA0))):
        with suppress(UnicodeEncodeError):
            found.add(character.encode(name)[:2])
    return frozenset(found)


def _detected(data: bytes, declared: str) -> tuple[str, str, float]:
    """The charset that loses least: a few broken bytes must not turn a Chinese page into noise."""
    names = dict.fromkeys(name for name in (declared, _detect(data), "utf-8", "gb18030", "cp1252") if name)
    tried = [(text := data.decode(name, "replace"), name, _lost(text)) for name in names]
    few = [one for one in tried[:-2] if one[2] < 0.01]
    return few[0] if few else min(tried, key=lambda one: one[2])


def _detect(data: bytes) -> str:
    from resiliparse.parse.encoding import detect_encoding

    return known_charset(detect_encoding(_sample(data)) or "")


def _sample(data: bytes) -> bytes:
    """The first stretches of text that begin with a byte beyond ASCII, so that no character is cut at its front."""
    parts, length = [], 0
    for stretch in _STRETCH.finditer(data):
        parts.append(stretch[0][: _SAMPLE - length])
        length += len(parts[-1])
        if length >= _SAMPLE:
            break
    return b" " + b" ".join(parts)  # two of its bytes must not look like a byte order mark


def _lost(text: str) -> float:
    return len(_ONES.findall(text)) / max(1, len(text))
