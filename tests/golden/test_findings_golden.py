"""Six countries and nine agreements, worked out by hand."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pandas as pd
import pytest
from scipy.stats import beta

from citywatch.errors import NoDataError, VocabularyError
from citywatch.findings import compute
from citywatch.findings.published import bounds, count_behind
from citywatch.findings.search_effort import names_any, search_effort
from citywatch.findings.shares import lean_of
from citywatch.indicators import Indicators, load_indicators
from citywatch.registry import Registry
from citywatch.uncertainty import Interval

# country, freedom status 2025, residents in 2024
COUNTRIES = [
    ("CHN", "NF", 400),
    ("GHA", "F", 100),
    ("KEN", "PF", 200),
    ("UGA", "NF", 100),
    ("FRA", "F", 100),
    ("NGA", "PF", 100),
]
# id, country, vendors, announced, confidence, circular, project, kind
ROWS = [
    ("a1", "KEN", "huawei", "2014-05", "high", "no", "a1", "contract"),
    ("a2", "KEN", "huawei; zte", "2015", "low", "no", "a1", "deployment"),
    ("a3", "KEN", "nec", "2016-01-02", "high", "no", "a3", "contract"),
    ("a4", "UGA", "huawei", "", "medium", "no", "a4", "loan"),
    ("a5", "UGA", "zte", "2019", "medium", "no", "a5", "contract"),
    ("a6", "GHA", "", "2012", "medium", "no", "a6", "pilot"),
    ("a7", "CHN", "huawei", "2011", "high", "no", "a7", "contract"),
    ("a8", "NGA", "huawei", "2010", "high", "yes", "a8", "mou"),
    ("a9", "HKG", "huawei", "2010", "high", "no", "a9", "contract"),
]
SOURCES = [("s1", "2014-06-01"), ("s2", "2019"), ("s3", ""), ("s4", "2020-02"), ("s5", "2019-09")]
EVIDENCE = [("a1", "s1"), ("a2", "s2"), ("a3", "s3"), ("a4", "s4"), ("a4", "s5"), ("a5", "s4")]
COLUMNS = ["agreement_id", "country_iso3", "vendors", "announced", "confidence", "is_circular", "project_id", "kind"]


def _frame(columns: list[str], rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns)


@pytest.fixture(scope="module")
def small() -> Registry:
    agreements = _frame(COLUMNS, ROWS).assign(products="cctv", admitted_by="product", in_brief_window="yes")
    agreements.loc[agreements["agreement_id"].isin(["a3", "a5"]), "in_brief_window"] = "no"
    vendors = [
        ("huawei", "Huawei", "huawei", "CHN", "华为"),
        ("zte", "ZTE", "china", "CHN", ""),
        ("nec", "NEC", "other", "JPN", ""),
    ]
    frames = {
        "agreements": agreements,
        "sources": _frame(["source_id", "published"], SOURCES),
        "evidence": _frame(["agreement_id", "source_id"], EVIDENCE).assign(checked_on="2026-11-24"),
        "judgements": _frame(["judged_on"], []),
        "tombstones": _frame(["ended_on"], []),
        "claims": _frame(["checked_on"], []),
        "overrules": _frame(["on"], []),
        "vendors": _frame(["vendor_id", "name", "vendor_group", "home_iso3", "aliases"], vendors),
        "searches": _frame(
            ["query", "pages_read"],
            [
                ("Huawei Kenya cameras", 8),
                ("connect Nairobi", 3),
                ("nec police", 2),
                ("肯尼亚华为平安城市", 5),
                ("ZTE OR Huawei Accra", 1),
            ],
        ).assign(searched_on="2026-11-24"),
    }
    return Registry(**{field.name: frames.get(field.name, pd.DataFrame()) for field in fields(Registry)})


@pytest.fixture(scope="module")
def few() -> Indicators:
    known = load_indicators()
    codes = [code for code, _, _ in COUNTRIES]
    eligible = pd.DataFrame({"set_id": "countries-195", "country_iso3": codes, "is_eligible": "yes", "reason": "test"})
    freedom = known.freedom.copy()
    for code, status, _ in COUNTRIES:
        freedom.loc[(freedom["country_iso3"] == code) & (freedom["edition_year"] == 2025), "status"] = status
    population = known.population.copy()
    for code, _, residents in COUNTRIES:
        population.loc[(population["country_iso3"] == code) & (population["year"] == 2024), "population"] = residents
    return replace(known, eligible=eligible, freedom=freedom, population=population)


def test_shares_base_rates_and_ids_of_all_vendors(small: Registry, few: Indicators) -> None:
    found = compute(small, few, scenario="current")
    assert found.ids == ("a1", "a2", "a3", "a4", "a5", "a6", "a7")
    assert found.set_aside == {
        "rests only on texts that quote the brief (circular)": 1,
        "outside the eligible countries (Hong Kong)": 1,
    }
    share = found.finding("freedom").share("partly_free")
    assert (share.count, share.total, share.countries) == (3, 7, 1)
    assert share.ids == ("a1", "a2", "a3")
    assert share.share_pct == pytest.approx(300 / 7)
    assert share.base is not None
    assert share.base.countries_pct == pytest.approx(100 * 2 / 6)
    assert share.base.people_pct == pytest.approx(100 * 300 / 1000)
    assert share.ratio == pytest.approx((3 / 7) / (2 / 6))
    # Kish: 7 agreements as 3, 2, 1, 1 in four countries
    effective = 49 / (9 + 4 + 1 + 1)
    assert share.effective_n == pytest.approx(effective)
    part = effective * 3 / 7
    assert share.interval.method == "clopper_pearson_effective"
    assert share.interval.note.startswith("marked: 1 countries carry the share (fewer than 10)")
    assert share.interval.low == pytest.approx(100 * beta.ppf(0.025, part, effective - part + 1))
    assert share.interval.high == pytest.approx(100 * beta.ppf(0.975, part + 1, effective - part))
    assert share.ratio_interval is not None
    assert share.ratio_interval.method == "fixed_base"
    assert share.ratio_interval.high == pytest.approx(share.interval.high / (100 * 2 / 6))
    assert share.leave_one_out == (0.0, "KEN", 60.0, "UGA")


def test_combined_classes_add_up(small: Registry, few: Indicators) -> None:
    freedom = compute(small, few, scenario="current").finding("freedom")
    parts = [freedom.share(name).count for name in ("partly_free", "not_free", "partly_free+not_free")]
    assert parts == [3, 3, 6]


def test_the_home_of_a_vendor_is_left_out(small: Registry, few: Indicators) -> None:
    found = compute(small, few, scenario="current", vendor="huawei")
    assert found.ids == ("a1", "a2", "a4")
    assert "CHN" not in found.eligible
    assert found.set_aside == {
        "in the vendor's home country (China)": 1,
        "no vendor named": 1,
        "other vendors named": 2,
        "outside the eligible countries (Hong Kong)": 1,
        "rests only on texts that quote the brief (circular)": 1,
    }
    base = found.finding("freedom").share("not_free").base
    assert base is not None
    assert [base.countries_pct, base.people_pct] == pytest.approx([20, 100 * 100 / 600])
    assert base.countries_with_home_pct == pytest.approx(100 * 2 / 6)
    assert base.people_with_home_pct == pytest.approx(50)


def test_an_empty_class_gets_the_exact_interval(small: Registry, few: Indicators) -> None:
    share = compute(small, few, scenario="current", vendor="huawei").finding("freedom").share("free")
    effective = 9 / 5
    assert (share.count, share.ratio) == (0, 0)
    assert share.interval.note.startswith("marked: no row in the class")
    assert share.interval.low == 0
    assert share.interval.high == pytest.approx(100 * (1 - 0.025 ** (1 / effective)))


def test_counting_each_country_once(small: Registry, few: Indicators) -> None:
    found = compute(small, few, scenario="current", unit="country")
    share = found.finding("freedom").share("partly_free")
    assert (share.count, share.total) == (1, 4)
    assert share.ids == ("a1", "a2", "a3")
    kinds = {share.category: share.count for share in found.finding("kind").shares}
    assert (kinds["contract"], kinds["deployment"], kinds["loan"], kinds["mou"]) == (3, 1, 1, 0)


def test_rules_leave_rows_out_by_name(small: Registry, few: Indicators) -> None:
    sure = compute(small, few, scenario="current", rule="without-low")
    assert "a2" not in sure.ids
    assert sure.set_aside["confidence is low"] == 1
    projects = compute(small, few, scenario="current", rule="one-per-project")
    assert projects.ids == ("a1", "a3", "a4", "a5", "a6", "a7")
    assert projects.set_aside["another row of the same project is counted"] == 1


def test_several_vendors_count_each_and_groups_follow_precedence(small: Registry, few: Indicators) -> None:
    found = compute(small, few, scenario="current")
    vendors = {share.category: share.count for share in found.finding("vendor").shares}
    assert vendors == {"huawei": 4, "zte": 2, "nec": 1}
    assert found.finding("vendor").unclassified == {"no vendor named": 1}
    groups = {share.category: share.count for share in found.finding("vendor_group").shares}
    assert groups == {"huawei": 4, "china": 1, "other": 1, "none": 1}
    years = found.finding("year")
    assert years.unclassified == {"undated": 1}
    assert [share.category for share in years.shares] == [str(year) for year in range(2011, 2020)]
    assert years.share("2013").count == 0


def test_a_cut_off_needs_a_source_that_is_surely_early_enough(small: Registry, few: Indicators) -> None:
    found = compute(small, few, scenario="current", until="2019-09")
    assert found.ids == ("a1", "a4")
    assert found.set_aside["no source is surely dated up to 2019-09: only the year or month is known"] == 1
    assert found.set_aside["every dated source is later than 2019-09"] == 1
    assert found.set_aside["no source with a date"] == 4  # a3, a6, a7 and Hong Kong; the circular row comes first


def test_the_flag_decides_for_the_window_of_the_brief_alone(small: Registry, few: Indicators) -> None:
    assert compute(small, few, scenario="brief-2019").ids == ("a1", "a2", "a4")
    assert compute(small, few, scenario="brief-2019", until="2019-08").ids == ("a1",)


def test_unknown_words_are_refused_with_close_matches(small: Registry, few: Indicators) -> None:
    with pytest.raises(VocabularyError, match="did you mean huawei"):
        compute(small, few, scenario="current", vendor="huawai")
    for options in ({"rule": "x"}, {"unit": "x"}, {"scenario": "x"}):
        with pytest.raises(VocabularyError, match="there are"):
            compute(small, few, **{"scenario": "current", **options})
    with pytest.raises(NoDataError, match="no agreement is left"):
        compute(small, few, scenario="current", vendor="nec", until="2001")


def test_search_effort_counts_whole_words_and_chinese_names(small: Registry) -> None:
    effort = search_effort(small, ["huawei", "china", "other"])
    assert {name: (found.searches, found.pages_read) for name, found in effort.items()} == {
        "huawei": (3, 14),
        "china": (1, 1),
        "other": (1, 2),
        "none": (1, 3),
    }
    assert not names_any("connect", ["NEC"])
    assert names_any("L&T contract", ["L&T"])


def test_bounds_and_counts_behind_printed_figures() -> None:
    worst = bounds(42, 64, 73)
    assert [worst.low_pct, worst.high_pct, worst.missing] == pytest.approx([4200 / 73, 5100 / 73, 9])
    assert bounds(40, 80, 73) == bounds(40, 80, 80)
    assert count_behind(71, 73) == 52
    assert count_behind(50, 1000) is None


@pytest.mark.parametrize(
    ("low", "high", "lean"),
    [(1.06, 1.4, "clear"), (1.04, 1.4, "chance"), (0.96, 1.4, "chance"), (0.94, 1.4, "none"), (0.5, 0.94, "clear"),
     (0.5, 0.96, "chance"), (0.98, 1.02, "none")],
)  # fmt: skip
def test_leans(low: float, high: float, lean: str) -> None:
    assert lean_of(Interval(low, high, 0.95, "x")) == lean
    assert lean_of(None) == "not_compared"
