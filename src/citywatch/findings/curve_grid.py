"""The grid of a specification curve: every allowed combination of declared choices."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from citywatch.errors import VocabularyError
from citywatch.findings.facts import read

NOT_USED = "-"
ASIDE = "different_question"
DIGITS = 8


@dataclass(frozen=True, slots=True)
class Option:
    """One way to choose.

    Attributes:
        id: Word of the option.
        label: As readers see it.
        kind: ``equivalent``, ``debatable`` or ``different_question``.
        reason: Why it is declared, and as what.
        facts: What it means for the computation.
    """

    id: str
    label: str
    kind: str
    reason: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice with its options, the main one first."""

    id: str
    label: str
    options: tuple[Option, ...]

    def option(self, name: str) -> Option:
        """The option of this id."""
        return next(option for option in self.options if option.id == name)


@dataclass(frozen=True, slots=True)
class Question:
    """One question of ``curves.yml``.

    Attributes:
        id: Its word.
        facts: Its entry.
        choices: Its choices in order, covariates last.
    """

    id: str
    facts: Mapping[str, Any]
    choices: tuple[Choice, ...]

    @property
    def divided_by(self) -> str:
        """Choice whose options are summed up one by one; empty where all results are summed up together."""
        return str(self.facts.get("divided_by", ""))

    def choice(self, name: str) -> Choice:
        """The choice of this id."""
        return next(choice for choice in self.choices if choice.id == name)


@dataclass(frozen=True, slots=True)
class Spec:
    """One specification.

    Attributes:
        chosen: Option by choice; ``-`` where the choice plays no part.
        is_aside: Whether it asks a different question.
    """

    chosen: Mapping[str, str]
    is_aside: bool

    @property
    def id(self) -> str:
        """Short permanent id, made from the options chosen."""
        text = json.dumps(dict(self.chosen), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def questions() -> tuple[str, ...]:
    """Words of the declared questions."""
    return tuple(read("curves")["questions"])


def default_draws() -> int:
    """Draws of a joint test where none are asked for."""
    return int(read("curves")["draws"])


def question_of(name: str) -> Question:
    """A declared question.

    Raises:
        VocabularyError: If there is none of this name.
    """
    facts = read("curves")
    if name not in facts["questions"]:
        text = facts["common"]["refusals"]["unknown"]
        raise VocabularyError(text.format(name=name, known=", ".join(facts["questions"])))
    entry = facts["questions"][name]
    known = {**facts["common"]["choices"], **entry.get("extra", {})}
    choices = [_choice(word, known[word]) for word in (*entry["choices"], *entry.get("extra", {}))]
    choices.append(_choice("covariates", {"label": "Other columns", "options": entry["covariates"]}))
    return Question(name, entry, tuple(choices))


def _choice(name: str, entry: Mapping[str, Any]) -> Choice:
    return Choice(name, entry["label"], tuple(_option(option) for option in entry["options"]))


def _option(entry: Mapping[str, Any]) -> Option:
    told = ("id", "label", "kind", "reason")
    facts = {word: value for word, value in entry.items() if word not in told}
    return Option(entry["id"], entry["label"], entry["kind"], entry["reason"], facts)


def grid(question: Question) -> tuple[Spec, ...]:
    """Every specification in the order of the declaration: those of the question itself, then the different ones."""
    own = [spec for spec in _crossed(question, _main_options(question)) if not spec.is_aside]
    apart = [spec for options in _aside_options(question) for spec in _crossed(question, options)]
    return tuple({spec.id: spec for spec in (*own, *apart)}.values())


def _main_options(question: Question) -> dict[str, tuple[Option, ...]]:
    return {
        choice.id: tuple(option for option in choice.options if option.kind != ASIDE) for choice in question.choices
    }


def _aside_options(question: Question) -> Iterator[dict[str, tuple[Option, ...]]]:
    """One set of options for each different question: it, the crossed choices, and the main option elsewhere."""
    main = _main_options(question)
    crossed = question.facts["cross_asides"]
    for choice in question.choices:
        for option in choice.options:
            if option.kind == ASIDE:
                yield {
                    name: (option,) if name == choice.id else options if name in crossed else options[:1]
                    for name, options in main.items()
                }


def _crossed(question: Question, options: Mapping[str, tuple[Option, ...]]) -> Iterator[Spec]:
    for combination in product(*options.values()):
        chosen = dict(zip(options, combination, strict=True))
        model, unit = chosen.get("model"), chosen.get("unit")
        if model and unit and unit.id not in model.facts["units"]:
            continue
        needed = {question.facts["focal"]["choice"], *chosen["covariates"].facts.get("uses", ())}
        words = {
            name: option.id if name in needed or not _is_column(name) else NOT_USED for name, option in chosen.items()
        }
        yield Spec(words, any(option.kind == ASIDE for option in combination))


def _is_column(name: str) -> bool:
    """Whether a choice only says how a column is made, so that it plays no part where the column is absent."""
    columns = read("curves")["common"]["columns"].values()
    return name in {column.get("choice") for column in columns}
