"""The prefilter is never narrower than what the pipeline makes of the same bytes."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from citywatch.codebook import Term, fold, lexicon
from citywatch.documents import Document, Origin, decode, detect_language, with_title
from citywatch.documents.html import read_html
from citywatch.screening import Matcher, Reader, prefilter, screen_document
from citywatch.screening.prefilter import groups_of
from citywatch.screening.spellings import Script, script_of

STRONG = [term for term in lexicon().terms if "strong" in groups_of(term)]
ROOMS = [term for term in lexicon().terms if "room" in groups_of(term)]
SECURITY = [term for term in lexicon().terms if "security" in groups_of(term)]
NAMED = [term for term in lexicon().terms if set(groups_of(term)) & {"strong", "room", "camera"}]
OTHERS = [term for term in lexicon().terms if set(groups_of(term)) & {"watch", "security"}]
CHARSETS = {
    Script.HAN: ("utf-8", "gb18030", "big5hkscs"),
    Script.CYRILLIC: ("utf-8", "cp1251", "koi8-r"),
    Script.ARABIC: ("utf-8", "cp1256"),
    Script.LATIN: ("utf-8", "cp1252", "cp1250"),
}
LABELS = {
    "big5hkscs": "big5",
    "cp1251": "windows-1251",
    "cp1256": "windows-1256",
    "cp1252": "windows-1252",
    "cp1250": "windows-1250",
}
LINK = '<a class="tag" href="https://example.org/topics/2019/a-long-address?utm_source=feed&utm_medium=page" rel="nofollow">'
STYLED = "</span><span style=\"font-family: 'Times New Roman'; color: rgb(51, 51, 51); background: white;\">"
BREAKS = (
    " ", "\n", "\r\n" + " " * 40, "\t", "  ", "-", " - ", "&nbsp;", "&#8209;", "\u00a0", "\u2011", " <b>", "</b>\n<i class=x>", "<br>",
    f" {LINK}", f"{STYLED} ",
)  # fmt: skip
INSIDE = ("\n", "\r\n" + " " * 40, "<em>", "</b>", "\u3000", "(jiān)", LINK, STYLED)
ACCENTS = {"a": "áàâã", "e": "éèêë", "i": "íî", "o": "óôõ", "u": "úûü", "c": "ç", "n": "ñ"}
FILL = {
    Script.HAN: "今天的天气很好，孩子们在公园里玩。",
    Script.CYRILLIC: "Сегодня хорошая погода, и дети играют во дворе. ",
    Script.ARABIC: "الطقس جميل اليوم والأطفال يلعبون. ",
    Script.LATIN: "The weather is fine and the children play. ",
}


@st.composite
def written(draw: st.DrawFn, term: Term) -> str:
    """A term as some page may write it."""
    cases: list[Callable[[str], str]] = [str.lower, str.upper, str.title, str.strip, str.swapcase]
    case = draw(st.sampled_from(cases))
    words = [
        case(word.removesuffix("*")) + ("s" if word.endswith("*") and draw(st.booleans()) else "")
        for word in term.text.split()
    ]
    text = draw(st.sampled_from(BREAKS)).join(words) if term.is_bounded else term.text
    if not term.is_bounded and len(text) > 1 and draw(st.booleans()):
        places = [at for at in range(1, len(text)) if not text[at - 1].isascii() and not text[at].isascii()]
        if places:
            at = draw(st.sampled_from(places))
            text = text[:at] + draw(st.sampled_from(INSIDE)) + text[at:]
    is_eastern = not text.isascii() and any(
        one in "čćđšžČĆĐŠŽ" for one in text
    )  # no alphabet mixes both kinds of accents
    if script_of(term) is Script.LATIN and not is_eastern and draw(st.booleans()):
        at = draw(st.integers(0, len(text) - 1))
        if "<" not in text and "&" not in text and text[at].lower() in ACCENTS:
            text = text[:at] + draw(st.sampled_from(ACCENTS[text[at].lower()])) + text[at + 1 :]
    kind = draw(st.sampled_from(["raw", "raw", "decimal", "hex", "mixed", "soft"]))
    if kind == "raw" or "<" in text or "&" in text:
        return text
    if kind == "soft":  # a Chinese term is broken in one place at most
        if script_of(term) is Script.HAN and text != term.text:
            return text
        return text[:2] + "\u00ad" + text[2:]
    shown = [f"&#{ord(one)};" if kind == "decimal" else f"&#x{ord(one):x};" for one in text]
    return "".join(
        one if kind == "mixed" and number % 2 else ref
        for number, (one, ref) in enumerate(zip(text, shown, strict=True))
    )


@st.composite
def pages(draw: st.DrawFn) -> tuple[bytes, str]:
    """A page with a few terms in one sentence or several, and the charset that its header declares."""
    first = draw(st.sampled_from(NAMED))
    script = script_of(first)
    same = [term for term in OTHERS if script_of(term) is script]
    terms = [first, *draw(st.lists(st.sampled_from(same), max_size=3))]
    glue = (
        draw(st.sampled_from(["", " ", ", "]))
        if script is Script.HAN
        else draw(st.sampled_from([" ", ", ", " “", " (", ". "]))
    )
    body = glue.join([draw(written(term)) for term in draw(st.permutations(terms))])
    fill = FILL[script] * draw(st.integers(0, 8))
    charset = draw(st.sampled_from(CHARSETS[script]))
    label = LABELS.get(charset, charset)
    meta = f'<meta charset="{label}">' if draw(st.booleans()) else ""
    html = f"<html><head>{meta}<title>{fill[:20]}</title></head><body><p>{fill}</p><p>{fill} {body}. {fill}</p><p>{fill}</p></body></html>"
    declared = draw(st.sampled_from(["", label]))
    return html.encode(charset, "xmlcharrefreplace"), declared


@st.composite
def short_pages(draw: st.DrawFn, *groups: list[Term]) -> tuple[bytes, str]:
    """A page with one term of each group of one script, far apart, and the charset that its header declares."""
    first = draw(st.sampled_from(groups[0]))
    script = script_of(first)
    terms = [
        first,
        *(draw(st.sampled_from([one for one in group if script_of(one) is script])) for group in groups[1:]),
    ]
    charset = draw(st.sampled_from(CHARSETS[script]))
    pieces = [FILL[script], *(f"<p>{draw(written(term))}.</p>{FILL[script] * 3}" for term in terms)]
    html = f"<html><body>{''.join(pieces)}</body></html>"
    return html.encode(charset, "xmlcharrefreplace"), LABELS.get(charset, charset)


def groups_met(matcher: Matcher, page: bytes, declared: str) -> set[str]:
    """What the matcher finds in the text of a page."""
    text = read_html(page, declared, "")["text"]
    return {group for hit in matcher.find(fold(text), text) for group in groups_of(hit.term)}


def exact(reader: Reader, page: bytes, declared: str) -> bool:
    """Whether the pipeline without prefilter makes a candidate of a page."""
    found = read_html(page, declared, "")
    text = with_title(found["title"], found["text"])
    if not text.strip():
        return False
    digest = hashlib.sha256(page).hexdigest()
    document = Document(digest, "", found["title"], detect_language(found["text"]), "", text, Origin("page"))
    return screen_document(reader, document) is not None


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(lexicon().terms)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


@pytest.mark.parametrize("engine", ["hyperscan", "ahocorasick"])
def test_whatever_becomes_a_candidate_is_kept(reader: Reader, engine: str) -> None:
    one = prefilter(engine)
    met = 0

    @settings(max_examples=800 if engine == "hyperscan" else 200, deadline=None)
    @given(pages())
    def check(page: tuple[bytes, str]) -> None:
        nonlocal met
        data, declared = page
        assume(exact(reader, data, declared))
        met += 1
        assert one.keep(data, declared), decode(data, declared)[0]

    check()
    assert met > 50


def test_a_strong_term_is_never_passed_over(matcher: Matcher) -> None:
    one = prefilter()

    @settings(max_examples=500, deadline=None)
    @given(short_pages(STRONG))
    def check(page: tuple[bytes, str]) -> None:
        assume("strong" in groups_met(matcher, *page))
        assert one.keep(*page)

    check()


def test_a_pair_is_never_passed_over(matcher: Matcher) -> None:
    one = prefilter()

    @settings(max_examples=300, deadline=None)
    @given(short_pages(ROOMS, SECURITY))
    def check(page: tuple[bytes, str]) -> None:
        assume({"room", "security"} <= groups_met(matcher, *page))
        assert one.keep(*page)

    check()


@pytest.mark.parametrize("piece", ["– ", "«»", "<><", "<!-- -->", "&&;", "\u3000", "—…’", "< <b>", "é ", "  "])
def test_signs_without_end_cost_no_more_than_their_bytes(piece: str) -> None:
    one = prefilter()
    for term in ("video", "безопасный", "كاميرات", "视频", "surveillance"):
        started = time.process_time()
        one.keep(f"<p>{term} {piece * 5_000}x {term}é</p>".encode())
        assert time.process_time() - started < 5


@pytest.mark.parametrize("engine", ["hyperscan", "ahocorasick"])
def test_a_word_that_only_looks_like_one_hides_none_behind_it(engine: str) -> None:
    near = (
        "<p>this unsafe city of ours. " + "Nothing else happened here. " * 15 + "They signed a safe city contract</p>"
    )
    assert prefilter(engine).keep(near.encode())
