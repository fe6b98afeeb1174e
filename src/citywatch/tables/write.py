"""Writing CSV so that the same rows always give the same bytes."""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path

import numpy as np
import pandas as pd

from citywatch.tables.declare import Kind, Table
from citywatch.tables.values import escape_cell

SIGNIFICANT_DIGITS = 10


def round_floats(values: pd.Series, digits: int = SIGNIFICANT_DIGITS) -> pd.Series:
    """Round to significant digits, so that linear algebra on another number of threads writes the same bytes.

    Args:
        values: Floats; missing values stay missing.
        digits: Significant digits kept.
    """
    array = values.to_numpy(dtype="float64", na_value=np.nan)
    rounded = [float(f"{value:.{digits}g}") if np.isfinite(value) else value for value in array]
    return pd.Series(rounded, index=values.index, name=values.name, dtype="float64")


def number_text(value: float) -> str:
    """Shortest text of a number; whole numbers without a decimal point, missing as nothing."""
    if not np.isfinite(value):
        return ""
    rounded = float(f"{value:.{SIGNIFICANT_DIGITS}g}")
    return str(int(rounded)) if rounded.is_integer() and abs(rounded) < 1e15 else repr(rounded)


def text_cells(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Every cell as the text that goes into a CSV, rows in the declared order."""
    ordered = sort_rows(frame, table)
    columns = {}
    for column in table.columns:
        cells = ordered[column.name]
        if column.kind is Kind.NUMBER:
            columns[column.name] = [number_text(value) for value in cells.to_numpy(dtype="float64")]
        elif column.kind is Kind.INTEGER:
            columns[column.name] = ["" if pd.isna(value) else str(int(value)) for value in cells]
        elif column.kind in {Kind.TEXT, Kind.LIST}:
            columns[column.name] = [escape_cell(value) for value in cells]
        else:
            columns[column.name] = list(cells)
    return pd.DataFrame(columns, dtype="str")


def sort_rows(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Rows in the declared order, with a fresh index."""
    return frame.sort_values(list(table.order), kind="stable").reset_index(drop=True)


def table_bytes(frame: pd.DataFrame, table: Table) -> bytes:
    """The CSV of a table: UTF-8, LF line ends, rows in the declared order."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(table.names)
    writer.writerows(text_cells(frame, table).itertuples(index=False, name=None))
    return buffer.getvalue().encode("utf-8")


def write_table(frame: pd.DataFrame, table: Table, path: Path) -> str:
    """Write the CSV and return its SHA-256 as hex."""
    raw = table_bytes(frame, table)
    path.write_bytes(raw)
    return hashlib.sha256(raw).hexdigest()
