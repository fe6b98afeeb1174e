"""Which raw pages are worth parsing: passes over bytes, before charset, HTML or language are known.

The prefilter keeps a superset of what the matcher would act on. It looks for the words of terms as bytes, in every charset that
pages come in, capitals, accents and traditional characters spelled out per character. A term counts as met where its words stand
in order with nothing between them but what may stand between words: white space, hyphens, tags. Character references are
resolved first where a page has any; pages that seem Chinese are read a second time without tags and line breaks, which may stand
inside a term there. What cannot be spelled out (soft hyphens in words, pinyin in brackets, UTF-16) is kept.

A page is kept if it names a Safe City or a product, or a camera, control room or emergency call together with a word of public
security.
"""

from __future__ import annotations

import contextlib
import html
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain

from citywatch.codebook import HAN, Term, fold, lexicon
from citywatch.errors import MissingExtraError
from citywatch.screening.reading import ROOMS

STRONG, WEAK, SECURITY, REFERENCES = 1, 2, 4, 8
_HAN = re.compile(f"[{HAN}]")
_CYRILLIC = re.compile("[\u0400-\u052f]")
_ARABIC = re.compile("[\u0600-\u06ff]")
_CHARSETS = {
    "latin": ("ascii",),
    "cyrillic": ("utf-8", "cp1251", "koi8-r"),
    "arabic": ("utf-8", "cp1256"),
    "han": ("utf-8", "gb18030", "big5hkscs"),
}
# bytes around an anchor in which the rest of its term must stand: tags with long addresses stand there too
_REACH = 700
_GAP = (
    rb"(?:[\x00-\x20\-/_\xa0\x96\x97\xad\xb7\x85]|\xc2[\x85\xa0\xad\xb7]|\xe2\x80[\x80-\x95\xa2\xa8-\xaf]|\xe2\x88\x92"
    rb"|\xe3\x80\x80|\xa1[\xa1\x40\xaa]|\xef\xbc\x8d|<[^>]*>)+"
)
_ENDING = rb"[a-zA-Z0-9\x80-\xff]*"
_LEFT, _RIGHT = rb"(?:(?<![a-zA-Z0-9])|(?<=[\x81-\xfe][a-zA-Z0-9]))", rb"(?![a-zA-Z0-9])"
_REFERENCE = re.compile(rb"&(?:#[0-9]{2,7}|#[xX][0-9a-fA-F]{2,6}|[a-zA-Z]{2,8}[0-9]{0,2});")
_HAS_REFERENCES = (
    rb"&#[x0-9]",
    rb"&[a-z](?:acute|grave|circ|cedil|tilde|uml|ring|caron|slash);",
    rb"&(?:szlig|nbsp|shy|[enm]+sp|[mn]dash);",
)
_PLAIN = frozenset([b"&amp;", b"&lt;", b"&gt;", b"&quot;"])
_ODDITIES = (
    rb"^(?:\xff\xfe|\xfe\xff)",
    rb"[a-z\x80-\xff](?:\xc2\xad|\xe2\x80[\x8b-\x8f]|\xe2\x81\xa0)[a-z\x80-\xff]",
    rb"[a-z]\xcc[\x80-\xbf]",
    rb"[\xe3-\xe9][\x80-\xbf]{2}(?:\(|\xef\xbc\x88)[a-z\xc3\xc4\xc5\xc7\x80-\xbf]{1,12}(?:\)|\xef\xbc\x89)",
    rb"[\x81-\xfe][\x40-\xfe]\([a-z]{0,5}\xa8[\xa1-\xbf][a-z]{0,5}\)",
    rb"\xef\xbc[\xa1-\xba]\xef\xbc[\xa1-\xba]",
    rb"\xef\xbd[\x81-\x9a]\xef\xbd[\x81-\x9a]",
)
_INSIDE_HAN = re.compile(rb"<[^>]*>|[\x09-\x0d\x20]+(?=[\x80-\xff<])|\xe3\x80\x80|\xc2\xa0")
_ASCII = bytes(range(128))
_SOME_HIGH = 0.05  # share of bytes beyond ASCII from which on a page may be in another script


def _unmarked() -> bytes:
    """Table that turns accented letters of Windows-1252, and the second halves of those of UTF-8, into plain ones."""
    table = bytearray(range(256))
    for point in range(0xC0, 0x100):
        plain = fold(chr(point)).text
        if len(plain) == 1 and plain.isascii():
            table[point] = table[point - 0x40] = ord(plain)
    return bytes(table)


def _unmarked_1250() -> bytes:
    """Table that turns accented letters of Windows-1250 into plain ones."""
    table = bytearray(range(256))
    for byte in range(0x80, 0x100):
        plain = fold(bytes((byte,)).decode("cp1250", "replace")).text
        if len(plain) == 1 and plain.isascii() and plain.isalpha():
            table[byte] = ord(plain)
    return bytes(table)


_UNMARKED = _unmarked()
_UNMARKED_1250 = _unmarked_1250()
_MARKED = re.compile(rb"[\xc3-\xc5][\x80-\xbf]")
_PLAIN_LETTERS = {
    chr(point).encode(): fold(chr(point)).text.encode()
    for point in range(0xC0, 0x180)
    if fold(chr(point)).text.isascii()
}


class Prefilter:
    """Keeps pages that may hold a candidate.

    Args:
        terms: The lexicon.

    Raises:
        MissingExtraError: If hyperscan is not installed; ``--no-prefilter`` then parses every page.
    """

    def __init__(self, terms: Iterable[Term]) -> None:
        try:
            import hyperscan
        except ImportError:
            raise MissingExtraError("screen", "The byte prefilter") from None
        anchors: defaultdict[bytes, set[_Phrase]] = defaultdict(set)
        for phrase in {
            _Phrase(group, term.parts, term.is_bounded and not term.proclitics, term.is_bounded)
            for term in terms
            for group in [group_of(term)]
            if group
        }:
            for pattern in phrase.anchors():
                anchors[pattern].add(phrase)
        patterns = sorted(anchors)
        self._phrases = [sorted(anchors[pattern], key=lambda one: one.parts) for pattern in patterns]
        plain = {
            _escaped(word.encode())
            for phrase in chain.from_iterable(self._phrases)
            for word, _ in phrase.parts
            if word.isascii()
        }
        is_plain = [*(pattern in plain for pattern in patterns), *(True for _ in (*_ODDITIES, *_HAS_REFERENCES))]
        self._odd = len(patterns)
        self._references = self._odd + len(_ODDITIES)
        patterns += [*_ODDITIES, *_HAS_REFERENCES]
        self.patterns = len(patterns)
        self._database = hyperscan.Database()
        self._database.compile(
            expressions=patterns,
            ids=list(range(len(patterns))),
            elements=len(patterns),
            flags=[hyperscan.HS_FLAG_DOTALL | (hyperscan.HS_FLAG_CASELESS if plain else 0) for plain in is_plain],
        )
        self._scratch = hyperscan.Scratch(self._database)
        self._stop = hyperscan.ScanTerminated

    def keep(self, page: bytes) -> bool:
        """Whether a raw page is worth parsing.

        Args:
            page: Bytes as received, transfer and content encodings undone.
        """
        met = self._met(page, 0)
        if met & REFERENCES and not _is_enough(met):
            page = _REFERENCE.sub(_resolved, page)
            met = self._met(page, 0)
        if _is_enough(met) or page.isascii():
            return _is_enough(met)
        is_foreign = len(page.translate(None, _ASCII)) > _SOME_HIGH * len(page)
        page, is_utf8 = _lowered(page, is_foreign=is_foreign)
        for other in _readings(page, is_utf8=is_utf8, is_foreign=is_foreign):
            if _is_enough(met):
                break
            met = self._met(other, met)
        return _is_enough(met)

    def _met(self, page: bytes, met: int) -> int:
        phrases = self._phrases

        def note(number: int, _start: int, end: int, _flags: int, _context: object) -> bool:
            nonlocal met
            if number >= self._references:
                met |= REFERENCES
                return False
            if number >= self._odd:
                met |= STRONG
                return True
            for phrase in phrases[number]:
                if not phrase.group & met and phrase.is_in(page, end):
                    met |= phrase.group
            return _is_enough(met)

        with contextlib.suppress(self._stop):
            self._database.scan(page, match_event_handler=note, scratch=self._scratch)
        return met


@dataclass(frozen=True)
class _Phrase:
    """The words of a term as bytes.

    Attributes:
        group: What it counts as.
        parts: Folded words and whether each may be inflected.
        is_left: It begins where a word does.
        is_right: It ends where a word does.
    """

    group: int
    parts: tuple[tuple[str, bool], ...]
    is_left: bool
    is_right: bool

    def anchors(self) -> set[bytes]:
        """Its longest word, one pattern per charset."""
        return set(_spellings(max((word for word, _ in self.parts), key=len)))

    @cached_property
    def pattern(self) -> re.Pattern[bytes]:
        """The whole term in any charset."""
        words = [
            b"(?:" + b"|".join(_spellings(word)) + b")" + (_ENDING if is_inflected else b"")
            for word, is_inflected in self.parts
        ]
        left = _LEFT if self.is_left and self.parts[0][0][:1].isascii() else b""
        right = _RIGHT if self.is_right and self.parts[-1][0][-1:].isascii() and not self.parts[-1][1] else b""
        return re.compile(left + _GAP.join(words) + right, re.DOTALL)

    def is_in(self, page: bytes, end: int) -> bool:
        """Whether the term stands around an anchor that ends here."""
        around = page[max(0, end - _REACH) : end + _REACH]
        return self.pattern.search(around.lower() if self._is_latin else around) is not None

    @cached_property
    def _is_latin(self) -> bool:
        """Only ASCII letters may be made small: half a Chinese character may look like one."""
        return all(word.isascii() for word, _ in self.parts)


def _lowered(page: bytes, *, is_foreign: bool) -> tuple[bytes, bool]:
    """The page, capitals of other scripts made small where it is UTF-8, and whether it is."""
    try:
        text = page.decode("utf-8")
    except UnicodeDecodeError:
        return page, False
    return (text.lower().encode("utf-8") if is_foreign else page), True


def _readings(page: bytes, *, is_utf8: bool, is_foreign: bool) -> Iterator[bytes]:
    """The page with accents off, for the charsets that may have put them on, and without what may stand inside terms."""
    if not is_utf8:
        yield page.translate(_UNMARKED, b"\xc3")
        yield page.translate(_UNMARKED_1250)
    elif b"\xc4" in page or b"\xc5" in page:
        yield _MARKED.sub(lambda found: _PLAIN_LETTERS.get(found[0], found[0]), page)
    elif b"\xc3" in page:
        yield page.translate(_UNMARKED, b"\xc3")
    if is_foreign:
        yield _INSIDE_HAN.sub(b"", page)


def _is_enough(met: int) -> bool:
    return bool(met & STRONG) or met & (WEAK | SECURITY) == WEAK | SECURITY


def _resolved(found: re.Match[bytes]) -> bytes:
    return _reference(found[0])


@cache
def _reference(reference: bytes) -> bytes:
    if reference in _PLAIN:
        return reference
    text = html.unescape(reference.decode("ascii"))
    if fold(text).text == " ":
        return b" "
    return text.lower().encode("utf-8", "ignore") if not text.startswith("&") else reference


@cache
def prefilter() -> Prefilter:
    """The prefilter over the embedded lexicon."""
    return Prefilter(lexicon().terms)


def group_of(term: Term) -> int | None:
    """What a term counts as: ``STRONG``, ``WEAK``, ``SECURITY``, or nothing."""
    if term.role == "safe_city" or (term.role == "product" and term.value not in ROOMS):
        return STRONG
    if term.role in ("camera", "product"):
        return WEAK
    return SECURITY if term.role == "security" or (term.role == "buyer" and term.value == "police") else None


@cache
def _spellings(word: str) -> tuple[bytes, ...]:
    """A folded word in every charset of its script, as patterns over bytes; ASCII words in small letters."""
    if word.isascii():
        return (_escaped(word.encode()),)
    found = (b"".join(_letter(letter, charset) for letter in word) for charset in _CHARSETS[_script(word)])
    return tuple(dict.fromkeys(one for one in found if one))


def _script(word: str) -> str:
    if _HAN.search(word):
        return "han"
    if _CYRILLIC.search(word):
        return "cyrillic"
    return "arabic" if _ARABIC.search(word) else "latin"


@cache
def _letter(letter: str, charset: str) -> bytes:
    """Every spelling of a folded letter in one charset, as alternatives."""
    spellings: set[bytes] = set()
    for variant in _unfolded().get(letter, ()) or (letter,):
        with contextlib.suppress(UnicodeEncodeError):
            spellings.add(variant.encode(charset))
    heads: defaultdict[bytes, set[int]] = defaultdict(set)
    for spelling in spellings or {letter.encode("utf-8")}:
        heads[spelling[:-1]].add(spelling[-1])
    parts = [_escaped(head) + _class(tails) for head, tails in sorted(heads.items())]
    return parts[0] if len(parts) == 1 else b"(?:" + b"|".join(parts) + b")"


def _class(tails: set[int]) -> bytes:
    if len(tails) == 1:
        return _escaped(bytes(tails))
    return b"[" + b"".join(_escaped(bytes((tail,))) for tail in sorted(tails)) + b"]"


def _escaped(data: bytes) -> bytes:
    """Bytes as a pattern; letters and digits stand for themselves."""
    return b"".join(bytes((byte,)) if chr(byte).isalnum() and byte < 0x80 else b"\\x%02x" % byte for byte in data)


@cache
def _unfolded() -> Mapping[str, tuple[str, ...]]:
    """Characters by what they fold to, from the ranges that pages use."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    ranges = (
        *range(0x20, 0x180), *range(0x218, 0x21C), *range(0x400, 0x460), *range(0x490, 0x4FF),
        *range(0x620, 0x64B), *range(0x660, 0x6D5), *range(0x2018, 0x201A), *range(0x4E00, 0xA000),
    )  # fmt: skip
    for point in ranges:
        character = chr(point)
        if unicodedata.category(character)[0] not in "CM":
            folded = fold(character).text
            if len(folded) == 1:
                found[folded].append(character)
    return {folded: tuple(characters) for folded, characters in found.items()}
