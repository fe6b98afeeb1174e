"""From shares to a finding: every sentence is built from the numbers and from the templates in ``questions.yml``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from citywatch.findings.classes import Classes
from citywatch.findings.facts import Rule, read, settings, unit
from citywatch.findings.record import Finding, Share
from citywatch.findings.selection import Selection
from citywatch.findings.shares import EXACT
from citywatch.findings.study import Question, Study
from citywatch.places import country_name
from citywatch.uncertainty import percent, percent_range, times, times_range
from citywatch.uncertainty.format import NO_BREAK


def finding_key(study: Study, rule: str, unit_name: str, dimension: str, variant: str) -> str:
    """Permanent key of a finding."""
    return ".".join((study.query.key, rule, unit_name, dimension, variant))


def finding(
    study: Study, question: Question, counted: tuple[Selection, Rule, str], classes: Classes, shares: tuple[Share, ...]
) -> Finding:
    """A finding with its words.

    Args:
        study: The scenario.
        question: What is asked.
        counted: Counted rows, rule and unit.
        classes: The rows in classes.
        shares: One per class.
    """
    selection, rule, unit_name = counted
    texts, common = question.texts(), read("questions")["common"]
    headline = _headline(texts, shares)
    return Finding(
        key=finding_key(study, rule.id, unit_name, question.dimension, classes.variant),
        question=texts["question"].format(subject=study.query.scenario.subject),
        answer=_answer(texts, common, shares, unit_name),
        scenario=study.query.key,
        rule=rule.id,
        unit=unit_name,
        dimension=question.dimension,
        variant=classes.variant,
        definition=_definition(study, texts, common, classes, (rule, unit_name)),
        total=_total(selection, unit_name),
        unclassified=dict(classes.unclassified),
        set_aside=selection.set_aside(),
        shares=shares,
        method=_method(study, common, is_plain=classes.by_country is None),
        assumptions=tuple(common["assumptions"]),
        would_be_false_if=(*common["would_be_false_if"], *texts["would_be_false_if"]),
        not_covered=common["not_covered"],
        notes=_notes(study, common),
        headline=headline.key if headline else "",
        data_version=study.data_version,
    )


def numbers_of(share: Share) -> dict[str, str]:
    """The numbers of a share as readers see them, by the names that templates use.

    Args:
        share: A share; its base rate and ratio may be missing.
    """
    base, ratio = share.base, share.ratio_interval
    return {
        "label": share.label,
        "count": str(share.count),
        "total": str(share.total),
        "share": percent(share.share_pct),
        "range": percent_range(share.interval),
        "countries": percent(base.countries_pct) if base else "",
        "people": percent(base.people_pct) if base else "",
        "times": times(share.ratio) if share.ratio is not None else "",
        "times_range": times_range(ratio) if ratio else "",
        "Lean": share.lean_text[:1].upper() + share.lean_text[1:],
    }


def _answer(texts: Mapping[str, Any], common: Mapping[str, Any], shares: tuple[Share, ...], unit_name: str) -> str:
    share = _headline(texts, shares)
    if share is None:
        return str(common["answer_empty"])
    numbers = {**numbers_of(share), "of": unit(unit_name)["of"]}
    if share.base is None:
        answer = common["answer_plain"].format(**numbers)
    else:
        label = share.label[:1].lower() + share.label[1:] if texts.get("is_lower_case") else share.label
        numbers["label"] = texts["in_class"].format(label=label)
        answer = common["answer_base" if share.ratio_interval else "answer_base_bare"].format(**numbers)
    if share.interval.method != EXACT:
        return str(answer)
    note = share.interval.note[:1].upper() + share.interval.note[1:]
    return str(common["answer_marked"].format(answer=answer, note=note))


def _headline(texts: Mapping[str, Any], shares: tuple[Share, ...]) -> Share | None:
    wanted = texts.get("headline", ())
    chosen = next((share for share in shares if share.category in wanted), None)
    return chosen or max((share for share in shares if share.count), key=lambda share: share.count, default=None)


def _definition(
    study: Study, texts: Mapping[str, Any], common: Mapping[str, Any], classes: Classes, counted: tuple[Rule, str]
) -> str:
    rule, unit_name = counted
    parts = [
        study.query.scenario.description,
        texts["definition"].format(variant=classes.variant_label),
        rule.description,
        common["definition_unit"][unit_name],
        common["definition_multiple"].format(nbsp=NO_BREAK) if texts.get("is_multiple") else "",
        common["definition_classified"],
    ]
    return " ".join(part.strip() for part in parts if part)


def _total(selection: Selection, unit_name: str) -> int:
    rows = selection.rows
    return int(rows["country_iso3"].nunique()) if unit_name == "country" else len(rows)


def _method(study: Study, common: Mapping[str, Any], *, is_plain: bool) -> str:
    facts = settings()
    template = common["method_plain" if is_plain else "method"]
    return str(
        template.format(
            level=percent(100 * facts.level),
            eligible=len(study.query.eligible),
            draws=f"{facts.draws:,}",
            seed=facts.seed,
            minimum=facts.minimum_countries,
        )
    ).strip()


def _notes(study: Study, common: Mapping[str, Any]) -> tuple[str, ...]:
    notes = [_home_note(study, common)]
    if study.ground.without_people:
        notes.append(common["no_people"].format(countries=", ".join(study.ground.without_people)))
    return tuple(notes)


def _home_note(study: Study, common: Mapping[str, Any]) -> str:
    if study.query.home:
        return str(common["home_out"].format(home=country_name(study.query.home)))
    return str(common["home_unknown" if study.query.scenario.vendor else "home_many"])
