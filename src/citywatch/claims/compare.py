"""One series against one claim: the change that the record allows, and what it says about the claimed one."""

from __future__ import annotations

from dataclasses import dataclass, field

from citywatch.claims.checkable import Claimed, claimed_text
from citywatch.claims.figures import Archive, Candidate, at_period, change_range
from citywatch.claims.periods import Period
from citywatch.claims.records import Claim, Compared, Reason
from citywatch.claims.rules import Rules

MATCHES, LARGER_THAN, SMALLER, OPPOSITE = "matches", "larger_than_claimed", "smaller_than_claimed", "opposite"
OTHER_THING = 2
AGREES, OPEN = "direction_agrees", "open"
DECIDED = frozenset({MATCHES, LARGER_THAN, SMALLER, OPPOSITE})
LEVEL_UNITS = {"percent_level": "percent"}


@dataclass
class Work:
    """One claim on its way through the figures."""

    claim: Claim
    said: Claimed
    rules: Rules
    archive: Archive
    reasons: list[Reason] = field(default_factory=list)
    compared: list[tuple[Candidate, Compared]] = field(default_factory=list)

    def say(self, code: str, state: str, /, **values: object) -> None:
        """Add a reason."""
        self.reasons.append(self.rules.say(code, state, **values))

    @property
    def text(self) -> str:
        """The claimed figure as readers see it."""
        return claimed_text(self.said)


def classify(official: float, said: float, bound: str, rules: Rules) -> str:
    """What one official change says about a claimed one.

    Args:
        official: Official change, percent or points.
        said: Claimed change on the same scale.
        bound: Wording of the claim: at_least, at_most, or anything else.
        rules: The thresholds.
    """
    limits = rules.thresholds
    if said < 0:
        official, said = -official, -said
    slack = max(limits["match_points"], limits["match_share"] * said)
    if official < -limits["flat_pct"]:
        return OPPOSITE
    if bound == "at_most" and limits["up_to_share"] * said <= official <= said + slack:
        return MATCHES
    if abs(official - said) <= slack or (bound == "at_least" and official >= said):
        return MATCHES
    return LARGER_THAN if official > said else SMALLER


def classify_range(low: float | None, high: float | None, said: float, bound: str, rules: Rules) -> str:
    """What a range of possible official changes says: one answer, only the direction, or nothing (``open``).

    Args:
        low: Smallest possible change; None = unbounded.
        high: Largest possible change; None = unbounded.
        said: Claimed change.
        bound: Wording of the claim.
        rules: The thresholds.
    """
    if low is not None and low == high:
        return classify(low, said, bound, rules)
    floor = -1e9 if low is None else low
    ceiling = 1e9 if high is None else high
    size = abs(said)
    slack = max(rules.thresholds["match_points"], rules.thresholds["match_share"] * size)
    marks = (0.0, said - slack, said, said + slack, said * rules.thresholds["up_to_share"])
    probes = [floor, ceiling, *(mark for mark in marks if floor < mark < ceiling)]
    found = {classify(probe, said, bound, rules) for probe in probes}
    if len(found) == 1:
        return found.pop()
    if found <= {SMALLER, OPPOSITE}:
        return SMALLER
    if OPPOSITE not in found and (floor >= 0 if said > 0 else ceiling <= 0):
        return AGREES
    return OPEN


def compare(work: Work, one: Candidate, before: Period, after: Period) -> Compared | None:
    """One series against the claim from one period to another; None where it has nothing to say."""
    series, said = one.series, work.said.value
    if said is None:
        return None
    year_before, year_after = before.last.year, after.last.year
    if series.measure in {"change", "direction"} or (series.measure == "level" and series.unit == "percent"):
        point = series.points.get(year_after)
        follows = (
            before.is_whole_years
            and after.is_whole_years
            and before.years == (year_after - 1,)
            and len(after.years) == 1
        )
        if (
            point is None
            or not follows
            or work.said.scale != "percent"
            or series.series_id in work.rules.not_year_on_year
        ):
            return None
        low, high = point.range if point.direction == "" else _of_direction(point.direction)
        first, second = None, None
    else:
        if (series.measure == "share") != (work.said.scale == "points"):
            return None
        start, end = at_period(series, before), at_period(series, after)
        if start is None or end is None:
            return None
        if start.value == 0 and work.said.scale == "percent":
            work.say("zero_baseline", "dash", series=series.series_id, year=year_before)
            return None
        low, high = change_range(start, end, work.said.scale)
        first, second = start.value, end.value
    word = classify_range(low, high, said, work.claim.bound, work.rules)
    return Compared(series.series_id, series.place, year_before, year_after, first, second, low, high, word)


def _of_direction(direction: str) -> tuple[float | None, float | None]:
    return (-100.0, 0.0) if direction in {"down", "not_up"} else (0.0, None)
