"""What the room passes about: claims, series, and the three answers with their reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from citywatch.claims.periods import Period


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement as the table holds it; text is ``""`` and a number None where nothing is stated.

    Attributes:
        change_pct: Claimed change in percent, or in points where the unit is ``percentage_points``; negative = fall.
        before: Period before; None where it is not stated.
        after: Period after; None where it is not stated.
        is_period_stated: ``yes``, ``no`` (inferred by the reader) or ``""``.
        source_kind: Class of the source it was read in.
        source: Where it was read: an id or address.
    """

    claim_id: str
    thread_id: str
    kind: str
    claimant: str
    claimant_kind: str
    system_place: str
    country_iso3: str
    agreement_id: str
    metric: str
    definition: str
    direction: str
    unit: str
    value_before: float | None
    value_after: float | None
    change_pct: float | None
    bound: str
    before: Period | None
    after: Period | None
    area: str
    is_area_stated: str
    is_period_stated: str
    is_source_stated: str
    denominator: str
    stated_on: str
    source_kind: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """What one year of a series tells.

    Attributes:
        value: Printed or derived figure; None where only bounds or a direction are known.
        low: Smallest value it can have; None where nothing is known.
        high: Largest value it can have; None where nothing is known.
        direction: up, down, not_up, not_down or nothing.
        is_derived: Not printed.
        source: Where it was read.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    direction: str = ""
    is_derived: bool = False
    source: str = ""

    @property
    def range(self) -> tuple[float | None, float | None]:
        """Smallest and largest value; both the figure where one is printed without bounds."""
        if self.low is None and self.high is None:
            return self.value, self.value
        return self.low, self.high


@dataclass(frozen=True, slots=True)
class Series:
    """One series of figures of one place, definition and unit.

    Attributes:
        family: What is counted, as a family of ``metrics.yml``; the metric itself where no family has it.
        measure: level, change, direction or share.
        months: ``12`` for full years, else the months (``1-5``, ``10``, ``part``).
        points: By year.
    """

    series_id: str
    country_iso3: str
    place: str
    level: str
    family: str
    definition: str
    unit: str
    measure: str
    recording: str
    months: str
    publisher: str
    points: Mapping[int, Point]

    @property
    def is_derived(self) -> bool:
        """Computed from other printed figures."""
        return self.recording == "derived"


@dataclass(frozen=True, slots=True)
class Effect:
    """One published effect at camera sites in percent; low and high of a range of effects, else both the effect."""

    outcome: str
    low: float
    high: float
    effect_id: str = ""


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything a verdict is a function of, besides the rules.

    Attributes:
        claims: The claims.
        series: The series that claims are compared with.
        background: Further series that only show ordinary movement.
        effects: Published effects.
        starts: First year in use by agreement, as a decimal year (2015.5 for mid-2015).
        overrules: Rows of the table overrules.
        refused: Reasons by claim id: such a claim is not verified and gets no verdict but "cannot be checked".
    """

    claims: tuple[Claim, ...]
    series: tuple[Series, ...] = ()
    background: tuple[Series, ...] = ()
    effects: tuple[Effect, ...] = ()
    starts: Mapping[str, float] = field(default_factory=dict)
    overrules: tuple[Mapping[str, str], ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason in words and as a code.

    Attributes:
        code: Key in ``words.yml``.
        state: ``full`` on record or in favour, ``half`` in part or a caution, ``dash`` missing or against.
        text: In words.
    """

    code: str
    state: str
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One of the three answers, or the plausibility.

    Attributes:
        word: Word of ``words.yml``, ``answers``.
        label: The word for readers.
        reasons: Why.
    """

    word: str
    label: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """One series against the claim.

    Attributes:
        series_id: The series.
        place: Its place.
        year_before: Baseline year; None for a level.
        year_after: Year of the later figure.
        value_before: Earlier figure; None where it is bounded or unknown.
        value_after: Later figure; None where it is bounded or unknown.
        low: Smallest change the record allows, percent or points; None = unbounded.
        high: Largest change the record allows; None = unbounded.
        answer: What this series alone says.
    """

    series_id: str
    place: str
    year_before: int | None
    year_after: int
    value_before: float | None
    value_after: float | None
    low: float | None
    high: float | None
    answer: str

    @property
    def change(self) -> float | None:
        """The change where it is one figure."""
        return self.low if self.low is not None and self.low == self.high else None


@dataclass(frozen=True, slots=True)
class Implied:
    """What the claimed change means in the unit of the series.

    Attributes:
        is_after: The figure after is implied by the one before; else the other way round.
    """

    series_id: str
    place: str
    year_before: int | None
    year_after: int | None
    known: float
    implied: float
    is_after: bool


@dataclass(frozen=True, slots=True)
class Movement:
    """Ordinary movement around a change: dispersion on the log scale, and how often one this large happens.

    Attributes:
        sd: Standard deviation of one year's log movement, shrunk; None where nothing is known.
        own: That of the series alone.
        pooled: That of comparable series.
        own_n: Movements of the series.
        low: Lower end of the interval of the change, percent; None under four years.
        high: Upper end.
        poisson_low: Lower end from counting alone.
        poisson_high: Upper end.
        range_low: Smallest observed movement over the span, percent.
        range_high: Largest one.
        share: Share of movements over the span at least as large as claimed, 0 to 1.
        n: Movements over the span.
        span: Years.
        pool: Which series were comparable.
    """

    sd: float | None = None
    own: float | None = None
    pooled: float | None = None
    own_n: int = 0
    low: float | None = None
    high: float | None = None
    poisson_low: float | None = None
    poisson_high: float | None = None
    range_low: float | None = None
    range_high: float | None = None
    share: float | None = None
    n: int = 0
    span: int = 1
    pool: str = ""


@dataclass(frozen=True, slots=True)
class Rest:
    """The same years elsewhere: the rest of the country, or the whole where the rest cannot be formed."""

    place: str
    change: float
    points: float
    ratio: float
    is_rest: bool


@dataclass(frozen=True, slots=True)
class Published:
    """What published effects on one outcome span, in percent, at camera sites.

    Attributes:
        low: Strongest fall.
        high: Weakest fall, or strongest rise.
        n: Effects, or studies of a pooled result.
        is_pooled: A prediction interval instead of the smallest and largest effect.
    """

    low: float
    high: float
    n: int
    is_pooled: bool = False


@dataclass(frozen=True, slots=True)
class Plotted:
    """One year of the chosen series, as a drawing needs it."""

    year: int
    value: float | None
    low: float | None
    high: float | None
    is_derived: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers behind the answers.

    Attributes:
        claimed: Claimed change, percent or points; None where the claim holds none.
        scale: ``percent``, ``points`` or ``level``.
        chosen: Series that decides, or that would; empty where there is none.
        compared: Every series against the claim at the claimed periods.
        baselines: The chosen series from every reasonable baseline.
        implied: What the claim means in counts.
        movement: Ordinary movement.
        rest: The same years elsewhere.
        tables: Names of the tables that would settle it.
        published: Span of published effects.
        start: When the system is reported in use, as a decimal year.
        is_same_source: The deciding figures come from the same source as the claim.
        effects: Published effects on the same outcome, by id.
        points: The chosen series, completed.
    """

    claimed: float | None = None
    scale: str = "percent"
    chosen: str = ""
    compared: tuple[Compared, ...] = ()
    baselines: tuple[Compared, ...] = ()
    implied: tuple[Implied, ...] = ()
    movement: Movement = field(default_factory=Movement)
    rest: Rest | None = None
    tables: tuple[str, ...] = ()
    published: Published | None = None
    start: float | None = None
    is_same_source: bool = False
    effects: tuple[str, ...] = ()
    points: tuple[Plotted, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Everything about one claim.

    Attributes:
        verdict: Word of ``words.yml``, ``answers.verdict``.
        label: The word for readers.
        because: Why, in a few words; what is missing where it cannot be checked.
        missing: What is missing, in words.
        overruled: Sentences about what a person replaced.
    """

    claim_id: str
    thread_id: str
    kind: str
    checkable: Answer
    arithmetic: Answer
    attribution: Answer
    plausibility: Answer
    verdict: str
    label: str
    because: str
    missing: tuple[str, ...]
    figures: Figures
    overruled: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)
