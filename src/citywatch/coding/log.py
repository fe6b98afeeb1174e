"""The log of judgements: append-only, each line sealed with the digest of the one before it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path

import pandas as pd

from citywatch.errors import InputError, TableError
from citywatch.registry import vocabulary_sets
from citywatch.registry.schema import JUDGEMENTS
from citywatch.tables import parse_table, table_bytes
from citywatch.tables.files import exclusive, readable_errors

FIRST = "0" * 64


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one coder answered about one field of one agreement.

    Attributes:
        sheet_id: Sheet it was made on; names sample and coder.
        agreement_id: The agreement.
        field: The field.
        value: The answer in the form of the registry; empty unless ``answer`` is ``value``.
        answer: ``value``, ``not_stated`` or ``unsure``.
        coder: Permanent pseudonym.
        coder_kind: ``person`` or ``automated``.
        role: ``coder`` or ``adjudicator``.
        rule_version: Version of the inclusion rule.
        codebook: First twelve hex digits of the codebook's digest.
        judged_on: Day, ``YYYY-MM-DD``.
        note: In the coder's words.
    """

    sheet_id: str
    agreement_id: str
    field: str
    value: str
    answer: str
    coder: str
    coder_kind: str
    role: str
    rule_version: str
    codebook: str
    judged_on: str
    note: str


CONTENT = tuple(field.name for field in fields(Judgement))


def seal(previous: str, sequence: int, content: Sequence[str]) -> str:
    """Digest of a line: SHA-256 over the previous digest, the number of the line and its cells."""
    text = json.dumps([previous, sequence, *content], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def chain(judgements: Iterable[Judgement], log: pd.DataFrame) -> pd.DataFrame:
    """The log with judgements added at its end.

    Args:
        judgements: What to add, in order.
        log: The log as :func:`read_log` gives it; it is not changed.
    """
    previous = str(log["digest"].iloc[-1]) if len(log) else FIRST
    sequence = int(log["sequence"].iloc[-1]) if len(log) else 0
    rows = []
    for judgement in judgements:
        sequence += 1
        digest = seal(previous, sequence, astuple(judgement))
        rows.append({"sequence": sequence, **asdict(judgement), "previous_digest": previous, "digest": digest})
        previous = digest
    added = pd.DataFrame(rows, columns=list(JUDGEMENTS.names)).astype(log.dtypes.to_dict()) if rows else log.iloc[:0]
    return pd.concat([log, added], ignore_index=True)


def read_log(path: Path) -> pd.DataFrame:
    """Read a log; a file that does not exist is an empty log.

    Raises:
        TableError: If it breaks its schema.
        InputError: If it cannot be read.
    """
    header = (",".join(JUDGEMENTS.names) + "\n").encode()
    try:
        raw = path.read_bytes() if path.exists() else header
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).") from error
    parsed = parse_table(raw, JUDGEMENTS, vocabulary_sets(), str(path))
    if parsed.violations:
        raise TableError(parsed.violations)
    return parsed.frame


def verify_log(log: pd.DataFrame, name: str) -> str:
    """Check the chain and return the digest of its last line.

    Whoever keeps that digest can also tell that lines were cut off the end.

    Args:
        log: The log.
        name: How the message calls it.

    Raises:
        InputError: If a line is missing, out of order or altered; the message names the first one.
    """
    previous = FIRST
    for expected, row in enumerate(log.itertuples(index=False), start=1):
        content = [getattr(row, column) for column in CONTENT]
        if row.sequence != expected:
            raise InputError(
                f"{name}: expected line {expected}; found line {row.sequence}. A line was removed or moved."
            )
        if row.previous_digest != previous or row.digest != seal(previous, expected, content):
            raise InputError(
                f"{name}: line {expected} ({row.agreement_id}, {row.field}) was altered after it was written."
            )
        previous = str(row.digest)
    return previous


def append(judgements: Sequence[Judgement], path: Path) -> pd.DataFrame:
    """Verify a log, add judgements and replace the file in one step.

    Args:
        judgements: What to add.
        path: The log.

    Raises:
        InputError: If the log was altered, or a sheet is already in it.
        TableError: If a judgement breaks the schema of the log.
        OutputError: If the file cannot be written, or somebody else is writing it.
    """
    with readable_errors(path), exclusive(path, busy="another import is writing here. Try again in a moment."):
        return _append(judgements, path)


def _append(judgements: Sequence[Judgement], path: Path) -> pd.DataFrame:
    log = read_log(path)
    verify_log(log, str(path))
    again = sorted({judgement.sheet_id for judgement in judgements} & set(log["sheet_id"]))
    if again:
        raise InputError(f"{path}: sheet {again[0]} is already in the log; nothing was added.")
    longer = chain(judgements, log)
    raw = table_bytes(longer, JUDGEMENTS)
    told = parse_table(raw, JUDGEMENTS, vocabulary_sets(), str(path)).violations
    if told:
        raise TableError(told)
    staging = path.with_name(f".{path.name}.new")
    staging.write_bytes(raw)
    os.replace(staging, path)  # noqa: PTH105 - the atomic rename is the point
    return longer
