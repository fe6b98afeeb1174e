"""The list of claims and one page for each: the claim on record, what it states and what it leaves out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup, escape

from citywatch.publish.figures import is_known, plain
from citywatch.publish.views.book import Book
from citywatch.publish.views.rows import Claim, Page, Record
from citywatch.publish.views.text import claim_figure


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing a claim must state to be checked.

    Attributes:
        name: area, period, source or baseline.
        label: For readers.
        is_stated: On record as stated.
        detail: What the record holds of it.
    """

    name: str
    label: Markup
    is_stated: bool
    detail: Markup


def pages(book: Book) -> Iterator[Page]:
    """The list, then every claim."""
    rows = sorted(book.claims.values(), key=lambda claim: (claim.country.name if claim.country else "~", claim.id))
    full = sum(_states_all(claim.record) for claim in rows)
    yield Page(
        "claims/index.html",
        "claims.html.j2",
        book.t("claims.title"),
        book.t("claims.description"),
        "claims",
        {"rows": rows, "full": full, "kinds": Counter(claim.claimant_kind for claim in rows).most_common()},
    )
    for claim in rows:
        yield _page(book, claim)


def _states_all(row: Record) -> bool:
    return all(row[flag] == "yes" for flag in ("is_area_stated", "is_period_stated", "is_source_stated"))


def _page(book: Book, claim: Claim) -> Page:
    row = claim.record
    return Page(
        claim.href,
        "claim.html.j2",
        claim.title,
        book.t("claim.description", title=claim.title),
        "claims",
        {
            "claim": claim,
            "answers": answers(book, row),
            "figure": claim_figure(book.t, row),
            "source": book.sources.get(row["source_id"]),
            "agreement": book.agreements.get(row["agreement_id"]),
            "siblings": [
                other for other in book.claims_by_country.get(row["country_iso3"], ()) if other.id != claim.id
            ],
        },
    )


def answers(book: Book, row: Record) -> tuple[Answer, ...]:
    """Area, period, data source and baseline: stated or missing."""
    t = book.t
    period = " – ".join(part for part in (row["period_before"], row["period_after"]) if part)
    has_baseline = is_known(row["value_before"])
    return (
        _answer(book, "area", row["is_area_stated"] == "yes", escape(row["system_place"])),
        _answer(book, "period", row["is_period_stated"] == "yes", escape(period) if period else t("absent.period")),
        _answer(book, "source", row["is_source_stated"] == "yes", t("claim.source_detail")),
        _answer(
            book,
            "baseline",
            has_baseline,
            escape(plain(float(row["value_before"]))) if has_baseline else t("absent.baseline"),
        ),
    )


def _answer(book: Book, name: str, is_stated: bool, detail: Markup) -> Answer:
    return Answer(name, book.t(f"claim.{name}"), is_stated, detail if is_stated else book.t(f"claim.no_{name}"))
