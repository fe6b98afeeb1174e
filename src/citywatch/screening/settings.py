"""Distances and weights, read from ``data/screening/evidence.yml`` and ``fields.yml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from citywatch.codebook.embedded import load_yaml


@dataclass(frozen=True, slots=True)
class Reach:
    """Characters, for scripts that space their words and for those that do not."""

    spaced: int
    unspaced: int

    def of(self, *, is_spaced: bool) -> int:
        """Characters for one kind of script."""
        return self.spaced if is_spaced else self.unspaced


@dataclass(frozen=True, slots=True)
class EvidenceSettings:
    """What the file holds; its comments say what each is."""

    window_chars: int
    longest_sentence: int
    negation_reach: Reach
    plan_reach: Reach
    pact_reach: Reach
    pact_made: tuple[str, ...]
    count_reach: Reach
    talk_ratio: float
    home_weight: float
    domestic_weight: float
    sellers: Mapping[str, float]
    most_passages: int
    stand_ins: Mapping[str, list[str]]


@cache
def evidence_settings() -> EvidenceSettings:
    """The settings in force."""
    raw: dict[str, Any] = read_data("evidence.yml")
    reaches = {name: Reach(**raw[name]) for name in ("negation_reach", "plan_reach", "pact_reach", "count_reach")}
    return EvidenceSettings(**{**raw, **reaches, "pact_made": tuple(raw["pact_made"])})


@dataclass(frozen=True, slots=True)
class FieldSettings:
    """What ``fields.yml`` holds; its comments say what each is."""

    kind_words: Mapping[str, tuple[str, ...]]
    kind_never: tuple[str, ...]
    kind_weights: Mapping[str, float]
    twice_factor: float
    planned_weight: float
    rest_weight: float
    near_weight: float
    pilot_least: float
    lost_bids: tuple[str, ...]
    seller_reach: int
    seller_factor: float
    seller_after: tuple[str, ...]
    seller_before: tuple[str, ...]
    host_weight: float
    host_apart_weight: float
    host_languages: Mapping[str, list[str]]
    sign_weight: float
    country_signs: Mapping[str, list[str]]
    country_money: tuple[str, ...]
    country_languages: Mapping[str, str]
    latest_year: int
    dateline_chars: int
    date_labels: tuple[str, ...]
    date_reach: int
    date_weights: Mapping[str, float]
    aims: tuple[str, ...]
    since: tuple[str, ...]


@cache
def field_settings() -> FieldSettings:
    """The settings of fields in force."""
    raw: dict[str, Any] = {
        name: tuple(one) if isinstance(one, list) else one for name, one in read_data("fields.yml").items()
    }
    raw["kind_words"] = {kind: tuple(words) for kind, words in raw["kind_words"].items()}
    return FieldSettings(**raw)


def read_data(name: str) -> Any:
    """One YAML file of the room."""
    return load_yaml((files("citywatch") / "data" / "screening" / name).read_text(encoding="utf-8"))
