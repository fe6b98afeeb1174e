"""Adjudication: settle what the coders answered differently; both answers stay in the log."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from citywatch.codebook import inclusion_rule
from citywatch.coding.fields import coded_fields, settings
from citywatch.coding.log import Judgement
from citywatch.coding.sample import sample_of
from citywatch.coding.sheets import codebook_digest
from citywatch.errors import InputError, TableError, Violation
from citywatch.tables import split_list
from citywatch.tables.files import readable_errors
from citywatch.tables.values import escape_cell, unescape_cell

COLUMNS = ("sample_id", "agreement_id", "field", "answers", "settled", "reason")


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A field on which the coders of a sample differ.

    Attributes:
        sample_id: The sample.
        agreement_id: The agreement.
        field: The field.
        answers: Answer by coder; ``not stated`` and ``unsure`` included.
    """

    sample_id: str
    agreement_id: str
    field: str
    answers: tuple[tuple[str, str], ...]


def disagreements(log: pd.DataFrame, sample_id: str) -> list[Disagreement]:
    """What the coders of a sample answered differently and nobody has settled.

    Args:
        log: The log of judgements.
        sample_id: The sample.
    """
    here = log[log["sheet_id"].map(sample_of) == sample_id]
    settled = set(
        zip(*(here.loc[here["role"] == "adjudicator", name] for name in ("agreement_id", "field")), strict=True)
    )
    words = settings()
    found = []
    for (agreement_id, field), group in here[here["role"] == "coder"].groupby(["agreement_id", "field"]):
        shown = [
            value if answer == "value" else words[answer]
            for value, answer in zip(group["value"], group["answer"], strict=True)
        ]
        if len(set(shown)) > 1 and (agreement_id, field) not in settled:
            answers = tuple(sorted(zip(group["coder"], shown, strict=True)))
            found.append(Disagreement(sample_id, str(agreement_id), str(field), answers))
    return found


def write_disagreements(found: Sequence[Disagreement], path: Path) -> None:
    """Write a sheet in which the adjudicator fills ``settled`` and ``reason``.

    Raises:
        InputError: If the file is already there.
    """
    if path.exists():
        raise InputError(f"{path}: already there. Choose another file.")
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in found:
        answers = " | ".join(f"{coder}: {answer}" for coder, answer in one.answers)
        writer.writerow([one.sample_id, one.agreement_id, one.field, escape_cell(answers), "", ""])
    with readable_errors(path):
        path.write_text(buffer.getvalue(), encoding="utf-8")


def read_settlements(path: Path, log: pd.DataFrame, coder: str, coder_kind: str, judged_on: str) -> list[Judgement]:
    """Read the filled-in sheet of :func:`write_disagreements`.

    Rows without ``settled`` stay open.

    Args:
        path: The sheet as CSV.
        log: The log of judgements.
        coder: Pseudonym of the adjudicator.
        coder_kind: ``person`` or ``automated``.
        judged_on: Day.

    Raises:
        InputError: If it is no such sheet.
        TableError: If rows name no open disagreement, break the codebook or give no reason.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline=""), strict=True))
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(f"{path}: expected the sheet of citywatch adjudicate; {error}.") from error
    if not rows or tuple(rows[0]) != COLUMNS:
        raise InputError(f"{path}: expected the columns {', '.join(COLUMNS)} and at least one row.")
    open_ones = {
        (one.sample_id, one.agreement_id, one.field)
        for sample in {str(row["sample_id"]) for row in rows}
        for one in disagreements(log, sample)
    }
    filled = [(at, row) for at, row in enumerate(rows, start=2) if row["settled"]]
    problems = [problem for at, row in filled for problem in _problems(path, at, row, open_ones)]
    if problems:
        raise TableError(problems)
    return [_judgement(row, coder, coder_kind, judged_on) for _, row in filled]


def _problems(path: Path, at: int, row: dict[str, str], open_ones: set[tuple[str, str, str]]) -> list[Violation]:
    found = []
    if (row["sample_id"], row["agreement_id"], row["field"]) not in open_ones:
        return [Violation(str(path), at, "field", "an open disagreement", f"{row['agreement_id']} {row['field']}")]
    if not row["reason"]:
        found.append(Violation(str(path), at, "reason", "a reason", "nothing"))
    field = coded_fields()[row["field"]]
    words = settings()
    allowed = {*field.words, words["not_stated"], words["unsure"]}
    if field.words and not set(split_list(unescape_cell(row["settled"]))) <= allowed:
        found.append(
            Violation(str(path), at, "settled", f"words of the codebook for {field.name}", repr(row["settled"]))
        )
    return found


def _judgement(row: dict[str, str], coder: str, coder_kind: str, judged_on: str) -> Judgement:
    words = settings()
    settled = unescape_cell(row["settled"])
    answer = {words["not_stated"]: "not_stated", words["unsure"]: "unsure"}.get(settled, "value")
    value = "; ".join(sorted(split_list(settled))) if coded_fields()[row["field"]].level == "set" else settled
    return Judgement(
        sheet_id=f"{row['sample_id']}:{coder}-settles",
        agreement_id=row["agreement_id"],
        field=row["field"],
        value=value if answer == "value" else "",
        answer=answer,
        coder=coder,
        coder_kind=coder_kind,
        role="adjudicator",
        rule_version=inclusion_rule().version,
        codebook=codebook_digest(),
        judged_on=judged_on,
        note=unescape_cell(row["reason"]),
    )
