"""Frames and files into records; what cannot be used is refused by name and the rest goes on."""

from __future__ import annotations

import csv
import io
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from citywatch.claims.cases import worked_cases
from citywatch.claims.checkable import claimed
from citywatch.claims.periods import Period, parse_period
from citywatch.claims.records import Claim, Effect, Point, Series, Tables
from citywatch.claims.rules import Rules, load_rules
from citywatch.claims.verdicts import Result, verify_tables
from citywatch.codebook import word_sets
from citywatch.errors import InputError
from citywatch.tables import PartialDate
from citywatch.tables.read import decode
from citywatch.tables.values import texts, unescape_cell
from citywatch.tables.workbook import Rows, read_workbook

Cells = dict[str, str]

CLAIM_COLUMNS = (
    "claim_id", "thread_id", "kind", "claimant", "claimant_kind", "system_place", "country_iso3", "vendors",
    "agreement_id", "metric", "definition", "direction", "unit", "value_before", "value_after", "change_pct", "bound",
    "period_before", "period_after", "area", "is_area_stated", "is_period_stated", "is_source_stated", "denominator",
    "stated_on", "source_kind",
)  # fmt: skip
SERIES_COLUMNS = (
    "series_id", "country_iso3", "place", "place_level", "metric", "definition", "unit", "measure", "recording",
    "months", "publisher",
)  # fmt: skip
OBSERVATION_COLUMNS = ("series_id", "year", "value", "low", "high", "direction")
_UNUSED = frozenset({"url", "source", "source_id", "locator", "said", "read_as", "checked_on", "note", "vendors"})
_OTHER_NAMES = {
    "claims": {"place": "system_place", "change_percent": "change_pct", "area_stated": "is_area_stated",
               "period_stated": "is_period_stated", "data_source_stated": "is_source_stated"},
    "series": {"system_place": "place", "level": "place_level"},
}  # fmt: skip
TEMPLATES = {
    "claims": ("claim_id", "place", "country_iso3", "metric", "definition", "unit", "value_before", "value_after",
               "change_pct", "bound", "period_before", "period_after", "denominator", "is_source_stated", "source"),
    "series": ("place", "country_iso3", "metric", "year", "value", "unit", "definition", "source"),
}  # fmt: skip
_EXAMPLES: dict[str, tuple[tuple[str, ...], ...]] = {
    "claims": (("my-claim", "Springfield", "USA", "robbery", "robberies recorded by police", "percent_change", "", "",
               "-30", "exact", "2021", "2022", "", "no", "https://example.org/press-release"),),
    "series": (
        ("Springfield", "USA", "robbery", "2021", "412", "count", "robberies recorded by police", "https://example.org/report"),
        ("Springfield", "USA", "robbery", "2022", "377", "count", "robberies recorded by police", "https://example.org/report"),
    ),
}  # fmt: skip


def template(what: str) -> str:
    """A CSV to fill in, with an example that may be overwritten.

    Args:
        what: ``claims`` or ``series``.
    """
    rows = _EXAMPLES[what]
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows([TEMPLATES[what], *rows])
    return buffer.getvalue()


def verify(
    claims: pd.DataFrame,
    series: pd.DataFrame,
    observations: pd.DataFrame,
    evaluations: pd.DataFrame | None = None,
    **more: pd.DataFrame,
) -> Result:
    """The verdict on every claim of a frame.

    Args:
        claims: Columns of the table claims; those that are absent count as not stated.
        series: Columns of the table series.
        observations: Columns of the table observations.
        evaluations: Columns of the table evaluations; no plausibility without it.
        more: ``events`` (when systems came into use), ``overrules`` and ``sources`` (their kinds), as in the registry.

    Returns:
        One verdict per claim, and what was refused.
    """
    intake = Intake(load_rules())
    kinds = _lookup(more.get("sources"), "source_id", "kind")
    rows = _rows(claims)
    for row in rows:
        row.setdefault("source_kind", kinds.get(row.get("source_id", ""), ""))
    intake.claims("claims", enumerate(rows, 2))
    intake.series("series", enumerate(_rows(series), 2), "observations", enumerate(_rows(observations), 2))
    starts = _starts(more.get("events"))
    result = intake.result(
        effects=effects_of(evaluations),
        starts=starts,
        overrules=tuple(_rows(more["overrules"])) if "overrules" in more else (),
    )
    known = frozenset(one.claim_id for one in result.verdicts)
    return replace(result, cases=worked_cases(intake.taken, starts, known, intake.rules))


def verify_files(
    claims: Path | str,
    series: Path | str | None = None,
    observations: Path | str | None = None,
    *,
    known: Mapping[str, pd.DataFrame] | None = None,
) -> Result:
    """The verdict on every claim of a file, CSV or XLSX.

    Args:
        claims: Claims; ``claims`` is the sheet of that name, or the first.
        series: Series with year and value in each row; or series alone, with the figures in ``observations`` or in the
            second sheet of the workbook.
        observations: Figures by series_id.
        known: Tables of a registry: ``evaluations`` for the plausibility; ``series`` and ``observations`` for ordinary
            movement, and in place of a file of series that is not given.

    Raises:
        InputError: If there is no series at all, a file cannot be read, or lacks a column that nothing can be done without.
    """
    intake = Intake(load_rules())
    path = Path(claims)
    intake.claims(path.name, read_cells(path, "claims", ("metric",)))
    known = known or {}
    if series is None:
        if not {"series", "observations"} <= set(known):
            raise InputError("series: expected a file, or the tables series and observations of a registry.")
        described, figures = (list(enumerate(_rows(known[name]), 2)) for name in ("series", "observations"))
        intake.series("series", described, "observations", figures)
        return intake.result(effects=effects_of(known.get("evaluations")))
    if {"series", "observations"} <= set(known):
        intake.background = _background(known, intake.rules)
    path = Path(series)
    described = read_cells(path, "series", ("metric",))
    if observations is not None:
        other = Path(observations)
        intake.series(path.name, described, other.name, read_cells(other, "observations", ("series_id", "year")))
    elif any("year" in cells for _, cells in described):
        intake.flat(path.name, described)
    elif path.suffix.lower() == ".xlsx":
        intake.series(path.name, described, path.name, read_cells(path, "observations", ("series_id", "year"), at=1))
    else:
        raise InputError(
            f"{path}: expected the columns year and value, or the figures in a file of their own. "
            "Add the columns, or give --observations FILE; citywatch verify --template series prints the form."
        )
    return intake.result(effects=effects_of(known.get("evaluations")))


def _background(known: Mapping[str, pd.DataFrame], rules: Rules) -> tuple[Series, ...]:
    """Series on record, for the ordinary movement of comparable ones."""
    other = Intake(rules)
    described, figures = (list(enumerate(_rows(known[name]), 2)) for name in ("series", "observations"))
    other.series("series", described, "observations", figures)
    return tuple(other.taken)


def read_cells(path: Path, sheet: str, needed: Sequence[str], *, at: int = 0) -> list[tuple[int, Cells]]:
    """Rows of a CSV or of one sheet of a workbook, with the row as a spreadsheet counts it.

    Args:
        path: The file; it may be hostile.
        sheet: Name of the sheet; the one at ``at`` where none has it.
        needed: Columns that must be there.
        at: Position of the sheet.

    Raises:
        InputError: If the file cannot be read, is empty or lacks a needed column.
    """
    rows = _sheet(path, sheet, at) if path.suffix.lower() == ".xlsx" else _csv(path)
    while rows and not any(rows[-1]):
        rows.pop()
    head = [_column(name, sheet) for name in rows[0]] if rows else []
    twice = sorted({name for name in head if name and head.count(name) > 1})
    if twice:
        raise InputError(f"{path}: column {twice[0]!r} is there twice. Remove or rename one.")
    lacking = [name for name in needed if name not in head]
    if lacking or len(rows) < 2:
        told = f"no column {lacking[0]!r} (found {', '.join(filter(None, head)) or 'none'})" if lacking else "no rows"
        form = sheet if sheet in TEMPLATES else "series"
        raise InputError(
            f"{path}: expected a table with a header; {told}. citywatch verify --template {form} prints the form."
        )
    found = []
    for number, row in enumerate(rows[1:], 2):
        if any(cell.strip() for cell in row):
            cells = [unescape_cell(cell.strip()) for cell in row] + [""] * (len(head) - len(row))
            found.append((number, {name: cell for name, cell in zip(head, cells, strict=False) if name}))
    return found


def _column(name: str, sheet: str) -> str:
    plain = name.strip().lstrip("\ufeff").lower().replace(" ", "_")
    return _OTHER_NAMES.get(sheet, {}).get(plain, plain)


def _sheet(path: Path, name: str, at: int) -> Rows:
    sheets = read_workbook(path)
    if name in sheets:
        return sheets[name]
    if len(sheets) <= at:
        raise InputError(f"{path}: expected a sheet named {name}; found {', '.join(sheets) or 'none'}.")
    return list(sheets.values())[at]


def _csv(path: Path) -> Rows:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}). Check the path.") from error
    text, problem = decode(raw.removeprefix(b"\xef\xbb\xbf"), str(path))
    if problem is not None:
        raise InputError(str(problem))
    try:
        return list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise InputError(f"{path}: expected well-formed CSV; {error}.") from error


def _rows(frame: pd.DataFrame) -> list[Cells]:
    columns = {str(name): [_text(value) for value in texts(frame[name])] for name in frame.columns}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _text(value: object) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return ""
    return value if isinstance(value, str) else repr(value) if isinstance(value, float) else str(value)


def _lookup(frame: pd.DataFrame | None, key: str, value: str) -> dict[str, str]:
    return {} if frame is None else dict(zip(texts(frame[key]), texts(frame[value]), strict=True))


def _starts(events: pd.DataFrame | None) -> dict[str, float]:
    """First delivery or use by agreement, as a decimal year; the start of a year or month that is known no better."""
    found: dict[str, float] = {}
    if events is None:
        return found
    for row in _rows(events):
        if row["kind"] in {"operational", "delivered"} and row["date"]:
            day = PartialDate.parse(row["date"])
            when = (
                day.earliest.year + (day.earliest.month - 1) / 12
                if day.precision != "year"
                else float(day.earliest.year)
            )
            found[row["agreement_id"]] = min(when, found.get(row["agreement_id"], when))
    return found


_BEYOND_SITES = ("area", "city")


def effects_of(evaluations: pd.DataFrame | None) -> tuple[Effect, ...]:
    """Effects in percent at camera sites, of single studies and reviews; a study without a figure gives none.

    Left out are figures that only another text tells of a study, and effects of whole areas and cities.

    Args:
        evaluations: Table evaluations; None gives nothing.
    """
    found = []
    for row in [] if evaluations is None else _rows(evaluations):
        if row.get("is_primary") == "no" or row.get("level") in _BEYOND_SITES:
            continue
        values = {name: row.get(name, "") for name in ("effect", "effect_low", "effect_high")}
        if row["effect_measure"] == "percent_change" and values["effect"]:
            found.append(
                Effect(row["outcome"], float(values["effect"]), float(values["effect"]), row.get("effect_id", ""))
            )
        elif row["effect_measure"] == "percent_change_range" and values["effect_low"] and values["effect_high"]:
            found.append(
                Effect(
                    row["outcome"], float(values["effect_low"]), float(values["effect_high"]), row.get("effect_id", "")
                )
            )
    return tuple(found)


class Refusal(Exception):  # noqa: N818 - never leaves this file
    """Why a row cannot be used."""


class Intake:
    """Turns rows of text into records and collects what is refused.

    Args:
        rules: The rules.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.refused: list[str] = []
        self._claims: list[Claim] = []
        self._reasons: dict[str, str] = {}
        self.taken: list[Series] = []
        self.background: tuple[Series, ...] = ()
        self._words = word_sets()

    def result(
        self,
        effects: tuple[Effect, ...] = (),
        starts: Mapping[str, float] | None = None,
        overrules: tuple[Mapping[str, str], ...] = (),
    ) -> Result:
        """Verify what was taken in."""
        tables = Tables(
            tuple(self._claims), tuple(self.taken), self.background, effects, starts or {}, overrules, self._reasons
        )
        return Result(verify_tables(tables, self.rules), tuple(self.refused))

    def _refuse(self, name: str, row: int, who: str, reason: str) -> None:
        self.refused.append(f"{name}, row {row}{f' ({who})' if who else ''}: {reason}")

    # -- claims -----------------------------------------------------------------------------------------------------

    def claims(self, name: str, rows: Iterable[tuple[int, Cells]]) -> None:
        """Take in claims; a refused one keeps its place with the reason as its verdict."""
        seen: set[str] = set()
        contents: set[tuple[str, ...]] = set()
        for number, cells in rows:
            claim_id = cells.get("claim_id") or f"row-{number}"
            content = tuple(value for column, value in cells.items() if column != "claim_id")
            if claim_id in seen or (content in contents and "claim_id" not in cells):
                self._refuse(name, number, claim_id, "duplicate row; the first one stands")
                continue
            seen.add(claim_id)
            contents.add(content)
            try:
                self._claims.append(self._claim(claim_id, cells))
            except (Refusal, InputError) as error:
                self._refuse(name, number, claim_id, str(error))
                self._claims.append(_bare(claim_id, cells))
                self._reasons[claim_id] = str(error)

    def _claim(self, claim_id: str, cells: Cells) -> Claim:
        get = cells.get
        metric = get("metric", "").strip().lower().replace(" ", "_")
        unit = get("unit", "") or ("percent_change" if get("change_pct") else "")
        self._check_words(cells, metric, unit)
        values = {column: _number(cells, column) for column in ("value_before", "value_after", "change_pct")}
        before, after = (_period(get(column, "")) for column in ("period_before", "period_after"))
        area, place = get("area", ""), get("system_place", "")
        claim = Claim(
            claim_id=claim_id, thread_id=get("thread_id", "") or claim_id, kind=get("kind", "") or "benefit",
            claimant=get("claimant", ""), claimant_kind=get("claimant_kind", ""), system_place=place or area,
            country_iso3=get("country_iso3", ""), agreement_id=get("agreement_id", ""), metric=metric,
            definition=get("definition", ""), direction=get("direction", ""), unit=unit, bound=get("bound", ""),
            before=before, after=after, area=area,
            is_area_stated=get("is_area_stated", "") or ("yes" if area or place else "no"),
            is_period_stated=get("is_period_stated", ""), is_source_stated=get("is_source_stated", ""),
            denominator=get("denominator", ""), stated_on=get("stated_on", ""), source_kind=get("source_kind", ""),
            source=_source(cells), **values,
        )  # fmt: skip
        _sane(claim)
        return _directed(claim)

    def _check_words(self, cells: Cells, metric: str, unit: str) -> None:
        if not metric:
            raise Refusal("no metric; say what is counted, such as robbery")
        for column, vocabulary in (
            ("kind", "claim_kind"),
            ("bound", "bound"),
            ("direction", "direction"),
            ("unit", "claim_unit"),
        ):
            word = unit if column == "unit" else cells.get(column, "")
            if word and word not in self._words[vocabulary]:
                raise Refusal(f"wrong {column} {word!r}; expected one of {', '.join(sorted(self._words[vocabulary]))}")
        known = self.rules.metrics.get(metric)
        if known and unit and unit not in known.units:
            raise Refusal(f"wrong unit {unit!r} for {metric}; expected one of {', '.join(known.units)}")

    # -- series -----------------------------------------------------------------------------------------------------

    def series(
        self, name: str, rows: Iterable[tuple[int, Cells]], others: str, observed: Iterable[tuple[int, Cells]]
    ) -> None:
        """Take in series and their figures from two tables."""
        figures: dict[str, list[tuple[int, Cells]]] = defaultdict(list)
        for number, cells in observed:
            figures[cells.get("series_id", "")].append((number, cells))
        described: dict[str, tuple[int, Cells]] = {}
        for number, cells in rows:
            series_id = cells.get("series_id", "")
            if not series_id or series_id in described:
                self._refuse(name, number, series_id, "duplicate row" if series_id else "no series_id")
                continue
            described[series_id] = (number, cells)
        for series_id, (number, cells) in described.items():
            self._take(name, number, cells, others, figures.pop(series_id, []))
        for series_id, lost in figures.items():
            self._refuse(others, lost[0][0], series_id, "no such series")

    def flat(self, name: str, rows: Iterable[tuple[int, Cells]]) -> None:
        """Take in series with one figure per row; rows alike in all but year and figure are one series."""
        groups: dict[tuple[str, ...], list[tuple[int, Cells]]] = defaultdict(list)
        for number, cells in rows:
            own = cells.get("series_id", "")
            key = (own,) if own else tuple(cells.get(column, "").casefold() for column in SERIES_COLUMNS)
            groups[key].append((number, cells))
        for at, (key, found) in enumerate(groups.items(), 1):
            number, first = found[0]
            is_named = len(key) == 1
            cells = {**first, "series_id": first.get("series_id", "") or f"series-{at}"}
            mixed = [
                column
                for column in ("definition", "unit", "place", "metric", "months", "recording")
                if is_named and len({one.get(column, "") for _, one in found}) > 1
            ]
            if mixed:
                told = "mixed definitions" if mixed[0] == "definition" else f"mixed {mixed[0]}"
                self._refuse(name, number, cells["series_id"], f"{told} in one series; give each its own series_id")
                continue
            self._take(name, number, cells, name, found)

    def _take(self, name: str, number: int, cells: Cells, others: str, figures: Sequence[tuple[int, Cells]]) -> None:
        series_id = cells["series_id"]
        unit = {"percent_change": "percent", "percent_level": "percent"}.get(
            cells.get("unit", ""), cells.get("unit", "")
        ) or "count"
        if trouble := self._trouble(cells, unit):
            self._refuse(name, number, series_id, trouble)
            return
        family = self.rules.family(cells.get("metric", ""))
        is_negative = any(found.get("value", "").lstrip().startswith(("-", "\u2212")) for _, found in figures)
        measure = cells.get("measure", "") or self._measure(cells, family, unit, is_negative=is_negative)
        points = self._points(figures, (others, series_id), measure, unit)
        self.taken.append(
            Series(
                series_id,
                cells.get("country_iso3", ""),
                cells["place"],
                cells.get("place_level", ""),
                family,
                cells.get("definition", ""),
                unit,
                measure,
                cells.get("recording", ""),
                cells.get("months", ""),
                cells.get("publisher", "") or cells.get("source", ""),
                points,
            )
        )

    def _trouble(self, cells: Cells, unit: str) -> str:
        """Why a series cannot be taken; empty if it can."""
        for column, word, vocabulary in (
            ("unit", unit, "series_unit"),
            ("measure", cells.get("measure", ""), "series_measure"),
            ("recording", cells.get("recording", ""), "recording"),
        ):
            if word and word not in self._words[vocabulary]:
                return f"wrong {column} {word!r}; expected one of {', '.join(sorted(self._words[vocabulary]))}"
        return "" if cells.get("place") else "no place; a figure without a place compares with nothing"

    def _points(
        self, figures: Sequence[tuple[int, Cells]], where: tuple[str, str], measure: str, unit: str
    ) -> dict[int, Point]:
        """Figures by year, the first of each; others are refused by their row.

        Args:
            figures: Rows with their numbers.
            where: The file and the series, for the message.
            measure: What the figures are.
            unit: Their unit.
        """
        name, series_id = where
        points: dict[int, Point] = {}
        for row, found in figures:
            try:
                year, point = _point(found, measure, unit)
            except Refusal as error:
                self._refuse(name, row, series_id, str(error))
                continue
            if year in points:
                self._refuse(name, row, series_id, f"duplicate row for {year}; the first one stands")
                continue
            points[year] = point
        return points

    def _measure(self, cells: Cells, family: str, unit: str, *, is_negative: bool) -> str:
        """What the figures are where the column is empty: a share cannot be negative, a count of crime is no percentage."""
        metric = cells.get("metric", "")
        if metric.endswith("_direction"):
            return "direction"
        is_change = cells.get("unit") == "percent_change" or metric.endswith("_change")
        if is_change or (unit == "percent" and (is_negative or family in self.rules.crime_families)):
            return "change"
        return "share" if unit == "percent" else "level"


def _bare(claim_id: str, cells: Cells) -> Claim:
    """A refused claim: who, where and what, no figures."""
    get = cells.get
    return Claim(
        claim_id, get("thread_id", "") or claim_id, get("kind", "") or "benefit", get("claimant", ""),
        get("claimant_kind", ""), get("system_place", ""), get("country_iso3", ""), "", get("metric", ""), "", "", "",
        None, None, None, "", None, None, "", "", "", "", "", "",
    )  # fmt: skip


def _source(cells: Cells) -> str:
    return cells.get("source_id", "") or cells.get("url", "") or cells.get("source", "")


def _number(cells: Cells, column: str) -> float | None:
    text = cells.get(column, "").strip().replace("\u2212", "-").removesuffix("%").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        raise Refusal(f"{column} {text[:40]!r}: expected a number with digits and a full stop") from None
    if not math.isfinite(value):
        raise Refusal(f"{column} {text[:40]!r}: expected a finite number")
    return value


def _period(text: str) -> Period | None:
    return parse_period(text) if text else None


def _sane(claim: Claim) -> None:
    """Refuse what cannot be: a fall by more than all, a change from zero, negative counts, overlapping periods."""
    if claim.unit == "percent_change" and claim.change_pct is not None and claim.change_pct < -100:
        raise Refusal(f"a percentage below -100 ({claim.change_pct:g}); nothing falls by more than all of it")
    if claim.unit != "percentage_points":
        negative = [value for value in (claim.value_before, claim.value_after) if value is not None and value < 0]
        is_own_change = claim.unit == "percent_change" and claim.value_before is None
        if negative and not is_own_change:
            raise Refusal(f"negative count ({negative[0]:g}); a count or rate is at least 0")
    if (
        claim.value_before == 0
        and (claim.change_pct is not None or claim.value_after is not None)
        and claim.unit != "percentage_points"
    ):
        raise Refusal("zero baseline; a change from nothing has no percentage")
    if claim.before and claim.after:
        if claim.before.overlaps(claim.after):
            raise Refusal(f"overlapping periods {claim.before.text} and {claim.after.text}")
        if claim.before.first > claim.after.first:
            raise Refusal(f"period before ({claim.before.text}) lies after the period after ({claim.after.text})")


def _directed(claim: Claim) -> Claim:
    """A change given without sign gets that of the stated direction."""
    if (
        claim.direction == "decrease"
        and claim.change_pct is not None
        and claim.change_pct > 0
        and claimed(claim).relative is None
    ):
        return replace(claim, change_pct=-claim.change_pct)
    if claim.direction == "increase" and claim.change_pct is not None and claim.change_pct < 0:
        raise Refusal(f"direction increase with a change of {claim.change_pct:g}; one of them is wrong")
    return claim


def _point(cells: Cells, measure: str, unit: str) -> tuple[int, Point]:
    text = cells.get("year", "").strip()
    if not text:
        raise Refusal("missing year")
    if not (text.isascii() and text.isdecimal() and len(text) == 4):
        raise Refusal(f"year {text[:20]!r}: expected four digits; a part of a year goes into the column months")
    value, low, high = (_number(cells, column) for column in ("value", "low", "high"))
    direction = cells.get("direction", "")
    if direction not in {"", "up", "down", "not_up", "not_down"}:
        raise Refusal(f"wrong direction {direction!r}; expected up, down, not_up or not_down")
    known = [one for one in (value, low, high) if one is not None]
    if not known and not direction:
        raise Refusal("no figure, bound or direction")
    if measure in {"level", "share"} and any(one < 0 for one in known):
        raise Refusal(f"negative count ({min(known):g}); a count or rate is at least 0")
    if measure == "change" and unit == "percent" and any(one < -100 for one in known):
        raise Refusal(f"a percentage below -100 ({min(known):g}); nothing falls by more than all of it")
    if low is not None and high is not None and low > high:
        raise Refusal(f"bounds {low:g} and {high:g}; expected the lower one first")
    return int(text), Point(value, low, high, direction, source=_source(cells))
