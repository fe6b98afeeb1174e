"""Folding, and a prefilter that is never narrower than the matcher."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from citywatch.codebook import Term, fold, fold_text, lexicon
from citywatch.screening import prefilter
from citywatch.screening.prefilter import SECURITY, STRONG, WEAK, group_of

TERMS = [term for term in lexicon().terms if group_of(term) is not None]
STRONG_TERMS = [term for term in TERMS if group_of(term) == STRONG]
WEAK_TERMS = [term for term in TERMS if group_of(term) == WEAK]
SECURITY_TERMS = [term for term in TERMS if group_of(term) == SECURITY]
CHARSETS = {
    "[\u4e00-\u9fff]": ("utf-8", "gb18030", "big5hkscs"),
    "[\u0400-\u052f]": ("utf-8", "cp1251", "koi8-r"),
    "[\u0600-\u06ff]": ("utf-8", "cp1256"),
    "": ("utf-8", "cp1252", "cp1250"),
}
CASES: tuple[Callable[[str], str], ...] = (str.lower, str.upper, str.title, str.strip)
BREAKS = (" ", "\n", "\r\n   ", " - ", "&nbsp;", " <b>", "</b>\n<i class=x>", "-")


@given(st.text(max_size=200))
@example(" ·")
@example("a \uff0f_\ufe33 b")
def test_folding_is_idempotent_and_keeps_offsets(text: str) -> None:
    folded = fold(text)
    assert fold(folded.text).text == folded.text
    assert fold_text(text) == folded.text
    for start in range(0, len(folded.text), 7):
        first, last = folded.span(start, min(len(folded.text), start + 3))
        assert 0 <= first < last <= len(text)


@st.composite
def written(draw: st.DrawFn, terms: list[Term]) -> bytes:
    """A term as some page may write it."""
    term = draw(st.sampled_from(terms))
    words = term.text.split() if term.is_bounded else [term.text]
    case = draw(st.sampled_from(CASES))
    shown = [
        case(word.removesuffix("*"))
        + draw(st.sampled_from(["", "s"] if word.endswith("*") and word[0].isascii() else [""]))
        for word in words
    ]
    text = draw(st.sampled_from(BREAKS)).join(shown)
    if not term.is_bounded and not text.isascii() and draw(st.booleans()):
        inside = [
            at
            for at in range(1, len(text))
            if not (text[at - 1] + text[at]).isascii() and text[at - 1 : at + 1].isalpha()
        ]
        inside = [at for at in inside if not text[at - 1].isascii() and not text[at].isascii()] or [len(text)]
        at = draw(st.sampled_from(inside))
        text = text[:at] + draw(st.sampled_from(["\n", "\r\n  ", "<em>", "</b>"])) + text[at:]
    if draw(st.booleans()):
        text = "".join(f"&#{ord(letter)};" if ord(letter) > 127 else letter for letter in text)
    elif draw(st.booleans()):
        text = "".join(f"&#x{ord(letter):X};" if ord(letter) > 127 else letter for letter in text)
    charsets = next(names for script, names in CHARSETS.items() if re.search(script, text))
    for charset in draw(st.permutations(charsets)):
        try:
            return text.encode(charset)
        except UnicodeEncodeError:
            continue
    return text.encode()


def page(*pieces: bytes) -> bytes:
    return b"<html><body><p>Some words, " + b". And then <p> ".join(pieces) + b".</p></body></html>"


@settings(max_examples=600, deadline=None)
@given(written(STRONG_TERMS))
def test_a_strong_term_is_never_passed_over(term: bytes) -> None:
    assert prefilter().keep(page(term))


@settings(max_examples=300, deadline=None)
@given(written(WEAK_TERMS), written(SECURITY_TERMS))
def test_a_pair_is_never_passed_over(weak: bytes, security: bytes) -> None:
    if _share_a_charset(weak, security):
        assert prefilter().keep(page(weak, security))


def _share_a_charset(*pieces: bytes) -> bool:
    """Pieces of one page are in one charset."""
    return all(_is_utf8(piece) for piece in pieces)


def _is_utf8(piece: bytes) -> bool:
    try:
        piece.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


@pytest.mark.parametrize(
    "text", ["A page on gardening.", "A new phone with a camera.", "Une page sur le jardin.", "新しいカメラ"]
)
def test_ordinary_pages_are_passed_over(text: str) -> None:
    assert not prefilter().keep(html.escape(text).encode())
