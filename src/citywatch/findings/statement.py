"""A finding as a record: the same fields for every question that is not a set of shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from citywatch import __version__
from citywatch.findings.plain import plain
from citywatch.uncertainty import Interval


@dataclass(frozen=True, slots=True)
class Labelled:
    """One of several estimates of a question.

    Attributes:
        key: Permanent key.
        label: What it is the estimate of.
        estimate: The estimate, in the unit of the question.
        interval: Its interval.
        ids: Agreements behind it.
    """

    key: str
    label: str
    estimate: float
    interval: Interval
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One question and its answer.

    Attributes:
        key: Permanent key; pages cite numbers by it.
        question: What was asked.
        answer: One sentence built from the numbers.
        definition: What is counted, in words.
        unit: What the estimate counts.
        estimate: The estimate; None where it is refused, or where ``estimates`` holds several.
        interval: Its interval; None where there is none.
        refused: Why there is no estimate; empty if there is one.
        method: How it is made, in words.
        method_page: Name of the page that explains the method.
        assumptions: What must hold.
        would_be_false_if: What would make this false.
        not_covered: What the interval does not cover.
        ids: Agreements behind it, sorted.
        data_version: Version of the data.
        code_version: Version of the program.
        notes: What else a reader must know.
        estimates: Several estimates, each with its label; none where there is one.
    """

    key: str
    question: str
    answer: str
    definition: str
    unit: str
    estimate: float | None
    interval: Interval | None
    refused: str
    method: str
    method_page: str
    assumptions: tuple[str, ...]
    would_be_false_if: tuple[str, ...]
    not_covered: str
    ids: tuple[str, ...]
    data_version: str
    code_version: str = __version__
    notes: tuple[str, ...] = field(default=())
    estimates: tuple[Labelled, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary for JSON."""
        return dict(plain(self))


def texts(entries: Mapping[str, Any] | Sequence[str]) -> tuple[str, ...]:
    """Sentences of a list in the files of facts, as one tuple."""
    return tuple(str(one).strip() for one in entries)
