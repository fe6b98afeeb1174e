"""Classification rules as typed records, read from ``classifications.yml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import yaml

from citywatch.errors import InputError, VocabularyError

RULES_FILE = "classifications.yml"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster where PyYAML was built with libyaml
DIMENSIONS = ("freedom", "income", "region")
Record = TypeVar("Record")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class ClassLabel:
    """One class of a scheme.

    Attributes:
        id: Word used in data: ``lower_middle``.
        label: Words for people.
        code: The publisher's code or name for it; empty for residual classes.
        column: Column of ``regions`` that holds the code; empty for other dimensions.
        is_residual: True for what no publisher calls a class (between classes, not rated).
        is_default: True for the class of a country without a value.
    """

    id: str
    label: str
    code: str = ""
    column: str = ""
    is_residual: bool = False
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class Scheme:
    """Classes in their order, exactly one of them the default."""

    id: str
    dimension: str
    label: str
    classes: tuple[ClassLabel, ...]

    def __post_init__(self) -> None:
        if len({label.id for label in self.classes}) != len(self.classes):
            raise InputError(f"scheme {self.id}: expected every class once; found one twice")
        if sum(label.is_default for label in self.classes) != 1:
            raise InputError(f"scheme {self.id}: expected exactly one default class")

    @property
    def default(self) -> str:
        """Class of a country without a value."""
        return next(label.id for label in self.classes if label.is_default)

    @property
    def by_code(self) -> dict[str, str]:
        """Class id by the publisher's code."""
        return {label.code: label.id for label in self.classes if label.code}


@dataclass(frozen=True, slots=True)
class Bound:
    """Values up to ``at_most`` (inclusive) or ``below`` (exclusive) are in the class; without either, all the rest."""

    class_id: str
    at_most: float | None = None
    below: float | None = None


@dataclass(frozen=True, slots=True)
class FreedomRule:
    """How a ten-year window becomes a class; without bounds the most frequent annual status counts."""

    id: str
    label: str
    description: str
    bounds: tuple[Bound, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What "average 2009-2018" means: a column of ``freedom`` and its first and last year."""

    id: str
    label: str
    column: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to classify along a dimension; only the fields of its dimension are set."""

    id: str
    reading: str = ""
    rule: str = ""
    edition: int = 0
    fiscal_year: int = 0
    scheme: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything in ``classifications.yml``.

    Attributes:
        schemes: Classes by scheme id.
        minimum_years: Rated years that a ten-year mean needs.
        readings: Readings of "average 2009-2018" by id.
        freedom_rules: Threshold rules by id.
        variants: Variants by dimension and id, in order of the file.
        defaults: Default variant by dimension.
    """

    schemes: Mapping[str, Scheme]
    minimum_years: int
    readings: Mapping[str, Reading]
    freedom_rules: Mapping[str, FreedomRule]
    variants: Mapping[str, Mapping[str, Variant]]
    defaults: Mapping[str, str]


def pick(known: Mapping[str, Value], word: str, what: str) -> Value:
    """The entry called ``word``.

    Raises:
        VocabularyError: If there is none; the message names the known ones.
    """
    if word not in known:
        raise VocabularyError(f"{what} {word!r}: expected one of {', '.join(known)}")
    return known[word]


def read_yaml(path: Path) -> Any:
    """Content of a YAML file.

    Raises:
        InputError: If it cannot be read or is no YAML.
    """
    try:
        return yaml.load(path.read_bytes(), Loader=_LOADER)  # noqa: S506 - both loaders are safe ones
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}). Check the path and its permissions.") from error
    except yaml.YAMLError as error:
        raise InputError(f"{path}: expected YAML; found {' '.join(str(error).split())}") from error


def build(record: type[Record], values: Any, where: str) -> Record:
    """A record from a mapping that has no unknown and no missing key.

    Raises:
        InputError: If ``values`` is no such mapping.
    """
    if not isinstance(values, dict):
        raise InputError(f"{where}: expected a mapping; found {values!r}")
    known = [field.name for field in fields(record)]  # type: ignore[arg-type]
    if unknown := [key for key in values if key not in known]:
        raise InputError(f"{where}: expected only {', '.join(known)}; found {', '.join(map(str, unknown))}")
    try:
        return record(**values)
    except TypeError as error:
        raise InputError(f"{where}: {error}") from error


def load_rules(folder: Path) -> Rules:
    """Read ``classifications.yml``.

    Args:
        folder: Folder of the indicators.

    Raises:
        InputError: If the file is missing, or a part of it unknown, missing or pointing to nothing.
    """
    path = folder / RULES_FILE
    content = read_yaml(path)
    try:
        rules = _rules(content, str(path))
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path}: expected schemes, freedom and variants as documented; found a fault at {error}"
        ) from error
    _check_links(rules, str(path))
    return rules


def _rules(content: Any, where: str) -> Rules:
    freedom = content["freedom"]
    return Rules(
        schemes={key: _scheme(key, value, where) for key, value in content["schemes"].items()},
        minimum_years=int(freedom["minimum_years"]),
        readings={key: build(Reading, {"id": key, **value}, where) for key, value in freedom["readings"].items()},
        freedom_rules={key: _freedom_rule(key, value, where) for key, value in freedom["rules"].items()},
        variants={
            dimension: {known["id"]: build(Variant, known, where) for known in content["variants"][dimension]["known"]}
            for dimension in DIMENSIONS
        },
        defaults={dimension: content["variants"][dimension]["default"] for dimension in DIMENSIONS},
    )


def _scheme(key: str, value: Mapping[str, Any], where: str) -> Scheme:
    labels = tuple(build(ClassLabel, label, f"{where}, scheme {key}") for label in value["classes"])
    return build(Scheme, {"id": key, **value, "classes": labels}, where)


def _freedom_rule(key: str, value: Mapping[str, Any], where: str) -> FreedomRule:
    bounds = tuple(
        build(Bound, {("class_id" if name == "class" else name): number for name, number in bound.items()}, where)
        for bound in value["bounds"]
    )
    return build(FreedomRule, {"id": key, **value, "bounds": bounds}, where)


def _check_links(rules: Rules, where: str) -> None:
    freedom = {label.id for label in pick(rules.schemes, "freedom", f"{where}: scheme").classes}
    pick(rules.schemes, "income", f"{where}: scheme")
    for rule in rules.freedom_rules.values():
        if wrong := [bound.class_id for bound in rule.bounds if bound.class_id not in freedom]:
            raise InputError(f"{where}: rule {rule.id} names the unknown class {wrong[0]}")
    for variants in rules.variants.values():
        for variant in variants.values():
            _check_variant(rules, variant, where)
    for dimension, default in rules.defaults.items():
        pick(rules.variants[dimension], default, f"{where}: default {dimension} variant")


def _check_variant(rules: Rules, variant: Variant, where: str) -> None:
    if variant.reading:
        pick(rules.readings, variant.reading, f"{where}: variant {variant.id}: reading")
        pick(rules.freedom_rules, variant.rule, f"{where}: variant {variant.id}: rule")
    elif variant.scheme:
        pick(rules.schemes, variant.scheme, f"{where}: variant {variant.id}: scheme")
    elif not variant.edition and not variant.fiscal_year:
        raise InputError(f"{where}: variant {variant.id}: expected a reading, an edition, a fiscal year or a scheme")
