"""The forms a release takes: Parquet, SQLite, XLSX, GeoJSON."""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from citywatch.errors import MissingExtraError
from citywatch.tables import Column, Kind, Table, split_list
from citywatch.tables.values import escape_cell, texts
from citywatch.tables.write import integers, number_text, round_floats, sort_rows

Frames = Mapping[str, pd.DataFrame]
_SHEET_CREATED = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - a fixed stamp; the format has no time zone
_SHOWN = (
    "agreement_id",
    "country_iso3",
    "place",
    "vendors",
    "kind",
    "announced",
    "status",
    "products",
    "confidence",
    "in_brief_window",
)
_SQL_TYPES = {Kind.NUMBER: "REAL", Kind.INTEGER: "INTEGER"}


def native(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Rows in the declared order, floats rounded, for the typed formats."""
    ordered = sort_rows(frame, table)[list(table.names)].copy()
    for column in table.columns:
        if column.kind is Kind.NUMBER:
            ordered[column.name] = round_floats(ordered[column.name])
    return ordered


def write_parquet(frame: pd.DataFrame, table: Table, path: Path) -> None:
    """One Parquet file; missing text is null.

    Args:
        frame: Rows as :func:`native` gives them.
        table: Their declaration.
        path: File to write.
    """
    arrays = [_arrow(frame[column.name], column) for column in table.columns]
    schema = pa.schema(
        [
            pa.field(c.name, a.type, metadata={"description": c.meaning})
            for c, a in zip(table.columns, arrays, strict=True)
        ]
    )
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), path, compression="zstd")


def _arrow(cells: pd.Series, column: Column) -> pa.Array:
    if column.kind is Kind.NUMBER:
        return pa.array(cells.to_numpy(dtype="float64"), type=pa.float64(), from_pandas=True)
    if column.kind is Kind.INTEGER:
        return pa.array(cells, type=pa.int64(), from_pandas=True)
    return pa.array([value or None for value in texts(cells)], type=pa.string())


def write_sqlite(frames: Frames, tables: Sequence[Table], path: Path) -> None:
    """One SQLite file with keys and foreign keys; opens in Datasette as it is.

    Args:
        frames: Rows as :func:`native` gives them, by table name.
        tables: Declarations, referenced tables included.
        path: File to write.
    """
    with _full_disk_is_os_error(), contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA page_size = 4096")
        for table in tables:
            connection.execute(_create(table))
            marks = ", ".join("?" * len(table.columns))
            connection.executemany(f'INSERT INTO "{table.name}" VALUES ({marks})', _sql_rows(frames[table.name], table))  # noqa: S608 - names from our schema
        connection.commit()
        connection.execute("VACUUM")


@contextlib.contextmanager
def _full_disk_is_os_error() -> Iterator[None]:
    """SQLite has errors of its own for what the system refuses."""
    codes = {
        sqlite3.SQLITE_FULL: errno.ENOSPC,
        sqlite3.SQLITE_IOERR: errno.EIO,
        sqlite3.SQLITE_CANTOPEN: errno.EACCES,
        sqlite3.SQLITE_READONLY: errno.EROFS,
    }
    try:
        yield
    except sqlite3.OperationalError as error:
        code = codes.get(error.sqlite_errorcode & 0xFF)
        if code is None:
            raise
        raise OSError(code, str(error)) from error


def _create(table: Table) -> str:
    lines = [f'"{c.name}" {_SQL_TYPES.get(c.kind, "TEXT")}{" NOT NULL" if c.required else ""}' for c in table.columns]
    unique = "PRIMARY KEY" if len(table.key) == 1 and table.column_index[table.key[0]].required else "UNIQUE"
    lines.append(f"{unique} ({', '.join(_quoted(name) for name in table.key)})")
    for column in table.columns:
        if column.references and column.kind is not Kind.LIST:
            target, _, name = column.references.partition(".")
            lines.append(f'FOREIGN KEY ("{column.name}") REFERENCES "{target}" ("{name}")')
    return f'CREATE TABLE "{table.name}" (\n  ' + ",\n  ".join(lines) + "\n)"


def _quoted(name: str) -> str:
    return f'"{name}"'


def _sql_rows(frame: pd.DataFrame, table: Table) -> list[tuple[Any, ...]]:
    columns = []
    for column in table.columns:
        cells = frame[column.name]
        if column.kind is Kind.NUMBER:
            columns.append([None if value != value else value for value in cells.tolist()])  # noqa: PLR0124 - NaN
        elif column.kind is Kind.INTEGER:
            columns.append(integers(cells))
        else:
            columns.append([value or None for value in texts(cells)])
    return list(zip(*columns, strict=True))


def write_xlsx(frames: Frames, tables: Sequence[Table], about: Sequence[tuple[str, str]], path: Path) -> None:
    """One workbook: a sheet that says what it is, then a sheet per table.

    Text that a spreadsheet would run gets a leading ``'``; numbers are typed and never prefixed.

    Args:
        frames: Rows as :func:`native` gives them, by table name.
        tables: Declarations of the sheets.
        about: Lines of the first sheet: label and text.
        path: File to write.

    Raises:
        MissingExtraError: If xlsxwriter is not installed.
    """
    try:
        import xlsxwriter
    except ImportError:
        raise MissingExtraError("publish", "Writing the spreadsheet") from None
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"title": "Citywatch", "created": _SHEET_CREATED})
        bold = book.add_format({"bold": True, "bottom": 1})
        first = book.add_worksheet("about")
        first.set_column(0, 0, 22)
        first.set_column(1, 1, 110)
        for row, (label, text) in enumerate(about):
            first.write_string(row, 0, label)
            first.write_string(row, 1, escape_cell(text))
        for table in tables:
            _sheet(book.add_worksheet(table.name), frames[table.name], table, bold)


def _sheet(sheet: Any, frame: pd.DataFrame, table: Table, bold: Any) -> None:
    sheet.freeze_panes(1, 1)
    for at, column in enumerate(table.columns):
        sheet.set_column(at, at, 34 if column.kind in {Kind.TEXT, Kind.LIST, Kind.URL} else 14)
        sheet.write_string(0, at, column.name, bold)
        is_number = column.kind in {Kind.NUMBER, Kind.INTEGER}
        for row, value in enumerate(frame[column.name].to_numpy(dtype=object), start=1):
            if is_number and not pd.isna(value):
                sheet.write_number(row, at, value)
            elif not is_number and value:
                sheet.write_string(row, at, escape_cell(value))
    sheet.autofilter(0, 0, max(len(frame), 1), len(table.columns) - 1)


def write_geojson(agreements: pd.DataFrame, places: pd.DataFrame, path: Path) -> int:
    """One point per agreement and located place (RFC 7946).

    Args:
        agreements: The table agreements.
        places: The table places.
        path: File to write.

    Returns:
        Points written.
    """
    columns = ["place_id", "name", "latitude", "longitude", "precision"]
    located = places.loc[places["latitude"].notna(), columns]
    points = {row[0]: row for row in located.itertuples(index=False, name=None)}
    cells = agreements[list(_SHOWN)].itertuples(index=False, name=None)
    features = [
        _feature(dict(zip(_SHOWN, row, strict=True)), points[place_id])
        for row, place_ids in zip(cells, agreements["place_ids"], strict=True)
        for place_id in split_list(place_ids)
        if place_id in points
    ]
    content = {"type": "FeatureCollection", "features": features}
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")
    return len(features)


def _feature(properties: dict[str, Any], point: tuple[Any, ...]) -> dict[str, Any]:
    place_id, name, latitude, longitude, precision = point
    coordinates = [float(number_text(longitude)), float(number_text(latitude))]
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": coordinates},
        "properties": {**properties, "place_id": place_id, "place_name": name, "precision": precision},
    }
