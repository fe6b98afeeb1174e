"""Do agreements lean to middle-income countries?"""

from __future__ import annotations

import pandas as pd

from citywatch.findings.classes import Classes, by_country
from citywatch.findings.study import Question, Study


def _classes(study: Study, rows: pd.DataFrame, variant: str) -> Classes:
    return by_country(rows, study.classification("income", variant), INCOME.texts()["combined"])


INCOME = Question("income", _classes)
