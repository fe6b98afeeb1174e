"""Agreement of the coders, as the table of reliability holds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from citywatch.publish.figures import is_known, num, whole
from citywatch.publish.views.book import Book
from citywatch.publish.views.rows import Record
from citywatch.tables import split_list
from citywatch.uncertainty import plain

DECIMALS = 2
EN_DASH = "–"
MEASURES = (("agreement_pct", "agreement", 0), ("alpha", "alpha", DECIMALS), ("ac1", "ac1", DECIMALS))
"""Column of the estimate, stem of its interval's columns, decimals."""


@dataclass(frozen=True, slots=True)
class Measure:
    """An estimate with its interval, as text; empty where it is undefined."""

    value: str
    interval: str


@dataclass(frozen=True, slots=True)
class ReliabilityRow:
    """One field of one sample.

    Attributes:
        key: Key of its numbers.
        record: The row.
        measures: Percent agreement, alpha and AC1.
        contradicted: Share of the record that cannot be right beside what the coders agree on.
        kinds: Labels of the kinds of coders.
    """

    key: str
    record: Record
    measures: tuple[Measure, ...]
    contradicted: Measure
    kinds: tuple[str, ...]


ALL = "all"
"""Stands for all fields together; only the comparison with the record is made for it."""


def reliability_rows(book: Book, fields: Sequence[str] | None = None) -> list[ReliabilityRow]:
    """Rows of the table; those of some fields where they are given.

    Args:
        book: The release.
        fields: Columns of agreements.
    """
    rows = book.records("reliability") if "reliability" in book.release.tables else []
    wanted = [row for row in rows if row["field"] != ALL]
    return [_row(book, row) for row in wanted if fields is None or row["field"] in fields]


def is_measured(book: Book) -> bool:
    """Whether any field was coded twice."""
    return bool(reliability_rows(book))


def coder_doubt(book: Book) -> Markup:
    """How coder doubt was measured, as a sentence; that it was not, where the table is empty."""
    records = book.records("reliability") if "reliability" in book.release.tables else []
    fields = [row for row in records if row["field"] != ALL]
    if not fields:
        return book.t("methods.not_measured")
    whole_record = [row for row in records if row["field"] == ALL] or fields
    kinds = dict.fromkeys(kind for row in fields for kind in split_list(row["coder_kinds"]))
    numbers: dict[str, int] = {
        "coders": max(int(row["coders"]) for row in fields),
        "agreements": max(int(row["units"]) for row in fields),
        "fields": len(fields),
        "contradicted": sum(int(row["contradicted"]) for row in whole_record),
        "checked": sum(int(row["checked"]) for row in whole_record),
    }
    tagged: dict[str, Any] = {name: num(f"reliability.{name}", whole(value)) for name, value in numbers.items()}
    address = Markup('<a href="coverage.html#reliability">{}</a>').format(book.t("methods.measured_link"))
    return book.t(
        "methods.measured",
        count=len(kinds),
        kinds=", ".join(book.label("coder_kind", kind).lower() for kind in kinds),
        link=address,
        **tagged,
    )


def coded_fields(book: Book, vocabulary: str) -> tuple[str, ...]:
    """Columns of agreements that hold words of a vocabulary and are read by coders, not derived by rule."""
    derived = {"admitted_by"}
    columns = book.release.tables["agreements"].columns
    return tuple(one.name for one in columns if one.vocabulary == vocabulary and one.name not in derived)


def _row(book: Book, row: Record) -> ReliabilityRow:
    return ReliabilityRow(
        f"reliability:{row['sample_id']}.{row['field']}",
        row,
        tuple(_measure(row, value, stem, decimals) for value, stem, decimals in MEASURES),
        _measure(row, "contradicted_pct", "contradicted", 0),
        tuple(book.label("coder_kind", kind) for kind in split_list(row["coder_kinds"])),
    )


def _measure(row: Record, value: str, stem: str, decimals: int) -> Measure:
    ends = [row[f"{stem}_{end}"] for end in ("low", "high")]
    interval = EN_DASH.join(plain(float(end), decimals) for end in ends) if all(map(is_known, ends)) else ""
    return Measure(plain(float(row[value]), decimals) if is_known(row[value]) else "", interval)
