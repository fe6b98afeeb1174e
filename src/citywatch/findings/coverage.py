"""What was searched, and how sure is the record?"""

from __future__ import annotations

from citywatch.findings.coverage_evidence import count_coding, count_evidence, count_reread, count_second_look
from citywatch.findings.coverage_records import Coverage
from citywatch.findings.coverage_rows import count_coded_pages, count_rows, count_topics, headline_keys
from citywatch.findings.coverage_searches import count_searches, country_outcomes, known_gaps, searches_by_country
from citywatch.indicators import Indicators
from citywatch.registry import Registry


def coverage(registry: Registry, indicators: Indicators) -> Coverage:
    """Searches, sources, evidence, second readings, gaps and what the headlines rest on.

    Args:
        registry: The registry.
        indicators: The indicators; they hold the other list of countries and the countries that count.
    """
    named = searches_by_country(registry)
    return Coverage(
        searches=count_searches(registry),
        countries=country_outcomes(registry, indicators, named),
        agreements=count_rows(registry),
        evidence=count_evidence(registry),
        reread=count_reread(registry),
        second_look=count_second_look(registry),
        coding=count_coding(registry),
        coded_pages=count_coded_pages(registry),
        gaps=known_gaps(registry, indicators, named),
        institutions=count_topics(registry),
        headlines=headline_keys(),
    )
