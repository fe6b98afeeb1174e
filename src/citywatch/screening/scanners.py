"""Finding byte patterns: hyperscan, or Aho-Corasick over strings that every match holds where hyperscan is not installed."""

from __future__ import annotations

import contextlib
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from citywatch.errors import MissingExtraError, SettingError
from citywatch.screening.compiled import compiled

Made = TypeVar("Made")
Engine = TypeVar("Engine")
REACH = 2_500  # bytes around an anchor in which its pattern must stand: tags with long addresses may stand there too


@dataclass(frozen=True, slots=True)
class Pattern:
    """What to look for.

    Attributes:
        regex: Over bytes, in the dialect that hyperscan and ``re`` share.
        anchors: Gives strings in small ASCII letters, one of which every match holds; only Aho-Corasick asks for them.
    """

    regex: bytes
    anchors: Callable[[], frozenset[bytes]]


class Scanner(Protocol):
    """Finds patterns in bytes."""

    def scan(self, data: bytes, *, is_first_enough: bool = False) -> list[tuple[int, int]]:
        """Number of a pattern and end of a match, for every match; of matches of one pattern that overlap at least one.

        Args:
            data: Where to look.
            is_first_enough: The search ends with the first match.
        """


def make_scanner(patterns: Sequence[Pattern], engine: str = "") -> Scanner:
    """A scanner for patterns, numbered in their order.

    Raises:
        MissingExtraError: If no engine is installed.
        SettingError: If the engine is not known.
    """
    makers: dict[str, Callable[[Sequence[Pattern]], Scanner]] = {"hyperscan": _Hyperscan, "ahocorasick": _AhoCorasick}
    return first_engine(makers, patterns, engine)


def first_engine(makers: Mapping[str, Callable[[Made], Engine]], made_of: Made, engine: str) -> Engine:
    """What the first engine that is installed makes.

    Args:
        makers: By name of the engine, the quickest first.
        made_of: What it is to look for.
        engine: One of the names; empty takes the first that is installed.

    Raises:
        MissingExtraError: If no engine is installed.
        SettingError: If the engine is not known.
    """
    if engine and engine not in makers:
        raise SettingError(f"engine {engine!r}: expected {' or '.join(makers)}")
    for name in [engine] if engine else makers:
        with contextlib.suppress(ImportError):
            return makers[name](made_of)
    raise MissingExtraError("screen", "Screening")


class _Hyperscan:
    def __init__(self, patterns: Sequence[Pattern]) -> None:
        import hyperscan

        self._database = compiled([pattern.regex for pattern in patterns], hyperscan.HS_FLAG_DOTALL)
        self._scratch = hyperscan.Scratch(self._database)
        self._stopped = hyperscan.ScanTerminated

    def scan(self, data: bytes, *, is_first_enough: bool = False) -> list[tuple[int, int]]:
        """As :meth:`Scanner.scan`."""
        found: list[tuple[int, int]] = []

        def note(number: int, _start: int, end: int, _flags: int, _context: object) -> bool:
            found.append((number, end))
            return is_first_enough

        try:
            self._database.scan(data, match_event_handler=note, scratch=self._scratch)
        except self._stopped:
            return found
        return found


class _AhoCorasick:
    def __init__(self, patterns: Sequence[Pattern]) -> None:
        import ahocorasick_rs

        numbers: defaultdict[bytes, list[int]] = defaultdict(list)
        for number, pattern in enumerate(patterns):
            for anchor in pattern.anchors():
                numbers[anchor].append(number)
        self._numbers = list(numbers.values())
        self._regexes = [re.compile(pattern.regex, re.DOTALL) for pattern in patterns]
        self._automaton: Any = ahocorasick_rs.BytesAhoCorasick(list(numbers))

    def scan(self, data: bytes, *, is_first_enough: bool = False) -> list[tuple[int, int]]:
        """As :meth:`Scanner.scan`."""
        told: list[tuple[int, int]] = []
        for index, start, end in self._automaton.find_matches_as_indexes(data.lower(), overlapping=True):
            for number in self._numbers[index]:
                for met in self._regexes[number].finditer(data, max(0, start - REACH), end + REACH):
                    told.append((number, met.end()))
                    if is_first_enough:
                        return told
        return told
