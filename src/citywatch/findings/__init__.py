"""Findings: one question per file, answered with shares, base rates and honest intervals."""

from citywatch.findings.brief_countries import BriefCountries, brief_countries
from citywatch.findings.catalogue import FINDINGS
from citywatch.findings.compute import compute
from citywatch.findings.contrast import Contrast, contrast
from citywatch.findings.coverage import coverage
from citywatch.findings.curve import Curve, curve
from citywatch.findings.curve_fit import Point
from citywatch.findings.curve_grid import default_draws
from citywatch.findings.curve_grid import questions as curve_questions
from citywatch.findings.curve_store import Folder as CurveFolder
from citywatch.findings.curve_store import input_hashes
from citywatch.findings.curve_test import JointTest, joint_test, refuse_without_null
from citywatch.findings.doubt import HeadlineDoubt, doubts
from citywatch.findings.drivers import Drivers, drivers
from citywatch.findings.everything import all_findings
from citywatch.findings.facts import rules, scenarios, settings
from citywatch.findings.models import STORED as STORED_MODELS
from citywatch.findings.models import compute_joint_tests, joint_tests, model_hashes, models_text, stored
from citywatch.findings.plain import plain
from citywatch.findings.published import Comparison, published_comparison, published_scenario
from citywatch.findings.record import BaseRate, Finding, FindingSet, ScenarioFacts, Share
from citywatch.findings.result import Estimate, Result
from citywatch.findings.trends import Trends, trends
from citywatch.findings.undercount import Undercount, published_undercounts, undercount
from citywatch.findings.urban import Check, urban_check

__all__ = [
    "FINDINGS",
    "STORED_MODELS",
    "BaseRate",
    "BriefCountries",
    "Check",
    "Comparison",
    "Contrast",
    "Curve",
    "CurveFolder",
    "Drivers",
    "Estimate",
    "Finding",
    "FindingSet",
    "HeadlineDoubt",
    "JointTest",
    "Point",
    "Result",
    "ScenarioFacts",
    "Share",
    "Trends",
    "Undercount",
    "all_findings",
    "brief_countries",
    "compute",
    "compute_joint_tests",
    "contrast",
    "coverage",
    "curve",
    "curve_questions",
    "default_draws",
    "doubts",
    "drivers",
    "input_hashes",
    "joint_test",
    "joint_tests",
    "model_hashes",
    "models_text",
    "plain",
    "published_comparison",
    "published_scenario",
    "published_undercounts",
    "refuse_without_null",
    "rules",
    "scenarios",
    "settings",
    "stored",
    "trends",
    "undercount",
    "urban_check",
]
