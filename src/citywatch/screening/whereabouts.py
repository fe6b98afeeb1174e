"""Country and places of an agreement, from every name of a place in a document."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from citywatch.codebook import fold, vendors
from citywatch.places import Mention, Place, countries
from citywatch.screening.reading import Line, Reading, folded
from citywatch.screening.settings import evidence_settings, field_settings

MOST_PLACES = 3
_SURE_POPULATION = 100_000
_MILLION = 1_000_000
_TOWN = 50_000  # a city of this size is meant rather than a region of its name
_CORE, _NEAR, _TITLE, _LEAD, _ELSEWHERE = 3.0, 2.0, 2.0, 1.0, 0.4
_LEAD_CHARS = 300
_HEAD = 1_000
_SHORT = 5  # letters of a stem that begins too many other words
_LONG = 12  # letters of a name that is hardly anything else
_HAN = re.compile("[\u3400-\u9fff]")
_GENERIC = frozenset(["CO", "TV", "ME", "IO", "AI", "CC", "WS", "TO", "LY", "GG", "FM", "LA", "SH", "ST", ""])


@dataclass(frozen=True, slots=True)
class Spot:
    """A name of a place with what it weighs.

    Attributes:
        mention: The name.
        line: The sentence.
        weight: By where it stands; less where it is the seller's, the giver's or the paper's.
    """

    mention: Mention
    line: Line
    weight: float


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where an agreement is.

    Attributes:
        country_iso3: Country, or empty.
        names: Names of places in it, at most three.
        place: The first of them, or the country; None for none.
        spots: What they rest on, those of places first.
    """

    country_iso3: str
    names: tuple[str, ...]
    place: Place | None
    spots: tuple[tuple[str, Spot], ...]


def whereabouts(
    reading: Reading, core: Sequence[Line], near: Sequence[Line], rest: Sequence[Line], sellers: Sequence[str]
) -> Whereabouts:
    """Weigh the places of a document.

    Args:
        reading: The document.
        core: Sentences of the act.
        near: Their neighbours.
        rest: All others.
        sellers: Ids of its vendors; their home counts less beside another country.
    """
    title = _title_span(reading)
    spots = [
        Spot(mention, line, max(weight, _head(line, title)) * _part(reading, line, mention))
        for lines, weight in ((core, _CORE), (near, _NEAR), (rest, _ELSEWHERE))
        for line in lines
        for mention in line.places
    ]
    scores = _without_sellers(_country_scores(spots, reading), sellers)
    if not scores:
        return Whereabouts("", (), None, ())
    country = max(sorted(scores), key=lambda code: scores[code])
    return _within(country, spots)


def _title_span(reading: Reading) -> int:
    """Where the title ends in the text, if it stands near its head; otherwise one character."""
    title = reading.document.title.strip()
    at = reading.document.text.find(title, 0, _HEAD) if title else -1
    return at + len(title) if at >= 0 else 1


def _head(line: Line, title: int) -> float:
    """What a sentence weighs for standing in the title or the lead."""
    return _TITLE if line.start < title else _LEAD if line.start < title + _LEAD_CHARS else 0.0


def _part(reading: Reading, line: Line, mention: Mention) -> float:
    """1, or less where words beside a name make it the seller's, the giver's or the paper's."""
    settings = field_settings()
    after_words, before_words = _seller_words()
    after = fold(reading.text(mention.end, min(line.end, mention.end + settings.seller_reach))).text
    before = fold(reading.text(max(line.start, mention.start - settings.seller_reach), mention.start)).text
    is_seller = after_words.match(after) or before_words.search(before) or _is_organisation(reading, line, mention)
    return settings.seller_factor if is_seller else 1.0


def _is_organisation(reading: Reading, line: Line, mention: Mention) -> bool:
    """Whether the name of a country of sellers opens a longer name, as that of a bank (*China Construction Bank*)."""
    first = mention.places[0]
    following = reading.text(mention.end, min(line.end, mention.end + 2))
    return (
        first.precision == "country"
        and first.country_iso3 in evidence_settings().sellers
        and (following[:1] == " " and following[1:].isupper())
    )


@cache
def _seller_words() -> tuple[re.Pattern[str], re.Pattern[str]]:
    settings = field_settings()
    after = "|".join(map(_stem, settings.seller_after))
    before = "|".join(map(re.escape, settings.seller_before))
    return (
        re.compile(rf"[\s\"“”«»'-]*(?:\w+ )?(?:{after})"),
        re.compile(rf"(?<!\w)(?:{before})\w*[\s\"“”«»'-]*(?:(?:the|la|le|el|de|du|l')[\s']*)*$"),
    )


def word_beginnings(words: Iterable[str]) -> re.Pattern[str]:
    """Folded words that begin with any of these, the longest first; Chinese ones anywhere."""
    longest_first = sorted(words, key=len, reverse=True)
    han = [re.escape(word) for word in longest_first if _HAN.match(word)]
    spaced = [re.escape(word) for word in longest_first if not _HAN.match(word)]
    return re.compile("|".join([rf"(?<!\w)(?:{'|'.join(spaced)})"] * bool(spaced) + han))


def _stem(word: str) -> str:
    """Pattern of a stem; a short Latin one takes no ending but that of a plural, since *firm* begins *firmaron*."""
    return re.escape(word) + (r"(?:e?s)?(?!\w)" if len(word) <= _SHORT and word.isascii() else "")


def _country_scores(spots: Sequence[Spot], reading: Reading) -> dict[str, float]:
    """Weight of every country: clear names first, then names that need them, then signs other than names."""
    scores: defaultdict[str, float] = defaultdict(float)
    unclear = []
    for spot in spots:
        first = spot.mention.places[0]
        codes = {place.country_iso3 for place in spot.mention.places}
        is_known = first.precision != "city" or first.population >= _SURE_POPULATION
        if (first.precision == "country" and not _is_shared(spot.mention)) or (len(codes) == 1 and is_known):
            scores[first.country_iso3] += spot.weight
        else:
            unclear.append(spot)
    clear = dict(scores)
    host = _host(reading)
    for spot in sorted(unclear, key=lambda spot: spot.mention.places[0].precision == "country"):
        is_country = spot.mention.places[0].precision == "country"
        backing = scores if is_country else clear
        known = [place for place in spot.mention.places if backing.get(place.country_iso3)]
        first = spot.mention.places[0]
        if known:
            best = max(known, key=lambda place: backing[place.country_iso3])
            scores[best.country_iso3] += spot.weight
        elif first.precision == "country":
            scores[first.country_iso3] += spot.weight
        elif first.population >= _SURE_POPULATION or first.precision == "region":
            scores[first.country_iso3] += spot.weight / 2
        elif any(place.country_iso3 == host for place in spot.mention.places):
            scores[host] += spot.weight / 2
        else:
            is_long = spot.mention.end - spot.mention.start > _LONG
            scores[first.country_iso3] += spot.weight / (2 if is_long else 4)
    settings = field_settings()
    if host:
        is_backed = host in scores or not clear
        scores[host] += settings.host_weight if is_backed else settings.host_apart_weight
    for code, weight in _signs(reading).items():
        scores[code] += weight
    return dict(scores)


def _host(reading: Reading) -> str:
    """Country of the ending of a page's address; where endings are sold to anybody, if the page speaks its language."""
    ending = (urlsplit(reading.document.address).hostname or "").rpartition(".")[2].upper()
    if ending in _GENERIC and reading.document.language not in field_settings().host_languages.get(ending, ()):
        return ""
    return _country_of_host().get(ending, "")


def _signs(reading: Reading) -> dict[str, float]:
    """What else tells of a country: bodies of its state, its money, a language of its own; each counts once."""
    settings = field_settings()
    found = {(name, _signs_of()[name]) for name in _sign_pattern().findall(folded(reading.document.text).text)}
    weights = dict.fromkeys((code for _, code in found), settings.sign_weight)
    for line in reading.lines.values():
        for one in line.quantities:
            if one.unit in settings.country_money:
                weights.setdefault(_country_of_host()[one.unit[:2]], settings.sign_weight)
    spoken = settings.country_languages.get(reading.document.language, "")
    if spoken:
        weights[spoken] = weights.get(spoken, 0.0) + settings.sign_weight / 2
    return weights


@cache
def _signs_of() -> Mapping[str, str]:
    return {name: code for code, names in field_settings().country_signs.items() for name in names}


@cache
def _sign_pattern() -> re.Pattern[str]:
    return word_beginnings(_signs_of())


def _is_shared(mention: Mention) -> bool:
    """Whether a country has its name from, or beside, a city of millions elsewhere (Salvador)."""
    home = mention.places[0].country_iso3
    return any(place.population >= _MILLION and place.country_iso3 != home for place in mention.places[1:])


def _without_sellers(scores: dict[str, float], sellers: Sequence[str]) -> dict[str, float]:
    if len(scores) < 2:
        return scores
    settings = evidence_settings()
    homes = {_homes().get(name, "") for name in sellers}
    weights = dict.fromkeys(homes, settings.domestic_weight)
    weights.update(settings.sellers)
    weights.update(dict.fromkeys(homes & settings.sellers.keys(), settings.home_weight))
    return {code: score * weights.get(code, 1.0) for code, score in scores.items()}


def _within(country: str, spots: Sequence[Spot]) -> Whereabouts:
    scores: defaultdict[Place, float] = defaultdict(float)
    whole: Place | None = None
    notes: list[tuple[str, Spot]] = []
    for spot in spots:
        within = [place for place in spot.mention.places if place.country_iso3 == country]
        if not within:
            continue
        meant = _meant(within)
        notes.append(("", spot))
        if meant.precision == "country":
            whole = whole or meant
        else:
            scores[meant] += spot.weight
            notes.append((meant.name, spot))
    ranked = sorted(scores, key=lambda place: (-scores[place], -place.population, place.name))
    names = tuple(dict.fromkeys(place.name for place in ranked if scores[place] >= scores[ranked[0]] / 3))
    place = ranked[0] if ranked else whole or country_place(country)
    return Whereabouts(country, names[:MOST_PLACES], place, tuple(notes))


def _meant(within: Sequence[Place]) -> Place:
    """A city that is a country or region counts as a city, if it is not a village of that name."""
    return next((place for place in within if place.precision == "city" and place.population >= _TOWN), within[0])


@cache
def _country_of_host() -> Mapping[str, str]:
    table = countries()
    present = table[table["is_former"] != "yes"]
    codes = dict(zip(present["iso2"].astype(str), present["country_iso3"].astype(str), strict=True))
    return {"UK": "GBR"} | codes


@cache
def country_place(iso3: str) -> Place | None:
    """A country as a place, with the point of its capital."""
    table = countries()
    for row in table[table["country_iso3"] == iso3].astype(str).to_dict("records"):
        return Place(row["name"], iso3, "country", float(row["latitude"]), float(row["longitude"]))
    return None


@cache
def _homes() -> dict[str, str]:
    return {vendor.id: vendor.home_iso3 for vendor in vendors()}
