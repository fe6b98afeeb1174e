"""The release turned over once: rows by key, so that no page searches a table."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, TypeVar

from markupsafe import Markup, escape

from citywatch import places as gazetteer
from citywatch.codebook import vocabularies
from citywatch.publish.figures import Dates, is_known
from citywatch.publish.messages import Catalogue
from citywatch.publish.reading import ReleaseLike
from citywatch.publish.views.rows import Agreement, Claim, CountryRef, Record, SourceRef, VendorRef
from citywatch.publish.views.text import claim_title, file_name, host, in_sentence, safe_url, sort_key
from citywatch.tables import split_list

GROUPS = ("huawei", "china", "other", "none")
"""Vendor groups from the one that colours a mark first to the last."""

Kept = TypeVar("Kept")

SHOWN_PLACES = 3
SHOWN_PRODUCTS = 2


class Book:
    """Everything the pages read, grouped once.

    Args:
        release: The release.
        catalogue: Interface text.
    """

    def __init__(self, release: ReleaseLike, catalogue: Catalogue) -> None:
        self.release = release
        self.t = catalogue
        self.dates = Dates(catalogue)
        self.findings = release.findings
        self.counts: Mapping[str, Any] = release.findings.get("counts", {})
        self._kept: dict[Callable[[Book], Any], Any] = {}
        self._labels = {(name, word.word): word.label for name, words in vocabularies().items() for word in words}

    # -- words ------------------------------------------------------------------------------------------------------

    def label(self, vocabulary: str, word: str) -> str:
        """Label of a vocabulary word; the word itself where the codebook has none."""
        return self._labels.get((vocabulary, word), word)

    def country_name(self, iso3: str) -> str:
        """Name of any country, those without a page included; nothing for an empty code."""
        return gazetteer.country_name(iso3) if iso3 else ""

    def records(self, table: str) -> list[dict[str, Any]]:
        """Rows of one table as dictionaries, in the order of the release."""
        frame = self.release.table(table)
        names = [str(name) for name in frame.columns]
        columns = (frame[name].tolist() for name in names)
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]

    def keep(self, make: Callable[[Book], Kept]) -> Kept:
        """What ``make`` gives for this book, made once."""
        if make not in self._kept:
            self._kept[make] = make(self)
        kept: Kept = self._kept[make]
        return kept

    def grouped(self, table: str, column: str) -> dict[str, list[dict[str, Any]]]:
        """Rows of one table by the value of one column."""
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for record in self.records(table):
            found[record[column]].append(record)
        return dict(found)

    # -- things -----------------------------------------------------------------------------------------------------

    @cached_property
    def countries(self) -> dict[str, CountryRef]:
        """Eligible countries and every other country of the data, by code, in the order of their names."""
        eligible = {row["country_iso3"] for row in self.records("eligible") if row["is_eligible"] == "yes"}
        codes = eligible | {row["country_iso3"] for row in self.records("agreements")}
        codes |= {row["country_iso3"] for row in self.records("claims") if row["country_iso3"]}
        regions = {row["country_iso3"]: row["un_region"] for row in self.records("regions")}
        listed = gazetteer.countries()
        names = dict(zip(listed["country_iso3"], listed["other_names"], strict=True))
        found = [
            CountryRef(
                code,
                gazetteer.country_name(code),
                f"countries/{gazetteer.country_slug(code)}.html",
                regions.get(code, ""),
                code in eligible,
                names.get(code, ""),
            )
            for code in codes
        ]
        return {country.iso3: country for country in sorted(found, key=lambda country: sort_key(country.name))}

    @cached_property
    def vendors(self) -> dict[str, VendorRef]:
        """Vendors by id."""
        return {
            row["vendor_id"]: VendorRef(
                row["vendor_id"], row["name"], f"vendors/{file_name(row['vendor_id'])}.html", row["vendor_group"]
            )
            for row in self.records("vendors")
        }

    @cached_property
    def sources(self) -> dict[str, SourceRef]:
        """Sources by id."""
        return {row["source_id"]: self._source(row) for row in self.records("sources")}

    def _source(self, row: Record) -> SourceRef:
        return SourceRef(
            row["source_id"],
            safe_url(row["url"]),
            row["publisher"] or host(row["url"]),
            row["title"],
            row["published"],
            row["date_inferred"] == "yes",
            row["language"],
            self.label("source_kind", row["kind"]),
            safe_url(row["archived_url"]),
        )

    @cached_property
    def evidence(self) -> dict[str, list[dict[str, Any]]]:
        """Evidence rows by agreement."""
        return self.grouped("evidence", "agreement_id")

    @cached_property
    def events(self) -> dict[str, list[dict[str, Any]]]:
        """Events by agreement."""
        return self.grouped("events", "agreement_id")

    @cached_property
    def verifications(self) -> dict[str, dict[str, Record]]:
        """Second look-ups by agreement and field."""
        return {
            agreement: {row["field"]: row for row in rows}
            for agreement, rows in self.grouped("verifications", "agreement_id").items()
        }

    @cached_property
    def corrections(self) -> dict[str, list[dict[str, Any]]]:
        """Changes of values by agreement."""
        return self.grouped("corrections", "agreement_id")

    @cached_property
    def institutions(self) -> dict[str, list[dict[str, Any]]]:
        """Facts about law and oversight by country."""
        return self.grouped("institutions", "country_iso3")

    @cached_property
    def institution_gaps(self) -> dict[str, list[dict[str, Any]]]:
        """Topics without a fact by country."""
        return self.grouped("institution_gaps", "country_iso3")

    @cached_property
    def places(self) -> dict[str, Record]:
        """Places by id."""
        return {row["place_id"]: row for row in self.records("places")}

    @cached_property
    def searches(self) -> dict[str, list[Record]]:
        """Searches by country that they name."""
        found: dict[str, list[Record]] = defaultdict(list)
        for row in self.records("searches"):
            for code in split_list(row["countries"]):
                found[code].append(row)
        return dict(found)

    @cached_property
    def agreements(self) -> dict[str, Agreement]:
        """Agreements by id, in the order of country, date and id."""
        made = [self._agreement(row) for row in self.records("agreements")]
        made.sort(key=lambda one: (sort_key(one.country.name), one.announced or "9999", one.id))
        return {one.id: one for one in made}

    @cached_property
    def by_country(self) -> dict[str, list[Agreement]]:
        """Agreements by country code."""
        return _group(self.agreements.values(), lambda one: (one.country.iso3,))

    @cached_property
    def by_vendor(self) -> dict[str, list[Agreement]]:
        """Agreements by vendor id."""
        return _group(self.agreements.values(), lambda one: tuple(vendor.id for vendor in one.vendors))

    @cached_property
    def by_project(self) -> dict[str, list[Agreement]]:
        """Agreements by project id."""
        return _group(self.agreements.values(), lambda one: (one.record["project_id"],))

    @cached_property
    def group_counts(self) -> Counter[str]:
        """Agreements by the group that colours their mark."""
        return Counter(one.group for one in self.agreements.values())

    @cached_property
    def claims(self) -> dict[str, Claim]:
        """Claims by id."""
        return {row["claim_id"]: self._claim(row) for row in self.records("claims")}

    @cached_property
    def verdicts(self) -> dict[str, Record]:
        """Verdicts with their reasons and figures by claim; nothing where the release was not verified."""
        return {row["claim_id"]: row for row in self.release.verdicts.get("verdicts", ())}

    @cached_property
    def threads(self) -> dict[str, list[Claim]]:
        """Versions of one promise by thread."""
        return _group_claims(self.claims.values(), lambda claim: str(claim.record["thread_id"]))

    @cached_property
    def series(self) -> dict[str, Record]:
        """Series by id."""
        return {row["series_id"]: row for row in self.records("series")}

    @cached_property
    def observations(self) -> dict[str, list[dict[str, Any]]]:
        """Observations by series, in the order of years."""
        return self.grouped("observations", "series_id")

    @cached_property
    def evaluations(self) -> dict[str, Record]:
        """Published effects by id."""
        return {row["effect_id"]: row for row in self.records("evaluations")}

    @cached_property
    def claims_by_agreement(self) -> dict[str, list[Claim]]:
        """Claims by the agreement they speak of."""
        return _group_claims(self.claims.values(), lambda claim: claim.agreement_id)

    @cached_property
    def claims_by_country(self) -> dict[str, list[Claim]]:
        """Claims by country code."""
        return _group_claims(self.claims.values(), lambda claim: claim.country.iso3 if claim.country else "")

    # -- making -----------------------------------------------------------------------------------------------------

    def _agreement(self, row: Record) -> Agreement:
        country = self.countries[row["country_iso3"]]
        named = tuple(self.vendors[item] for item in split_list(row["vendors"]))
        group = next((group for group in GROUPS if any(vendor.group == group for vendor in named)), "none")
        products = tuple(self.label("product", item) for item in split_list(row["products"]))
        place = self._place_text(row["place"])
        known = {line["source_id"] for line in self.evidence.get(row["agreement_id"], ())}
        region = (country.region or "none").lower().replace(" ", "-")
        window = "in" if row["in_brief_window"] == "yes" else "out"
        classes = f"g-{group} c-{row['confidence']} r-{region} l-{row['admitted_by'] or 'none'} w-{window}"
        return Agreement(
            id=row["agreement_id"],
            href=f"agreements/{file_name(row['agreement_id'])}.html",
            title=self._title(row, country, products),
            country=country,
            place=place,
            vendors=named,
            group=group,
            group_class=classes,
            kind=self.label("agreement_kind", row["kind"]),
            announced=row["announced"],
            status=row["status"],
            status_label=self.label("status", row["status"]),
            confidence=row["confidence"],
            products=products,
            sources=len(known),
            is_circular=row["is_circular"] == "yes",
            in_window=row["in_brief_window"] == "yes",
            record=row,
        )

    def _place_text(self, cell: str) -> Markup:
        names = [self.t("place.national") if item == "national" else escape(item) for item in split_list(cell)]
        return self.join(names, SHOWN_PLACES, "place.more")

    def _title(self, row: Record, country: CountryRef, products: tuple[str, ...]) -> Markup:
        items = split_list(row["place"])
        is_national = set(items) <= {"national"}
        where = self.t("title.national", country=country.name) if is_national else self._place_text(row["place"])
        known = [escape(in_sentence(item)) for item in products]
        return self.t("title.agreement", place=where, products=self.join(known, SHOWN_PRODUCTS, "product.more"))

    def join(self, items: list[Markup], limit: int, more: str) -> Markup:
        """``a``, ``a and b``, ``a, b and 3 more``.

        Args:
            items: Escaped items.
            limit: How many are spelt out.
            more: Message key of the rest, with ``n``.
        """
        shown = items[:limit]
        rest = len(items) - limit
        if rest == 1:
            shown = items
        elif rest > 1:
            shown = [*shown, self.t(more, n=rest)]
        if len(shown) < 2:
            return Markup("").join(shown)
        return self.t("list.and", first=Markup(", ").join(shown[:-1]), last=shown[-1])

    def _claim(self, row: Record) -> Claim:
        flags = ("is_area_stated", "is_period_stated", "is_source_stated")
        stated = sum(row[flag] == "yes" for flag in flags)
        has_baseline = is_known(row["value_before"]) or row["period_before"] != ""
        return Claim(
            row["claim_id"],
            f"claims/{file_name(row['claim_id'])}.html",
            claim_title(self.t, self.label, row),
            row["claimant"],
            self.label("claimant_kind", row["claimant_kind"]),
            self.countries.get(row["country_iso3"]),
            row["agreement_id"],
            stated + has_baseline,
            row,
        )


def _group(rows: Iterable[Agreement], keys: Callable[[Agreement], tuple[str, ...]]) -> dict[str, list[Agreement]]:
    found: dict[str, list[Agreement]] = defaultdict(list)
    for row in rows:
        for key in keys(row):
            found[key].append(row)
    return dict(found)


def _group_claims(rows: Iterable[Claim], key: Callable[[Claim], str]) -> dict[str, list[Claim]]:
    found: dict[str, list[Claim]] = defaultdict(list)
    for row in rows:
        if key(row):
            found[key(row)].append(row)
    return dict(found)
