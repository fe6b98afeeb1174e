"""Rows of the release as the pages need them: frozen, with links and labels worked out once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

Record = Mapping[str, Any]
"""One row of a table: column to value, as the release types it."""


@dataclass(frozen=True, slots=True)
class VendorRef:
    """A vendor as agreements name it."""

    id: str
    name: str
    href: str
    group: str


@dataclass(frozen=True, slots=True)
class CountryRef:
    """A country with its page.

    Attributes:
        iso3: ISO 3166-1 alpha-3 code.
        name: English short name.
        href: Page, from the root of the site.
        region: M49 region; empty where M49 has none.
        is_eligible: Counts in a base rate.
        other_names: Further names by which readers may look for it, joined by ``; ``.
    """

    iso3: str
    name: str
    href: str
    region: str
    is_eligible: bool
    other_names: str = ""


@dataclass(frozen=True, slots=True)
class SourceRef:
    """One source as a page lists it."""

    id: str
    url: str
    name: str
    title: str
    published: str
    is_date_inferred: bool
    language: str
    kind: str
    archived_url: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """One agreement as lists and pages show it.

    Attributes:
        id: Permanent identifier.
        href: Page, from the root of the site.
        title: Where and what.
        country: Where it stands.
        place: Places as text, "national system" spelt out.
        vendors: Vendors named.
        group: Vendor group that colours its mark.
        group_class: CSS classes for the filters of the list.
        kind: Legal form, label.
        announced: ISO partial date or nothing.
        status: Word of the vocabulary.
        status_label: The same for readers.
        confidence: Word of the vocabulary.
        products: Labels.
        sources: Number of different sources with evidence.
        is_circular: Never counted.
        in_window: Supported by a source of the brief's window.
        record: The row itself.
    """

    id: str
    href: str
    title: Markup
    country: CountryRef
    place: Markup
    vendors: tuple[VendorRef, ...]
    group: str
    group_class: str
    kind: str
    announced: str
    status: str
    status_label: str
    confidence: str
    products: tuple[str, ...]
    sources: int
    is_circular: bool
    in_window: bool
    record: Record = field(repr=False)


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim as lists and pages show it."""

    id: str
    href: str
    title: Markup
    claimant: str
    claimant_kind: str
    country: CountryRef | None
    agreement_id: str
    stated: int
    record: Record = field(repr=False)


@dataclass(frozen=True, slots=True)
class Page:
    """One page to write.

    Attributes:
        path: File from the root of the site, with ``/``.
        template: Template that draws it.
        title: Text for ``title``.
        description: One sentence for ``meta description``.
        section: Menu entry that is marked as current.
        context: Names that the template reads.
    """

    path: str
    template: str
    title: Markup
    description: Markup
    section: str
    context: Mapping[str, Any]

    @property
    def root(self) -> str:
        """Relative path from the page to the root of the site."""
        return "../" * self.path.count("/")
