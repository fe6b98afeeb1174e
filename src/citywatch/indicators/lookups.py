"""Values by country: income, region, population, urban share, and which countries count."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from citywatch.errors import NoDataError, VocabularyError
from citywatch.indicators.load import Indicators
from citywatch.indicators.rules import Scheme, pick


def spread(ind: Indicators, values: pd.Series, scheme: Scheme, *, coded: bool = True) -> pd.Series:
    """Give every country of the region table, and every other one with a value, a class.

    Args:
        ind: The indicators.
        values: Publisher's codes, or class ids, by country code.
        scheme: Where the classes come from.
        coded: Whether ``values`` are publisher's codes.
    """
    known = values[values != ""]
    class_ids = known.map(scheme.by_code) if coded else known
    codes = sorted({*ind.regions["country_iso3"], *known.index})
    spread_out = class_ids.reindex(codes).fillna(scheme.default).astype("str")
    return spread_out.rename(scheme.id).rename_axis("country_iso3")


def income(ind: Indicators, fiscal_year: int = 2019) -> pd.Series:
    """World Bank income group of a fiscal year, by country.

    Args:
        ind: The indicators.
        fiscal_year: Fiscal year F; published in July F-1 from the income per head of F-2.

    Returns:
        Class id per country code; ``unclassified`` where the World Bank gives none.

    Raises:
        NoDataError: If the fiscal year is not in the table.
    """
    rows = ind.income[ind.income["fiscal_year"] == fiscal_year]
    if rows.empty:
        raise NoDataError(f"World Bank income groups FY{fiscal_year}: no such year in {ind.folder / 'income.csv'}")
    return spread(ind, rows.set_index("country_iso3")["income_group"], ind.rules.schemes["income"])


def region(ind: Indicators, scheme: str = "m49") -> pd.Series:
    """Region by country.

    Args:
        ind: The indicators.
        scheme: ``m49`` (the regions of the brief), ``wb-fy2020`` or ``wb-fy2026``.

    Returns:
        Class id per country code; ``unclassified`` where the publisher assigns none.

    Raises:
        VocabularyError: If the scheme is unknown.
    """
    regional = {key: value for key, value in ind.rules.schemes.items() if value.dimension == "region"}
    chosen = pick(regional, scheme, "region scheme")
    frame = ind.regions.set_index("country_iso3")
    codes = pd.Series("", index=frame.index, dtype="str")
    for label in chosen.classes:
        if label.code:
            codes = codes.mask((codes == "") & (frame[label.column] == label.code), label.code)
    return spread(ind, codes, chosen)


def population(ind: Indicators, year: int) -> pd.Series:
    """Residents at mid-year, by country.

    World Development Indicators throughout, except Taiwan, which they leave out: there UN WUP 2018, a projection after
    2018. The column ``source`` of the table says which. Countries without a figure (the Vatican) are absent.

    Args:
        ind: The indicators.
        year: Calendar year.

    Raises:
        NoDataError: If the year is not in the table.
    """
    rows = ind.population[ind.population["year"] == year]
    if rows.empty:
        raise NoDataError(f"population {year}: no such year in {ind.folder / 'population.csv'}")
    return rows.set_index("country_iso3")["population"].sort_index()


def urban_share(ind: Indicators, entity: str = "World", year: int = 2050) -> float:
    """Urban residents in per cent (World Urbanization Prospects 2018; a projection after 2018).

    Args:
        ind: The indicators.
        entity: Name as the publisher gives it.
        year: One of the years of the table: 1950, 1970, 1990, 2000, 2010, 2015, 2018 to 2020, 2030, 2040, 2050.

    Raises:
        NoDataError: If there is no such row.
    """
    rows = ind.urban[(ind.urban["entity"] == entity) & (ind.urban["year"] == year)]
    if rows.empty:
        raise NoDataError(f"urban share of {entity!r} in {year}: no such row in {ind.folder / 'urban.csv'}")
    return float(rows["urban_share_pct"].iloc[0])


def eligible(ind: Indicators, set_id: str = "countries-195", without: Iterable[str] = ()) -> tuple[str, ...]:
    """Codes of the countries that a base rate counts, sorted.

    Args:
        ind: The indicators.
        set_id: A set of the table ``eligible``.
        without: Codes to leave out, such as a vendor's home.

    Raises:
        VocabularyError: If the set is unknown, or a code to leave out is not in it.
    """
    sets = {str(name): rows for name, rows in ind.eligible.groupby("set_id")}
    rows = pick(sets, set_id, "set of countries")
    codes = frozenset(rows.loc[rows["is_eligible"] == "yes", "country_iso3"])
    left_out = frozenset(without)
    if unknown := sorted(left_out - codes):
        raise VocabularyError(f"set {set_id}: expected countries of the set to leave out; found {', '.join(unknown)}")
    return tuple(sorted(codes - left_out))
