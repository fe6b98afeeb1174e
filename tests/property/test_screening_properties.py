"""Folding; the matcher equals a slow obvious one; ordinary pages are passed over."""

from __future__ import annotations

import html

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from citywatch.codebook import fold, fold_text, lexicon
from citywatch.screening import Matcher, find_slowly, prefilter

TERMS = lexicon().terms
CASES = (str.lower, str.upper, str.title, str.swapcase)


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


@pytest.mark.parametrize(
    "text", ["A page on gardening.", "A new phone with a camera.", "Une page sur le jardin.", "新しいカメラ"]
)
def test_ordinary_pages_are_passed_over(text: str) -> None:
    assert not prefilter().keep(html.escape(text).encode())


@pytest.fixture(scope="module", params=["hyperscan", "ahocorasick"])
def matcher(request: pytest.FixtureRequest) -> Matcher:
    return Matcher(TERMS[::31], request.param)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Terms as written or spoilt, with anything between them."""
    pieces = []
    for term in draw(st.lists(st.sampled_from(TERMS[::31]), max_size=5)):
        spelled = draw(st.sampled_from(CASES))(term.text.replace("*", draw(st.sampled_from(["", "s", "ов", "lara"]))))
        at = draw(st.integers(0, len(spelled)))
        pieces.append(
            spelled[:at] + draw(st.sampled_from(["", "", "\n", "\u00ad", "-", " ", "x", "\u0301"])) + spelled[at:]
        )
    glue = draw(st.sampled_from(["", " ", ". ", "\n\n", "、", "-", "é", "с"]))
    return draw(st.text(max_size=12)) + glue.join(pieces) + draw(st.text(max_size=12))


@settings(max_examples=150, deadline=None)
@given(text=texts())
def test_the_matcher_equals_the_slow_one_on_any_text(matcher: Matcher, text: str) -> None:
    folded = fold(text)
    assert matcher.find(folded, text) == find_slowly(TERMS[::31], folded, text)
