"""Reading what a run wrote, explaining a candidate, judging again under another rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from citywatch.codebook import VERDICTS, InclusionRule, inclusion_rule
from citywatch.errors import InputError
from citywatch.screening.candidate import judge
from citywatch.screening.evidence import Answers
from citywatch.screening.tables import CANDIDATES, PASSAGES, SET_ASIDE, arrow_schema

_AGAIN = "The file is damaged: screen again."
# Question of the rule whose words a stored answer may be.
_ANSWERS = {
    "act": "act", "term": "limb", "vendor": "vendor", "party": "party", "figures": "figures", "topics": "topics", "talk": "talk",
}  # fmt: skip
_PREFIX = "can-"


@dataclass(frozen=True, slots=True)
class Results:
    """Tables of a run.

    Attributes:
        candidates: As declared in ``CANDIDATES``.
        passages: As declared in ``PASSAGES``.
        set_aside: As declared in ``SET_ASIDE``.
    """

    candidates: pa.Table
    passages: pa.Table
    set_aside: pa.Table


def read_results(folder: Path) -> Results:
    """Tables that ``citywatch screen`` wrote.

    Raises:
        InputError: If the folder holds no run, one of another form, or a damaged one.
    """
    tables = {}
    for table in (CANDIDATES, PASSAGES, SET_ASIDE):
        path = folder / f"{table.name}.parquet"
        try:
            found = pq.read_table(path)
            if missing := [name for name in table.names if name not in found.column_names]:
                raise InputError(f"{path}: expected column {missing[0]!r}; screen again with this version")
            tables[table.name] = found.select(list(table.names)).cast(arrow_schema(table))
            tables[table.name].validate(full=True)
        except (OSError, pa.ArrowException) as error:
            told = " ".join(str(error).split())
            raise InputError(f"{path}: expected a table written by citywatch screen --out {folder}; {told}") from error
        for column in table.columns:
            if column.required:
                _refuse(path, tables[table.name], column.name, "a value", pc.is_null)
    _check_candidates(folder / f"{CANDIDATES.name}.parquet", tables[CANDIDATES.name])
    return Results(**tables)


def _check_candidates(path: Path, rows: pa.Table) -> None:
    """Refuse candidates that no run of ours wrote: ids that come twice, unknown words, no rank, no probability."""
    counts = pc.value_counts(rows["candidate_id"])
    if twice := next((one["values"] for one in counts.to_pylist() if one["counts"] > 1), ""):
        raise InputError(f"{path}: expected each candidate once; found {twice} more than once. {_AGAIN}")
    _refuse(path, rows, "rank", "a rank", pc.is_null)
    _refuse(path, rows, "probability", "a share from 0 to 1", _is_no_share)
    questions = inclusion_rule().questions
    known = {column: questions[question] for column, question in _ANSWERS.items()} | {"verdict": VERDICTS}
    for column, words in known.items():
        _refuse(
            path, rows, column, f"one of {', '.join(words)}", partial(_is_none_of, pa.array(list(words), pa.string()))
        )


def _is_none_of(words: pa.Array, cells: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.invert(pc.is_in(cells, words))


def _is_no_share(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.invert(pc.fill_null(pc.and_(pc.greater_equal(cells, 0.0), pc.less_equal(cells, 1.0)), False))


def _refuse(
    path: Path, rows: pa.Table, column: str, expected: str, is_bad: Callable[[pa.ChunkedArray], pa.ChunkedArray]
) -> None:
    """Name the first row in which a cell is bad."""
    at = pc.index(is_bad(rows[column]), True).as_py()
    if at >= 0:
        cell = rows[column][at].as_py()
        found = "nothing" if cell is None else repr(cell)
        raise InputError(f"{path}, row {at + 1}: {column}: expected {expected}; found {found}. {_AGAIN}")


def one_candidate(results: Results, name: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A candidate and its passages.

    Args:
        results: Tables of a run.
        name: Id, its beginning (``can-`` and at least one digit), or rank.

    Raises:
        InputError: If none or several candidates are meant.
    """
    rows = results.candidates.to_pylist()
    is_beginning = name.startswith(_PREFIX) and name != _PREFIX
    exact = [row for row in rows if name in (row["candidate_id"], str(row["rank"]))]
    met = exact or [row for row in rows if is_beginning and row["candidate_id"].startswith(name)]
    if len(met) != 1:
        known = f"the run holds ranks 1 to {len(rows)}" if rows else "the run holds no candidate"
        told = f"{len(met)} begin so; write more of the id" if met else f"there is none; {known}"
        raise InputError(
            f"candidate {name!r}: {told}. Give an id, its beginning (can- and a digit or more), or a rank."
        )
    passages = [row for row in results.passages.to_pylist() if row["candidate_id"] == met[0]["candidate_id"]]
    return met[0], passages


@dataclass(frozen=True, slots=True)
class Change:
    """What another rule changes.

    Attributes:
        before: Candidates by verdict as stored.
        after: Candidates by verdict under the rule.
        moved: Candidates by (verdict before, verdict after), where they differ.
        rows: Stored rows with the new verdict, reason, limb and rule version, in stored order.
    """

    before: Mapping[str, int]
    after: Mapping[str, int]
    moved: Mapping[tuple[str, str], int]
    rows: tuple[dict[str, Any], ...]


def rejudge(results: Results, rule: InclusionRule) -> Change:
    """Judge stored answers again; no document is read."""
    rows = results.candidates.to_pylist()
    before = Counter(row["verdict"] for row in rows)
    moved: Counter[tuple[str, str]] = Counter()
    for row in rows:
        found = judge(stored_answers(row), rule)
        if found.verdict != row["verdict"]:
            moved[row["verdict"], found.verdict] += 1
        row |= {
            "verdict": found.verdict,
            "because": found.because,
            "admitted_by": found.admitted_by or None,
            "rule_version": found.rule_version,
        }
    return Change(before, Counter(row["verdict"] for row in rows), moved, tuple(rows))


def stored_answers(row: Mapping[str, Any]) -> Answers:
    """Answers of a stored row."""
    return Answers(
        act=row["act"],
        term=row["term"],
        products=_words(row["products_with_act"]),
        products_apart=_words(row["products_apart"]),
        vendor=row["vendor"],
        party=row["party"],
        figures=row["figures"],
        topics=row["topics"],
        talk=row["talk"],
    )


def _words(cell: str | None) -> tuple[str, ...]:
    return tuple(cell.split("; ")) if cell else ()
