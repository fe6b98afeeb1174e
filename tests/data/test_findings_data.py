"""The embedded registry: what must come out of it, and that it comes out the same twice."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from citywatch.findings import all_findings, brief_countries, compute, published_comparison, urban_check
from citywatch.indicators import classify, eligible, load_indicators, population
from citywatch.registry import Registry


@pytest.fixture(scope="module")
def answers(embedded: Registry) -> dict[str, Any]:
    return all_findings(embedded, load_indicators())


def huawei_rows(embedded: Registry) -> pd.DataFrame:
    """Rows of the brief's scenario, picked without the code under test."""
    rows = embedded.agreements
    named = np.array([("huawei" in cell.split("; ")) for cell in rows["vendors"]])
    return rows[
        named & (rows["in_brief_window"] == "yes") & (rows["is_circular"] == "no") & (rows["country_iso3"] != "CHN")
    ]


def test_huawei_up_to_september_2019(embedded: Registry) -> None:
    rows = huawei_rows(embedded)
    found = compute(embedded, load_indicators(), scenario="brief-2019")
    assert (len(found.ids), len(found.countries), len(found.eligible)) == (
        len(rows),
        rows["country_iso3"].nunique(),
        194,
    )
    totals = {
        rule: len(compute(embedded, load_indicators(), scenario="brief-2019", rule=rule).ids)
        for rule in ("without-low", "one-per-project")
    }
    assert totals == {
        "without-low": (rows["confidence"] != "low").sum(),
        "one-per-project": rows["project_id"].nunique(),
    }


@pytest.mark.parametrize(
    ("dimension", "variant", "category"),
    [
        ("income", "fy2019", "lower_middle"),
        ("income", "fy2019", "upper_middle"),
        ("region", "m49", "asia+sub_saharan_africa"),
        ("region", "m49", "asia"),
        ("freedom", "years-midpoint", "partly_free+not_free"),
        ("freedom", "years-midpoint", "not_free"),
    ],
)
def test_shares_agree_with_an_independent_computation(
    embedded: Registry, dimension: str, variant: str, category: str
) -> None:
    ind = load_indicators()
    found = compute(embedded, ind, scenario="brief-2019").finding(dimension).share(category)
    eligible_now = list(eligible(ind, "countries-195", without=("CHN",)))
    classes = classify(ind, dimension, variant).by_country.reindex(eligible_now)
    inside = classes.isin(category.split("+")).to_numpy()
    rows = huawei_rows(embedded)["country_iso3"].value_counts().reindex(eligible_now).fillna(0).to_numpy()
    people = population(ind, 2018).reindex(eligible_now).fillna(0).to_numpy()
    assert found.share_pct == pytest.approx(100 * rows[inside].sum() / rows.sum())
    assert found.base is not None
    assert found.base.countries_pct == pytest.approx(100 * inside.mean())
    assert found.base.people_pct == pytest.approx(100 * people[inside].sum() / people.sum())
    drawn = np.random.default_rng(99)
    picks = [drawn.choice(len(rows), len(rows)) for _ in range(3000)]
    shares = [100 * rows[pick][inside[pick]].sum() / rows[pick].sum() for pick in picks]
    assert (found.interval.low, found.interval.high) == pytest.approx(np.percentile(shares, [2.5, 97.5]), abs=1.5)
    logs = [np.log(share / (100 * inside[pick].mean())) for share, pick in zip(shares, picks, strict=True)]
    assert found.ratio is not None
    assert found.ratio_interval is not None
    spread = 1.959964 * np.std(logs)
    assert found.ratio == pytest.approx(found.share_pct / found.base.countries_pct)
    assert np.log(found.ratio_interval.high / found.ratio) == pytest.approx(spread, rel=0.08)
    kept = [
        100 * np.delete(rows, at)[np.delete(inside, at)].sum() / np.delete(rows, at).sum() for at in range(len(rows))
    ]
    assert found.leave_one_out is not None
    assert (found.leave_one_out[0], found.leave_one_out[2]) == pytest.approx((min(kept), max(kept)))


def test_published_against_rebuilt(embedded: Registry) -> None:
    compared = published_comparison(embedded, load_indicators())
    assert compared.published_totals.agreements == 73
    for figure in compared.published:
        for rebuilt in figure.rebuilt.values():
            assert rebuilt.bounds.missing == 73 - rebuilt.total
            assert rebuilt.bounds.low_pct <= rebuilt.share_pct <= rebuilt.bounds.high_pct
    outside = {
        (figure.key.rpartition(".")[2], rule)
        for figure in compared.published
        for rule, inside in figure.inside_interval.items()
        if not inside
    }
    assert outside == {("region-ssa", "one-per-project")}, "printed figures that the rebuilt interval does not hold"
    first = compared.published[0]
    assert first.published_count == 52


def test_countries_of_the_brief(embedded: Registry) -> None:
    found = brief_countries(embedded, load_indicators())
    assert len(found.known) == 16
    assert found.brief_only == ("ETH", "TUN")
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
