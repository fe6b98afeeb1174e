"""The signs by which firms are named: words of a sentence, and the tables of ``company_words.yml`` to find among them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain, pairwise

from citywatch.codebook import company_words, fold_text

_MARKS = "\u0610-\u061a\u064b-\u065f\u0670"
WORD = re.compile(rf"[^\W_][\w{_MARKS}]*(?:-[\w{_MARKS}]+)*")  # no character fits two places
_FORM_GAP = re.compile(r"[\s.,/&]{0,3}")
_LETTER_GAP = re.compile(r"\s?[./]\s?")
_PHRASES = ("word", "many", "role", "word_after", "won_by", "won_after")
_SETS = (
    "ending",
    "form_elsewhere",
    "article",
    "joiner",
    "joined",
    "never",
    "body",
    "arabic_word",
    "arabic_edge",
    "arabic_never",
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a sentence.

    Attributes:
        text: As written.
        folded: Folded.
        gap: What stands between it and the word before.
        start: First character in the document's text.
        end: One behind the last.
    """

    text: str
    folded: str
    gap: str
    start: int
    end: int

    @property
    def is_capital(self) -> bool:
        """Whether a capital stands in it."""
        return self.text != self.text.lower()


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the text that may be a name.

    Attributes:
        start: First character.
        end: One behind the last.
        name_start: First character of the name without its legal form.
        name_end: One behind its last.
        sign: What speaks for it: ``form`` (a legal form), ``winner`` (of a tender), ``word`` (for a company) or ``role`` (of one,
            or of a person).
    """

    start: int
    end: int
    name_start: int
    name_end: int
    sign: str


def plain_span(start: int, end: int, sign: str) -> Span:
    """A name without a legal form."""
    return Span(start, end, start, end, sign)


def tokens_of(text: str, start: int, end: int) -> list[Token]:
    """Words of a piece of a text."""
    found, last = [], start
    for met in WORD.finditer(text, start, end):
        found.append(Token(met[0], _folded(met[0]), text[last : met.start()], met.start(), met.end()))
        last = met.end()
    return found


@lru_cache(maxsize=20_000)
def _folded(word: str) -> str:
    return fold_text(word)


def bare_name(name: str) -> str:
    """A folded name of a firm without its legal forms."""
    tokens, at, kept = tokens_of(name, 0, len(name)), 0, []
    while at < len(tokens):
        form = signs().form(tokens, at, "form_after" if at else "form_before")
        kept += [] if form else [tokens[at].folded]
        at += form or 1
    return _han_form().sub("", " ".join(kept))


@cache
def _han_form() -> re.Pattern[str]:
    words = company_words()
    return re.compile(f"(?:{'|'.join((*words['han_ending'], *words['han_weak_ending']))})$")


@dataclass(frozen=True, slots=True)
class _Form:
    """A legal form, word by word; words in small letters are met in any case, single letters need their stops."""

    words: tuple[str, ...]

    def stands_at(self, tokens: Sequence[Token], at: int) -> bool:
        met = tokens[at : at + len(self.words)]
        return (
            len(met) == len(self.words)
            and all(_is_same(token, word) for token, word in zip(met, self.words, strict=True))
            and all(_is_close(one, two) for one, two in pairwise(met))
        )


def _is_same(token: Token, word: str) -> bool:
    return token.text == word or (word.islower() and token.folded == word)


def _is_close(one: Token, two: Token) -> bool:
    gap = _LETTER_GAP if len(one.text) == len(two.text) == 1 else _FORM_GAP
    return gap.fullmatch(two.gap) is not None


@dataclass(frozen=True, slots=True)
class Signs:
    """The tables by the first word of what they hold.

    Attributes:
        phrases: By kind.
        forms: Legal forms, before and behind names.
        sets: Words by kind.
        starts: Every word at which something of these may begin.
    """

    phrases: Mapping[str, Mapping[str, list[tuple[str, ...]]]]
    forms: Mapping[str, Mapping[str, list[_Form]]]
    sets: Mapping[str, frozenset[str]]
    starts: frozenset[str]

    def form(self, tokens: Sequence[Token], at: int, kind: str) -> int:
        """Words of the legal form that stands at a word; 0 for none."""
        if at >= len(tokens):
            return 0
        forms = self.forms[kind].get(tokens[at].folded, ())
        return next((len(form.words) for form in forms if form.stands_at(tokens, at)), 0)

    def phrase(self, tokens: Sequence[Token], at: int, kind: str) -> int:
        """Words of the phrase that stands at a word; 0 for none."""
        if at >= len(tokens):
            return 0
        for phrase in self.phrases[kind].get(tokens[at].folded, ()):
            if tuple(token.folded for token in tokens[at : at + len(phrase)]) == phrase:
                return len(phrase)
        return 0

    def is_company(self, tokens: Sequence[Token], at: int) -> int:
        """Words of a word for a company, for several or for a role, that stands at a word; 0 for none."""
        return next((length for kind in ("word", "many", "role") if (length := self.phrase(tokens, at, kind))), 0)


@cache
def signs() -> Signs:
    """The tables in force."""
    raw = company_words()
    phrases = {name: _by_first(_folded_words(raw[name])) for name in _PHRASES}
    forms = {name: _forms_by_first(raw[name]) for name in ("form_after", "form_before")}
    sets = {name: frozenset(map(fold_text, raw[name])) for name in _SETS}
    starts = frozenset(chain(sets["ending"], sets["arabic_word"], *phrases.values(), *forms.values()))
    return Signs(phrases, forms, sets, starts)


def _folded_words(phrases: Iterable[str]) -> Iterator[tuple[str, ...]]:
    for phrase in phrases:
        yield tuple(fold_text(word) for word in WORD.findall(phrase))


def _by_first(phrases: Iterable[tuple[str, ...]]) -> dict[str, list[tuple[str, ...]]]:
    found: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
    for phrase in sorted(set(phrases), key=lambda one: (-len(one), one)):
        found[phrase[0]].append(phrase)
    return dict(found)


def _forms_by_first(raw: Iterable[str]) -> dict[str, list[_Form]]:
    found: defaultdict[str, list[_Form]] = defaultdict(list)
    for words in sorted((tuple(WORD.findall(one)) for one in raw), key=lambda words: -len(words)):
        found[fold_text(words[0])].append(_Form(words))
    return dict(found)
