"""How amounts of money are written, read from ``data/codebook/quantities.yml``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from citywatch.codebook.embedded import load_yaml
from citywatch.codebook.folding import fold

_NUMBER = r"\d{1,3}(?:[.,' \u00a0\u202f]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d+)?"
_HAN_NUMBER = "[一二三四五六七八九十百两]{1,4}"


@dataclass(frozen=True, slots=True)
class Money:
    """How to find amounts in a folded text.

    Attributes:
        pattern: Groups ``before`` (currency before), ``number``, ``times`` (multiplier) and ``after`` (currency behind).
        number: A number with an optional multiplier, for counts.
        factors: Factor by multiplier word, folded, without ``*``.
        before: Currency by word that may stand before.
        after: Currency by word that may stand behind.
    """

    pattern: re.Pattern[str]
    number: re.Pattern[str]
    factors: Mapping[str, float]
    before: Mapping[str, str]
    after: Mapping[str, str]


@cache
def money() -> Money:
    """The patterns, built once."""
    raw = load_yaml((files("citywatch") / "data" / "codebook" / "quantities.yml").read_text(encoding="utf-8"))
    factors = {_key(word): float(one["factor"]) for one in raw["multipliers"].values() for word in one["words"]}
    before = {_key(str(word)): code for code, one in raw["currencies"].items() for word in one["before"]}
    after = {_key(str(word)): code for code, one in raw["currencies"].items() for word in one["after"]}
    words = [str(word) for one in raw["multipliers"].values() for word in one["words"]]
    behind = [str(word) for one in raw["currencies"].values() for word in one["after"]]
    times = f"(?P<times>{_either(words)})"
    number = f"(?P<number>{_NUMBER}|{_HAN_NUMBER}(?=[千万亿]))"
    scaled = f"{number}(?: ?(?:{times}))?"
    front = "|".join(sorted(map(re.escape, before), key=len, reverse=True))
    pattern = (
        rf"(?:(?<![^\W\d_])(?P<before>{front}) ?)?{scaled}(?:(?: (?:de|di|of|d'))? ?(?P<after>{_either(behind)}))?"
    )
    return Money(re.compile(pattern), re.compile(scaled), factors, before, after)


def _key(word: str) -> str:
    return fold(word.removesuffix("*")).text.strip()


def _either(words: list[str]) -> str:
    """Any of some words; spaced scripts end at a word boundary."""
    parts = []
    for word in sorted(words, key=len, reverse=True):
        key = re.escape(_key(word))
        is_word = key[-1:].isalpha() and not re.search("[\u3400-\u9fff]", key)
        parts.append(key + (r"[^\W\d_]{0,12}" if word.endswith("*") else r"(?![^\W\d_])" if is_word else ""))
    return "|".join(parts)
