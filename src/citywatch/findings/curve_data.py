"""What the specifications are fitted to: outcomes by selection, the class, other columns, and who is eligible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from citywatch.errors import NoDataError
from citywatch.findings.by_vendor_group import group_of_rows
from citywatch.findings.curve_grid import NOT_USED, Question, Spec
from citywatch.findings.facts import read, rule
from citywatch.findings.selection import Selection, apply_rule
from citywatch.findings.study import Study, prepare
from citywatch.indicators import Indicators, population
from citywatch.registry import Registry
from citywatch.tables import split_list

Matrix = NDArray[np.float64]
Key = tuple[str, ...]


@dataclass
class Ground:
    """Everything that specifications share; each part is worked out once.

    Attributes:
        registry: The registry.
        indicators: The indicators.
        question: The question.
        countries: Eligible countries of the widest set, sorted.
    """

    registry: Registry
    indicators: Indicators
    question: Question
    countries: tuple[str, ...]
    _studies: dict[Key, Study] = field(default_factory=dict)
    _selections: dict[Key, Selection | None] = field(default_factory=dict)
    _columns: dict[Key, Matrix] = field(default_factory=dict)
    _classes: dict[Key, Mapping[str, str]] = field(default_factory=dict)

    def only_region(self) -> str:
        """Label of the region in which all agreements lie, of any vendor and date; empty where there are several."""
        study = next(iter(self._studies.values()))
        return study.only_region(study.admitted.rows["country_iso3"])

    def selection(self, spec: Spec) -> Selection | None:
        """Rows that a specification counts; None where there are none."""
        key = self.selection_key(spec)
        if key not in self._selections:
            self._selections[key] = self._select(spec)
        return self._selections[key]

    @staticmethod
    def selection_key(spec: Spec) -> Key:
        """What decides which rows are counted."""
        return tuple(spec.chosen.get(name, NOT_USED) for name in ("rule", "vendors", "window"))

    def outcome(self, spec: Spec) -> Matrix:
        """Agreements by country, or 1 where there is one, in the order of ``countries``."""
        key = ("outcome", *self.selection_key(spec))
        if key not in self._columns:
            selection = self.selection(spec)
            empty = np.zeros(len(self.countries))
            self._columns[key] = empty if selection is None else self._counted(selection.rows)
        counts = self._columns[key]
        return np.minimum(counts, 1.0) if spec.chosen.get("unit") == "country" else counts

    def pair(self, spec: Spec) -> tuple[Matrix, Matrix]:
        """Agreements by country of the question's vendor, and of the groups that it is compared with."""
        selection = self.selection(spec)
        if selection is None:
            return np.zeros(len(self.countries)), np.zeros(len(self.countries))
        own, other = self.pair_rows(spec)
        return self._counted(selection.rows[own]), self._counted(selection.rows[other])

    def pair_rows(self, spec: Spec) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which counted rows are the vendor's own, and which those of the groups compared with."""
        selection = self.selection(spec)
        if selection is None:
            return np.zeros(0, dtype=bool), np.zeros(0, dtype=bool)
        rows, vendor = selection.rows, self.question.facts["pair"]["vendor"]
        is_own = np.array([vendor in split_list(cell) for cell in rows["vendors"]])
        groups = self.question.choice("against").option(spec.chosen["against"]).facts["groups"]
        is_other = np.isin(np.array(group_of_rows(rows, self.registry)), groups) & ~is_own
        return is_own, is_other

    def weights(self, spec: Spec) -> Matrix:
        """1 for the eligible countries of a specification that have a class and every column, else 0."""
        key = ("weights", spec.chosen["eligible"], str(spec.chosen.get("vendors")), *self.design_key(spec))
        if key not in self._columns:
            self._columns[key] = self._weights(spec)
        return self._columns[key]

    def _weights(self, spec: Spec) -> Matrix:
        facts = self.question.choice("eligible").option(spec.chosen["eligible"]).facts
        weights = np.ones(len(self.countries))
        if "minimum_people" in facts:
            weights *= self._people() >= facts["minimum_people"]
        if home := self._home(spec):
            weights *= np.array([country != home for country in self.countries])
        used = np.column_stack([self.focal(spec), *self.columns(spec)])
        return np.asarray(weights * np.isfinite(used).all(axis=1))

    def focal(self, spec: Spec) -> Matrix:
        """1 inside the class, 0 outside, NaN where a country is in no class."""
        facts = self.question.facts["focal"]
        return self._inside(facts["dimension"], spec.chosen[facts["choice"]], facts["classes"])

    def columns(self, spec: Spec) -> list[Matrix]:
        """The other columns of a specification; NaN where a country has no value."""
        option = self.question.choice("covariates").option(spec.chosen["covariates"])
        return [self._column(name, spec) for name in option.facts["columns"]]

    def design_key(self, spec: Spec) -> Key:
        """What decides the columns."""
        focal = self.question.facts["focal"]["choice"]
        option = self.question.choice("covariates").option(spec.chosen["covariates"])
        used = (spec.chosen[name] for name in option.facts.get("uses", ()))
        return (spec.chosen[focal], spec.chosen["covariates"], *used)

    def _column(self, name: str, spec: Spec) -> Matrix:
        facts = read("curves")["common"]["columns"][name]
        if "people" in facts:
            with np.errstate(divide="ignore"):
                logs = np.log(self._people())
            return np.where(np.isfinite(logs), logs, np.nan)
        variant = spec.chosen[facts["choice"]]
        if "classes" in facts:
            classes = facts["classes"].get(variant, facts["classes"].get("*"))
            return self._inside(facts["dimension"], variant, classes)
        return self._of_class(facts["dimension"], variant, facts["scores"])

    def _inside(self, dimension: str, variant: str, classes: Sequence[str]) -> Matrix:
        study = next(iter(self._studies.values()))
        known = [one.id for one in study.classification(dimension, variant).classes if not one.is_residual]
        return self._of_class(dimension, variant, {name: float(name in classes) for name in known})

    def _of_class(self, dimension: str, variant: str, scores: Mapping[str, float]) -> Matrix:
        key = (dimension, variant, str(sorted(scores.items())))
        if key not in self._columns:
            study = next(iter(self._studies.values()))
            classes = study.classification(dimension, variant).by_country.reindex(list(self.countries))
            self._columns[key] = np.asarray(classes.map(scores), dtype="float64")
        return self._columns[key]

    def _people(self) -> Matrix:
        key = ("people",)
        if key not in self._columns:
            people = population(self.indicators, read("curves")["common"]["people_year"])
            self._columns[key] = people.reindex(list(self.countries)).fillna(0).to_numpy("float64")
        return self._columns[key]

    def _counted(self, rows: pd.DataFrame) -> Matrix:
        position = pd.Index(self.countries).get_indexer(pd.Index(rows["country_iso3"]))
        return np.bincount(position, minlength=len(self.countries)).astype("float64")

    def _vendors(self, spec: Spec) -> Mapping[str, Any]:
        if "vendors" in spec.chosen:
            return self.question.choice("vendors").option(spec.chosen["vendors"]).facts
        return {"home": self.question.facts["pair"]["home"]}

    def _home(self, spec: Spec) -> str:
        facts = self._vendors(spec)
        return str(facts.get("home") or (self.study(spec).query.home if facts.get("vendor") else ""))

    def study(self, spec: Spec) -> Study:
        """The scenario behind a specification, with the vendor and the window that it chose.

        Raises:
            NoDataError: If no agreement is left.
        """
        facts = self._vendors(spec)
        window = self.question.choice("window").option(spec.chosen["window"]).facts
        key = (str(facts.get("vendor", "")), str(window))
        if key not in self._studies:
            vendor = facts.get("vendor", "")
            made = prepare(self.registry, self.indicators, window["scenario"], vendor, window.get("until"))
            shared = next(iter(self._studies.values())).known if self._studies else made.known
            self._studies[key] = replace(made, known=shared)
        return self._studies[key]

    def _select(self, spec: Spec) -> Selection | None:
        try:
            study = self.study(spec)
        except NoDataError:
            return None
        admitted, facts = study.admitted, self._vendors(spec)
        rows = admitted.rows
        if "groups" in facts:
            rows = rows[np.isin(np.array(group_of_rows(rows, self.registry)), facts["groups"])]
        if home := self._home(spec):
            rows = rows[rows["country_iso3"] != home]
        chosen = apply_rule(Selection(rows.reset_index(drop=True), admitted.left_out), rule(spec.chosen["rule"]))
        return None if chosen.rows.empty else chosen


def ground(registry: Registry, indicators: Indicators, question: Question) -> Ground:
    """Prepare what the specifications of a question share.

    Args:
        registry: The registry.
        indicators: The indicators.
        question: The question.

    Raises:
        NoDataError: If no agreement is left under the main window of any vendor.
    """
    study = prepare(registry, indicators, "current", "", "")
    made = Ground(registry, indicators, question, study.query.eligible)
    made._studies["", "all"] = study  # noqa: SLF001 - our own record, before anyone sees it
    return made
