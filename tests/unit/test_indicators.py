"""The indicators room: reading, rules, classifications, panel."""

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from citywatch.errors import InputError, NoDataError, TableError, VocabularyError
from citywatch.indicators import (
    TABLES,
    Indicators,
    check_indicators,
    classes,
    classify,
    classify_freedom,
    coverage,
    eligible,
    freedom_mean,
    freedom_status,
    income,
    load_indicators,
    missing_values,
    panel,
    population,
    region,
    urban_share,
    variants,
)
from citywatch.indicators.load import DEFAULT_FOLDER, MANIFEST_FILE, PANEL_INDICATORS, load_manifest
from citywatch.indicators.rules import RULES_FILE, load_rules


@pytest.fixture(scope="module")
def ind() -> Indicators:
    return load_indicators()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DEFAULT_FOLDER, tmp_path / "indicators"))


@pytest.fixture
def rules_folder(tmp_path: Path) -> Path:
    for file in (RULES_FILE, MANIFEST_FILE):
        shutil.copy(DEFAULT_FOLDER / file, tmp_path)
    return tmp_path


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def with_freedom(ind: Indicators, statuses: str) -> Indicators:
    """The indicators with one invented country rated from 2009 on, one letter per year."""
    ratings = {"F": 1.0, "P": 4.0, "N": 7.0}
    rows = pd.DataFrame(
        {
            "country_iso3": "AND",
            "edition_year": [2010 + place for place in range(len(statuses))],
            "year_covered": [2009 + place for place in range(len(statuses))],
            "political_rights": [ratings[letter] for letter in statuses],
            "civil_liberties": [ratings[letter] for letter in statuses],
            "status": [{"F": "F", "P": "PF", "N": "NF"}[letter] for letter in statuses],
        }
    )
    return Indicators(**{**vars(ind), "freedom": rows})


def test_every_table_is_a_frame_of_its_columns(ind: Indicators) -> None:
    for table in TABLES:
        assert list(getattr(ind, table.name).columns) == list(table.names)


def test_the_embedded_folder_is_read_once() -> None:
    assert load_indicators() is load_indicators()


def test_another_folder_reads_the_same(folder: Path, ind: Indicators) -> None:
    pd.testing.assert_frame_equal(load_indicators(folder).freedom, ind.freedom)


def test_the_embedded_folder_has_no_violation() -> None:
    assert check_indicators() == ()


@pytest.mark.parametrize(
    ("file", "old", "new", "column"),
    [
        ("income.csv", "ABW,1989,1987,H,", "ABW,1989,1987,XX,", "income_group"),
        ("freedom.csv", "AFG,country,1973,1972,4,5", "AFG,country,1973,1972,9,5", "political_rights"),
        ("democracy.csv", "AFG,1990", "QQQ,1990", "country_iso3"),
        ("gaps.csv", ",belt_and_road_signed,", ",no_such_column,", "indicator"),
        ("gaps.csv", ",2000,2025,", ",2000,1999,", "last_year"),
    ],
)
def test_check_names_the_column_that_breaks(folder: Path, file: str, old: str, new: str, column: str) -> None:
    replace(folder / file, old, new)
    assert [violation.column for violation in check_indicators(folder)] == [column]


def test_check_reports_a_missing_table(folder: Path) -> None:
    (folder / "aigs.csv").unlink()
    (violation,) = check_indicators(folder)
    assert violation.file.endswith("aigs.csv")
    with pytest.raises(TableError):
        load_indicators(folder)


def test_check_of_no_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="folder of the indicators"):
        check_indicators(tmp_path / "none")


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("classifications.yml", "minimum_years: 5", "minimum_year: 5", "minimum_years"),
        ("classifications.yml", "{class: free, at_most: 2.5}", "{class: freee, at_most: 2.5}", "unknown class freee"),
        ("classifications.yml", "{class: free, at_most: 2.5}", "{class: free, most: 2.5}", "found most"),
        ("classifications.yml", "rule: strict}", "rule: strickt}", "strickt"),
        ("classifications.yml", "default: fy2019", "default: fy1900", "fy1900"),
        ("classifications.yml", "{id: fy2019, fiscal_year: 2019}", "{id: fy2019}", "variant fy2019"),
        ("classifications.yml", ", is_default: true}", "}", "exactly one default"),
        ("classifications.yml", "{id: partly_free,", "{id: free,", "every class once"),
        ("classifications.yml", "schemes:", "schemes: [", "expected YAML"),
        ("manifest.yml", "column: political_rights", "column: politics", "freedom.politics"),
        ("manifest.yml", "id: civil_liberties", "id: political_rights", "every id once"),
        ("manifest.yml", "    unit:", "    units:", "units"),
        ("manifest.yml", "indicators:", "indicator:", "the list 'indicators'"),
    ],
)
def test_faults_in_rules_and_manifest_are_named(
    rules_folder: Path, file: str, old: str, new: str, message: str
) -> None:
    replace(rules_folder / file, old, new)
    with pytest.raises(InputError, match=re.escape(message)):
        (load_rules if file == RULES_FILE else load_manifest)(rules_folder)


def test_check_reports_faults_in_rules_and_manifest(folder: Path) -> None:
    replace(folder / RULES_FILE, "minimum_years: 5", "minimum_year: 5")
    (folder / MANIFEST_FILE).unlink()
    assert [Path(violation.file).name for violation in check_indicators(folder)] == [RULES_FILE, MANIFEST_FILE]


def test_the_two_readings_are_windows_one_year_apart(ind: Indicators) -> None:
    pd.testing.assert_frame_equal(freedom_mean(ind, "years"), freedom_mean(ind, "editions", (2010, 2019)))


def test_mean_rating_by_hand(ind: Indicators) -> None:
    by_country = freedom_mean(ind, "years").set_index("country_iso3")
    assert by_country.at["IDN", "mean_rating"] == pytest.approx(2.8)
    assert by_country.at["SSD", "years_rated"] == 8
    assert "VAT" not in by_country.index


@pytest.mark.parametrize(
    ("country", "strict", "midpoint", "upper", "lower"),
    [
        ("IDN", "between_classes", "partly_free", "partly_free", "free"),
        ("MEX", "between_classes", "partly_free", "partly_free", "free"),
        ("MNE", "between_classes", "partly_free", "partly_free", "free"),
        ("LSO", "between_classes", "partly_free", "partly_free", "free"),
        ("SLE", "between_classes", "partly_free", "partly_free", "free"),
        ("GIN", "between_classes", "partly_free", "not_free", "partly_free"),
        ("VEN", "between_classes", "partly_free", "not_free", "partly_free"),
        ("JOR", "between_classes", "not_free", "not_free", "partly_free"),
        ("DJI", "between_classes", "not_free", "not_free", "partly_free"),
        ("NOR", "free", "free", "free", "free"),
    ],
)
def test_threshold_rules_differ_between_the_published_classes(
    ind: Indicators, country: str, strict: str, midpoint: str, upper: str, lower: str
) -> None:
    found = [classify_freedom(ind, "years", rule)[country] for rule in ("strict", "midpoint", "upper", "lower")]
    assert found == [strict, midpoint, upper, lower]


def test_a_mean_on_a_bound_is_met_exactly(ind: Indicators) -> None:
    by_country = freedom_mean(ind, "editions").set_index("country_iso3")["mean_rating"]
    assert (by_country["IDN"], by_country["GIN"]) == (2.75, 5.25)
    midpoint = classify_freedom(ind, "editions", "midpoint")
    assert (midpoint["IDN"], midpoint["GIN"]) == ("partly_free", "not_free")


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ("FFFFFPPPPP", "partly_free"),
        ("PPPPPFFFFF", "free"),
        ("FPFPFPFPFP", "partly_free"),
        ("FFFFPPPPNN", "partly_free"),
        ("PPPPFFFFNN", "free"),
        ("NNNNNNFFFF", "not_free"),
        ("NNNNN", "not_free"),
        ("NNNN", "not_rated"),
    ],
)
def test_modal_status_gives_ties_to_the_status_seen_last(ind: Indicators, statuses: str, expected: str) -> None:
    assert classify_freedom(with_freedom(ind, statuses), "years", "modal")["AND"] == expected


def test_too_few_rated_years_are_not_rated(ind: Indicators) -> None:
    assert classify_freedom(with_freedom(ind, "FFFF"))["AND"] == "not_rated"
    assert classify_freedom(with_freedom(ind, "FFFFF"))["AND"] == "free"


def test_unknown_words_are_answered_with_the_known_ones(ind: Indicators) -> None:
    with pytest.raises(VocabularyError, match="years-midpoint, years-strict"):
        classify(ind, "freedom", "midpoint")
    with pytest.raises(VocabularyError, match="freedom, income, region"):
        classify(ind, "wealth")
    with pytest.raises(VocabularyError, match="m49, wb-fy2020, wb-fy2026"):
        region(ind, "income")
    with pytest.raises(VocabularyError, match="strict, midpoint"):
        classify_freedom(ind, rule="middle")
    with pytest.raises(VocabularyError, match="countries-195"):
        eligible(ind, "countries-200")
    with pytest.raises(VocabularyError, match="found GRL"):
        eligible(ind, without=("GRL",))


def test_questions_over_nothing(ind: Indicators) -> None:
    for ask in (
        lambda: income(ind, 2040),
        lambda: population(ind, 1990),
        lambda: freedom_status(ind, 1983),
        lambda: urban_share(ind, "Atlantis"),
    ):
        with pytest.raises(NoDataError):
            ask()


@pytest.mark.parametrize("dimension", ["freedom", "income", "region"])
def test_every_variant_classifies_every_country(ind: Indicators, dimension: str) -> None:
    for variant in variants(ind, dimension):
        found = classify(ind, dimension, variant)
        assert set(ind.regions["country_iso3"]) <= set(found.by_country.index)
        assert found.by_country.index.is_unique
        assert set(found.by_country) <= {label.id for label in found.classes}
        assert (found.dimension, found.variant) == (dimension, variant)
        assert found.label
        assert found.description


def test_defaults(ind: Indicators) -> None:
    assert [classify(ind, name).variant for name in ("freedom", "income", "region")] == [
        "years-midpoint",
        "fy2019",
        "m49",
    ]


def test_classes_come_in_order_with_labels() -> None:
    assert [label.label for label in classes("income")] == [
        "Low income",
        "Lower-middle income",
        "Upper-middle income",
        "High income",
        "Not classified",
    ]
    assert [label.id for label in classes("freedom") if not label.is_residual] == ["free", "partly_free", "not_free"]


def test_countries_without_a_value_say_so(ind: Indicators) -> None:
    assert classify(ind, "freedom", "edition-2025").by_country["VAT"] == "not_rated"
    assert classify(ind, "income", "fy2026").by_country["VEN"] == "unclassified"
    assert region(ind, "wb-fy2020")["VAT"] == "unclassified"


def test_a_former_state_keeps_its_status(ind: Indicators) -> None:
    assert freedom_status(ind, 1980)["SUN"] == "not_free"


def test_the_home_of_a_vendor_can_be_left_out(ind: Indicators) -> None:
    assert len(eligible(ind)) == 195
    assert set(eligible(ind)) - set(eligible(ind, without=("CHN",))) == {"CHN"}


def test_panel_has_one_row_per_country_and_year(ind: Indicators) -> None:
    frame = panel(ind, range(2017, 2019))
    assert list(frame.columns) == ["country_iso3", "year", "is_eligible", *PANEL_INDICATORS]
    assert not frame.duplicated(["country_iso3", "year"]).any()
    assert (frame.loc[frame["year"] == 2018, "is_eligible"] == "yes").sum() == 195


def test_panel_row_by_hand(ind: Indicators) -> None:
    row = panel(ind, [2018]).set_index("country_iso3").loc["KEN"]
    assert (row["freedom_rating"], row["freedom_status"], row["income_group"]) == (4.0, "PF", "LM")
    assert row["belt_and_road_signed"] == "yes"


def test_belt_and_road_counts_from_the_year_of_signature(ind: Indicators) -> None:
    frame = panel(ind, range(2018, 2026)).set_index(["country_iso3", "year"])["belt_and_road_signed"]
    assert (frame["ITA", 2018], frame["ITA", 2019], frame["ITA", 2025]) == ("no", "yes", "yes")
    assert frame["RUS", 2025] == ""
    assert frame["USA", 2025] == "no"


def test_every_gap_has_a_reason(ind: Indicators) -> None:
    assert set(coverage(ind)["unexplained"]) == {0}
    assert (missing_values(ind)["reason"] != "no reason recorded").all()


def test_a_gap_without_a_recorded_reason_is_counted(ind: Indicators) -> None:
    without = Indicators(**{**vars(ind), "gaps": ind.gaps[ind.gaps["country_iso3"] != "VEN"]})
    rows = coverage(without).set_index("indicator")
    assert rows.at["income_group", "unexplained"] == 5
    assert rows.at["income_group", "reason"] == "VEN: no reason recorded"


def test_a_countrys_own_reason_goes_before_the_general_one(ind: Indicators) -> None:
    found = missing_values(ind, [2025]).set_index(["country_iso3", "indicator"])["reason"]
    assert "confirmed memorandum" in found["RUS", "belt_and_road_signed"]
    assert "2026" in found["RUS", "freedom_status"]


def test_coverage_of_the_last_year(ind: Indicators) -> None:
    rows = coverage(ind).set_index("indicator")
    assert tuple(rows.loc["electoral_democracy", ["last_year", "countries_with_value", "eligible", "missing"]]) == (
        2024,
        174,
        195,
        21,
    )
    assert (rows["countries_with_value"] + rows["missing"] == rows["eligible"]).all()


def test_urban_share_of_the_brief(ind: Indicators) -> None:
    assert urban_share(ind) == pytest.approx(68.4, abs=0.05)
