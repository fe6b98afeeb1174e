"""Folding: how text and terms are made comparable, with offsets into the text as it was.

Case, accents, compatibility forms, hyphens, runs of white space, line breaks between Chinese characters, pinyin in brackets
inside Chinese words, traditional characters, Arabic vowel signs and letter forms all fold away, in terms and in texts alike.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

HAN = "\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TONES = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ"
_DASHES = "\\-\u2010-\u2015\u2212\u00ad\ufe58\ufe63\uff0d"
_GONE = "\u00ad\u034f\u061c\u0640\u064b-\u065f\u0670\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u0300-\u036f"
_GONE += "\ufcf2-\ufcf4\ufe71\ufe77\ufe79\ufe7b\ufe7d\ufe7f"
_LETTERS = ("LATIN", "CYRILLIC", "GREEK", "ARABIC")
_RUN = re.compile(r"[\s\-/_]{2}|[\x00-\x1f`\x7f]")
_ASCII = str.maketrans("-/_", "   ")
# Dots, bars and bare marks that fold to a space one by one; in a run they are one space with their neighbours.
_LIKE_SPACES = "\u207b\u208b\ufe31\ufe32\u00b7\u0387\u2022\ufc5e-\ufc63"
_LIKE_SPACES += "\ufe33\ufe34\ufe4d-\ufe4f\ufe70\ufe72\ufe74\ufe76\ufe78\ufe7a\ufe7c\ufe7e\uff0f\uff3f"
_BY_HAND = {
    "đ": "d",
    "ø": "o",
    "ł": "l",
    "ı": "i",
    "ŀ": "l",
    "Ŀ": "l",
    "İ": "i",
    "ک": "ك",
    "ی": "ي",
    "ى": "ي",
    "ۀ": "ه",
    "’": "'",
    "‘": "'",
    "ʼ": "'",
    "`": "'",
    "´": "'",
    "／": " ",
    "/": " ",
    "_": " ",
    "·": " ",
    "•": " ",
}


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text and the way back.

    Attributes:
        text: The folded text.
        length: Characters of the text as it was.
    """

    text: str
    length: int
    _folded: tuple[int, ...]  # where a piece starts in the folded text
    _before: tuple[int, ...]  # where it starts in the text as it was

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the text as it was.

        Args:
            start: First folded character.
            end: One behind the last folded character; more than ``start``.
        """
        return self._at(start), self._at(end - 1) + 1

    def _at(self, offset: int) -> int:
        piece = bisect_right(self._folded, offset) - 1
        last = self._before[piece + 1] - 1 if piece + 1 < len(self._before) else self.length - 1
        return min(self._before[piece] + offset - self._folded[piece], max(last, self._before[piece]))


def fold_text(text: str) -> str:
    """The folded text alone; the same as ``fold(text).text``, faster for short texts."""
    if text.isascii() and not _RUN.search(text):
        return text.lower().translate(_ASCII)
    return fold(text).text


class _Table(dict[int, str]):
    """Character to folded character, filled as characters are met; every value has one character."""

    def __missing__(self, point: int) -> str:
        folded = _single(chr(point))
        self[point] = folded
        return folded


def fold(text: str) -> Folded:
    """Fold a text.

    Args:
        text: Any text.

    Returns:
        The folded text with offsets. Folding a folded text changes nothing.
    """
    table = _table()
    pieces: list[str] = []
    folded_at, before_at = [0], [0]
    length = done = 0
    for found in _irregular().finditer(text):
        start, end = found.span()
        pieces.append(text[done:start].translate(table))
        length += start - done
        replaced = _replacement(found)
        folded_at.append(length)
        before_at.append(start)
        pieces.append(replaced)
        length += len(replaced)
        folded_at.append(length)
        before_at.append(end)
        done = end
    pieces.append(text[done:].translate(table))
    return Folded("".join(pieces), len(text), tuple(folded_at), tuple(before_at))


@cache
def _table() -> _Table:
    return _Table()


@cache
def _han() -> dict[str, str]:
    lines = (files("citywatch") / "data" / "codebook" / "han_fold.txt").read_text(encoding="utf-8").splitlines()
    return {line[0]: line[1] for line in lines if not line.startswith("#")}


@cache
def _several() -> str:
    """Characters that fold to more than one."""
    return "".join(
        chr(point)
        for point in (
            *range(0xA0, 0x250),
            *range(0x1E00, 0x1F00),
            *range(0x2000, 0x2500),
            *range(0x3200, 0x3400),
            *range(0xFB00, 0xFB07),
            *range(0xFB50, 0xFE00),
            *range(0xFE70, 0xFF00),
        )
        if chr(point) not in _BY_HAND and _is_several(_compared(chr(point)))
    )


def _is_several(folded: str) -> bool:
    """Several letters, none of them a space or a mark that would fold further."""
    return len(folded) > 1 and not re.search(f"[\\s{_DASHES}{_GONE}/_]", folded)


@cache
def _irregular() -> re.Pattern[str]:
    return re.compile(
        f"(?P<pinyin>(?<=[{HAN}])[(（](?=[a-züêA-Z]{{0,6}}[{_TONES}])[a-züê{_TONES}]{{1,7}}[)）])"
        f"|(?P<gap>(?<=[{HAN}])[\\s{_GONE}]+(?=[{HAN}]))"
        f"|(?P<gone>[{_GONE}]+)"
        f"|(?P<space>[\\s{_DASHES}/_{_LIKE_SPACES}]{{2,}})"
        f"|(?P<several>[{re.escape(_several())}])"
    )


def _replacement(found: re.Match[str]) -> str:
    kind = found.lastgroup
    if kind == "space":
        return " "
    return "".join(_single(one) for one in _compared(found[0])) if kind == "several" else ""


def _compared(character: str) -> str:
    """Compatibility form in lower case, marks stripped from letters of alphabets."""
    text = unicodedata.normalize("NFKC", character).casefold()
    if any(unicodedata.name(one, "").startswith(_LETTERS) for one in text):
        text = "".join(one for one in unicodedata.normalize("NFD", text) if not unicodedata.combining(one))
    return text or character


def _single(character: str) -> str:
    if character in _BY_HAND:
        return _BY_HAND[character]
    if re.match(f"[\\s{_DASHES}]", character):
        return " "
    text = _compared(character)
    text = text if len(text) == 1 else character
    folded = _han().get(text, _BY_HAND.get(text, text))
    return folded if folded == character else _single(folded)
