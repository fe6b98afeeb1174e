"""Vendors and their groups, read from ``data/codebook/vendors.yml`` and ``vendor_groups.yml``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from citywatch.codebook.embedded import load_yaml
from citywatch.errors import VocabularyError

_FOLDER = files("citywatch") / "data" / "codebook"


@dataclass(frozen=True, slots=True)
class Vendor:
    """One vendor.

    Attributes:
        id: Permanent slug.
        name: As shown to readers.
        aliases: Other names and scripts, sure ones only.
        home_iso3: Country of headquarters or ultimate parent; empty if not known.
        home_basis: ``source``, ``general knowledge`` or empty.
        home_source: Page that shows the home; empty if none is recorded.
        owner: Parent or state owner; empty if not recorded.
        kind: vendor, integrator, telecom or government_body.
        note: Doubts, in our own words.
        positives: Sentences that name the vendor, for tests of the matcher.
        lookalikes: Strings that look like the name and are not.
    """

    id: str
    name: str
    aliases: tuple[str, ...]
    home_iso3: str
    home_basis: str
    home_source: str
    owner: str
    kind: str
    note: str
    positives: tuple[str, ...]
    lookalikes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VendorGroup:
    """A group of vendors as charts show it.

    Attributes:
        id: Word of the vocabulary ``vendor_group``.
        vendors: Vendors named one by one.
        homes: Vendors with one of these homes belong here too.
        is_rest: Takes the named vendors that no earlier group took, unknown homes included.
    """

    id: str
    vendors: frozenset[str]
    homes: frozenset[str]
    is_rest: bool


def _read(name: str) -> Any:
    return load_yaml((_FOLDER / name).read_text(encoding="utf-8"))


@cache
def vendors() -> tuple[Vendor, ...]:
    """All vendors, sorted by id."""
    return tuple(
        Vendor(
            id=entry["id"],
            name=entry["name"],
            aliases=tuple(entry.get("aliases") or ()),
            home_iso3=entry.get("home_iso3") or "",
            home_basis=entry.get("home_basis") or "",
            home_source=entry.get("home_source") or "",
            owner=entry.get("owner") or "",
            kind=entry.get("kind") or "",
            note=entry.get("note") or "",
            positives=tuple(entry.get("positives") or ()),
            lookalikes=tuple(entry.get("lookalikes") or ()),
        )
        for entry in sorted(_read("vendors.yml"), key=lambda entry: str(entry["id"]))
    )


@cache
def vendor_groups() -> tuple[VendorGroup, ...]:
    """Groups in order of precedence: an agreement belongs to the first group that one of its vendors is in."""
    raw = _read("vendor_groups.yml")
    by_id = {entry["id"]: entry for entry in raw["groups"]}
    return tuple(
        VendorGroup(
            id=name,
            vendors=frozenset(by_id[name]["rule"].get("vendor_ids", ())),
            homes=frozenset(by_id[name]["rule"].get("home_iso3", ())),
            is_rest=bool(by_id[name]["rule"].get("include_unknown_home", False)),
        )
        for name in raw["precedence"]
    )


def vendor_group(vendor_ids: Iterable[str]) -> str:
    """Group of an agreement from the vendors it names; the group for no vendor where it names none.

    Raises:
        VocabularyError: If a vendor is not in the codebook.
    """
    named = tuple(vendor_ids)
    groups = vendor_groups()
    if not named:
        return groups[-1].id
    homes = {_home(vendor_id) for vendor_id in named}
    return next(
        group.id
        for group in groups
        if group.is_rest or not group.vendors.isdisjoint(named) or not group.homes.isdisjoint(homes)
    )


@cache
def _homes() -> dict[str, str]:
    return {vendor.id: vendor.home_iso3 for vendor in vendors()}


def _home(vendor_id: str) -> str:
    try:
        return _homes()[vendor_id]
    except KeyError:
        raise VocabularyError(
            f"vendor {vendor_id!r} is not in the codebook; add it to data/codebook/vendors.yml"
        ) from None
