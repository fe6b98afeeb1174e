"""What a finding is: a number with its rows, its doubt, its base rate and what it does not cover."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from citywatch import __version__
from citywatch.errors import NoDataError
from citywatch.findings.plain import plain
from citywatch.uncertainty import Interval


@dataclass(frozen=True, slots=True)
class BaseRate:
    """What the share would be if agreements fell evenly.

    Attributes:
        countries_pct: Share of eligible countries in the class, percent.
        people_pct: Share of their people in the class, percent.
        countries_with_home_pct: The same with the vendor's home country left in, percent.
        people_with_home_pct: The same with the vendor's home country left in, percent.
    """

    countries_pct: float
    people_pct: float
    countries_with_home_pct: float
    people_with_home_pct: float


@dataclass(frozen=True, slots=True)
class Share:
    """Share of one class among the counted rows.

    Attributes:
        key: Permanent key: ``scenario.rule.unit.dimension.variant.category``; pages cite numbers by it.
        category: Word of the class.
        label: Class as readers see it.
        count: Rows (or countries, by unit) in the class.
        total: Rows (or countries) counted.
        countries: Different countries that carry the class.
        share_pct: ``100 * count / total``.
        interval: Main 95 % interval of the share, percent; its ``method`` says which.
        effective_n: Kish's effective number of countries behind the share.
        wilson: Interval if rows were independent, percent.
        leave_one_out: Lowest and highest share when one country is left out, percent, with the countries.
        base: Base rate; None where a class is no property of countries.
        base_reason: Why there is no base rate; empty where there is one.
        ratio: Share over the countries' base rate.
        ratio_interval: Its 95 % interval.
        ratio_people: Share over the people's base rate.
        ratio_people_interval: Its 95 % interval.
        lean: ``clear``, ``chance``, ``none`` or ``not_compared``; cut-offs are data.
        lean_text: The same in words, from data.
        ids: Agreement ids behind ``count``, sorted.
    """

    key: str
    category: str
    label: str
    count: int
    total: int
    countries: int
    share_pct: float
    interval: Interval
    effective_n: float
    wilson: Interval
    leave_one_out: tuple[float, str, float, str] | None
    base: BaseRate | None
    base_reason: str
    ratio: float | None
    ratio_interval: Interval | None
    ratio_people: float | None
    ratio_people_interval: Interval | None
    lean: str
    lean_text: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One question answered with shares over one dimension.

    Attributes:
        key: ``scenario.rule.unit.dimension.variant``.
        question: What was asked.
        answer: One sentence built from the numbers.
        scenario: Scenario id.
        rule: Counting-rule id.
        unit: ``agreement`` or ``country``.
        dimension: freedom, income, region, vendor, kind, product, year, limb, ...
        variant: Classification variant, or ``-``.
        definition: What is counted, in words.
        total: Rows (or countries) counted.
        unclassified: Rows left out of every class, with the reason and their count.
        set_aside: Rows of the registry that the scenario or rule leaves out: reason to count.
        shares: One per class, in the order of display.
        method: How the interval is made, in words.
        assumptions: What must hold.
        would_be_false_if: What would make this false.
        not_covered: What the interval does not cover.
        notes: What else a reader must know.
        headline: Key of the share that the answer rests on; empty where no row has a class.
        method_page: Name of the page that explains the method.
        data_version: Version of the data.
        code_version: Version of the program.
    """

    key: str
    question: str
    answer: str
    scenario: str
    rule: str
    unit: str
    dimension: str
    variant: str
    definition: str
    total: int
    unclassified: dict[str, int]
    set_aside: dict[str, int]
    shares: tuple[Share, ...]
    method: str
    assumptions: tuple[str, ...]
    would_be_false_if: tuple[str, ...]
    not_covered: str
    notes: tuple[str, ...] = field(default=())
    headline: str = ""
    method_page: str = "shares"
    data_version: str = ""
    code_version: str = __version__

    def share(self, category: str) -> Share:
        """The share of one class.

        Raises:
            NoDataError: If the finding has no such class.
        """
        for share in self.shares:
            if share.category == category:
                return share
        known = ", ".join(share.category for share in self.shares)
        raise NoDataError(f"share of {category!r} in {self.key}: there is none; there are {known}")

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary for JSON; keys are the attribute names."""
        return dict(plain(self))


@dataclass(frozen=True, slots=True)
class ScenarioFacts:
    """Which rows a scenario admits, before a counting rule.

    Attributes:
        id: Scenario id; options that depart from it are added with ``+``.
        label: Name for readers.
        description: What it stands for.
        vendor: Vendor id; empty for all.
        until: Last day, month or year of evidence; empty for no cut-off.
        eligible_set: Id of the set of eligible countries.
        home_iso3: Home country that is left out; empty for none.
        n_eligible: Eligible countries.
        agreements: Agreements admitted.
        countries: Countries with an admitted agreement.
        vendors: Vendors that admitted agreements name.
        set_aside: Rows left out: reason to count.
        undated: Admitted agreements without a date of announcement.
        low: Admitted agreements of low confidence.
    """

    id: str
    label: str
    description: str
    vendor: str
    until: str
    eligible_set: str
    home_iso3: str
    n_eligible: int
    agreements: int
    countries: int
    vendors: int
    set_aside: dict[str, int]
    undated: int
    low: int

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary for JSON."""
        return dict(plain(self))


@dataclass(frozen=True, slots=True)
class FindingSet:
    """Every finding of one scenario under one rule and unit.

    Attributes:
        scenario: Facts of the scenario.
        rule: Counting-rule id.
        unit: ``agreement`` or ``country``.
        findings: One per question and classification, in the order of the catalogue.
        set_aside: Rows left out by scenario and rule: reason to count.
        eligible: Eligible countries, sorted.
        countries: Countries with a counted agreement, sorted.
        ids: Counted agreements, sorted.
    """

    scenario: ScenarioFacts
    rule: str
    unit: str
    findings: tuple[Finding, ...]
    set_aside: dict[str, int]
    eligible: tuple[str, ...]
    countries: tuple[str, ...]
    ids: tuple[str, ...]

    def finding(self, dimension: str, variant: str = "") -> Finding:
        """The finding over a dimension; the first variant if none is given.

        Raises:
            NoDataError: If there is none.
        """
        for finding in self.findings:
            if finding.dimension == dimension and variant in {"", finding.variant}:
                return finding
        known = ", ".join(f"{finding.dimension} ({finding.variant})" for finding in self.findings)
        raise NoDataError(f"finding over {dimension!r} {variant!r}: there is none; there are {known}")

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary for JSON."""
        return dict(plain(self))
