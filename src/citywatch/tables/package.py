"""A data package: a folder of CSV tables with a ``datapackage.json`` that says what they are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from citywatch.errors import InputError, Violation
from citywatch.tables.declare import Column, Kind, Table
from citywatch.tables.read import HEADER_ROWS, Vocabularies, parse_table
from citywatch.tables.values import split_series

DESCRIPTOR = "datapackage.json"


@dataclass(frozen=True)
class Package:
    """A data package as read.

    Attributes:
        frames: Rows by table name.
        descriptor: Content of ``datapackage.json``; empty where it could not be read.
        violations: Everything that departs from the declarations, in table and row order.
    """

    frames: dict[str, pd.DataFrame]
    descriptor: dict[str, Any]
    violations: tuple[Violation, ...]


def load_package(folder: Path, tables: Sequence[Table], vocabularies: Vocabularies, version: str) -> Package:
    """Read and check a data package.

    Args:
        folder: Folder that holds ``datapackage.json`` and one CSV per table.
        tables: Declarations of the tables it must hold.
        vocabularies: Allowed words per vocabulary name.
        version: Schema version that the package must state.

    Raises:
        InputError: If ``folder`` is no folder.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: expected a folder with {DESCRIPTOR} and one CSV file per table; found none there.")
    descriptor, violations = _read_descriptor(folder / DESCRIPTOR, version)
    frames: dict[str, pd.DataFrame] = {}
    unread: set[str] = set()
    for table in tables:
        path = folder / f"{table.name}.csv"
        try:
            raw = path.read_bytes()
        except OSError as error:
            violations.append(Violation(str(path), 0, "", "a readable file", error.strerror or type(error).__name__))
            continue
        parsed = parse_table(raw, table, vocabularies, str(path))
        violations.extend(parsed.violations)
        frames[table.name] = parsed.frame
        if any(violation.row <= HEADER_ROWS for violation in parsed.violations):
            unread.add(table.name)
    violations.extend(dangling(folder, tables, {name: frame for name, frame in frames.items() if name not in unread}))
    return Package(frames, descriptor, tuple(violations))


def dangling(folder: Path, tables: Iterable[Table], frames: Mapping[str, pd.DataFrame]) -> list[Violation]:
    """References that point to no row."""
    found: list[Violation] = []
    for table in tables:
        for column in table.columns:
            if column.references and table.name in frames:
                found.extend(
                    _dangling_column(str(folder / f"{table.name}.csv"), frames, frames[table.name][column.name], column)
                )
    return found


def _dangling_column(
    file: str, frames: Mapping[str, pd.DataFrame], cells: pd.Series, column: Column
) -> list[Violation]:
    target, _, name = column.references.partition(".")
    if target not in frames:
        return []
    items = split_series(cells) if column.kind is Kind.LIST else cells[cells != ""]
    bad = items[~items.isin(frames[target][name])]
    return [
        Violation(file, int(str(index)) + HEADER_ROWS + 1, column.name, f"an id in {column.references}", repr(value))
        for index, value in bad.items()
    ]


def _read_descriptor(path: Path, version: str) -> tuple[dict[str, Any], list[Violation]]:
    try:
        descriptor = json.loads(path.read_bytes())
    except OSError as error:
        return {}, [Violation(str(path), 0, "", "a data package descriptor", error.strerror or type(error).__name__)]
    except (ValueError, RecursionError) as error:
        return {}, [Violation(str(path), 0, "", "JSON", str(error) or type(error).__name__)]
    if not isinstance(descriptor, dict):
        return {}, [Violation(str(path), 0, "", "a JSON object", type(descriptor).__name__)]
    stated = descriptor.get("schema_version")
    if stated != version:
        return descriptor, [Violation(str(path), 0, "schema_version", version, repr(stated))]
    return descriptor, []


def write_descriptor(
    folder: Path, tables: Sequence[Table], rows: Mapping[str, int], head: Mapping[str, Any], *, prefix: str = ""
) -> None:
    """Write ``datapackage.json`` for the CSV files that lie under ``folder / prefix``.

    Args:
        folder: Where the descriptor goes.
        tables: Declarations, in the order they are listed.
        rows: Rows per table name.
        head: Package-level properties, among them ``schema_version``.
        prefix: Folder of the CSV files inside ``folder``, with a trailing slash, or empty.
    """
    resources = []
    for table in tables:
        path = f"{prefix}{table.name}.csv"
        digest = hashlib.sha256((folder / path).read_bytes()).hexdigest()
        resources.append(table.frictionless(path, rows[table.name], digest))
    text = json.dumps({**head, "resources": resources}, ensure_ascii=False, indent=2) + "\n"
    (folder / DESCRIPTOR).write_text(text, encoding="utf-8")
