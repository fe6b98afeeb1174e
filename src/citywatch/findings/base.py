"""What the shares are compared with: the eligible countries and their people, observed and in every draw."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from citywatch.findings.classes import SUM, Classes
from citywatch.findings.facts import settings
from citywatch.uncertainty import Resampled, country_draws, draw_totals

Matrix = NDArray[np.float64]
PERCENT = 100.0


@dataclass(frozen=True)
class BaseRates:
    """Weight of each class among the eligible countries.

    Attributes:
        countries: Share of countries by class, as observed and in every draw.
        people: Share of residents, the same way.
        countries_pct: Share of countries by class.
        people_pct: Share of residents by class.
        countries_with_home_pct: The same with the vendor's home country.
        people_with_home_pct: The same with the vendor's home country.
    """

    countries: Resampled
    people: Resampled
    countries_pct: Matrix
    people_pct: Matrix
    countries_with_home_pct: Matrix
    people_with_home_pct: Matrix


@dataclass(frozen=True)
class Ground:
    """The eligible countries of one scenario.

    Attributes:
        eligible: Eligible countries, sorted, without the home.
        home: Home country of the vendor; empty where none is left out.
        people: Residents of each eligible country; 0 where there is no figure.
        home_people: Residents of the home; 0 where none is left out.
        without_people: Eligible countries without a figure of residents.
    """

    eligible: tuple[str, ...]
    home: str
    people: Matrix
    home_people: float
    without_people: tuple[str, ...]
    known: dict[tuple[str, str], BaseRates] = field(default_factory=dict, compare=False, repr=False)

    def draws(self) -> Matrix:
        """The draws; the same for every share of the scenario."""
        return country_draws(len(self.eligible), settings().draws, settings().seed)

    def base_rates(self, dimension: str, classes: Classes) -> BaseRates | None:
        """Base rates of classes that are properties of countries, worked out once each; None for others.

        Args:
            dimension: Dimension of the classes.
            classes: The classes; those joined by ``+`` hold every country of their parts.
        """
        if classes.by_country is None:
            return None
        key = (dimension, classes.variant)
        if key not in self.known:
            self.known[key] = self._work_out(classes)
        return self.known[key]

    def _work_out(self, classes: Classes) -> BaseRates:
        inside = self.inside(classes, [*self.eligible, self.home])
        weights = np.append(np.ones(len(self.people)), 1.0 if self.home else 0.0)
        residents = np.append(self.people, self.home_people)
        return BaseRates(
            *self._resampled(inside[:-1]),
            _pct(weights[:-1], inside[:-1]),
            _pct(residents[:-1], inside[:-1]),
            _pct(weights, inside),
            _pct(residents, inside),
        )

    @staticmethod
    def inside(classes: Classes, countries: list[str]) -> Matrix:
        """1 where a country is in a class, countries x classes."""
        if classes.by_country is None:
            return np.zeros((len(countries), len(classes.labels)))
        words = [classes.by_country.get(country, "") for country in countries]
        parts = [frozenset(word.split(SUM)) for word in classes.labels]
        return np.array([[word in part for part in parts] for word in words], dtype="float64")

    def _resampled(self, inside: Matrix) -> tuple[Resampled, Resampled]:
        """Share of countries and of people by class; one product for both."""
        people = self.people[:, None]
        columns = np.hstack([inside, inside * people, people])
        drawn, seen = draw_totals(self.draws(), columns), columns.sum(axis=0)
        size, number = inside.shape[1], np.array([float(len(people))])
        by_country = Resampled.of_totals((seen[:size], drawn[:, :size]), (number, number))
        by_people = Resampled.of_totals((seen[size:-1], drawn[:, size:-1]), (seen[-1:], drawn[:, -1:]))
        return by_country, by_people


def _pct(weights: Matrix, inside: Matrix) -> Matrix:
    total = weights.sum()
    return np.asarray(PERCENT * (weights @ inside) / total) if total else np.zeros(inside.shape[1])
