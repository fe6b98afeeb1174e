"""Reading a workbook that somebody sent: in a worker with limits, cells as text, nothing evaluated."""

from __future__ import annotations

import zipfile
from pathlib import Path

from citywatch.errors import InputError, MissingExtraError
from citywatch.foreign import ForeignError, Limits, Worker

LIMITS = Limits(seconds=20, memory_bytes=1_500_000_000, output_bytes=20_000_000)
UNPACKED_BYTES = 60_000_000
CELLS = 500_000

Rows = list[list[str]]


def read_workbook(path: Path) -> dict[str, Rows]:
    """Every sheet of a workbook as rows of text.

    Dates become ISO text, whole numbers lose their decimal point, an empty cell is ``""``.

    Args:
        path: An .xlsx file; it may be hostile.

    Raises:
        InputError: If it is no workbook, holds formulas or merged cells, or passes a limit.
        MissingExtraError: If openpyxl is not installed.
    """
    _refuse_bomb(path)
    try:
        with Worker("citywatch.tables.workbook:_read", LIMITS) as worker:
            answer = worker.run({"path": str(path)})
    except ForeignError as error:
        raise InputError(f"{path}: {error}") from error
    if answer.get("missing"):
        raise MissingExtraError("sheets", "Reading a workbook")
    if "problem" in answer:
        raise InputError(f"{path}: {answer['problem']}")
    sheets: dict[str, Rows] = answer["sheets"]
    return sheets


def _refuse_bomb(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (OSError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: expected an .xlsx workbook; {error}. Save it as .xlsx or .csv.") from error
    if unpacked > UNPACKED_BYTES:
        raise InputError(f"{path}: set aside; it unpacks to {unpacked:,} bytes, the limit is {UNPACKED_BYTES:,}.")


def _read(options: dict[str, str], _payload: bytes) -> dict[str, object]:
    try:
        import openpyxl
    except ImportError:
        return {"missing": True}
    book = openpyxl.load_workbook(options["path"], data_only=False, keep_links=False)
    sheets: dict[str, Rows] = {}
    cells = 0
    for sheet in book.worksheets:
        if sheet.merged_cells.ranges:
            return {
                "problem": f"sheet {sheet.title}: merged cells {min(map(str, sheet.merged_cells.ranges))}; unmerge them."
            }
        cells += sheet.max_row * sheet.max_column
        if cells > CELLS:
            return {"problem": f"more than {CELLS:,} cells; expected a coding sheet or a small table."}
        rows = []
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    return {"problem": f"sheet {sheet.title}, cell {cell.coordinate}: a formula; write the value."}
            rows.append([_text(cell.value) for cell in row])
        sheets[sheet.title] = rows
    return {"sheets": sheets}


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if hasattr(value, "isoformat"):
        return str(value.isoformat()).removesuffix("T00:00:00")
    return str(value)
