"""Amounts of money and numbers of cameras, as written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from citywatch.codebook import Folded, fold, money
from citywatch.screening.matcher import Hit

_Value = TypeVar("_Value")
_HAN = dict(zip("一二三四五六七八九", range(1, 10), strict=True)) | {"两": 2}
_LARGEST = 1e14
_FEWEST_CAMERAS, _MOST_CAMERAS = 2, 20_000_000
_DIGIT = re.compile(r"[\d一二三四五六七八九十百两]")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with what it counts.

    Attributes:
        kind: ``amount`` or ``cameras``.
        value: In units of the currency, or cameras.
        unit: Currency as ISO 4217 code (``PES`` for pesos of an unnamed country), or ``cameras``.
        start: First character.
        end: One behind the last.
    """

    kind: str
    value: float
    unit: str
    start: int
    end: int


def find_quantities(text: str, start: int, end: int, units: Sequence[Hit], reach: int) -> tuple[Quantity, ...]:
    """Amounts and camera counts of one sentence.

    Args:
        text: The document's text.
        start: First character of the sentence.
        end: One behind its last.
        units: Words of the sentence that count cameras.
        reach: Characters between a number and such a word.
    """
    piece = text[start:end]
    if not _DIGIT.search(piece):
        return ()
    folded = fold(piece)
    return (*_amounts(folded, start), *_counts(folded, start, units, reach))


def _amounts(folded: Folded, offset: int) -> Iterator[Quantity]:
    known = money()
    for found in known.pattern.finditer(folded.text):
        code = known.before.get(found["before"] or "") or _meaning(known.after, found["after"], "")
        if not code:
            continue
        value = number(found["number"]) * _meaning(known.factors, found["times"], 1.0)
        if 0 < value < _LARGEST and not (value < 100 and not found["times"]):
            first, last = folded.span(found.start(), found.end())
            yield Quantity("amount", value, code, offset + first, offset + last)


def _counts(folded: Folded, offset: int, units: Sequence[Hit], reach: int) -> Iterator[Quantity]:
    known = money()
    for found in known.number.finditer(folded.text):
        first, last = folded.span(found.start(), found.end())
        first, last = first + offset, last + offset
        unit = next(
            (hit for hit in units if hit.end > last and hit.start - last <= reach and hit.start >= last - 1), None
        )
        if unit is None:
            continue
        value = number(found["number"]) * _meaning(known.factors, found["times"], 1.0)
        is_year = value in range(1990, 2036) and not found["times"] and "," not in found["number"]
        if _FEWEST_CAMERAS <= value <= _MOST_CAMERAS and not is_year and value == int(value):
            yield Quantity("cameras", value, "cameras", first, unit.end)


def _meaning(table: Mapping[str, _Value], word: str | None, missing: _Value) -> _Value:
    """Entry of a word or of the longest beginning that the table knows."""
    for length in range(len(word or ""), 0, -1):
        if word is not None and word[:length] in table:
            return table[word[:length]]
    return missing


def number(text: str) -> float:
    """A number as people write it: thousands by comma, point, space or apostrophe; Chinese digits up to hundreds."""
    if text[0] in "一二三四五六七八九十百两":
        return float(_han_number(text))
    text = re.sub(r"[ '\u00a0\u202f]", "", text)
    last = max(text.rfind("."), text.rfind(","))
    if last < 0:
        return float(text)
    head, tail = re.sub("[.,]", "", text[:last]), text[last + 1 :]
    is_grouped = len(tail) == 3 and (head != "0") and len(head) <= 9
    return float(head + tail) if is_grouped else float(f"{head}.{tail}")


def _han_number(text: str) -> int:
    total = unit = 0
    for letter in text:
        if letter in _HAN:
            unit = _HAN[letter]
        else:
            total += (unit or 1) * (10 if letter == "十" else 100)
            unit = 0
    return total + unit
