"""Which groups of vendors do agreements name?"""

from __future__ import annotations

import pandas as pd

from citywatch.codebook import vendor_groups, vocabulary
from citywatch.findings.classes import Classes, by_words, unclassified_reason
from citywatch.findings.study import Question, Study
from citywatch.registry import Registry
from citywatch.tables import split_list


def group_of_rows(rows: pd.DataFrame, registry: Registry) -> list[str]:
    """Group of each agreement: the first in the codebook's precedence that one of its vendors is in.

    Args:
        rows: Agreements.
        registry: Holds the group of each vendor.
    """
    groups = dict(zip(registry.vendors["vendor_id"], registry.vendors["vendor_group"], strict=True))
    precedence = [group.id for group in vendor_groups()]
    return [_first(precedence, {groups[vendor] for vendor in split_list(cell)}) for cell in rows["vendors"]]


def _first(precedence: list[str], found: set[str]) -> str:
    return next((group for group in precedence if group in found), precedence[-1])


def _classes(study: Study, rows: pd.DataFrame, _variant: str) -> Classes:
    labels = {word.word: word.label for word in vocabulary("vendor_group")}
    return by_words(group_of_rows(rows, study.registry), labels, unclassified_reason("vendor_group"))


VENDOR_GROUP = Question("vendor_group", _classes)
