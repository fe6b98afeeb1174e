"""Freezing a release: every table in every form, with checksums, verified before it is handed over."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from citywatch.errors import OutputError
from citywatch.release import exports
from citywatch.tables import Table, write_descriptor, write_table
from citywatch.tables.dictionary import dictionary_markdown

MANIFEST = "release.json"
FORMAT = "citywatch-release/1"

DESCRIPTIONS = {
    "datapackage.json": "Descriptor: columns, keys, licence and citation of each table",
    "verify.json": "Every verdict on a claim with its reasons and figures",
    "findings.json": "Every finding with its rows, intervals and base rates",
    "citywatch.sqlite": "All tables in one SQLite file; opens in Datasette",
    "citywatch.xlsx": "The registry as a workbook, one sheet per table",
    "agreements.geojson": "Agreements as points",
    "data-dictionary.md": "What every column means",
    "LICENCES.md": "Licence and citation of each table",
}


@dataclass(frozen=True)
class Inputs:
    """What goes into a release.

    Attributes:
        version: Version of the data, ``YYYY-MM-DD``.
        frames: Rows by table name; registry and indicator tables together.
        tables: Their declarations.
        workbook: Names of the tables that the workbook holds.
        findings: Content of ``findings.json``.
        head: Package-level properties of the descriptor.
        documents: Further files by name, as text.
    """

    version: str
    frames: Mapping[str, pd.DataFrame]
    tables: Sequence[Table]
    workbook: Sequence[str]
    findings: Mapping[str, Any]
    head: Mapping[str, Any]
    documents: Mapping[str, str] = field(default_factory=dict)


def freeze(inputs: Inputs, folder: Path, helper: Executor | None = None) -> None:
    """Write a release into an empty folder and verify it.

    Args:
        inputs: What to freeze.
        folder: An existing, empty folder.
        helper: Another process that writes the workbook meanwhile; the bytes are the same without it.

    Raises:
        OutputError: If an export does not hold the rows it should.
        MissingExtraError: If the spreadsheet writer is not installed.
    """
    frames = {table.name: exports.native(inputs.frames[table.name], table) for table in inputs.tables}
    sheets = [table for table in inputs.tables if table.name in inputs.workbook]
    shown = {table.name: frames[table.name] for table in sheets}
    workbook = (shown, sheets, _about(inputs), folder / "citywatch.xlsx")
    written = helper.submit(exports.write_xlsx, *workbook).result if helper else partial(exports.write_xlsx, *workbook)
    (folder / "csv").mkdir()
    (folder / "parquet").mkdir()
    for table in inputs.tables:
        write_table(frames[table.name], table, folder / "csv" / f"{table.name}.csv")
        exports.write_parquet(frames[table.name], table, folder / "parquet" / f"{table.name}.parquet")
    rows = {name: len(frame) for name, frame in frames.items()}
    write_descriptor(folder, inputs.tables, rows, {**inputs.head, "version": inputs.version}, prefix="csv/")
    exports.write_sqlite(frames, inputs.tables, folder / "citywatch.sqlite")
    exports.write_geojson(frames["agreements"], frames["places"], folder / "agreements.geojson")
    _write_text(folder / "findings.json", json.dumps(inputs.findings, ensure_ascii=False, separators=(",", ":")) + "\n")
    for name, text in inputs.documents.items():
        _write_text(folder / name, text)
    _write_text(folder / "data-dictionary.md", dictionary_markdown(inputs.tables))
    _write_text(folder / "LICENCES.md", _licences(inputs.tables))
    written()
    verify(folder, inputs.tables, rows)
    _write_checksums(folder, inputs)


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _about(inputs: Inputs) -> list[tuple[str, str]]:
    lines = [
        ("Citywatch", "An open registry of Safe City agreements: who sells what to whom, and who says so."),
        ("Release", inputs.version),
        ("Licence", "Our own tables: CC BY 4.0. Indicator tables keep their publishers' terms; see LICENCES.md."),
        ("Cite", f"Citywatch ({inputs.version[:4]}). Registry of Safe City agreements, release {inputs.version}."),
        ("Beware", "It cannot count the agreements nobody wrote about. A pledge is not a camera on a pole."),
        ("Formulas", "A text that would run as a formula has a leading '; numbers are numbers."),
        ("Indicators", "Country indicators are in the CSV, Parquet and SQLite files."),
    ]
    return lines + [(table.name, table.title) for table in inputs.tables if table.name in inputs.workbook]


def _licences(tables: Sequence[Table]) -> str:
    lines = ["# Licence and citation of each table", "", "| table | licence | citation |", "|---|---|---|"]
    for table in tables:
        licence = f"[{table.licence}]({table.licence_url})" if table.licence_url else table.licence
        lines.append(f"| {table.name} | {licence} | {table.citation} |")
    return "\n".join(lines) + "\n"


def verify(folder: Path, tables: Sequence[Table], rows: Mapping[str, int]) -> None:
    """Compare the rows of every export with what was frozen.

    Raises:
        OutputError: If an export holds more or fewer rows.
    """
    with closing(sqlite3.connect(f"file:{folder / 'citywatch.sqlite'}?mode=ro", uri=True)) as connection:
        for table in tables:
            found = {
                "parquet": pq.read_metadata(folder / "parquet" / f"{table.name}.parquet").num_rows,
                "sqlite": connection.execute(f'SELECT count(*) FROM "{table.name}"').fetchone()[0],  # noqa: S608 - names from our schema
            }
            for form, count in found.items():
                if count != rows[table.name]:
                    raise OutputError(
                        f"{form} export of {table.name}: expected {rows[table.name]} rows; found {count}. Build again."
                    )


def _write_checksums(folder: Path, inputs: Inputs) -> None:
    titles = {table.name: table.title for table in inputs.tables}
    files = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        relative = path.relative_to(folder).as_posix()
        raw = path.read_bytes()
        files.append(
            {
                "path": relative,
                "bytes": len(raw),
                "sha256": hashlib.sha256(raw).hexdigest(),
                "description": DESCRIPTIONS.get(relative) or titles.get(path.stem, ""),
            }
        )
    _write_text(folder / "SHA256SUMS", "".join(f"{file['sha256']}  {file['path']}\n" for file in files))
    manifest = {"format": FORMAT, "version": inputs.version, "files": files}
    _write_text(folder / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1) + "\n")
