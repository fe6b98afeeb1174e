"""Kind of an agreement: which of the acts told decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from citywatch.codebook import fold
from citywatch.screening.reading import Act, Line, Reading
from citywatch.screening.settings import field_settings

_FEW = 8
_WHOLE = 4  # words up to this length are compared whole
_DEPLOYMENT, _AGREED, _PILOT, _TRIAL = "deployment", "agreed", "pilot", "trial"
_KINDS = {_AGREED: "contract", _TRIAL: _PILOT}
_ORDERS = {
    "framework": ("mou", "framework", "contract", _AGREED),
    "contract": ("contract", _AGREED),
    _PILOT: (_PILOT, _TRIAL),
}
PACTS = frozenset(["mou", "framework", "contract", "loan", "donation", _AGREED])


@dataclass(frozen=True, slots=True)
class Spot:
    """What a kind rests on.

    Attributes:
        line: The sentence.
        start: First character of the act or amount.
        end: One behind its last.
    """

    line: Line
    start: int
    end: int


def kind_of(
    reading: Reading, core: Sequence[Line], near: Sequence[Line], rest: Sequence[Line]
) -> tuple[str, Spot | None]:
    """Word of ``agreement_kind`` and the act it rests on.

    The heaviest kind wins; sentences further down, neighbouring and distant ones weigh less, and so do plans. A pilot weighs more
    than a deployment wherever the text speaks of one. Where no act tells a kind, a system that is reported counts as a
    deployment, without a passage; where a price and a vendor stand with it, as a contract.
    """
    settings = field_settings()
    best, kind = 0.0, _DEPLOYMENT if core else ""
    spot: Spot | None = None
    for lines, weight in ((core, 1.0), (near, settings.near_weight), (rest, settings.rest_weight)):
        for number, line in enumerate(lines[:_FEW]):
            tells = [(act, told_by(reading, act)) for act in line.acts]
            pacts = {act.hit.start for act, told in tells if told in PACTS and act.status == "done"}
            for act, told in tells:
                place = weight * 0.9**number
                score = _score(told, act) * (max(place, settings.pilot_least) if told == _PILOT else place)
                if act.hit.start in pacts and len(pacts) > 1:
                    score *= settings.twice_factor
                if score > best and not (told == _DEPLOYMENT and weight < 1.0):
                    best, spot = score, Spot(line, act.hit.start, act.hit.end)
                    kind = _KINDS.get(told, told)
    price = _price([*core, *near]) if kind == _DEPLOYMENT else None
    return ("contract", price) if price else (kind, spot)


def _price(lines: Sequence[Line]) -> Spot | None:
    """The amount of money that stands with the act, if a vendor does too."""
    if not any(line.hits.get("vendor") for line in lines):
        return None
    priced = ((line, one) for line in lines for one in line.quantities if one.kind == "amount")
    return next((Spot(line, one.start, one.end) for line, one in priced), None)


def _score(told: str, act: Act) -> float:
    settings = field_settings()
    if not told or act.status == "negated":
        return 0.0
    return settings.kind_weights[told] * (settings.planned_weight if act.status == "planned" else 1.0)


def told_by(reading: Reading, act: Act) -> str:
    """What a word tells by itself: a kind, ``agreed`` or empty."""
    value = act.hit.term.value
    if value in (_DEPLOYMENT, "other", "mou"):
        return value
    settings = field_settings()
    text = _plain(reading.text(act.hit.start, act.hit.end))
    if _begins(text, settings.kind_never):
        return ""
    order = _ORDERS.get(value, (value,))
    return next((kind for kind in order if _begins(text, settings.kind_words[kind])), "")


def _begins(text: str, words: Sequence[str]) -> bool:
    return any(
        text == word if len(word) <= _WHOLE and word.isalpha() and word[0] < "\u2e80" else text.startswith(word)
        for word in words
    )


@lru_cache(maxsize=10_000)
def _plain(text: str) -> str:
    return " ".join(fold(text).text.split())
