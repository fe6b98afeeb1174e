"""Numbers and dates as readers see them, each number tagged with the key of what it comes from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup, escape

from citywatch.publish.messages import Catalogue
from citywatch.uncertainty import plain as rounded

NBSP = "\u00a0"
MINUS = "\u2212"


def whole(value: float) -> str:
    """Whole number with thousands separators; a minus is U+2212."""
    return rounded(value)


def plain(value: float) -> str:
    """A number with the digits it has, thousands separated."""
    text = f"{value:,.10g}" if abs(value) < 1e6 else f"{value:,.0f}"
    return text.replace("-", MINUS)


def is_known(value: object) -> bool:
    """Whether a cell holds something: neither empty, None, NaN nor NA."""
    if isinstance(value, str):
        return value != ""
    return value is not None and value is not pd.NA and not (isinstance(value, float) and math.isnan(value))


def file_size(count: int) -> str:
    """Bytes in kB or MB as on a file manager."""
    if count < 1000:
        return f"{count}{NBSP}B"
    return f"{count / 1000:,.0f}{NBSP}kB" if count < 1_000_000 else f"{count / 1_000_000:,.1f}{NBSP}MB"


def num(key: str, text: object, classes: str = "") -> Markup:
    """A number in running text, tagged with its key.

    Args:
        key: Key of a finding, a share, a count, or ``table:id`` of a row.
        text: The number as shown.
        classes: Further classes.
    """
    names = f"num {classes}".strip()
    return Markup('<span class="{}" data-f="{}">{}</span>').format(names, key, text)


def count_of(counts: Mapping[str, Any], name: str) -> Markup:
    """A count of the release, tagged; a dash where the release does not carry it."""
    entry = counts.get(name)
    if entry is None:
        return escape("–")
    value, key = (entry["value"], entry.get("key", name)) if isinstance(entry, Mapping) else (entry, name)
    return num(str(key), whole(float(value)))


class Dates:
    """Dates in words of one language.

    Args:
        catalogue: Supplies month names and the order of day, month and year.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._t = catalogue
        self._known: dict[str, Markup] = {}

    def text(self, iso: str) -> Markup:
        """``14 Mar 2016``, ``May 2014`` or ``2014``; nothing for an empty text."""
        if iso not in self._known:
            self._known[iso] = self._make(iso)
        return self._known[iso]

    def long(self, iso: str) -> Markup:
        """``14 March 2016``, for running text."""
        return self._make(iso, "month_long")

    def _make(self, iso: str, names: str = "month") -> Markup:
        parts = iso.split("-") if iso else []
        if not parts:
            return Markup("")
        if len(parts) == 1:
            return escape(parts[0])
        month = self._t(f"{names}.{int(parts[1])}")
        if len(parts) == 2:
            return self._t("date.month", month=month, year=parts[0])
        return self._t("date.day", day=int(parts[2]), month=month, year=parts[0])

    def tag(self, iso: str) -> Markup:
        """A ``time`` element; "undated" in the style of an absence where there is no date."""
        if not iso:
            return Markup('<span class="nil">{}</span>').format(self._t("absent.undated"))
        return Markup('<time datetime="{}">{}</time>').format(iso, self.text(iso))
