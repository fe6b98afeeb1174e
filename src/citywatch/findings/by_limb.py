"""Which limb of the inclusion rule admits agreements?"""

from __future__ import annotations

import pandas as pd

from citywatch.codebook import vocabulary
from citywatch.findings.classes import Classes, by_words, unclassified_reason
from citywatch.findings.study import Question, Study


def _classes(_study: Study, rows: pd.DataFrame, _variant: str) -> Classes:
    labels = {word.word: word.label for word in vocabulary("admitted_by")}
    return by_words(list(rows["admitted_by"]), labels, unclassified_reason("limb"))


LIMB = Question("limb", _classes)
