"""Reading a release: the only door through which pages and the brief see data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from citywatch.errors import InputError
from citywatch.release.freeze import FORMAT, MANIFEST
from citywatch.tables import Column, Kind, Table
from citywatch.tables.package import DESCRIPTOR


@dataclass(frozen=True)
class Release:
    """One frozen state of the data.

    Attributes:
        folder: Where it lies.
        version: Version of the data, ``YYYY-MM-DD``.
        files: One entry per file: path, bytes, sha256, description.
        descriptor: Content of ``datapackage.json``.
    """

    folder: Path
    version: str
    files: tuple[Mapping[str, Any], ...]
    descriptor: Mapping[str, Any]

    @classmethod
    def open(cls, folder: Path | str) -> Release:
        """Open a release folder.

        Raises:
            InputError: If the folder holds no release of ours.
        """
        folder = Path(folder)
        try:
            manifest = json.loads((folder / MANIFEST).read_bytes())
            descriptor = json.loads((folder / DESCRIPTOR).read_bytes())
        except (OSError, ValueError) as error:
            raise InputError(
                f"{folder}: expected a release (with {MANIFEST}); {error}. Run citywatch build first."
            ) from error
        if manifest.get("format") != FORMAT:
            raise InputError(f"{folder / MANIFEST}: expected format {FORMAT}; found {manifest.get('format')!r}.")
        return cls(folder, manifest["version"], tuple(manifest["files"]), descriptor)

    @cached_property
    def tables(self) -> dict[str, Table]:
        """Declarations by table name, as the descriptor states them."""
        return {resource["name"]: _declared(resource) for resource in self.descriptor["resources"]}

    @cached_property
    def _frames(self) -> dict[str, pd.DataFrame]:
        return {}

    def table(self, name: str) -> pd.DataFrame:
        """Rows of a table, typed as in the registry: missing text is ``""``, integers are nullable.

        Raises:
            InputError: If the release has no such table.
        """
        if name not in self._frames:
            if name not in self.tables:
                raise InputError(f"table {name!r} is not in the release; there are {', '.join(self.tables)}")
            self._frames[name] = self._read(self.tables[name])
        return self._frames[name]

    def _read(self, table: Table) -> pd.DataFrame:
        read = pq.read_table(self.folder / "parquet" / f"{table.name}.parquet").to_pandas(integer_object_nulls=True)
        types = {Kind.NUMBER: "float64", Kind.INTEGER: "Int64"}
        columns = {
            column.name: read[column.name].astype(types[column.kind])
            if column.kind in types
            else read[column.name].fillna("").astype("str")
            for column in table.columns
        }
        return pd.DataFrame(columns)

    @cached_property
    def findings(self) -> dict[str, Any]:
        """Content of ``findings.json``."""
        loaded: dict[str, Any] = json.loads((self.folder / "findings.json").read_bytes())
        return loaded

    @cached_property
    def verdicts(self) -> dict[str, Any]:
        """Content of ``verify.json``; empty where the release holds none."""
        path = self.folder / "verify.json"
        loaded: dict[str, Any] = json.loads(path.read_bytes()) if path.is_file() else {}
        return loaded

    @cached_property
    def _finding_index(self) -> dict[str, dict[str, Any]]:
        return {finding["key"]: finding for finding in self.findings["findings"]}

    @cached_property
    def _share_index(self) -> dict[str, dict[str, Any]]:
        return {share["key"]: share for finding in self.findings["findings"] for share in finding["shares"]}

    def finding(self, key: str) -> dict[str, Any]:
        """One finding by its key.

        Raises:
            InputError: If the release has no such finding.
        """
        return _get(self._finding_index, key, "finding")

    def share(self, key: str) -> dict[str, Any]:
        """One share by its key.

        Raises:
            InputError: If the release has no such share.
        """
        return _get(self._share_index, key, "share")


def _get(index: Mapping[str, dict[str, Any]], key: str, what: str) -> dict[str, Any]:
    try:
        return index[key]
    except KeyError:
        raise InputError(f"{what} {key!r} is not in the release") from None


def _declared(resource: Mapping[str, Any]) -> Table:
    fields = resource["schema"]["fields"]
    licence = resource["licenses"][0]
    return Table(
        name=resource["name"],
        title=resource["title"],
        columns=tuple(_column(field) for field in fields),
        key=tuple(resource["schema"]["primaryKey"]),
        licence=licence.get("title", licence["name"]),
        citation=resource["citation"],
        licence_url=licence.get("path", ""),
    )


def _column(field: Mapping[str, Any]) -> Column:
    limits = field.get("constraints", {})
    return Column(
        name=field["name"],
        kind=Kind(field["citywatch_kind"]),
        meaning=field["description"],
        required=limits.get("required", False),
        vocabulary=field.get("vocabulary", ""),
        references=field.get("references", ""),
        minimum=limits.get("minimum"),
        maximum=limits.get("maximum"),
        missing=field.get("missing", ""),
    )
