"""Reading what a run wrote, explaining a candidate, judging again under another rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from citywatch.codebook import InclusionRule
from citywatch.errors import InputError
from citywatch.screening.candidate import judge
from citywatch.screening.evidence import Answers
from citywatch.screening.tables import CANDIDATES, PASSAGES, SET_ASIDE


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
        InputError: If the folder holds no run, or one of another form.
    """
    tables = {}
    for table in (CANDIDATES, PASSAGES, SET_ASIDE):
        path = folder / f"{table.name}.parquet"
        try:
            tables[table.name] = pq.read_table(path)
        except (OSError, pa.ArrowException) as error:
            raise InputError(f"{path}: expected a table written by citywatch screen --out {folder}; {error}") from error
        if missing := [name for name in table.names if name not in tables[table.name].column_names]:
            raise InputError(f"{path}: expected column {missing[0]!r}; screen again with this version")
    return Results(**tables)


def one_candidate(results: Results, name: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A candidate and its passages.

    Args:
        results: Tables of a run.
        name: Id, its beginning, or rank.

    Raises:
        InputError: If none or several candidates are meant.
    """
    rows = results.candidates.to_pylist()
    met = [row for row in rows if row["candidate_id"].startswith(name) or str(row["rank"]) == name]
    exact = [row for row in met if name in (row["candidate_id"], str(row["rank"]))]
    met = exact or met
    if len(met) != 1:
        known = f"the run holds ranks 1 to {len(rows)}" if rows else "the run holds no candidate"
        told = f"{len(met)} begin so; write more of the id" if met else f"there is none; {known}"
        raise InputError(f"candidate {name!r}: {told}. Give an id, its beginning, or a rank.")
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
