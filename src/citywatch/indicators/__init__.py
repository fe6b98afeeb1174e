"""Indicators: the country-year panel and the rules that put countries into classes."""

from citywatch.indicators.classify import Classification, classes, classify, variants
from citywatch.indicators.freedom import classify_freedom, freedom_mean, freedom_status
from citywatch.indicators.load import IndicatorEntry, Indicators, check_indicators, load_indicators
from citywatch.indicators.lookups import eligible, income, population, region, urban_share
from citywatch.indicators.panel import coverage, missing_values, panel
from citywatch.indicators.rules import ClassLabel
from citywatch.indicators.schema import TABLES

__all__ = [
    "TABLES",
    "ClassLabel",
    "Classification",
    "IndicatorEntry",
    "Indicators",
    "check_indicators",
    "classes",
    "classify",
    "classify_freedom",
    "coverage",
    "eligible",
    "freedom_mean",
    "freedom_status",
    "income",
    "load_indicators",
    "missing_values",
    "panel",
    "population",
    "region",
    "urban_share",
    "variants",
]
