"""Text forms of single values: partial dates, lists, cells that a spreadsheet would run."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

import pandas as pd

from citywatch.errors import InputError

LIST_SEPARATOR = "; "
_PARTIAL_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?\Z", re.ASCII)
_RUNS_IN_SPREADSHEET = re.compile(r"'*[=+\-@\t\r]")
EARLIEST_YEAR, LATEST_YEAR = 1900, 2100


@dataclass(frozen=True, slots=True, order=True)
class PartialDate:
    """A date known to the year, the month or the day.

    Attributes:
        earliest: First day it can mean.
        latest: Last day it can mean.
        text: ISO form; its length (4, 7, 10) is the precision.
    """

    earliest: date
    latest: date
    text: str

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """Read ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``.

        Raises:
            InputError: If the text has another form, the day does not exist, or the year is outside 1900-2100.
        """
        match = _PARTIAL_DATE.match(text)
        if match is None:
            raise InputError(f"date {text!r}: expected YYYY, YYYY-MM or YYYY-MM-DD")
        year = int(match[1])
        month, day = (int(part) if part else None for part in match.groups()[1:])
        if not EARLIEST_YEAR <= year <= LATEST_YEAR:
            raise InputError(f"date {text!r}: expected a year from {EARLIEST_YEAR} to {LATEST_YEAR}")
        try:
            earliest = date(year, 1 if month is None else month, 1 if day is None else day)
        except ValueError as error:
            raise InputError(f"date {text!r}: expected a day that exists") from error
        last_month = 12 if month is None else month
        latest = earliest if day else date(year, last_month, calendar.monthrange(year, last_month)[1])
        return cls(earliest, latest, text)

    @property
    def precision(self) -> str:
        """``year``, ``month`` or ``day``."""
        return {4: "year", 7: "month", 10: "day"}[len(self.text)]


def split_list(text: str) -> tuple[str, ...]:
    """Items of a list cell in order; an empty cell has none."""
    return tuple(item.strip() for item in text.split(LIST_SEPARATOR.strip()) if item.strip())


def join_list(items: tuple[str, ...] | list[str]) -> str:
    """Text form of a list cell."""
    return LIST_SEPARATOR.join(items)


def split_series(cells: pd.Series) -> pd.Series:
    """One row per item of a list column; the index repeats, empty cells vanish.

    Args:
        cells: List cells as text.
    """
    items = cells[cells != ""].str.split(LIST_SEPARATOR.strip()).explode().str.strip()
    return items[items != ""]


def texts(cells: pd.Series) -> list[str]:
    """Text cells as a list; many times faster than walking over an Arrow-backed series."""
    return list(cells.to_numpy(dtype=object))


def runs_in_spreadsheet(text: str) -> bool:
    """Whether a spreadsheet would read this text as a formula, escaped or not."""
    return _RUNS_IN_SPREADSHEET.match(text) is not None


def escape_cell(text: str) -> str:
    """Put ``'`` before a text that a spreadsheet would run; others stay as they are."""
    return "'" + text if runs_in_spreadsheet(text) else text


def unescape_cell(text: str) -> str:
    """Undo :func:`escape_cell`."""
    return text[1:] if text.startswith("'") and runs_in_spreadsheet(text[1:]) else text
