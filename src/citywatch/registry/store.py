"""Loading, checking and saving the data package of the registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd

from citywatch import places
from citywatch.codebook import word_sets
from citywatch.errors import TableError, Violation
from citywatch.registry.rules import across_tables
from citywatch.registry.schema import AGREEMENTS, CITATION, OURS, OURS_URL, SCHEMA_VERSION, TABLES
from citywatch.tables import Package, load_package, write_descriptor, write_table
from citywatch.tables.package import DESCRIPTOR


@dataclass(frozen=True)
class Registry:
    """The registry in memory: one frame per table, columns as declared in ``registry.schema``.

    Text is ``str`` with ``""`` for missing, numbers are ``float64`` with NaN, integers nullable ``Int64``; list cells
    are joined by ``"; "``. The frames are shared, not copied: treat them as read-only.
    """

    agreements: pd.DataFrame
    sources: pd.DataFrame
    evidence: pd.DataFrame
    events: pd.DataFrame
    searches: pd.DataFrame
    places: pd.DataFrame
    vendors: pd.DataFrame
    verifications: pd.DataFrame
    corrections: pd.DataFrame
    claims: pd.DataFrame
    series: pd.DataFrame
    observations: pd.DataFrame
    overrules: pd.DataFrame
    evaluations: pd.DataFrame
    judgements: pd.DataFrame
    sample_records: pd.DataFrame
    reliability: pd.DataFrame
    institutions: pd.DataFrame
    institution_gaps: pd.DataFrame
    coded_pages: pd.DataFrame
    tombstones: pd.DataFrame
    set_aside: pd.DataFrame

    @classmethod
    def from_frames(cls, frames: Mapping[str, pd.DataFrame]) -> Registry:
        """Gather frames by table name."""
        return cls(**{field.name: frames[field.name] for field in fields(cls)})

    def frames(self) -> dict[str, pd.DataFrame]:
        """Frames by table name, in the order of the schema."""
        return {table.name: getattr(self, table.name) for table in TABLES}

    def version(self) -> str:
        """Newest date in the data, ``YYYY-MM-DD``; the release is named after it."""
        dated = (self.searches["searched_on"], self.evidence["checked_on"], self.judgements["judged_on"])
        dates = pd.concat([*dated, self.tombstones["ended_on"], self.claims["checked_on"], self.overrules["on"]])
        return str(dates[dates != ""].max())


def embedded_folder() -> Path:
    """Folder of the data package that ships with Citywatch."""
    return Path(str(files("citywatch") / "data" / "registry"))


def vocabulary_sets() -> dict[str, frozenset[str]]:
    """Allowed words by vocabulary name: the codebook's, the country codes, and the columns evidence can be about."""
    columns = frozenset(AGREEMENTS.names) - {"agreement_id", "place_ids", "project_id", "admitted_by", "is_circular"}
    return {**word_sets(), "countries": places.country_codes(), "agreement_field": columns | {"country"}}


def load(folder: Path | str | None = None) -> Registry:
    """Load a registry and check it.

    Args:
        folder: A data package; the embedded one when None.

    Raises:
        TableError: If anything breaks the schema; the error carries every violation.
        InputError: If the folder cannot be read.
    """
    package = _package(Path(folder) if folder is not None else embedded_folder())
    if package.violations:
        raise TableError(package.violations)
    return Registry.from_frames(package.frames)


def check(folder: Path | str | None = None) -> tuple[Violation, ...]:
    """Every violation of the schema in a data package; empty when it is sound.

    Args:
        folder: A data package; the embedded one when None.

    Raises:
        InputError: If ``folder`` is no folder.
    """
    return _package(Path(folder) if folder is not None else embedded_folder()).violations


def _package(folder: Path) -> Package:
    package = load_package(folder, TABLES, vocabulary_sets(), SCHEMA_VERSION)
    if package.violations:
        return package
    return Package(package.frames, package.descriptor, tuple(across_tables(folder, package.frames)))


def descriptor_head(version: str) -> dict[str, Any]:
    """Package-level properties of ``datapackage.json``.

    Args:
        version: Version of the data.
    """
    return {
        "profile": "tabular-data-package",
        "name": "citywatch",
        "title": "Citywatch: an open registry of Safe City agreements",
        "schema_version": SCHEMA_VERSION,
        "version": version,
        "licenses": [{"name": OURS, "path": OURS_URL, "title": "Our own compiled tables; others name theirs"}],
        "citation": CITATION,
    }


def save(registry: Registry, folder: Path) -> None:
    """Write a data package: one CSV per table and ``datapackage.json``.

    Args:
        registry: What to write.
        folder: An existing folder; files of the same names are replaced.
    """
    frames = registry.frames()
    for table in TABLES:
        write_table(frames[table.name], table, folder / f"{table.name}.csv")
    rows = {name: len(frame) for name, frame in frames.items()}
    write_descriptor(folder, TABLES, rows, descriptor_head(registry.version()))


__all__ = ["DESCRIPTOR", "Registry", "check", "descriptor_head", "embedded_folder", "load", "save", "vocabulary_sets"]
