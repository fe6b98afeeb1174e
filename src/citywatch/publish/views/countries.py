"""The list of countries and one page for each, those without agreements included."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from citywatch.publish.marks import Bar, stacked
from citywatch.publish.views.book import GROUPS, Book
from citywatch.publish.views.cases import cases_by_country
from citywatch.publish.views.charts import Charts
from citywatch.publish.views.oversight import oversight
from citywatch.publish.views.rows import Agreement, CountryRef, Page, Record

MOST_SEARCHES = 40
RECHECK = "recheck"
"""Outcome of a search for sources of what is on record already; it makes no country searched."""


@dataclass(frozen=True, slots=True)
class CountryLine:
    """One line of the list of countries.

    Attributes:
        country: The country.
        total: Recorded agreements, circular ones included.
        by_group: Agreements per vendor group.
        bars: Pieces of the bar.
        searches: Searches that named the country.
        pages_read: Pages read in them.
        state: ``found``, ``searched`` or ``unseen``.
        freedom: Newest status word; empty where not rated.
        income: Newest income group; empty where none.
    """

    country: CountryRef
    total: int
    by_group: tuple[tuple[str, int], ...]
    bars: tuple[Bar, ...]
    searches: int
    pages_read: int
    state: str
    freedom: str
    income: str


def lines(book: Book) -> list[CountryLine]:
    """Every country in the order of names."""
    charts = book.keep(Charts)
    full = max((len(rows) for rows in book.by_country.values()), default=1)
    return [_line(book, charts, country, full) for country in book.countries.values()]


def _line(book: Book, charts: Charts, country: CountryRef, full: int) -> CountryLine:
    rows = book.by_country.get(country.iso3, [])
    searches = book.searches.get(country.iso3, [])
    is_searched = any(row["outcome"] != RECHECK for row in searches)
    counts = Counter(row.group for row in rows)
    parts = tuple((group, counts[group]) for group in GROUPS)
    return CountryLine(
        country,
        len(rows),
        parts,
        stacked(parts, full),
        len(searches),
        sum(int(row["pages_read"]) for row in searches),
        "found" if rows else "searched" if is_searched else "unseen",
        charts.freedom_now(country.iso3)[0],
        charts.income_now(country.iso3)[0],
    )


def pages(book: Book) -> Iterator[Page]:
    """The list, then every country."""
    charts = book.keep(Charts)
    found = book.keep(lines)
    states = Counter(line.state for line in found if line.country.is_eligible or line.total)
    yield Page(
        "countries/index.html",
        "countries.html.j2",
        book.t("countries.title"),
        book.t("countries.description"),
        "countries",
        {"lines": found, "states": states},
    )
    for line in found:
        yield _page(book, line, charts)


def _page(book: Book, line: CountryLine, charts: Charts) -> Page:
    iso3 = line.country.iso3
    rows: Sequence[Agreement] = book.by_country.get(iso3, [])
    searches: Sequence[Record] = book.searches.get(iso3, [])
    return Page(
        line.country.href,
        "country.html.j2",
        book.t("country.title", country=line.country.name),
        book.t("country.description", country=line.country.name),
        "countries",
        {
            "line": line,
            "rows": rows,
            "chart": charts.draw(iso3, rows),
            "edition": charts.freedom_now(iso3)[1],
            "searches": searches[:MOST_SEARCHES],
            "more_searches": max(0, len(searches) - MOST_SEARCHES),
            "claims": book.claims_by_country.get(iso3, []),
            "oversight": oversight(book, iso3),
            "cases": book.keep(cases_by_country).get(iso3, []),
            "undated": sum(not row.announced for row in rows),
        },
    )
