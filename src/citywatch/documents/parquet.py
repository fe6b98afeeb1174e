"""Rows of a Parquet file: a cell that cannot be read costs its row, a broken row group costs its rows, and no others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

Row = dict[str, Any]
_BATCH = 256


@dataclass(frozen=True, slots=True)
class ParquetRow:
    """A row, or what is wrong with it or with all rows from it to the end of its row group.

    Attributes:
        record: Its place: ``row 7``, or ``rows 7 to 200``; counted from 1.
        cells: Cells by name of the column.
        trouble: Why it cannot be read; empty if it can.
        is_broken: The file is damaged here; otherwise it is the cells alone.
    """

    record: str
    cells: Row = field(default_factory=dict)
    trouble: str = ""
    is_broken: bool = False


def parquet_rows(stream: IO[bytes], choose: Callable[[Sequence[str]], Sequence[str]]) -> Iterator[ParquetRow]:
    """Rows in order, with what cannot be read in its place.

    Args:
        stream: The file.
        choose: Names of the columns to read, of those that are there.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    breaks = (pa.ArrowException, OSError, UnicodeError)  # the last: names of columns
    try:
        file = pq.ParquetFile(pa.PythonFile(stream, mode="r"))
        wanted = list(choose(file.schema_arrow.names))
    except breaks as error:
        yield ParquetRow("row 1", trouble=_told(error), is_broken=True)
        return
    last = 0
    for group in range(file.num_row_groups):
        number, last = last, last + file.metadata.row_group(group).num_rows
        try:
            for batch in file.iter_batches(batch_size=_BATCH, row_groups=[group], columns=wanted):
                for cells, trouble in _rows(batch):
                    number += 1
                    yield ParquetRow(f"row {number}", cells, trouble)
        except breaks as error:
            yield ParquetRow(_span(number + 1, last), trouble=_told(error), is_broken=True)


def _told(error: Exception) -> str:
    return f"no sound Parquet ({type(error).__name__})"


def _span(first: int, last: int) -> str:
    return f"rows {first} to {last}" if first < last else f"row {first}"


def _rows(batch: Any) -> Iterator[tuple[Row, str]]:
    """Rows of a batch, each with what is wrong with it; all at once where all are sound."""
    rows, trouble = _tried(batch)
    if not trouble:
        yield from ((row, "") for row in rows)
        return
    for at in range(batch.num_rows):
        one = batch.slice(at, 1)
        rows, trouble = _tried(one)
        yield ({}, _named(one) or trouble) if trouble else (rows[0], "")


def _tried(batch: Any) -> tuple[list[Row], str]:
    """Rows, or what keeps a cell from being read: bytes that are no UTF-8, a date that no calendar holds."""
    try:
        return [{name: _text(cell) for name, cell in row.items()} for row in batch.to_pylist()], ""
    except (ValueError, OverflowError) as error:  # Arrow's own is a ValueError
        return [], f"{type(error).__name__}: {error}"


def _text(cell: Any) -> Any:
    """Older writers keep text as plain bytes."""
    return cell.decode("utf-8") if isinstance(cell, bytes) else cell


def _named(row: Any) -> str:
    """The first cell of a single row that cannot be read, with the name of its column."""
    for name, cells in zip(row.schema.names, row.columns, strict=True):
        trouble = _tried(type(row).from_arrays([cells], names=[name]))[1]
        if trouble:
            return f"column {name!r}, {trouble}"
    return ""


__all__ = ["ParquetRow", "parquet_rows"]
