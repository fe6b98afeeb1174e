"""When were agreements announced?"""

from __future__ import annotations

import pandas as pd

from citywatch.findings.classes import Classes, by_words, unclassified_reason
from citywatch.findings.study import Question, Study


def _classes(_study: Study, rows: pd.DataFrame, _variant: str) -> Classes:
    years = rows["announced"].str[:4]
    known = years[years != ""].astype(int)
    span = range(int(known.min()), int(known.max()) + 1) if len(known) else range(0)
    return by_words(list(years), {str(year): str(year) for year in span}, unclassified_reason("year"))


YEAR = Question("year", _classes)
