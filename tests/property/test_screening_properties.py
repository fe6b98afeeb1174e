"""Folding; ordinary pages are passed over."""

from __future__ import annotations

import html

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from citywatch.codebook import fold, fold_text
from citywatch.screening import prefilter


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
