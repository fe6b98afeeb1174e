"""Periods of claims: a year, a month, a day, or from one to another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from citywatch.errors import InputError
from citywatch.tables import PartialDate

FULL_YEAR = "12"


@dataclass(frozen=True, slots=True)
class Period:
    """Days from first to last.

    Attributes:
        first: First day.
        last: Last day, not before the first.
        text: As written.
    """

    first: date
    last: date
    text: str

    @property
    def is_whole_years(self) -> bool:
        """From a first of January to a 31st of December."""
        return (self.first.month, self.first.day) == (1, 1) and (self.last.month, self.last.day) == (12, 31)

    @property
    def years(self) -> tuple[int, ...]:
        """Calendar years it touches."""
        return tuple(range(self.first.year, self.last.year + 1))

    @property
    def months(self) -> str:
        """As the column months of series: ``12``, ``1-5``, ``10``; empty where no series of years can hold it."""
        if self.is_whole_years:
            return FULL_YEAR
        is_whole_months = self.first.day == 1 and (self.last + timedelta(days=1)).day == 1
        if self.first.year != self.last.year or not is_whole_months:
            return ""
        if self.first.month == self.last.month:
            return str(self.first.month)
        return f"{self.first.month}-{self.last.month}"

    @property
    def length(self) -> int:
        """Length in months, rounded."""
        return round(((self.last - self.first).days + 1) / 30.4375)

    def overlaps(self, other: Period) -> bool:
        """Whether they share a day."""
        return self.first <= other.last and other.first <= self.last


@cache
def parse_period(text: str) -> Period:
    """Read ``YYYY``, ``YYYY-MM``, ``YYYY-MM-DD`` or ``FROM/TO``.

    Raises:
        InputError: If the text has another form or ends before it begins.
    """
    parts = [part.strip() for part in text.split("/")]
    if len(parts) > 2:
        raise InputError(f"period {text!r}: expected YYYY, YYYY-MM or FROM/TO")
    dates = [PartialDate.parse(part) for part in parts]
    first, last = dates[0].earliest, dates[-1].latest
    if last < first:
        raise InputError(f"period {text!r}: expected the earlier date first")
    return Period(first, last, text)


def year_period(year: int) -> Period:
    """A calendar year."""
    return parse_period(str(year))
