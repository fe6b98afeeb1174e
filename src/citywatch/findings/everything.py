"""All findings of a release in one structure, as ``findings.json`` holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from citywatch import __version__
from citywatch.errors import NoDataError, VocabularyError
from citywatch.findings.brief_countries import compare_countries
from citywatch.findings.compute import MAIN_RULE, MAIN_UNIT, ask
from citywatch.findings.contrast import contrasts_of
from citywatch.findings.coverage import coverage
from citywatch.findings.coverage_evidence import held_values, pairs_of
from citywatch.findings.doubt import doubts_of
from citywatch.findings.effects import published_effects
from citywatch.findings.facts import read, rules, scenarios, settings
from citywatch.findings.models import models
from citywatch.findings.plain import plain
from citywatch.findings.published import compare
from citywatch.findings.record import FindingSet
from citywatch.findings.study import Study, prepare
from citywatch.findings.trends import trends_of
from citywatch.findings.undercount import published_undercounts
from citywatch.findings.urban import urban_check
from citywatch.indicators import Indicators
from citywatch.registry import Registry

SCHEMA = "citywatch-findings/1"
COUNTED_TABLES = ("claims", "sources", "searches", "events", "places", "series", "observations", "evaluations")


def all_findings(registry: Registry, indicators: Indicators) -> dict[str, Any]:
    """Every scenario, rule, unit and question, the published figures, contrasts, checks and counts.

    Args:
        registry: The registry.
        indicators: The indicators.

    Returns:
        Plain values, floats rounded to ten significant digits; the same input gives the same structure.
    """
    studies, refused = _studies(registry, indicators)
    sets = {
        (scenario, rule, unit): ask(study, rule, unit)
        for scenario, study in studies.items()
        for rule in rules()
        for unit in settings().units
    }
    modelled = models(registry, indicators)
    refused |= modelled["refused"]
    return {
        "schema": SCHEMA,
        "data_version": registry.version(),
        "code_version": __version__,
        "scenarios": [plain(study.facts()) for study in studies.values()],
        "rules": [{"id": rule.id, "label": rule.label, "description": rule.description} for rule in rules().values()],
        "units": [{"id": name, "label": words["label"]} for name, words in settings().units.items()],
        "findings": [plain(finding) for found in sets.values() for finding in found.findings],
        **_compared(studies, sets),
        "contrasts": _contrasts(studies, refused),
        "drivers": modelled["drivers"],
        "curves": modelled["curves"],
        "refused": refused,
        "checks": [plain(urban_check(indicators))],
        "counts": plain(counts(registry, sets)),
        "coverage": plain(coverage(registry, indicators)),
        "published_effects": [
            plain(one) for bounded in (False, True) for one in published_effects(registry, bounded=bounded)
        ],
        **_further(registry, indicators, (studies, sets), refused),
    }


def counts(registry: Registry, sets: Mapping[tuple[str, str, str], FindingSet]) -> dict[str, dict[str, Any]]:
    """Sizes that pages cite, each with its key.

    Args:
        registry: The registry.
        sets: Findings by scenario, rule and unit.
    """
    agreements = registry.agreements
    evidence_values, with_source = evidence_coverage(registry)
    values = {
        "agreements": len(agreements),
        "agreements_undated": int((agreements["announced"] == "").sum()),
        "agreements_low_confidence": int((agreements["confidence"] == "low").sum()),
        "agreements_circular": int((agreements["is_circular"] == "yes").sum()),
        "countries": int(agreements["country_iso3"].nunique()),
        "vendors": len(registry.vendors),
        **{table: len(getattr(registry, table)) for table in COUNTED_TABLES},
        "pages_read": int(registry.searches["pages_read"].sum()),
        "evidence_rows": len(registry.evidence),
        "evidence_values": evidence_values,
        "evidence_with_source": with_source,
        "findings": sum(len(found.findings) for found in sets.values()),
    }
    return {name: {"key": f"count.{name}", "value": value} for name, value in values.items()}


def evidence_coverage(registry: Registry) -> tuple[int, int]:
    """Values that agreements hold, and how many of them have at least one chosen source.

    Derived columns hold no value of their own and are not counted.

    Args:
        registry: The registry.
    """
    held = held_values(registry)
    chosen = registry.evidence[registry.evidence["is_chosen"] == "yes"]
    return len(held), int(held.isin(pairs_of(chosen)).sum())


def _compared(studies: Mapping[str, Study], sets: Mapping[tuple[str, str, str], FindingSet]) -> dict[str, Any]:
    """What is set beside the brief of 2019; without rebuilt figures where its scenario was refused."""
    facts = read("published")
    brief = facts["scenario"]
    compared: dict[str, Any] = {"published_source": plain(facts["source"])}
    if brief not in studies:
        totals = {**facts["totals"], "rebuilt": {}}
        return compared | {"published": [], "published_totals": totals, "brief_countries": None}
    comparison = compare({rule: sets[brief, rule, MAIN_UNIT] for rule in rules()})
    return compared | {
        "published": plain(comparison.published),
        "published_totals": plain(comparison.published_totals),
        "brief_countries": plain(compare_countries(studies[brief])),
    }


def _further(
    registry: Registry,
    indicators: Indicators,
    asked: tuple[Mapping[str, Study], Mapping[tuple[str, str, str], FindingSet]],
    refused: dict[str, str],
) -> dict[str, Any]:
    """What no list holds, the headlines with the doubt of the records, and the trends; refusals join the others."""
    studies, sets = asked
    missed, no_lists = published_undercounts(registry, indicators)
    main = {scenario: found for (scenario, rule, unit), found in sets.items() if (rule, unit) == (MAIN_RULE, MAIN_UNIT)}
    sure, unsure = doubts_of(studies, main)
    refused.update(no_lists | unsure)
    over_time = read("trends")["scenario"]
    found = trends_of(studies[over_time]) if over_time in studies else None
    refused.update({f"trend.{name}": why for name, why in (found.refused if found else {}).items()})
    return {"undercount": plain(missed), "doubt": plain(sure), "trends": plain(found) if found else None}


def _contrasts(studies: Mapping[str, Study], refused: dict[str, str]) -> list[Any]:
    scenario = read("contrasts")["scenario"]
    if scenario not in studies:
        return []
    try:
        return list(plain(contrasts_of(studies[scenario])))
    except NoDataError as error:
        refused["contrasts"] = str(error)
        return []


def _studies(registry: Registry, indicators: Indicators) -> tuple[dict[str, Study], dict[str, str]]:
    """Every scenario prepared, and why others were refused; they share the classifications that were worked out."""
    prepared: dict[str, Study] = {}
    refused: dict[str, str] = {}
    for name in scenarios():
        try:
            prepared[name] = prepare(registry, indicators, name)
        except (NoDataError, VocabularyError) as error:
            refused[name] = str(error)
    shared = next(iter(prepared.values())).known if prepared else None
    return {name: replace(study, known=shared or study.known) for name, study in prepared.items()}, refused
