"""Findings: one question per file, answered with shares, base rates and honest intervals."""

from citywatch.findings.brief_countries import BriefCountries, brief_countries
from citywatch.findings.catalogue import FINDINGS
from citywatch.findings.compute import compute
from citywatch.findings.contrast import Contrast, contrast
from citywatch.findings.coverage import coverage
from citywatch.findings.doubt import HeadlineDoubt, doubts
from citywatch.findings.everything import all_findings
from citywatch.findings.facts import rules, scenarios, settings
from citywatch.findings.published import Comparison, published_comparison, published_scenario
from citywatch.findings.record import BaseRate, Finding, FindingSet, ScenarioFacts, Share
from citywatch.findings.trends import Trends, trends
from citywatch.findings.undercount import Undercount, published_undercounts, undercount
from citywatch.findings.urban import Check, urban_check

__all__ = [
    "FINDINGS",
    "BaseRate",
    "BriefCountries",
    "Check",
    "Comparison",
    "Contrast",
    "Finding",
    "FindingSet",
    "HeadlineDoubt",
    "ScenarioFacts",
    "Share",
    "Trends",
    "Undercount",
    "all_findings",
    "brief_countries",
    "compute",
    "contrast",
    "coverage",
    "doubts",
    "published_comparison",
    "published_scenario",
    "published_undercounts",
    "rules",
    "scenarios",
    "settings",
    "trends",
    "undercount",
    "urban_check",
]
