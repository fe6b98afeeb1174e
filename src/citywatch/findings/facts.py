"""The facts of the room, read from ``data/findings/``: scenarios, rules, words, published figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import yaml

from citywatch.errors import VocabularyError

_FOLDER = files("citywatch") / "data" / "findings"
Entry = TypeVar("Entry")


@dataclass(frozen=True)
class Scenario:
    """Which agreements a question is asked of; attributes as explained in ``scenarios.yml``."""

    id: str
    label: str
    description: str
    subject: str
    vendor: str
    until: str
    window_flag: str
    eligible_set: str
    population_year: int
    variants: Mapping[str, str]
    sensitivity: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Rule:
    """How rows are counted; attributes as explained in ``rules.yml``."""

    id: str
    label: str
    description: str
    reason: str = ""
    one_per: str = ""
    excluded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    """Numbers and words of the estimation; attributes as explained in ``settings.yml``."""

    draws: int
    seed: int
    level: float
    minimum_countries: int
    never_counted: Mapping[str, str]
    residual_classes: Mapping[str, str]
    reasons: Mapping[str, str]
    units: Mapping[str, Mapping[str, str]]
    marks: Mapping[str, str]
    wilson_label: str
    derived_columns: tuple[str, ...]


@cache
def read(name: str) -> Any:
    """Content of one file of ``data/findings/``, by name without ``.yml``; do not change it."""
    return yaml.safe_load((_FOLDER / f"{name}.yml").read_text(encoding="utf-8"))


@cache
def settings() -> Settings:
    """Numbers and words of the estimation."""
    return Settings(**read("settings"))


@cache
def scenarios() -> Mapping[str, Scenario]:
    """Scenarios by id, in the order of display."""
    return {name: Scenario(id=name, **entry) for name, entry in read("scenarios").items()}


@cache
def rules() -> Mapping[str, Rule]:
    """Counting rules by id, the main one first."""
    return {name: Rule(id=name, **entry) for name, entry in read("rules").items()}


def scenario(name: str) -> Scenario:
    """A scenario by id.

    Raises:
        VocabularyError: If there is none.
    """
    return _pick(scenarios(), name, "scenario")


def rule(name: str) -> Rule:
    """A counting rule by id.

    Raises:
        VocabularyError: If there is none.
    """
    return _pick(rules(), name, "counting rule")


def unit(name: str) -> Mapping[str, str]:
    """Words of a unit of counting.

    Raises:
        VocabularyError: If there is none.
    """
    return _pick(settings().units, name, "unit")


def _pick(known: Mapping[str, Entry], name: str, what: str) -> Entry:
    if name not in known:
        raise VocabularyError(f"{what} {name!r} does not exist; there are {', '.join(known)}")
    return known[name]
