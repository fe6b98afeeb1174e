"""Drawings of one country over time: rating, income class, democracy, agreements, on one axis of years."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from citywatch.publish.figures import is_known
from citywatch.publish.marks import Run, YearAxis, band_path, gaps, level, line_path, runs
from citywatch.publish.views.book import Book
from citywatch.publish.views.rows import Agreement

FIRST_YEAR = 1972


@dataclass(frozen=True, slots=True)
class Line:
    """A line over the years with its last value.

    Attributes:
        path: SVG path in a box of 100 by 100.
        band: SVG path of the credible band; empty where there is none.
        last_year: Newest year.
        last: Newest value.
        last_x: Percent of the width.
        last_y: Percent of the height.
        missing: Years without a value between the first and the last.
    """

    path: str
    band: str
    last_year: int
    last: float
    last_x: float
    last_y: float
    missing: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Pin:
    """One agreement on the axis of years."""

    x: float
    y: int
    group: str


@dataclass(frozen=True, slots=True)
class CountryChart:
    """Everything the drawing of a country needs; a part without data is None or empty."""

    axis: YearAxis
    ticks: tuple[tuple[int, float], ...]
    rating: Line | None
    statuses: tuple[Run, ...]
    status_now: str
    income: tuple[Run, ...]
    income_now: str
    income_year: int
    democracy: Line | None
    pins: tuple[Pin, ...]
    pin_rows: int


class Charts:
    """Draws the countries.

    Args:
        book: The release.
    """

    def __init__(self, book: Book) -> None:
        self._book = book
        self.axis = YearAxis(FIRST_YEAR, int(book.release.version[:4]))
        self.ticks = tuple((year, self.axis.x(year)) for year in self.axis.ticks(10))

    @cached_property
    def _freedom(self) -> dict[str, list[dict[str, Any]]]:
        return _ascending(self._book.records("freedom"), "year_covered")

    @cached_property
    def _income(self) -> dict[str, list[dict[str, Any]]]:
        return _ascending(self._book.records("income"), "fiscal_year")

    @cached_property
    def _democracy(self) -> dict[str, list[dict[str, Any]]]:
        return _ascending(self._book.records("democracy"), "year")

    def freedom_now(self, iso3: str) -> tuple[str, int]:
        """Newest status and its edition; nothing where the country is not rated."""
        rows = self._freedom.get(iso3)
        return (rows[-1]["status"], int(rows[-1]["edition_year"])) if rows else ("", 0)

    def income_now(self, iso3: str) -> tuple[str, int]:
        """Newest income group and its fiscal year; nothing where the country is no World Bank economy."""
        rows = self._income.get(iso3)
        return (rows[-1]["income_group"], int(rows[-1]["fiscal_year"])) if rows else ("", 0)

    def democracy_now(self, iso3: str) -> tuple[float | None, int]:
        """Newest index of electoral democracy and its year; None where there is none."""
        rows = self._democracy.get(iso3)
        if not rows or not is_known(rows[-1]["electoral_democracy"]):
            return None, 0
        return float(rows[-1]["electoral_democracy"]), int(rows[-1]["year"])

    def draw(self, iso3: str, agreements: Sequence[Agreement]) -> CountryChart:
        """The drawing of one country."""
        axis = self.axis
        freedom = self._freedom.get(iso3, [])
        income = self._income.get(iso3, [])
        rated = [
            (int(row["year_covered"]), (float(row["political_rights"]) + float(row["civil_liberties"])) / 2)
            for row in freedom
            if is_known(row["political_rights"]) and is_known(row["civil_liberties"])
        ]
        pins, pin_rows = _pins(axis, agreements)
        return CountryChart(
            axis,
            self.ticks,
            _line(axis, rated, 7, 1),
            runs(axis, [(int(row["year_covered"]), row["status"]) for row in freedom if row["status"]]),
            freedom[-1]["status"] if freedom else "",
            runs(axis, [(int(row["fiscal_year"]), row["income_group"]) for row in income]),
            *self.income_now(iso3),
            self._democracy_line(iso3),
            pins,
            pin_rows,
        )

    def _democracy_line(self, iso3: str) -> Line | None:
        rows = [row for row in self._democracy.get(iso3, []) if is_known(row["electoral_democracy"])]
        values = [(int(row["year"]), float(row["electoral_democracy"])) for row in rows]
        bounds = [
            (int(row["year"]), float(row["electoral_democracy_low"]), float(row["electoral_democracy_high"]))
            for row in rows
            if is_known(row["electoral_democracy_low"]) and is_known(row["electoral_democracy_high"])
        ]
        return _line(self.axis, values, 0, 1, band_path(self.axis, bounds, 0, 1))


def _line(axis: YearAxis, values: Sequence[tuple[int, float]], low: float, high: float, band: str = "") -> Line | None:
    if not values:
        return None
    year, value = values[-1]
    missing = gaps([year for year, _ in values])
    return Line(line_path(axis, values, low, high), band, year, value, axis.x(year), level(value, low, high), missing)


def _pins(axis: YearAxis, agreements: Sequence[Agreement]) -> tuple[tuple[Pin, ...], int]:
    stacks: dict[int, int] = defaultdict(int)
    found = []
    for agreement in agreements:
        if agreement.announced:
            year = int(agreement.announced[:4])
            found.append(Pin(axis.x(year), stacks[year], agreement.group))
            stacks[year] += 1
    return tuple(found), max(stacks.values(), default=0)


def _ascending(rows: Sequence[dict[str, Any]], year: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: int(row[year])):
        found[row["country_iso3"]].append(row)
    return dict(found)
