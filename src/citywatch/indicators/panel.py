"""The country-year panel, its coverage, and a reason for every gap."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from citywatch.indicators.load import PANEL_INDICATORS, Indicators
from citywatch.indicators.lookups import eligible
from citywatch.tables import PartialDate

YEARS = range(2000, 2026)
SET_ID = "countries-195"
UNEXPLAINED = "no reason recorded"
_KEY = ["country_iso3", "year"]


def panel(ind: Indicators, years: Iterable[int] = YEARS) -> pd.DataFrame:
    """One row per country and calendar year.

    Freedom is taken by the year covered. ``income_group`` is the group of the fiscal year whose data year this is
    (2018: FY2020), so that all columns of a row describe the same year. ``belt_and_road_signed`` is yes when a
    memorandum was signed by the end of the year (a later exit does not undo it), no when not, and empty where the list
    names the country without a date.

    Args:
        ind: The indicators.
        years: Calendar years.

    Returns:
        Rows by country_iso3 and year for every country that the tables record: is_eligible (yes, no), then
        :data:`PANEL_INDICATORS`. Missing numbers are NaN, missing texts empty.
    """
    grid = pd.MultiIndex.from_product([_recorded(ind), list(years)], names=_KEY).to_frame(index=False)
    frame = grid.assign(is_eligible=np.where(grid["country_iso3"].isin(eligible(ind, SET_ID)), "yes", "no"))
    for part in (_freedom(ind), _income(ind), _population(ind), _democracy(ind)):
        frame = frame.merge(part, on=_KEY, how="left", validate="one_to_one")
    for column in ("freedom_status", "income_group"):
        frame[column] = frame[column].fillna("").astype("str")
    frame["belt_and_road_signed"] = _belt_and_road(ind, frame)
    return frame[[*_KEY, "is_eligible", *PANEL_INDICATORS]]


def missing_values(ind: Indicators, years: Iterable[int] = YEARS) -> pd.DataFrame:
    """Every value that the panel lacks for an eligible country, with the reason.

    Args:
        ind: The indicators.
        years: Calendar years.

    Returns:
        country_iso3, year, indicator, reason; the reason is :data:`UNEXPLAINED` where the table ``gaps`` gives none.
    """
    table = panel(ind, years)
    table = table[table["is_eligible"] == "yes"]
    lacking = [
        table.loc[_is_missing(table[indicator]), _KEY].assign(indicator=indicator) for indicator in PANEL_INDICATORS
    ]
    return _with_reasons(pd.concat(lacking, ignore_index=True), ind.gaps)


def coverage(ind: Indicators, years: Iterable[int] = YEARS) -> pd.DataFrame:
    """How far each indicator reaches, and why it does not reach further.

    Args:
        ind: The indicators.
        years: Calendar years.

    Returns:
        One row per indicator: indicator, first_year and last_year with any value for an eligible country,
        countries_with_value in the last year, eligible, missing in the last year, reason (countries by reason),
        unexplained (missing country-years over all years without a recorded reason).
    """
    table = panel(ind, years)
    table = table[table["is_eligible"] == "yes"]
    gaps = missing_values(ind, years)
    rows = [_coverage_row(table, gaps[gaps["indicator"] == indicator], indicator) for indicator in PANEL_INDICATORS]
    return pd.DataFrame(rows)


def _coverage_row(table: pd.DataFrame, gaps: pd.DataFrame, indicator: str) -> dict[str, object]:
    present = table[~_is_missing(table[indicator])]
    last = int(present["year"].max())
    of_last = gaps[gaps["year"] == last]
    return {
        "indicator": indicator,
        "first_year": int(present["year"].min()),
        "last_year": last,
        "countries_with_value": int((present["year"] == last).sum()),
        "eligible": int(table["country_iso3"].nunique()),
        "missing": len(of_last),
        "reason": "; ".join(
            f"{' '.join(rows['country_iso3'])}: {reason}" for reason, rows in of_last.groupby("reason")
        ),
        "unexplained": int((gaps["reason"] == UNEXPLAINED).sum()),
    }


def _is_missing(values: pd.Series) -> pd.Series:
    return values.isna() if pd.api.types.is_numeric_dtype(values) else values == ""


def _with_reasons(lacking: pd.DataFrame, gaps: pd.DataFrame) -> pd.DataFrame:
    """Attach the reason; a country's own row goes before the row for all others."""
    years = pd.Series(
        [list(range(a, b + 1)) for a, b in zip(gaps["first_year"], gaps["last_year"], strict=True)],
        index=gaps.index,
        dtype="object",
    )
    spans = gaps.assign(year=years)
    by_year = spans.explode("year")[[*_KEY, "indicator", "reason"]].astype({"year": "int64"})
    own = by_year[by_year["country_iso3"] != ""].drop_duplicates([*_KEY, "indicator"])
    general = by_year[by_year["country_iso3"] == ""].drop(columns="country_iso3").drop_duplicates(["year", "indicator"])
    joined = lacking.merge(own, on=[*_KEY, "indicator"], how="left")
    joined = joined.merge(general, on=["year", "indicator"], how="left", suffixes=("", "_general"))
    reason = joined["reason"].fillna(joined["reason_general"]).fillna(UNEXPLAINED).astype("str")
    return joined[[*_KEY, "indicator"]].assign(reason=reason)


def _recorded(ind: Indicators) -> list[str]:
    frames = (ind.freedom, ind.income, ind.population, ind.democracy, ind.belt_and_road)
    return sorted(set().union(*(frame["country_iso3"] for frame in frames)))


def _freedom(ind: Indicators) -> pd.DataFrame:
    rows = ind.freedom.drop_duplicates(["country_iso3", "year_covered"], keep="last")
    rating = (rows["political_rights"] + rows["civil_liberties"]) / 2
    renamed = rows.assign(freedom_rating=rating).rename(columns={"year_covered": "year", "status": "freedom_status"})
    return renamed[[*_KEY, "freedom_rating", "freedom_status"]].astype({"year": "int64"})


def _income(ind: Indicators) -> pd.DataFrame:
    renamed = ind.income.rename(columns={"data_year": "year"})
    return renamed[[*_KEY, "income_group"]].astype({"year": "int64"})


def _population(ind: Indicators) -> pd.DataFrame:
    columns = [*_KEY, "population", "gdp_per_capita_usd", "urban_share_pct"]
    return ind.population[columns].astype({"year": "int64"})


def _democracy(ind: Indicators) -> pd.DataFrame:
    return ind.democracy[[*_KEY, "electoral_democracy", "liberal_democracy"]].astype({"year": "int64"})


def _belt_and_road(ind: Indicators, frame: pd.DataFrame) -> pd.Series:
    listed = ind.belt_and_road.set_index("country_iso3")["signed"]
    signed = listed[listed != ""].map(lambda text: PartialDate.parse(text).latest.year)
    year = frame["country_iso3"].map(signed)
    undated = frame["country_iso3"].isin(listed.index[listed == ""])
    answer = np.where(undated, "", np.where(year <= frame["year"], "yes", "no"))
    return pd.Series(answer, index=frame.index, dtype="str")
