"""Series as a whole: which match a claim, what each year allows, and how series of one kind move from year to year."""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import pairwise

from scipy.special import stdtrit

from citywatch import places
from citywatch.claims.periods import FULL_YEAR, Period
from citywatch.claims.records import Claim, Compared, Movement, Point, Series
from citywatch.claims.rules import Rules, words_of

_FULL = ("", FULL_YEAR)
_LISTED = re.compile(r"\band\b|;|/|&", re.IGNORECASE)
_PARENTHESIS = re.compile(r"\([^)]*\)")
ANYWHERE = "*"
"""Stands for the country of series that name none."""
SAME, LIMITED, LARGER = "same_place", "limited", "larger"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A series that may speak to a claim.

    Attributes:
        series: The series, completed by derived and bounded figures.
        fit: ``same_place``, ``limited`` (the claim means an undelimited part) or ``larger`` (never decides).
        role: ``same``, ``narrower`` or ``wider``.
        name: Place in one spelling.
        near: 0 where its baseline is the claim's own, 1 where that is not known, 2 where it is another thing.
        rank: Smaller is better.
    """

    series: Series
    fit: str
    role: str
    name: str
    near: int
    rank: tuple[object, ...]

    @property
    def decides(self) -> bool:
        """Whether its figures may decide."""
        return self.fit != LARGER and self.role == "same"


@dataclass(frozen=True)
class _Pool:
    """Log movements over one span: sorted values, and those of each place to leave out."""

    values: tuple[float, ...]
    own: Mapping[str, tuple[float, ...]]


class Archive:
    """All series of a run, indexed.

    Args:
        series: The series that claims are compared with.
        rules: The rules.
        background: Further series that only show ordinary movement.
    """

    def __init__(self, series: Sequence[Series], rules: Rules, background: Sequence[Series] = ()) -> None:
        self.rules = rules
        self.sums = frozenset(entry["id"] for entry in rules.places["sums"])
        self._background = tuple(background)
        self.series = tuple(series) + tuple(_sums(series, rules))
        self._by_place: dict[tuple[str, str], list[Series]] = defaultdict(list)
        self._names: dict[str, set[str]] = defaultdict(set)
        countries = country_names(rules)
        self._short: dict[str, dict[str, str]] = defaultdict(dict)
        self._countries: dict[str, str] = {}
        for one in self.series:
            name = rules.canonical(one.country_iso3, one.place)
            for country in {one.country_iso3 or ANYWHERE, ""}:
                self._by_place[country, name].append(one)
                self._names[country].add(name)
                if one.level != "country" and name not in countries:
                    self._short[country].setdefault(rules.without_kind(name), name)
            if one.level == "country" and one.country_iso3:
                self._countries[one.country_iso3] = name
        self._completed: dict[str, Series] = {}
        self._resolved: dict[tuple[str, str, str], tuple[tuple[str, str], ...]] = {}
        self._pools: dict[tuple[str, str, int], _Pool] = {}
        self._spread: dict[str, tuple[float, int]] = {}

    # -- places -----------------------------------------------------------------------------------------------------

    def places_of(self, claim: Claim) -> tuple[tuple[str, str], ...]:
        """Places of the series that a claim speaks of, each with its fit."""
        key = (claim.country_iso3, claim.area, claim.system_place)
        if key not in self._resolved:
            self._resolved[key] = self._resolve(*key)
        return self._resolved[key]

    def _resolve(self, country: str, area: str, place: str) -> tuple[tuple[str, str], ...]:
        if area and area.strip().casefold() in self.rules.general["whole_words"]:
            area = place
        found = self._match(country, area)
        if not found:
            found = self._match(country, place)
            if found and area and area != place:
                weaker = LIMITED if self.rules.is_limited(area) else LARGER
                found = tuple((name, weaker if fit == SAME else fit) for name, fit in found)
        return found

    def _match(self, country: str, text: str) -> tuple[tuple[str, str], ...]:
        """Places of series that a text names: the whole of it, the parts of a list, or a larger place that it lies in."""
        if not text:
            return ()
        fit = LIMITED if self.rules.is_limited(text) else SAME
        if whole := self._named(country, text):
            return ((whole, fit),)
        bare = _PARENTHESIS.sub(" ", text)
        parts = [self._named(country, part) for part in _LISTED.split(bare) if part.strip()]
        if len(parts) > 1 and all(parts):
            return tuple((part, fit) for part in dict.fromkeys(parts))
        first, _, rest = bare.partition(",")
        if rest and (name := self._named(country, first)):
            return ((name, fit),)
        inside = self._named(country, rest) or self._held(country, text)
        return ((inside, LARGER),) if inside else ()

    def _named(self, country: str, text: str) -> str:
        """The place of a series that a text names; one whose kind is left out is no country. Nothing where there is none."""
        name = self.rules.canonical(country, text) if text.strip() else ""
        scopes = (country, ANYWHERE) if country else ("",)
        if not name or any(name in self._names.get(scope, ()) for scope in scopes):
            return name
        short = self.rules.without_kind(name)
        return next((self._short[scope][short] for scope in scopes if short in self._short.get(scope, {})), "")

    def _held(self, country: str, text: str) -> str:
        """The longest place whose name the text holds; never the country."""
        words = words_of(text)
        names = self._names.get(country, set()) - {self._countries.get(country, "")}
        held = [name for name in names if _holds(words, name)]
        return min(held, key=lambda name: (-len(name), name), default="")

    def country_name(self, iso3: str) -> str:
        """Name of a country; its code where there is no name."""
        return places.country_name(iso3) if iso3 in places.country_codes() else iso3

    def is_country(self, claim: Claim) -> bool:
        """Whether the claim is about a whole country."""
        if not claim.country_iso3:
            return False
        name = self.rules.canonical(claim.country_iso3, claim.area or claim.system_place)
        whole = {
            self._countries.get(claim.country_iso3, ""),
            self.rules.canonical("", self.country_name(claim.country_iso3)),
        }
        return name in whole

    # -- series -----------------------------------------------------------------------------------------------------

    def candidates(self, claim: Claim) -> list[Candidate]:
        """Series of the claim's places that count the same thing, a part of it or more; the best first."""
        metric = self.rules.metric_of(claim.metric)
        order = {family: (0, at, "same") for at, family in enumerate(metric.same)}
        order |= {family: (1, at, "narrower") for at, family in enumerate(metric.narrower)}
        order |= {family: (2, at, "wider") for at, family in enumerate(metric.wider)}
        fits = {SAME: 0, LIMITED: 1, LARGER: 2}
        wanted = frozenset(words_of(claim.definition))
        found = []
        for name, fit in self.places_of(claim):
            for series in self._at(claim.country_iso3, name):
                if series.family not in order:
                    continue
                role, at, word = order[series.family]
                alike = len(wanted & frozenset(words_of(series.definition))) if wanted else 0
                unlike = claim.unit in {"count", "per_100k", "minutes"} and series.unit != claim.unit
                near = self._nearness(series, claim)
                is_sum = series.series_id in self.sums
                rank = (
                    fits[fit], role, is_sum, _unlike_months(series, claim), near, at, series.is_derived, unlike, -alike,
                    series.unit != "count", -len(series.points), series.series_id,
                )  # fmt: skip
                found.append(Candidate(self.completed(series), fit, word, name, near, rank))
        return sorted(found, key=lambda one: one.rank)

    def _at(self, country: str, name: str) -> list[Series]:
        """Series of a place; one without a country may be anywhere."""
        found = self._by_place.get((country, name), [])
        return found + self._by_place.get((ANYWHERE, name), []) if country else found

    def _nearness(self, series: Series, claim: Claim) -> int:
        """Whether the claim starts from the figure that the series has: a count is told from a rate, a kind from the total."""
        point = at_period(series, claim.before) if claim.before and series.measure in {"level", "share"} else None
        if point is None or not point.value or not claim.value_before:
            return 1
        gap = abs(point.value - claim.value_before) / point.value
        limits = self.rules.thresholds
        return 0 if gap <= limits["level_share"] else 2 if gap > limits["other_thing_share"] else 1

    def national(self, country: str, family: str, unit: str) -> list[Series]:
        """Series of the whole country, printed ones first."""
        name = self._countries.get(country, "")
        found = [
            self.completed(one)
            for one in self._by_place.get((country, name), ())
            if one.family == family and one.unit == unit and one.measure in {"level", "share"} and one.months in _FULL
        ]
        return sorted(found, key=lambda one: (one.is_derived, -len(one.points), one.series_id))

    def siblings(self, series: Series) -> list[Series]:
        """Series of the same place and family, itself included."""
        name = self.rules.canonical(series.country_iso3, series.place)
        found = self._by_place.get((series.country_iso3 or ANYWHERE, name), ())
        return [one for one in found if one.family == series.family]

    def completed(self, series: Series) -> Series:
        """The series with derived figures where none is printed, and with what directions allow."""
        if series.series_id not in self._completed:
            self._completed[series.series_id] = self._complete(series)
        return self._completed[series.series_id]

    def _complete(self, series: Series) -> Series:
        if series.measure != "level" or series.months not in _FULL:
            return series
        points = dict(series.points)
        others = [one for one in self.siblings(series) if one.series_id != series.series_id and one.months in _FULL]
        for other in others:
            if _completes(other, series):
                points |= {
                    year: replace(point, is_derived=True)
                    for year, point in other.points.items()
                    if points.get(year, _NOTHING).value is None
                }
        told = {
            year: point.direction
            for one in (series, *others)
            for year, point in one.points.items()
            if point.direction and point.value is None
        }
        for year, direction in told.items():
            before = points.get(year - 1, _NOTHING).value
            if points.get(year, _NOTHING).value is None and before is not None:
                is_upper = direction in {"down", "not_up"}
                points[year] = Point(None, None if is_upper else before, before if is_upper else None, direction)
            after = points.get(year, _NOTHING).value
            if after is not None and (year - 1) not in points:
                is_lower = direction in {"down", "not_up"}
                points[year - 1] = Point(None, after if is_lower else None, None if is_lower else after)
        return replace(series, points=points)

    # -- movement ---------------------------------------------------------------------------------------------------

    def movement(
        self, series: Series | None, family: str, *, is_country: bool, span: int, claimed: float | None
    ) -> Movement:
        """Ordinary movement for a change over ``span`` years.

        Args:
            series: The series that decides; None where there is none.
            family: What is counted.
            is_country: The claim is about a whole country.
            span: Years between the figures, at least 1.
            claimed: Claimed change in percent.
        """
        rules = self.rules
        place = "" if series is None else _place_key(series)
        name, pool = self._pool(family, is_country=is_country, span=span, place=place)
        yearly_name, yearly = self._pool(family, is_country=is_country, span=1, place=place)
        own, own_n = (0.0, 0) if series is None else self._own_spread(series)
        pooled = _root_mean_square(_without(yearly, place)) if yearly else None
        weight = rules.thresholds["prior_movements"]
        parts = [(own * own, float(own_n))] if own_n else []
        parts += [(pooled * pooled, weight)] if pooled is not None else []
        sd = math.sqrt(sum(square * n for square, n in parts) / sum(n for _, n in parts)) if parts else None
        rest = _without(pool, place) if pool else ()
        return Movement(
            sd=sd,
            own=own if own_n else None,
            pooled=pooled,
            own_n=own_n,
            range_low=_percent(rest[0]) if rest else None,
            range_high=_percent(rest[-1]) if rest else None,
            share=_share_beyond(rest, claimed) if rest and claimed is not None else None,
            n=len(rest),
            span=span,
            pool=name if rest else yearly_name,
        )

    def around(self, movement: Movement, series: Series, one: Compared) -> Movement:
        """The movement with the interval of one change; none under the least number of years on record."""
        if one.change is None or one.year_before is None or movement.sd is None or one.change <= -100:
            return movement
        centre = math.log1p(one.change / 100)
        level = self.rules.thresholds["level"]
        freedom = movement.own_n + self.rules.thresholds["prior_movements"]
        width = float(stdtrit(freedom, (1 + level) / 2)) * movement.sd * math.sqrt(one.year_after - one.year_before)
        known = sum(point.value is not None for point in series.points.values())
        if known >= self.rules.thresholds["interval_years"]:
            movement = replace(movement, low=_percent(centre - width), high=_percent(centre + width))
        if series.unit == "count" and one.value_before and one.value_after:
            half = 1.959964 * math.sqrt(1 / one.value_before + 1 / one.value_after)
            movement = replace(movement, poisson_low=_percent(centre - half), poisson_high=_percent(centre + half))
        return movement

    def _pool(self, family: str, *, is_country: bool, span: int, place: str) -> tuple[str, _Pool | None]:
        """The narrowest pool with enough movements once the claim's own place is left out; else the largest."""
        best: tuple[str, _Pool | None] = ("", None)
        is_crime = family in self.rules.crime_families
        names = ["family_level", "family", *(["crime_level", "crime"] if is_crime else [])]
        for name in names:
            level = ("country" if is_country else "below") if name.endswith("level") else "any"
            pool = self._movements(family if name.startswith("family") else "*", level, span)
            n = len(pool.values) - len(pool.own.get(place, ()))
            if n >= self.rules.thresholds["pool_minimum"]:
                return name, pool
            if n > (len(best[1].values) if best[1] else 0):
                best = (name, pool)
        return best

    def _movements(self, family: str, level: str, span: int) -> _Pool:
        key = (family, level, span)
        if key not in self._pools:
            own: dict[str, list[float]] = defaultdict(list)
            for series in self._levels:
                fits = series.family == family or (family == "*" and series.family in self.rules.crime_families)
                if fits and (level == "any" or (series.level == "country") == (level == "country")):
                    own[_place_key(series)] += [value for _, value in _log_movements(series, span)]
            values = tuple(sorted(value for values in own.values() for value in values))
            self._pools[key] = _Pool(values, {name: tuple(sorted(found)) for name, found in own.items()})
        return self._pools[key]

    @cached_property
    def _levels(self) -> tuple[Series, ...]:
        return tuple(
            one
            for one in (*self.series, *self._background)
            if one.measure == "level" and one.months in _FULL and not one.is_derived
        )

    def _own_spread(self, series: Series) -> tuple[float, int]:
        """Root mean square of the series' own movements, each scaled to one year; and how many."""
        if series.series_id not in self._spread:
            years = sorted(year for year, point in series.points.items() if point.value and not point.is_derived)
            pairs = [
                (later - earlier, math.log(_value(series, later) / _value(series, earlier)))
                for earlier, later in pairwise(years)
                if later - earlier <= self.rules.thresholds["longest_gap"]
            ]
            squares = [move * move / gap for gap, move in pairs]
            self._spread[series.series_id] = (math.sqrt(sum(squares) / len(squares)) if squares else 0.0, len(squares))
        return self._spread[series.series_id]


_NOTHING = Point(None)


@cache
def _country_names() -> frozenset[str]:
    return frozenset(" ".join(words_of(str(name))) for name in places.countries()["name"])


def country_names(rules: Rules) -> frozenset[str]:
    """Names of all countries in one spelling: a city is never taken for a country of like name."""
    return _country_names() - frozenset(rules.general["city_states"])


def at_period(series: Series, period: Period) -> Point | None:
    """What a series tells of a period: one year, or the mean of several; None where it tells nothing.

    Args:
        series: A series of levels or shares.
        period: The period; its months must be those of the series.
    """
    months = FULL_YEAR if series.months in _FULL else series.months
    if period.months != months:
        return None
    points = [series.points.get(year) for year in period.years]
    if len(points) == 1:
        return points[0]
    known = [point.value for point in points if point is not None and point.value is not None]
    return Point(sum(known) / len(known)) if len(known) == len(points) else None


def change_range(before: Point, after: Point, scale: str) -> tuple[float | None, float | None]:
    """Smallest and largest change that two figures allow; None = unbounded.

    Args:
        before: Earlier figure, not zero where the scale is percent.
        after: Later figure.
        scale: ``percent`` or ``points``.
    """
    (b_low, b_high), (a_low, a_high) = before.range, after.range
    if scale == "points":
        low = None if a_low is None or b_high is None else a_low - b_high
        return low, None if a_high is None or b_low is None else a_high - b_low
    low = -100.0 if a_low is None or b_high is None else 100 * (a_low / b_high - 1)
    return low, None if a_high is None or not b_low else 100 * (a_high / b_low - 1)


def _unlike_months(series: Series, claim: Claim) -> bool:
    """Whether the series holds other months of the year than the claim speaks of."""
    months = {period.months for period in (claim.before, claim.after) if period is not None}
    return bool(months) and (FULL_YEAR if series.months in _FULL else series.months) not in months


def _completes(other: Series, series: Series) -> bool:
    """Derived figures of the same thing may stand where none is printed; sums of parts are another thing."""
    alike = other.measure == "level" and other.unit == series.unit and other.definition == series.definition
    return other.is_derived and alike and not series.is_derived


def _sums(series: Sequence[Series], rules: Rules) -> Iterator[Series]:
    by_id = {one.series_id: one for one in series}
    for entry in rules.places["sums"]:
        parts = [by_id.get(name) for name in entry["parts"]]
        known = [part for part in parts if part is not None]
        if not known or len(known) < len(parts):
            continue
        years = set.intersection(*(set(part.points) for part in known))
        totals = {year: [part.points[year].value for part in known] for year in years}
        points = {
            year: Point(sum(value for value in values if value is not None), is_derived=True)
            for year, values in totals.items()
            if None not in values
        }
        yield replace(
            known[0], series_id=entry["id"], place=entry["place"], family=rules.family(entry["metric"]),
            definition=entry["definition"], recording="derived", publisher=entry["publisher"], points=points,
        )  # fmt: skip


def _holds(words: tuple[str, ...], name: str) -> bool:
    wanted = tuple(name.split())
    return any(words[at : at + len(wanted)] == wanted for at in range(len(words) - len(wanted) + 1))


def _place_key(series: Series) -> str:
    return f"{series.country_iso3}:{series.place.casefold()}"


def _value(series: Series, year: int) -> float:
    value = series.points[year].value
    return math.nan if value is None else value


def _log_movements(series: Series, span: int) -> Iterator[tuple[int, float]]:
    for year, point in series.points.items():
        earlier = series.points.get(year - span)
        if earlier is not None and earlier.value and point.value and earlier.value > 0 and point.value > 0:
            yield year, math.log(point.value / earlier.value)


def _without(pool: _Pool, place: str) -> tuple[float, ...]:
    left_out = list(pool.own.get(place, ()))
    if not left_out:
        return pool.values
    kept = list(pool.values)
    for value in left_out:
        del kept[bisect_left(kept, value)]
    return tuple(kept)


def _share_beyond(values: Sequence[float], claimed: float) -> float:
    """Share of movements at least as large as claimed, in the claimed direction."""
    edge = math.log1p(claimed / 100) if claimed > -100 else -math.inf
    beyond = bisect_right(values, edge) if claimed < 0 else len(values) - bisect_left(values, edge)
    return beyond / len(values)


def _root_mean_square(values: Sequence[float]) -> float | None:
    return math.sqrt(sum(value * value for value in values) / len(values)) if values else None


def _percent(log_ratio: float) -> float:
    return 100 * math.expm1(log_ratio)
