"""Names of firms in scripts without capitals: Chinese, by how they end; Arabic, behind a word for a company."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from citywatch.codebook import company_words, fold_text
from citywatch.screening.company_signs import Span, Token, plain_span, signs

_LONGEST, _LONGEST_WEAK, _LEAST, _LEAST_WEAK = 30, 10, 2, 3
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_RUN = re.compile(rf"[{_HAN}]{{3,80}}")
_WINNER = re.compile(rf"\s?[:：为為是]\s?[“\"「《]?([{_HAN}A-Za-z0-9]{{2,30}})")
_MOST_ARABIC_WORDS = 3
_FUSED = ("بال", "لل", "وال", "ال")  # particles and the article written together with the next word
_ADJECTIVE = "ية"

_Holds = Callable[[int], bool]


def chinese_spans(text: str, start: int, end: int, is_vendor: _Holds) -> Iterator[Span]:
    """Runs of Chinese characters that end as the names of firms do, and winners that are named as such.

    Args:
        text: The document's text.
        start: First character of the sentence.
        end: One behind its last.
        is_vendor: Whether the character at an offset belongs to a vendor's name: particles there part nothing.
    """
    for run in _RUN.finditer(text, start, end):
        for piece in _pieces(text, run.start(), run.end(), is_vendor):
            yield from _ending_name(text, *piece)
    for met in _pattern("han_won_by").finditer(text, start, end):
        told = _WINNER.match(text, met.end(), end)
        if told:
            yield plain_span(*told.span(1), "winner")


def _pieces(text: str, start: int, end: int, is_vendor: _Holds) -> Iterator[tuple[int, int]]:
    """Pieces between the verbs and particles of a run."""
    folded, first = fold_text(text[start:end]), start
    if len(folded) != end - start:
        return
    for met in _pattern("han_edge").finditer(folded):
        if not is_vendor(first + met.start()):
            yield start, first + met.start()
            start = first + met.end()
    yield start, end


def _ending_name(text: str, start: int, end: int) -> Iterator[Span]:
    """The longest beginning of a piece that ends as the names of firms do."""
    folded = fold_text(text[start:end])
    ends = list(_pattern("han_ending", "han_weak_ending").finditer(folded))
    if not ends or len(folded) != end - start:
        return
    last = ends[-1]
    is_weak = last[0] in company_words()["han_weak_ending"] and len(ends) == 1
    least, most = (_LEAST_WEAK, _LONGEST_WEAK) if is_weak else (_LEAST, _LONGEST)
    if least <= last.start() <= most and not _is_generic(folded[: last.start()]):
        yield Span(start, start + last.end(), start, start + last.start(), "word" if is_weak else "form")


def _is_generic(words: str) -> bool:
    """Whether words tell only of what kind a company is."""
    return re.fullmatch(f"(?:{_pattern('han_never').pattern}){{1,4}}", words) is not None


@cache
def _pattern(*names: str) -> re.Pattern[str]:
    words = sorted((word for name in names for word in company_words()[name]), key=lambda one: -len(one))
    return re.compile("|".join(map(re.escape, words)))


def arabic_names(tokens: Sequence[Token], at: int, is_place: Callable[[Token], bool]) -> Iterator[tuple[int, int]]:
    """A name behind a word for a company, as its first word and one behind its last.

    Up to three words are one if a mark or a small word ends them; an adjective tells only of what kind the company is.

    Args:
        tokens: Words of the sentence.
        at: The word for a company.
        is_place: Whether a word is the name of a place or its adjective.
    """
    sets = signs().sets
    is_definite = tokens[at].folded.startswith("ال")
    first = at + 1 + (at + 1 < len(tokens) and is_place(tokens[at + 1]))
    if first >= len(tokens) or (is_definite and first == at + 1):
        return
    last = first
    while last < len(tokens) and tokens[last].gap == " " and tokens[last].folded not in sets["arabic_edge"]:
        last += 1
        if last - first > _MOST_ARABIC_WORDS:
            return
    opening = tokens[first]
    is_adjective = last == first + 1 and opening.folded.endswith(fold_text(_ADJECTIVE))
    is_told = (
        is_adjective or opening.folded in sets["arabic_never"] or opening.text.startswith(_FUSED) or is_place(opening)
    )
    if last > first and not is_told:
        yield first, last
