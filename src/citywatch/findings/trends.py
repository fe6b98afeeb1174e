"""The questions over time, together; a question that the rows cannot carry is refused by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from citywatch.errors import NoDataError
from citywatch.findings.facts import read
from citywatch.findings.plain import plain
from citywatch.findings.study import Study, prepare
from citywatch.findings.trend_adoption import Adoption, adoption
from citywatch.findings.trend_concentration import Concentration, concentrations
from citywatch.findings.trend_stages import Stages, stages
from citywatch.findings.trend_vendors import VendorTrend, vendor_trend
from citywatch.indicators import Indicators
from citywatch.registry import Registry

TRENDS: Mapping[str, Callable[[Study], Any]] = {
    "adoption": adoption,
    "stages": stages,
    "vendors": vendor_trend,
    "concentration": concentrations,
}
"""Every question over time, in the order of display."""


@dataclass(frozen=True, slots=True)
class Trends:
    """Answers to the questions over time; None where one was refused.

    Attributes:
        adoption: Adoption by year, with the delay of reports.
        stages: Agreements as a flow of stages.
        vendors: Vendors by region and year.
        concentration: Sellers and payers.
        refused: By question, why it was refused.
    """

    adoption: Adoption | None
    stages: Stages | None
    vendors: VendorTrend | None
    concentration: tuple[Concentration, ...] | None
    refused: dict[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary for JSON."""
        return dict(plain(self))


def trends(registry: Registry, indicators: Indicators) -> Trends:
    """Ask every question of the scenario of ``trends.yml``.

    Args:
        registry: The registry.
        indicators: The indicators.

    Raises:
        NoDataError: If no agreement is left to count.
    """
    return trends_of(prepare(registry, indicators, read("trends")["scenario"]))


def trends_of(study: Study) -> Trends:
    """The same over a prepared scenario.

    Args:
        study: The scenario.
    """
    found: dict[str, Any] = {}
    refused: dict[str, str] = {}
    for name, question in TRENDS.items():
        try:
            found[name] = question(study)
        except NoDataError as error:
            found[name], refused[name] = None, str(error)
    return Trends(**found, refused=refused)
