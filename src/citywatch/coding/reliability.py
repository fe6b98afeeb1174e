"""Reliability of the coders, and how often both contradict the record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from citywatch.coding.fields import CodedField, coded_fields, settings
from citywatch.coding.sample import sample_of
from citywatch.errors import NoDataError
from citywatch.registry.schema import RELIABILITY
from citywatch.tables import Kind, join_list, split_list
from citywatch.uncertainty import Interval, wilson_interval
from citywatch.uncertainty.agreement import (
    MISSING,
    Agreement,
    Codes,
    Matrix,
    agreement,
    masi_distance,
    nominal_distance,
    ordinal_distance,
)

YEAR_DIGITS = 4
ALL = "all"


@dataclass(frozen=True, slots=True)
class FieldReliability:
    """Agreement on one field of one sample.

    Attributes:
        sample_id: The sample.
        field: The field.
        level: nominal, ordinal or set.
        agreement: The coefficients; None where no unit has two answers.
        not_comparable: Agreements with fewer than two values: not stated, unsure or not coded.
        coder_kinds: Kinds of the coders.
    """

    sample_id: str
    field: str
    level: str
    agreement: Agreement | None
    not_comparable: int
    coder_kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """How often the coders agree on a value that the record does not hold.

    Attributes:
        field: The field; ``all`` for all together.
        checked: Values of the record on which the coders agree on a value.
        differ: Of these, how many differ from the record in any way.
        contradicted: Of these, how many cannot both be right: neither a part of the other, nor a coarser date.
        interval: Wilson interval of the share contradicted, percent.
        cells: Agreement, field, value of the record and value of the coders, where they differ.
    """

    field: str
    checked: int
    differ: int
    contradicted: int
    interval: Interval
    cells: tuple[tuple[str, str, str, str], ...]


def _samples(log: pd.DataFrame) -> list[str]:
    return sorted({sample_of(one) for one in log.loc[log["role"] == "coder", "sheet_id"]})


def _answers(log: pd.DataFrame, field: CodedField, sample_id: str) -> pd.DataFrame:
    """Agreements x coders, values of the field; missing where a coder gave none."""
    here = log[(log["role"] == "coder") & (log["field"] == field.column.name) & (log["answer"] == "value")]
    here = here[here["sheet_id"].map(sample_of) == sample_id]
    values = here["value"].str[:YEAR_DIGITS] if field.compare == "year" else here["value"]
    return here.assign(value=values).pivot(index="agreement_id", columns="coder", values="value")


def reliability(log: pd.DataFrame, sample_id: str | None = None) -> list[FieldReliability]:
    """Agreement by sample and field.

    Args:
        log: The log of judgements.
        sample_id: One sample; all when None.

    Raises:
        NoDataError: If the log holds no judgement of that sample.
    """
    wanted = [name for name in _samples(log) if sample_id in {None, name}]
    if not wanted:
        raise NoDataError(
            f"reliability: no judgements of sample {sample_id or '(any)'}; import two filled-in sheets first."
        )
    asked = [(name, field) for name in wanted for field in coded_fields().values() if _was_asked(log, name, field)]
    return [_one(log, name, field) for name, field in asked]


def _was_asked(log: pd.DataFrame, sample_id: str, field: CodedField) -> bool:
    here = log["sheet_id"].map(sample_of) == sample_id
    return bool((here & (log["field"] == field.column.name)).any())


def _one(log: pd.DataFrame, sample_id: str, field: CodedField) -> FieldReliability:
    answers = _answers(log, field, sample_id)
    here = log[
        (log["sheet_id"].map(sample_of) == sample_id) & (log["field"] == field.column.name) & (log["role"] == "coder")
    ]
    paired = int((answers.notna().sum(axis=1) >= 2).sum())
    found = _measure(answers, field) if paired else None
    kinds = tuple(sorted(set(here["coder_kind"])))
    return FieldReliability(sample_id, field.name, field.level, found, here["agreement_id"].nunique() - paired, kinds)


def _measure(answers: pd.DataFrame, field: CodedField) -> Agreement:
    values = (
        list(field.words)
        if field.level == "ordinal"
        else sorted({cell for cell in answers.to_numpy(dtype=object).ravel() if isinstance(cell, str)})
    )
    place = {value: at for at, value in enumerate(values)}
    codes = np.array(
        [[place.get(cell, MISSING) for cell in row] for row in answers.to_numpy(dtype=object)], dtype="int64"
    )
    options = {"draws": settings()["draws"], "seed": settings()["seed"]}
    if field.level == "ordinal":
        return agreement(codes, len(values), lambda drawn: ordinal_distance(drawn, len(values)), **options)
    fixed = (
        masi_distance([frozenset(split_list(value)) for value in values])
        if field.level == "set"
        else nominal_distance(values)
    )
    return agreement(codes, len(values), _always(fixed), **options)


def _always(distance: Matrix) -> Callable[[Codes], Matrix]:
    return lambda _codes: distance


def reliability_frame(log: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    """The table reliability; empty where nothing was coded.

    Args:
        log: The log of judgements.
        records: The table sample_records.
    """
    rows = [row for name in _samples(log) for row in _sample_rows(log, records, name)]
    frame = pd.DataFrame(rows, columns=list(RELIABILITY.names))
    whole = dict.fromkeys(("units", "coders", "not_comparable", "checked", "differ", "contradicted"), "Int64")
    numbers = {column.name: "float64" for column in RELIABILITY.columns if column.kind == "number"}
    return frame.astype(
        {**{name: "str" for name in RELIABILITY.names if name not in {*whole, *numbers}}, **whole, **numbers}
    )


def _sample_rows(log: pd.DataFrame, records: pd.DataFrame, sample_id: str) -> list[dict[str, object]]:
    found = reliability(log, sample_id)
    try:
        against = {one.field: one for one in contradictions(log, records, sample_id)}
    except NoDataError:
        against = {}
    kinds = tuple(sorted({kind for one in found for kind in one.coder_kinds}))
    together = FieldReliability(sample_id, ALL, ALL, None, 0, kinds)
    return [_row(one) | _against(against.get(one.field)) for one in (*found, *([together] if against else []))]


def _against(found: Contradiction | None) -> dict[str, object]:
    if found is None:
        return {"checked": 0, "differ": 0, "contradicted": 0}
    return {
        "checked": found.checked,
        "differ": found.differ,
        "contradicted": found.contradicted,
        "contradicted_pct": 100 * found.contradicted / found.checked,
        "contradicted_low": found.interval.low,
        "contradicted_high": found.interval.high,
    }


def _row(one: FieldReliability) -> dict[str, object]:
    row: dict[str, object] = {
        "sample_id": one.sample_id,
        "field": one.field,
        "level": one.level,
        "units": one.agreement.units if one.agreement else 0,
        "coders": one.agreement.coders if one.agreement else 0,
        "not_comparable": one.not_comparable,
        "coder_kinds": join_list(one.coder_kinds),
        "note": _note(one),
    }
    measures = (
        {}
        if one.agreement is None
        else {"agreement": one.agreement.percent, "alpha": one.agreement.alpha, "ac1": one.agreement.ac1}
    )
    for name in ("agreement", "alpha", "ac1"):
        measure = measures.get(name)
        row["agreement_pct" if name == "agreement" else name] = (
            measure.value if measure and measure.value is not None else np.nan
        )
        row[f"{name}_low"] = measure.interval.low if measure and measure.interval else np.nan
        row[f"{name}_high"] = measure.interval.high if measure and measure.interval else np.nan
    return row


def _note(one: FieldReliability) -> str:
    if one.field == ALL:
        return "all fields together; only the comparison with the record"
    return "no unit has two answers" if one.agreement is None else _notes(one.agreement)


def _notes(found: Agreement) -> str:
    told = [f"{name} {measure.note}" for name, measure in (("alpha", found.alpha), ("AC1", found.ac1)) if measure.note]
    return "; ".join(told)


def contradictions(log: pd.DataFrame, records: pd.DataFrame, sample_id: str) -> list[Contradiction]:
    """Values that the record held when they were coded, on which two coders agree, and how many differ from them.

    Args:
        log: The log of judgements.
        records: The table sample_records.
        sample_id: The sample.

    Returns:
        One per field with anything checked, then ``all``.

    Raises:
        NoDataError: If the coders agree on no value that the record holds.
    """
    here = records[records["sample_id"] == sample_id]
    recorded = here.set_index(["agreement_id", "field"])["value"]
    by_field: dict[str, list[tuple[str, str, str, str]]] = {}
    for field in coded_fields().values():
        if field.is_asked and _was_asked(log, sample_id, field):
            by_field[field.name] = _agreed_cells(_answers(log, field, sample_id), field, recorded)
    everything = [cell for cells in by_field.values() for cell in cells]
    if not everything:
        raise NoDataError(f"contradictions of sample {sample_id}: the coders agree on no value that the record holds.")
    return [_contradiction(name, cells) for name, cells in {**by_field, ALL: everything}.items() if cells]


def _agreed_cells(answers: pd.DataFrame, field: CodedField, recorded: pd.Series) -> list[tuple[str, str, str, str]]:
    """Agreement, field, value of the record, value both coders gave."""
    found = []
    for name, row in zip(answers.index, answers.to_numpy(dtype=object), strict=True):
        given = {cell for cell in row if isinstance(cell, str)}
        held = _comparable(str(recorded.get((name, field.column.name), "")), field)
        if len([cell for cell in row if isinstance(cell, str)]) >= 2 and len(given) == 1 and held:
            found.append((str(name), field.name, held, given.pop()))
    return found


def _comparable(value: str, field: CodedField) -> str:
    return join_list(sorted(split_list(value))) if field.level == "set" else value


def _contradiction(name: str, cells: Sequence[tuple[str, str, str, str]]) -> Contradiction:
    differing = tuple(cell for cell in cells if cell[2] != cell[3])
    against = sum(not _compatible(*cell[1:]) for cell in differing)
    interval = wilson_interval(against, len(cells)).scaled(100)
    return Contradiction(name, len(cells), len(differing), against, interval, differing)


def _compatible(field: str, held: str, given: str) -> bool:
    """Whether one value is a part of the other, or the same date known less precisely."""
    if coded_fields()[field].level == "set":
        one, other = set(split_list(held)), set(split_list(given))
        return one <= other or other <= one
    return coded_fields()[field].column.kind is Kind.PARTIAL_DATE and (held.startswith(given) or given.startswith(held))
