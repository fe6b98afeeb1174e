"""Moving marks apart on a map where they would cover each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from citywatch.errors import InputError, SettingError

_ANGLES = 24
_STEPS_PER_RADIUS = 3
_TOUCH = 1e-9  # two marks that only touch do not overlap

Point = tuple[float, float]
_Points = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Spread:
    """Marks after they were moved apart; iterating gives their positions.

    Attributes:
        positions: x and y per mark, in the order given.
        moved: Marks that no longer lie on their place.
        overlapping: Marks that still cover a part of another one, because the limit left no room.
    """

    positions: tuple[Point, ...]
    moved: int
    overlapping: int

    def __iter__(self) -> Iterator[Point]:
        """Positions in the order given."""
        return iter(self.positions)

    def __len__(self) -> int:
        """Number of marks."""
        return len(self.positions)


def spread(points: Sequence[Point], radius: float, limit: float) -> Spread:
    """Move round marks apart, none farther from its place than a limit.

    One mark of every place keeps the place if it is free; each further mark takes the nearest free spot on a fixed
    fan around its place. A mark that finds none stays. The same points in the same order give the same result.

    Args:
        points: x and y of every mark, in any unit.
        radius: Radius of a mark in that unit; positive.
        limit: Farthest move in that unit; 0 moves nothing.

    Raises:
        SettingError: If the radius is not positive or the limit negative.
        InputError: If a coordinate is not a finite number.
    """
    if not radius > 0 or not limit >= 0:
        raise SettingError(f"spread: expected a positive radius and a limit of at least 0; found {radius} and {limit}")
    places: _Points = np.asarray(points, dtype=np.float64).reshape(len(points), 2)
    if not np.isfinite(places).all():
        raise InputError("spread: expected finite coordinates; leave out marks without a place")
    board = _Board(2 * radius, limit, _fan(radius, limit))
    spots = places.copy()
    for index in _order(places):
        spots[index] = board.put(float(places[index, 0]), float(places[index, 1]))
    return Spread(
        tuple((float(x), float(y)) for x, y in spots),
        int((spots != places).any(axis=1).sum()),
        board.overlapping(spots),
    )


def _order(places: _Points) -> list[int]:
    """West to east; the first mark of every place before the second of any."""
    order = [int(index) for index in np.lexsort((places[:, 1], places[:, 0]))]
    seen: set[Point] = set()
    first: list[int] = []
    further: list[int] = []
    for index in order:
        place = (float(places[index, 0]), float(places[index, 1]))
        (further if place in seen else first).append(index)
        seen.add(place)
    return first + further


def _fan(radius: float, limit: float) -> _Points:
    """Moves to try, the shortest first."""
    count = int(np.floor(limit / radius * _STEPS_PER_RADIUS))
    lengths = np.unique(np.append(np.arange(1, count + 1) * radius / _STEPS_PER_RADIUS, limit))
    lengths = lengths[(lengths > 0) & (lengths <= limit)] * (1 - 1e-12)  # rounding must not pass the limit
    angles = np.arange(_ANGLES) * (2 * np.pi / _ANGLES)
    moves = np.stack([np.outer(lengths, np.cos(angles)), np.outer(lengths, np.sin(angles))], axis=-1)
    return moves.reshape(-1, 2)


class _Board:
    """Marks put so far, in square cells as wide as a mark."""

    def __init__(self, distance: float, limit: float, fan: _Points) -> None:
        self.distance, self.fan = distance, fan
        self.reach = int(np.ceil((limit + distance) / distance))
        self.cells: defaultdict[tuple[int, int], list[Point]] = defaultdict(list)
        self.full: set[Point] = set()

    def put(self, x: float, y: float) -> Point:
        """Put one mark on its place or the nearest free spot, else on its place over others."""
        place = (x, y)
        if place in self.full:
            return place
        spot = place if self._is_free(place) else self._nearest(place)
        if spot is None:  # not put into a cell: a crowd would make every later search slow
            self.full.add(place)
            return place
        self.cells[self._cell(spot)].append(spot)
        return spot

    def overlapping(self, spots: _Points) -> int:
        """Marks that cover a part of another; only marks on places that were full can cause it."""
        covered = set(self.full)
        for place in self.full:
            covered.update(spot for spot in self._around(place, 1) if self._is_near(place, spot))
        return sum((float(x), float(y)) in covered for x, y in spots)

    def _cell(self, point: Point) -> tuple[int, int]:
        return int(point[0] // self.distance), int(point[1] // self.distance)

    def _around(self, place: Point, reach: int) -> list[Point]:
        column, row = self._cell(place)
        return [
            spot
            for i in range(column - reach, column + reach + 1)
            for j in range(row - reach, row + reach + 1)
            for spot in self.cells.get((i, j), ())
        ]

    def _is_near(self, one: Point, other: Point) -> bool:
        return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2 < (self.distance - _TOUCH) ** 2

    def _is_free(self, place: Point) -> bool:
        return not any(self._is_near(place, spot) for spot in self._around(place, 1))

    def _nearest(self, place: Point) -> Point | None:
        taken = np.array(self._around(place, self.reach))
        tries = self.fan + np.array(place)
        east = tries[:, :1] - taken[:, 0]
        north = tries[:, 1:] - taken[:, 1]
        is_free = np.min(east * east + north * north, axis=1) >= (self.distance - _TOUCH) ** 2
        if not is_free.any():
            return None
        first = int(is_free.argmax())
        return float(tries[first, 0]), float(tries[first, 1])
