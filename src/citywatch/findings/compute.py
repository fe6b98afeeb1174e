"""Every question of the catalogue, asked of one scenario under one counting rule and unit."""

from __future__ import annotations

from citywatch.findings.answers import finding, finding_key
from citywatch.findings.catalogue import FINDINGS
from citywatch.findings.classes import NO_VARIANT, Classes
from citywatch.findings.facts import Rule, rule, rules, settings, unit
from citywatch.findings.record import FindingSet
from citywatch.findings.selection import Selection, apply_rule, refuse_empty
from citywatch.findings.shares import Case, all_shares
from citywatch.findings.study import Question, Study, prepare
from citywatch.findings.tally import tally
from citywatch.indicators import Indicators
from citywatch.registry import Registry

MAIN_RULE = "all-rows"
MAIN_UNIT = "agreement"


def compute(  # noqa: PLR0913 - one argument per option of the command
    registry: Registry,
    indicators: Indicators,
    *,
    scenario: str,
    rule: str = MAIN_RULE,
    unit: str = MAIN_UNIT,
    vendor: str | None = None,
    until: str | None = None,
) -> FindingSet:
    """Ask every question of the catalogue.

    Args:
        registry: The registry.
        indicators: The indicators.
        scenario: Scenario id.
        rule: Counting-rule id.
        unit: ``agreement``, or ``country`` to count each country once.
        vendor: Vendor id instead of the scenario's; its home country is left out.
        until: Cut-off of the evidence instead of the scenario's, ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``.

    Raises:
        VocabularyError: If scenario, rule, unit or vendor do not exist.
        InputError: If the cut-off is no date.
        NoDataError: If no agreement is left to count.
    """
    return ask(prepare(registry, indicators, scenario, vendor, until), rule, unit)


def ask(study: Study, rule_name: str, unit_name: str) -> FindingSet:
    """Ask every question of a prepared scenario.

    Args:
        study: The scenario.
        rule_name: Counting-rule id.
        unit_name: Unit of counting.
    """
    chosen = rule(rule_name)
    unit(unit_name)
    selection = apply_rule(study.admitted, chosen)
    refuse_empty(selection, study.query)
    asked = [
        (question, question.classify(study, selection.rows, variant))
        for question in FINDINGS
        for variant in variants(study, question, chosen, unit_name)
    ]
    cases = [case_of(study, question, (selection, chosen, unit_name), classes) for question, classes in asked]
    found = zip(asked, all_shares(cases, study.ground.draws()), strict=True)
    findings = [
        finding(study, question, (selection, chosen, unit_name), classes, shares)
        for (question, classes), shares in found
    ]
    rows = selection.rows
    return FindingSet(
        scenario=study.facts(),
        rule=chosen.id,
        unit=unit_name,
        findings=tuple(findings),
        set_aside=selection.set_aside(),
        eligible=study.query.eligible,
        countries=tuple(sorted({str(country) for country in rows["country_iso3"]})),
        ids=tuple(str(identifier) for identifier in rows["agreement_id"]),
    )


def variants(study: Study, question: Question, chosen: Rule, unit_name: str) -> tuple[str, ...]:
    """Classifications of a question: the scenario's, and for the first rule and unit also those that test it."""
    scenario = study.query.scenario
    if question.dimension not in scenario.variants:
        return (NO_VARIANT,)
    is_main = chosen.id == next(iter(rules())) and unit_name == next(iter(settings().units))
    further = scenario.sensitivity.get(question.dimension, ()) if is_main else ()
    return (scenario.variants[question.dimension], *further)


def case_of(study: Study, question: Question, counted: tuple[Selection, Rule, str], classes: Classes) -> Case:
    """What the shares of one question are made from.

    Args:
        study: The scenario.
        question: The question.
        counted: Counted rows, rule and unit.
        classes: The rows in classes.
    """
    selection, chosen, unit_name = counted
    return Case(
        key=finding_key(study, chosen.id, unit_name, question.dimension, classes.variant),
        labels=dict(classes.labels),
        tally=tally(study.query.eligible, selection.rows, classes, unit_name),
        base=study.ground.base_rates(question.dimension, classes),
        base_reason="" if classes.by_country is not None else question.texts()["base_reason"],
        ids=_ids(selection, classes),
        eligible=study.query.eligible,
    )


def _ids(selection: Selection, classes: Classes) -> tuple[tuple[str, ...], ...]:
    ids = selection.rows["agreement_id"].to_numpy()
    return tuple(tuple(str(identifier) for identifier in ids[mask]) for mask in classes.members.T)
