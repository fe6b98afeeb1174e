"""An interval: two ends, a level, and how it was made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite

from citywatch.errors import InputError

DEFAULT_LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A range for a number; the unit is that of the estimate beside it.

    Attributes:
        low: Lower end.
        high: Upper end, at least ``low``.
        level: Two-sided coverage that the method aims at, 0 < level < 1.
        method: Word for the method, such as ``country_bootstrap`` or ``wilson``.
        note: What a reader must know about this one interval; empty if nothing.
    """

    low: float
    high: float
    level: float
    method: str
    note: str = ""

    def __post_init__(self) -> None:
        if not (isfinite(self.low) and isfinite(self.high)):
            raise InputError(f"interval ends {self.low!r} and {self.high!r}: expected two finite numbers")
        if self.low > self.high:
            raise InputError(f"interval ends {self.low!r} and {self.high!r}: expected the lower one first")
        if not 0 < self.level < 1:
            raise InputError(f"interval level {self.level!r}: expected a share between 0 and 1, such as 0.95")
        if not self.method:
            raise InputError("interval without a method: expected a word that says how it was made")

    def __contains__(self, value: float) -> bool:
        """Whether a value lies in the interval, ends included, up to rounding in the last digits."""
        slack = 1e-9 * max(1.0, abs(self.low), abs(self.high))
        return self.low - slack <= value <= self.high + slack

    def scaled(self, factor: float) -> Interval:
        """The same interval in another unit.

        Args:
            factor: Positive number to multiply both ends with, such as 100 for percent.
        """
        if not factor > 0:
            raise InputError(f"interval scaled by {factor!r}: expected a positive factor")
        return replace(self, low=self.low * factor, high=self.high * factor)

    def noted(self, note: str) -> Interval:
        """The same interval with one more note."""
        return replace(self, note="; ".join(part for part in (self.note, note) if part)) if note else self

    def flagged(self, estimate: float) -> Interval:
        """The same interval, with a note if it does not hold its estimate; the ends are never moved."""
        return self if estimate in self else self.noted("the interval does not contain its estimate")
