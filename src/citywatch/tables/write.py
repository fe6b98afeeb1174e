"""Writing CSV so that the same rows always give the same bytes."""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path

import numpy as np
import pandas as pd

from citywatch.tables.declare import Kind, Table
from citywatch.tables.values import escape_cell, texts

SIGNIFICANT_DIGITS = 10  # of what is computed
STATED_DIGITS = 15  # of what a source states: every decimal figure it prints survives


def round_floats(values: pd.Series, digits: int = STATED_DIGITS) -> pd.Series:
    """Round to significant digits.

    Args:
        values: Floats; missing values stay missing.
        digits: Significant digits kept.
    """
    array = values.to_numpy(dtype="float64", na_value=np.nan)
    rounded = [float(f"{value:.{digits}g}") if np.isfinite(value) else value for value in array]
    return pd.Series(rounded, index=values.index, name=values.name, dtype="float64")


def integers(cells: pd.Series) -> list[int | None]:
    """Whole numbers as plain integers; missing is None."""
    return [
        None if missing else int(value)
        for value, missing in zip(cells.to_numpy(dtype=object), cells.isna(), strict=True)
    ]


def number_text(value: float) -> str:
    """Shortest text of a number; whole numbers without a decimal point, missing as nothing."""
    if not np.isfinite(value):
        return ""
    rounded = float(f"{value:.{STATED_DIGITS}g}")
    return str(int(rounded)) if rounded.is_integer() and abs(rounded) < 1e15 else repr(rounded)


def text_cells(frame: pd.DataFrame, table: Table) -> dict[str, list[str]]:
    """Every cell as the text that goes into a CSV, by column, rows in the declared order."""
    ordered = sort_rows(frame, table)
    columns = {}
    for column in table.columns:
        cells = ordered[column.name]
        if column.kind is Kind.NUMBER:
            columns[column.name] = [number_text(value) for value in cells.to_numpy(dtype="float64")]
        elif column.kind is Kind.INTEGER:
            columns[column.name] = ["" if value is None else str(value) for value in integers(cells)]
        elif column.kind in {Kind.TEXT, Kind.LIST}:
            columns[column.name] = [escape_cell(value) for value in texts(cells)]
        else:
            columns[column.name] = texts(cells)
    return columns


def sort_rows(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Rows in the declared order, with a fresh index."""
    return frame.sort_values(list(table.order), kind="stable").reset_index(drop=True)


def table_bytes(frame: pd.DataFrame, table: Table) -> bytes:
    """The CSV of a table: UTF-8, LF line ends, rows in the declared order."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(table.names)
    writer.writerows(zip(*text_cells(frame, table).values(), strict=True))
    return buffer.getvalue().encode("utf-8")


def write_table(frame: pd.DataFrame, table: Table, path: Path) -> str:
    """Write the CSV and return its SHA-256 as hex."""
    raw = table_bytes(frame, table)
    path.write_bytes(raw)
    return hashlib.sha256(raw).hexdigest()
