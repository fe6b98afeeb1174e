"""The fields of a candidate, each with its passage."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from citywatch.codebook import fold
from citywatch.places import Place
from citywatch.screening.announced import announced
from citywatch.screening.companies import find_companies
from citywatch.screening.evidence import Evidence, Passage
from citywatch.screening.kinds import kind_of
from citywatch.screening.quantities import Quantity
from citywatch.screening.reading import Line, Reading
from citywatch.screening.settings import field_settings
from citywatch.screening.whereabouts import whereabouts, word_beginnings

_MOST, _MOST_VENDORS = 3, 4
_NAME = re.compile(
    r"(?:(?:\s+(?:of|the|de|du|des|la|le|les|del|do|da|dos|das|di|della|and|y|e|et|für|für|des))*\s+(?=[A-ZÀ-ÞА-Я])[\w’'\-]+){1,6}"
)
_LEFT_NAME = re.compile(r"(?:[A-ZÀ-ÞА-Я][\w’'\-]+\s+){1,4}$")
_PARTNER = re.compile(
    r"\s*(?:(?:the|la|le|el|os|as|con|com|mit|dem|der)\s+)?([A-ZÀ-ÞА-Я0-9][^\n.;:()]{1,60}?)(?=[.,;:()\n]|\s+(?:to|for|in|on|and|which|pour|para|per|zur|und|et|y|e)\s)"
)


@cache
def _lost_words() -> re.Pattern[str]:
    return word_beginnings(field_settings().lost_bids)


@dataclass(frozen=True, slots=True)
class Fields:
    """What a candidate says of its agreement. Every list is in order of weight; nothing stated is an empty value.

    Attributes:
        vendors: Ids of vendors.
        country_iso3: Country of the buyer or place.
        places: Names of places in that country.
        place: The first of them with its point, or the country.
        kind: Word of ``agreement_kind``.
        products: Words of ``product``.
        announced: ISO date as partial as stated.
        announced_from: ``text`` (stated with the act), ``near``, ``published`` (date of the document, or of the page as its text
            or address gives it) or empty.
        amounts: As written.
        amount_value: The largest amount, in units of its currency; NaN for none.
        amount_currency: Its ISO 4217 code; ``PES`` are pesos of an unnamed country.
        cameras: The largest number of cameras with an act; 0 for none.
        buyer: As written.
        partners: As written.
        companies: Other firms as written, of sentences of the act, next to them, or with an act of their own.
        passages: What they rest on.
    """

    vendors: tuple[str, ...]
    country_iso3: str
    places: tuple[str, ...]
    place: Place | None
    kind: str
    products: tuple[str, ...]
    announced: str
    announced_from: str
    amounts: tuple[str, ...]
    amount_value: float
    amount_currency: str
    cameras: int
    buyer: str
    partners: tuple[str, ...]
    companies: tuple[str, ...]
    passages: tuple[Passage, ...]


def fill_fields(reading: Reading, evidence: Evidence) -> Fields:
    """Fill the fields of one document."""
    return _Filling(reading, evidence).fields()


class _Filling:
    def __init__(self, reading: Reading, evidence: Evidence) -> None:
        self.reading, self.evidence = reading, evidence
        middle = evidence.core or tuple(number for number, line in reading.lines.items() if line.is_core)
        self.core = [reading.lines[at] for at in middle]
        starts = {line.start for line in self.core}
        near = {line.start: line for at in middle for line in reading.near(at)}
        self.near = [line for start, line in sorted(near.items()) if start not in starts]
        rest = [line for line in reading.lines.values() if line.start not in near]
        self.rest = rest
        self.passages: list[Passage] = []

    def fields(self) -> Fields:
        named = self._vendors()
        country, places, place = self._places(named)
        announced, announced_from = self._announced()
        amounts = self._amounts()
        largest = max(amounts, key=lambda one: one.value, default=None)
        return Fields(
            vendors=named,
            country_iso3=country,
            places=places,
            place=place,
            kind=self._kind(),
            products=self._products(),
            announced=announced,
            announced_from=announced_from,
            amounts=tuple(dict.fromkeys(self.reading.text(one.start, one.end).strip() for one in amounts))[:_MOST],
            amount_value=largest.value if largest else math.nan,
            amount_currency=largest.unit if largest else "",
            cameras=self._cameras(),
            buyer=self._buyer(),
            partners=self._partners(),
            companies=self._companies(),
            passages=tuple(self.passages),
        )

    def _note(self, field: str, value: str, line: Line, start: int, end: int) -> None:
        if sum(passage.question == field for passage in self.passages) < _MOST:
            self.passages.append(Passage(field, value, line.start, line.end, start, end))

    def _vendors(self) -> tuple[str, ...]:
        """Vendors beside the act, then those of other sentences that tell of one.

        Vendors of other sentences, and bidders that lost, count only where there is no vendor else.
        """
        close = [line for line in self.core + self.near if line.hits.get("vendor")]
        rest = [line for line in self.rest if line.hits.get("vendor")]
        lost = {line.start for line in close + rest if self._is_lost(line)}
        won = [line for line in close if line.start not in lost], [line for line in rest if line.start not in lost]
        found = self._named(won[0], [])
        found += self._named([line for line in won[1] if line.acts], found)
        for lines in (won[1], close, rest):
            found = found or self._named(lines, [])
        return tuple(found[:_MOST_VENDORS])

    def _named(self, lines: Sequence[Line], known: Sequence[str]) -> list[str]:
        """Vendors of some sentences that are not known yet, those named most first."""
        found = Counter[str]()
        for line in lines:
            for hit in line.hits["vendor"]:
                if hit.term.value not in known:
                    found[hit.term.value] += 1
                    self._note("field:vendor", hit.term.value, line, hit.start, hit.end)
        return [name for name, _ in found.most_common()]

    def _is_lost(self, line: Line) -> bool:
        """Whether a sentence tells of bids that were turned down."""
        return _lost_words().search(fold(self.reading.text(line.start, line.end)).text) is not None

    def _places(self, named: Sequence[str]) -> tuple[str, tuple[str, ...], Place | None]:
        found = whereabouts(self.reading, self.core, self.near, self.rest, named)
        for name, spot in found.spots:
            field = "field:place" if name else "field:country"
            self._note(field, name or found.country_iso3, spot.line, spot.mention.start, spot.mention.end)
        return found.country_iso3, found.names, found.place

    def _kind(self) -> str:
        kind, spot = kind_of(self.reading, self.core, self.near, self.rest)
        if spot:
            self._note("field:kind", kind, spot.line, spot.start, spot.end)
        return kind

    def _products(self) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for line in self.core + self.near + self.rest:
            for value, hit in line.products:
                if value not in found:
                    self.passages.append(Passage("field:product", value, line.start, line.end, hit.start, hit.end))
                found.setdefault(value)
        return tuple(sorted(found))

    def _announced(self) -> tuple[str, str]:
        found = announced(self.reading, self.core, self.near, self.rest)
        if found.line:
            self._note("field:announced", found.date, found.line, found.start, found.end)
        return found.date, found.basis

    def _amounts(self) -> list[Quantity]:
        found = []
        for line in self.core + self.near:
            for one in line.quantities:
                if one.kind == "amount":
                    found.append(one)
                    self._note("field:amount", f"{one.value:g} {one.unit}", line, one.start, one.end)
        return found

    def _cameras(self) -> int:
        most = 0
        for line in self.core + self.near:
            for one in line.quantities:
                if one.kind == "cameras" and one.value > most:
                    most = int(one.value)
                    self._note("field:cameras", str(most), line, one.start, one.end)
        return most

    def _buyer(self) -> str:
        for line in self.core + self.near:
            for hit in line.hits.get("buyer", ()):
                start, end = self._extended(line, hit.start, hit.end)
                text = " ".join(self.reading.text(start, end).split())
                self._note("field:buyer", text, line, start, end)
                return text
        return ""

    def _extended(self, line: Line, start: int, end: int) -> tuple[int, int]:
        left, right = self.reading.text(line.start, start), self.reading.text(end, line.end)
        if not self.reading.is_spaced:
            near = [one for one in line.places if one.end <= start and start - one.end <= 2]
            return (near[-1].start if near else start), end
        before, after = _LEFT_NAME.search(left), _NAME.match(right)
        return start - (len(before[0]) if before else 0), end + (after.end() if after else 0)

    def _partners(self) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for line in self.core + self.near:
            for hit in line.hits.get("partner", ()):
                met = _PARTNER.match(self.reading.document.text, hit.end, line.end)
                if met:
                    name = " ".join(met[1].split())
                    found.setdefault(name)
                    self._note("field:partner", name, line, met.start(1), met.end(1))
        return tuple(found)[:_MOST]

    def _companies(self) -> tuple[str, ...]:
        found = find_companies(self.reading, self.core, self.near, self.rest)
        for one in found:
            self.passages.append(Passage("field:company", one.name, one.line.start, one.line.end, one.start, one.end))
        return tuple(one.name for one in found)
