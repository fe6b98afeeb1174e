"""Which values have a source, before and after sources were read again, and what the second readings contradicted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from citywatch.findings.coverage_records import (
    ALL,
    Coding,
    Contradicted,
    Evidence,
    FieldEvidence,
    Part,
    Reread,
    SecondLook,
    part,
    sampled,
)
from citywatch.findings.facts import read
from citywatch.registry import Registry


def held_values(registry: Registry) -> pd.MultiIndex:
    """Agreement and field of every value that needs a source; derived columns hold no reading of one.

    Args:
        registry: The registry.
    """
    fields = [name for name in registry.agreements.columns if name not in read("settings")["derived_columns"]]
    values = registry.agreements.set_index("agreement_id")[fields]
    is_held = values.notna() & (values != "").fillna(value=False)
    cells = pd.Series(is_held.stack())
    return pd.MultiIndex.from_tuples(cells.index[cells.to_numpy(dtype=bool)], names=["agreement_id", "field"])


def pairs_of(rows: pd.DataFrame) -> pd.MultiIndex:
    """Agreement and field of rows, each pair once.

    Args:
        rows: Evidence or verifications.
    """
    return pd.MultiIndex.from_frame(rows[["agreement_id", "field"]]).unique()


@dataclass(frozen=True)
class Lines:
    """Values and the lines of evidence that count for each column of the table."""

    held: pd.MultiIndex
    is_first: pd.Series
    before: pd.MultiIndex
    chosen: pd.MultiIndex
    again: pd.MultiIndex

    def field(self, name: str) -> FieldEvidence:
        """One line of the table.

        Args:
            name: A field, or ``all``.
        """
        here = self.held if name == ALL else self.held[self.held.get_level_values("field") == name]
        first = here[self.is_first.reindex(here.get_level_values("agreement_id")).to_numpy(dtype=bool)]
        return FieldEvidence(
            name,
            _within(f"coverage.evidence.{name}.before", first, self.before),
            _within(f"coverage.evidence.{name}.same", first, self.chosen),
            _within(f"coverage.evidence.{name}.after", here, self.chosen),
            _within(f"coverage.evidence.{name}.again", first, self.again),
        )


def _within(key: str, values: pd.MultiIndex, sourced: pd.MultiIndex) -> Part:
    return part(key, int(values.isin(sourced).sum()), len(values))


def count_evidence(registry: Registry) -> Evidence:
    """Share of values with a source, by field, before and after sources were read again.

    An agreement was on the first list if no line of its evidence came with a new agreement. What the record held then is
    not kept value by value, so both columns count the values held now; a value that was filled since counts as without a
    source before. Before, a source of another value counts too, because the record held that value then.

    Args:
        registry: The registry.
    """
    facts, evidence = read("coverage"), registry.evidence
    new = set(evidence.loc[evidence["origin"] == facts["new_origin"], "agreement_id"])
    ids = registry.agreements["agreement_id"]
    is_first = pd.Series([one not in new for one in ids], index=pd.Index(ids), dtype=bool)
    chosen = evidence[evidence["is_chosen"] == "yes"]
    lines = Lines(
        held_values(registry),
        is_first,
        pairs_of(evidence[evidence["origin"].isin(facts["first_origins"])]),
        pairs_of(chosen),
        pairs_of(_read_again(chosen)),
    )
    fields = [name for name in registry.agreements.columns if name in set(lines.held.get_level_values("field"))]
    return Evidence(
        tuple(lines.field(name) for name in (*fields, ALL)),
        int(is_first.sum()),
        int((~is_first).sum()),
        facts["previous"],
    )


def _read_again(lines: pd.DataFrame) -> pd.DataFrame:
    """Lines with a day; one that came with a new agreement was read once, not again."""
    new_origin: str = read("coverage")["new_origin"]
    return lines[(lines["checked_on"] != "") & (lines["origin"] != new_origin)]


def count_reread(registry: Registry) -> tuple[Reread, ...]:
    """Values read again, how many a source contradicts, and how many of these the record changed, by field.

    Args:
        registry: The registry.
    """
    facts, evidence = read("coverage"), registry.evidence
    checked = _read_again(evidence)
    read_again = pairs_of(checked)
    contradicted = pairs_of(checked[checked["relation"] == "other"])
    changed = _changed(evidence, facts["first_origins"], facts["again_origin"]).intersection(contradicted)
    fields = sorted(set(read_again.get_level_values("field")))
    return tuple(_reread(name, read_again, contradicted, changed) for name in (*fields, ALL))


def _changed(evidence: pd.DataFrame, first: Iterable[str], again: str) -> pd.MultiIndex:
    """The value rests on the re-reading alone, and an earlier line carries another value."""
    old = evidence["origin"].isin(list(first))
    same = evidence["relation"] == "same"
    stands_against = pairs_of(evidence[old & (evidence["relation"] == "other")])
    new_value = pairs_of(evidence[same & (evidence["origin"] == again)])
    return stands_against.intersection(new_value).difference(pairs_of(evidence[old & same]))


def _reread(name: str, read_again: pd.MultiIndex, contradicted: pd.MultiIndex, changed: pd.MultiIndex) -> Reread:
    counts = [
        len(pairs) if name == ALL else int((pairs.get_level_values("field") == name).sum())
        for pairs in (read_again, contradicted, changed)
    ]
    return Reread(name, sampled(f"coverage.reread.{name}", counts[1], counts[0]), counts[2])


def count_second_look(registry: Registry) -> tuple[SecondLook, ...]:
    """What the independent look found, by field, and how many of the contradicted values were corrected since.

    Args:
        registry: The registry.
    """
    looks = registry.verifications
    fields = sorted(set(looks["field"]))
    return tuple(_look(name, looks if name == ALL else looks[looks["field"] == name]) for name in (*fields, ALL))


def _look(name: str, rows: pd.DataFrame) -> SecondLook:
    counts = rows["verdict"].value_counts()
    contradicted = rows["verdict"] == "contradicted"
    return SecondLook(
        name,
        int(counts.get("confirmed", 0)),
        int(counts.get("not_visible", 0)),
        sampled(f"coverage.second_look.{name}", int(contradicted.sum()), len(rows)),
        int((contradicted & (rows["is_corrected"] == "yes")).sum()),
    )


def count_coding(registry: Registry) -> Coding:
    """Samples that were coded twice, and the values on which the coders agree and that cannot both be right.

    Args:
        registry: The registry; its table of reliability holds the comparison with the record.
    """
    rows = registry.reliability
    together = rows[rows["field"] == ALL]
    columns = (together[name] for name in ("sample_id", "contradicted", "checked", "differ"))
    return Coding(
        tuple(sorted(set(rows["sample_id"]))),
        tuple(
            Contradicted(sample, sampled(f"coverage.coding.{sample}", int(count), int(checked)), int(differ))
            for sample, count, checked, differ in zip(*columns, strict=True)
        ),
    )
