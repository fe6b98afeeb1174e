"""Terms to look for, by language and role, read from ``data/codebook/lexicon/``; vendors' names from ``vendors.yml``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib.resources import files
from itertools import chain
from sys import intern
from typing import Any

from citywatch import kept
from citywatch.codebook.company_words import company_words
from citywatch.codebook.edition import edition
from citywatch.codebook.embedded import load_yaml
from citywatch.codebook.folding import HAN, fold
from citywatch.codebook.vendors import Vendor, vendors
from citywatch.codebook.vocabularies import vocabulary
from citywatch.errors import VocabularyError

_FOLDER = files("citywatch") / "data" / "codebook"
ROLES = (
    "safe_city", "product", "camera", "watch", "act", "topic", "buyer", "plan", "negation", "denial", "general", "refused",
    "partner", "unit", "security", "vendor", "lookalike",
)  # fmt: skip
_WITH_VALUES = {"product": "product", "act": "agreement_kind", "topic": "", "buyer": ""}
_UNSPACED = f"{HAN}\u3040-\u30ff\u0e00-\u0e7f\u0e80-\u0eff\u1780-\u17ff\u1000-\u109f"
_WORD = f"[^\\W{_UNSPACED}]"
_LONGEST_ENDING = 12
_ENDING = f"{_WORD}{{0,{_LONGEST_ENDING}}}"
_LETTER = re.compile(_WORD)
_CYRILLIC = {
    "dž": "џ", "lj": "љ", "nj": "њ", "a": "а", "b": "б", "c": "ц", "č": "ч", "ć": "ћ", "d": "д", "đ": "ђ", "e": "е", "f": "ф",
    "g": "г", "h": "х", "i": "и", "j": "ј", "k": "к", "l": "л", "m": "м", "n": "н", "o": "о", "p": "п", "r": "р", "s": "с",
    "š": "ш", "t": "т", "u": "у", "v": "в", "z": "з", "ž": "ж",
}  # fmt: skip
_CYRILLIC_WORD = re.compile("[\u0410-\u044f\u0401\u0451]{4,}")
_CASES = {"й": ("я", "ю", "ем", "е"), "а": ("ы", "и", "у", "е", "ой"), "я": ("и", "ю", "ей", "е")}
_CUT = {"Corporation": "Corp", "Company": "Co", "Limited": "Ltd", "Incorporated": "Inc"}
_CONSONANTS = "бвгджзклмнпрстфхцчшщ"
_TO_CYRILLIC = re.compile("|".join(sorted(_CYRILLIC, key=len, reverse=True)))


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to look for.

    Attributes:
        role: One of ``ROLES``.
        value: Word of the role (a product, a kind of act, a vendor's id); empty where the role has none.
        languages: ISO 639-1 of the lexicons that hold it; empty for vendors.
        text: As written in the lexicon.
        parts: Folded words and whether each may be inflected; between two stands one space.
        is_bounded: A match begins and ends where a word does.
        proclitics: What may be joined to its front nevertheless.
        as_written: Exact letters that the text must hold there; empty if case does not matter.
    """

    role: str
    value: str
    languages: tuple[str, ...]
    text: str
    parts: tuple[tuple[str, bool], ...]
    is_bounded: bool = True
    proclitics: tuple[str, ...] = ()
    as_written: str = ""

    @property
    def prefix(self) -> str:
        """Folded letters that every match begins with."""
        whole = []
        for word, is_inflected in self.parts:
            whole.append(word)
            if is_inflected:
                break
        return " ".join(whole)

    @property
    def pattern(self) -> str:
        """Regular expression that matches the same at an offset of a folded text; slow to compile."""
        body = " ".join(re.escape(word) + (_ENDING if is_inflected else "") for word, is_inflected in self.parts)
        if not self.is_bounded:
            return body
        left = "|".join([f"(?<!{_WORD})", *(f"(?<=(?<!{_WORD}){one})" for one in self.proclitics)])
        return f"(?:{left}){body}(?!{_WORD})"

    def match(self, text: str, start: int) -> int:
        """End of the match that begins at an offset of a folded text; -1 if there is none."""
        at = start
        for number, (word, is_inflected) in enumerate(self.parts):
            if number:
                if text[at : at + 1] != " ":
                    return -1
                at += 1
            if not text.startswith(word, at):
                return -1
            at += len(word)
            if is_inflected:
                at = _ending(text, at)
        if self.is_bounded and ((at < len(text) and is_letter(text[at])) or not self._may_begin(text, start)):
            return -1
        return at

    def _may_begin(self, text: str, start: int) -> bool:
        if start == 0 or not is_letter(text[start - 1]):
            return True
        return any(
            text.startswith(one, start - len(one))
            and start >= len(one)
            and (start == len(one) or not is_letter(text[start - len(one) - 1]))
            for one in self.proclitics
        )


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Every term of every language.

    Attributes:
        terms: Sorted, so that the order is the same in every process.
        languages: Languages with a lexicon of their own, with those they also serve (``ms`` by ``id``).
    """

    terms: tuple[Term, ...]
    languages: Mapping[str, str]


@cache
def lexicon() -> Lexicon:
    """All terms, read once; as kept in the user's cache folder, or else from their tables, and kept."""
    name = f"{edition()}.lexicon"
    content = kept.read(name)
    if content is not None:
        return unpacked(content)
    read = read_lexicon()
    kept.write(name, packed(read))
    return read


def packed(known: Lexicon) -> bytes:
    """A lexicon as JSON."""
    terms = [[getattr(term, field.name) for field in fields(Term)] for term in known.terms]
    return json.dumps({"languages": dict(known.languages), "terms": terms}, ensure_ascii=False).encode()


def unpacked(content: bytes) -> Lexicon:
    """A lexicon that :func:`packed` wrote."""
    stored = json.loads(content)
    terms = (
        Term(
            intern(role),
            intern(value),
            tuple(map(intern, languages)),
            text,
            tuple((word, is_inflected) for word, is_inflected in parts),
            is_bounded,
            tuple(map(intern, proclitics)),
            as_written,
        )
        for role, value, languages, text, parts, is_bounded, proclitics, as_written in stored["terms"]
    )
    return Lexicon(tuple(terms), stored["languages"])


def read_lexicon() -> Lexicon:
    """All terms from their tables; takes most of a second."""
    found: list[Term] = []
    languages: dict[str, str] = {}
    for file in sorted(_FOLDER.joinpath("lexicon").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".yml"):
            raw = load_yaml(file.read_text(encoding="utf-8"))
            languages |= dict.fromkeys([raw["language"], *raw.get("also", ())], raw["language"])
            found += _terms(raw)
    found += chain.from_iterable(_vendor_terms(vendor, _search().get(vendor.id) or {}) for vendor in vendors())
    return Lexicon(_merged(found), languages)


def _merged(terms: Iterable[Term]) -> tuple[Term, ...]:
    """The same term of several languages becomes one; sorted."""
    groups: dict[tuple[Any, ...], list[Term]] = {}
    for term in terms:
        key = (term.role, term.value, term.parts, term.is_bounded, term.proclitics, term.as_written)
        groups.setdefault(key, []).append(term)
    return tuple(
        replace(groups[key][0], languages=tuple(sorted({one for term in groups[key] for one in term.languages})))
        for key in sorted(groups)
    )


def make_term(role: str, value: str, language: str, text: str, raw: Mapping[str, Any]) -> Term:
    """A term from its spelling.

    Args:
        role: One of ``ROLES``.
        value: Word of the role, or empty.
        language: ISO 639-1, or empty.
        text: Spelling; ``*`` closes a word that may be inflected.
        raw: The lexicon file: ``words`` (boundaries) and ``proclitics``.

    Raises:
        VocabularyError: If nothing is left to look for.
    """
    parts = tuple((fold(word.removesuffix("*")).text.strip(), word.endswith("*")) for word in text.split())
    # a hyphen folds to a space: what stands on its two sides are words of their own
    split = [(piece, last and inflected) for word, inflected in parts for piece, last in _pieces(word)]
    if not split or not split[0][0]:
        raise VocabularyError(f"lexicon {language}, {role} {value}: term {text!r} leaves nothing to look for")
    is_bounded = bool(raw.get("words", True))
    joined = tuple(fold(one).text for one in raw.get("proclitics", ())) if is_bounded else ()
    languages = (language,) if language else ()
    if is_bounded:
        return Term(role, value, languages, text, tuple(split), is_bounded, joined)
    gap = "" if fold("".join(piece for piece, _ in split)).text.isascii() is False else " "
    return Term(role, value, languages, text, ((gap.join(piece for piece, _ in split), False),), is_bounded)


def _pieces(word: str) -> list[tuple[str, bool]]:
    pieces = word.split()
    return [(piece, number == len(pieces) - 1) for number, piece in enumerate(pieces)]


@cache
def is_letter(character: str) -> bool:
    """Whether a character is part of a word in a script that spaces its words."""
    return _LETTER.match(character) is not None


def _ending(text: str, at: int) -> int:
    stop = min(len(text), at + _LONGEST_ENDING)
    while at < stop and is_letter(text[at]):
        at += 1
    return at


def _terms(raw: Mapping[str, Any]) -> Iterator[Term]:
    language = raw["language"]
    for role in ROLES[:-2]:
        content: Any = raw.get(role) or []
        groups: Mapping[str, Any] = content if role in _WITH_VALUES else {"": content}
        known = _WITH_VALUES.get(role)
        allowed = {word.word for word in vocabulary(known)} if known else None
        for value, spellings in groups.items():
            if allowed is not None and value not in allowed:
                raise VocabularyError(f"lexicon {language}: {value!r} is not in the vocabulary {known}")
            for text in spellings:
                yield make_term(role, value, language, str(text), raw)
                if raw.get("both_scripts"):
                    yield make_term(role, value, language, cyrillic(str(text)), raw)


def cyrillic(text: str) -> str:
    """Serbian Latin spelling in Cyrillic letters; other characters stay."""
    return _TO_CYRILLIC.sub(lambda found: _CYRILLIC[found[0]], text.lower())


@cache
def _search() -> dict[str, dict[str, list[str]]]:
    known = {vendor.id for vendor in vendors()}
    raw: dict[str, dict[str, list[str]]] = load_yaml((_FOLDER / "vendor_search.yml").read_text(encoding="utf-8"))
    if unknown := sorted(set(raw) - known):
        raise VocabularyError(f"vendor_search.yml: {unknown[0]!r} is not in vendors.yml")
    return raw


def _vendor_terms(vendor: Vendor, search: Mapping[str, list[str]]) -> Iterator[Term]:
    never = {name.casefold() for name in search.get("never", ())}
    cased = [*search.get("cased", ()), *(phrase for name in search.get("company", ()) for phrase in _as_company(name))]
    names = [re.sub(r"\s*\(.*", "", vendor.name), vendor.name, *vendor.aliases, *search.get("aliases", ())]
    names += [form for name in names for form in declined(name)]
    names += [short for name in names if (short := _abbreviated(name)) != name]
    lower = {name.casefold() for name in cased}
    for name in dict.fromkeys(names):
        if name.casefold() not in never | lower and "(" not in name:
            yield _vendor_term("vendor", vendor.id, name)
    for name in cased:
        term = _vendor_term("vendor", vendor.id, name)
        yield replace(term, as_written=name)
    for name in (*vendor.lookalikes, *search.get("lookalikes", ())):
        yield _vendor_term("lookalike", vendor.id, name)


def _as_company(name: str) -> Iterator[str]:
    """A name behind and before words for a company."""
    words = company_words()
    yield from (
        f"{form} {name}" for word in words["before"] for form in dict.fromkeys((word, word[0].upper() + word[1:]))
    )
    yield from (f"{name} {word}" for word in words["after"])


def _abbreviated(name: str) -> str:
    """A name with its last word as it is often cut: *Corporation* to *Corp*."""
    head, _, last = name.rpartition(" ")
    return f"{head} {_CUT[last]}" if head and last in _CUT else name


def declined(name: str) -> tuple[str, ...]:
    """Cases of a name that is one word in Cyrillic letters, Russian and Serbian; empty for any other."""
    if not _CYRILLIC_WORD.fullmatch(name):
        return ()
    for ending, cases in _CASES.items():
        if name.endswith(ending):
            return tuple(name.removesuffix(ending) + case for case in cases)
    return tuple(name + case for case in ("а", "у", "ом", "е")) if name[-1] in _CONSONANTS else ()


def _vendor_term(role: str, vendor_id: str, name: str) -> Term:
    is_spaced = re.search(f"[{_UNSPACED}]", name) is None
    return make_term(role, vendor_id, "", name, {"words": is_spaced, "proclitics": ["و", "ل", "ب", "ال"]})
