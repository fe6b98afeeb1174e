"""Records as plain values for JSON: lists, dictionaries, floats with ten significant digits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from math import isfinite
from typing import Any

from citywatch.tables.write import SIGNIFICANT_DIGITS


def plain(value: Any) -> Any:
    """Plain form of a record, list, mapping or single value.

    Floats are rounded, so that linear algebra on another number of threads gives the same bytes; a whole number stays a
    float, and one that is not finite becomes None.

    Args:
        value: Anything made of records, sequences, mappings, texts, numbers and None.
    """
    if isinstance(value, float):
        return float(f"{value:.{SIGNIFICANT_DIGITS}g}") if isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if len(value) and isinstance(value[0], str):
        return [entry if isinstance(entry, str) else plain(entry) for entry in value]
    return [plain(entry) for entry in value]
