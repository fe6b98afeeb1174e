"""Names of places put together from their sources; takes seconds."""

from __future__ import annotations

import contextlib
import gc
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from citywatch.places.inflection import ADJECTIVE, CYRILLIC, cyrillic_stem, latin_stem
from citywatch.places.names import HAN, Place, adjectives, city_names, country_names, listed_names, word_list
from citywatch.places.sifting import FIRM, SMALL

SOUTH_SLAVS = frozenset(["SRB", "HRV", "BIH", "MNE", "MKD", "SVN", "XKX"])
_LARGE = 400_000  # a town of two Chinese characters
_BETWEEN = "|"  # folding leaves it alone
_ORDER = {"country": 0, "region": 1, "city": 2, "district": 3}
Meanings = Mapping[str, tuple[Place, ...]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which names.

    Attributes:
        fold: How names are made comparable.
        ordinary: Folded words that are no place by themselves.
        smallest: Cities below this population are left out.
    """

    fold: Callable[[str], str]
    ordinary: frozenset[str]
    smallest: int


@dataclass(frozen=True, slots=True)
class Built:
    """Folded names with what each may mean, the likeliest first.

    Attributes:
        index: By name.
        cyrillic: By stem of a name in Cyrillic letters.
        latin: By stem of a South Slavic name in Latin letters.
        starts: What longer names begin with, up to a space.
        small: Names that languages write without a capital.
        fixed: Names of countries, their adjectives and the table of aliases.
    """

    index: Meanings
    cyrillic: Meanings
    latin: Meanings
    starts: frozenset[str]
    small: frozenset[str]
    fixed: frozenset[str]


def build(wanted: Wanted) -> Built:
    """Read all sources.

    Raises:
        MissingExtraError: If the packages with names are not installed.
    """
    with _uncollected():
        return _built(wanted)


def rank(place: Place) -> tuple[int, int]:
    """Sorts the most populous of the highest kind first."""
    return _ORDER[place.precision], -place.population


def _built(wanted: Wanted) -> Built:
    fold = wanted.fold
    names: defaultdict[str, list[Place]] = defaultdict(list)
    small: set[str] = set()
    fixed: set[str] = set()
    for name, place in (*country_names(), *listed_names("aliases.csv")):
        key = fold(name).strip()
        names[key].append(place)
        fixed.add(key)
        if name[:1].islower():  # adjectives of languages that write them so
            small.add(key)
    never = word_list("stopwords.txt")
    unlisted = [
        (key, place)
        for name, place in adjectives()
        if (key := fold(name).strip()) not in names and key not in wanted.ordinary and key not in never
    ]
    for key, place in unlisted:
        names[key].append(place)
    small |= {key for key, _ in unlisted}
    several = [*listed_names("regions.csv"), *city_names(wanted.smallest)]
    for key, (_, place) in zip(_folded([name for name, _ in several], fold), several, strict=True):
        if key and not _is_slight(key, place) and not (place.population < FIRM and ADJECTIVE.search(key)):
            names[key].append(place)
    quick = lru_cache(maxsize=65_536)(fold)
    slavic = {fold(name).strip() for name, _ in country_names(("sr_Latn", "hr", "bs"))}
    return Built(
        index={key: _ranked(key, places, quick) for key, places in names.items()},
        cyrillic=_stemmed(
            names,
            cyrillic_stem,
            lambda key, place: key[0] > "z" and CYRILLIC.match(key) is not None and _is_known(place),
        ),
        latin=_stemmed(names, latin_stem, lambda key, place: place.country_iso3 in SOUTH_SLAVS or key in slavic),
        starts=frozenset(_starts(names)),
        small=frozenset(small),
        fixed=frozenset(fixed | small),
    )


def _ranked(key: str, places: Sequence[Place], fold: Callable[[str], str]) -> tuple[Place, ...]:
    """The most populous of the highest kind first; a city before those that have its name beside another one."""
    if len(places) == 1:
        return tuple(places)
    unique: dict[tuple[str, str, str], Place] = {}
    for place in sorted(places, key=lambda one: (*rank(one), one.country_iso3, one.name)):
        unique.setdefault((place.country_iso3, place.precision, place.name), place)
    return tuple(
        sorted(
            unique.values(),
            key=lambda one: (
                _ORDER[one.precision],
                one.population < FIRM or fold(one.name).strip() != key,
                *rank(one),
            ),
        )
    )


def _starts(names: Iterable[str]) -> Iterator[str]:
    for key in names:
        if " " in key and not HAN.match(key):
            yield from (key[:at] for at, letter in enumerate(key) if letter == " ")


def _is_known(place: Place) -> bool:
    return place.precision != "city" or place.population >= SMALL


def _stemmed(
    names: Mapping[str, Sequence[Place]], stem: Callable[[str], str], serves: Callable[[str, Place], bool]
) -> dict[str, tuple[Place, ...]]:
    found: defaultdict[str, list[Place]] = defaultdict(list)
    for key, places in names.items():
        served = [place for place in places if serves(key, place)]
        if served and (short := stem(key)):
            found[short] += served
    return {
        key: tuple(sorted(set(places), key=lambda one: (*rank(one), one.country_iso3, one.name, one.latitude)))
        for key, places in found.items()
    }


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Without the garbage collector, which would go through some hundred thousand new places again and again."""
    is_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if is_on:
            gc.enable()


def _folded(names: Sequence[str], fold: Callable[[str], str]) -> list[str]:
    """Many names folded in one go, which is several times as fast; a name may not hold the sign between them."""
    keys = fold(_BETWEEN.join(name.replace(_BETWEEN, " ") for name in names)).split(_BETWEEN)
    return [key.strip() for key in keys]


def _is_slight(key: str, place: Place) -> bool:
    """Two Chinese characters name a small town less often than something else."""
    return len(key) == 2 and HAN.match(key) is not None and place.population < _LARGE
