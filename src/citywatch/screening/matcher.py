"""Finding every term of the lexicon in a folded text, in one pass.

hyperscan (or, where it has no wheel, Aho-Corasick) finds the letters that a term begins with; the term's own pattern then
decides at that offset. Both engines find the same, and the same as trying every pattern at every offset.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np

from citywatch.codebook import Folded, Term
from citywatch.screening.compiled import compiled
from citywatch.screening.scanners import first_engine


@dataclass(frozen=True, slots=True)
class Hit:
    """A term in a text.

    Attributes:
        term: What was found.
        start: First character, in the text as it was.
        end: One behind the last character.
    """

    term: Term
    start: int
    end: int


class Scanner(Protocol):
    """Finds fixed strings."""

    def scan(self, text: str) -> Iterator[tuple[int, int]]:
        """Index of a string and the offset it starts at, for every occurrence, in any order."""


class Matcher:
    """Finds terms.

    Args:
        terms: What to look for.
        engine: ``hyperscan`` or ``ahocorasick``; empty takes the first that is installed.

    Raises:
        MissingExtraError: If no engine is installed.
        SettingError: If the engine is not known.
    """

    def __init__(self, terms: Sequence[Term], engine: str = "") -> None:
        by_prefix: defaultdict[str, list[Term]] = defaultdict(list)
        for term in terms:
            by_prefix[term.prefix].append(term)
        self._groups = list(by_prefix.values())
        self._scanner = make_scanner(list(by_prefix), engine)

    def find(self, folded: Folded, text: str) -> list[Hit]:
        """Every term at every offset, overlapping ones included, sorted by offset.

        Args:
            folded: The folded text.
            text: The text as it was.
        """
        found: list[Hit] = []
        for group, start in self._scanner.scan(folded.text):
            for term in self._groups[group]:
                end = term.match(folded.text, start)
                if end < 0:
                    continue
                span = folded.span(start, end)
                if not term.as_written or text[span[0] : span[1]] == term.as_written:
                    found.append(Hit(term, *span))
        return sorted(found, key=_order)


def find_slowly(terms: Sequence[Term], folded: Folded, text: str) -> list[Hit]:
    """The same as :meth:`Matcher.find`, by trying every pattern at every offset; for tests."""
    found = []
    for term in terms:
        pattern = _compiled(term.pattern)
        for start in range(len(folded.text)):
            met = pattern.match(folded.text, start)
            if met is not None:
                span = folded.span(start, met.end())
                if not term.as_written or text[span[0] : span[1]] == term.as_written:
                    found.append(Hit(term, *span))
    return sorted(found, key=_order)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Kept for good: ``re`` itself forgets after some hundred patterns."""
    return re.compile(pattern)


def _order(hit: Hit) -> tuple[int, int, str, str, str, str]:
    return hit.start, hit.end, hit.term.role, hit.term.value, hit.term.text, hit.term.as_written


def make_scanner(strings: Sequence[str], engine: str = "") -> Scanner:
    """A scanner for fixed strings.

    Raises:
        MissingExtraError: If no engine is installed.
        SettingError: If the engine is not known.
    """
    makers: dict[str, Callable[[Sequence[str]], Scanner]] = {"hyperscan": _Hyperscan, "ahocorasick": _AhoCorasick}
    return first_engine(makers, strings, engine)


class _Hyperscan:
    """Works on UTF-8 bytes; offsets are counted back into characters."""

    def __init__(self, strings: Sequence[str]) -> None:
        import hyperscan

        encoded = [string.encode() for string in strings]
        self._lengths = [len(one) for one in encoded]
        self._database = compiled([b"".join(b"\\x%02x" % byte for byte in one) for one in encoded], 0)
        self._scratch = hyperscan.Scratch(self._database)

    def scan(self, text: str) -> Iterator[tuple[int, int]]:
        data = text.encode()
        found: list[tuple[int, int]] = []

        def note(index: int, _start: int, end: int, _flags: int, _context: object) -> None:
            found.append((index, end))

        self._database.scan(data, match_event_handler=note, scratch=self._scratch)
        lengths = self._lengths
        if len(data) == len(text):
            return ((index, end - lengths[index]) for index, end in found)
        starts = np.cumsum((np.frombuffer(data, np.uint8) & 0xC0) != 0x80) - 1
        return ((index, int(starts[end - lengths[index]])) for index, end in found)


class _AhoCorasick:
    def __init__(self, strings: Sequence[str]) -> None:
        import ahocorasick_rs

        self._automaton = ahocorasick_rs.AhoCorasick(
            list(strings), implementation=ahocorasick_rs.Implementation.ContiguousNFA
        )

    def scan(self, text: str) -> Iterator[tuple[int, int]]:
        return ((index, start) for index, start, _ in self._automaton.find_matches_as_indexes(text, overlapping=True))
