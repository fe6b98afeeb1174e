"""Which class each counted row is in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from citywatch.findings.facts import read, settings
from citywatch.indicators import Classification
from citywatch.tables import split_list

Mask = NDArray[np.bool_]
SUM = "+"
NO_VARIANT = "-"


@dataclass(frozen=True)
class Classes:
    """Rows in classes.

    Attributes:
        variant: Variant of the classification, ``-`` where there is none.
        variant_label: The variant in words; empty where there is none.
        labels: Label by class, in the order of display.
        members: Rows of each class, rows x classes.
        unclassified: Rows in no class, by reason.
        by_country: Class by country where the class is a property of countries; None elsewhere.
    """

    variant: str
    variant_label: str
    labels: Mapping[str, str]
    members: Mask
    unclassified: Mapping[str, int]
    by_country: Mapping[str, str] | None


def by_country(rows: pd.DataFrame, classification: Classification, combined: Iterable[Mapping[str, object]]) -> Classes:
    """Rows by the class of their country, with the combined classes at the end.

    Args:
        rows: Counted agreements.
        classification: Class of every country.
        combined: ``classes`` and ``label`` of each sum of classes; one that needs an absent class is passed over.
    """
    labels = {entry.id: entry.label for entry in classification.classes if not entry.is_residual}
    class_of = dict(zip(classification.by_country.index, classification.by_country, strict=True))
    words = np.array([class_of.get(country, "") for country in rows["country_iso3"]], dtype=object)
    members = [np.asarray(words == word) for word in labels]
    for sum_of in combined:
        parts = [str(part) for part in _parts(sum_of)]
        if all(part in labels for part in parts) and SUM.join(parts) not in labels:
            members.append(np.isin(words, parts))
            labels[SUM.join(parts)] = str(sum_of["label"])
    residual = {entry.id: entry.label for entry in classification.classes if entry.is_residual}
    return Classes(
        classification.variant,
        classification.label,
        labels,
        np.column_stack(members),
        _residual(words, residual),
        class_of,
    )


def by_words(cells: Sequence[str], labels: Mapping[str, str], reason: str) -> Classes:
    """Rows by the words of one column; a list cell puts its row in several classes.

    Args:
        cells: The column; items of a list cell are joined as in the tables.
        labels: Label by word, in the order of display; every word must be there.
        reason: Why a row without a word is in no class.
    """
    position = {word: index for index, word in enumerate(labels)}
    members = np.zeros((len(cells), len(labels)), dtype=bool)
    for row, cell in enumerate(cells):
        for word in split_list(cell):
            members[row, position[word]] = True
    empty = int((~members.any(axis=1)).sum()) if labels else len(cells)
    return Classes(NO_VARIANT, "", labels, members, {reason: empty} if empty else {}, None)


def unclassified_reason(dimension: str) -> str:
    """Why a row has no class in a dimension that is no property of countries."""
    return str(read("questions")["unclassified"][dimension])


def _parts(sum_of: Mapping[str, object]) -> Sequence[object]:
    parts = sum_of["classes"]
    return parts if isinstance(parts, list) else []


def _residual(words: NDArray[np.object_], labels: Mapping[str, str]) -> dict[str, int]:
    texts = {word: settings().residual_classes.get(word, label) for word, label in labels.items()}
    counts = {text: int(np.count_nonzero(words == word)) for word, text in texts.items()}
    return {text: count for text, count in counts.items() if count}
