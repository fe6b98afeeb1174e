"""Reading CSV strictly: every departure from the declaration becomes a violation with file, row and column."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from citywatch.errors import InputError, TableError, Violation
from citywatch.tables.declare import Column, Kind, Table
from citywatch.tables.values import PartialDate, runs_in_spreadsheet, split_series, texts, unescape_cell

HEADER_ROWS = 1
_FIELD_LIMIT = (
    32_767  # characters in one cell: what a spreadsheet can hold; a longer one is a broken quote or an attack
)
_ID = re.compile(r"[a-z0-9][a-z0-9._:\-]{0,99}\Z", re.ASCII)
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_INVISIBLE = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]+\Z")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{3}\Z", re.ASCII)
_URL = re.compile(r"https?://[^\s/?#]+\S*\Z")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?\Z", re.ASCII)
_INTEGER = re.compile(r"-?\d{1,15}\Z", re.ASCII)

Vocabularies = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class ParsedTable:
    """A table as read.

    Attributes:
        frame: Typed rows; cells that broke the schema are missing in it.
        violations: What broke, in file order.
    """

    frame: pd.DataFrame
    violations: tuple[Violation, ...]


def read_table(path: Path, table: Table, vocabularies: Vocabularies) -> pd.DataFrame:
    """Read one CSV that must match its declaration.

    Args:
        path: The CSV file.
        table: Its declaration.
        vocabularies: Allowed words per vocabulary name; the vocabulary ``countries`` holds the country codes.

    Raises:
        TableError: If anything departs from the declaration.
        InputError: If the file cannot be read.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}). Check the path and its permissions.") from error
    parsed = parse_table(raw, table, vocabularies, str(path))
    if parsed.violations:
        raise TableError(parsed.violations)
    return parsed.frame


def parse_table(raw: bytes, table: Table, vocabularies: Vocabularies, name: str) -> ParsedTable:
    """Read one CSV from its bytes and collect every violation.

    Args:
        raw: The file as received.
        table: Its declaration.
        vocabularies: Allowed words per vocabulary name.
        name: How violations call the file.
    """
    text, problem = decode(raw, name)
    if problem is not None:
        return ParsedTable(_empty(table), (problem,))
    records, problems = _records(text, table, name)
    if problems and not records:
        return ParsedTable(_empty(table), tuple(problems))
    cells = pd.DataFrame(records, columns=list(table.names), dtype="str")
    if cells.empty and not table.may_be_empty:
        problems.append(Violation(name, 0, "", "at least one row", "an empty table"))
    check = _Check(name, cells, vocabularies, problems)
    frame = pd.DataFrame({column.name: check.column(column) for column in table.columns}, index=cells.index)
    check.key(table)
    return ParsedTable(frame, tuple(sorted(problems, key=lambda v: (v.row, v.column))))


def _empty(table: Table) -> pd.DataFrame:
    return pd.DataFrame({column.name: _typed(column, pd.Series([], dtype="str")) for column in table.columns})


def decode(raw: bytes, name: str) -> tuple[str, Violation | None]:
    """The text of a file, or why it is none.

    Args:
        raw: The file as received.
        name: How the violation calls it.
    """
    if raw.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        return "", Violation(name, 1, "", "UTF-8 without a byte-order mark", "a byte-order mark; save as plain UTF-8")
    if (at := raw.find(b"\0")) >= 0:
        return "", Violation(name, raw.count(b"\n", 0, at) + 1, "", "text", f"a NUL byte at byte {at}")
    try:
        return raw.decode("utf-8"), None
    except UnicodeDecodeError as error:
        row = raw.count(b"\n", 0, error.start) + 1
        bad = raw[error.start : error.start + 1].hex()
        return "", Violation(name, row, "", "UTF-8", f"byte 0x{bad} at byte {error.start}; save the file as UTF-8")


def _records(text: str, table: Table, name: str) -> tuple[list[list[str]], list[Violation]]:
    csv.field_size_limit(_FIELD_LIMIT)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    records: list[list[str]] = []
    problems: list[Violation] = []
    try:
        header = next(reader, [])
        positions, problems = _header(header, table, name)
        if problems:
            return [], problems
        for row, record in enumerate(reader, start=HEADER_ROWS + 1):
            if len(record) != len(header):
                found = f"{len(record)} cells" if record else "an empty line"
                problems.append(Violation(name, row, "", f"{len(header)} cells", found))
                record = (record + [""] * len(header))[: len(header)]  # noqa: PLW2901 - kept, so that rows keep their number
            records.append([record[position] for position in positions])
    except csv.Error as error:
        problems.append(Violation(name, len(records) + HEADER_ROWS + 1, "", "well-formed CSV", str(error)))
    return records, problems


def _header(header: list[str], table: Table, name: str) -> tuple[list[int], list[Violation]]:
    if not header:
        return [], [Violation(name, 1, "", "a header: " + ", ".join(table.names), "an empty file")]
    problems = [
        Violation(name, 1, column, "each column once", "the column twice")
        for column in dict.fromkeys(column for column in header if header.count(column) > 1)
    ]
    known = ", ".join(table.names)
    problems += [
        Violation(name, 1, column, "the column", "no such column") for column in table.names if column not in header
    ]
    problems += [
        Violation(name, 1, column, f"one of the columns {known}", f"the unknown column {_short(column)}")
        for column in header
        if column not in table.names
    ]
    return ([] if problems else [header.index(column) for column in table.names]), problems


def _short(text: str, limit: int = 80) -> str:
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")


def _typed(column: Column, cells: pd.Series) -> pd.Series:
    if column.kind is Kind.NUMBER:
        return pd.Series([float(value or "nan") for value in texts(cells)], index=cells.index, dtype="float64")
    if column.kind is Kind.INTEGER:
        return pd.Series([int(value) if value else None for value in texts(cells)], index=cells.index, dtype="Int64")
    return cells


class _Check:
    """Checks the columns of one table and collects what breaks."""

    def __init__(self, name: str, cells: pd.DataFrame, vocabularies: Vocabularies, problems: list[Violation]) -> None:
        self.name, self.cells, self.vocabularies, self.problems = name, cells, vocabularies, problems

    def flag(self, bad: pd.Series, column: str, expected: str) -> None:
        """Add a violation for each True row."""
        for index in bad.index[bad]:
            found = _short(str(self.cells.at[index, column]))
            self.problems.append(Violation(self.name, int(index) + HEADER_ROWS + 1, column, expected, found))

    def column(self, column: Column) -> pd.Series:
        """Check one column and give it its type; bad cells become missing."""
        cells = self.cells[column.name]
        empty = cells == ""
        if column.required:
            self.flag(empty, column.name, "a value")
        self.flag(_each(cells, _is_hidden), column.name, "a text without control characters, or nothing")
        if column.kind in {Kind.NUMBER, Kind.INTEGER}:
            return self._number(column, cells, empty)
        if column.kind in {Kind.TEXT, Kind.LIST}:
            self.flag(_each(cells, _unsafe), column.name, "a text that no spreadsheet runs (put ' before it)")
            if escaped := {value: unescape_cell(value) for value in cells.unique() if value.startswith("'")}:
                cells = cells.replace(escaped)
        if column.kind is Kind.LIST:
            self._items(column, cells)
        else:
            self._form(column, cells, empty)
        if column.vocabulary:
            self._vocabulary(column, cells)
        return cells

    def _form(self, column: Column, cells: pd.Series, empty: pd.Series) -> None:
        if column.kind in _FORMS:
            expected, is_good = _FORMS[column.kind]
            self.flag(~empty & ~_each(cells, is_good), column.name, expected)
        if column.kind is Kind.COUNTRY:
            known = self.vocabularies["countries"]
            shaped = cells.str.fullmatch(_COUNTRY.pattern.removesuffix(r"\Z"))
            self.flag(shaped & ~cells.isin(known), column.name, "a country on the list of codes")

    def _items(self, column: Column, cells: pd.Series) -> None:
        untidy = (cells != "") & (cells != cells.map(_tidy_list))
        self.flag(untidy, column.name, 'items joined by "; ", none empty or twice')

    def _vocabulary(self, column: Column, cells: pd.Series) -> None:
        words = self.vocabularies[column.vocabulary]
        items = split_series(cells) if column.kind is Kind.LIST else cells[cells != ""]
        wrong = pd.Series(cells.index.isin(items.index[~items.isin(words)]), index=cells.index)
        self.flag(wrong, column.name, f"words of the vocabulary {column.vocabulary} ({_listed(words)})")

    def _number(self, column: Column, cells: pd.Series, empty: pd.Series) -> pd.Series:
        pattern, word = (_NUMBER, "a number") if column.kind is Kind.NUMBER else (_INTEGER, "a whole number")
        good = _each(cells, lambda value: pattern.match(value) is not None)
        self.flag(~empty & ~good, column.name, f"{word} written with digits and a full stop")
        typed = _typed(column, cells.where(good, ""))
        values = typed.astype("float64")
        self.flag(values.isin([np.inf, -np.inf]), column.name, "a finite number")
        if column.minimum is not None:
            self.flag(values < column.minimum, column.name, f"at least {column.minimum:g}")
        if column.maximum is not None:
            self.flag(values > column.maximum, column.name, f"at most {column.maximum:g}")
        return typed

    def key(self, table: Table) -> None:
        """Each key once."""
        keys = self.cells[list(table.key)]
        again = keys.duplicated(keep="first")
        for index in keys.index[again]:
            found = _short(" + ".join(str(value) for value in keys.loc[index]))
            row = int(index) + HEADER_ROWS + 1
            self.problems.append(Violation(self.name, row, "+".join(table.key), "a key used once", f"{found} again"))


def _each(cells: pd.Series, is_true: Callable[[str], bool]) -> pd.Series:
    """A test of every cell, made once per different text."""
    values = texts(cells)
    answers = {value: is_true(value) for value in set(values)}
    return pd.Series([answers[value] for value in values], index=cells.index, dtype="bool")


def _is_hidden(text: str) -> bool:
    """Control characters, marks that turn the direction of writing, or a text that nobody can see."""
    return bool(text) and (_HIDDEN.search(text) is not None or _INVISIBLE.match(text) is not None)


def _unsafe(text: str) -> bool:
    return bool(text) and text[0] != "'" and runs_in_spreadsheet(text)


def _tidy_list(text: str) -> str:
    items = [item.strip() for item in text.split(";")]
    return "; ".join(dict.fromkeys(item for item in items if item))


def _listed(words: frozenset[str], limit: int = 12) -> str:
    shown = sorted(words)[:limit]
    return ", ".join(shown) + (f", … {len(words)} in all" if len(words) > limit else "")


def _is_partial_date(text: str) -> bool:
    try:
        PartialDate.parse(text)
    except InputError:
        return False
    return True


_FORMS: dict[Kind, tuple[str, Callable[[str], bool]]] = {
    Kind.ID: ("an id of at most 100 lower-case letters, digits and . _ : -", lambda text: _ID.match(text) is not None),
    Kind.FLAG: ("yes, no or nothing", lambda text: text in {"yes", "no"}),
    Kind.DATE: ("a day that exists, as YYYY-MM-DD", lambda text: bool(_DATE.match(text)) and _is_partial_date(text)),
    Kind.PARTIAL_DATE: ("a date that exists, as YYYY, YYYY-MM or YYYY-MM-DD", _is_partial_date),
    Kind.COUNTRY: ("three capital letters", lambda text: _COUNTRY.match(text) is not None),
    Kind.URL: ("an http or https address without spaces", lambda text: _URL.match(text) is not None),
}
