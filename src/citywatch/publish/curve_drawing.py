"""The picture of a specification curve, from its entry in ``findings.json`` and nothing else.

Places are numbers in a box of 1000 by 100 that is stretched to the page; lines keep their width. The words around it are
the page's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log2
from typing import Any

WIDTH, HEIGHT = 1000.0, 100.0
UNUSED = -1


@dataclass(frozen=True, slots=True)
class Tick:
    """A ratio on the axis and its place, percent from the top."""

    ratio: float
    y: float


@dataclass(frozen=True, slots=True)
class OptionRow:
    """One option under the curve.

    Attributes:
        label: As readers see it.
        kind: ``equivalent``, ``debatable`` or ``different_question``.
        reason: Why it is declared.
        path: Marks where a specification with these numbers chose it; empty where none in the picture did.
        count: Distinct results with a specification that chose it.
        medians: Median of their ratios, one for each part of a divided question; None for a part without ratios, empty without any.
    """

    label: str
    kind: str
    reason: str
    path: str
    count: int
    medians: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class ChoiceRows:
    """One choice with its options."""

    id: str
    label: str
    rows: tuple[OptionRow, ...]


@dataclass(frozen=True, slots=True)
class CurvePicture:
    """Everything that the picture needs.

    Attributes:
        ticks: Ratios on the axis, doubling.
        even: Place of the ratio 1, percent from the top.
        bars: Intervals as one path.
        clear: Intervals that leave out 1, as one path over the bars.
        dots: Ratios as one path.
        choices: Rows of the options.
    """

    ticks: tuple[Tick, ...]
    even: float
    bars: str
    clear: str
    dots: str
    choices: tuple[ChoiceRows, ...]


def draw(curve: Mapping[str, Any]) -> CurvePicture:
    """The picture of one curve.

    Args:
        curve: Entry of ``curves`` in ``findings.json``; its lines stand in the order of their ratio.
    """
    lines = curve["lines"]
    low, high = floor(log2(min(lines["low"]))), ceil(log2(max(lines["high"])))

    def y(ratio: float) -> float:
        return round(HEIGHT * (high - log2(ratio)) / (high - low), 1)

    xs = _places(len(lines["ratio"]))
    bars, clear = [], []
    for x, bottom, top in zip(xs, lines["low"], lines["high"], strict=True):
        bar = f"M{x} {y(bottom)}V{y(top)}"
        bars.append(bar)
        if bottom > 1 or top < 1:
            clear.append(bar)
    return CurvePicture(
        ticks=tuple(Tick(2.0**power, y(2.0**power)) for power in range(low, high + 1)),
        even=y(1.0),
        bars="".join(bars),
        clear="".join(clear),
        dots="".join(f"M{x} {y(ratio)}h0" for x, ratio in zip(xs, lines["ratio"], strict=True)),
        choices=tuple(_choice(choice, curve, xs) for choice in curve["choices"]),
    )


def _places(count: int) -> list[float]:
    """Where each of so many results stands, evenly spread."""
    return [round(WIDTH * (place + 0.5) / count, 1) for place in range(count)]


def _choice(choice: Mapping[str, Any], curve: Mapping[str, Any], xs: Sequence[float]) -> ChoiceRows:
    held = curve["lines"]["options"][choice["id"]]
    rows = []
    for at, option in enumerate(choice["options"]):
        path = _runs([x for x, options in zip(xs, held, strict=True) if at in options], WIDTH / len(xs))
        known = (option["label"], option["kind"], option["reason"])
        rows.append(OptionRow(*known, path, option["distinct"], tuple(option["medians"])))
    return ChoiceRows(choice["id"], choice["label"], tuple(rows))


def _runs(places: Sequence[float], step: float) -> str:
    """Marks of one row as bars; neighbours join, so that a path stays short."""
    path, start, last = [], 0.0, None
    for place in places:
        if last is None or place - last > 1.5 * step:
            if last is not None:
                path.append(_bar(start, last, step))
            start = place
        last = place
    return "".join(path) + (_bar(start, last, step) if last is not None else "")


def _bar(start: float, last: float, step: float) -> str:
    left = round(start - step / 2, 1)
    return f"M{left:g} 0h{round(last - start + step, 1):g}v1h-{round(last - start + step, 1):g}z"
