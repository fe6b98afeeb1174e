"""The language of a text, told from its script first and its letters second."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

_SAMPLE = 1500
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_KANA = re.compile("[\u3040-\u30ff]")
_LETTER = re.compile(r"[^\W\d_]")
_ENOUGH = 20


def detect_language(text: str) -> str:
    """ISO 639-1 code of a text; empty if it has too few letters to tell.

    Args:
        text: Any text; its first 1,500 characters after the first 200 are looked at.
    """
    sample = text[200 : 200 + _SAMPLE] if len(text) > 2 * _SAMPLE else text[:_SAMPLE]
    letters = len(_LETTER.findall(sample))
    han, kana = len(_HAN.findall(sample)), len(_KANA.findall(sample))
    if han > 0.3 * max(1, letters):
        return "ja" if kana > 0.1 * han else "zh"
    if letters < _ENOUGH:
        return ""
    code = str(_identifier().classify(sample)[0])
    return {"sh": "sr", "bs": "sr", "hr": "sr"}.get(code, code)


@cache
def _identifier() -> Any:
    import py3langid

    return py3langid
