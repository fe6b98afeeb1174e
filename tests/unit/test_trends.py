"""Questions over time: hand-worked numbers, refusals by name, and what a reader may check."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from citywatch.cli import main
from citywatch.errors import NoDataError
from citywatch.findings import Trends, trends
from citywatch.findings.facts import read
from citywatch.findings.trend_adoption import _completeness
from citywatch.findings.trend_concentration import financiers
from citywatch.indicators import Indicators, load_indicators
from citywatch.registry import Registry
from citywatch.uncertainty.concentration import concentration_interval, herfindahl, top_share


@pytest.fixture(scope="module")
def known() -> Indicators:
    return load_indicators()


@pytest.fixture(scope="module")
def found(embedded: Registry, known: Indicators) -> Trends:
    return trends(embedded, known)


def test_nothing_is_refused_on_the_embedded_data(found: Trends) -> None:
    assert found.refused == {}


def test_adoption_adds_up(found: Trends, embedded: Registry) -> None:
    one = found.adoption
    assert one is not None
    assert one.dated + one.undated == sum(embedded.agreements["is_circular"] == "no") - _outside(embedded)
    assert sum(line.agreements for line in one.years) == one.dated
    assert all(sum(line.lags) + line.no_dated_source == line.agreements for line in one.years)
    assert sum(line.new_countries for line in one.years) == one.years[-1].countries
    shares = [line.complete_pct for line in one.years]
    assert shares == sorted(shares, reverse=True), "younger years are less complete"
    assert sum(part.count for part in one.by_lag) == one.prompt.total


def _outside(registry: Registry) -> int:
    eligible = load_indicators().eligible
    inside = set(eligible.loc[eligible["is_eligible"] == "yes", "country_iso3"])
    counted = registry.agreements[registry.agreements["is_circular"] == "no"]
    return int((~counted["country_iso3"].isin(inside)).sum())


def test_completeness_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Delays 0, 0, 1 of years old enough and 0, 0 of the last year: F(0) = 1 - 1/3, not 4/5."""
    monkeypatch.setitem(read("trends")["adoption"], "least_at_risk", 1)
    delay, year = np.array([0, 0, 1, 0, 0]), np.array([2020, 2020, 2020, 2021, 2021])
    assert _completeness(delay, year, 2021) == {1: 1.0, 0: pytest.approx(2 / 3)}


def test_stages_add_up(found: Trends) -> None:
    one = found.stages
    assert one is not None
    for line in one.stages:
        assert sum(line.next.values()) == line.reached == line.part.count
    assert [line.stage for line in one.stages] == read("trends")["stages"]["order"]
    assert one.only_pledge.count == next(line for line in one.stages if line.stage == "pledge").next["none"]


def test_every_kind_of_event_has_a_stage(embedded: Registry) -> None:
    assert set(embedded.events["kind"]) <= set(read("trends")["stages"]["of"])
    assert set(read("trends")["stages"]["of"].values()) == set(read("trends")["stages"]["order"])


def test_regions_add_up_and_show_effort(found: Trends) -> None:
    one = found.vendors
    assert one is not None
    for line in one.regions:
        assert sum(cell.part.count for cell in line.groups) + line.no_vendor == line.agreements
        assert line.searches > 0
        assert sum(cell.searches for cell in line.groups) <= 3 * line.searches
    total = sum(line.agreements for line in one.regions)
    by_year = sum(sum(line.counts.values()) for line in one.years)
    assert by_year + sum(one.earlier.values()) + sum(one.undated.values()) == total


def test_each_region_has_an_estimate_of_its_own(found: Trends, embedded: Registry) -> None:
    """The record once held one number that named neither region nor seller, and every row of the registry."""
    one = found.vendors
    assert one is not None
    record = one.record
    assert record.estimate is None
    assert record.refused == ""
    assert len(record.estimates) > 1
    labels = {line.key: line.label for line in one.regions}
    for estimate in record.estimates:
        region = estimate.key.rpartition(".")[0]
        assert estimate.label == f"{labels[region]}, Huawei"
        assert estimate.estimate in estimate.interval
    vendors = embedded.agreements.set_index("agreement_id")["vendors"]
    assert (vendors.loc[list(record.ids)] != "").all()
    assert all("does not depend on its vendor" not in text for text in record.assumptions)
    assert "does depend on vendor" in record.not_covered


def test_delays_and_waits_that_follow_from_the_source_are_counted(found: Trends, embedded: Registry) -> None:
    adoption, stages = found.adoption, found.stages
    assert adoption is not None
    assert stages is not None
    assert 0 < adoption.same_date < adoption.dated
    assert f"{adoption.same_date} of" in adoption.record.notes[0]
    for wait in stages.waits:
        assert 0 <= wait.one_source <= wait.dated
    pledge = stages.waits[0]
    assert pledge.one_source > 0
    assert f"{pledge.one_source} of {pledge.dated} pairs" in " ".join(stages.record.notes)
    apart = embedded.events.assign(source_id=embedded.events["agreement_id"] + embedded.events["kind"])
    split = trends(replace(embedded, events=apart), load_indicators()).stages
    assert split is not None
    assert [wait.one_source for wait in split.waits] == [0, 0]
    assert [wait.months for wait in split.waits] == [wait.months for wait in stages.waits]


def test_concentration_says_how_many_name_none(found: Trends) -> None:
    assert found.concentration is not None
    for one in found.concentration:
        assert one.named + one.none + one.unclassed == one.rows
        assert one.effective is not None
        assert one.effective_interval is not None
        assert one.effective in one.effective_interval
        assert one.record.estimate is not None
        assert one.record.interval is not None
        assert one.record.estimate in one.record.interval
        assert [part.count for part in one.top] == read("trends")["concentration"]["top"]
        shares = [held.share_pct for held in one.largest]
        assert shares == sorted(shares, reverse=True)


def test_payers_are_read_from_words() -> None:
    assert financiers("China Eximbank concessional loan, 600m CNY") == ("china_exim",)
    assert financiers("Chinese government grant (reported elsewhere as Exim Bank loan)") == ("china_government",)
    assert financiers("Nirbhaya Fund, union government") == ("state",)
    assert financiers("Federal smart cities grant, matched by the city") == ("city", "state")
    assert financiers("velocity") == (), "a word begins where another ends"
    assert financiers("") == ()


def test_index_by_hand() -> None:
    weights = np.array([[2.0, 1.0, 1.0]])
    assert herfindahl(weights)[0] == pytest.approx((4 + 1 + 1) / 16)
    assert top_share(1)(weights)[0] == 0.5
    assert top_share(2)(weights)[0] == 0.75
    assert np.isnan(herfindahl(np.zeros((1, 2)))[0])


def test_the_interval_of_an_index_holds_a_known_one() -> None:
    """A long tail of small sellers over skewed countries: the interval holds the index about as often as it says."""
    generator = np.random.default_rng(5)
    shares = np.array([0.24, *[0.03] * 4, *[0.01] * 64])
    truth, held, samples, countries = float((shares**2).sum()), 0, 200, 195
    for _ in range(samples):
        rows = np.minimum(generator.geometric(0.25, countries) * (generator.random(countries) < 0.6), 60)
        counts = np.array([generator.multinomial(size, shares) for size in rows]).astype(float)
        draws = generator.multinomial(countries, np.full(countries, 1 / countries), size=400).astype(float)
        _, interval = concentration_interval(herfindahl, counts, draws @ counts)
        held += interval.low <= truth <= interval.high
    assert held >= 0.92 * samples


def test_nothing_to_measure_is_refused() -> None:
    with pytest.raises(NoDataError, match="nothing has a weight"):
        concentration_interval(herfindahl, np.zeros((4, 2)), np.zeros((5, 2)))
    with pytest.raises(NoDataError, match="three countries"):
        concentration_interval(top_share(1), np.array([[2.0, 1.0], [1.0, 0.0]]), np.tile([3.0, 1.0], (5, 1)))


def _with(registry: Registry, **columns: str) -> Registry:
    return replace(registry, agreements=registry.agreements.assign(**columns))


def test_each_question_is_refused_by_name(embedded: Registry, known: Indicators) -> None:
    assert "no agreement has a date" in trends(_with(embedded, announced=""), known).refused["adoption"]
    undated = replace(embedded, sources=embedded.sources.assign(published=""))
    assert "has a dated source" in trends(undated, known).refused["adoption"]
    assert (
        "no agreement has a step" in trends(replace(embedded, events=embedded.events.iloc[:0]), known).refused["stages"]
    )
    assert "no agreement names a vendor" in trends(_with(embedded, vendors=""), known).refused["vendors"]
    africa = embedded.agreements[embedded.agreements["country_iso3"].isin(["KEN", "UGA", "ZMB"])]
    assert "one region only" in trends(replace(embedded, agreements=africa), known).refused["vendors"]


def test_a_market_that_cannot_be_measured_is_refused_in_its_record(embedded: Registry, known: Indicators) -> None:
    few = embedded.agreements[embedded.agreements["country_iso3"].isin(["KEN", "DEU", "BRA"])]
    one = trends(replace(embedded, agreements=few), known).concentration
    assert one is not None
    assert "countries are needed" in one[0].record.refused
    same = trends(_with(embedded, vendors="huawei"), known).concentration
    assert same is not None
    assert "nothing to concentrate" in same[0].record.refused
    assert same[0].effective is None
    empty = trends(_with(embedded, financing=""), known).concentration
    assert empty is not None
    assert empty[1].named == 0
    assert empty[1].record.refused


def test_row_order_does_not_matter(embedded: Registry, known: Indicators, found: Trends) -> None:
    shuffled = replace(
        embedded,
        agreements=embedded.agreements.sample(frac=1, random_state=2),
        events=embedded.events.sample(frac=1, random_state=2),
    )
    assert trends(shuffled, known).to_dict() == found.to_dict()


def test_first_seen_spans_days(embedded: Registry, known: Indicators) -> None:
    evidence = embedded.evidence.copy()
    dated = evidence.index[evidence["checked_on"] != ""]
    evidence.loc[dated[:40], "checked_on"] = "2026-12-24"
    evidence.loc[dated[40:], "checked_on"] = "2026-11-24"
    later = trends(replace(embedded, evidence=pd.DataFrame(evidence)), known).adoption
    assert later is not None
    assert "from 2026-11-24 to" in later.seen or "2026-11-24 for" in later.seen


def test_the_command_prints_and_refuses(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trends"]) == 0
    printed = capsys.readouterr().out
    for words in ("still filling up", "went on to", "per country", "Two agreements drawn at random", "fits no class"):
        assert words in printed
    assert main(["trends", "--by", "concentration", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert {one["of"] for one in content["concentration"]} == {"vendors", "financiers"}
    assert main(["trends", "--by", "colour"]) == 1
    assert "there are adoption" in capsys.readouterr().err
