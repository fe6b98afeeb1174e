"""Drivers and curves: one page each, and a page for every estimator."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, log2
from typing import Any

from markupsafe import Markup

from citywatch.publish.curve_drawing import CurvePicture, draw
from citywatch.publish.views.book import Book
from citywatch.publish.views.rows import Agreement, Page
from citywatch.tables.values import escape_cell
from citywatch.uncertainty import plain

RATIOS = ("having", "count", "time")
"""Results whose estimates are ratios, drawn on one logarithmic axis."""

AROUND_ZERO = ("hump", "rivals")
"""Results whose estimates are drawn on an axis with 0 in the middle."""

FARTHEST = 6.0
"""Powers of two on either side of 1 that the axis of ratios shows; an interval that goes further ends at the edge."""

AXIS = (1 / 16, 1 / 4, 1, 4, 16)
"""Ratios that the axis names."""


@dataclass(frozen=True, slots=True)
class RatioRow:
    """One estimate on the axis of ratios.

    Attributes:
        estimate: As in ``findings.json``.
        low: Left end, percent of the width.
        dot: The ratio, percent of the width.
        high: Right end, percent of the width.
        beside: Further numbers as text, by name.
    """

    estimate: Mapping[str, Any]
    low: float
    dot: float
    high: float
    beside: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Span:
    """An interval on an axis with 0 in the middle; places in percent of the width.

    Attributes:
        low: Left end.
        dot: The number.
        high: Right end.
        band: Left end and width of the band that counts as no difference; None where there is none.
    """

    low: float
    dot: float
    high: float
    band: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class ResultView:
    """One question of the drivers with its rows.

    Attributes:
        name: Last part of its key.
        result: As in ``findings.json``.
        rows: Its estimates where they are ratios.
        spans: Its estimates with their drawing where they lie around 0.
        ticks: Numbers on that axis and their places.
    """

    name: str
    result: Mapping[str, Any]
    rows: tuple[RatioRow, ...]
    spans: tuple[tuple[Mapping[str, Any], Span], ...] = ()
    ticks: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class PointView:
    """A point of the curve opened to its rows."""

    key: str
    name: str
    id: str
    ratio: str
    range: str
    chosen: tuple[tuple[str, str], ...]
    rows: tuple[Agreement, ...]


def pages(book: Book) -> Iterator[Page]:
    """Drivers and curves."""
    for found in book.findings.get("drivers", ()):
        yield _drivers(book, found)
    for found in book.findings.get("curves", ()):
        yield _curve(book, found)


def links(book: Book) -> list[tuple[str, Mapping[str, Any]]]:
    """Address and leading result of every page of models, for the list of findings."""
    drivers = [
        (drivers_href(found), found["results"][0]) for found in book.findings.get("drivers", ()) if found["results"]
    ]
    return drivers + [(curve_href(found), found["result"]) for found in book.findings.get("curves", ())]


def drivers_href(found: Mapping[str, Any]) -> str:
    """Page of the drivers of one scenario, from the root of the site."""
    return f"findings/drivers-{found['scenario']}.html"


def curve_href(found: Mapping[str, Any]) -> str:
    """Page of one curve, from the root of the site."""
    return f"findings/curve-{found['id']}.html"


def _drivers(book: Book, found: Mapping[str, Any]) -> Page:
    return Page(
        drivers_href(found),
        "drivers.html.j2",
        book.t("drivers.title", scenario=found["label"]),
        book.t("drivers.description"),
        "findings",
        {
            "found": found,
            "views": [_result(book, one) for one in found["results"]],
            "first": found["results"][0] if found["results"] else None,
            "csv": f"data/{drivers_href(found).removesuffix('.html')}.csv",
            "axis": [(ratio, place(ratio)) for ratio in AXIS],
            "behind": _agreements(book, found["results"][0]["ids"]) if found["results"] else [],
        },
    )


def _result(book: Book, result: Mapping[str, Any]) -> ResultView:
    name = str(result["key"]).rpartition(".")[2]
    if name in AROUND_ZERO:
        return _around_zero(name, result)
    if name not in RATIOS:
        return ResultView(name, result, ())
    rows = []
    for one in result["estimates"]:
        interval = one["interval"]
        ends = place(interval["low"]), place(one["value"]), place(interval["high"])
        rows.append(RatioRow(one, *ends, _beside(book, one["beside"])))
    return ResultView(name, result, tuple(rows))


def _around_zero(name: str, result: Mapping[str, Any]) -> ResultView:
    """Estimates on an axis that reaches as far on both sides of 0; its lines stand at thirds."""
    ends = [abs(one["interval"][end]) for one in result["estimates"] for end in ("low", "high")]
    farthest = 3 * ceil(max(ends) / 3) or 3

    def x(value: float) -> float:
        return round(50 * (1 + value / farthest), 2)

    spans = []
    for one in result["estimates"]:
        margin = one["facts"].get("margin")
        band = (x(-margin), round(x(margin) - x(-margin), 2)) if margin else None
        spans.append((one, Span(x(one["interval"]["low"]), x(one["value"]), x(one["interval"]["high"]), band)))
    steps = [farthest * third // 3 for third in (-2, -1, 0, 1, 2)]
    return ResultView(name, result, (), tuple(spans), tuple((plain(step), x(step)) for step in steps))


def _beside(book: Book, beside: Mapping[str, Any]) -> dict[str, str]:
    """Further numbers as text: a ratio with its range, a range alone, a change in points."""
    made = {}
    for name, (value, interval) in beside.items():
        decimals = 0 if name == "effect" else 2
        low, high = plain(interval["low"], decimals), plain(interval["high"], decimals)
        span = str(book.t("drivers.span", low=low, high=high)) if name == "effect" else f"{low}–{high}"
        made[name] = span if name == "clustered" else f"{plain(value, decimals)} ({span})"
    return made


def place(ratio: float) -> float:
    """Place of a ratio on its logarithmic axis, percent of the width; the edge where it lies beyond."""
    power = min(max(log2(ratio), -FARTHEST), FARTHEST)
    return round(100 * (power + FARTHEST) / (2 * FARTHEST), 2)


def _curve(book: Book, found: Mapping[str, Any]) -> Page:
    picture: CurvePicture = draw(found)
    return Page(
        curve_href(found),
        "curve.html.j2",
        book.t("curve.title", question=found["result"]["question"]),
        book.t("curve.description", question=found["result"]["question"]),
        "findings",
        {
            "found": found,
            "result": found["result"],
            "picture": picture,
            "parts_of": _parts_of(found),
            "points": [_point(book, found, name, at) for name, at in _opened(found)],
            "csv": f"data/{curve_href(found).removesuffix('.html')}.csv",
            "joint": _joint(found.get("joint_test")),
            "joint_command": Markup("<code>citywatch curve {} --out DIR --joint-test</code>").format(found["id"]),
            "rows_csv": f"data/{curve_href(found).removesuffix('.html')}-rows.csv",
        },
    )


def _parts_of(found: Mapping[str, Any]) -> list[str]:
    """Labels of the options that are summed up one by one; empty where the question is not divided."""
    return [
        option["label"]
        for choice in found["choices"]
        if choice["id"] == found["divided_by"]
        for option in choice["options"]
    ]


def _joint(test: Mapping[str, Any] | None) -> list[tuple[str, str, str, str]]:
    """Statistic, as observed, p and the Monte Carlo error of p; empty where no test of these data is on record."""
    if not test:
        return []
    errors = test["monte_carlo_error"]
    return [
        (name, plain(value, 2), _p_text(test["p_values"][name], test["draws"]), plain(errors[name], 3))
        for name, value in test["observed"].items()
    ]


def _p_text(p: float, draws: int) -> str:
    """A p-value; the least that so many draws can give is a bound."""
    least = 1 / (draws + 1)
    return f"≤ {plain(least, 3)}" if p <= least else plain(p, 3)


def _opened(found: Mapping[str, Any]) -> list[tuple[str, int]]:
    """The points that the page opens: the main one, the smallest, the middle and the largest."""
    ids = found["lines"]["id"]
    last = len(ids) - 1
    wanted = [("main", ids.index(found["main"])), ("smallest", 0), ("middle", last // 2), ("largest", last)]
    return list({at: (name, at) for name, at in reversed(wanted)}.values())[::-1]


def _point(book: Book, found: Mapping[str, Any], name: str, at: int) -> PointView:
    lines = found["lines"]
    chosen = [
        (choice["label"], choice["options"][lines["chosen"][choice["id"]][at]]["label"])
        for choice in found["choices"]
        if lines["chosen"][choice["id"]][at] >= 0
    ]
    ids = [found["agreements"][number] for number in found["rows"][lines["rows"][at]]]
    span = f"{plain(lines['low'][at], 2)}–{plain(lines['high'][at], 2)}"
    key = f"{found['key']}.{lines['id'][at]}"
    rows = tuple(_agreements(book, ids))
    return PointView(key, name, lines["id"][at], plain(lines["ratio"][at], 2), span, tuple(chosen), rows)


def _agreements(book: Book, ids: Sequence[str]) -> list[Agreement]:
    return [book.agreements[one] for one in ids if one in book.agreements]


def row_files(book: Book) -> Iterator[tuple[str, str]]:
    """Path and text of the files behind the pages: estimates of the drivers, points of the curves and their rows."""
    for found in book.findings.get("drivers", ()):
        yield f"data/{drivers_href(found).removesuffix('.html')}.csv", _text(_estimate_rows(found))
    for found in book.findings.get("curves", ()):
        base = f"data/{curve_href(found).removesuffix('.html')}"
        yield f"{base}.csv", _text(_point_rows(found))
        yield f"{base}-rows.csv", _text(_set_rows(found))


def _estimate_rows(found: Mapping[str, Any]) -> Iterator[Sequence[object]]:
    yield ("key", "question", "label", "unit", "value", "low", "high", "method")
    for result in found["results"]:
        for one in result["estimates"]:
            interval = one["interval"] or {"low": "", "high": "", "method": ""}
            yield (
                one["key"], result["question"], one["label"], result["unit"], one["value"],
                interval["low"], interval["high"], interval["method"],
            )  # fmt: skip


def _point_rows(found: Mapping[str, Any]) -> Iterator[Sequence[object]]:
    choices = found["choices"]
    yield (
        "id", "ratio", "low", "high", "agreements", "countries", "adopting", "same", "different_question", "rows_set",
        *(choice["id"] for choice in choices),
    )  # fmt: skip
    for name, is_apart in (("lines", "no"), ("apart", "yes")):
        lines = found[name]
        for at, one in enumerate(lines["id"]):
            numbers = [
                lines[word][at] for word in ("ratio", "low", "high", "agreements", "countries", "adopting", "same")
            ]
            words = [_word(choice, lines["chosen"][choice["id"]][at]) for choice in choices]
            yield (one, *numbers, is_apart, lines["rows"][at], *words)


def _word(choice: Mapping[str, Any], at: int) -> str:
    return str(choice["options"][at]["id"]) if at >= 0 else ""


def _set_rows(found: Mapping[str, Any]) -> Iterator[Sequence[object]]:
    yield ("rows_set", "agreement_id")
    for number, rows in enumerate(found["rows"]):
        for row in rows:
            yield (number, found["agreements"][row])


def _text(rows: Iterator[Sequence[object]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for row in rows:
        writer.writerow([escape_cell(cell) if isinstance(cell, str) else cell for cell in row])
    return buffer.getvalue()
