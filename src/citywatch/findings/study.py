"""What all findings of one scenario share: admitted rows, eligible countries, their people, and the draws."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import pandas as pd

from citywatch.findings.base import Ground
from citywatch.findings.classes import Classes
from citywatch.findings.facts import Scenario, read
from citywatch.findings.facts import scenario as scenario_of
from citywatch.findings.record import ScenarioFacts
from citywatch.findings.selection import Query, Selection, admit, known_vendor, refuse_empty, vendor_count
from citywatch.indicators import Classification, Indicators, classify, eligible, population
from citywatch.registry import Registry
from citywatch.tables import PartialDate

REGION = "region"


@dataclass(frozen=True)
class Study:
    """One scenario, ready to be asked.

    Attributes:
        registry: The registry.
        indicators: The indicators.
        query: Scenario with the options of the caller.
        admitted: Rows that the scenario admits.
        ground: The eligible countries that shares are compared with.
    """

    registry: Registry
    indicators: Indicators
    query: Query
    admitted: Selection
    ground: Ground
    known: dict[tuple[str, str], Classification] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def data_version(self) -> str:
        """Version of the data."""
        return self.registry.version()

    def classification(self, dimension: str, variant: str) -> Classification:
        """Class of every country; each classification is worked out once."""
        if (dimension, variant) not in self.known:
            self.known[dimension, variant] = classify(self.indicators, dimension, variant)
        return self.known[dimension, variant]

    def only_region(self, countries: Iterable[str]) -> str:
        """Label of the region in which all of these countries lie; empty where there are several, or no country.

        Args:
            countries: Countries by code; those in no region are passed over.
        """
        classification = self.classification(REGION, self.query.scenario.variants[REGION])
        labels = {entry.id: entry.label for entry in classification.classes if not entry.is_residual}
        present = set(classification.by_country.reindex(list(countries))) & set(labels)
        return labels[present.pop()] if len(present) == 1 else ""

    def facts(self) -> ScenarioFacts:
        """The scenario in numbers."""
        rows, scenario = self.admitted.rows, self.query.scenario
        return ScenarioFacts(
            id=self.query.key,
            label=scenario.label,
            description=scenario.description,
            vendor=scenario.vendor,
            until=scenario.until,
            eligible_set=scenario.eligible_set,
            home_iso3=self.query.home,
            n_eligible=len(self.query.eligible),
            agreements=len(rows),
            countries=int(rows["country_iso3"].nunique()),
            vendors=vendor_count(rows),
            set_aside=self.admitted.set_aside(),
            undated=int((rows["announced"] == "").sum()),
            low=int((rows["confidence"] == "low").sum()),
        )


@dataclass(frozen=True)
class Question:
    """One question of the catalogue.

    Attributes:
        dimension: Word of the dimension; its texts are in ``questions.yml``.
        classify: Puts counted rows into classes; takes study, rows and variant.
    """

    dimension: str
    classify: Callable[[Study, pd.DataFrame, str], Classes]

    def texts(self) -> dict[str, Any]:
        """Texts of the question, as data."""
        return dict(read("questions")["dimensions"][self.dimension])


def prepare(
    registry: Registry, indicators: Indicators, scenario: str, vendor: str | None = None, until: str | None = None
) -> Study:
    """Find the rows that a scenario admits.

    Args:
        registry: The registry.
        indicators: The indicators.
        scenario: Scenario id.
        vendor: Vendor id instead of the scenario's; the empty text asks for all vendors.
        until: Cut-off instead of the scenario's, ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``; the empty text asks for none.

    Raises:
        VocabularyError: If scenario or vendor do not exist.
        InputError: If the cut-off is no date.
        NoDataError: If no agreement is left.
    """
    query = _query(registry, indicators, scenario_of(scenario), (vendor, until))
    admitted = admit(registry, query)
    refuse_empty(admitted, query)
    return Study(registry, indicators, query, admitted, _ground(indicators, query))


def _ground(indicators: Indicators, query: Query) -> Ground:
    residents = population(indicators, query.scenario.population_year)
    people = residents.reindex(list(query.eligible))
    return Ground(
        eligible=query.eligible,
        home=query.home,
        people=people.fillna(0).to_numpy("float64"),
        home_people=float(residents.get(query.home, 0.0)) if query.home else 0.0,
        without_people=tuple(str(country) for country in people.index[people.isna()]),
    )


def _query(
    registry: Registry, indicators: Indicators, scenario: Scenario, options: tuple[str | None, str | None]
) -> Query:
    vendor, until = (
        given if given is not None else own
        for given, own in zip(options, (scenario.vendor, scenario.until), strict=True)
    )
    if until:
        PartialDate.parse(until)
    home = known_vendor(registry, vendor) if vendor else ""
    everyone = eligible(indicators, scenario.eligible_set)
    departures = [given or "all" for given, own in ((vendor, scenario.vendor), (until, scenario.until)) if given != own]
    return Query(
        scenario=_asked(registry, scenario, vendor, until),
        key="+".join([scenario.id, *departures]),
        home=home if home in everyone else "",
        eligible=tuple(country for country in everyone if country != home),
        is_flagged=bool(scenario.window_flag) and until == scenario.until,
    )


def _asked(registry: Registry, scenario: Scenario, vendor: str, until: str) -> Scenario:
    """The scenario with the caller's options, and words that say so."""
    if (vendor, until) == (scenario.vendor, scenario.until):
        return scenario
    texts = read("questions")["subjects"]
    names = dict(zip(registry.vendors["vendor_id"], registry.vendors["name"], strict=True))
    subject = texts["vendor"].format(name=names[vendor]) if vendor else texts["all"]
    subject += texts["until"].format(until=until) if until else ""
    description = texts["departure"].format(subject=subject[:1].upper() + subject[1:])
    label = subject[:1].upper() + subject[1:]
    return replace(scenario, vendor=vendor, until=until, label=label, subject=subject, description=description)
