"""Drawings of a claim: before and after with the claimed value, the claim among published effects, its drift over time."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from citywatch.publish.figures import plain, whole
from citywatch.publish.messages import Catalogue
from citywatch.publish.views.text import signed_percent

Record = Mapping[str, Any]
Place = Callable[[float], float]
"""Year or value to a place in the drawing."""

WIDE, NARROW = (1120, 440), (343, 380)
REACH = 5
"""Years drawn before the baseline and after the end of a claim."""
HEADROOM = 1.12
TALLEST_BAND = 1.6
"""The band of ordinary movement is cut at this multiple of the largest figure; the cut is drawn open."""
NORMAL_95 = 1.959964
MOST_LABELS = 8
ROW = 34


@dataclass(frozen=True, slots=True)
class Dot:
    """One figure; open where it is derived."""

    x: float
    y: float
    label: str
    year: int
    is_derived: bool
    is_key: bool


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the line between neighbouring years; dotted where it touches a derived figure."""

    x1: float
    y1: float
    x2: float
    y2: float
    is_dotted: bool


@dataclass(frozen=True, slots=True)
class Cross:
    """The claimed value with the line from its baseline."""

    x0: float
    y0: float
    x: float
    y: float
    label: str
    value: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Band:
    """Ordinary movement at the end of the claim, as a bracket."""

    x: float
    top: float
    bottom: float
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """A year without a figure: hatched up to the bound that is known."""

    x: float
    width: float
    top: float
    label: str


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """The series around the claim, in one of two sizes.

    Attributes:
        ticks: Height and label of the grid.
        years: Position and label.
        start: Position of the system's start; None where it is not on record or outside.
    """

    width: int
    height: int
    left: float
    right: float
    floor: float
    ticks: tuple[tuple[float, str], ...]
    years: tuple[tuple[float, str, bool], ...]
    dots: tuple[Dot, ...]
    segments: tuple[Segment, ...]
    claim: Cross | None
    band: Band | None
    gap: Gap | None
    start: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a row plot on an axis of change in percent."""

    y: float
    label: str
    note: str
    low: float
    high: float
    value: str
    is_claim: bool
    href: str = ""


@dataclass(frozen=True, slots=True)
class RowPlot:
    """Rows under one another on one axis of change in percent."""

    width: int
    height: int
    plot_left: float
    ticks: tuple[tuple[float, str], ...]
    zero: float
    rows: tuple[Row, ...]
    claim: float | None


def before_after(figures: Record, years: tuple[int | None, int | None], t: Catalogue) -> tuple[BeforeAfter, ...]:
    """The wide and the narrow drawing; nothing where the chosen series has fewer than two figures.

    Args:
        figures: Figures of the verdict.
        years: Baseline and end of the claim, where stated.
        t: Interface text.
    """
    before, after = years
    anchors = [year for year in years if year is not None]
    if not anchors or figures["scale"] != "percent":
        return ()
    shown = [one for one in figures["points"] if min(anchors) - REACH <= one["year"] <= max(anchors) + REACH]
    if sum(one["value"] is not None for one in shown) < 2:
        return ()
    return tuple(_draw(figures, shown, before, after, size, t) for size in (WIDE, NARROW))


def _draw(
    figures: Record, shown: Sequence[Record], before: int | None, after: int | None, size: tuple[int, int], t: Catalogue
) -> BeforeAfter:
    width, height = size
    is_wide = size == WIDE
    left, right, top, floor = 10.0, width - 20.0, 56.0, height - 40.0
    first: int = min(one["year"] for one in shown)
    last: int = max(*(one["year"] for one in shown), after or 0)
    step: float = (right - left - 60) / max(1, last - first)
    implied = next(
        (one for one in figures["implied"] if one["series_id"] == figures["chosen"] and one["is_after"]), None
    )
    values = [one["value"] for one in shown if one["value"] is not None] + ([implied["implied"]] if implied else [])
    unit, ceiling = _nice(max(values) * HEADROOM)

    def x(year: float) -> float:
        return round(left + 45 + (year - first) * step, 1)

    def y(value: float) -> float:
        return round(floor - (floor - top) * value / ceiling, 1)

    known = {one["year"]: one for one in shown if one["value"] is not None}
    keys = {before, after, *(() if implied is None else (implied["year_before"],))}
    is_full = len(known) <= MOST_LABELS and is_wide
    dots = tuple(
        Dot(
            x(year),
            y(one["value"]),
            plain(one["value"]),
            year,
            one["is_derived"],
            is_full or year in keys or year == max(known),
        )
        for year, one in sorted(known.items())
    )
    segments = tuple(
        Segment(a.x, a.y, b.x, b.y, a.is_derived or b.is_derived) for a, b in pairwise(dots) if b.year == a.year + 1
    )
    names = range(first, last + 1) if is_wide or last - first <= 8 else sorted({first, last, *filter(None, keys)})
    return BeforeAfter(
        width, height, left, right, floor,
        tuple((y(unit * at), whole(unit * at)) for at in range(1, int(ceiling / unit) + 1)),
        tuple((x(year), _year_label(year, first, is_wide), year == after) for year in names),
        dots, segments, _cross(figures, implied, x, y, t), _band(figures, implied, x, y, (max(values), step)),
        _gap(shown, after, x, y, step, t), _start(figures, first, last, x),
    )  # fmt: skip


def _year_label(year: int, first: int, is_wide: bool) -> str:
    return str(year) if is_wide or year == first else f"’{year % 100:02d}"


def _cross(figures: Record, implied: Record | None, x: Place, y: Place, t: Catalogue) -> Cross | None:
    if implied is None or implied["year_before"] is None:
        return None
    at = x(implied["year_after"])
    label = str(t("claim.chart_claim", figure=signed_percent(round(figures["claimed"], 1))))
    value = str(
        t(
            "claim.chart_would",
            value=whole(implied["implied"]) if implied["implied"] >= 100 else plain(round(implied["implied"], 1)),
        )
    )
    return Cross(x(implied["year_before"]), y(implied["known"]), at, y(implied["implied"]), label, value, "end")


def _band(figures: Record, implied: Record | None, x: Place, y: Place, scale: tuple[float, float]) -> Band | None:
    """What ordinary movement alone would make of the baseline by the end of the claim, 95 in 100 times."""
    spread = figures["movement"]["sd"]
    if implied is None or spread is None or implied["year_before"] is None:
        return None
    span = max(1, implied["year_after"] - implied["year_before"])
    width = NORMAL_95 * spread * math.sqrt(span)
    low, high = implied["known"] * math.exp(-width), implied["known"] * math.exp(width)
    largest, step = scale
    ceiling = TALLEST_BAND * largest
    aside = min(0.31 * step, 30.0) + min(0.25 * step, 16.0)
    return Band(
        x(implied["year_after"]) + aside, max(y(min(high, ceiling)), 30.0), y(low), high > ceiling or y(high) < 30.0
    )


def _gap(shown: Sequence[Record], after: int | None, x: Place, y: Place, step: float, t: Catalogue) -> Gap | None:
    point = next((one for one in shown if one["year"] == after and one["value"] is None), None)
    if after is None or any(one["year"] == after and one["value"] is not None for one in shown):
        return None
    width = min(step * 0.62, 60.0)
    bound = None if point is None else point["high"]
    label = t("claim.chart_no_figure") if bound is None else t("claim.chart_below", value=plain(bound))
    top = y(bound) if bound is not None else 56.0
    return Gap(round(x(after) - width / 2, 1), round(width, 1), top, str(label))


def _start(figures: Record, first: int, last: int, x: Place) -> float | None:
    start = figures["start"]
    if start is None or not first <= start <= last + 1:
        return None
    return x(start - 0.5)


def _nice(largest: float) -> tuple[float, float]:
    """Step of the grid and its upper end: three to five lines on round numbers."""
    if largest <= 0:
        return 1.0, 1.0
    power = 10.0 ** math.floor(math.log10(largest))
    unit: float = next(power * one for one in (0.2, 0.25, 0.5, 1, 2, 2.5) if largest / (power * one) <= 5)
    return unit, unit * math.ceil(largest / unit)


def row_plot(rows: Sequence[Row], size: tuple[int, int], claim: float | None) -> RowPlot:
    """Rows with their place on an axis that holds them all and zero.

    Args:
        rows: Label, note, low and high in percent; y is ignored.
        size: Width of the drawing and width of its labels; labels stand above the line where that is 0.
        claim: Claimed change, drawn through all rows.
    """
    width, label_width = size
    values = [0.0, *(one.low for one in rows), *(one.high for one in rows), *([] if claim is None else [claim])]
    low = 20 * math.floor(min(values) / 20)
    high = 20 * math.ceil(max(values) / 20)
    low, high = max(low, -100) if min(values) >= -100 else low, high if high > low else low + 20
    left, right = label_width + 16.0, width - 70.0

    def x(value: float) -> float:
        return round(left + (right - left) * (value - low) / (high - low), 1)

    per_row = ROW if label_width else ROW + 20
    step = 20 if high - low <= 120 else 50
    placed = tuple(
        Row(
            40.0 + per_row * (at + (0.0 if label_width else 0.4)),
            one.label,
            one.note,
            x(one.low),
            x(one.high),
            one.value,
            one.is_claim,
            one.href,
        )
        for at, one in enumerate(rows)
    )
    ticks = tuple(
        (x(tick), signed_percent(tick) if tick else "0")
        for tick in range(step * math.ceil(low / step), int(high) + 1, step)
    )
    height = round(40 + per_row * len(rows) + 14)
    return RowPlot(width, height, left, ticks, x(0), placed, None if claim is None else x(claim))
