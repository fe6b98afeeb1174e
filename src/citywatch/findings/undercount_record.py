"""What the lists say about what they miss, as a record: every sentence is built from the numbers and from ``lists.yml``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from citywatch.findings.facts import settings
from citywatch.findings.lists import Asked, CountryList, facts, last_common_year, leanings
from citywatch.findings.statement import Statement, texts
from citywatch.places import country_name
from citywatch.uncertainty import Interval, percent
from citywatch.uncertainty import plain as number
from citywatch.uncertainty.capture import CaptureTable, Population
from citywatch.uncertainty.format import EN_DASH


@dataclass(frozen=True, slots=True)
class ModelLine:
    """One of the heaviest models."""

    name: str
    total: float
    deviance: float
    freedom: int
    weight: float


@dataclass(frozen=True, slots=True)
class Models:
    """Averaged log-linear models.

    Attributes:
        total: Weighted mean of the totals.
        interval: Model-averaged profile-likelihood interval; None where it has no upper end.
        note: Why there is none; empty if there is one.
        criterion: What weighs the models.
        other_criterion: The criterion that was not chosen.
        other_total: Weighted mean under that one.
        fitted: Models with an estimate.
        left_out: Models without: reason to count.
        in_interval: Weight of the models behind the interval, a share of 1.
        heaviest: The heaviest models.
    """

    total: float
    interval: Interval | None
    note: str
    criterion: str
    other_criterion: str
    other_total: float
    fitted: int
    left_out: dict[str, int]
    in_interval: float
    heaviest: tuple[ModelLine, ...]


@dataclass(frozen=True)
class Case:
    """What the record is made of.

    Attributes:
        asked: What is asked.
        taking: Lists that take part.
        table: Countries by the separate lists that hold them.
        common: Countries that every list looked at.
        beyond: Countries on a list that not every list looked at.
    """

    asked: Asked
    taking: Sequence[CountryList]
    table: CaptureTable
    common: frozenset[str]
    beyond: tuple[str, ...]


def record(case: Case, bound: tuple[Population | None, str], modelled: tuple[Models | None, str]) -> Statement:
    """The record of the answer.

    Args:
        case: What was asked, and of which lists and countries.
        bound: The lower bound, or why there is none.
        modelled: The averaged models, or why there are none.
    """
    asked, table = case.asked, case.table
    words, study = facts()["texts"], asked.study
    models, refused = modelled
    vendor = asked.vendor_name or "any vendor"
    until = words["until"].format(year=asked.until) if asked.until else ""
    home = study.query.home
    definition = words["definition"].format(
        vendor=vendor,
        until=until.rstrip(","),
        home=words["home"].format(country=country_name(home)) if home else words["no_home"],
        countries=len(case.common),
        eligible=len(asked.eligible),
    )
    return Statement(
        key=key_of(asked.vendor, asked.until),
        question=words["question"].format(vendor=vendor, until=until),
        answer=_answer(table, bound, models, refused),
        definition=" ".join(definition.split()),
        unit=words["unit"].format(vendor=vendor),
        estimate=models.total if models else None,
        interval=models.interval if models else None,
        refused=refused,
        method=_method(table, bound[0], models),
        method_page="capture-recapture",
        assumptions=tuple(one.format(until=until.rstrip(",")) for one in texts(words["assumptions"]))
        + (texts(words["assumptions_models"]) if models else ()),
        would_be_false_if=texts(words["would_be_false_if"]),
        not_covered=words["not_covered"],
        ids=tuple(str(one) for one in study.admitted.rows["agreement_id"]),
        data_version=study.data_version,
        notes=_notes(case, bound[0], models),
    )


def key_of(vendor: str, until: str) -> str:
    """Permanent key of a question."""
    return ".".join(("undercount", vendor or "all", until or "all"))


def _range(interval: Interval, units: int) -> str:
    return f"{number(interval.low - units)}{EN_DASH}{number(interval.high - units)}"


def _answer(table: CaptureTable, bound: tuple[Population | None, str], models: Models | None, refused: str) -> str:
    words, units = facts()["texts"], table.units
    if models:
        found = _range(models.interval, units) if models.interval else models.note
        return str(words["answer_models"].format(units=units, unseen=number(models.total - units), range=found))
    least, why = bound
    if least is None:
        return str(words["answer_none"].format(reason=f"{refused}; {why}"))
    return str(
        words["answer_bound"].format(units=units, unseen=number(least.unseen), range=_range(least.interval, units))
    )


def _method(table: CaptureTable, bound: Population | None, models: Models | None) -> str:
    words, level = facts()["texts"], percent(100 * settings().level)
    parts = [words["method_bound"].format(level=level)] if bound else []
    if models:
        parts.append(
            words["method_models"].format(
                lists=len(table.lists),
                order=facts()["interactions"][len(table.lists)],
                models=models.fitted,
                left_out=sum(models.left_out.values()),
                criterion=models.criterion.upper(),
                level=level,
            )
        )
    return " ".join(" ".join(parts).split())


def _notes(case: Case, bound: Population | None, models: Models | None) -> tuple[str, ...]:
    words, last = facts()["texts"], last_common_year()
    notes = [f"{one}." for one in leanings(case.taking)]
    if case.beyond:
        notes.append(str(words["beyond"].format(names=", ".join(map(country_name, case.beyond)))))
    if last and (not case.asked.until or case.asked.until > last):
        notes.append(str(words["open_end"].format(year=last)))
    highest = max((found.total for found in (bound, models) if found), default=0.0)
    if highest > len(case.common):
        above = words["above"].format(countries=len(case.common))
        notes.append(f"{above[:1].upper()}{above[1:]}.")
    return tuple(notes)
