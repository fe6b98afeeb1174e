"""Findings: one question per file, answered with shares, base rates and honest intervals."""

from citywatch.findings.brief_countries import BriefCountries, brief_countries
from citywatch.findings.catalogue import FINDINGS
from citywatch.findings.compute import compute
from citywatch.findings.contrast import Contrast, contrast
from citywatch.findings.coverage import coverage
from citywatch.findings.drivers import Drivers, drivers
from citywatch.findings.everything import all_findings
from citywatch.findings.facts import rules, scenarios, settings
from citywatch.findings.published import Comparison, published_comparison, published_scenario
from citywatch.findings.record import BaseRate, Finding, FindingSet, ScenarioFacts, Share
from citywatch.findings.result import Estimate, Result
from citywatch.findings.urban import Check, urban_check

__all__ = [
    "FINDINGS",
    "BaseRate",
    "BriefCountries",
    "Check",
    "Comparison",
    "Contrast",
    "Drivers",
    "Estimate",
    "Finding",
    "FindingSet",
    "Result",
    "ScenarioFacts",
    "Share",
    "all_findings",
    "brief_countries",
    "compute",
    "contrast",
    "coverage",
    "drivers",
    "published_comparison",
    "published_scenario",
    "rules",
    "scenarios",
    "settings",
    "urban_check",
]
