"""What the record held when a sample was coded, kept beside the log so that later corrections cannot flatter the figures."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from citywatch.coding.log import Judgement
from citywatch.coding.sample import sample_of
from citywatch.errors import InputError, TableError
from citywatch.registry import vocabulary_sets
from citywatch.registry.rules import recorded_values
from citywatch.registry.schema import SAMPLE_RECORDS
from citywatch.tables import parse_table, table_bytes

NAME = "sample_records.csv"


def record_path(log_path: Path) -> Path:
    """The table that belongs to a log: in the same folder."""
    return log_path.with_name(NAME)


def read_records(path: Path) -> pd.DataFrame:
    """What the record held, by sample; a file that does not exist is an empty table.

    Raises:
        TableError: If it breaks its schema.
        InputError: If it cannot be read.
    """
    try:
        raw = path.read_bytes() if path.exists() else (",".join(SAMPLE_RECORDS.names) + "\n").encode()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).") from error
    parsed = parse_table(raw, SAMPLE_RECORDS, vocabulary_sets(), str(path))
    if parsed.violations:
        raise TableError(parsed.violations)
    return parsed.frame


def keep_record(judgements: Sequence[Judgement], agreements: pd.DataFrame, path: Path) -> None:
    """Note what the record holds for every cell judged; what is noted already stays as it is.

    Args:
        judgements: Judgements just added.
        agreements: The table agreements of today.
        path: The table, as :func:`record_path` gives it.
    """
    known = read_records(path)
    seen = set(zip(known["sample_id"], known["agreement_id"], known["field"], strict=True))
    values = recorded_values(agreements)
    cells = {(sample_of(one.sheet_id), one.agreement_id, one.field) for one in judgements}
    rows = [(*cell, str(values.get(cell[1:], ""))) for cell in sorted(cells - seen)]
    longer = pd.concat([known, pd.DataFrame(rows, columns=known.columns, dtype="str")], ignore_index=True)
    staging = path.with_name(f".{path.name}.new")
    staging.write_bytes(table_bytes(longer.sort_values(list(SAMPLE_RECORDS.key)), SAMPLE_RECORDS))
    os.replace(staging, path)  # noqa: PTH105 - the atomic rename is the point
