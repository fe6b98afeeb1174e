"""Which languages, classes of source, vendors and countries did the searches reach?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from citywatch.codebook import vocabulary
from citywatch.findings.coverage_records import CountryGap, CountryOutcome, Gaps, SearchCount, Searches
from citywatch.findings.facts import read
from citywatch.findings.search_effort import search_effort, searches_naming
from citywatch.indicators import Indicators, eligible
from citywatch.registry import Registry
from citywatch.tables import split_list, split_series

NOT_RECORDED = ""
FOUND, NOT_FOUND, AMBIGUOUS, NEVER = "found", "not_found", "ambiguous", "never"


def count_searches(registry: Registry) -> Searches:
    """Searches and pages read by language, class of source, outcome and vendor group named.

    Args:
        registry: The registry.
    """
    searches = registry.searches
    groups = [word.word for word in vocabulary("vendor_group") if word.word != "none"]
    effort = search_effort(registry, groups)
    return Searches(
        SearchCount("coverage.searches.all", "all", len(searches), int(searches["pages_read"].sum())),
        _by_language(searches),
        _by_column(searches, "source_class", "class"),
        _by_column(searches, "outcome", "outcome"),
        tuple(
            SearchCount(f"coverage.searches.group.{group}", group, found.searches, found.pages_read)
            for group, found in effort.items()
        ),
    )


def _by_column(searches: pd.DataFrame, column: str, name: str) -> tuple[SearchCount, ...]:
    """Words in the order of their number, the empty one last."""
    pages = {str(word): rows["pages_read"] for word, rows in searches.groupby(column)}
    return _ordered(
        SearchCount(f"coverage.searches.{name}.{word or 'none'}", word, len(read_pages), int(read_pages.sum()))
        for word, read_pages in pages.items()
    )


def _by_language(searches: pd.DataFrame) -> tuple[SearchCount, ...]:
    queries: Counter[str] = Counter()
    pages: Counter[str] = Counter()
    columns = (searches[name] for name in ("language", "page_languages", "pages_read"))
    for language, cell, read_pages in zip(*columns, strict=True):
        by_language = {language: int(read_pages)} if language else page_languages(cell, int(read_pages))
        queries[language or _main(by_language)] += 1
        pages.update(by_language)
    return _ordered(
        SearchCount(f"coverage.searches.{word or 'none'}", word, queries[word], pages[word])
        for word in {*queries, *(name for name, count in pages.items() if count)}
    )


def page_languages(cell: str, pages_read: int) -> dict[str, int]:
    """Pages by language; pages whose language was not recorded stand under the empty word.

    Args:
        cell: ``en:5; es:3``.
        pages_read: All pages read in the search.
    """
    counts: dict[str, int] = {}
    for item in split_list(cell):
        word, _, number = item.partition(":")
        counts[word] = counts.get(word, 0) + int(number or 0)
    rest = pages_read - sum(counts.values())
    return {**counts, NOT_RECORDED: rest} if rest > 0 else counts


def _main(by_language: Mapping[str, int]) -> str:
    known = {word: count for word, count in by_language.items() if word}
    return min(known, key=lambda word: (-known[word], word)) if known else NOT_RECORDED


def _ordered(found: Iterable[SearchCount]) -> tuple[SearchCount, ...]:
    return tuple(sorted(found, key=lambda one: (one.word == NOT_RECORDED, -one.searches, -one.pages_read, one.word)))


@dataclass(frozen=True)
class Named:
    """Searches by the country that they name: ``search_id``, ``outcome``, ``note``, ``is_vendor``; index is the country.

    Attributes:
        rows: One per search and country.
    """

    rows: pd.DataFrame

    def of(self, country: str) -> pd.DataFrame:
        """Searches that name a country; those that only looked for sources of known agreements are left out."""
        found = self.rows[self.rows.index == country]
        return found[~found["outcome"].isin(read("coverage")["no_new_search"])]


def searches_by_country(registry: Registry) -> Named:
    """Every search once for each country that it names.

    Args:
        registry: The registry.
    """
    searches = registry.searches
    vendor = read("coverage")["gaps"]["vendor"]
    groups = dict(zip(registry.vendors["vendor_id"], registry.vendors["vendor_group"], strict=True))
    named = searches.assign(is_vendor=searches_naming(registry, groups.get(vendor, vendor)))
    codes = split_series(searches["countries"])
    rows = named.loc[codes.index, ["search_id", "outcome", "note", "is_vendor"]]
    return Named(rows.set_axis(pd.Index(codes), axis=0))


def country_outcomes(registry: Registry, indicators: Indicators, named: Named) -> tuple[CountryOutcome, ...]:
    """Eligible countries, and others with an agreement, by what the searches gave.

    Args:
        registry: The registry.
        indicators: The indicators.
        named: Searches by country.
    """
    with_row = set(registry.agreements["country_iso3"])
    outcome = {
        country: FOUND if country in with_row else _outcome(named.of(country))
        for country in sorted({*eligible(indicators), *with_row})
    }
    return tuple(
        CountryOutcome(
            f"coverage.countries.{word}",
            word,
            sum(found == word for found in outcome.values()),
            tuple(country for country, found in outcome.items() if found == word),
        )
        for word in (FOUND, AMBIGUOUS, NOT_FOUND, NEVER)
    )


def _outcome(rows: pd.DataFrame) -> str:
    if rows.empty:
        return NEVER
    return AMBIGUOUS if (rows["outcome"] == AMBIGUOUS).any() else NOT_FOUND


def known_gaps(registry: Registry, indicators: Indicators, named: Named) -> Gaps:
    """Countries that another list, or the brief, has with the vendor and this registry has not.

    Args:
        registry: The registry.
        indicators: Holds the other list.
        named: Searches by country.
    """
    facts = read("coverage")["gaps"]
    vendor = facts["vendor"]
    homes = dict(zip(registry.vendors["vendor_id"], registry.vendors["home_iso3"], strict=True))
    cells = registry.agreements["vendors"]
    rows = registry.agreements.loc[[vendor in split_list(cell) for cell in cells], "country_iso3"]
    ours = {*rows, homes.get(vendor, "")}
    aigs = indicators.aigs
    flagged = aigs[(aigs[facts["flag"]] == "yes") & aigs["companies"].str.contains(facts["company"], case=False)]
    editions = flagged.groupby("country_iso3")["edition"].agg(lambda found: tuple(sorted(str(one) for one in found)))
    elsewhere = [str(country) for country in editions.index if country != homes.get(vendor)]
    brief = [country for country in read("brief_countries")["known"] if country not in ours]
    counts = Counter(registry.agreements["country_iso3"])
    return Gaps(
        len(elsewhere),
        tuple(
            _gap("aigs", country, editions[country], named, counts[country])
            for country in elsewhere
            if country not in ours
        ),
        tuple(_gap("brief", country, (), named, counts[country]) for country in brief),
    )


def _gap(source: str, country: str, editions: tuple[str, ...], named: Named, agreements: int) -> CountryGap:
    rows = named.of(country)
    with_vendor = rows[rows["is_vendor"]]
    notes = rows.loc[(rows["outcome"] == AMBIGUOUS) & (rows["note"] != ""), "note"]
    return CountryGap(
        f"coverage.gaps.{source}.{country}",
        country,
        editions,
        agreements,
        len(rows),
        len(with_vendor),
        _gap_outcome(rows, with_vendor),
        tuple(dict.fromkeys(notes)),
    )


def _gap_outcome(rows: pd.DataFrame, with_vendor: pd.DataFrame) -> str:
    if rows.empty:
        return NEVER
    if (rows["outcome"] == AMBIGUOUS).any():
        return AMBIGUOUS
    if with_vendor.empty:
        return "without_name"
    return "found_other" if (with_vendor["outcome"] == FOUND).any() else NOT_FOUND
