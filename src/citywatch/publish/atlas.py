"""The world map as markup and the small map of one country, from the shapes that ``places`` holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from citywatch import places
from citywatch.publish.figures import is_known

if TYPE_CHECKING:
    from citywatch.publish.views.book import Book
    from citywatch.publish.views.rows import Agreement, Record

MARK_RADIUS = 2.6
SPREAD_LIMIT = 8.0
PHONE_SCALE = 1.8
DRAW_ORDER = ("other", "none", "china", "huawei")
MOST_MARKS = 1500
"""Above this number one mark stands for all agreements of a place and group."""

LOCATOR_WIDTH, LOCATOR_HEIGHT = 260.0, 220.0


@dataclass(frozen=True, slots=True)
class Mark:
    """One point on the world map; the href is empty where it stands for several agreements."""

    group: str
    x: float
    y: float
    href: str
    title: str


@dataclass(frozen=True, slots=True)
class Dot:
    """One place on a small map."""

    x: float
    y: float
    name: str
    is_right: bool


@dataclass(frozen=True, slots=True)
class LocatorMap:
    """A country among its neighbours.

    Attributes:
        frame: ``viewBox`` in units of the world map.
        neighbours: Path data of the countries around.
        land: Path data of the country.
        scale: Units of the drawing per unit of the world map.
        dots: Places of the agreement, in percent of the drawing.
        height: Height of the drawing in pixels.
    """

    frame: str
    neighbours: tuple[str, ...]
    land: str
    scale: float
    dots: tuple[Dot, ...]
    height: float
    stands_for_country: bool


def first_point(book: Book, row: Record) -> tuple[float, float] | None:
    """Where the first located place of an agreement lies on the world map."""
    located = points(book, row)
    return located[0][:2] if located else None


def points(book: Book, row: Record) -> list[tuple[float, float, str, str]]:
    """Located places of an agreement: x, y, name, precision."""
    found = []
    for place_id in row["place_ids"].split("; "):
        place = book.places.get(place_id)
        if place and is_known(place["latitude"]) and is_known(place["longitude"]):
            x, y = places.project(float(place["latitude"]), float(place["longitude"]))
            found.append((x, y, place["name"], place["precision"]))
    return found


# -- rings ----------------------------------------------------------------------------------------------------------

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in units of the world map."""

_TOKEN = re.compile(r"([MlhvzLHVZ])|(-?(?:\d+\.?\d*|\.\d+))")


@dataclass(frozen=True, slots=True)
class Ring:
    """One closed line of a country."""

    path: str
    box: Box

    @property
    def size(self) -> float:
        """Area of the box."""
        return (self.box[2] - self.box[0]) * (self.box[3] - self.box[1])


@cache
def rings(path: str) -> tuple[Ring, ...]:
    """Closed lines of a path that uses M, l, h, v and z."""
    return tuple(Ring(f"M{part}", _box(part)) for part in path.split("M") if part)


def _box(part: str) -> Box:
    xs, ys = [], []
    x = y = 0.0
    for x, y in _walk(part):
        xs.append(x)
        ys.append(y)
    return (min(xs), min(ys), max(xs), max(ys)) if xs else (x, y, x, y)


def _walk(part: str) -> Iterable[tuple[float, float]]:
    command, held = "L", []
    x = y = 0.0
    for letter, number in _TOKEN.findall(part):
        if letter:
            command = letter
            continue
        held.append(float(number))
        if command in "hv":
            x, y = (x + held[0], y) if command == "h" else (x, y + held[0])
        elif len(held) == 2:
            x, y = (x + held[0], y + held[1]) if command == "l" else (held[0], held[1])
        else:
            continue
        held = []
        yield x, y


def meets(one: Box, other: Box) -> bool:
    """Whether two boxes share a point."""
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def main_box(found: Sequence[Ring]) -> Box:
    """Box of a country's main land: its largest ring and those large or near enough."""
    largest = max(found, key=lambda ring: ring.size)
    left, top, right, bottom = largest.box
    reach = max(right - left, bottom - top, 6.0) * 0.5
    near = (left - reach, top - reach, right + reach, bottom + reach)
    boxes = [ring.box for ring in found if meets(ring.box, near) and ring.size >= largest.size * 0.002]
    return _around([*boxes, largest.box])


def _around(boxes: Iterable[Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


# -- the small map --------------------------------------------------------------------------------------------------

LEAST_FRAME = 14.0
MARGIN = 1.22


class Locator:
    """Draws the small map of an agreement; a frame that is drawn once is kept."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._shapes = {code: rings(shape.path) for code, shape in places.world_shapes().countries.items()}
        self._drawn: dict[tuple[str, Box], tuple[tuple[str, ...], str]] = {}

    def draw(self, agreement: Agreement) -> LocatorMap | None:
        """The map of one agreement; None where the country has no shape."""
        code = agreement.country.iso3
        if not self._shapes.get(code):
            return None
        located = points(self._book, agreement.record)
        spots = [(x, y, x, y) for x, y, _, _ in located]
        frame = _frame(_around([main_box(self._shapes[code]), *spots]))
        neighbours, land = self._land(code, frame)
        scale = LOCATOR_WIDTH / (frame[2] - frame[0])
        return LocatorMap(
            f"{frame[0]:.1f} {frame[1]:.1f} {frame[2] - frame[0]:.1f} {frame[3] - frame[1]:.1f}",
            neighbours,
            land,
            scale,
            tuple(_dots(located, frame)),
            LOCATOR_HEIGHT,
            bool(located) and all(precision == "country" for *_, precision in located),
        )

    def _land(self, code: str, frame: Box) -> tuple[tuple[str, ...], str]:
        key = (code, frame)
        if key not in self._drawn:
            around = []
            for other, found in self._shapes.items():
                path = "".join(ring.path for ring in found if meets(ring.box, frame))
                if path and other != code:
                    around.append(path)
            land = "".join(ring.path for ring in self._shapes[code] if meets(ring.box, frame))
            self._drawn[key] = (tuple(around), land)
        return self._drawn[key]


def _frame(box: Box) -> Box:
    width = max((box[2] - box[0]) * MARGIN, LEAST_FRAME)
    height = max((box[3] - box[1]) * MARGIN, LEAST_FRAME * LOCATOR_HEIGHT / LOCATOR_WIDTH)
    if width / height < LOCATOR_WIDTH / LOCATOR_HEIGHT:
        width = height * LOCATOR_WIDTH / LOCATOR_HEIGHT
    else:
        height = width * LOCATOR_HEIGHT / LOCATOR_WIDTH
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _dots(located: Sequence[tuple[float, float, str, str]], frame: Box) -> Iterable[Dot]:
    taken: list[tuple[float, float]] = []
    for x, y, name, precision in located:
        left = 100 * (x - frame[0]) / (frame[2] - frame[0])
        top = 100 * (y - frame[1]) / (frame[3] - frame[1])
        is_free = all(abs(left - other) > 30 or abs(top - height) > 8 for other, height in taken)
        if is_free:
            taken.append((left, top))
        yield Dot(round(left, 2), round(top, 2), name if is_free and precision != "country" else "", left < 55)


# -- the world map --------------------------------------------------------------------------------------------------


def marks(book: Book, radius: float = MARK_RADIUS, limit: float = SPREAD_LIMIT) -> tuple[Mark, ...]:
    """One mark per agreement at its first place, pushed apart where they overlap, in drawing order.

    Args:
        book: The release.
        radius: Radius of a mark in units of the world map.
        limit: Farthest push.
    """
    placed = []
    for agreement in book.agreements.values():
        point = first_point(book, agreement.record)
        if point is not None:
            placed.append((agreement, point))
    if len(placed) > MOST_MARKS:
        return _one_per_place(placed)
    spread = places.spread([point for _, point in placed], radius, limit)
    found = [
        Mark(
            agreement.group,
            round(x, 1),
            round(y, 1),
            agreement.href,
            f"{agreement.title} ({', '.join(v.name for v in agreement.vendors) or book.label('vendor_group', 'none')})",
        )
        for (agreement, _), (x, y) in zip(placed, spread, strict=True)
    ]
    return tuple(sorted(found, key=lambda mark: DRAW_ORDER.index(mark.group)))


def _one_per_place(placed: Sequence[tuple[Agreement, tuple[float, float]]]) -> tuple[Mark, ...]:
    found = {
        (agreement.group, round(x, 1), round(y, 1)): Mark(agreement.group, round(x, 1), round(y, 1), "", "")
        for agreement, (x, y) in placed
    }
    return tuple(sorted(found.values(), key=lambda mark: DRAW_ORDER.index(mark.group)))
