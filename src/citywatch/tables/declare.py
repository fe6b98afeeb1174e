"""The declaration of a table: its columns, key, references, licence and citation."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a column holds. Every kind has one text form in CSV and one type in memory.

    Text kinds (``TEXT`` to ``URL``) are ``str`` in memory and a missing value is the empty string. ``NUMBER`` is
    ``float64`` with NaN, ``INTEGER`` is nullable ``Int64``.
    """

    TEXT = "text"
    ID = "id"  # permanent slug: lower-case letters, digits, . - _ :
    LIST = "list"  # several texts joined by "; "
    FLAG = "flag"  # yes, no, or empty when not recorded
    DATE = "date"  # YYYY-MM-DD
    PARTIAL_DATE = "partial_date"  # YYYY, YYYY-MM or YYYY-MM-DD; the length is the precision
    COUNTRY = "country"  # ISO 3166-1 alpha-3, XKX for Kosovo
    URL = "url"  # http or https
    NUMBER = "number"
    INTEGER = "integer"


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: Snake case; carries the unit where there is one (``value_usd``).
        kind: What it holds.
        meaning: One sentence for the data dictionary.
        required: A missing value is a violation.
        vocabulary: Name of the codebook vocabulary its words come from; empty if free.
        references: ``table.column`` that must hold every value; empty if none. For lists each item is checked.
        minimum: Smallest allowed number.
        maximum: Largest allowed number.
        missing: What an empty cell means.
    """

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    vocabulary: str = ""
    references: str = ""
    minimum: float | None = None
    maximum: float | None = None
    missing: str = "not recorded"


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a data package.

    Attributes:
        name: File name without ``.csv``.
        title: What one row is, in words.
        columns: In file order.
        key: Columns that together identify a row.
        licence: Licence identifier, or the publisher's terms in words.
        licence_url: Address of the licence text; empty if the publisher's copy showed none.
        citation: How to cite the table.
        may_be_empty: True where a table without rows is a valid state.
        sort: Columns that order the rows on export; the key when empty.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    licence: str
    citation: str
    licence_url: str = ""
    may_be_empty: bool = False
    sort: tuple[str, ...] = ()
    column_index: dict[str, Column] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.column_index.update({column.name: column for column in self.columns})

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in file order."""
        return tuple(column.name for column in self.columns)

    @property
    def order(self) -> tuple[str, ...]:
        """Columns that order the rows on export."""
        return self.sort or self.key

    def _licence(self) -> dict[str, str]:
        code, _, condition = self.licence.partition(";")
        named = {"name": code.strip()} | ({"path": self.licence_url} if self.licence_url else {})
        return named | ({"title": self.licence} if condition else {})

    def frictionless(self, path: str, rows: int, sha256: str) -> dict[str, Any]:
        """Describe this table as a frictionless Data Package resource.

        Args:
            path: Path of the CSV inside the package.
            rows: Rows in the file.
            sha256: Hex digest of the file.
        """
        return {
            "profile": "tabular-data-resource",
            "name": self.name,
            "title": self.title,
            "path": path,
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "hash": f"sha256:{sha256}",
            "rowcount": rows,
            "licenses": [self._licence()],
            "sources": [{"title": self.citation}],
            "citation": self.citation,
            "schema": {
                "fields": [_field(column) for column in self.columns],
                "primaryKey": list(self.key),
                "foreignKeys": [_foreign_key(column) for column in self.columns if _is_plain_reference(column)],
                "missingValues": [""],
            },
        }


_FRICTIONLESS = {Kind.NUMBER: "number", Kind.INTEGER: "integer", Kind.DATE: "date"}


def _field(column: Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {}
    if column.required:
        constraints["required"] = True
    if column.minimum is not None:
        constraints["minimum"] = column.minimum
    if column.maximum is not None:
        constraints["maximum"] = column.maximum
    described: dict[str, Any] = {
        "name": column.name,
        "type": _FRICTIONLESS.get(column.kind, "string"),
        "citywatch_kind": column.kind.value,
        "description": column.meaning,
    }
    if not column.required:
        described["missing"] = column.missing
    if column.vocabulary:
        described["vocabulary"] = column.vocabulary
    if column.references:
        described["references"] = column.references
    if constraints:
        described["constraints"] = constraints
    return described


def _is_plain_reference(column: Column) -> bool:
    return bool(column.references) and column.kind is not Kind.LIST


def _foreign_key(column: Column) -> dict[str, Any]:
    table, _, name = column.references.partition(".")
    return {"fields": [column.name], "reference": {"resource": table, "fields": [name]}}
