"""What the coverage of the record consists of: counts and shares, each with its key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from citywatch.findings.base import PERCENT
from citywatch.findings.facts import settings
from citywatch.findings.plain import plain
from citywatch.uncertainty import Interval, wilson_interval

ALL = "all"


@dataclass(frozen=True, slots=True)
class Part:
    """How many of how many.

    Attributes:
        key: Permanent key; pages cite the numbers by it.
        count: How many.
        total: Of how many.
        share_pct: ``100 * count / total``; None where the total is 0.
        interval: Wilson interval, percent, where the total is a sample; None where everything was counted.
    """

    key: str
    count: int
    total: int
    share_pct: float | None
    interval: Interval | None = None


def part(key: str, count: int, total: int) -> Part:
    """A share of everything there is: no interval.

    Args:
        key: Permanent key.
        count: How many.
        total: Of how many.
    """
    return Part(key, count, total, PERCENT * count / total if total else None)


def sampled(key: str, count: int, total: int) -> Part:
    """A share of a sample, with Wilson's interval.

    Args:
        key: Permanent key.
        count: How many.
        total: Size of the sample.
    """
    if not total:
        return Part(key, count, total, None)
    interval = wilson_interval(count, total, settings().level).scaled(PERCENT)
    return Part(key, count, total, PERCENT * count / total, interval)


@dataclass(frozen=True, slots=True)
class SearchCount:
    """Searches of one kind and the pages read in them; the word is empty where it was not recorded."""

    key: str
    word: str
    searches: int
    pages_read: int


@dataclass(frozen=True, slots=True)
class Searches:
    """Searches, counted four ways.

    Attributes:
        all: Every search.
        by_language: By language of the query; where it was not recorded, by the language of most pages read.
        by_source_class: By the class of sources that was looked for.
        by_outcome: By what came of them.
        by_vendor_group: By group of the vendors that the query names; a query may count in several.
    """

    all: SearchCount
    by_language: tuple[SearchCount, ...]
    by_source_class: tuple[SearchCount, ...]
    by_outcome: tuple[SearchCount, ...]
    by_vendor_group: tuple[SearchCount, ...]


@dataclass(frozen=True, slots=True)
class CountryOutcome:
    """Countries with one outcome: ``found``, ``ambiguous``, ``not_found`` or ``never``."""

    key: str
    word: str
    count: int
    countries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowCount:
    """Agreements of one kind, by the vendor group that colours their mark."""

    key: str
    word: str
    count: int
    share_pct: float
    groups: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Rows:
    """Agreements by number and by class of their sources; in each list every agreement counts once."""

    total: int
    by_sources: tuple[RowCount, ...]
    by_class: tuple[RowCount, ...]


@dataclass(frozen=True, slots=True)
class FieldEvidence:
    """Values of one field and their sources.

    Attributes:
        field: The field; ``all`` for all together.
        before: First list: values that had a source line before sources were read again.
        same: The same agreements now.
        after: All agreements now.
        again: First list: values now with at least one chosen source that was read again.
    """

    field: str
    before: Part
    same: Part
    after: Part
    again: Part


@dataclass(frozen=True, slots=True)
class Evidence:
    """Share of values with evidence.

    Attributes:
        fields: One per field, then ``all``.
        first_agreements: Agreements without a line that came with a new agreement.
        new_agreements: The others.
        previous: The count that the last release before the re-reading gave of itself.
    """

    fields: tuple[FieldEvidence, ...]
    first_agreements: int
    new_agreements: int
    previous: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reread:
    """What reading again showed.

    Attributes:
        field: The field; ``all`` for all together.
        other: Values read again for which at least one source says another thing.
        changed: Of these, how many the record changed: a line of the first list stands against the value, and every
            line that carries the value came with the re-reading.
    """

    field: str
    other: Part
    changed: int


@dataclass(frozen=True, slots=True)
class SecondLook:
    """What an independent second reader found; counts, the share contradicted, and how many of these were corrected."""

    field: str
    confirmed: int
    not_visible: int
    contradicted: Part
    corrected: int


@dataclass(frozen=True, slots=True)
class Contradicted:
    """Record against coders in one sample.

    Attributes:
        sample: The sample.
        part: Values that cannot both be right, of those on which the coders agree.
        differ: Values that differ in any way, more precise ones too.
    """

    sample: str
    part: Part
    differ: int


@dataclass(frozen=True, slots=True)
class Coding:
    """Blind double coding.

    Attributes:
        samples: Samples that the table of reliability holds.
        contradicted: By sample: values of the record on which the coders agree, against what they agree on.
    """

    samples: tuple[str, ...]
    contradicted: tuple[Contradicted, ...]


@dataclass(frozen=True, slots=True)
class CodedLabel:
    """Pages in Chinese that were read and coded, by what they are."""

    key: str
    word: str
    inside: int
    outside: int


@dataclass(frozen=True, slots=True)
class CountryGap:
    """A country that another list has and that has no agreement with the vendor here.

    Attributes:
        key: Permanent key.
        country_iso3: Country.
        editions: Editions of the other list that flag it.
        agreements: Agreements on record there, all with other vendors or without a name.
        searches: Searches that name the country.
        named: Of these, how many name the vendor too.
        outcome: ``ambiguous``, ``found_other``, ``not_found``, ``without_name`` or ``never``.
        notes: Why it is ambiguous.
    """

    key: str
    country_iso3: str
    editions: tuple[str, ...]
    agreements: int
    searches: int
    named: int
    outcome: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gaps:
    """Countries without an agreement with the vendor that a list of others, or the brief, has."""

    flagged: int
    without_row: tuple[CountryGap, ...]
    brief: tuple[CountryGap, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """Countries with an agreement, by what is on record about one topic of law and oversight."""

    key: str
    topic: str
    found: int
    not_found: int
    not_searched: int


@dataclass(frozen=True, slots=True)
class HeadlineKeys:
    """Where the numbers of one headline stand: its share under each rule, and the published figure with worst cases."""

    key: str
    dimension: str
    category: str
    shares: Mapping[str, str]
    published: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was searched, and how sure the record is."""

    searches: Searches
    countries: tuple[CountryOutcome, ...]
    agreements: Rows
    evidence: Evidence
    reread: tuple[Reread, ...]
    second_look: tuple[SecondLook, ...]
    coding: Coding
    coded_pages: tuple[CodedLabel, ...]
    gaps: Gaps
    institutions: tuple[Topic, ...]
    headlines: tuple[HeadlineKeys, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary for JSON."""
        return dict(plain(self))
