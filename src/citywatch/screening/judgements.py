"""What people judged: CSV files with ``candidate_id`` and ``judgement``; any other columns may stand beside."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from citywatch.errors import InputError

INCLUDE, EXCLUDE, UNSURE = "include", "exclude", "unsure"
WORDS = (INCLUDE, EXCLUDE, UNSURE)
_SWALLOWED = re.compile(r"[\r\n](can-[0-9a-f]{16}),")
_QUOTES = "Is a quote not closed? Mend the line, or save the sheet again as CSV."


@dataclass(frozen=True, slots=True)
class Judged:
    """One judgement.

    Attributes:
        word: ``include``, ``exclude`` or ``unsure``.
        picked: How the candidate came to be read: ``ranked``, ``random``, ``second_look``, ``sample``; empty if not recorded.
        changed: How often a later judgement replaced an earlier one.
    """

    word: str
    picked: str
    changed: int = 0


def read_judgements(paths: Sequence[Path], candidates: Collection[str]) -> dict[str, Judged]:
    """Judgements by candidate; rows without one are left out, a later one replaces an earlier one.

    How a candidate came to be read is told by its first judgement.

    Args:
        paths: Files, the oldest first.
        candidates: Ids of all candidates of the run.

    Raises:
        InputError: If a file cannot be read, holds another word, or names a candidate of another run.
    """
    found: dict[str, Judged] = {}
    for path in paths:
        for row in read_sheet(path):
            if not row["judgement"]:
                continue
            name = row["candidate_id"]
            if name not in candidates:
                raise InputError(f"{path}: expected candidates of this run; found {name!r}")
            before = found.get(name)
            if before is None:
                found[name] = Judged(row["judgement"], row["picked"])
            else:
                changed = before.changed + (before.word != row["judgement"])
                found[name] = Judged(row["judgement"], before.picked, changed)
    return found


def read_sheet(path: Path, *, also: Iterable[str] = ()) -> list[dict[str, str]]:
    """Rows of a sheet, cells stripped, judgements in lower case; ``picked`` is empty where there is no such column.

    Args:
        path: The file.
        also: Columns it must have besides ``candidate_id`` and ``judgement``.

    Raises:
        InputError: If it cannot be read, lacks a column, holds an unknown word, or a quote is not closed.
    """
    names, *cells = _lines(path) or [[]]
    if missing := [name for name in ("candidate_id", "judgement", *also) if name not in names]:
        raise InputError(f"{path}: expected the column {missing[0]!r}; found {', '.join(names) or 'nothing'}")
    rows = [
        dict.fromkeys((*names, "picked"), "") | {name: cell.strip() for name, cell in zip(names, row, strict=False)}
        for row in cells
    ]
    for number, row in enumerate(rows, start=2):
        row["judgement"] = row["judgement"].lower()
        if row["judgement"] not in (*WORDS, ""):
            raise InputError(
                f"{path}, row {number}: expected include, exclude, unsure or nothing; found {row['judgement']!r}"
            )
    return rows


def _lines(path: Path) -> list[list[str]]:
    """Cells by row, empty rows left out; a quote that is not closed may not swallow the rows behind it.

    Raises:
        InputError: If it cannot be read, with the line where the row begins.
    """
    rows, first = [], 1
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            for row in reader:
                if swallowed := next((found for cell in row if (found := _SWALLOWED.search(cell))), None):
                    raise InputError(f"{path}, line {first}: a cell holds the row of {swallowed[1]}. {_QUOTES}")
                if row:
                    rows.append(row)
                first = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"{path}, line {first}: expected well-formed CSV; {error}. {_QUOTES}") from error
    except (OSError, UnicodeError) as error:
        raise InputError(f"{path}: expected a CSV file in UTF-8 ({type(error).__name__})") from error
    return rows
