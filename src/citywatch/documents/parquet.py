"""Rows of a Parquet file: a cell that cannot be read costs its row, a broken row group costs its rows, and no others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

Row = dict[str, Any]
_BATCH = 256
_BATCH_BYTES = 16_000_000


@dataclass(frozen=True, slots=True)
class ParquetRow:
    """A row, or what is wrong with it or with all rows from it to the end of its row group.

    Attributes:
        record: Its place: ``row 7``, or ``rows 7 to 200``; counted from 1.
        cells: Cells by name of the column.
        trouble: Why it cannot be read; empty if it can.
        is_broken: The file is damaged here; otherwise it is the cells alone.
        is_too_large: Its cells are longer than the limit.
    """

    record: str
    cells: Row = field(default_factory=dict)
    trouble: str = ""
    is_broken: bool = False
    is_too_large: bool = False


def parquet_rows(
    stream: IO[bytes], choose: Callable[[Sequence[str]], Sequence[str]], max_bytes: int
) -> Iterator[ParquetRow]:
    """Rows in order, with what cannot be read in its place.

    Args:
        stream: The file.
        choose: Names of the columns to read, of those that are there.
        max_bytes: Rows whose cells are longer are not unfolded.
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
            size = _batch_size(file.metadata.row_group(group), wanted)
            for batch in file.iter_batches(batch_size=size, row_groups=[group], columns=wanted):
                for cells, trouble, is_too_large in _checked(batch, max_bytes):
                    number += 1
                    yield ParquetRow(f"row {number}", cells, trouble, is_too_large=is_too_large)
        except breaks as error:
            yield ParquetRow(_span(number + 1, last), trouble=_told(error), is_broken=True)


def _told(error: Exception) -> str:
    return f"no sound Parquet ({type(error).__name__})"


def _span(first: int, last: int) -> str:
    return f"rows {first} to {last}" if first < last else f"row {first}"


def _batch_size(group: Any, wanted: Sequence[str]) -> int:
    """Rows that are unfolded at once: few where they are long, or where each may stand for a long word of a dictionary."""
    a_row = 0.0
    for column in map(group.column, range(group.num_columns)):
        if column.path_in_schema.partition(".")[0] in wanted:
            is_dictionary = any("DICTIONARY" in name for name in column.encodings)
            a_row += column.total_uncompressed_size / (1 if is_dictionary else max(1, group.num_rows))
    return int(min(_BATCH, max(1, _BATCH_BYTES // max(1, a_row))))


def _checked(batch: Any, max_bytes: int) -> Iterator[tuple[Row, str, bool]]:
    """Rows of a batch, each with what is wrong with it and whether it is too large; these are not unfolded."""
    if batch.nbytes <= max_bytes:
        yield from ((cells, trouble, False) for cells, trouble in _rows(batch))
        return
    for at, size in enumerate(_sizes(batch)):
        if size > max_bytes:
            yield {}, "", True
        else:
            yield from ((cells, trouble, False) for cells, trouble in _rows(batch.slice(at, 1)))


def _sizes(batch: Any) -> list[int]:
    """Bytes of text in each row, as far as Arrow can tell."""
    import pyarrow as pa
    import pyarrow.compute as pc

    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
    sizes = [0] * batch.num_rows
    for column in batch.columns:
        is_coded = pa.types.is_dictionary(column.type)
        kind = column.type.value_type if is_coded else column.type
        if any(test(kind) for test in tests):
            found = pc.binary_length(column.dictionary if is_coded else column)
            lengths = (found.take(column.indices) if is_coded else found).to_pylist()
            sizes = [size + (length or 0) for size, length in zip(sizes, lengths, strict=True)]
    return sizes


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
