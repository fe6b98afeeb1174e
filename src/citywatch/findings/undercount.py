"""How many countries have an agreement that no list holds?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from citywatch.errors import InputError, NoDataError, VocabularyError
from citywatch.findings.facts import settings
from citywatch.findings.lists import (
    Asked,
    CountryList,
    Join,
    ask,
    declared_citations,
    embedded_lists,
    facts,
    joins,
    last_common_year,
    user_list,
)
from citywatch.findings.plain import plain
from citywatch.findings.statement import Statement
from citywatch.findings.undercount_record import Case, ModelLine, Models, key_of, record
from citywatch.indicators import Indicators
from citywatch.registry import Registry
from citywatch.uncertainty import Interval
from citywatch.uncertainty.capture import CaptureTable, Population, assumed_dependence, lower_bound, merge_lists
from citywatch.uncertainty.loglinear import Averaged, average

JOIN = " + "
COMMON = "common"


@dataclass(frozen=True, slots=True)
class ListFacts:
    """A list as the result shows it.

    Attributes:
        name: Short name.
        label: Name for readers.
        compiler: Who compiled it, in words.
        provenance: Where it comes from.
        countries: Countries that it holds, sorted.
        outside: Countries that it holds and that do not count, sorted.
        rows: Rows that speak of the vendor.
        separate: Name of the separate list that it is part of; empty if it takes no part.
        why: Why it takes no part, or is no list of its own; empty if it is.
        notes: What a reader must know.
    """

    name: str
    label: str
    compiler: str
    provenance: str
    countries: tuple[str, ...]
    outside: tuple[str, ...]
    rows: int
    separate: str
    why: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """Countries on exactly these separate lists."""

    lists: tuple[str, ...]
    count: int
    countries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assumed:
    """All countries if two lists depend on each other by an odds ratio; None where nothing can be said.

    Attributes:
        first: First separate list.
        second: Second separate list.
        odds_ratio: Assumed odds ratio.
        unseen: Countries that neither list holds.
        total: Countries in all.
        interval: Interval of the total, given the odds ratio.
        refused: Why nothing can be said; empty if something can.
    """

    first: str
    second: str
    odds_ratio: float
    unseen: float | None
    total: float | None
    interval: Interval | None
    refused: str


@dataclass(frozen=True, slots=True)
class Undercount:
    """What the lists say about what they miss.

    Attributes:
        record: Question, answer and what goes with it.
        vendor: Vendor id; empty for all.
        until: Year; empty for all dates.
        eligible: Countries that could have an agreement and that every separate list looked at.
        units: Countries on any list.
        overlap: Countries on two separate lists or more.
        lists: Every list, those that take no part with the reason.
        separate: Names of the separate lists.
        cells: Countries by the separate lists that hold them.
        bound: Countries in all, at least; None where it is refused.
        bound_interval: Interval of the bound.
        bound_refused: Why there is no bound; empty if there is one.
        dependence: Every pair of separate lists under every assumed odds ratio.
        models: Averaged models; None where they are refused.
    """

    record: Statement
    vendor: str
    until: str
    eligible: int
    units: int
    overlap: int
    lists: tuple[ListFacts, ...]
    separate: tuple[str, ...]
    cells: tuple[Cell, ...]
    bound: float | None
    bound_interval: Interval | None
    bound_refused: str
    dependence: tuple[Assumed, ...]
    models: Models | None

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary for JSON."""
        return dict(plain(self))


def undercount(
    registry: Registry,
    indicators: Indicators,
    *,
    vendor: str | None = None,
    until: str | None = None,
    own: Mapping[str, Path] | None = None,
    cites: Sequence[tuple[str, str]] = (),
) -> Undercount:
    """Ask the lists what they miss.

    Args:
        registry: The registry.
        indicators: The indicators.
        vendor: Vendor id; the empty text for all; that of ``lists.yml`` when None.
        until: ``YYYY``; the empty text for all dates; ``common`` for the last year that every dated list reaches; that of
            ``lists.yml`` when None.
        own: Lists that the user brings: file by name.
        cites: Pairs of lists in which the first cites the second.

    Raises:
        VocabularyError: If there is no such vendor, or a pair names a list that is not there.
        InputError: If the year or a list cannot be used.
        TableError: If a list breaks its form.
        NoDataError: If no agreement is left.
    """
    given = facts()["default"]
    asked = ask(registry, indicators, given["vendor"] if vendor is None else vendor, _year(given, until))
    found = list(embedded_lists(asked))
    for name, path in (own or {}).items():
        found.append(user_list(name, path, asked, [one.name for one in found]))
    taking = [one for one in found if not one.refused]
    _refuse_absent(found, cites)
    linked = joins(taking, (*declared_citations(taking), *cites))
    return _result(asked, found, linked)


def _year(given: Mapping[str, str], until: str | None) -> str:
    wanted = given["until"] if until is None else until
    return last_common_year() if wanted == COMMON else wanted


def published_undercounts(registry: Registry, indicators: Indicators) -> tuple[list[Undercount], dict[str, str]]:
    """What the release shows, by ``lists.yml``.

    Args:
        registry: The registry.
        indicators: The indicators.

    Returns:
        The answers, and by key why a question was refused.
    """
    found, refused = [], {}
    for entry in facts()["published"]:
        try:
            found.append(undercount(registry, indicators, vendor=entry["vendor"], until=entry["until"]))
        except (NoDataError, VocabularyError) as error:
            refused[key_of(entry["vendor"], _year(entry, None))] = str(error)
    return found, refused


def _refuse_absent(found: Sequence[CountryList], cites: Sequence[tuple[str, str]]) -> None:
    """A citation of a list that takes no part changes nothing, so it is said instead of passed over."""
    refused = {one.name: one.refused for one in found if one.refused}
    for pair in cites:
        if gone := [name for name in pair if name in refused]:
            raise InputError(f"list {gone[0]!r}: {refused[gone[0]]}. Take it out of the citations.")


def _result(asked: Asked, found: Sequence[CountryList], linked: Sequence[Join]) -> Undercount:
    taking = {one.name: one for one in found if not one.refused}
    if not taking:
        raise NoDataError(f"undercount of {asked.study.query.scenario.subject}: no list holds a country")
    merged = merge_lists(
        {name: one.countries for name, one in taking.items()}, [(link.first, link.second) for link in linked]
    )
    names = {joined: _separate_name(joined, taking) for joined in merged}
    common = asked.eligible.intersection(*(one.looked_at for one in taking.values() if one.looked_at is not None))
    whole = {names[joined]: frozenset(countries) for joined, countries in merged.items()}
    members, left = _usable(asked, {name: countries & common for name, countries in whole.items()})
    table = CaptureTable.of_members(members)
    level = settings().level
    bound, bound_refused = _bound(table, level)
    models, refused = _modelled(table, level)
    beyond = tuple(sorted(set[str]().union(*(whole[name] for name in members)) - common))
    case = Case(asked, [one for one in taking.values() if _part_of(one, names) in members], table, common, beyond)
    return Undercount(
        record=record(case, (bound, bound_refused), (models, refused)),
        vendor=asked.vendor,
        until=asked.until,
        eligible=len(common),
        units=table.units,
        overlap=table.overlap,
        lists=tuple(_list_facts(one, names, linked, left) for one in found),
        separate=table.lists,
        cells=_cells(members),
        bound=bound.total if bound else None,
        bound_interval=bound.interval if bound else None,
        bound_refused=bound_refused,
        dependence=_dependence(table, level),
        models=models,
    )


def _usable(asked: Asked, members: Mapping[str, frozenset[str]]) -> tuple[dict[str, frozenset[str]], dict[str, str]]:
    """Separate lists that can tell something, and why each of the others is left out.

    A list may be too small, may lie in one region of the world, or may share too little with all others together; of these the
    one that shares least goes first, because without it the others may share less as well. Two lists that share too little both
    stay, and the bound is refused.
    """
    known, words = facts(), facts()["left_out"]
    left = {
        name: str(words["small"].format(found=len(countries), minimum=known["minimum_size"]))
        for name, countries in members.items()
        if len(countries) < known["minimum_size"]
    }
    for name, countries in members.items():
        if name not in left and (region := asked.study.only_region(sorted(countries))):
            left[name] = str(words["region"].format(region=region))
    kept = {name: countries for name, countries in members.items() if name not in left}
    while len(kept) > 2:
        shared = {
            name: len(countries & frozenset().union(*(other for key, other in kept.items() if key != name)))
            for name, countries in kept.items()
        }
        least = min(reversed(shared), key=lambda name: shared[name])
        if shared[least] >= known["minimum_shared"]:
            break
        left[least] = str(words["apart"].format(found=shared[least], minimum=known["minimum_shared"]))
        del kept[least]
    return kept, left


def _part_of(one: CountryList, names: Mapping[tuple[str, ...], str]) -> str:
    """Name of the separate list that a list is part of; empty if it takes no part."""
    return next((name for joined, name in names.items() if one.name in joined), "")


def _separate_name(joined: tuple[str, ...], taking: Mapping[str, CountryList]) -> str:
    """The compiler's name for lists of one compiler, else the labels of what was joined."""
    compilers = dict.fromkeys(taking[name].compiler for name in joined)
    known = facts()["compilers"]
    return JOIN.join(str(known.get(one, one.removeprefix("user:"))) for one in compilers)


def _list_facts(
    one: CountryList, names: Mapping[tuple[str, ...], str], linked: Sequence[Join], left: Mapping[str, str]
) -> ListFacts:
    compiler = facts()["compilers"].get(one.compiler, one.compiler.removeprefix("user:"))
    separate = _part_of(one, names)
    joined = dict.fromkeys(link.why for link in linked if link.second == one.name)
    why = one.refused or "; ".join([*joined, *([left[separate]] if separate in left else [])])
    separate = "" if separate in left else separate
    countries = tuple(sorted(one.countries))
    return ListFacts(
        one.name, one.label, compiler, one.provenance, countries, one.outside, one.rows, separate, why, one.notes
    )


def _cells(members: Mapping[str, frozenset[str] | set[str] | Any]) -> tuple[Cell, ...]:
    by_pattern: dict[tuple[str, ...], list[str]] = {}
    for country in sorted(set[str]().union(*members.values())):
        by_pattern.setdefault(tuple(name for name in members if country in members[name]), []).append(country)
    order = sorted(by_pattern, key=lambda held: (-len(held), [list(members).index(name) for name in held]))
    return tuple(Cell(held, len(by_pattern[held]), tuple(by_pattern[held])) for held in order)


def _bound(table: CaptureTable, level: float) -> tuple[Population | None, str]:
    words, minimum = facts()["texts"], facts()["minimum_shared"]
    if len(table.lists) < 2:
        return None, str(words["refused_one"].format(names="; ".join(table.lists) or words["none"]))
    if table.seen(2) < minimum:
        return None, str(words["refused_shared"].format(found=table.seen(2), minimum=minimum))
    if sum(count > 0 for count in table.alone()) < 2:
        return None, str(words["refused_adds"])
    return lower_bound(table, level), ""


def _refusal(table: CaptureTable) -> str:
    words, known = facts()["texts"], facts()
    size = len(table.lists)
    if size < known["minimum_lists"]:
        return str(
            words["refused_lists"].format(
                found=size, names="; ".join(table.lists) or words["none"], minimum=known["minimum_lists"]
            )
        )
    if table.overlap < known["minimum_overlap"]:
        return str(words["refused_overlap"].format(found=table.overlap, minimum=known["minimum_overlap"]))
    if size > known["most_lists"]:
        return str(words["refused_many"].format(found=size, maximum=known["most_lists"]))
    return ""


def _dependence(table: CaptureTable, level: float) -> tuple[Assumed, ...]:
    pairs = combinations(range(len(table.lists)), 2)
    return tuple(_assumed(table, pair, float(ratio), level) for pair in pairs for ratio in facts()["odds_ratios"])


def _assumed(table: CaptureTable, pair: tuple[int, int], ratio: float, level: float) -> Assumed:
    names = table.lists[pair[0]], table.lists[pair[1]]
    words, minimum = facts()["texts"], facts()["minimum_shared"]
    both, one, other = table.pair(*pair)
    refused = ""
    if both < minimum:
        refused = words["refused_pair"].format(found=both, minimum=minimum)
    elif not (one and other):
        refused = words["refused_pair_adds"]
    if refused:
        return Assumed(*names, ratio, None, None, None, str(refused))
    found = assumed_dependence(both, one, other, ratio, level)
    return Assumed(*names, ratio, found.unseen, found.total, found.interval, "")


def _modelled(table: CaptureTable, level: float) -> tuple[Models | None, str]:
    """Averaged models, or why there are none."""
    if refused := _refusal(table):
        return None, refused
    try:
        return _models(table, level), ""
    except NoDataError as error:
        return None, str(error)


def _models(table: CaptureTable, level: float) -> Models:
    known = facts()
    order = known["interactions"][len(table.lists)]
    main: Averaged = average(
        table, order, criterion=known["criterion"], least_weight=float(known["least_weight"]), level=level
    )
    other = "aic" if known["criterion"] == "bic" else "bic"
    beside = average(table, order, criterion=other, least_weight=1.0, level=level)
    return Models(
        total=main.total,
        interval=main.interval,
        note=main.note,
        criterion=main.criterion,
        other_criterion=other,
        other_total=beside.total,
        fitted=len(main.models),
        left_out=main.left_out,
        in_interval=main.in_interval,
        heaviest=tuple(
            ModelLine(model.name, model.total, model.deviance, model.freedom, model.weight)
            for model in main.models[: known["models_shown"]]
        ),
    )
