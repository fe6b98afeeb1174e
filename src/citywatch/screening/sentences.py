"""Sentences of a text in any script, by position."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from citywatch.codebook import HAN

# A single line break between Chinese characters may stand inside a word; any other ends a sentence. A full stop before a small letter
# ends an abbreviation.
_BLANK = r"[^\S\n]{0,40}"  # bounded: a long run of spaces would be gone through again from each of them
_END = re.compile(
    r"(?<=[.!?؟۔])[\"”»’')\]]*\s+(?=\S)(?![a-zà-öø-ÿа-яёђѓєѕіїјљњћќўџ])|[。！？；][\"”」』’）]*"
    rf"|{_BLANK}\n\s*\n\s*|(?<![{HAN})）]){_BLANK}\n\s*|{_BLANK}\n\s*(?![{HAN}\s])|(?<=[।॥])\s*|(?<=;)\s+"
)


@dataclass(frozen=True, slots=True)
class Sentences:
    """Where sentences start and end.

    Attributes:
        starts: First character of each, rising.
        ends: One behind the last character of each.
    """

    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def at(self, offset: int) -> int:
        """Number of the sentence that holds a character."""
        return max(0, bisect_right(self.starts, offset) - 1)

    def __len__(self) -> int:
        return len(self.starts)


def split_sentences(text: str, longest: int) -> Sentences:
    """Cut a text into sentences.

    Args:
        text: Any text.
        longest: Sentences with more characters are cut at a space, or anywhere if there is none.
    """
    spans = [piece for start, end in _cut(text) for piece in _pieces(text, start, end, longest)]
    return Sentences(tuple(start for start, _ in spans), tuple(end for _, end in spans))


def _cut(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for found in _END.finditer(text):
        end = found.end() if found[0][:1] in "。！？；" else found.start()
        if text[start:end].strip():
            yield start, end
            start = found.end()
    if text[start:].strip() or start == 0:
        yield start, len(text)


def _pieces(text: str, start: int, end: int, longest: int) -> Iterator[tuple[int, int]]:
    while end - start > longest:
        at = text.rfind(" ", start + longest // 2, start + longest)
        at = at if at > 0 else start + longest
        yield start, at
        start = at
    yield start, end
