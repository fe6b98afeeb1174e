"""Drivers and curves of a release: computed, or taken from what ships with the data if nothing that they rest on changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache, partial
from importlib.resources import files
from typing import Any

from citywatch.errors import InputError, NoDataError, VocabularyError
from citywatch.findings.curve import curve
from citywatch.findings.curve_grid import default_draws, question_of, questions
from citywatch.findings.curve_store import input_hashes
from citywatch.findings.curve_test import joint_test
from citywatch.findings.drivers import drivers
from citywatch.findings.facts import read
from citywatch.indicators import Indicators
from citywatch.registry import Registry

STORED = files("citywatch") / "data" / "findings" / "models.json"
FURTHER_FACTS = ("drivers.yml",)
FURTHER_TABLES = ("belt_and_road",)
# What the joint tests compute with; how records are written and facts are read does not change them.
JOINT_CODE = (
    *(f"findings/{name}.py" for name in ("base", "by_vendor_group", "classes", "curve*", "selection", "study")),
    *(f"uncertainty/{name}.py" for name in ("glm", "margins", "negative_binomial", "permutation", "profile", "robust")),
)


def models(registry: Registry, indicators: Indicators) -> dict[str, Any]:
    """Drivers and curves with what was refused.

    Args:
        registry: The registry.
        indicators: The indicators.

    Returns:
        ``drivers`` and ``curves`` (a list each) and ``refused`` (reason by name), plain values. A curve's ``joint_test`` is None
        where none is on record for these data.
    """
    kept = stored()
    if kept is not None and kept["input_sha256"] == model_hashes(registry, indicators):
        found = {name: kept[name] for name in ("drivers", "curves", "refused")}
    else:
        found = compute_models(registry, indicators)
    tests = joint_tests(registry, indicators)
    return {**found, "curves": [{**one, "joint_test": tests.get(one["id"])} for one in found["curves"]]}


def joint_tests(registry: Registry, indicators: Indicators) -> Mapping[str, Any]:
    """Joint tests that ship with the data, by question; nothing where they are of other data or other code.

    Args:
        registry: The registry.
        indicators: The indicators.
    """
    kept = (stored() or {}).get("joint")
    if not kept or kept["input_sha256"] != joint_hashes(registry, indicators):
        return {}
    tests: Mapping[str, Any] = kept["tests"]
    return tests


def compute_joint_tests(
    registry: Registry, indicators: Indicators, shown: Callable[[str, int], None]
) -> dict[str, Any]:
    """The joint test of every question that has a valid null, with the declared draws.

    Args:
        registry: The registry.
        indicators: The indicators.
        shown: Told the question and the number of the first draw of each step.
    """
    tests = {}
    for name in questions():
        if question_of(name).facts["permuted"]:
            found = curve(registry, indicators, name)
            tests[name] = joint_test(found, default_draws(), partial(shown, name)).to_dict()
    return tests


def joint_hashes(registry: Registry, indicators: Indicators) -> dict[str, str]:
    """SHA-256 of what the joint tests rest on.

    Args:
        registry: The registry.
        indicators: The indicators.
    """
    return {**input_hashes(registry, indicators), "code": _hash_of(JOINT_CODE)}


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
    return {**hashes, "code": _hash_of(("uncertainty/*.py", "findings/*.py"))}


@lru_cache(maxsize=2)
def _hash_of(patterns: Sequence[str]) -> str:
    folder, whole = files("citywatch"), hashlib.sha256()
    for pattern in patterns:
        room, _, name = pattern.partition("/")
        for path in sorted((folder / room).iterdir(), key=lambda one: one.name):
            if fnmatchcase(path.name, name):
                whole.update(path.name.encode() + path.read_bytes())
    return whole.hexdigest()


@lru_cache(maxsize=1)
def stored() -> Mapping[str, Any] | None:
    """What ships with the data; None where nothing does."""
    if not STORED.is_file():
        return None
    content: Mapping[str, Any] = json.loads(STORED.read_text(encoding="utf-8"))
    return content


def models_text(registry: Registry, indicators: Indicators, tests: Mapping[str, Any]) -> str:
    """Content of the shipped file, computed anew but for the joint tests.

    Args:
        registry: The embedded registry.
        indicators: The embedded indicators.
        tests: Joint tests of these data by question.
    """
    content = {
        "input_sha256": model_hashes(registry, indicators),
        **compute_models(registry, indicators),
        "joint": {"input_sha256": joint_hashes(registry, indicators), "tests": tests},
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=False) + "\n"
