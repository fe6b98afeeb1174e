"""The fields of a candidate, each with its passage."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from citywatch.codebook import vendors
from citywatch.places import Mention, Place, countries
from citywatch.screening.dates import find_dates
from citywatch.screening.evidence import Evidence, Passage
from citywatch.screening.quantities import Quantity
from citywatch.screening.reading import Line, Reading
from citywatch.screening.settings import evidence_settings

_MOST = 3
_SURE_POPULATION = 100_000
_CORE, _NEAR, _TITLE, _ELSEWHERE = 3.0, 2.0, 1.5, 0.4
_NAME = re.compile(
    r"(?:(?:\s+(?:of|the|de|du|des|la|le|les|del|do|da|dos|das|di|della|and|y|e|et|für|für|des))*\s+(?=[A-ZÀ-ÞА-Я])[\w’'\-]+){1,6}"
)
_LEFT_NAME = re.compile(r"(?:[A-ZÀ-ÞА-Я][\w’'\-]+\s+){1,4}$")
_HAN_LEFT = re.compile("[\u4e00-\u9fff]{0,6}$")
_PARTNER = re.compile(
    r"\s*(?:(?:the|la|le|el|os|as|con|com|mit|dem|der)\s+)?([A-ZÀ-ÞА-Я0-9][^\n.;:()]{1,60}?)(?=[.,;:()\n]|\s+(?:to|for|in|on|and|which|pour|para|per|zur|und|et|y|e)\s)"
)


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
        announced_from: ``text`` (stated with the act), ``near``, ``published`` (date of the document) or empty.
        amounts: As written.
        amount_value: The largest amount, in units of its currency; NaN for none.
        amount_currency: Its ISO 4217 code; ``PES`` are pesos of an unnamed country.
        cameras: The largest number of cameras with an act; 0 for none.
        buyer: As written.
        partners: As written.
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
            passages=tuple(self.passages),
        )

    def _weighted(self) -> Iterator[tuple[Line, float]]:
        for lines, weight in ((self.core, _CORE), (self.near, _NEAR), (self.rest, _ELSEWHERE)):
            for line in lines:
                yield line, max(weight, _TITLE if line.start == 0 else 0.0)

    def _note(self, field: str, value: str, line: Line, start: int, end: int) -> None:
        if sum(passage.question == field for passage in self.passages) < _MOST:
            self.passages.append(Passage(field, value, line.start, line.end, start, end))

    def _vendors(self) -> tuple[str, ...]:
        found = Counter[str]()
        for lines in (self.core + self.near, self.rest):
            for line in lines:
                for hit in line.hits.get("vendor", ()):
                    found[hit.term.value] += 1
                    self._note("field:vendor", hit.term.value, line, hit.start, hit.end)
            if found:
                break
        return tuple(name for name, _ in found.most_common(4))

    def _places(self, named: Sequence[str]) -> tuple[str, tuple[str, ...], Place | None]:
        spots = [(mention, line, weight) for line, weight in self._weighted() for mention in line.places]
        scores = _country_scores(spots, self.reading.document.address)
        homes = {_homes().get(name, "") for name in named}
        if len(scores) > 1:
            weight = evidence_settings().home_weight
            sellers = evidence_settings().sellers
            scores = {
                code: score * (weight if code in homes else sellers.get(code, 1.0)) for code, score in scores.items()
            }
        if not scores:
            return "", (), None
        country = max(sorted(scores), key=lambda code: scores[code])
        return country, *self._within(country, spots)

    def _within(
        self, country: str, spots: Sequence[tuple[Mention, Line, float]]
    ) -> tuple[tuple[str, ...], Place | None]:
        scores: defaultdict[Place, float] = defaultdict(float)
        whole: Place | None = None
        for mention, line, weight in spots:
            within = [place for place in mention.places if place.country_iso3 == country]
            if not within:
                continue
            # a city that is a country counts as a city
            meant = next((place for place in within if place.precision == "city"), within[0])
            self._note("field:country", country, line, mention.start, mention.end)
            if meant.precision == "country":
                whole = whole or meant
            else:
                scores[meant] += weight
                self._note("field:place", meant.name, line, mention.start, mention.end)
        ranked = sorted(scores, key=lambda place: (-scores[place], -place.population, place.name))
        strong = [place for place in ranked if scores[place] >= max(_NEAR, scores[ranked[0]] / 3)]
        names = tuple(dict.fromkeys(place.name for place in strong))[:_MOST]
        return names, (strong[0] if strong else whole or _country_place(country))

    def _kind(self) -> str:
        weights = evidence_settings().kind_weight
        scores: defaultdict[str, float] = defaultdict(float)
        best: dict[str, tuple[Line, int, int]] = {}
        for number, line in enumerate(self.core[:8]):
            for act in line.acts:
                if act.status != "negated":
                    value = act.hit.term.value
                    scores[value] = max(scores[value], weights[value] * (0.9**number))
                    best.setdefault(value, (line, act.hit.start, act.hit.end))
        if not scores:
            return ""
        kind = max(sorted(scores), key=lambda value: scores[value])
        self._note("field:kind", kind, *best[kind])
        return kind

    def _products(self) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for line in self.core + self.near:
            for value, hit in line.products:
                if value not in found:
                    self.passages.append(Passage("field:product", value, line.start, line.end, hit.start, hit.end))
                found.setdefault(value)
        return tuple(sorted(found))

    def _announced(self) -> tuple[str, str]:
        document = self.reading.document
        latest = document.published[:4] or "9999"
        for lines, basis in ((self.core, "text"), (self.near, "near")):
            for line in lines:
                spots = [spot for spot in find_dates(document.text, line.start, line.end) if spot.text[:4] <= latest]
                if spots:
                    acts = [act.hit.start for act in line.acts] or [line.start]
                    spot = min(spots, key=lambda one: (min(abs(one.start - at) for at in acts), one.start))
                    self._note("field:announced", spot.text, line, spot.start, spot.end)
                    return spot.text, basis
        return (document.published, "published") if document.published else ("", "")

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


def _country_scores(spots: Iterable[tuple[Mention, Line, float]], address: str) -> dict[str, float]:
    """Weight of every country: clear names first, then names that need them."""
    scores: defaultdict[str, float] = defaultdict(float)
    unclear = []
    for mention, _, weight in spots:
        codes = {place.country_iso3 for place in mention.places}
        if len(codes) == 1 or mention.places[0].precision == "country":
            scores[mention.places[0].country_iso3] += weight
        else:
            unclear.append((mention, weight))
    clear = dict(scores)
    for mention, weight in unclear:
        known = [place for place in mention.places if place.country_iso3 in clear]
        if known:
            best = max(known, key=lambda place: clear[place.country_iso3])
            scores[best.country_iso3] += weight
        elif mention.places[0].population >= _SURE_POPULATION or mention.places[0].precision == "region":
            scores[mention.places[0].country_iso3] += weight / 2
    code = _country_of_host().get((urlsplit(address).hostname or "").rpartition(".")[2].upper(), "")
    if code in scores:
        scores[code] += _NEAR
    return dict(scores)


@cache
def _country_of_host() -> Mapping[str, str]:
    table = countries()
    present = table[table["is_former"] != "yes"]
    codes = dict(zip(present["iso2"].astype(str), present["country_iso3"].astype(str), strict=True))
    generic = {"CO", "TV", "ME", "IO", "AI", "CC", "WS", "TO", "LY", "GG", "FM", "LA", "SH", "ST", ""}
    return {"UK": "GBR"} | {two: three for two, three in codes.items() if two not in generic}


@cache
def _country_place(iso3: str) -> Place | None:
    table = countries()
    for row in table[table["country_iso3"] == iso3].astype(str).to_dict("records"):
        return Place(row["name"], iso3, "country", float(row["latitude"]), float(row["longitude"]))
    return None


@cache
def _homes() -> dict[str, str]:
    return {vendor.id: vendor.home_iso3 for vendor in vendors()}
