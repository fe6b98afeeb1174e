"""Worked cases: claims of one system beside what its series did before and after it began. Every number is computed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from citywatch.claims.figures import Archive
from citywatch.claims.records import Series, Verdict
from citywatch.claims.rules import Rules, figure, load_cases, signed

FEWEST = 2
_SHOWN = ("chosen", "official", "official_bounds", "official_direction", "sum_of_parts", "sum_share", "implied_after",
          "implied_before", "baseline_open", "later_rows", "level_before", "ordinary", "rest", "rest_claimed", "reading",
          "no_series", "no_year", "no_period", "pretrend", "started_after", "not_running", "published", "recording")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Move:
    """What one series did over some years.

    Attributes:
        when: ``before``, ``since`` the start of the system, or ``all`` where the start is not on record.
        change: Percent.
    """

    series_id: str
    definition: str
    when: str
    first: int
    last: int
    value_first: float
    value_last: float
    change: float

    @property
    def text(self) -> str:
        """In words."""
        ends = f"{figure(self.value_first)} ({self.first}) to {figure(self.value_last)} ({self.last})"
        return f"{ends}: {signed(self.change)}"


@dataclass(frozen=True, slots=True)
class Case:
    """One worked case."""

    case_id: str
    title: str
    lesson: str
    start: float | None
    claims: tuple[str, ...]
    moves: tuple[Move, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        moves = [
            {"series_id": one.series_id, "definition": one.definition, "when": one.when, "text": one.text}
            for one in self.moves
        ]
        return {
            "case_id": self.case_id,
            "title": self.title,
            "lesson": self.lesson,
            "start": self.start,
            "claims": list(self.claims),
            "moves": moves,
        }


def worked_cases(
    series: Sequence[Series], starts: Mapping[str, float], known: frozenset[str], rules: Rules
) -> tuple[Case, ...]:
    """The cases whose claims are on record.

    Args:
        series: All series.
        starts: Start of the systems by agreement, as decimal years.
        known: Ids of the claims on record.
        rules: The rules.
    """
    archive = Archive(series, rules)
    found = []
    for entry in load_cases():
        claims = tuple(name for name in entry["claims"] if name in known)
        if claims:
            start = starts.get(entry["agreement_id"])
            moves = tuple(_moves(entry, archive, start))
            found.append(Case(entry["id"], entry["title"], entry["lesson"], start, claims, moves))
    return tuple(found)


def _moves(entry: Mapping[str, Any], archive: Archive, start: float | None) -> Iterator[Move]:
    place = archive.rules.canonical(entry["country_iso3"], entry["place"])
    for one in archive.series:
        is_here = (
            one.country_iso3 == entry["country_iso3"] and archive.rules.canonical(one.country_iso3, one.place) == place
        )
        fits = one.family in entry["families"] and one.measure == "level" and one.months in {"", "12"}
        if not (is_here and fits) or one.is_derived:
            continue
        values = {year: point.value for year, point in sorted(one.points.items()) if point.value}
        edge = None if start is None else int(start)
        yield from (
            _between(one, "all", values)
            if edge is None
            else (
                *_between(one, "before", {year: value for year, value in values.items() if year <= edge}),
                *_between(one, "since", {year: value for year, value in values.items() if year >= edge}),
            )
        )


def _between(one: Series, when: str, values: Mapping[int, float | None]) -> Iterator[Move]:
    if len(values) < FEWEST:
        return
    first, last = min(values), max(values)
    low, high = values[first] or 0.0, values[last] or 0.0
    yield Move(one.series_id, one.definition, when, first, last, low, high, 100 * (high / low - 1))


def cases_markdown(cases: Sequence[Case], verdicts: Mapping[str, Verdict]) -> str:
    """The cases for the documentation.

    Args:
        cases: The cases.
        verdicts: Verdicts by claim id.
    """
    heads = {"before": "before the system", "since": "since the system began", "all": "all years on record"}
    lines = []
    for case in cases:
        lines += [f"### {case.title}", "", case.lesson, ""]
        for name in case.claims:
            one = verdicts[name]
            lines += [f"**`{name}`: {one.label}.** {one.because}", ""]
            lines += [
                f"- Checkable: {one.checkable.label}. Figures: {one.arithmetic.label}. Cause: {one.attribution.label}."
            ]
            answers = (one.arithmetic, one.attribution, one.plausibility)
            lines += [f"- {reason.text}" for answer in answers for reason in answer.reasons if reason.code in _SHOWN]
            lines.append("")
        if case.moves:
            lines += ["| series | years | from, to and change |", "|---|---|---|"]
            lines += [f"| `{move.series_id}` | {heads[move.when]} | {move.text} |" for move in case.moves]
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"
