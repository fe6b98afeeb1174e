"""Names of places told from words that only look like them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from citywatch.places.names import Place

FIRM = 100_000  # a city that needs no other name beside it
SMALL = 15_000  # a town that is never the only place of a text
Token = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a text and everything it may mean.

    Attributes:
        start: First character.
        end: One behind the last.
        places: What it may mean: a country first, then a region, then cities, the most populous of each first.
    """

    start: int
    end: int
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """What is known of words before a text is read; all folded.

    Attributes:
        fold: How words are made comparable.
        ordinary: Words that are no place by themselves.
        never: Words that are never one.
        fixed: Names of countries, their adjectives and the table of aliases, which always are.
        before: Words behind which an ordinary one is a place.
    """

    fold: Callable[[str], str]
    ordinary: frozenset[str]
    never: frozenset[str]
    fixed: frozenset[str]
    before: frozenset[str]


class Sifting:
    """Which of the names found in one text are meant as places.

    Args:
        words: What is told of words.
        text: The text.
        tokens: Its words: start, end, word.
        found: The names with the number of their first word, -1 in Chinese.
    """

    def __init__(self, words: Words, text: str, tokens: Sequence[Token], found: Sequence[tuple[Mention, int]]) -> None:
        self.words, self.text, self.tokens, self.found = words, text, tokens, found
        self.keys = [words.fold(text[mention.start : mention.end]).strip() for mention, _ in found]
        self.capitals = Counter(self.keys)
        wanted = set(self.keys)
        self.lowers = Counter(
            key
            for start, end, word in tokens
            if word[0].islower() and (key := words.fold(word)) in wanted and not _is_in_address(text, start, end)
        )

    def kept(self) -> Iterator[Mention]:
        """The names that stay, with what they can mean here."""
        firm = [self._is_firm(*one, key) for one, key in zip(self.found, self.keys, strict=True)]
        backed = {
            place.country_iso3
            for (mention, _), is_firm in zip(self.found, firm, strict=True)
            if is_firm
            for place in mention.places
            if place.precision != "city" or place.population >= FIRM
        }
        for (mention, number), key, is_firm in zip(self.found, self.keys, firm, strict=True):
            if is_firm:
                yield mention
            elif not self._is_common(key) and not _is_shouted(self.text[mention.start : mention.end]):
                places = tuple(place for place in mention.places if place.country_iso3 in backed)
                if places and self._is_named(number, key, places[0]):
                    yield Mention(mention.start, mention.end, places)
                elif not backed and key not in self.words.ordinary and mention.places[0].population >= SMALL:
                    yield mention

    def _is_common(self, key: str) -> bool:
        return key in self.words.never or self.lowers[key] * 2 >= self.capitals[key]

    def _is_firm(self, mention: Mention, number: int, key: str) -> bool:
        first = mention.places[0]
        if first.precision == "country" or key in self.words.fixed:
            return True
        if key in self.words.ordinary or self._is_common(key):
            return False
        return number < 0 or first.precision == "region" or (first.population >= FIRM and len(key) > 3)

    def _is_named(self, number: int, key: str, place: Place) -> bool:
        """Whether a weak name stands as a place does.

        An ordinary word does behind a preposition, a small town where it is no part of a longer name.
        """
        if number < 0:
            return key not in self.words.ordinary
        before = self.tokens[number - 1] if number else None
        is_next = before is not None and self.text[before[1] : self.tokens[number][0]] == " "
        if key in self.words.ordinary:
            return is_next and before is not None and self.words.fold(before[2].lower()) in self.words.before
        return not (place.population < SMALL and is_next and before is not None and before[2][0].isupper())


def _is_shouted(name: str) -> bool:
    """Headings in capitals write common words like names."""
    return len(name) > 3 and name.isupper()


def _is_in_address(text: str, start: int, end: int) -> bool:
    """Whether a word is a piece of a web address, a handle or a tag."""
    return text[max(0, start - 1) : start] in ("@", "#", "/", ".", "_", "-", "=") or text[end : end + 1] in (
        "/",
        "_",
        "@",
    )
