"""Fields that can be coded, read from ``data/coding/fields.yml``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import yaml

from citywatch.codebook import vendors, vocabulary
from citywatch.errors import VocabularyError
from citywatch.registry.schema import AGREEMENTS
from citywatch.tables import Column, Kind


@dataclass(frozen=True, slots=True)
class CodedField:
    """A field as coders see it and as their agreement is measured.

    Attributes:
        name: Name of the field.
        column: Column of agreements that it is about.
        level: nominal, ordinal or set.
        question: What the coder is asked; empty for a field that is derived from another.
        compare: ``whole`` or ``year``.
        words: Allowed words in order; empty where the answer is free within its kind.
    """

    name: str
    column: Column
    level: str
    question: str
    compare: str
    words: tuple[str, ...]

    @property
    def is_asked(self) -> bool:
        """Whether coders fill it in."""
        return bool(self.question)


@cache
def settings() -> Mapping[str, Any]:
    """The file as it is."""
    raw = (files("citywatch") / "data" / "coding" / "fields.yml").read_text(encoding="utf-8")
    return MappingProxyType(yaml.safe_load(raw))


@cache
def coded_fields() -> Mapping[str, CodedField]:
    """All fields by name."""
    return MappingProxyType({name: _field(name, entry) for name, entry in settings()["fields"].items()})


def _field(name: str, entry: Mapping[str, Any]) -> CodedField:
    column = AGREEMENTS.column_index[entry.get("of", name)]
    return CodedField(
        name=name,
        column=column,
        level=entry["level"],
        question=entry.get("question", ""),
        compare=entry.get("compare", "whole"),
        words=_words(column),
    )


def _words(column: Column) -> tuple[str, ...]:
    if column.vocabulary:
        return tuple(word.word for word in vocabulary(column.vocabulary))
    if column.references == "vendors.vendor_id":
        return (*(vendor.id for vendor in vendors()), settings()["other_vendor"])
    return ("yes", "no") if column.kind is Kind.FLAG else ()


def default_fields() -> tuple[str, ...]:
    """Fields that a sheet asks for when none are named."""
    return tuple(settings()["default"])


def asked_fields(names: Sequence[str]) -> tuple[CodedField, ...]:
    """Fields by name, for a sheet.

    Raises:
        VocabularyError: If a name is no field that coders fill in.
    """
    known = {name: field for name, field in coded_fields().items() if field.is_asked}
    for name in names:
        if name not in known:
            raise VocabularyError(f"field {name!r} cannot be coded; there are {', '.join(known)}")
    return tuple(known[name] for name in dict.fromkeys(names))
