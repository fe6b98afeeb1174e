"""Numbers for drawings: where a mark sits, in percent or in pixels. Templates turn them into SVG."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

LABEL_TURN = 50.0
"""Base rates above this percentage carry their label on the left, so that it cannot leave the frame."""


@dataclass(frozen=True, slots=True)
class Strip:
    """An estimate with its interval on an axis from 0 to 100.

    Attributes:
        low: Lower end, percent of the width.
        dot: Estimate, percent of the width.
        high: Upper end, percent of the width.
        tick: Base rate; None where there is none.
        published: Someone else's value; None where there is none.
        is_dotted: The line is an observed range, not an interval.
        base_anchor: ``end`` or ``start`` for the label of the tick.
    """

    low: float
    dot: float
    high: float
    tick: float | None
    published: float | None
    is_dotted: bool = False

    @property
    def base_anchor(self) -> str:
        """Side of the base rate's label."""
        return "end" if self.tick is not None and self.tick > LABEL_TURN else "start"

    @property
    def anchor(self) -> str:
        """Anchor of the number under the dot; at the edges it turns inward."""
        return _anchor(self.dot)

    @property
    def low_anchor(self) -> str:
        """Anchor of the number at the lower end."""
        return _anchor(self.low)

    @property
    def high_anchor(self) -> str:
        """Anchor of the number at the upper end."""
        return _anchor(self.high)


EDGE = 5.0
"""Numbers nearer to an edge than this turn inward."""


def _anchor(x: float) -> str:
    return "start" if x < EDGE else "end" if x > 100 - EDGE else "mid"


def strip(
    estimate: float,
    low: float,
    high: float,
    tick: float | None = None,
    published: float | None = None,
    *,
    is_dotted: bool = False,
) -> Strip:
    """Place a share on the axis; rounds to two decimals, never clips an interval to hold its estimate."""
    return Strip(
        round(low, 2),
        round(estimate, 2),
        round(high, 2),
        None if tick is None else round(tick, 2),
        published,
        is_dotted,
    )


@dataclass(frozen=True, slots=True)
class Bar:
    """One piece of a bar, in percent of the width."""

    group: str
    x: float
    width: float


def stacked(parts: Iterable[tuple[str, int]], full: int) -> tuple[Bar, ...]:
    """Pieces side by side.

    Args:
        parts: Group and count, in drawing order.
        full: Count that fills the width.
    """
    found, x = [], 0.0
    for group, count in parts:
        width = 100 * count / full
        if count:
            found.append(Bar(group, round(x, 2), round(width, 2)))
        x += width
    return tuple(found)


@dataclass(frozen=True, slots=True)
class YearAxis:
    """Years along the width of a drawing."""

    first: int
    last: int

    def x(self, year: float) -> float:
        """Percent of the width; a year sits at its own column's middle."""
        return round(100 * (year - self.first + 0.5) / (self.last - self.first + 1), 2)

    def edge(self, year: float) -> float:
        """Percent of the width where the column of a year begins."""
        return round(100 * (year - self.first) / (self.last - self.first + 1), 2)

    def ticks(self, step: int) -> tuple[int, ...]:
        """Round years inside the axis."""
        start = -(-self.first // step) * step
        return tuple(range(start, self.last + 1, step))


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring years with one class."""

    word: str
    first: int
    last: int
    x: float
    width: float


def runs(axis: YearAxis, years: Sequence[tuple[int, str]]) -> tuple[Run, ...]:
    """Join neighbouring years of one class; a missing year breaks the run.

    Args:
        axis: The axis.
        years: Year and class, ascending.
    """
    found: list[tuple[str, int, int]] = []
    for year, word in years:
        if found and found[-1][0] == word and found[-1][2] == year - 1:
            found[-1] = (word, found[-1][1], year)
        else:
            found.append((word, year, year))
    return tuple(
        Run(word, first, last, axis.edge(first), round(axis.edge(last + 1) - axis.edge(first), 2))
        for word, first, last in found
    )


def line_path(axis: YearAxis, points: Sequence[tuple[int, float]], low: float, high: float) -> str:
    """SVG path in a box of 100 by 100; the line is absent across a missing year.

    Args:
        axis: Years along the width.
        points: Year and value, ascending.
        low: Value at the bottom.
        high: Value at the top; smaller than ``low`` turns the axis round.
    """
    parts = []
    for index, (year, value) in enumerate(points):
        joined = index > 0 and points[index - 1][0] == year - 1
        parts.append(f"{'L' if joined else 'M'}{axis.x(year)} {level(value, low, high)}")
    return "".join(parts)


def band_path(axis: YearAxis, points: Sequence[tuple[int, float, float]], low: float, high: float) -> str:
    """SVG path of the area between two bounds, broken at missing years."""
    blocks: list[list[tuple[int, float, float]]] = []
    for point in points:
        if blocks and blocks[-1][-1][0] == point[0] - 1:
            blocks[-1].append(point)
        else:
            blocks.append([point])
    return "".join(_block(axis, block, low, high) for block in blocks if len(block) > 1)


def _block(axis: YearAxis, block: Sequence[tuple[int, float, float]], low: float, high: float) -> str:
    there = [f"{axis.x(year)} {level(bottom, low, high)}" for year, bottom, _ in block]
    back = [f"{axis.x(year)} {level(top, low, high)}" for year, _, top in reversed(block)]
    return "M" + "L".join([*there, *back]) + "Z"


def level(value: float, low: float, high: float) -> float:
    """Height in percent from the top."""
    return round(100 * (high - value) / (high - low), 2)


def gaps(years: Sequence[int]) -> tuple[int, ...]:
    """Years missing between the first and the last."""
    return tuple(year for left, right in pairwise(sorted(years)) for year in range(left + 1, right))
