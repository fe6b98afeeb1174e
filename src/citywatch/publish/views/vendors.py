"""The list of vendors and one page for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from citywatch.publish.views.book import GROUPS, Book
from citywatch.publish.views.rows import Agreement, CountryRef, Page, Record, VendorRef
from citywatch.publish.views.text import sort_key
from citywatch.tables import split_list


@dataclass(frozen=True, slots=True)
class VendorLine:
    """One vendor with what the registry holds of it."""

    vendor: VendorRef
    record: Record
    home: CountryRef | None
    home_name: str
    rows: tuple[Agreement, ...]
    countries: tuple[tuple[CountryRef, int], ...]
    products: tuple[tuple[str, int], ...]
    first: str
    last: str


def pages(book: Book) -> Iterator[Page]:
    """The list by group, then every vendor."""
    found = [_line(book, record) for record in book.records("vendors")]
    found.sort(key=lambda line: (-len(line.rows), sort_key(line.vendor.name)))
    yield Page(
        "vendors/index.html",
        "vendors.html.j2",
        book.t("vendors.title"),
        book.t("vendors.description"),
        "vendors",
        {
            "groups": [(group, [line for line in found if line.vendor.group == group]) for group in GROUPS[:3]],
            "unnamed": book.group_counts["none"],
        },
    )
    effort = _effort(book)
    for line in found:
        yield Page(
            line.vendor.href,
            "vendor.html.j2",
            book.t("vendor.title", vendor=line.vendor.name),
            book.t("vendor.description", vendor=line.vendor.name),
            "vendors",
            {
                "line": line,
                "aliases": split_list(line.record["aliases"]),
                "effort": effort.get(line.vendor.id) or effort.get(line.vendor.group),
            },
        )


def _line(book: Book, record: Record) -> VendorLine:
    rows = tuple(book.by_vendor.get(record["vendor_id"], []))
    by_country = Counter(row.country.iso3 for row in rows)
    products = Counter(product for row in rows for product in row.products)
    dates = sorted(row.announced for row in rows if row.announced)
    home = book.countries.get(record["home_iso3"])
    return VendorLine(
        book.vendors[record["vendor_id"]],
        record,
        home,
        home.name if home else book.country_name(record["home_iso3"]),
        rows,
        tuple((book.countries[code], count) for code, count in by_country.most_common()),
        tuple(products.most_common()),
        dates[0][:4] if dates else "",
        dates[-1][:4] if dates else "",
    )


def _effort(book: Book) -> dict[str, dict[str, Any]]:
    """Search effort by vendor group, where a contrast of the findings carries it."""
    found: dict[str, dict[str, Any]] = {}
    for contrast in book.findings.get("contrasts", ()):
        for group in contrast["groups"]:
            if group.get("searches") is not None:
                found.setdefault(group["group"], {"key": contrast["key"], **group})
    return found
