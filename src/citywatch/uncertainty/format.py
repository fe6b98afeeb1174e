"""Numbers as readers see them: whole percent, ratios with one decimal, halves always up, no-break spaces."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from citywatch.uncertainty.interval import Interval

NO_BREAK = "\u00a0"
EN_DASH = "\u2013"
MINUS = "\u2212"
_GUARD = 10  # significant digits kept first, so that 62.49999999999999 from binary arithmetic is the 62.5 it stands for


def round_half_up(value: float, decimals: int = 0) -> Decimal:
    """Round with halves away from zero: 62.5 becomes 63.

    Args:
        value: A finite number.
        decimals: Decimals to keep.
    """
    exact = Decimal(f"{value:.{_GUARD}g}")
    rounded = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return abs(rounded) if rounded == 0 else rounded


def plain(value: float, decimals: int = 0) -> str:
    """Rounded number with a true minus sign and commas between thousands."""
    return f"{round_half_up(value, decimals):,}".replace("-", MINUS)


def percent(value: float, decimals: int = 0) -> str:
    """``42 %`` from a value in percent."""
    return f"{plain(value, decimals)}{NO_BREAK}%"


def percent_range(interval: Interval) -> str:
    """``27–58 %`` from an interval in percent."""
    return f"{plain(interval.low)}{EN_DASH}{plain(interval.high)}{NO_BREAK}%"


def times(value: float) -> str:
    """``1.8`` from a ratio."""
    return plain(value, 1)


def times_range(interval: Interval) -> str:
    """``1.2–2.4`` from an interval of a ratio."""
    return f"{plain(interval.low, 1)}{EN_DASH}{plain(interval.high, 1)}"


def points(value: float) -> str:
    """``+12`` or ``−3`` from a difference in percentage points; ``0`` has no sign."""
    text = plain(value)
    return text if text.startswith(MINUS) or text == "0" else f"+{text}"


def points_range(interval: Interval) -> str:
    """``−3 to +12`` from an interval of a difference; words, because a dash beside a minus sign misleads."""
    return f"{points(interval.low)} to {points(interval.high)}"
