"""Lists of countries with an agreement of one vendor: those of the embedded data, and those that a user brings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from citywatch.errors import InputError, NoDataError, TableError, Violation, VocabularyError
from citywatch.findings.facts import read, settings
from citywatch.findings.search_effort import names_any
from citywatch.findings.study import Study, prepare
from citywatch.indicators import Indicators
from citywatch.places import country_codes, country_name
from citywatch.registry import Registry
from citywatch.tables import Column, Kind, PartialDate, Table, parse_table, split_list

NAME = re.compile(r"[a-z][a-z0-9_]{0,29}\Z", re.ASCII)
OWN_COLUMNS = (
    Column("country_iso3", Kind.COUNTRY, "Country of the agreement.", required=True),
    Column("agreement", Kind.TEXT, "The agreement, in any words.", missing="not told apart"),
    Column("city", Kind.TEXT, "City or place.", missing="not told apart"),
    Column("announced", Kind.PARTIAL_DATE, "When it was announced.", missing="undated"),
)
"""Columns that a user's list may have; the country is required."""


@dataclass(frozen=True)
class CountryList:
    """One list.

    Attributes:
        name: Short name.
        label: Name for readers.
        compiler: Who compiled it; lists of one compiler are one list.
        provenance: Where it comes from, in words.
        countries: Countries that it holds, within the countries that count.
        outside: Countries that it holds and that do not count, sorted.
        rows: Rows that speak of the vendor by the year.
        notes: What a reader must know, such as rows without a date.
        refused: Why it takes no part; empty if it does.
        looked_at: Countries that it looked at, within the countries that count; None where it looked at all.
    """

    name: str
    label: str
    compiler: str
    provenance: str
    countries: frozenset[str]
    outside: tuple[str, ...]
    rows: int
    notes: tuple[str, ...] = ()
    refused: str = ""
    looked_at: frozenset[str] | None = None


@dataclass(frozen=True)
class Asked:
    """What is asked of the lists.

    Attributes:
        study: Rows of the registry that name the vendor, by the year.
        vendor: Vendor id; empty for all.
        until: Year; empty for all dates.
    """

    study: Study
    vendor: str
    until: str

    @property
    def eligible(self) -> frozenset[str]:
        """Countries that count."""
        return frozenset(self.study.query.eligible)

    @property
    def vendor_name(self) -> str:
        """The vendor's name."""
        vendors = self.study.registry.vendors
        return str(dict(zip(vendors["vendor_id"], vendors["name"], strict=True))[self.vendor]) if self.vendor else ""


def facts() -> Mapping[str, Any]:
    """Content of ``lists.yml``."""
    found: Mapping[str, Any] = read("lists")
    return found


def ask(registry: Registry, indicators: Indicators, vendor: str, until: str) -> Asked:
    """Find the registry's rows of a vendor by a year.

    Args:
        registry: The registry.
        indicators: The indicators.
        vendor: Vendor id; the empty text for all.
        until: ``YYYY``; the empty text for all dates.

    Raises:
        InputError: If the year is none.
        VocabularyError: If there is no such vendor.
        NoDataError: If no agreement is left.
    """
    if until and not re.fullmatch(r"\d{4}", until, re.ASCII):
        raise InputError(f"year {until!r}: expected four digits, such as 2019")
    return Asked(prepare(registry, indicators, facts()["scenario"], vendor, until), vendor, until)


def last_common_year() -> str:
    """Last year that every dated list of the world reaches; a closed population ends where the first of them ends.

    The registry goes on to the present, so it ends no list.
    """
    lasts = [
        max(str(year) for year in entry["editions"].values())
        for entry in facts()["lists"].values()
        if "editions" in entry and "covers" not in entry
    ]
    return min(lasts, default="")


def embedded_lists(asked: Asked) -> tuple[CountryList, ...]:
    """Every list that ``lists.yml`` declares, those that take no part with the reason."""
    return tuple(
        _READERS[entry["reader"]](name, entry, asked)
        if not (why := _out_of_scope(entry, asked))
        else _left(name, entry, why)
        for name, entry in facts()["lists"].items()
    )


def _out_of_scope(entry: Mapping[str, Any], asked: Asked) -> str:
    words = facts()["left_out"]
    if entry.get("vendor", asked.vendor) != asked.vendor:
        return str(words["other_vendor"].format(vendor=_name_of(asked, entry["vendor"])))
    if asked.until and entry.get("published", "") > asked.until:
        return str(words["too_late"].format(until=asked.until))
    return str(words["scope"]) if "covers" in entry else ""


def _name_of(asked: Asked, vendor: str) -> str:
    vendors = asked.study.registry.vendors
    return str(dict(zip(vendors["vendor_id"], vendors["name"], strict=True)).get(vendor, vendor))


def _left(name: str, entry: Mapping[str, Any], why: str) -> CountryList:
    provenance = str(entry["provenance"]).strip()
    return CountryList(name, entry["label"], entry["compiler"], provenance, frozenset(), (), 0, refused=why)


def _made(name: str, entry: Mapping[str, Any], asked: Asked, countries: Iterable[str], rows: int) -> CountryList:
    held = frozenset(countries)
    inside = held & asked.eligible
    empty = "" if inside else str(facts()["left_out"]["empty"])
    outside = tuple(sorted(held - asked.eligible))
    provenance = str(entry["provenance"]).strip()
    return CountryList(name, entry["label"], entry["compiler"], provenance, inside, outside, rows, refused=empty)


def _of_registry(name: str, entry: Mapping[str, Any], asked: Asked) -> CountryList:
    rows, registry = asked.study.admitted.rows, asked.study.registry
    kinds = dict(zip(registry.sources["source_id"], registry.sources["kind"], strict=True))
    wanted = set(entry["source_kinds"])
    links = registry.evidence[["agreement_id", "source_id"]].drop_duplicates()
    carried = set(links.loc[links["source_id"].map(kinds).isin(wanted), "agreement_id"])
    chosen = rows[rows["agreement_id"].isin(carried)]
    return _made(name, entry, asked, chosen["country_iso3"], len(chosen))


def _of_aigs(name: str, entry: Mapping[str, Any], asked: Asked) -> CountryList:
    table = asked.study.indicators.aigs
    editions = [edition for edition, year in entry["editions"].items() if not asked.until or year <= asked.until]
    if not editions:
        return _left(name, entry, str(facts()["left_out"]["too_late"].format(until=asked.until)))
    flagged = table[(table[entry["flag"]] == "yes") & table["edition"].isin(editions)]
    spelt = _spellings(asked, entry)
    named = [bool(cell) if not spelt else names_any(cell, spelt) for cell in flagged["companies"]]
    made = _made(name, entry, asked, flagged.loc[named, "country_iso3"], sum(named))
    looked_at = asked.eligible & frozenset(asked.study.indicators.aigs_universe["country_iso3"])
    beyond = sorted(asked.eligible - looked_at)
    if not beyond:
        return made
    names = ", ".join(country_name(code) for code in beyond)
    notes = (str(entry["looked_at"]).format(outside=len(beyond), names=names),)
    return replace(made, notes=notes, looked_at=looked_at)


def _spellings(asked: Asked, entry: Mapping[str, Any]) -> tuple[str, ...]:
    if not asked.vendor:
        return ()
    vendors = asked.study.registry.vendors
    row = vendors[vendors["vendor_id"] == asked.vendor].iloc[0]
    return (str(row["name"]), *split_list(row["aliases"]), *entry["spellings"].get(asked.vendor, ()))


def _of_brief(name: str, entry: Mapping[str, Any], asked: Asked) -> CountryList:
    known = read("brief_countries")["known"]
    return _made(name, entry, asked, known, len(known))


_READERS: dict[str, Callable[[str, Mapping[str, Any], Asked], CountryList]] = {
    "registry": _of_registry,
    "aigs": _of_aigs,
    "brief_countries": _of_brief,
}


def user_list(name: str, path: Path, asked: Asked, taken: Sequence[str]) -> CountryList:
    """A list that a user brings: CSV with ``country_iso3`` and, if told apart, ``agreement``, ``city``, ``announced``.

    Args:
        name: Short name, lower-case letters, digits and ``_``.
        path: The file.
        asked: What is asked.
        taken: Names in use.

    Raises:
        InputError: If the name cannot be used, or the file cannot be read or is too large.
        TableError: If the file breaks its form; every violation is named.
        NoDataError: If no row is left.
    """
    if not NAME.match(name):
        raise InputError(
            f"list name {name!r}: expected at most 30 lower-case letters, digits and _, such as press_watch"
        )
    if name in taken:
        raise InputError(f"list name {name!r}: in use; there are {', '.join(taken)}. Choose another name.")
    frame = _read_own(name, path)
    kept, notes = _by_year(frame, asked.until)
    if kept.empty:
        raise NoDataError(f"list {name}: no row of {path} is dated up to {asked.until}. Widen the year.")
    entry = {"label": name, "compiler": f"user:{name}", "provenance": facts()["user"]["provenance"]}
    made = _made(name, entry, asked, kept["country_iso3"], len(kept))
    if made.outside:
        notes.append("outside the countries that count: " + ", ".join(country_name(code) for code in made.outside))
    if made.countries == asked.eligible:
        made = replace(made, refused=str(facts()["left_out"]["everything"]))
    return replace(made, notes=tuple(notes))


def _read_own(name: str, path: Path) -> pd.DataFrame:
    limit = int(facts()["largest_file_bytes"])
    try:
        with path.open("rb") as stream:
            raw = stream.read(limit + 1)
    except (OSError, ValueError) as error:
        raise InputError(
            f"list {name}: {path} cannot be read ({error}). Check the path and its permissions."
        ) from error
    if len(raw) > limit:
        raise InputError(f"list {name}: {path} is larger than {limit:,} bytes. Keep the columns that are asked for.")
    first = raw.split(b"\n", 1)[0].decode("utf-8", "replace").strip().split(",")
    present = tuple(column for column in OWN_COLUMNS if column.name in first or column.required)
    apart = tuple(column.name for column in present if column.name in {"agreement", "city"})
    table = Table(name, f"list {name}", present, ("country_iso3", *apart), "", "")
    parsed = parse_table(raw, table, {"countries": country_codes()}, str(path))
    if parsed.violations:
        raise TableError([_explained(violation, apart) for violation in parsed.violations])
    if len(parsed.frame) > int(facts()["most_rows"]):
        raise InputError(f"list {name}: {len(parsed.frame):,} rows; expected at most {facts()['most_rows']:,}.")
    return parsed.frame


def _explained(violation: Violation, apart: Sequence[str]) -> Violation:
    """A country that stands twice needs a column that tells the rows apart."""
    if violation.column == "country_iso3" and violation.expected == "a key used once" and not apart:
        return replace(violation, expected="a country once, or a column agreement or city that tells its rows apart")
    return violation


def _by_year(frame: pd.DataFrame, until: str) -> tuple[pd.DataFrame, list[str]]:
    if not until:
        return frame, []
    if "announced" not in frame.columns:
        return frame, [f"no column announced: every row is taken to be dated up to {until}"]
    dates = frame["announced"]
    last = PartialDate.parse(until).latest
    late = [bool(text) and PartialDate.parse(text).earliest > last for text in dates]
    notes = [f"{sum(late)} rows are dated after {until} and left out"] if any(late) else []
    undated = int((dates == "").sum())
    notes += [f"{undated} rows are undated and kept"] if undated else []
    return frame[[not one for one in late]].reset_index(drop=True), notes


@dataclass(frozen=True, slots=True)
class Join:
    """Two lists that are one, and why."""

    first: str
    second: str
    why: str


def joins(lists: Sequence[CountryList], cited: Sequence[tuple[str, str]] = ()) -> tuple[Join, ...]:
    """Which lists are one: of one compiler, citing each other, or holding exactly the same countries.

    Args:
        lists: Lists that take part.
        cited: Pairs of names in which the first cites the second, beside those of ``lists.yml``.

    Raises:
        VocabularyError: If a pair names a list that is not there.
    """
    words = facts()["left_out"]
    by_name = {one.name: one for one in lists}
    labels = {one.name: one.label for one in lists}
    found: list[Join] = []
    heads: dict[str, str] = {}
    for one in lists:
        head = heads.setdefault(one.compiler, one.name)
        if head != one.name:
            found.append(Join(head, one.name, words["merged_compiler"].format(other=labels[head])))
    for first, second in cited:
        if unknown := [name for name in (first, second) if name not in by_name]:
            raise VocabularyError(
                f"list {unknown[0]!r} that cites or is cited: there is none; there are {', '.join(by_name)}"
            )
        found.append(Join(second, first, words["merged_cites"].format(other=labels[second])))
    return (*found, *_identical(lists, words))


def _identical(lists: Sequence[CountryList], words: Mapping[str, str]) -> list[Join]:
    return [
        Join(other.name, one.name, words["same"].format(other=other.label))
        for place, one in enumerate(lists)
        for other in lists[:place]
        if one.countries == other.countries and one.compiler != other.compiler
    ]


def declared_citations(lists: Sequence[CountryList]) -> tuple[tuple[str, str], ...]:
    """Citations of ``lists.yml`` between lists that take part."""
    names = {one.name for one in lists}
    pairs = ((str(entry["list"]), str(entry["cites"])) for entry in facts()["cites"])
    return tuple(pair for pair in pairs if set(pair) <= names)


def leanings(lists: Sequence[CountryList]) -> tuple[str, ...]:
    """What one compiler's list leaned on, in words, for lists that take part."""
    there = {one.compiler for one in lists}
    names = facts()["compilers"]
    return tuple(
        f"{names[entry['list']]} leaned on {names[entry['leans_on']]}: {entry['how']}"
        for entry in facts()["leans"]
        if {entry["list"], entry["leans_on"]} <= there
    )


def level() -> float:
    """Coverage of the intervals."""
    return settings().level
