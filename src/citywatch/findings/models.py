"""Drivers and curves of a release: computed, or taken from what ships with the data if nothing that they rest on changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from citywatch.errors import InputError, NoDataError, VocabularyError
from citywatch.findings.curve import curve
from citywatch.findings.curve_grid import questions
from citywatch.findings.curve_store import input_hashes
from citywatch.findings.drivers import drivers
from citywatch.findings.facts import read
from citywatch.indicators import Indicators
from citywatch.registry import Registry

STORED = files("citywatch") / "data" / "findings" / "models.json"
FURTHER_FACTS = ("drivers.yml",)
FURTHER_TABLES = ("belt_and_road",)


def models(registry: Registry, indicators: Indicators) -> dict[str, Any]:
    """Drivers and curves with what was refused.

    Args:
        registry: The registry.
        indicators: The indicators.

    Returns:
        ``drivers`` and ``curves`` (a list each) and ``refused`` (reason by name), plain values.
    """
    kept = stored()
    if kept is not None and kept["input_sha256"] == model_hashes(registry, indicators):
        return {name: kept[name] for name in ("drivers", "curves", "refused")}
    return compute_models(registry, indicators)


def compute_models(registry: Registry, indicators: Indicators) -> dict[str, Any]:
    """The same, computed."""
    found: dict[str, list[Any]] = {"drivers": [], "curves": []}
    refused: dict[str, str] = {}
    for scenario in read("drivers")["reference_years"]:
        try:
            found["drivers"].append(drivers(registry, indicators, scenario=scenario).to_dict())
        except (NoDataError, InputError) as error:
            refused[f"drivers.{scenario}"] = str(error)
    for name in questions():
        try:
            found["curves"].append(curve(registry, indicators, name).to_dict())
        except (NoDataError, VocabularyError) as error:
            refused[f"curve.{name}"] = str(error)
    return {**found, "refused": refused}


def model_hashes(registry: Registry, indicators: Indicators) -> dict[str, str]:
    """SHA-256 of what the models rest on: tables, declarations and the code of estimators and models.

    Args:
        registry: The registry.
        indicators: The indicators.
    """
    folder = files("citywatch")
    hashes = dict(input_hashes(registry, indicators))
    for name in FURTHER_FACTS:
        hashes[name] = hashlib.sha256((folder / "data" / "findings" / name).read_bytes()).hexdigest()
    for name in FURTHER_TABLES:
        hashes[f"indicators/{name}"] = hashlib.sha256(
            getattr(indicators, name).to_csv(index=False).encode()
        ).hexdigest()
    return {**hashes, "code": _code_hash()}


@lru_cache(maxsize=1)
def _code_hash() -> str:
    folder, whole = files("citywatch"), hashlib.sha256()
    for room in ("uncertainty", "findings"):
        for path in sorted((folder / room).iterdir(), key=lambda one: one.name):
            if path.name.endswith(".py"):
                whole.update(path.name.encode() + path.read_bytes())
    return whole.hexdigest()


@lru_cache(maxsize=1)
def stored() -> Mapping[str, Any] | None:
    """What ships with the data; None where nothing does."""
    if not STORED.is_file():
        return None
    content: Mapping[str, Any] = json.loads(STORED.read_text(encoding="utf-8"))
    return content


def models_text(registry: Registry, indicators: Indicators) -> str:
    """Content of the shipped file, computed anew.

    Args:
        registry: The embedded registry.
        indicators: The embedded indicators.
    """
    content = {"input_sha256": model_hashes(registry, indicators), **compute_models(registry, indicators)}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=False) + "\n"
