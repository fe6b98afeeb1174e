"""Do agreements lean to some regions of the world?"""

from __future__ import annotations

import pandas as pd

from citywatch.findings.classes import Classes, by_country
from citywatch.findings.study import Question, Study


def _classes(study: Study, rows: pd.DataFrame, variant: str) -> Classes:
    return by_country(rows, study.classification("region", variant), REGION.texts()["combined"])


REGION = Question("region", _classes)
