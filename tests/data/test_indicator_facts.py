"""The embedded indicators: keys, values read by hand, the base rates worked out from them."""

import pandas as pd
import pytest

from citywatch.indicators import (
    TABLES,
    Indicators,
    classify,
    classify_freedom,
    eligible,
    freedom_mean,
    load_indicators,
    population,
    region,
)
from citywatch.places import countries


@pytest.fixture(scope="module")
def ind() -> Indicators:
    return load_indicators()


def shares(ind: Indicators, dimension: str, variant: str, without: tuple[str, ...] = ()) -> tuple[pd.Series, pd.Series]:
    """Per cent of countries and of people (2018) per class."""
    countries = list(eligible(ind, without=without))
    by_country = classify(ind, dimension, variant).by_country.reindex(countries)
    people = population(ind, 2018).reindex(countries)
    assert people.notna().all()
    return by_country.value_counts(normalize=True) * 100, people.groupby(by_country).sum() / people.sum() * 100


MENA_2026 = "Middle East, North Africa, Afghanistan & Pakistan"

# Rounded per cent of countries; of people; of people without China.
BASE_RATES = [
    ("freedom", "years-midpoint", "free", (44, 39, 48)),
    ("freedom", "years-midpoint", "partly_free", (31, 26, 32)),
    ("freedom", "years-midpoint", "not_free", (25, 35, 20)),
    ("freedom", "editions-midpoint", "free", (45, 39, 48)),
    ("freedom", "editions-midpoint", "partly_free", (30, 26, 32)),
    ("freedom", "editions-midpoint", "not_free", (26, 35, 21)),
    ("income", "fy2019", "low", (17, 10, 12)),
    ("income", "fy2019", "lower_middle", (24, 40, 49)),
    ("income", "fy2019", "upper_middle", (28, 34, 19)),  # 20 in the note beside the source, which is FY2020's share
    ("income", "fy2019", "high", (31, 16, 20)),
    ("region", "m49", "asia", (25, 60, 51)),
    ("region", "m49", "sub_saharan_africa", (25, 14, 17)),
]


@pytest.mark.parametrize(("dimension", "variant", "class_id", "expected"), BASE_RATES)
def test_base_rates(
    ind: Indicators, dimension: str, variant: str, class_id: str, expected: tuple[int, int, int]
) -> None:
    of_countries, of_people = shares(ind, dimension, variant)
    _, of_people_without = shares(ind, dimension, variant, ("CHN",))
    found = (of_countries[class_id], of_people[class_id], of_people_without[class_id])
    assert tuple(round(value) for value in found) == expected


@pytest.mark.parametrize(
    ("dimension", "class_id", "count"),
    [
        ("freedom", "free", 86),
        ("freedom", "partly_free", 60),
        ("freedom", "not_free", 48),
        ("income", "low", 34),
        ("income", "lower_middle", 46),
        ("income", "upper_middle", 54),
        ("income", "high", 60),
        ("region", "asia", 47),
        ("region", "sub_saharan_africa", 48),
    ],
)
def test_counts_of_the_194_countries_without_china(ind: Indicators, dimension: str, class_id: str, count: int) -> None:
    by_country = classify(ind, dimension).by_country.reindex(eligible(ind, without=("CHN",)))
    assert len(by_country) == 194
    assert (by_country == class_id).sum() == count


@pytest.mark.parametrize(
    ("reading", "between"),
    [
        ("years", {"DJI", "GIN", "IDN", "JOR", "LSO", "MEX", "MNE", "SLE", "VEN"}),
        ("editions", {"BDI", "DJI", "GIN", "IDN", "JOR", "LSO", "MEX", "MNE", "SLE", "TON"}),
    ],
)
def test_countries_between_the_published_classes(ind: Indicators, reading: str, between: set[str]) -> None:
    strict = classify_freedom(ind, reading, "strict").reindex(eligible(ind))
    assert set(strict.index[strict == "between_classes"]) == between


def test_ties_of_the_modal_rule(ind: Indicators) -> None:
    years, editions = classify_freedom(ind, "years", "modal"), classify_freedom(ind, "editions", "modal")
    assert (years["BDI"], years["THA"]) == ("not_free", "not_free")
    assert (editions["CAF"], editions["IDN"]) == ("not_free", "partly_free")


def test_every_eligible_country_is_rated_and_has_a_region(ind: Indicators) -> None:
    countries = list(eligible(ind))
    assert (classify_freedom(ind).reindex(countries) != "not_rated").all()
    assert (region(ind).reindex(countries) != "unclassified").all()
    assert (region(ind, "wb-fy2026").reindex(countries) != "unclassified").all()


def test_who_counts_and_who_does_not(ind: Indicators) -> None:
    rows = ind.eligible.set_index("country_iso3")
    assert set(rows.index) == set(ind.regions["country_iso3"])
    assert (rows.loc[["TWN", "XKX"], "is_eligible"] == "yes").all()
    assert (rows.loc[["VAT", "PSE", "HKG", "GRL", "ESH", "COK", "NIU"], "is_eligible"] == "no").all()
    for edition in range(2012, 2026):
        listed = ind.freedom[(ind.freedom["edition_year"] == edition) & (ind.freedom["entity_type"] == "country")]
        assert set(listed["country_iso3"]) == set(eligible(ind))


def test_every_country_that_exists_has_a_row_in_the_region_table(ind: Indicators) -> None:
    listed = countries()
    assert set(ind.regions["country_iso3"]) == set(listed.loc[listed["is_former"] == "no", "country_iso3"])


def test_world_bank_regions_moved_two_countries(ind: Indicators) -> None:
    before, after = region(ind, "wb-fy2020"), region(ind, "wb-fy2026")
    assert set(before[["AFG", "PAK"]]) == {"south_asia"}
    assert set(after[["AFG", "PAK"]]) == {"middle_east_north_africa_afghanistan_pakistan"}
    renamed = before.replace("middle_east_north_africa", "middle_east_north_africa_afghanistan_pakistan")
    assert set(renamed.index[renamed != after]) == {"AFG", "PAK"}


BY_HAND: list[tuple[str, tuple[object, ...], str, tuple[object, ...]]] = [
    # table, countries (or years, entities), column, values; the last part of the key is in KEY_YEAR
    ("freedom", ("NOR", "CHN", "KEN"), "political_rights", (1, 7, 4)),
    ("freedom", ("NOR", "CHN", "KEN"), "civil_liberties", (1, 6, 4)),
    ("freedom", ("SRB", "HUN", "USA"), "status", ("PF", "PF", "F")),
    ("freedom", ("FIN", "SYR", "USA"), "total_score", (100, 0, 86)),
    ("income", ("KEN", "ARG", "LKA"), "income_group", ("LM", "H", "LM")),
    ("income_thresholds", (2019, 2020, 2026), "low_max_usd", (995, 1025, 1135)),
    ("income_thresholds", (2019, 2020, 2026), "lower_middle_max_usd", (3895, 3995, 4495)),
    ("income_thresholds", (2019, 2020, 2026), "upper_middle_max_usd", (12055, 12375, 13935)),
    ("regions", ("KEN", "SRB", "TWN"), "un_region", ("Africa", "Europe", "Asia")),
    ("regions", ("KEN", "SRB", "EGY"), "un_subregion", ("Sub-Saharan Africa", "Southern Europe", "Northern Africa")),
    (
        "regions",
        ("PAK", "SRB", "MLT"),
        "wb_region_fy2020",
        ("South Asia", "Europe & Central Asia", "Middle East & North Africa"),
    ),
    ("regions", ("PAK", "SRB", "IND"), "wb_region_fy2026", (MENA_2026, "Europe & Central Asia", "South Asia")),
    ("population", ("CHN", "TWN", "TUV"), "population", (1_402_760_000, 23_694_000, 10_751)),
    ("population", ("CHN", "TWN", "SGP"), "urban_share_pct", (61.5, 78.15, 100)),
    ("population", ("CHN", "KEN", "USA"), "gdp_per_capita_usd", (10085.66, 1836.45, 62875.67)),
    ("population", ("CHN", "KEN", "USA"), "gdp_per_capita_ppp", (16298.21, 4411.56, 62875.67)),
    ("urban", ("World", "China", "Nigeria"), "urban_share_pct", (55.285, 59.152, 50.344)),
    ("democracy", ("DNK", "SAU", "KEN"), "electoral_democracy", (0.921, 0.016, 0.493)),
    ("democracy", ("DNK", "SAU", "KEN"), "liberal_democracy", (0.893, 0.043, 0.391)),
    ("belt_and_road", ("ITA", "DZA", "RUS"), "signed", ("2019-03", "2018-07-10", "")),
    ("belt_and_road", ("ITA", "PAN", "KEN"), "exited", ("2023-12-06", "2025-02-04", "")),
    ("aigs", ("DEU", "UGA", "KEN"), "safe_city", ("yes", "yes", "yes")),
    ("aigs", ("AGO", "UGA", "KEN"), "facial_recognition", ("no", "yes", "yes")),
    ("aigs", ("UGA", "SRB", "KEN"), "smart_policing", ("no", "yes", "yes")),
    ("aigs", ("UGA", "SRB", "ZMB"), "social_media_surveillance", ("yes", "no", "no")),
    ("aigs", ("BHR", "SRB", "ZMB"), "china_tech", ("no", "yes", "yes")),
    ("aigs", ("BHR", "SRB", "DEU"), "us_tech", ("yes", "no", "yes")),
    ("aigs_universe", ("SRB", "LUX", "HKG"), "in_aigs", ("yes", "no", "yes")),
]
KEY_YEAR = {"freedom": 2019, "income": 2019, "population": 2018, "urban": 2018, "democracy": 2018, "aigs": 2022}


@pytest.mark.parametrize(("table", "keys", "column", "values"), BY_HAND)
def test_three_values_read_by_hand(
    ind: Indicators, table: str, keys: tuple[object, ...], column: str, values: tuple[object, ...]
) -> None:
    """Compared by eye with the publishers' figures as the working copies hold them."""
    declared = next(entry for entry in TABLES if entry.name == table)
    frame = getattr(ind, table).set_index(list(declared.key))[column]
    found = tuple(frame[(key, KEY_YEAR[table]) if table in KEY_YEAR else key] for key in keys)
    assert found == values


def test_every_indicator_of_the_manifest_has_three_values_read_by_hand(ind: Indicators) -> None:
    assert {(entry.table, entry.column) for entry in ind.manifest} == {(row[0], row[2]) for row in BY_HAND}
    assert all(len(row[1]) == len(row[3]) == 3 for row in BY_HAND)


def test_licence_and_citation_come_with_every_indicator(ind: Indicators) -> None:
    for entry in ind.manifest:
        assert entry.licence
        assert entry.citation
        assert entry.caveat
    assert "not seen" in next(entry for entry in ind.manifest if entry.id == "freedom_status").licence


def test_what_was_set_aside_is_counted(ind: Indicators) -> None:
    counted = ind.indicators_set_aside.groupby("table")["count"].sum()
    assert counted.to_dict() == {"aigs_universe": 3, "democracy": 87, "freedom": 385, "population": 1175}


def test_years_of_freedom_and_income_go_together(ind: Indicators) -> None:
    assert (ind.freedom["edition_year"] - ind.freedom["year_covered"] == 1).all()
    assert (ind.income["fiscal_year"] - ind.income["data_year"] == 2).all()
    assert 1983 not in set(ind.freedom["edition_year"])


def test_credible_bounds_hold_their_index(ind: Indicators) -> None:
    for name in ("electoral_democracy", "liberal_democracy"):
        rows = ind.democracy.dropna(subset=[name])
        assert (rows[f"{name}_low"] <= rows[name]).all()
        assert (rows[name] <= rows[f"{name}_high"]).all()


def test_means_stay_on_the_scale(ind: Indicators) -> None:
    assert freedom_mean(ind)["mean_rating"].between(1, 7).all()
