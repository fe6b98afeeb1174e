"""Findings that are no set of shares: what no list holds, and the questions over time; one page each."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from citywatch.publish.marks import Bar, Strip, YearAxis, stacked, strip
from citywatch.publish.views.book import Book
from citywatch.publish.views.rows import Agreement, Page
from citywatch.publish.views.text import file_name
from citywatch.tables.values import escape_cell

ROWS_SHOWN = 10
ROWS_INSIDE = 100
"""Rows listed on the page itself; the rest are in the CSV."""

TICK_YEARS = 5
COLUMNS = ("agreement_id", "country", "place", "vendors", "announced", "status", "confidence", "page")
"""Columns of the file of rows behind a record; the page is a path from the root of the site."""

Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RecordPage:
    """One record with the page that shows it.

    Attributes:
        name: Last part of the path, without an ending.
        template: Template.
        record: Question, answer and what goes with it.
        found: Everything that was found.
    """

    name: str
    template: str
    record: Answer
    found: Answer

    @property
    def href(self) -> str:
        """Page, from the root of the site."""
        return f"findings/{self.name}.html"

    @property
    def csv(self) -> str:
        """File of the rows, from the root of the site."""
        return f"data/{self.name}.csv"


@dataclass(frozen=True, slots=True)
class Column:
    """One piece of a column of a chart, in percent of its box."""

    group: str
    x: float
    width: float
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class ColumnChart:
    """Columns by year, and a line of something that grows.

    Attributes:
        columns: Pieces of the columns.
        highest: Number at the top of the box.
        ticks: Years with a label, and where.
        line: Path of the line in a box of 100 by 100; empty without one.
        top: Number at the top of the line's box.
    """

    columns: tuple[Column, ...]
    highest: int
    ticks: tuple[tuple[int, float], ...]
    line: str = ""
    top: int = 0


def records(book: Book) -> list[RecordPage]:
    """Every record of the release that has a page, in the order of display."""
    over_time = book.findings.get("trends") or {}
    found = [
        RecordPage(f"trend-{name}", f"trend_{name}.html.j2", one["record"], one)
        for name in ("adoption", "stages", "vendors")
        if (one := over_time.get(name))
    ]
    found += [
        RecordPage(f"trend-concentration-{one['of']}", "trend_concentration.html.j2", one["record"], one)
        for one in over_time.get("concentration") or ()
    ]
    found += [
        RecordPage(file_name(one["record"]["key"].replace(".", "-")), "undercount.html.j2", one["record"], one)
        for one in book.findings.get("undercount", ())
    ]
    return found


def pages(book: Book) -> Iterator[Page]:
    """One page for each record."""
    for one in records(book):
        behind = _behind(book, one)
        yield Page(
            one.href,
            one.template,
            one.record["question"],
            book.t("record.description", question=one.record["question"]),
            "findings",
            {
                "one": one,
                "record": one.record,
                "found": one.found,
                "behind": behind[:ROWS_INSIDE],
                "behind_total": len(behind),
                "rows_shown": ROWS_SHOWN,
                **_drawn(book, one),
            },
        )


def _behind(book: Book, one: RecordPage) -> list[Agreement]:
    ids = set(one.record["ids"])
    return [agreement for name, agreement in book.agreements.items() if name in ids]


def row_files(book: Book) -> Iterator[tuple[str, str]]:
    """Path and text of the rows behind each record, as CSV; texts that a spreadsheet would run are escaped."""
    for one in records(book):
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(COLUMNS)
        for agreement in _behind(book, one):
            writer.writerow([escape_cell(str(cell)) for cell in _cells(agreement)])
        yield one.csv, buffer.getvalue()


def _cells(one: Agreement) -> tuple[str, ...]:
    vendors = "; ".join(vendor.name for vendor in one.vendors)
    return one.id, one.country.name, one.record["place"], vendors, one.announced, one.status, one.confidence, one.href


# -- drawings -----------------------------------------------------------------------------------------------------------


def _drawn(book: Book, one: RecordPage) -> dict[str, Any]:
    """What the template of a record draws."""
    found = one.found
    if one.template == "undercount.html.j2":
        return {"lines": _counts(found), "ticks": _count_ticks(found["eligible"])}
    if one.name == "trend-adoption":
        return {"chart": _adoption_chart(found), "share_lines": [(part, _part_strip(part)) for part in found["by_lag"]]}
    if one.name == "trend-stages":
        return {
            "flows": [(line, _flow(line, found["with_step"]), _part_strip(line["part"])) for line in found["stages"]]
        }
    if one.name == "trend-vendors":
        return {
            "chart": _vendor_chart(found),
            "region_lines": [
                (line, _groups(line), [(c, _part_strip(c["part"])) for c in line["groups"]])
                for line in found["regions"]
            ],
        }
    return {"measures": _market(found), "vendor_pages": book.vendors if found["of"] == "vendors" else {}}


def _part_strip(part: Answer) -> Strip | None:
    interval = part["interval"]
    return strip(part["share_pct"], interval["low"], interval["high"]) if interval else None


@dataclass(frozen=True, slots=True)
class CountLine:
    """A number of countries on an axis from none to all.

    Attributes:
        name: Message of the label.
        values: Values of its placeholders.
        key: Key of the numbers.
        total: The number.
        low: Lower end; None where there is no interval.
        high: Upper end.
        strip: Where the marks sit.
    """

    name: str
    values: Mapping[str, str]
    key: str
    total: float
    low: float | None
    high: float | None
    strip: Strip


def _counts(found: Answer) -> list[CountLine]:
    lines = [_count_line(found, "listed", {}, found["units"], None)]
    if found["bound"] is not None:
        lines.append(_count_line(found, "bound", {}, found["bound"], found["bound_interval"]))
    for one in found["dependence"]:
        if one["total"] is not None:
            values = {"first": one["first"], "second": one["second"], "ratio": f"{one['odds_ratio']:g}"}
            lines.append(_count_line(found, "assumed", values, one["total"], one["interval"]))
    if found["models"]:
        lines.append(_count_line(found, "models", {}, found["models"]["total"], found["models"]["interval"]))
    return lines


def _count_line(
    found: Answer, name: str, values: Mapping[str, str], total: float, interval: Answer | None
) -> CountLine:
    whole = found["eligible"]
    low, high = (interval["low"], interval["high"]) if interval else (None, None)
    ends = [min(100.0, 100 * end / whole) for end in (total, low or total, high or total)]
    drawn = strip(ends[0], ends[1], ends[2])
    return CountLine(name, values, f"{found['record']['key']}.{name}", total, low, high, drawn)


def _count_ticks(whole: int) -> list[tuple[int, float]]:
    step = 50
    return [(tick, round(100 * tick / whole, 2)) for tick in range(0, whole + 1, step)]


def column_chart(
    years: Sequence[tuple[int, Sequence[tuple[str, int]]]], line: Sequence[tuple[int, int]] = ()
) -> ColumnChart:
    """Stacked columns by year.

    Args:
        years: Year and pieces from the bottom up, ascending.
        line: Year and value of a line, ascending.
    """
    axis = YearAxis(years[0][0], years[-1][0])
    highest = max(sum(count for _, count in pieces) for _, pieces in years) or 1
    found: list[Column] = []
    width = round(80 / (axis.last - axis.first + 1), 2)
    for year, pieces in years:
        below = 0
        for group, count in pieces:
            if count:
                top = 100 - 100 * (below + count) / highest
                x = round(axis.x(year) - width / 2, 2)
                found.append(Column(group, x, width, round(top, 2), round(100 * count / highest, 2)))
                below += count
    top_line = max((value for _, value in line), default=0)
    path = "".join(
        f"{'L' if at else 'M'}{axis.x(year)} {round(100 - 100 * value / (top_line or 1), 2)}"
        for at, (year, value) in enumerate(line)
    )
    ticks = tuple((tick, axis.x(tick)) for tick in axis.ticks(TICK_YEARS))
    return ColumnChart(tuple(found), highest, ticks, path, top_line)


def _adoption_chart(found: Answer) -> ColumnChart:
    years = [
        (
            line["year"],
            [*((f"lag{at}", count) for at, count in enumerate(line["lags"])), ("nodate", line["no_dated_source"])],
        )
        for line in found["years"]
    ]
    return column_chart(years, [(line["year"], line["countries"]) for line in found["years"]])


def _vendor_chart(found: Answer) -> ColumnChart | None:
    years = [(line["year"], list(line["counts"].items())) for line in found["years"]]
    return column_chart(years) if years else None


def _flow(line: Answer, whole: int) -> tuple[Bar, ...]:
    return stacked([(f"to-{step}", count) for step, count in line["next"].items()], whole)


def _groups(line: Answer) -> tuple[Bar, ...]:
    parts = [(cell["group"], cell["part"]["count"]) for cell in line["groups"]]
    return stacked([*parts, ("none", line["no_vendor"])], line["agreements"])


def _market(market: Answer) -> list[tuple[str, Answer, Strip]]:
    """Index and top shares with their drawings; name, and what holds estimate and interval in percent."""
    record = market["record"]
    found: list[tuple[str, Answer, Strip]] = []
    if record["estimate"] is not None:
        index = {"key": record["key"], "share_pct": record["estimate"], "interval": record["interval"], "count": 0}
        found.append(("index", index, strip(record["estimate"], record["interval"]["low"], record["interval"]["high"])))
    for part in market["top"]:
        drawn = strip(part["share_pct"], part["interval"]["low"], part["interval"]["high"])
        found.append(("top", part, drawn))
    return found
