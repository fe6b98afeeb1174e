"""Reading a workbook that somebody sent: in a worker with limits, cells as text, nothing evaluated."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

from citywatch.errors import InputError, MissingExtraError

SECONDS = 20
MEMORY_BYTES = 1_500_000_000
UNPACKED_BYTES = 60_000_000
OUTPUT_BYTES = 20_000_000
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
    command = [sys.executable, "-m", "citywatch.tables.workbook", str(path)]
    try:
        worker = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603 - our own module
    except subprocess.TimeoutExpired as error:
        raise InputError(f"{path}: set aside; reading took more than {SECONDS} seconds.") from error
    if worker.returncode != 0 or len(worker.stdout) > OUTPUT_BYTES:
        raise InputError(f"{path}: set aside; the worker that read it failed or passed a limit.")
    answer = json.loads(worker.stdout)
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


def _limit() -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def _read(path: str) -> dict[str, object]:
    try:
        import openpyxl
    except ImportError:
        return {"missing": True}
    _limit()
    book = openpyxl.load_workbook(path, data_only=False, keep_links=False)
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


if __name__ == "__main__":
    json.dump(_read(sys.argv[1]), sys.stdout, ensure_ascii=False)
