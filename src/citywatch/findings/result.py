"""A result of a model: what was asked, what came out with its doubt, how, under what, and what would make it false."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from citywatch import __version__
from citywatch.uncertainty import Interval


@dataclass(frozen=True, slots=True)
class Estimate:
    """One number of a result.

    Attributes:
        key: Permanent key; pages cite the number by it.
        label: What it is the number of.
        value: The number, in the unit of the result.
        interval: Its interval in the same unit; None where there is none.
        beside: Further numbers that stand beside it, each a value with its interval, by name.
        facts: Plain numbers that stand beside it, by name.
        note: What a reader must know about it; empty if nothing.
    """

    key: str
    label: str
    value: float
    interval: Interval | None
    beside: Mapping[str, tuple[float, Interval]] = field(default_factory=dict)
    facts: Mapping[str, float] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """One question answered by a model.

    Attributes:
        key: Permanent key.
        question: What was asked.
        answer: One sentence made from the numbers.
        definition: What is counted, in words.
        unit: Unit of the estimates.
        estimates: The numbers.
        method: How they come about, in words.
        method_page: Name of the page that explains the estimator.
        assumptions: What must hold.
        would_be_false_if: What would make this false.
        not_covered: What the intervals do not cover.
        counts: Sizes behind the result, by name.
        ids: Agreements behind it, sorted.
        notes: What else a reader must know.
        data_version: Version of the data.
        code_version: Version of the program.
    """

    key: str
    question: str
    answer: str
    definition: str
    unit: str
    estimates: tuple[Estimate, ...]
    method: str
    method_page: str
    assumptions: tuple[str, ...]
    would_be_false_if: tuple[str, ...]
    not_covered: str
    counts: Mapping[str, float]
    ids: tuple[str, ...]
    data_version: str
    notes: tuple[str, ...] = ()
    code_version: str = __version__
