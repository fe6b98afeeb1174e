"""Which raw pages are worth parsing: patterns over bytes, before charset, HTML or language are known.

The prefilter keeps a superset of what the matcher would act on. A page is kept if it names a Safe City or a product; or a control
room or an emergency call, and public security anywhere; or a camera, and beside it a word that tells that it watches, and public
security anywhere. Only a page that names one of the first three is looked at for the rest.

A page that is not UTF-8 is decoded first, exactly as the reader will decode it. A page is looked at once as it is, and once more for
each alphabet that its bytes show, in a view that folds the alphabet (:mod:`citywatch.screening.spellings`). Character references to
letters, soft hyphens, marks and pinyin in brackets that stand inside words are resolved where a page has any, and the page is looked
at again.
"""

from __future__ import annotations

import codecs
import html
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, partial

from citywatch.codebook import Term, lexicon
from citywatch.documents import decode
from citywatch.screening import spellings
from citywatch.screening.reading import ROOMS
from citywatch.screening.scanners import REACH, Pattern, Scanner, make_scanner
from citywatch.screening.settings import evidence_settings
from citywatch.screening.spellings import Script, View

_ROOM, _CAMERA, _SECURITY, _WATCH, _STRONG = "room", "camera", "security", "watch", "strong"
_FIRST = frozenset([_STRONG, _ROOM, _CAMERA])
_HEAD, _SURE = 16_384, 64  # bytes read at once to tell UTF-8, and how many beyond ASCII must have fitted
_ZERO = 4_096  # bytes in which a zero byte tells of another charset
_FEW, _SIDE = 16, 800  # stretches that hold an alphabet, up to which only they are looked at; bytes on either side
_ALPHABETS: tuple[tuple[Script, View | None, tuple[bytes, ...]], ...] = (
    (Script.LATIN, spellings.WESTERN, (b"\xc3",)),
    (Script.LATIN, spellings.EASTERN, (b"\xc4", b"\xc5")),
    (Script.LATIN, spellings.EASTERN_REST, (b"\xc4", b"\xc5")),
    (Script.CYRILLIC, spellings.CYRILLIC, (b"\xd0", b"\xd1")),
    (Script.ARABIC, spellings.ARABIC, (b"\xd8", b"\xd9", b"\xda", b"\xdb")),
    (Script.HAN, None, (b"\xe6", b"\xe5", b"\xe7", b"\xe4", b"\xe8", b"\xe9", b"\xe3")),
)
# What folds away inside words, by the string that it begins with: looked for one by one, which is faster than all at once.
_JOINERS = {
    b"\xc2\xad": b"",
    b"\xe2\x80": rb"[\x8b-\x8f\xaa-\xae]",
    b"\xe2\x81": rb"[\xa0-\xa4]",
    b"\xef\xbb\xbf": b"",
    b"\xcc": rb"[\x80-\xbf]",
    b"\xcd": rb"[\x80-\xaf]",
    b"\xd8\x9c": b"",
}
# Letters and digits, not the punctuation that pages often write as references (8208 to 8230).
_DECIMAL = (
    rb"0*(?:4[89]|5[0-7]|6[5-9]|[78][0-9]|90|9[789]|10[0-9]|11[0-9]|12[0-2]|19[2-9]|[2-9][0-9][0-9]"
    rb"|1[0-7][0-9][0-9]|7[6-9][0-9][0-9]|1[1-9][0-9]{3}|[2-6][0-9]{4})"
)
_HEX = (
    rb"0*(?:3[0-9]|[46][1-9a-fA-F]|[57][0-9aA]|[c-fC-F][0-9a-fA-F]|[1-7][0-9a-fA-F]{2}|1[eE][0-9a-fA-F]{2}"
    rb"|2[efEF][0-9a-fA-F]{2}|[3-9fF][0-9a-fA-F]{3})"
)
_PINYIN = rb"(?:[a-zA-Z]|\xc3[\xaa\xbc]){0,6}(?:\xc3[\x80-\xbf]|[\xc4-\xc7][\x80-\xbf]|\xe1\xb8\xbf)[^)\xef]{0,12}(?:\)|\xef\xbc\x89)"
# What makes a page be resolved and looked at again, with a string that every match holds. Plain strings are several times faster
# than classes here, and numbers are faster in a scanner of their own.
_ODD_NUMBERS = {
    rb"&#" + _DECIMAL + rb"[^0-9]": b"&#",
    rb"&#[xX]" + _HEX + rb"[^0-9a-fA-F]": b"&#",
    rb"&#(?:173|820[3-7]|8288|[xX][aA][dD]|[xX]200[b-fB-F]);": b"&#",
}
_ODD_NAMES = {name: name.lower() for name in (
    b"acute;", b"grave;", b"circ;", b"cedil;", b"tilde;", b"uml;", b"caron;", b"breve;", b"macr;", b"ogon;", b"strok;", b"&aring;",
     b"&Aring;", b"slash;", b"szlig;", b"elig;", b"ELig;", b"&shy;", b"&zwnj;", b"&zwj;", b"imath;", b"inodot;", b"dot;"
)}  # fmt: skip
_ODD_SIGNS = {
    re.escape(sign): sign
    for sign in (
        b"\xc2\xad", b"\xd8\x9c", b"\xcc", b"\xcd",
        *(chr(point).encode() for first, last in ((0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x2064), (0xFB00, 0xFB06))
          for point in range(first, last + 1)),
        *(letter.encode() for letter in spellings.MARKED_CYRILLIC),
    )
}  # fmt: skip
_ODD_SIGNS |= {
    rb"\xef\xbb\xbf[a-zA-Z\x80-\xff]": b"\xef\xbb\xbf",
    rb"\xef\xbc[\xa1-\xba]\xef\xbc": b"\xef\xbc",
    rb"\xef\xbd[\x81-\x9a]\xef\xbd": b"\xef\xbd",
}
_ODD_HAN = {
    rb"[\xe3-\xe9][\x80-\xbf][\x80-\xbf]\(" + _PINYIN: b"(",
    rb"[\xe3-\xe9][\x80-\xbf][\x80-\xbf]\xef\xbc\x88" + _PINYIN: b"\xef\xbc\x88",
}
_ODD = (_ODD_NUMBERS, _ODD_NAMES, _ODD_SIGNS, _ODD_HAN)
_REFERENCE = re.compile(rb"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,8}[0-9]{0,2});?")
_GONE = {head: re.compile(head + tail) for head, tail in _JOINERS.items()}
_BRACKETS = [re.compile(one + rb"(?<=[\x80-\xff]" + one + rb")" + _PINYIN) for one in (rb"\(", rb"\xef\xbc\x88")]
_LIGATURES = re.compile(rb"\xef\xac[\x80-\x86]")
_WIDE = re.compile(rb"\xef\xbc[\x81-\xbf]|\xef\xbd[\x80-\x9e]")
_MARKUP = re.compile(rb"<(script|style|template|svg)\b.*?</\1|<!--.*?-->|<[^>]*>", re.DOTALL | re.IGNORECASE)
# Ends of sentences that are sure: views show capitals of other alphabets as small letters, before which a full stop ends nothing.
_SENTENCE = re.compile(rb"[.!?][\"')\]]*[\x00-\x20]+[A-Z0-9]|\xe3\x80\x82|\xef\xbc[\x81\x9b\x9f]")
_PLAIN = frozenset([b"&amp;", b"&lt;", b"&gt;", b"&quot;"])


class Prefilter:
    """Keeps pages that may hold a candidate.

    Args:
        terms: The lexicon.
        engine: ``hyperscan`` or ``ahocorasick``; empty takes the first that is installed.

    Raises:
        MissingExtraError: If no engine is installed; ``--no-prefilter`` then parses every page.
    """

    def __init__(self, terms: Iterable[Term], engine: str = "") -> None:
        kinds: defaultdict[bool, dict[_Word, None]] = defaultdict(dict)
        for term in terms:
            for group in groups_of(term):
                kinds[group in _FIRST][_Word(group, term)] = None
        self._first, self._second = _Sieve(tuple(kinds[True]), engine), _Sieve(tuple(kinds[False]), engine)
        self._odd = [
            make_scanner([Pattern(regex, partial(frozenset, (anchor,))) for regex, anchor in odd.items()], engine)
            for odd in _ODD
        ]

    def prepare(self) -> None:
        """Make now every scanner that some page may need."""
        self._first.prepare()
        self._second.prepare()

    def keep(self, page: bytes, declared: str = "") -> bool:
        """Whether a raw page is worth parsing.

        Args:
            page: Bytes as received, transfer and content encodings undone.
            declared: Charset as a header named it; empty if none did.
        """
        if b"\x00" in page[:_ZERO] or (not page.isascii() and not _is_utf8(page)):
            page = decode(page, declared)[0].encode("utf-8", "replace")
        return self._is_kept(page) or (self._is_odd(page) and self._is_kept(_resolved(page)))

    def _is_odd(self, page: bytes) -> bool:
        """Whether something stands inside words that must be resolved first."""
        numbers, names, signs, in_han = self._odd
        looks = [numbers, names] if b"&" in page else []
        if not page.isascii():
            looks += [signs, in_han] if _has_han(page) else [signs]
        return any(odd.scan(page, is_first_enough=True) for odd in looks)

    def _is_kept(self, page: bytes) -> bool:
        met = self._first.find(_looks(page), enough=_STRONG)
        if _STRONG in met:
            return True
        is_told = _ROOM in met or any(self._is_watching(spot) for spot in met.get(_CAMERA, ()))
        return is_told and _SECURITY in self._second.find(_looks(page), enough=_SECURITY)

    def _is_watching(self, camera: _Spot) -> bool:
        """Whether a word in the sentence of a camera may tell that it watches."""
        reach = 4 * evidence_settings().longest_sentence
        start = max(0, camera.end - reach)
        around = _Look(camera.look.script, camera.look.data[start : camera.end + reach])
        watching = self._second.find([around]).get(_WATCH, ())
        return any(_is_near(around.data, camera.end - start, end) for end in _beside(camera.end - start, watching))


def groups_of(term: Term) -> tuple[str, ...]:
    """What a term counts as: any of ``strong``, ``room``, ``camera``, ``security``, ``watch``."""
    if term.role == "safe_city" or (term.role == "product" and term.value not in ROOMS):
        return (_STRONG,)
    if term.role in ("product", "camera", "watch", "security"):
        return ({"product": _ROOM}.get(term.role, term.role),)
    return (_SECURITY,) if term.role == "buyer" and term.value == "police" else ()


# A letter as it stands in a look, and what may stand before a word although its last byte looks like one.
_LETTERS = {Script.LATIN: b"[a-zA-Z0-9]", Script.CYRILLIC: rb"[\x80-\x8f\xb0-\xbf]"}
_BEFORE = rb"(?<=\xc2.)|(?<=[\xe2\xe3\xef]..)"


@dataclass(frozen=True)
class _Word:
    """A term and what it counts as."""

    group: str
    term: Term


class _Check:
    """A second look at a place where a scanner found a word: whether it stands where words do.

    Args:
        word: The word.
        spell: How its letters are spelled in this look.
        is_half: The scanner found one side of a Chinese word that may be broken there.
    """

    def __init__(self, word: _Word, spell: spellings.Spell, *, is_half: bool) -> None:
        self.word, self._spell, self._is_half = word, spell, is_half
        text = " ".join(letters for letters, _ in word.term.parts)
        self._is_gapped = " " in text or spellings.script_of(word.term) is Script.HAN
        self._near = 4 * len(text.encode()) + 16 if self._is_gapped else len(text.encode()) + 4

    def is_met(self, data: bytes, end: int) -> bool:
        """Whether a match that ends here counts."""
        if self._is_half:
            return self.bounded.search(data, max(0, end - REACH), end + REACH) is not None
        if self.bounded.search(data, max(0, end - self._near), end + 2) is not None:
            return True
        return self._is_gapped and self.bounded.search(data, max(0, end - REACH), end + 2) is not None

    @cached_property
    def bounded(self) -> re.Pattern[bytes]:
        """The word between boundaries."""
        term, regex = self.word.term, spellings.pattern(self.word.term, self._spell)
        letter = _LETTERS.get(spellings.script_of(term), b"")
        if not letter or not term.is_bounded:
            return re.compile(regex, re.DOTALL)
        right = b"" if term.parts[-1][1] else b"(?!" + letter + b")"
        return re.compile(b"(?:(?<!" + letter + b")|" + _BEFORE + b")" + regex + right, re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Look:
    """One way of looking at a page.

    Attributes:
        script: Words of this alphabet are looked for.
        data: What is read.
    """

    script: Script
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a word was met: in which look, and where it ends there."""

    look: _Look
    end: int


_Met = dict[str, list[_Spot]]
_SPELLS: dict[Script, spellings.Spell] = {
    Script.LATIN: spellings.in_view(spellings.WESTERN),
    Script.CYRILLIC: spellings.in_view(spellings.CYRILLIC),
    Script.ARABIC: spellings.in_view(spellings.ARABIC),
    Script.HAN: spellings.as_written,
}


class _Sieve:
    """Some words in every alphabet; scanners are made when they are first needed.

    Args:
        words: What to look for.
        engine: As in :func:`make_scanner`.
    """

    def __init__(self, words: Sequence[_Word], engine: str) -> None:
        self._engine = engine
        self._words: defaultdict[Script, list[_Word]] = defaultdict(list)
        for word in words:
            self._words[spellings.script_of(word.term)].append(word)
        self._made: dict[Script, tuple[Scanner, Sequence[_Check]]] = {}

    def prepare(self) -> None:
        """Make every scanner."""
        for script in Script:
            self._scanner(script)

    def find(self, looks: Iterable[_Look], enough: str = "") -> _Met:
        """Words met, by what they count as.

        Args:
            looks: Looks at one page.
            enough: Group after which the search ends.
        """
        met: _Met = {}
        for look in looks:
            scanner, checks = self._scanner(look.script)
            for number, end in scanner.scan(look.data):
                if checks[number].is_met(look.data, end):
                    group = checks[number].word.group
                    met.setdefault(group, []).append(_Spot(look, end))
                    if group == enough:
                        return met
        return met

    def _scanner(self, script: Script) -> tuple[Scanner, Sequence[_Check]]:
        if script not in self._made:
            self._made[script] = self._make(script)
        return self._made[script]

    def _make(self, script: Script) -> tuple[Scanner, Sequence[_Check]]:
        spell = _SPELLS[script]
        checks, patterns = [], []
        for word in self._words[script]:
            for number, regex in enumerate(spellings.patterns(word.term, spell)):
                checks.append(_Check(word, spell, is_half=number > 0))
                patterns.append(Pattern(_sparing(word.term, regex), partial(spellings.anchors, word.term, spell)))
        return make_scanner(patterns, self._engine), checks


def _sparing(term: Term, regex: bytes) -> bytes:
    """Boundaries for very short words, which random letters hold too often."""
    if len(term.prefix) > 3 or not term.prefix.isascii():
        return regex
    return (
        rb"(?:^|[^a-zA-Z0-9]|\xc2.|[\xe2\xe3\xef]..)" + regex + (b"" if term.parts[-1][1] else rb"(?:[^a-zA-Z0-9]|$)")
    )


def _looks(page: bytes) -> Iterator[_Look]:
    """Looks at a page of UTF-8: as it is, and in a view of what is near the letters of each alphabet that it holds."""
    if page.isascii():
        yield _Look(Script.LATIN, page)
        return
    parts = [(script, view, _around(page, leads)) for script, view, leads in _ALPHABETS]
    if parts[0][2] is not page:  # the first view shows all that the page itself would
        yield _Look(Script.LATIN, page)
    for script, view, part in parts:
        if part:
            yield _Look(script, view.of(part) if view else part)


def _around(page: bytes, leads: Sequence[bytes]) -> bytes:
    """What stands near some bytes; the page itself where there are many of them, nothing where there is none."""
    pieces = []
    steps = 0
    for lead in leads:
        start, end, at = -1, 0, page.find(lead)
        while at >= 0:
            steps += 1
            if steps > _FEW:
                return page
            if start >= 0 and at - _SIDE > end:
                pieces.append(page[start:end])
                start = -1
            start, end = (max(0, at - _SIDE) if start < 0 else start), at + _SIDE
            at = page.find(lead, end)
        if start >= 0:
            pieces.append(page[start:end])
    return b"\x00.\x00".join(pieces)


def _has_han(page: bytes) -> bool:
    return any(lead in page for lead in _ALPHABETS[-1][2])


def _is_utf8(page: bytes) -> bool:
    """Whether a page is UTF-8; told from as much of it as holds enough bytes beyond ASCII."""
    start = fitted = 0
    while start < len(page) and fitted < _SURE:
        try:
            text, read = codecs.utf_8_decode(page[start : start + _HEAD], "strict", start + _HEAD >= len(page))
        except UnicodeDecodeError:
            return False
        fitted += read - len(text)
        start += read
    return True


def _is_near(data: bytes, one: int, other: int) -> bool:
    """Whether words that end at two places may stand in one sentence: what is between them, markup left out, ends none."""
    start, end = sorted((one, other))
    between = data[start:end]
    return _SENTENCE.search(_MARKUP.sub(b"", between) if b"<" in between else between) is None


def _beside(end: int, words: Sequence[_Spot]) -> list[int]:
    """Ends of the nearest words on either side."""
    before = [word.end for word in words if word.end <= end]
    behind = [word.end for word in words if word.end > end]
    return [*([max(before)] if before else []), *([min(behind)] if behind else [])]


def _resolved(page: bytes) -> bytes:
    """The page with references as letters, without what folds away inside words."""
    page = _REFERENCE.sub(lambda found: _reference(found[0]), page)
    for head, gone in _GONE.items():
        page = gone.sub(b"", page) if head in page else page
    if b"\xef" in page:
        page = _WIDE.sub(lambda found: b"%c" % (ord(found[0].decode()) - 0xFEE0), page)
        page = _LIGATURES.sub(lambda found: unicodedata.normalize("NFKC", found[0].decode()).encode(), page)
    for marked, plain in spellings.MARKED_CYRILLIC.items():
        page = page.replace(marked.encode(), plain.encode())
    for brackets in _BRACKETS:
        page = brackets.sub(b"", page)
    return page


@cache
def _reference(reference: bytes) -> bytes:
    if reference in _PLAIN:
        return reference
    text = html.unescape(reference.decode("ascii"))
    return reference if text.startswith("&") else text.encode("utf-8", "replace")


@cache
def prefilter(engine: str = "") -> Prefilter:
    """The prefilter over the embedded lexicon."""
    return Prefilter(lexicon().terms, engine)
