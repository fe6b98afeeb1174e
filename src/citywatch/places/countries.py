"""The list of countries, read from ``data/places/countries.csv``."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

from citywatch.errors import VocabularyError
from citywatch.tables import Column, Kind, Table, read_table

FOLDER = Path(__file__).resolve().parents[1] / "data" / "places"

COUNTRIES = Table(
    "countries",
    "One country, territory or former state",
    (
        Column(
            "country_iso3",
            Kind.TEXT,
            "ISO 3166-1 alpha-3; XKX Kosovo, CHI Channel Islands, former states by their old code.",
            required=True,
        ),
        Column("iso2", Kind.TEXT, "ISO 3166-1 alpha-2; XK Kosovo. Former states shared some.", missing="has none"),
        Column("name", Kind.TEXT, "Short English name, fit for a heading.", required=True),
        Column("slug", Kind.ID, "Name in addresses of pages.", required=True),
        Column("capital", Kind.TEXT, "Capital.", missing="has none"),
        Column(
            "latitude", Kind.NUMBER, "Degrees north of the capital, WGS 84.", minimum=-90, maximum=90, missing="none"
        ),
        Column(
            "longitude", Kind.NUMBER, "Degrees east of the capital, WGS 84.", minimum=-180, maximum=180, missing="none"
        ),
        Column("is_former", Kind.FLAG, "The state no longer exists.", required=True),
        Column(
            "other_names",
            Kind.LIST,
            "Names in other languages, older names and adjectives; one may belong to two countries (Congolese).",
            missing="none recorded",
        ),
    ),
    key=("country_iso3",),
    licence="CC-BY-4.0",
    licence_url="https://creativecommons.org/licenses/by/4.0/",
    citation="GeoNames (coordinates), Unicode CLDR (names), compiled by Citywatch",
)


def countries() -> pd.DataFrame:
    """The list of countries, sorted by code.

    Returns:
        One row per code with the columns of ``COUNTRIES`` (``country_iso3`` is a column, not the index). Degrees are
        NaN where there is no capital; a missing text is empty. A fresh copy that the caller may change.

    Raises:
        TableError: If the embedded file breaks its declaration.
    """
    return _table().copy()


@cache
def country_codes() -> frozenset[str]:
    """Every code on the list, former states included."""
    return frozenset(_table()["country_iso3"])


def country_name(iso3: str) -> str:
    """Short English name of a country.

    Args:
        iso3: A code on the list, in capitals.

    Raises:
        VocabularyError: If the code is not on the list.
    """
    return _column("name", iso3)


def country_slug(iso3: str) -> str:
    """Name of a country in addresses of pages: lower-case ASCII, unique.

    Args:
        iso3: A code on the list, in capitals.

    Raises:
        VocabularyError: If the code is not on the list.
    """
    return _column("slug", iso3)


@cache
def _table() -> pd.DataFrame:
    return read_table(FOLDER / "countries.csv", COUNTRIES, {})


@cache
def _texts(column: str) -> dict[str, str]:
    table = _table()
    return dict(zip(table["country_iso3"], table[column], strict=True))


def _column(column: str, iso3: str) -> str:
    try:
        return _texts(column)[iso3]
    except KeyError:
        raise VocabularyError(
            f"country {iso3!r}: expected a code of data/places/countries.csv, such as KEN; correct the code or add a row"
        ) from None
