"""When each country had its first agreement, as far as it is known: bounds for every row, and completed data sets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from citywatch.errors import NoDataError
from citywatch.findings.facts import read
from citywatch.findings.selection import first_dates
from citywatch.findings.study import Study
from citywatch.tables import PartialDate
from citywatch.uncertainty.hazard import NEVER, impute_years

Years = NDArray[np.int64]


@dataclass(frozen=True)
class Times:
    """First agreements by the year.

    Attributes:
        risk_from: Year in which risk starts: that of the first dated agreement.
        risk_to: Last year at risk.
        first: Year of the first agreement, completed data sets x countries; ``NEVER`` for none.
        undated: Rows without a date; their year is drawn.
        before: Rows dated before the start of risk; they count in its year.
        year_only: Rows known to the year.
        month_only: Rows known to the month.
        to_the_day: Rows known to the day.
    """

    risk_from: int
    risk_to: int
    first: Years
    undated: int
    before: int
    year_only: int
    month_only: int
    to_the_day: int

    @property
    def years(self) -> tuple[int, ...]:
        """Years at risk."""
        return tuple(range(self.risk_from, self.risk_to + 1))


def times_of(study: Study) -> Times:
    """Bounds of every row's year, drawn where it is not known, and the first by country.

    An undated row lies between the start of risk and the year by which its first dated source was published; without
    such a source, and for a cut-off, it lies before the end of risk.

    Args:
        study: The scenario.

    Raises:
        NoDataError: If no row has a date.
    """
    facts = read("drivers")
    rows = study.admitted.rows.sort_values("agreement_id", ignore_index=True)  # years are drawn in the order of rows
    dates = rows["announced"]
    known = dates[dates != ""].str[:4].astype("int64")
    if known.empty:
        raise NoDataError(f"time to first agreement in {study.query.key}: no agreement has a date")
    until = study.query.scenario.until
    last = PartialDate.parse(until).latest.year if until else int(known.max())
    start = int(min(max(known.min(), facts["panel_from"] + facts["lag_years"]), last))
    by_source = first_dates(study.registry)[0].map(lambda day: day.year)
    bound = rows["agreement_id"].map(by_source).fillna(last).astype("int64").clip(start, last)
    year = known.reindex(rows.index).fillna(0).astype("int64").clip(start, last)
    is_known = (dates != "").to_numpy()
    earliest = np.where(is_known, year, start).astype("int64")
    latest = np.where(is_known, year, bound).astype("int64")
    filled = impute_years(
        earliest, latest, np.asarray(year[is_known], dtype="int64"), facts["completed_sets"], facts["seed"]
    )
    return Times(
        risk_from=start,
        risk_to=last,
        first=_first_by_country(study, rows, filled),
        undated=int((dates == "").sum()),
        before=int((known < start).sum()),
        year_only=int((dates.str.len() == 4).sum()),
        month_only=int((dates.str.len() == 7).sum()),
        to_the_day=int((dates.str.len() == 10).sum()),
    )


def _first_by_country(study: Study, rows: pd.DataFrame, filled: Years) -> Years:
    countries = study.query.eligible
    position = pd.Index(countries).get_indexer(pd.Index(rows["country_iso3"]))
    first = np.full((len(filled), len(countries)), NEVER, dtype="int64")
    for number, years in enumerate(filled):
        np.minimum.at(first[number], position, years)
    return first
