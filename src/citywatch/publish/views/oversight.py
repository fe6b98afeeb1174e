"""Law and oversight of one country: what is on record, what was looked for in vain, what nobody looked for."""

from __future__ import annotations

from dataclasses import dataclass

from citywatch.codebook import vocabulary
from citywatch.publish.figures import is_known
from citywatch.publish.views.book import Book
from citywatch.publish.views.rows import Agreement, SourceRef

NOT_FOUND, NOT_SEARCHED = "not_found", "not_searched"


@dataclass(frozen=True, slots=True)
class Fact:
    """One law, body, route or act.

    Attributes:
        topic: Label of the topic.
        name: Name.
        year: Year; empty where the source does not show it.
        said: What the source says, in our own words.
        source: The source.
        checked_on: Day it was read.
        agreement: The system it is about; None where it is about the country.
    """

    topic: str
    name: str
    year: str
    said: str
    source: SourceRef | None
    checked_on: str
    agreement: Agreement | None


@dataclass(frozen=True, slots=True)
class Oversight:
    """Facts in the order of topics, and labels of the topics without any."""

    facts: tuple[Fact, ...]
    not_found: tuple[str, ...]
    not_searched: tuple[str, ...]


def oversight(book: Book, iso3: str) -> Oversight | None:
    """Law and oversight of a country; None where the tables hold no line of it.

    Args:
        book: The release.
        iso3: Country.
    """
    facts = book.institutions.get(iso3, [])
    gaps = {row["topic"]: row["outcome"] for row in book.institution_gaps.get(iso3, [])}
    if not facts and not gaps:
        return None
    topics = vocabulary("institution_topic")
    place = {word.word: at for at, word in enumerate(topics)}
    have = {row["topic"] for row in facts}
    return Oversight(
        tuple(_fact(book, row) for row in sorted(facts, key=lambda row: place.get(row["topic"], len(place)))),
        tuple(word.label for word in topics if word.word not in have and gaps.get(word.word) == NOT_FOUND),
        tuple(word.label for word in topics if word.word not in have and gaps.get(word.word) != NOT_FOUND),
    )


def _fact(book: Book, row: dict[str, object]) -> Fact:
    return Fact(
        book.label("institution_topic", str(row["topic"])),
        str(row["name"]),
        str(row["year"]) if is_known(row["year"]) else "",
        str(row["said"]),
        book.sources.get(str(row["source_id"])),
        str(row["checked_on"]),
        book.agreements.get(str(row["agreement_id"])),
    )
