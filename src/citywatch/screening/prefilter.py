"""Which raw pages are worth parsing: patterns over bytes, before charset, HTML or language are known.

The prefilter keeps a superset of what the matcher would act on. A page is kept if it names a Safe City or a product; or a control
room or an emergency call, and public security anywhere; or a camera, and beside it a word that tells that it watches, and public
security anywhere. Only a page that names one of the first three is looked at for the rest.

A page of UTF-8 is looked at once as it is, and once more for each alphabet that its bytes show, in a view that folds the alphabet
(:mod:`citywatch.screening.spellings`). A page in another charset is looked at in all of them; where that finds anything, its text is
decoded as the reader would and looked at again as UTF-8, so that bytes of one charset that look like words of another keep nothing.
Character references to letters, soft hyphens, marks and pinyin in brackets that stand inside words are resolved where a page has
any, and the page is looked at again.
"""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property

from citywatch.codebook import Term, lexicon
from citywatch.documents import decode
from citywatch.screening import spellings
from citywatch.screening.reading import ROOMS
from citywatch.screening.scanners import REACH, Pattern, Scanner, make_scanner
from citywatch.screening.settings import evidence_settings
from citywatch.screening.spellings import Script, View

STRONG, WEAK, SECURITY = 1, 2, 4
_ROOM, _CAMERA, _SECURITY, _WATCH, _STRONG = "room", "camera", "security", "watch", "strong"
_SCRIPTS = {
    "latin": Script.LATIN, "cyrillic": Script.CYRILLIC, "arabic": Script.ARABIC, "han": Script.HAN, "1251": Script.CYRILLIC,
    "1256": Script.ARABIC, "chinese": Script.HAN,
}  # fmt: skip
_FIRST = frozenset([_STRONG, _ROOM, _CAMERA])
_HEAD = 16_384
_MARKS = (b"\xff\xfe", b"\xfe\xff")
_NEVER = 1 << 30
_FEW, _SIDE = 24, 160  # stretches that hold an alphabet, up to which only they are looked at; bytes on either side
_ALPHABETS: tuple[tuple[str, View | None, tuple[bytes, ...]], ...] = (
    ("latin", spellings.EASTERN_8, (b"\xc4", b"\xc5")),
    ("cyrillic", spellings.CYRILLIC_8, (b"\xd0", b"\xd1")),
    ("arabic", spellings.ARABIC_8, (b"\xd8", b"\xd9")),
    ("han", None, (b"\xe6", b"\xe5", b"\xe7", b"\xe4", b"\xe8", b"\xe9", b"\xe3")),
)
_JOINERS = (
    rb"(?:\xc2\xad|\xcd\x8f|\xd8\x9c|\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa0-\xa4]|\xef\xbb\xbf|\xcc[\x80-\xbf]|\xcd[\x80-\xaf]"
    rb"|&(?:shy|zwnj|zwj|#173|#x[aA][dD]|#820[3-7]|#x200[b-fB-F]|#8288);)"
)
_DECIMAL = (
    rb"0*(?:6[5-9]|[78][0-9]|90|9[789]|10[0-9]|11[0-9]|12[0-2]|19[2-9]|[2-9][0-9][0-9]"
    rb"|1[0-7][0-9][0-9]|7[6-9][0-9][0-9]|1[1-9][0-9]{3}|[2-6][0-9]{4})"
)
_HEX = rb"0*(?:[46][1-9a-fA-F]|[57][0-9aA]|[c-fC-F][0-9a-fA-F]|[1-7][0-9a-fA-F]{2}|1[eE][0-9a-fA-F]{2}|[2-9fF][e-fE-F0-9][0-9a-fA-F]{2})"
# What makes a page be resolved and looked at again, wherever it stands.
_ODD_UTF8 = (
    rb"\xc2\xad",
    rb"\xe2\x80[\x8b-\x8f\xaa-\xae]",
    rb"\xe2\x81[\xa0-\xa4]",
    rb"\xef\xbb\xbf[a-zA-Z\x80-\xff]",
    rb"[a-zA-Z]\xcc[\x80-\xbf]",
    rb"[a-zA-Z]\xcd[\x80-\xaf]",
    rb"\xd8\x9c",
    rb"[a-zA-Z](?:\xc2i|\xe2a[aei]|\xefuy)[a-zA-Z]",  # joiners as the view of accents shows them
    rb"\xef\xbc[\xa1-\xba]\xef\xbc[\xa1-\xba]",
    rb"\xef\xbd[\x81-\x9a]\xef\xbd[\x81-\x9a]",
)
_ODD = (
    rb"&#" + _DECIMAL + rb";?",
    rb"&#[xX]" + _HEX + rb";?",
    rb"&[a-zA-Z](?:acute|grave|circ|cedil|tilde|uml|ring|caron|slash|breve|macr|ogon|strok|dot);",
    rb"&(?:szlig|aelig|AElig|oelig|OElig|inodot|imath|shy|zwnj|zwj);",
    rb"&#(?:173|820[3-7]|8288|[xX][aA][dD]|[xX]200[b-fB-F]);",
)
_PINYIN = rb"(?:[a-zA-Z]|[\xc3-\xc7][\x80-\xbf]){1,9}"
_ODD_HAN = (rb"[\xe3-\xe9][\x80-\xbf][\x80-\xbf](?:\(|\xef\xbc\x88)" + _PINYIN + rb"(?:\)|\xef\xbc\x89)",)
_ODD_LEGACY = (rb"(?:\(|\xa3\xa8)[a-z]{0,6}(?:\xa8[\xa1-\xbf]|\xa3[\xe1-\xfa])[a-z]{0,6}(?:\)|\xa3\xa9)",)
_REFERENCE = re.compile(rb"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,8}[0-9]{0,2});?")
_GONE = re.compile(_JOINERS)
_BRACKETS = re.compile(rb"(?:\(|\xef\xbc\x88)" + _PINYIN + rb"(?:\)|\xef\xbc\x89)")
_WIDE = re.compile(rb"\xef\xbc[\x81-\xbf]|\xef\xbd[\x80-\x9e]")
_MARKUP = re.compile(rb"<(script|style|template|svg)\b.*?</\1|<!--.*?-->|<[^>]*>", re.DOTALL | re.IGNORECASE)
_SENTENCE = re.compile(rb"[.!?][\"')\]]*[\x00-\x20]+[^\x00-\x20]|\xe3\x80\x82|\xef\xbc[\x81\x9b\x9f]")
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
        self._first = _Sieve(tuple(kinds[True]), engine, is_first=True)
        self._second = _Sieve(tuple(kinds[False]), engine, is_first=False)

    def prepare(self) -> None:
        """Compile now what would be compiled when the first page needs it."""
        self._first.prepare()

    def keep(self, page: bytes, declared: str = "") -> bool:
        """Whether a raw page is worth parsing.

        Args:
            page: Bytes as received, transfer and content encodings undone.
            declared: Charset as a header named it; empty if none did.
        """
        if page.startswith(_MARKS):
            return self._keep(_utf8(page, declared))
        if page.isascii() or _is_utf8(page):
            return self._keep(page)
        met, is_odd = self._first.find(_legacy_looks(page), is_resolved=False)
        return (is_odd or bool(met)) and self._keep(_utf8(page, declared))

    def _keep(self, page: bytes, *, is_resolved: bool = False) -> bool:
        met, is_odd = self._first.find(_looks(page), enough=_STRONG, is_resolved=is_resolved)
        if _STRONG in met:
            return True
        if is_odd:
            return self._keep(_resolved(page), is_resolved=True)
        if not met:
            return False
        is_told = _ROOM in met or any(self._is_watching(spot) for spot in met[_CAMERA])
        return is_told and _SECURITY in self._second.find(_looks(page), enough=_SECURITY)[0]

    def _is_watching(self, camera: _Spot) -> bool:
        """Whether a word in the sentence of a camera may tell that it watches."""
        reach = 4 * evidence_settings().longest_sentence
        start = max(0, camera.end - reach)
        around = _Look(camera.look.scanner, camera.look.data[start : camera.end + reach])
        watching = self._second.find([around])[0][_WATCH]
        return any(_is_near(around.data, camera.end - start, end) for end in _beside(camera.end - start, watching))


def groups_of(term: Term) -> tuple[str, ...]:
    """What a term counts as: any of ``strong``, ``room``, ``camera``, ``security``, ``watch``."""
    if term.role == "safe_city" or (term.role == "product" and term.value not in ROOMS):
        return (_STRONG,)
    if term.role in ("product", "camera", "watch", "security"):
        return ({"product": _ROOM}.get(term.role, term.role),)
    return (_SECURITY,) if term.role == "buyer" and term.value == "police" else ()


def group_of(term: Term) -> int | None:
    """What a term counts as: ``STRONG``, ``WEAK``, ``SECURITY``, or nothing."""
    numbers = {_STRONG: STRONG, _ROOM: WEAK, _CAMERA: WEAK, _SECURITY: SECURITY}
    return next((numbers[group] for group in groups_of(term) if group in numbers), None)


# A letter as it stands in a look, and what may stand before a word although its last byte looks like one.
_LETTERS = {
    Script.LATIN: (b"[a-zA-Z0-9]", b"[a-zA-Z0-9]"),
    Script.CYRILLIC: (rb"[\x90\x9a\x9c\x9e\x9f\xbc\xe0-\xff]", rb"[\x90\x9a\x9c\x9e\x9f\xbc\xe0\xe1\xe3-\xff]"),
}
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
        regex: Its pattern in this look.
    """

    def __init__(self, word: _Word, regex: bytes) -> None:
        self.word, self._regex = word, regex
        text = " ".join(letters for letters, _ in word.term.parts)
        is_gapped = " " in text or spellings.script_of(word.term) is Script.HAN
        self._near = 4 * len(text.encode()) + 16 if is_gapped else len(text.encode()) + 4
        self._is_one = not is_gapped

    def is_met(self, data: bytes, end: int) -> bool:
        """Whether a match that ends here counts."""
        if self.bounded.search(data, max(0, end - self._near), end + 2) is not None:
            return True
        return not self._is_one and self.bounded.search(data, max(0, end - REACH), end + 2) is not None

    @cached_property
    def bounded(self) -> re.Pattern[bytes]:
        """The word between boundaries."""
        term = self.word.term
        before, after = _LETTERS.get(spellings.script_of(term), (b"", b""))
        if not before or not term.is_bounded:
            return re.compile(self._regex, re.DOTALL)
        right = b"" if term.parts[-1][1] else b"(?!" + after + b")"
        return re.compile(b"(?:(?<!" + before + b")|" + _BEFORE + b")" + self._regex + right, re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Look:
    """One way of looking at a page.

    Attributes:
        scanner: Name of the scanner.
        data: What it reads.
        is_sure: What it finds counts only where words stand; otherwise whatever it finds counts.
        is_utf8: Invisible characters of UTF-8 count as what must be resolved.
    """

    scanner: str
    data: bytes = field(repr=False)
    is_sure: bool = True
    is_utf8: bool = True


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a word was met: in which look, and where it ends there."""

    look: _Look
    end: int


_Met = defaultdict[str, list[_Spot]]


class _Sieve:
    """Some words in every alphabet and charset; scanners are made when they are first needed.

    Args:
        words: What to look for.
        engine: As in :func:`make_scanner`.
        is_first: Watch out, too, for what must be resolved before a page can be read.
    """

    def __init__(self, words: Sequence[_Word], engine: str, *, is_first: bool) -> None:
        self._engine, self._is_first = engine, is_first
        self._words: defaultdict[Script, list[_Word]] = defaultdict(list)
        for word in words:
            self._words[spellings.script_of(word.term)].append(word)
        self._made: dict[str, tuple[Scanner, Sequence[_Check]]] = {}

    def prepare(self) -> None:
        """Make every scanner."""
        for name in _SCRIPTS:
            self._scanner(name)

    def find(self, looks: Iterable[_Look], enough: str = "", *, is_resolved: bool = True) -> tuple[_Met, bool]:
        """Words met, and whether something was met that must be resolved first.

        Args:
            looks: Looks at one page.
            enough: Group after which the search ends.
            is_resolved: What must be resolved first has been; otherwise the search ends where it is met.
        """
        met: _Met = defaultdict(list)
        for look in looks:
            if self._look(look, met, enough, is_resolved=is_resolved):
                return met, True
            if enough in met:
                break
        return met, False

    def _look(self, look: _Look, met: _Met, enough: str, *, is_resolved: bool) -> bool:
        scanner, checks = self._scanner(look.scanner)
        odd = len(checks) + (0 if look.is_utf8 or look.scanner != "latin" else len(_ODD_UTF8))
        found = scanner.scan(look.data, _NEVER if is_resolved else odd)
        for number, end in found:
            if number < len(checks) and (not look.is_sure or checks[number].is_met(look.data, end)):
                group = checks[number].word.group
                met[group].append(_Spot(look, end))
                if group == enough:
                    return False
        return not is_resolved and bool(found) and found[-1][0] >= odd

    def _scanner(self, name: str) -> tuple[Scanner, Sequence[_Check]]:
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def _make(self, name: str) -> tuple[Scanner, Sequence[_Check]]:
        words = self._words[_SCRIPTS[name]]
        charsets: dict[str, tuple[spellings.Spell, ...]] = {
            "latin": (spellings.in_view(spellings.LATIN_8),),
            "cyrillic": (spellings.in_view(spellings.CYRILLIC_8),),
            "arabic": (spellings.in_view(spellings.ARABIC_8),),
            "han": (spellings.in_charsets("utf-8"),),
            "1251": (spellings.in_view(spellings.CYRILLIC_1251),),
            "1256": (spellings.in_view(spellings.ARABIC_1256),),
            "chinese": (spellings.in_charsets("gb18030"), spellings.in_charsets("big5hkscs")),
        }
        odd = (
            {"latin": (*_ODD_UTF8, *_ODD), "han": _ODD_HAN, "chinese": _ODD_LEGACY}.get(name, ())
            if self._is_first
            else ()
        )
        several = [
            (
                _Check(word, spellings.pattern(word.term, spell)),
                Pattern(_sparing(word.term, regex), spellings.anchors(word.term, spell)),
            )
            for spell in charsets[name]
            for word in words
            for regex in spellings.patterns(word.term, spell)
        ]
        patterns = [
            *(one for _, one in several),
            *(Pattern(regex, _ODD_ANCHORS.get(regex, _ANY_BRACKET)) for regex in odd),
        ]
        return make_scanner(patterns, self._engine), [check for check, _ in several]


_ODD_ANCHORS = {regex: frozenset([b"&"]) for regex in _ODD if regex.startswith(b"&")} | {
    rb"\xc2\xad": frozenset([b"\xc2\xad"]),
    rb"\xe2\x80[\x8b-\x8f\xaa-\xae]": frozenset([b"\xe2\x80"]),
    rb"\xe2\x81[\xa0-\xa4]": frozenset([b"\xe2\x81"]),
    rb"\xef\xbb\xbf[a-zA-Z\x80-\xff]": frozenset([b"\xef\xbb\xbf"]),
    rb"[a-zA-Z]\xcc[\x80-\xbf]": frozenset([b"\xcc"]),
    rb"[a-zA-Z]\xcd[\x80-\xaf]": frozenset([b"\xcd"]),
    rb"\xd8\x9c": frozenset([b"\xd8\x9c"]),
    rb"[a-zA-Z](?:\xc2i|\xe2a[aei]|\xefuy)[a-zA-Z]": frozenset([b"\xc2i", b"\xe2a", b"\xefuy"]),
    rb"\xef\xbc[\xa1-\xba]\xef\xbc[\xa1-\xba]": frozenset([b"\xef\xbc"]),
    rb"\xef\xbd[\x81-\x9a]\xef\xbd[\x81-\x9a]": frozenset([b"\xef\xbd"]),
}
_ANY_BRACKET = frozenset([b"(", b"\xef\xbc\x88", b"\xa3\xa8"])


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
        yield _Look("latin", page)
        return
    accented = _around(page, (b"\xc3",))
    if accented is page:
        yield _Look("latin", spellings.LATIN_8.of(page))
    else:
        yield _Look("latin", page)
        if accented:
            yield _Look("latin", spellings.LATIN_8.of(accented))
    for name, view, leads in _ALPHABETS:
        if part := _around(page, leads):
            yield _Look(name, view.of(part) if view else part)


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


def _legacy_looks(page: bytes) -> Iterator[_Look]:
    """Looks at a page in some other charset. In Chinese ones half a character may look like a letter: nothing is sure."""
    yield _Look("latin", page, is_sure=False, is_utf8=False)
    yield _Look("chinese", page, is_sure=False)
    yield _Look("1251", spellings.CYRILLIC_1251.of(page))
    yield _Look("1256", spellings.ARABIC_1256.of(page))
    yield _Look("latin", spellings.LATIN_1252.of(page), is_utf8=False)
    yield _Look("latin", spellings.EASTERN_1250.of(page), is_utf8=False)


def _is_utf8(page: bytes) -> bool:
    """Whether a page is UTF-8; told from its head where that has any letters beyond ASCII."""
    head = page[:_HEAD]
    if head.isascii():
        head = page
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return len(head) < len(page) and error.start > len(head) - 4
    return True


def _utf8(page: bytes, declared: str) -> bytes:
    """A page as the reader would decode it, in UTF-8."""
    return decode(page, declared)[0].encode("utf-8", "replace")


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
    page = _WIDE.sub(lambda found: b"%c" % (ord(found[0].decode()) - 0xFEE0), page)
    page = _GONE.sub(b"", page)
    return _BRACKETS.sub(lambda found: b"" if page[found.start() - 1] >= 0x80 else found[0], page)


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
