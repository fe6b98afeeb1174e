"""The doubt of the records: what it touches, what it adds, and what is not measured."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest

from citywatch.cli import main
from citywatch.errors import VocabularyError
from citywatch.findings import HeadlineDoubt, doubts, imputed
from citywatch.findings.doubt import SAMPLING
from citywatch.findings.facts import read
from citywatch.findings.imputed import draw_doubts
from citywatch.findings.study import prepare
from citywatch.indicators import Indicators, load_indicators
from citywatch.registry import Registry
from citywatch.uncertainty import percent, times

CARRIED = {"dates", "classes", "confidence", "duplicates", "coders"}


@pytest.fixture(scope="module")
def known() -> Indicators:
    return load_indicators()


@pytest.fixture(scope="module")
def found(embedded: Registry, known: Indicators) -> list[HeadlineDoubt]:
    answers, refused = doubts(embedded, known)
    assert refused == {}
    return answers


def test_every_headline_has_its_share_and_its_ratio(found: list[HeadlineDoubt]) -> None:
    keys = [(one.scenario, one.dimension, one.category, one.measure) for one in found]
    assert len(set(keys)) == len(keys) == 2 * len(read("doubt")["headlines"])
    assert len({one.record.key for one in found}) == len(found)


def test_the_total_is_at_least_as_wide_as_sampling_and_holds_its_estimate(found: list[HeadlineDoubt]) -> None:
    for one in found:
        interval, estimate = one.record.interval, one.record.estimate
        assert interval is not None
        assert estimate is not None
        assert estimate in interval
        sampling = one.lines[0]
        assert sampling.name == SAMPLING
        assert sampling.variance_pct is not None
        assert 0 < sampling.variance_pct <= 100.0000001
        ours, theirs = interval.high - interval.low, one.sampling.high - one.sampling.low
        assert ours > 0.85 * theirs, "the record's doubt never makes a number much surer"


def test_each_doubt_is_carried_or_says_why_not(found: list[HeadlineDoubt]) -> None:
    for one in found:
        for line in one.lines:
            assert line.text
            is_whole = line.variance_pct is not None
            assert is_whole == (line.state == "carried")
        states = {line.name: line.state for line in one.lines}
        assert states["linkage"] == "not_measured"
        assert states["places"] == "no_bearing"
        assert set(states) == {*CARRIED, "places", "linkage", SAMPLING}


def test_a_scenario_without_a_cut_off_has_no_doubt_about_dates(found: list[HeadlineDoubt]) -> None:
    states = {(one.scenario, line.name): line.state for one in found for line in one.lines}
    assert states["current", "dates"] == "no_bearing"
    assert states["brief-2019", "dates"] == "carried"


def test_a_row_announced_after_the_cut_off_never_comes_in(embedded: Registry, known: Indicators) -> None:
    study = prepare(embedded, known, "brief-2019")
    wide, drawn = draw_doubts(study)
    announced = wide.admitted.rows["announced"]
    late = (announced.str[:7] > study.query.scenario.until).to_numpy() & ~drawn.recorded
    assert late.sum() > 10
    for without in ("", *CARRIED):
        assert not drawn.weights(without)[0][:, late].any()
    open_rows = ~drawn.recorded & ~late
    assert drawn.weights()[0][:, open_rows].any(), "undated rows may still come in"
    came, went = drawn.turnover()
    assert 0 < came < open_rows.sum()
    assert went > 0


def test_an_undated_source_beside_late_ones_is_seldom_early() -> None:
    shares = pd.Series([0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.5])
    rows = pd.Series(["a", "a", "b", "b", "c", "c", "d"])
    assert imputed._share_beside_late(shares.groupby(rows)) == pytest.approx(1 / 3)
    assert imputed._share_beside_late(shares.iloc[:1].groupby(rows)) == 0


def test_a_moved_centre_is_said(found: list[HeadlineDoubt]) -> None:
    for one in found:
        assert one.record.estimate is not None
        written = percent if one.measure == "share" else times
        is_moved = written(one.record.estimate) != written(one.recorded)
        assert bool(one.record.notes) == is_moved
        assert all(written(one.recorded) in note for note in one.record.notes)
        up = one.record.estimate > one.recorded
        for line in one.lines:
            if line.estimate_without is not None and any(
                f"most by {line.label[:1].lower()}{line.label[1:]}" in note for note in one.record.notes
            ):
                assert (line.estimate_without < one.record.estimate) == up, "a doubt that pulls back moves nothing"
    assert any(one.record.notes for one in found)


def test_a_record_without_doubt_gives_sampling_alone(embedded: Registry, known: Indicators) -> None:
    """Everything sure: the imputations agree, and the interval is that of the bootstrap."""
    agreements = embedded.agreements
    sure = replace(
        embedded,
        agreements=agreements.assign(
            confidence="high",
            project_id=agreements["agreement_id"],
            place_ids=agreements["agreement_id"],
        ),
        reliability=embedded.reliability.iloc[:0],
        verifications=embedded.verifications.iloc[:0],
    )
    answers, _ = doubts(sure, known, "current")
    for one in answers:
        states = {line.name: line.state for line in one.lines}
        assert states["coders"] == "not_measured"
        assert states["confidence"] == states["duplicates"] == "no_bearing"
        assert one.record.estimate == pytest.approx(one.recorded)
        assert one.lines[0].variance_pct == pytest.approx(100)
        assert one.record.interval is not None
        width = one.record.interval.high - one.record.interval.low
        assert width == pytest.approx(one.sampling.high - one.sampling.low, rel=0.1)


def test_more_low_rows_add_more(embedded: Registry, known: Indicators) -> None:
    doubtful = replace(embedded, agreements=embedded.agreements.assign(confidence="low"))
    before = {one.record.key: one for one in doubts(embedded, known, "current")[0]}
    for one in doubts(doubtful, known, "current")[0]:
        (line,) = (line for line in one.lines if line.name == "confidence")
        (was,) = (line for line in before[one.record.key].lines if line.name == "confidence")
        assert line.variance_pct is not None
        assert was.variance_pct is not None
        assert line.variance_pct > was.variance_pct
        assert line.rows > was.rows


def test_row_order_and_repetition_do_not_matter(embedded: Registry, known: Indicators) -> None:
    shuffled = replace(embedded, agreements=embedded.agreements.sample(frac=1, random_state=4))
    one, other = (doubts(data, known, "brief-2019")[0] for data in (embedded, shuffled))
    assert [a.to_dict() for a in one] == [b.to_dict() for b in other]


def test_too_few_countries_are_refused_by_name(embedded: Registry, known: Indicators) -> None:
    few = embedded.agreements[embedded.agreements["country_iso3"].isin(["KEN", "UGA", "DEU", "FRA"])]
    answers, refused = doubts(replace(embedded, agreements=few), known, "current")
    assert answers == []
    assert all("countries carry the share" in why for why in refused.values())
    assert len(refused) == 3


def test_an_unknown_scenario_is_named(embedded: Registry, known: Indicators) -> None:
    with pytest.raises(VocabularyError, match="brief-2019, current"):
        doubts(embedded, known, "brief-2020")


def test_the_command_prints_and_refuses(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doubt", "--scenario", "brief-2019", "--by", "income"]) == 0
    printed = capsys.readouterr().out
    for words in ("Rubin", "not measured", "does not bear on it", "of the variance", "as recorded"):
        assert words in printed
    assert main(["doubt", "--by", "freedom", "--scenario", "current", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert {one["measure"] for one in content["doubt"]} == {"share", "ratio"}
    assert main(["doubt", "--by", "colour"]) == 1
    assert "there are those of freedom" in capsys.readouterr().err
