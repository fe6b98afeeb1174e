"""The embedded registry: what must come out of it, and that it comes out the same twice."""

from __future__ import annotations

import json
from typing import Any

import pytest

from citywatch.findings import all_findings, brief_countries, compute, published_comparison, urban_check
from citywatch.indicators import load_indicators
from citywatch.registry import Registry
from citywatch.uncertainty import percent, percent_range, times


@pytest.fixture(scope="module")
def answers(embedded: Registry) -> dict[str, Any]:
    return all_findings(embedded, load_indicators())


def test_huawei_up_to_september_2019(embedded: Registry) -> None:
    found = compute(embedded, load_indicators(), scenario="brief-2019")
    assert (len(found.ids), len(found.countries), len(found.eligible)) == (64, 47, 194)
    # 59 with every project of the registry counted once; the note beside the facts merged two doubtful pairs and said 62
    totals = {
        rule: len(compute(embedded, load_indicators(), scenario="brief-2019", rule=rule).ids)
        for rule in ("without-low", "one-per-project")
    }
    assert totals == {"without-low": 54, "one-per-project": 59}


@pytest.mark.parametrize(
    ("dimension", "category", "whole_percents", "interval", "ratio"),
    [
        ("income", "lower_middle", (42, 24, 49), (27, 58), "1.8"),
        ("income", "upper_middle", (27, 28, 19), (13, 41), "1.0"),
        ("region", "asia+sub_saharan_africa", (63, 49, 68), (46, 79), "1.3"),
        ("region", "asia", (31, 24, 51), (17, 47), "1.3"),
        ("region", "sub_saharan_africa", (31, 25, 17), (18, 46), "1.3"),
        ("freedom", "partly_free+not_free", (66, 56, 52), (50, 81), "1.2"),
        ("freedom", "partly_free", (41, 31, 32), (25, 57), "1.3"),
        ("freedom", "not_free", (25, 25, 20), (12, 39), "1.0"),
    ],
)
def test_shares_agree_with_an_independent_script(
    embedded: Registry,
    dimension: str,
    category: str,
    whole_percents: tuple[int, int, int],
    interval: tuple[int, int],
    ratio: str,
) -> None:
    found = compute(embedded, load_indicators(), scenario="brief-2019").finding(dimension).share(category)
    assert found.base is not None
    numbers = (found.share_pct, found.base.countries_pct, found.base.people_pct)
    assert [percent(number) for number in numbers] == [percent(number) for number in whole_percents]
    assert (found.interval.low, found.interval.high) == pytest.approx(interval, abs=1.5)  # the script's seed is another
    assert found.ratio is not None
    assert times(found.ratio) == ratio


def test_ranges_beside_the_main_interval(embedded: Registry) -> None:
    share = compute(embedded, load_indicators(), scenario="brief-2019").finding("freedom").share("partly_free+not_free")
    assert percent_range(share.wilson) == "53–76\u00a0%"
    assert share.leave_one_out is not None
    assert (round(share.leave_one_out[0]), round(share.leave_one_out[2])) == (64, 70)


def test_published_against_rebuilt(embedded: Registry) -> None:
    compared = published_comparison(embedded, load_indicators())
    assert compared.published_totals.agreements == 73
    for figure in compared.published:
        for rule, rebuilt in figure.rebuilt.items():
            assert rebuilt.bounds.missing == 73 - rebuilt.total
            assert rebuilt.bounds.low_pct <= rebuilt.share_pct <= rebuilt.bounds.high_pct
            assert figure.inside_interval[rule], "every printed figure lies in the rebuilt interval"
    # two printed figures cannot come from our rows plus the missing nine: the brief must lack rows that we have
    outside = {figure.figure_id for figure in compared.published if not figure.inside_bounds["all-rows"]}
    assert outside == {"freedom-partly-or-not", "region-ssa"}
    first = compared.published[0]
    assert first.published_count == 52
    worst = first.rebuilt["all-rows"].bounds
    assert (percent(worst.low_pct), percent(worst.high_pct)) == (percent(58), percent(70))


def test_countries_of_the_brief(embedded: Registry) -> None:
    found = brief_countries(embedded, load_indicators())
    assert len(found.known) == 16
    assert found.brief_only == ("AGO", "ETH", "TUN")
    assert "circular" in found.notes["ETH"]
    assert set(found.in_both) | set(found.brief_only) == set(found.known)


def test_circular_rows_are_never_counted(embedded: Registry, answers: dict[str, Any]) -> None:
    rows = embedded.agreements
    circular = set(rows.loc[rows["is_circular"] == "yes", "agreement_id"])
    assert circular
    counted = {name for finding in answers["findings"] for share in finding["shares"] for name in share["ids"]}
    assert not circular & counted


def test_the_sentence_on_cities() -> None:
    check = urban_check(load_indicators())
    assert check.holds
    assert "68.4\u00a0%" in check.verdict_text


def test_contrast_has_the_search_effort_behind_each_group(embedded: Registry, answers: dict[str, Any]) -> None:
    for contrast in answers["contrasts"]:
        assert [group["group"] for group in contrast["groups"]] == ["huawei", "china", "other"]
        assert len(contrast["differences"]) == 3
        assert contrast["groups"][0]["searches"] > contrast["groups"][1]["searches"]
        assert "led by Huawei's name" in contrast["caveat"]
        assert contrast["named_no_vendor"]["searches"] < len(embedded.searches)


def test_rows_are_counted_or_set_aside_and_none_is_lost(embedded: Registry, answers: dict[str, Any]) -> None:
    for finding in answers["findings"]:
        if finding["unit"] == "agreement":
            assert finding["total"] + sum(finding["set_aside"].values()) == len(embedded.agreements)
            if finding["dimension"] in {"freedom", "income", "region", "kind", "year", "limb", "vendor_group"}:
                single = sum(share["count"] for share in finding["shares"] if "+" not in share["category"])
                assert single + sum(finding["unclassified"].values()) == finding["total"]


def test_keys_are_unique_and_the_structure_is_json(answers: dict[str, Any]) -> None:
    shares = [share["key"] for finding in answers["findings"] for share in finding["shares"]]
    assert len(shares) == len(set(shares))
    assert set(answers) >= {"schema", "data_version", "scenarios", "rules", "units", "findings", "published", "published_totals",
                            "brief_countries", "contrasts", "checks", "counts"}  # fmt: skip
    assert json.loads(json.dumps(answers)) == answers


def test_two_runs_are_equal(embedded: Registry, answers: dict[str, Any]) -> None:
    again = all_findings(embedded, load_indicators())
    assert json.dumps(again, ensure_ascii=False) == json.dumps(answers, ensure_ascii=False)
