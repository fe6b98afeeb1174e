"""Freedom in the World: annual status, ten-year mean and its classes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from citywatch.errors import NoDataError
from citywatch.indicators.load import Indicators
from citywatch.indicators.lookups import spread
from citywatch.indicators.rules import FreedomRule, Reading, pick


def freedom_status(ind: Indicators, edition: int) -> pd.Series:
    """Status that one edition gives, by country.

    Args:
        ind: The indicators.
        edition: Edition year; it describes the year before.

    Returns:
        Class id per country code; ``not_rated`` where the edition says nothing.

    Raises:
        NoDataError: If the edition is not in the table.
    """
    rows = ind.freedom[ind.freedom["edition_year"] == edition]
    if rows.empty:
        raise NoDataError(f"Freedom in the World {edition}: no such edition in {ind.folder / 'freedom.csv'}")
    return spread(ind, rows.set_index("country_iso3")["status"], ind.rules.schemes["freedom"])


def freedom_mean(ind: Indicators, reading: str = "years", years: tuple[int, int] | None = None) -> pd.DataFrame:
    """Mean rating over a window, by country.

    A year's rating is the mean of political rights and civil liberties, 1 (best) to 7 (worst).

    Args:
        ind: The indicators.
        reading: ``years`` (the window counts years covered) or ``editions``.
        years: First and last year of another window, both included.

    Returns:
        One row per rated country: country_iso3, mean_rating (1 to 7), years_rated.

    Raises:
        VocabularyError: If the reading is unknown.
    """
    rows = _window(ind, pick(ind.rules.readings, reading, "reading"), years)
    grouped = rows["rating"].groupby(rows["country_iso3"])
    table = pd.DataFrame({"total": grouped.sum(), "years_rated": grouped.size()})
    mean = table["total"] / table["years_rated"]  # sums of halves are exact, so a bound is met exactly
    return pd.DataFrame({"mean_rating": mean, "years_rated": table["years_rated"]}).reset_index()


def classify_freedom(ind: Indicators, reading: str = "years", rule: str = "midpoint") -> pd.Series:
    """Class of the ten-year window, by country.

    Args:
        ind: The indicators.
        reading: ``years`` or ``editions``.
        rule: ``strict``, ``midpoint``, ``upper``, ``lower`` or ``modal``.

    Returns:
        Class id per country code; ``not_rated`` with fewer rated years than the rules ask for.

    Raises:
        VocabularyError: If the reading or the rule is unknown.
    """
    chosen = pick(ind.rules.freedom_rules, rule, "freedom rule")
    means = freedom_mean(ind, reading).set_index("country_iso3")
    enough = means[means["years_rated"] >= ind.rules.minimum_years]
    scheme = ind.rules.schemes["freedom"]
    if not chosen.bounds:
        status = _modal_status(_window(ind, pick(ind.rules.readings, reading, "reading")))
        return spread(ind, status[status.index.isin(enough.index)], scheme)
    return spread(ind, _by_bounds(enough["mean_rating"], chosen), scheme, coded=False)


def _window(ind: Indicators, reading: Reading, years: tuple[int, int] | None = None) -> pd.DataFrame:
    first, last = years or (reading.first, reading.last)
    rows = ind.freedom[ind.freedom[reading.column].between(first, last) & (ind.freedom["status"] != "")]
    rating = (rows["political_rights"] + rows["civil_liberties"]) / 2
    return rows.assign(rating=rating)


def _by_bounds(mean: pd.Series, rule: FreedomRule) -> pd.Series:
    conditions = []
    for bound in rule.bounds:
        if bound.at_most is not None:
            conditions.append(mean <= bound.at_most)
        elif bound.below is not None:
            conditions.append(mean < bound.below)
        else:
            conditions.append(mean.notna())
    return pd.Series(np.select(conditions, [bound.class_id for bound in rule.bounds], default=""), index=mean.index)


def _modal_status(rows: pd.DataFrame) -> pd.Series:
    """Most frequent status per country; among equally frequent ones the one seen last."""
    counted = rows.groupby(["country_iso3", "status"])["edition_year"].agg(["size", "max"]).reset_index()
    ranked = counted.sort_values(["country_iso3", "size", "max"])
    return ranked.drop_duplicates("country_iso3", keep="last").set_index("country_iso3")["status"]
