"""Which vendors do agreements name?"""

from __future__ import annotations

import pandas as pd

from citywatch.findings.classes import Classes, by_words, unclassified_reason
from citywatch.findings.study import Question, Study
from citywatch.tables import split_series


def _classes(study: Study, rows: pd.DataFrame, _variant: str) -> Classes:
    counts = split_series(rows["vendors"]).value_counts()
    names = dict(zip(study.registry.vendors["vendor_id"], study.registry.vendors["name"], strict=True))
    most_first = sorted(counts.index, key=lambda vendor: (-counts[vendor], vendor))
    labels = {str(vendor): str(names[vendor]) for vendor in most_first}
    return by_words(list(rows["vendors"]), labels, unclassified_reason("vendor"))


VENDOR = Question("vendor", _classes)
