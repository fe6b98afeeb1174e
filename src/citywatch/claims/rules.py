"""The rules of claim checking as data: thresholds, metrics, places, precedence, words."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import yaml

from citywatch.claims.records import Answer, Reason
from citywatch.uncertainty import percent

_FOLDER = files("citywatch") / "data" / "claims"
_SUFFIXES = ("_change", "_rate", "_direction")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_PARENTHESIS = re.compile(r"\([^)]*\)")


@dataclass(frozen=True, slots=True)
class Metric:
    """How one metric of claims is checked.

    Attributes:
        same: Families of series that decide.
        narrower: Families that count a part of it.
        wider: Families that hold it.
        units: Allowed units of the claim.
        outcomes: Outcomes of studies on the same thing.
        is_defined: The word itself says what is counted.
        is_share: The figure is a share, so that a change may be percent or points.
        needs_denominator: Means nothing without "of what".
    """

    same: tuple[str, ...]
    narrower: tuple[str, ...] = ()
    wider: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    is_defined: bool = False
    is_share: bool = False
    needs_denominator: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """Something else that happened: recording_change, police_operation, law_change or other."""

    country_iso3: str
    place: str
    year: int
    kind: str
    said: str
    url: str


@dataclass(frozen=True)
class Rules:
    """All rules; the embedded ones come from :func:`load_rules`.

    Attributes:
        thresholds: Number by name.
        general: The rest of ``rules.yml``.
        metrics: By metric of claims.
        families: Family by name of a series metric.
        crime_families: Families that count reported crime.
        places: Content of ``places.yml``.
        precedence: Lines of the verdict table, in order.
        events: Known events.
        readings: Secondary readings by claim id.
        words: Content of ``words.yml``.
        not_year_on_year: Change series that are not on the year before.
    """

    thresholds: Mapping[str, float]
    general: Mapping[str, Any]
    metrics: Mapping[str, Metric]
    families: Mapping[str, str]
    crime_families: frozenset[str]
    places: Mapping[str, Any]
    precedence: tuple[Mapping[str, Any], ...]
    events: tuple[Event, ...]
    readings: Mapping[str, tuple[tuple[str, str, str], ...]]
    words: Mapping[str, Any]
    not_year_on_year: frozenset[str]

    def say(self, code: str, state: str, /, **values: object) -> Reason:
        """A reason in words.

        Args:
            code: Key of ``words.yml``, ``reasons``.
            state: full, half or dash.
            values: What the sentence holds, as text.
        """
        return Reason(code, state, str(self.words["reasons"][code]).format(**values))

    def phrase(self, code: str, /, **values: object) -> str:
        """A part of a sentence."""
        return str(self.words["phrases"][code]).format(**values)

    def answer(self, name: str, word: str, reasons: list[Reason]) -> Answer:
        """An answer with its label."""
        return Answer(word, str(self.words["answers"][name][word]), tuple(reasons))

    def family(self, metric: str) -> str:
        """Family of a series metric; the metric itself where none has it."""
        name = metric.strip().lower().replace(" ", "_").replace("-", "_")
        while name not in self.families and name.endswith(_SUFFIXES):
            name = name.rpartition("_")[0]
        return self.families.get(name, name)

    def metric_name(self, family: str) -> str:
        """A family in words."""
        return str(self.words["metric_names"].get(family, family.replace("_", " ")))

    def metric_of(self, name: str) -> Metric:
        """Rules of a metric of claims; one without rules of its own is matched by its family alone."""
        return self.metrics.get(name) or Metric((self.family(name),))

    @cached_property
    def _limiting(self) -> frozenset[str]:
        return frozenset(self.general["limiting_words"])

    def is_limited(self, text: str) -> bool:
        """Whether a text means an undelimited part of the place it names."""
        return not self._limiting.isdisjoint(words_of(text))

    def is_unnamed(self, text: str) -> bool:
        """Whether a text names no place."""
        return not text or not frozenset(self.general["unnamed_words"]).isdisjoint(words_of(text))

    @cached_property
    def _kinds(self) -> frozenset[str]:
        return frozenset(self.general["kind_of_place_words"])

    def without_kind(self, name: str) -> str:
        """A place in one spelling without the words that say what kind of place it is; itself where nothing would be left."""
        return " ".join(word for word in name.split() if word not in self._kinds) or name

    def canonical(self, country_iso3: str, name: str) -> str:
        """Name of a place in one spelling: no accents, case, brackets; known other names replaced."""
        plain = " ".join(words_of(_PARENTHESIS.sub(" ", name))) or " ".join(words_of(name))
        aliases: Mapping[str, str] = self.places["aliases"].get(country_iso3, {})
        return aliases.get(plain, plain)


@cache
def words_of(text: str) -> tuple[str, ...]:
    """Words of a text without accents and case."""
    folded = unicodedata.normalize("NFKD", text.replace("’", "'")).casefold()
    return tuple(_WORD.findall("".join(c for c in folded if not unicodedata.combining(c))))


@cache
def load_rules() -> Rules:
    """The embedded rules."""
    general = _yaml("rules")
    metrics = _yaml("metrics")
    families = {name: family for family, names in metrics["families"].items() for name in (family, *names)}
    readings: dict[str, tuple[tuple[str, str, str], ...]] = {}
    for entry in _yaml("readings"):
        for claim_id in entry["claims"]:
            readings[claim_id] = (*readings.get(claim_id, ()), (entry["by"], entry["said"], entry["url"]))
    return Rules(
        thresholds=MappingProxyType({name: float(entry["value"]) for name, entry in general["thresholds"].items()}),
        general=general,
        metrics={name: _metric(entry) for name, entry in metrics["metrics"].items()},
        families=families,
        crime_families=frozenset(metrics["crime_families"]),
        places=_yaml("places"),
        precedence=tuple(_yaml("precedence")),
        events=_events(),
        readings=readings,
        words=_yaml("words"),
        not_year_on_year=frozenset(metrics["not_year_on_year"]),
    )


@cache
def load_cases() -> tuple[Mapping[str, Any], ...]:
    """Worked cases, as ``cases.yml`` lists them."""
    return tuple(_yaml("cases"))


def _yaml(name: str) -> Any:
    return yaml.safe_load((_FOLDER / f"{name}.yml").read_text(encoding="utf-8"))


def _metric(entry: Mapping[str, Any]) -> Metric:
    same, narrower, wider, units, outcomes = (
        tuple(entry.get(name, ())) for name in ("same", "narrower", "wider", "units", "outcomes")
    )
    return Metric(
        same,
        narrower,
        wider,
        units,
        outcomes,
        is_defined=bool(entry.get("defined", False)),
        is_share=bool(entry.get("is_share", False)),
        needs_denominator=bool(entry.get("needs_denominator", False)),
    )


def _events() -> tuple[Event, ...]:
    text = (_FOLDER / "events.csv").read_text(encoding="utf-8")
    return tuple(
        Event(row["country_iso3"], row["place"], int(row["year"]), row["kind"], row["said"], row["url"])
        for row in csv.DictReader(io.StringIO(text, newline=""))
    )


def signed(value: float, scale: str = "percent") -> str:
    """``−46 %`` or ``+12 points``: whole, or with one decimal where it is smaller than ten."""
    decimals = 0 if abs(value) >= 10 or value == round(value) else 1
    text = percent(value, decimals) if scale == "percent" else percent(value, decimals)[:-2] + "\u00a0points"
    return f"+{text}" if value > 0 else text


def figure(value: float) -> str:
    """A figure with the digits it has, thousands separated."""
    text = f"{value:,.10g}" if abs(value) < 1e6 else f"{value:,.0f}"
    return text.replace("-", "\u2212")
