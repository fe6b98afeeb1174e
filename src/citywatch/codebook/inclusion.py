"""The inclusion rule, read from ``data/codebook/inclusion.yml`` or from a file of the same form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from citywatch.codebook.vocabularies import vocabulary, word_sets
from citywatch.errors import InputError, VocabularyError
from citywatch.tables import split_list

VERDICTS = ("include", "exclude", "unsure")


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """One row of the table that gives the verdict.

    Attributes:
        verdict: ``include``, ``exclude`` or ``unsure``.
        because: Why, in words.
        when: Accepted answers by question; every question must have an accepted one. Empty: always.
    """

    verdict: str
    because: str
    when: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class InclusionRule:
    """What counts as an agreement.

    Attributes:
        version: Version of the rule.
        text: The rule in words.
        term: Pattern of the Safe City terms.
        products: Products that admit an agreement by themselves.
        questions: Answers in words, by question and answer.
        verdicts: Rows in order of precedence; the last one always holds.
        meanings: Questions in words; empty where the rule does not say.
    """

    version: str
    text: str
    term: re.Pattern[str]
    products: frozenset[str]
    questions: Mapping[str, Mapping[str, str]]
    verdicts: tuple[VerdictRow, ...]
    meanings: Mapping[str, str]

    def verdict(self, answers: Mapping[str, str]) -> VerdictRow:
        """First row that the answers meet.

        Args:
            answers: One answer per question.

        Raises:
            VocabularyError: If a question is unanswered or an answer is not known.
        """
        for question, known in self.questions.items():
            if answers.get(question) not in known:
                raise VocabularyError(
                    f"question {question!r}: expected one of {', '.join(known)}; found {answers.get(question)!r}"
                )
        return next(row for row in self.verdicts if all(answers[name] in kept for name, kept in row.when.items()))


@cache
def inclusion_rule() -> InclusionRule:
    """The rule in force."""
    return _rule(
        (files("citywatch") / "data" / "codebook" / "inclusion.yml").read_text(encoding="utf-8"), "inclusion.yml"
    )


def read_rule(path: Path) -> InclusionRule:
    """Another version of the rule.

    Raises:
        InputError: If the file cannot be read or is no rule.
    """
    try:
        return _rule(path.read_text(encoding="utf-8"), str(path))
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: expected a rule in YAML; it is not UTF-8") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}). Check the path.") from error


def _found(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"none of the name {error}"
    if isinstance(error, RecursionError):
        return "lists in lists without end"
    return "no such table" if isinstance(error, (TypeError, AttributeError)) else " ".join(str(error).split())


def _plain(value: object, name: str) -> str:
    """A text or number of the rule as text."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{name}: no text or number")  # noqa: TRY004 - told like all that a rule cannot hold
    return str(value)


def _listed(value: object, name: str) -> list[str]:
    """Texts of a list of the rule."""
    if not isinstance(value, list):
        raise ValueError(f"{name}: no list")  # noqa: TRY004 - told like all that a rule cannot hold
    return [_plain(one, name) for one in value]


def _limbs() -> frozenset[str]:
    return frozenset(word.word for word in vocabulary("product") if word.is_limb)


def _rule(text: str, name: str) -> InclusionRule:
    try:
        raw = yaml.safe_load(text)
        term = re.compile(r"\b(?:" + "|".join(_listed(raw["term_patterns"], "term_patterns")) + r")\b", re.IGNORECASE)
        questions = {question: MappingProxyType(dict(entry["answers"])) for question, entry in raw["questions"].items()}
        meanings = {question: str(entry.get("meaning", "")) for question, entry in raw["questions"].items()}
        rows = tuple(_row(row) for row in raw["verdicts"])
        version, words = _plain(raw["version"], "version"), _plain(raw["rule"], "rule")
        products = frozenset(map(str, raw.get("products") or ())) or _limbs()
    except (
        yaml.YAMLError,
        KeyError,
        TypeError,
        AttributeError,
        ValueError,
        OverflowError,
        RecursionError,
        re.error,
    ) as error:
        raise InputError(
            f"{name}: expected a rule with term_patterns, questions, verdicts, version and rule, like data/codebook/inclusion.yml;"
            f" found {_found(error)}."
        ) from error
    _check(name, questions, rows, products)
    return InclusionRule(version, words, term, products, MappingProxyType(questions), rows, MappingProxyType(meanings))


def _row(raw: Mapping[str, Any]) -> VerdictRow:
    when = {str(question): frozenset(map(str, kept)) for question, kept in raw["when"].items()}
    return VerdictRow(_plain(raw["verdict"], "verdict"), _plain(raw["because"], "because"), MappingProxyType(when))


def _check(
    name: str, questions: Mapping[str, Mapping[str, str]], rows: tuple[VerdictRow, ...], products: frozenset[str]
) -> None:
    if unknown := sorted(products - word_sets()["product"]):
        raise InputError(
            f"{name}: product {unknown[0]!r} is not in the vocabulary; known are {sorted(word_sets()['product'])}"
        )
    for row in rows:
        if row.verdict not in VERDICTS:
            raise InputError(f"{name}: verdict {row.verdict!r}: expected one of {', '.join(VERDICTS)}")
        for question, kept in row.when.items():
            if question not in questions or not kept <= set(questions[question]):
                raise InputError(
                    f"{name}: row {row.because!r}: {question!r} with {sorted(kept)} is not among the questions"
                )
    if not rows or rows[-1].when:
        raise InputError(f"{name}: expected a last row without conditions, so that every page gets a verdict")


def admitting_limb(products: str, note: str) -> str:
    """Limb of the rule that a record shows.

    Args:
        products: List cell of product words.
        note: Our note on the record.

    Returns:
        ``term``, ``product``, ``both``, or the empty string where the record shows neither.
    """
    rule = inclusion_rule()
    by_product = not rule.products.isdisjoint(split_list(products))
    by_term = rule.term.search(note) is not None
    return limb_word(by_term=by_term, by_product=by_product)


def limb_word(*, by_term: bool, by_product: bool) -> str:
    """Word of the vocabulary ``admitted_by``; empty if neither limb holds."""
    return {(True, True): "both", (True, False): "product", (False, True): "term", (False, False): ""}[
        by_product, by_term
    ]
