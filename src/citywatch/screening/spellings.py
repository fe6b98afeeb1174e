"""Terms as patterns over bytes: every way in which a page may write a folded letter, per script.

Pages are in UTF-8 here. Hyperscan is fast only where patterns hold plain letters, so alternatives are taken out of the patterns and
put into *views* of a page: ``bytes.translate`` folds accents, Cyrillic capitals, Arabic vowel signs and letter forms of a whole page
into one byte a letter. A view may join what the page keeps apart, never the other way round: whoever finds a term in a view
looks again at the page itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from itertools import chain

from citywatch.codebook import HAN, Term, fold

_HAN = re.compile(f"[{HAN}]")
_CYRILLIC = re.compile("[\u0400-\u052f]")
_ARABIC = re.compile("[\u0600-\u06ff]")
# Characters that pages use and that fold to one letter; combining marks and joiners are removed beforehand.
_RANGES = (
    (0x20, 0x250), (0x400, 0x530), (0x620, 0x64B), (0x660, 0x6D5), (0x1E00, 0x1F00), (0x2018, 0x201A), (0xFF01, 0xFF5F),
)  # fmt: skip
_HAN_RANGES = ((0x2E80, 0x2FE0), (0x3005, 0x3008), (0x3400, 0xA000), (0xF900, 0xFB00))
# Cyrillic letters with marks that fold to plain ones and that views do not know: stress, macrons, breves.
MARKED_CYRILLIC = {
    character: folded
    for character in ("\u0400", "\u040d", "\u0450", "\u045d", *map(chr, range(0x460, 0x530)))
    if "\u0430" <= (folded := fold(character).text) <= "\u045f"
}
_FIRST_HAN = "\u2e80"
# What may stand between two words of a term: white space, dashes and other signs, tags, comments, references. In a view the second
# and third byte of a sign may look like a letter. No piece can be read in two ways, or a hostile page would take ages in ``re``.
_MOST_SPELLINGS = 64  # of an anchor; stretches with more are cut shorter
_SPLIT = rb"</?[a-zA-Z][^>]*>|<!--[^>]*[a-zA-Z0-9][^>]*>|&#?[a-zA-Z0-9]{1,8};"
GAP = (
    rb"(?:[^a-zA-Z0-9\xc2\xe2\xe3\xef]|\xc2[a-zA-Z]?|[\xe2\xe3\xef](?:[a-zA-Z]{1,2}|[^a-zA-Z0-9][a-zA-Z])?|"
    + _SPLIT
    + rb")+"
)
_SIGN = rb"(?:[\x00-\x20\-_/<>]|\xc2[\x80-\xbf]?|[\xe2\xe3\xef][\x80-\xbf]{0,2}|" + _SPLIT + rb")+"
# What may stand between two Chinese characters of a term and folds away.
HAN_GAP = rb"(?:[\x00-\x20]|\xc2\xa0|\xe2\x80[\x80-\x8a\xa8\xa9]|\xe3\x80\x80|" + _SPLIT + rb"|<!--[^a-zA-Z0-9>]*>)+"
_GAP_BEGINS = rb"(?:[\x00-\x20<&]|\xc2\xa0|\xe2\x80|\xe3\x80\x80)"
_GAP_ENDS = rb"(?:[\x00-\x20>;]|\xc2\xa0|\xe2\x80.|\xe3\x80\x80)"
_ENDING = rb"[a-zA-Z0-9\x80-\xff]{0,32}"


class Script(StrEnum):
    """Alphabets that terms are written in."""

    LATIN = "latin"
    CYRILLIC = "cyrillic"
    ARABIC = "arabic"
    HAN = "han"


@dataclass(frozen=True, slots=True)
class View:
    """A page with every letter of an alphabet as one byte.

    Attributes:
        table: New byte for each of 256.
        gone: Bytes that are removed.
    """

    table: bytes = field(repr=False)
    gone: bytes = b""

    def of(self, data: bytes) -> bytes:
        """The view of some bytes."""
        return data.translate(self.table, self.gone)


def script_of(term: Term) -> Script:
    """Alphabet of a term; one Chinese character makes it Chinese."""
    text = " ".join(word for word, _ in term.parts)
    if _HAN.search(text):
        return Script.HAN
    if _CYRILLIC.search(text):
        return Script.CYRILLIC
    return Script.ARABIC if _ARABIC.search(text) else Script.LATIN


def unfolded(letter: str) -> tuple[str, ...]:
    """Characters that fold to a letter; the letter itself where none is known."""
    return _unfolded(is_han=letter >= _FIRST_HAN).get(letter) or (letter,)


@cache
def _unfolded(*, is_han: bool) -> Mapping[str, tuple[str, ...]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for character in map(chr, chain.from_iterable(range(*one) for one in (_HAN_RANGES if is_han else _RANGES))):
        if unicodedata.category(character)[0] not in "CM" and len(folded := fold(character).text) == 1:
            found[folded].append(character)
    return {folded: tuple(characters) for folded, characters in found.items()}


Spell = Callable[[str], frozenset[bytes]]


def pattern(term: Term, spell: Spell) -> bytes:
    """A term as a pattern over bytes; gaps inside Chinese terms wherever they may stand. For ``re``.

    Args:
        term: The term; what follows its last word is left open, and so are its boundaries.
        spell: Spellings of one folded letter, as :func:`as_written` or :func:`in_view` give them.
    """
    script = script_of(term)
    between = b"(?:" + HAN_GAP + b")?" if script is Script.HAN else b""
    gap = GAP if script is Script.LATIN else _SIGN
    words = []
    for number, (word, is_inflected) in enumerate(term.parts):
        pieces = [between.join(_any_of(spell(letter)) for letter in piece) for piece in word.split(" ")]
        is_last = number == len(term.parts) - 1
        words.append(gap.join(pieces) + (_ENDING if is_inflected and not is_last else b""))
    return gap.join(words)


def patterns(term: Term, spell: Spell) -> tuple[bytes, ...]:
    """A term as patterns for hyperscan: the first is the term, the others say that it may stand here, broken by something.

    A Chinese term becomes one pattern without a gap, and for each place where a gap may stand the longer half up to the gap, because
    plain letters are found faster than gaps.
    """
    text = term.parts[0][0]
    if script_of(term) is not Script.HAN or len(term.parts) > 1 or " " in text:
        return (pattern(term, spell),)
    letters = [_any_of(spell(letter)) for letter in text]
    places = [at for at in range(1, len(text)) if not text[at - 1].isascii() and not text[at].isascii()]
    return (
        b"".join(letters),
        *(
            b"".join(letters[:at]) + _GAP_BEGINS if 2 * at >= len(text) else _GAP_ENDS + b"".join(letters[at:])
            for at in places
        ),
    )


def anchors(term: Term, spell: Spell) -> frozenset[bytes]:
    """Strings one of which every spelling of a term holds, ASCII in small letters: the longest stretch of one of its words.

    Args:
        term: The term.
        spell: Spellings of one folded letter.
    """
    best: frozenset[bytes] = frozenset()
    longest = 1 if script_of(term) is Script.HAN else 99
    for piece in " ".join(word for word, _ in term.parts).split(" "):
        for start in range(len(piece)):
            found = frozenset([b""])
            for letter in piece[start : start + longest]:
                more = frozenset(one + spelling.lower() for one in found for spelling in spell(letter))
                if len(more) > _MOST_SPELLINGS:
                    break
                found = more
            if _shortest(found) > _shortest(best):
                best = found
    return best


def _shortest(strings: frozenset[bytes]) -> int:
    return min(map(len, strings), default=0)


@cache
def as_written(letter: str) -> frozenset[bytes]:
    """Spellings of a letter in UTF-8."""
    return frozenset(variant.encode() for variant in unfolded(letter))


@cache
def in_view(view: View) -> Spell:
    """Spellings of a letter in a view; Latin letters without accents, in any case."""

    @cache
    def spell(letter: str) -> frozenset[bytes]:
        if letter.isascii():
            return frozenset([letter.lower().encode(), letter.upper().encode()])
        found = set()
        for variant in unfolded(letter):
            if variant not in MARKED_CYRILLIC:
                found.add(view.of(variant.encode()))
        return frozenset(found)

    return spell


def _any_of(spellings: frozenset[bytes]) -> bytes:
    tails: defaultdict[bytes, set[int]] = defaultdict(set)
    for spelling in spellings:
        tails[spelling[:-1]].add(spelling[-1])
    parts = [_escaped(head) + _class(some) for head, some in sorted(tails.items())]
    return parts[0] if len(parts) == 1 else b"(?:" + b"|".join(parts) + b")"


def _class(tails: set[int]) -> bytes:
    inside = b"".join(_escaped(bytes((tail,))) for tail in sorted(tails))
    return inside if len(tails) == 1 else b"[" + inside + b"]"


def _escaped(data: bytes) -> bytes:
    return b"".join(b"%c" % byte if chr(byte).isalnum() and byte < 0x80 else b"\\x%02x" % byte for byte in data)


def _table(pairs: Mapping[int, int]) -> bytes:
    return bytes(pairs.get(byte, byte) for byte in range(256))


def _plain(character: str) -> int:
    """The ASCII letter that a character folds to; 0 if it is none."""
    folded = fold(character).text if character.isalpha() else ""
    return ord(folded) if len(folded) == 1 and folded.isascii() and folded.isalpha() else 0


def _latin() -> View:
    """Accents of Western languages: second bytes behind C3."""
    return View(_table({p - 0x40: letter for p in range(0xC0, 0x100) if (letter := _plain(chr(p)))}), b"\xc3")


def _eastern(*, is_usual: bool) -> View:
    """Accents of Serbian and its neighbours: second bytes behind C4 and C5, where two letters may share one.

    Args:
        is_usual: Of two that share a second byte take the Serbian one, else that behind C4; otherwise the other one.
    """
    pairs: dict[int, int] = {}
    usual = [*"ćčđšžĆČĐŠŽ", *map(chr, range(0x100, 0x180))]
    for letter in usual if is_usual else dict.fromkeys(reversed(usual)):
        if plain := _plain(letter):
            pairs.setdefault(letter.encode()[-1], plain)
    return View(_table(pairs), b"\xc4\xc5")


def _cyrillic() -> View:
    """Cyrillic in small letters: second bytes behind D0 and D1, which some letters share; never the first byte of a sign."""
    pairs: dict[int, int] = {}
    for character in map(chr, (*range(0x410, 0x460), *range(0x401, 0x410))):
        pairs.setdefault(character.encode()[1], fold(character).text.encode()[1])
    return View(_table(pairs), b"\xd0\xd1")


def _arabic() -> View:
    """Arabic without vowel signs: second bytes behind D8 and D9, never the first byte of a sign."""
    pairs: dict[int, int] = {}
    for character in map(chr, (*range(0x621, 0x63B), *range(0x641, 0x64B))):
        if len(folded := fold(character).text) == 1:
            pairs[character.encode()[1]] = folded.encode()[1]
    return View(_table(pairs), b"\xd8\xd9\x80" + bytes(byte for byte in range(0x8B, 0xA0) if byte != 0x8C))


WESTERN, CYRILLIC, ARABIC = _latin(), _cyrillic(), _arabic()
EASTERN, EASTERN_REST = _eastern(is_usual=True), _eastern(is_usual=False)
