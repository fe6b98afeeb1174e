"""Names of firms beside an act that no vendor of the codebook covers, taken only by their form.

A name is taken by a legal form, by a word for a company or its role, or by the phrase that tells of the winner of a tender
(``company_words.yml``). Two or three capitalised words may be a person: they need a legal form or a word for a company. From each
sign a few words to the left or right are looked at, so that a long hostile sentence costs no more than its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from citywatch.codebook import fold_text
from citywatch.screening.company_scripts import arabic_names, chinese_spans
from citywatch.screening.company_signs import WORD, Span, Token, plain_span, signs, tokens_of
from citywatch.screening.reading import Line, Reading

MOST = 8
_MOST_WORDS, _MOST_SKIPPED, _MOST_LISTED = 8, 4, 4
_SHORTEST, _LONGEST, _LONGEST_QUOTED = 2, 100, 60
_JOINT = re.compile(r"\s{1,2}|\s?[&+]\s?|[-–'’.]")
_JOINT_BEFORE_FORM = re.compile(r",?\s{1,2}|\.\s|[’']")
_BLANK = re.compile(r"[^\S\n]{1,2}|['’]|:\s")
_BLANK_AFTER_FORM = re.compile(r"\.?\s{1,2}")
_LISTED = re.compile(r",?\s")
_OPENING = re.compile(r"[.:]?\s{0,2}[«\"“„「『‘]")
_CLOSING = re.compile(r"[»\"”“」』’]")
_QUOTED_BEFORE = re.compile(r"[«\"“„]([^«»\"“”„\n]{2,60})[»\"”“],?\s?\Z")
_QUOTES = " \"«»“”„‘’「」『』.,'"
_CLEAR = ("form", "winner")
_PLAIN = re.compile(r"[^\W\d_]+")
_STATE = re.compile(r"[A-Z]{2}")  # also a legal form: "Reno, NV", "Denver, CO"
_IN = frozenset(["in", "en", "em"])
_FEWEST, _MOST_OF_A_PERSON = 2, 3  # words
_ARABIC = ("ar", "fa", "ur", "ckb")


@dataclass(frozen=True, slots=True)
class Company:
    """A firm that is named.

    Attributes:
        name: As written, white space made plain.
        line: The sentence.
        start: First character in the document's text.
        end: One behind the last.
        key: The folded name without its legal form.
        sign: What it was taken by, as in :class:`Span`.
    """

    name: str
    line: Line
    start: int
    end: int
    key: str
    sign: str


def find_companies(
    reading: Reading, core: Sequence[Line], near: Sequence[Line], rest: Sequence[Line]
) -> tuple[Company, ...]:
    """Firms of the sentences of the act, then of their neighbours, then of other sentences with an act.

    Those of other sentences need a legal form or the phrase of a winner, unless there is no other name.

    Args:
        reading: The document.
        core: Sentences of the act.
        near: Their neighbours.
        rest: All others.
    """
    close = [one for line in (*core, *near) for one in _Sentence(reading, line).companies()]
    apart = [one for line in rest if line.acts for one in _Sentence(reading, line).companies()]
    clear = [one for one in apart if one.sign in _CLEAR]
    return _distinct([*close, *clear] or apart)


def _distinct(found: Iterable[Company]) -> tuple[Company, ...]:
    """The first eight, one of each name, in the longest way to write it; a name inside one before it is the same."""
    kept: dict[str, Company] = {}
    for one in found:
        known = kept.get(one.key)
        if known is None and (len(kept) == MOST or any(f" {one.key} " in f" {key} " for key in kept)):
            continue
        if known is None or len(one.name) > len(known.name):
            kept[one.key] = one
    return tuple(kept.values())


class _Sentence:
    def __init__(self, reading: Reading, line: Line) -> None:
        self.line, self.text = line, reading.document.text
        self.language = reading.document.language
        self.is_arabic = self.language in _ARABIC
        self.signs = signs()
        self.sets = self.signs.sets

    @cached_property
    def tokens(self) -> list[Token]:
        """Words of the sentence, and some behind it: a stop behind a legal form may have ended it."""
        return tokens_of(self.text, self.line.start, min(len(self.text), self.line.end + _LONGEST))

    def companies(self) -> list[Company]:
        """Firms in the order they are named; of names that overlap, the longest."""
        kept: list[Span] = []
        for span in sorted(filter(self._is_name, self._spans()), key=lambda one: one.start - one.end):
            if all(span.end <= other.start or other.end <= span.start for other in kept):
                kept.append(span)
        return [self._company(span) for span in sorted(kept, key=lambda one: one.start)]

    def _company(self, span: Span) -> Company:
        name = " ".join(self.text[span.start : span.end].split())
        key = fold_text(self.text[span.name_start : span.name_end]).strip(_QUOTES)
        return Company(name, self.line, span.start, span.end, key, span.sign)

    def _spans(self) -> Iterator[Span]:
        for at, token in enumerate(self.tokens):
            if token.start >= self.line.end:
                break
            if token.folded not in self.signs.starts:
                continue
            yield from self._before_form(at)
            yield from self._behind_form(at)
            yield from self._before_ending(at)
            yield from self._behind_words(at)
            yield from self._before_words(at)
            if self.is_arabic and token.folded in self.sets["arabic_word"]:
                yield from self._arabic(at)
        yield from chinese_spans(self.text, self.line.start, self.line.end, self._is_vendor)

    def _before_form(self, at: int) -> Iterator[Span]:
        length = self.signs.form(self.tokens, at, "form_after")
        if not length:
            return
        form, end = self.tokens[at], self._form_end(at, length)
        quoted = _QUOTED_BEFORE.search(self.text, max(self.line.start, form.start - _LONGEST_QUOTED - 4), form.start)
        first = self._leftmost(at, is_form=True)
        if quoted:
            yield Span(quoted.start(), end, quoted.start(1), quoted.end(1), "form")
        elif first < at:
            start = self.tokens[first].start
            yield Span(start, end, start, self.tokens[at - 1].end, "form")

    def _form_end(self, at: int, length: int) -> int:
        """End of a legal form, its last stop included where it has others."""
        start, end = self.tokens[at].start, self.tokens[at + length - 1].end
        return end + ("." in self.text[start:end] and self.text[end : end + 1] == ".")

    def _behind_form(self, at: int) -> Iterator[Span]:
        length = self.signs.form(self.tokens, at, "form_before")
        if length and f"{self.tokens[at].folded} {self.language}" not in self.sets["form_elsewhere"]:
            for name in self._forward(at + length, "form", _BLANK_AFTER_FORM):
                end = name.end + (_CLOSING.match(self.text, name.end) is not None and self._is_opened(at + length))
                yield Span(self.tokens[at].start, end, name.name_start, name.name_end, "form")

    def _before_ending(self, at: int) -> Iterator[Span]:
        """A name that a word such as *Group* closes."""
        token = self.tokens[at]
        if token.folded in self.sets["ending"] and token.is_capital:
            first = self._leftmost(at)
            if first < at:
                yield plain_span(self.tokens[first].start, token.end, "word")

    def _behind_words(self, at: int) -> Iterator[Span]:
        """A name behind a word for a company, or behind what tells of a winner; further ones where several are told of."""
        for kind, sign in (("word", "word"), ("many", "word"), ("role", "role"), ("won_by", "winner")):
            length = self.signs.phrase(self.tokens, at, kind)
            if length:
                yield from self._listed(self._skipped(at + length, kind), kind, sign)

    def _listed(self, at: int, kind: str, sign: str) -> Iterator[Span]:
        for number in range(_MOST_LISTED if kind == "many" else 1):
            at += bool(number) and at < len(self.tokens) and self.tokens[at].folded in self.sets["joined"]
            name = next(self._forward(at, sign, _LISTED if number else _BLANK), None)
            if name is None:
                return
            yield name
            while at < len(self.tokens) and self.tokens[at].start < name.end:
                at += 1

    def _before_words(self, at: int) -> Iterator[Span]:
        """A name before a word for a company, or before what tells of a winner."""
        for kind, sign in (("word_after", "word"), ("won_after", "winner")):
            first = self._leftmost(at, is_bound=False) if self.signs.phrase(self.tokens, at, kind) else at
            is_opening = (
                first == 0 and at == 1 and sign == "word"
            )  # the first word of a sentence has its capital anyway
            if first < at and not is_opening:
                yield plain_span(self.tokens[first].start, self.tokens[at - 1].end, sign)

    def _skipped(self, at: int, kind: str) -> int:
        """Where the name may begin: adjectives of a country may stand between; behind a winner's phrase also other words."""
        for _ in range(_MOST_SKIPPED):
            if at >= len(self.tokens) or not _BLANK.fullmatch(self.tokens[at].gap):
                return at
            token = self.tokens[at]
            company = self.signs.is_company(self.tokens, at) if kind == "won_by" else 0
            is_article = kind == "won_by" and token.folded in self.sets["article"] and not token.is_capital
            is_adjective = self._is_place(token) and (
                not token.is_capital or self.signs.is_company(self.tokens, at + 1)
            )
            if not (company or is_article or is_adjective):
                return at
            at += company or 1
        return at

    def _is_opened(self, at: int) -> bool:
        return at < len(self.tokens) and _OPENING.fullmatch(self.tokens[at].gap[-4:]) is not None

    def _forward(self, at: int, sign: str, gap: re.Pattern[str]) -> Iterator[Span]:
        """A quoted or capitalised name that begins at a word, its legal form included."""
        if at >= len(self.tokens):
            return
        if self._is_opened(at):
            yield from self._quoted(self.tokens[at].start, sign)
            return
        last = self._rightmost(at) if gap.fullmatch(self.tokens[at].gap) else at - 1
        if last >= at:
            start, end = self.tokens[at].start, self.tokens[last].end
            form = self.signs.form(self.tokens, last + 1, "form_after")
            yield Span(start, self._form_end(last + 1, form) if form else end, start, end, "form" if form else sign)

    def _quoted(self, start: int, sign: str) -> Iterator[Span]:
        closing = _CLOSING.search(self.text, start, start + _LONGEST_QUOTED)
        text = self.text[start : closing.start()] if closing else ""
        words = text.split()
        if words and "\n" not in text and (len(words) == 1 or (len(words) <= _MOST_WORDS and not text[0].islower())):
            yield plain_span(start, start + len(text), sign)

    def _rightmost(self, at: int) -> int:
        """Last word of a capitalised name that begins at a word; the word before it if there is none."""
        last = at - 1
        for here in range(at, min(len(self.tokens), at + _MOST_WORDS)):
            token = self.tokens[here]
            if here > at and (not _JOINT.fullmatch(token.gap) or self._is_act(token)):
                break
            if self._is_of_a_name(here):
                last = here
            elif (
                here == at or token.is_capital or token.folded not in self.sets["joiner"] or self._is_before_place(here)
            ):
                break
        return last

    def _is_before_place(self, at: int) -> bool:
        """Whether a word such as *in* tells where the firm is, not what it is called."""
        return self.tokens[at].folded in _IN and at + 1 < len(self.tokens) and self._is_place(self.tokens[at + 1])

    def _leftmost(self, at: int, *, is_bound: bool = True, is_form: bool = False) -> int:
        """First word of a capitalised name that ends before a word; the word itself if there is none.

        Args:
            at: The word.
            is_bound: Whether "and" may join two words of it.
            is_form: Whether it is a legal form, before which a comma may stand.
        """
        first = at
        for here in range(at - 1, max(-1, at - 1 - _MOST_WORDS), -1):
            joint = _JOINT_BEFORE_FORM if is_form and here + 1 == at else _JOINT
            if not joint.fullmatch(self.tokens[here + 1].gap):
                break
            if self._is_of_a_name(here):
                first = here
            elif first == at or self.tokens[here].is_capital or not self._joins(here, is_bound=is_bound):
                break
        return first

    def _joins(self, at: int, *, is_bound: bool) -> bool:
        """Whether a small word joins two words of one name."""
        word = self.tokens[at].folded
        if word in self.sets["joined"]:
            return is_bound and at > 0 and not self._is_known(self.tokens[at - 1])
        return word in self.sets["joiner"]

    def _is_of_a_name(self, at: int) -> bool:
        token = self.tokens[at]
        is_form = at > 0 and self.tokens[at - 1].is_capital and self.signs.form(self.tokens, at, "form_after")
        is_other = is_form or self.signs.is_company(self.tokens, at) or token.folded in self.sets["never"]
        return token.is_capital and not is_other

    def _arabic(self, at: int) -> Iterator[Span]:
        if self._is_opened(at + 1):
            yield from self._quoted(self.tokens[at + 1].start, "word")
            return
        for first, last in arabic_names(self.tokens, at, self._is_place):
            yield plain_span(self.tokens[first].start, self.tokens[last - 1].end, "word")

    def _is_place(self, token: Token) -> bool:
        return any(one.start <= token.start < one.end for one in self.line.places)

    def _is_vendor(self, offset: int) -> bool:
        return self._meets(offset, offset + 1, "vendor")

    def _is_act(self, token: Token) -> bool:
        return self._meets(token.start, token.end, "act")

    def _is_known(self, token: Token) -> bool:
        """Whether a word belongs to a vendor, a buyer or a place."""
        return self._is_place(token) or self._meets(token.start, token.end, "vendor", "buyer")

    def _meets(self, start: int, end: int, *roles: str) -> bool:
        hits = self.line.hits
        return any(hit.start < end and start < hit.end for role in roles for hit in hits.get(role, ()))

    def _is_name(self, span: Span) -> bool:
        """Whether a piece is no vendor of the codebook; without a legal form, no public body, place or term either."""
        length = span.name_end - span.name_start
        if not _SHORTEST <= length <= _LONGEST or self._meets(span.start, span.end, "vendor"):
            return False
        if span.sign == "form":
            return not self._is_state(span)
        is_person = span.sign in ("winner", "role") and self._may_be_a_person(span)
        return not (is_person or self._meets(span.start, span.end, "buyer") or self._is_told(span))

    def _is_state(self, span: Span) -> bool:
        """Whether places stand before two capitals, which are a state then."""
        words = [token for token in self.tokens if span.name_start <= token.start < span.name_end]
        behind = self.text[span.name_end : span.end].strip(", ")
        return _STATE.fullmatch(behind) is not None and all(map(self._is_place, words))

    def _may_be_a_person(self, span: Span) -> bool:
        """Whether a name is two or three plain words, as the names of persons are."""
        words = self.text[span.name_start : span.name_end].split()
        is_closed = any(fold_text(word) in self.sets["ending"] for word in words)
        return (
            _FEWEST <= len(words) <= _MOST_OF_A_PERSON
            and not is_closed
            and all(_PLAIN.fullmatch(word) and word == word.title() for word in words)
        )

    def _is_told(self, span: Span) -> bool:
        """Whether a piece holds a word of a public body, or nothing but terms of the lexicon and places."""
        words = list(WORD.finditer(self.text, span.name_start, span.name_end))
        if any(fold_text(word[0]) in self.sets["body"] for word in words):
            return True
        roles = [role for role in self.line.hits if role != "vendor"]
        known = [(hit.start, hit.end) for role in roles for hit in self.line.hits[role]]
        known += [(one.start, one.end) for one in self.line.places]
        return all(any(start <= word.start() < end for start, end in known) for word in words)
