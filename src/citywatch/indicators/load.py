"""Reading and checking the folder of indicators."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from citywatch.errors import InputError, TableError, Violation
from citywatch.indicators.rules import RULES_FILE, Rules, build, load_rules, read_yaml
from citywatch.indicators.schema import TABLES, VOCABULARIES
from citywatch.places import country_codes
from citywatch.tables import Table, parse_table
from citywatch.tables.read import HEADER_ROWS

DEFAULT_FOLDER = Path(__file__).resolve().parents[1] / "data" / "indicators"
MANIFEST_FILE = "manifest.yml"
PANEL_INDICATORS = (
    "freedom_rating",
    "freedom_status",
    "income_group",
    "population",
    "gdp_per_capita_usd",
    "urban_share_pct",
    "electoral_democracy",
    "liberal_democracy",
    "belt_and_road_signed",
)
"""Columns of the panel that hold an indicator, in order."""


@dataclass(frozen=True, slots=True)
class IndicatorEntry:
    """One indicator as the manifest describes it.

    Attributes:
        id: Permanent name.
        table: Table that holds it.
        column: Column of that table.
        title: Words for people.
        unit: Unit or scale.
        year_meaning: What the year of a row stands for.
        publisher: Who publishes the figures.
        caveat: What a reader must know before using it.
        citation: How to cite them; from the table's declaration.
        licence: Licence, or that the terms were not seen; from the table's declaration.
    """

    id: str
    table: str
    column: str
    title: str
    unit: str
    year_meaning: str
    publisher: str
    caveat: str
    citation: str
    licence: str


@dataclass(frozen=True, eq=False)
class Indicators:
    """The indicators as read: one typed frame per table, the rules and the manifest.

    The frames are shared between callers; copy one before changing it.
    """

    folder: Path
    rules: Rules
    manifest: tuple[IndicatorEntry, ...]
    freedom: pd.DataFrame
    income: pd.DataFrame
    income_thresholds: pd.DataFrame
    regions: pd.DataFrame
    population: pd.DataFrame
    urban: pd.DataFrame
    democracy: pd.DataFrame
    belt_and_road: pd.DataFrame
    aigs: pd.DataFrame
    aigs_universe: pd.DataFrame
    eligible: pd.DataFrame
    gaps: pd.DataFrame
    indicators_set_aside: pd.DataFrame

    def frames(self) -> dict[str, pd.DataFrame]:
        """Frames by table name, in the order of the schema."""
        return {table.name: getattr(self, table.name) for table in TABLES}


def load_indicators(folder: Path | None = None) -> Indicators:
    """Read every indicator table, the rules and the manifest.

    Args:
        folder: Folder to read; without it the embedded one, which is read once per process.

    Raises:
        TableError: If a table departs from its declaration.
        InputError: If a file cannot be read, or the rules or the manifest are faulty.
    """
    return _embedded() if folder is None else _load(folder)


@lru_cache(maxsize=1)
def _embedded() -> Indicators:
    return _load(DEFAULT_FOLDER)


def _load(folder: Path) -> Indicators:
    frames, violations = _read_tables(folder)
    if violations:
        raise TableError(violations)
    return Indicators(folder, load_rules(folder), load_manifest(folder), **frames)


def check_indicators(folder: Path | None = None) -> tuple[Violation, ...]:
    """Everything in the folder that departs from the declarations, in table order; empty if all is well.

    Args:
        folder: Folder to check; without it the embedded one.

    Raises:
        InputError: If ``folder`` is no folder.
    """
    place = folder or DEFAULT_FOLDER
    if not place.is_dir():
        raise InputError(f"{place}: expected the folder of the indicators; found none there.")
    frames, violations = _read_tables(place)
    violations += _check_gaps(frames["gaps"], str(place / "gaps.csv"))
    for file, read in ((RULES_FILE, load_rules), (MANIFEST_FILE, load_manifest)):
        try:
            read(place)
        except InputError as error:
            violations.append(Violation(str(place / file), 0, "", "a valid file", str(error)))
    return tuple(violations)


def load_manifest(folder: Path) -> tuple[IndicatorEntry, ...]:
    """Read ``manifest.yml``.

    Args:
        folder: Folder of the indicators.

    Raises:
        InputError: If an entry has other fields than documented, an id twice, or points to no column.
    """
    path = folder / MANIFEST_FILE
    content: Any = read_yaml(path)
    if not isinstance(content, dict) or not isinstance(content.get("indicators"), list):
        raise InputError(f"{path}: expected the list 'indicators'")
    entries = tuple(_entry(values, str(path)) for values in content["indicators"])
    if len({entry.id for entry in entries}) != len(entries):
        raise InputError(f"{path}: expected every id once; found one twice")
    return entries


def _entry(values: Any, where: str) -> IndicatorEntry:
    """One entry; licence and citation are those of the table's declaration, so that they are said once."""
    if not isinstance(values, dict):
        raise InputError(f"{where}: expected a mapping per indicator; found {values!r}")
    table = next((table for table in TABLES if table.name == values.get("table")), None)
    if table is None or values.get("column") not in table.column_index:
        found = f"{values.get('table')}.{values.get('column')}"
        raise InputError(f"{where}: {values.get('id')}: expected a column that is declared; found {found}")
    return build(IndicatorEntry, {**values, "citation": table.citation, "licence": table.licence}, where)


def _read_tables(folder: Path) -> tuple[dict[str, pd.DataFrame], list[Violation]]:
    raw: dict[str, bytes] = {}
    violations: list[Violation] = []
    for table in TABLES:
        path = folder / f"{table.name}.csv"
        try:
            raw[table.name] = path.read_bytes()
        except OSError as error:
            violations.append(Violation(str(path), 0, "", "a readable file", error.strerror or type(error).__name__))
    vocabularies = {**VOCABULARIES, "countries": country_codes()}
    frames = {}
    for table in TABLES:
        parsed = parse_table(
            raw.get(table.name, _header(table)), table, vocabularies, str(folder / f"{table.name}.csv")
        )
        frames[table.name] = parsed.frame
        violations += parsed.violations if table.name in raw else ()
    return frames, violations


def _header(table: Table) -> bytes:
    return (",".join(table.names) + "\n").encode()


def _check_gaps(gaps: pd.DataFrame, file: str) -> list[Violation]:
    unknown = gaps.index[~gaps["indicator"].isin(PANEL_INDICATORS)]
    reversed_ = gaps.index[(gaps["first_year"] > gaps["last_year"]).fillna(value=False).astype(bool)]
    known = ", ".join(PANEL_INDICATORS)
    return [
        Violation(file, int(row) + HEADER_ROWS + 1, "indicator", f"one of {known}", repr(gaps.at[row, "indicator"]))
        for row in unknown
    ] + [
        Violation(
            file, int(row) + HEADER_ROWS + 1, "last_year", "no year before first_year", str(gaps.at[row, "last_year"])
        )
        for row in reversed_
    ]
