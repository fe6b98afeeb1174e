"""What the brief asks of a release; a part that the release does not hold is None, never an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from citywatch.publish.brief.words import Dates, Ledger, Rich, Words
from citywatch.publish.reading import ReleaseLike

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Facts:
    """Findings of a release by what they answer.

    Attributes:
        release: The release.
    """

    release: ReleaseLike

    @property
    def found(self) -> Record:
        """Content of ``findings.json``."""
        return self.release.findings

    @cached_property
    def rules(self) -> tuple[Record, ...]:
        """Counting rules, the main one first."""
        return tuple(self.found.get("rules", ()))

    @property
    def main_rule(self) -> str:
        """Id of the main rule."""
        return str(self.rules[0]["id"]) if self.rules else ""

    @cached_property
    def _scenarios(self) -> dict[str, Record]:
        return {entry["id"]: entry for entry in self.found.get("scenarios", ())}

    def scenario(self, name: str) -> Record | None:
        """A scenario that admits agreements; None where it admits none."""
        entry = self._scenarios.get(name)
        return entry if entry and entry["agreements"] else None

    @cached_property
    def _findings(self) -> dict[tuple[str, str, str], Record]:
        found: dict[tuple[str, str, str], Record] = {}
        for entry in self.found.get("findings", ()):
            if entry["unit"] == "agreement":  # the first variant is the scenario's own
                found.setdefault((entry["scenario"], entry["rule"], entry["dimension"]), entry)
        return found

    def finding(self, scenario: str, dimension: str, rule: str = "") -> Record | None:
        """Finding over agreements in the scenario's own classification.

        Args:
            scenario: Scenario id.
            dimension: What the classes are.
            rule: Counting rule; the main one if empty.
        """
        return self._findings.get((scenario, rule or self.main_rule, dimension))

    def share(self, scenario: str, dimension: str, category: str, rule: str = "") -> Record | None:
        """One share of a finding."""
        finding = self.finding(scenario, dimension, rule)
        shares: Sequence[Record] = finding["shares"] if finding else ()
        return next((share for share in shares if share["category"] == category), None)

    @cached_property
    def shares(self) -> dict[str, Record]:
        """Every share by key."""
        return {share["key"]: share for finding in self.found.get("findings", ()) for share in finding["shares"]}

    @cached_property
    def published(self) -> tuple[Record, ...]:
        """Printed figures that have a rebuilt one under the main rule."""
        return tuple(entry for entry in self.found.get("published", ()) if entry["rebuilt"].get(self.main_rule))

    @property
    def totals(self) -> Record | None:
        """Printed totals beside the rebuilt ones; None where nothing was rebuilt."""
        totals = self.found.get("published_totals") or {}
        return totals if (totals.get("rebuilt") or {}).get(self.main_rule, {}).get("agreements") else None

    def contrast(self, name: str) -> Record | None:
        """A contrast by the last part of its key."""
        return next((entry for entry in self.found.get("contrasts", ()) if entry["key"].endswith(f".{name}")), None)

    def rows(self, table: str) -> pd.DataFrame | None:
        """Rows of a table; None where the release has none of that name."""
        return self.release.table(table) if table in self.release.tables else None

    def count(self, name: str) -> tuple[str, int] | None:
        """Key and value of a count."""
        entry = self.found.get("counts", {}).get(name)
        return (str(entry["key"]), int(entry["value"])) if entry else None

    def known(self, table: str, column: str) -> tuple[str, int]:
        """Key and number of rows that hold something in a column."""
        rows = self.rows(table)
        held = 0 if rows is None else int((rows[column].notna() & (rows[column].astype("str") != "")).sum())
        return f"table:{table}.{column}", held


@dataclass(frozen=True)
class Desk:
    """What every section of the brief works with.

    Attributes:
        facts: The release.
        ledger: Takes every number.
        words: Messages.
        dates: Dates in words.
    """

    facts: Facts
    ledger: Ledger
    words: Words
    dates: Dates

    def count(self, name: str) -> Rich:
        """A count of the release; a dash where it does not carry it."""
        entry = self.facts.count(name)
        return self.ledger.whole(*entry) if entry else [{"t": "–"}]

    def source(self, key: str, **values: str | Rich) -> Rich:
        """A source line; ends with the version of the release."""
        version = self.ledger.number("release.version", self.facts.release.version)
        return self.words(key, version=version, **values)
