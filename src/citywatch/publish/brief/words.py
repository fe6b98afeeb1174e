"""Words of the brief: every number goes through a ledger that keeps the key of what it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import yaml

from citywatch.errors import VocabularyError
from citywatch.publish.settings import FOLDER as PUBLISH
from citywatch.uncertainty import Interval, percent, percent_range, plain, times, times_range
from citywatch.uncertainty.format import EN_DASH, NO_BREAK

FOLDER = PUBLISH / "brief"

Piece = dict[str, Any]
"""``{"t": text}``, ``{"n": number as shown, "k": its key}``, ``{"b": pieces in bold}`` or ``{"i": pieces in italics}``."""

Rich = list[Piece]
"""Text in pieces; the template sets it and never runs it."""

_NUMBER = re.compile(r"\d+(?:[.,:/–-]\d+)*(?:\u00a0%)?")
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
_QUOTED = re.compile(r'"([^"]+)"')
_MARKUP = re.compile(r"\{(\w+)\}|(\*\*|\*)")


@dataclass
class Ledger:
    """Every number of the brief with its key, in the order of the pages.

    Attributes:
        numbers: Key and text.
    """

    numbers: list[tuple[str, str]] = field(default_factory=list)

    def number(self, key: str, text: str) -> Rich:
        """One number.

        Args:
            key: Key of a finding, a share or a count, or ``table:<name>.<column>``.
            text: The number as shown.
        """
        self.numbers.append((key, text))
        return [{"n": text, "k": key}]

    def quote(self, key: str, text: str) -> Rich:
        """A text of the release; the numbers inside carry the key of the text."""
        pieces: Rich = []
        text = _typographic(text)
        end = 0
        for found in _NUMBER.finditer(text):
            pieces += _plain(text[end : found.start()]) + self.number(key, found.group())
            end = found.end()
        return pieces + _plain(text[end:])

    def whole(self, key: str, value: float) -> Rich:
        """A count."""
        return self.number(key, plain(value))

    def percent(self, key: str, value: float) -> Rich:
        """``42 %``."""
        return self.number(key, percent(value))

    def range(self, key: str, interval: Interval) -> Rich:
        """``27–58 %``."""
        return self.number(key, percent_range(interval))

    def bare_range(self, key: str, low: float, high: float) -> Rich:
        """``27–58`` for columns whose head says percent."""
        return self.number(key, f"{plain(low)}{EN_DASH}{plain(high)}")

    def times(self, key: str, value: float) -> Rich:
        """``1.8``."""
        return self.number(key, times(value))

    def times_range(self, key: str, interval: Interval) -> Rich:
        """``1.2–2.4``."""
        return self.number(key, times_range(interval))


def interval_of(raw: Mapping[str, Any]) -> Interval:
    """Interval as the release holds it."""
    return Interval(raw["low"], raw["high"], raw["level"], raw["method"], raw.get("note", ""))


def _typographic(text: str) -> str:
    """Curly apostrophes and quotation marks for straight ones."""
    return _QUOTED.sub("“\\1”", _APOSTROPHE.sub("’", text))


def _plain(text: str) -> Rich:
    return [{"t": text}] if text else []


def say(*parts: str | Rich) -> Rich:
    """Texts and pieces, one after the other."""
    return [piece for part in parts for piece in (_plain(part) if isinstance(part, str) else part)]


def joined(parts: Sequence[Rich], between: str = ", ", last: str = " and ") -> Rich:
    """``a, b and c``.

    Args:
        parts: What to join.
        between: Between all but the last two.
        last: Before the last one.
    """
    pieces: Rich = []
    for index, part in enumerate(parts):
        if index:
            pieces += _plain(last if index == len(parts) - 1 else between)
        pieces += part
    return pieces


def capital(pieces: Rich) -> Rich:
    """The same with a capital at the start, if it starts with text."""
    first = pieces[0].get("t", "") if pieces else ""
    return [{"t": first[:1].upper() + first[1:]}, *pieces[1:]] if first else pieces


def flat(pieces: Iterable[Piece]) -> str:
    """Pieces as one text, for tests and for descriptions of drawings."""
    return "".join(piece.get("t") or piece.get("n") or flat(piece.get("b") or piece.get("i") or ()) for piece in pieces)


class Words:
    """Messages of the brief in one language.

    A message may hold ``{placeholders}``, ``**bold**`` and ``*italics*``; values are put in afterwards and never read
    as markup. No message holds a digit: numbers come in through placeholders.

    Args:
        texts: Message by key; ``{"one": ..., "other": ...}`` where the number matters.
    """

    def __init__(self, texts: Mapping[str, Any]) -> None:
        self._texts = texts

    def __contains__(self, key: str) -> bool:
        return key in self._texts

    def __call__(self, key: str, /, **values: str | Rich) -> Rich:
        """A message with its values.

        Args:
            key: Key of the message.
            values: Values of the placeholders.

        Raises:
            VocabularyError: If the key is unknown or a placeholder has no value.
        """
        return self._say(key, "other", values)

    def plural(self, key: str, number: float, /, **values: str | Rich) -> Rich:
        """A message in the form that a number asks for.

        Args:
            key: Key of the message.
            number: Chooses between ``one`` and ``other``; not shown by itself.
            values: Values of the placeholders.

        Raises:
            VocabularyError: If the key is unknown or a placeholder has no value.
        """
        return self._say(key, "one" if number == 1 else "other", values)

    def _say(self, key: str, form: str, values: Mapping[str, str | Rich]) -> Rich:
        try:
            entry = self._texts[key]
            return _fill((entry if isinstance(entry, str) else entry[form]).strip(), values)
        except KeyError as error:
            raise VocabularyError(
                f"brief message {key!r}: {error} is missing; add it to data/publish/brief/en.yml"
            ) from error


def _fill(text: str, values: Mapping[str, str | Rich]) -> Rich:
    stack: list[tuple[str, Rich]] = [("", [])]
    end = 0
    for found in _MARKUP.finditer(text):
        stack[-1][1].extend(_plain(text[end : found.start()]))
        end = found.end()
        name, mark = found.groups()
        if name:
            stack[-1][1].extend(say(values[name]))
        elif stack[-1][0] == mark:
            _, inner = stack.pop()
            stack[-1][1].append({"b" if mark == "**" else "i": inner})
        else:
            stack.append((mark, []))
    if len(stack) > 1:
        raise VocabularyError(f"brief message {text[:60]!r}: a {stack[-1][0]} has no end")
    return stack[0][1] + _plain(text[end:])


@cache
def words(language: str = "en") -> Words:
    """Messages of one language."""
    texts = yaml.safe_load((FOLDER / f"{language}.yml").read_text(encoding="utf-8"))
    return Words({key: _clean(text) for key, text in texts.items()})


def _clean(text: Any) -> Any:
    if isinstance(text, str):
        return text.replace(" %", f"{NO_BREAK}%").replace("~", NO_BREAK)
    return {form: _clean(entry) for form, entry in text.items()}


@cache
def plan() -> dict[str, Any]:
    """What the brief shows, in which order; read from ``data/publish/brief/brief.yml``."""
    loaded: dict[str, Any] = yaml.safe_load((FOLDER / "brief.yml").read_text(encoding="utf-8"))
    return loaded


class Dates:
    """Dates in words, tagged.

    Args:
        ledger: Takes the numbers.
        words: Messages; ``month.1`` to ``month.12`` are the names of months.
    """

    def __init__(self, ledger: Ledger, words: Words) -> None:
        self._ledger, self._words = ledger, words

    def text(self, key: str, iso: str) -> Rich:
        """``23 November 2026``, ``September 2019`` or ``2019``.

        Args:
            key: Key of the number.
            iso: ``YYYY-MM-DD``, ``YYYY-MM`` or ``YYYY``.
        """
        parts = iso.split("-")
        shown = [parts[0]]
        if len(parts) > 1:
            shown.insert(0, flat(self._words(f"month.{int(parts[1])}")))
        if len(parts) > 2:
            shown.insert(0, str(int(parts[2])))
        return self._ledger.number(key, NO_BREAK.join(shown))
