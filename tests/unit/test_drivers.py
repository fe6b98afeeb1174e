"""Drivers: a known effect, no effect, and every refusal by name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from citywatch.errors import InputError, NoDataError, VocabularyError
from citywatch.findings import curve, curve_questions, drivers, undercount
from citywatch.findings import driver_answers as answers
from citywatch.findings import driver_models as models
from citywatch.findings.driver_columns import Column, Columns
from citywatch.findings.drivers import Drivers, drivers_of
from citywatch.findings.selection import Selection
from citywatch.findings.shares import lean_of
from citywatch.findings.study import Study, prepare
from citywatch.indicators import Indicators, load_indicators
from citywatch.registry import Registry
from citywatch.uncertainty import Interval


@pytest.fixture(scope="module")
def study(embedded: Registry) -> Study:
    return prepare(embedded, load_indicators(), "brief-2019")


@pytest.fixture(scope="module")
def found(study: Study) -> Drivers:
    return drivers_of(study)


def with_rows(study: Study, countries: list[str]) -> Study:
    """The same scenario with one agreement in each of these countries."""
    rows = study.admitted.rows
    rows = rows.iloc[np.arange(len(countries)) % len(rows)].reset_index(drop=True)
    rows = rows.assign(country_iso3=countries, agreement_id=[f"made-{at:03}" for at in range(len(countries))])
    return replace(study, admitted=Selection(rows, study.admitted.left_out))


def picked(study: Study, slope: float, seed: int) -> list[str]:
    """47 eligible countries, the less free the likelier by a set log odds ratio per two standard deviations."""
    rating = study.indicators.freedom[study.indicators.freedom["year_covered"] == 2018].set_index("country_iso3")
    values = (
        (rating["political_rights"] + rating["civil_liberties"]).reindex(list(study.query.eligible)).to_numpy(float)
    )
    chance = np.exp(slope * (values - values.mean()) / (2 * values.std()))
    generator = np.random.default_rng(seed)
    return list(generator.choice(list(study.query.eligible), 47, replace=False, p=chance / chance.sum()))


def test_a_known_effect_is_found(study: Study) -> None:
    having = drivers_of(with_rows(study, picked(study, 4.0, 1)), ["politics", "income"]).result("having")
    freedom = having.estimates[0]
    assert freedom.interval is not None
    assert freedom.interval.low > 1
    assert "Freedom rating" in having.answer


def test_no_effect_is_not_found(study: Study) -> None:
    having = drivers_of(with_rows(study, picked(study, 0.0, 2)), ["politics"]).result("having")
    assert "No column stands out" in having.answer


def test_separation_is_reported_and_never_stands_out(study: Study) -> None:
    asia = study.classification("region", "m49").by_country
    inside = [country for country in study.query.eligible if asia[country] == "asia"]
    found = drivers_of(with_rows(study, [*inside, "GHA", "KEN", "UGA"]), ["region"])
    having = found.result("having")
    assert "asia" in having.notes[0]
    assert having.estimates[0].value > 100
    for name in ("having", "count"):
        assert "No size can be told for Asia" in found.result(name).answer
        assert "Standing out" not in found.result(name).answer


def test_rows_in_one_region_are_refused_by_name(study: Study, embedded: Registry) -> None:
    """A registry of one region once made that region stand out, and gave a ratio of the classes within it."""
    region = study.classification("region", "m49").by_country
    inside = [country for country in study.query.eligible if region[country] == "sub_saharan_africa"]
    for blocks in (["politics", "size", "region"], ["politics"]):
        with pytest.raises(InputError, match=r"one region \(Sub-Saharan Africa\)"):
            drivers_of(with_rows(study, inside), blocks)
    agreements = embedded.agreements
    there = replace(embedded, agreements=agreements[agreements["country_iso3"].isin(inside)])
    known = load_indicators()
    for name in curve_questions():
        with pytest.raises(NoDataError, match=r"one region \(Sub-Saharan Africa\)"):
            curve(there, known, name)
    missed = undercount(there, known)
    assert missed.bound is None
    assert "lies in one region" in next(one for one in missed.lists if one.name == "registry_news").why


def test_a_cut_off_after_the_data_is_refused_by_name(embedded: Registry) -> None:
    for until in ("2028", "2099-01"):
        with pytest.raises(InputError, match=rf"{until} lies after the data"):
            drivers(embedded, load_indicators(), scenario="brief-2019", until=until)


def test_a_column_stands_out_by_rounded_ends_and_alternatives_are_named(found: Drivers) -> None:
    having = found.result("having")
    for one in having.estimates:
        assert one.interval is not None
        is_clear = lean_of(one.interval) == "clear"
        assert (one.label in having.answer.split("A lean")[0]) == is_clear
    assert "18 intervals" in " ".join(having.notes)
    first = having.estimates[0]
    clear, even = Interval(1.2, 4.0, 0.95, "made"), Interval(0.6, 6.0, 0.95, "made")
    weak = replace(first, interval=clear, beside={"prior": (2.0, even), "clustered": (2.0, even)})
    sure = replace(first, interval=clear, beside={"prior": (2.0, clear), "clustered": (2.0, clear)})
    close = replace(first, interval=Interval(1.03, 10.5, 0.95, "made"))
    said = answers.answer("having", [weak], ())
    assert "but not with the weak prior, nor if neighbours are alike" in said
    assert "but not" not in answers.answer("having", [sure], ())
    assert "chance is not ruled out" in answers.answer("having", [close], ())
    assert "No column stands out" in answers.answer("having", [close], ())


def test_where_time_tells_another_story_it_is_said(found: Drivers) -> None:
    having, time = found.result("having"), found.result("time")
    for one, other in zip(having.estimates, time.estimates, strict=True):
        (word, _), (word_time, _) = answers.lean(one.interval), answers.lean(other.interval)
        if {word, word_time} == {"clear", "none"}:
            assert one.note == other.note
            assert one.label in one.note
            assert (one.note in having.answer) == (word == "clear")
    ties = next(one for one in having.estimates if one.key.endswith("belt_and_road"))
    assert "may have followed" in ties.note
    assert ties.note in having.answer


def test_a_hump_needs_slopes_at_both_ends() -> None:
    """A curve that only flattens has a negative square and a top inside the scale, but is no hump."""
    generator = np.random.default_rng(8)
    line = np.linspace(-1, 1, 400)
    verdicts = {}
    for name, score in (("hump", -4 * line**2 + 1), ("flattens", 2 * line - 1.15 * line**2)):
        outcome = (generator.random(400) < 1 / (1 + np.exp(-score))).astype("float64")
        made = Column("unfreedom", "Freedom", "politics", is_yes_no=False, centre=0.0, scale=1.0)
        columns = Columns((made,), line[:, None], (), (line[:, None],), (2018,))
        verdicts[name] = models.hump(columns, outcome)
    assert max(verdicts["hump"].rise_p, verdicts["hump"].fall_p) < 0.01
    assert verdicts["flattens"].square.interval.high < 0
    assert verdicts["flattens"].inside
    assert verdicts["flattens"].rise_p < 0.01
    assert verdicts["flattens"].fall_p > 0.05


def test_order_of_rows_does_not_matter(study: Study, found: Drivers) -> None:
    rows = study.admitted.rows.sample(frac=1, random_state=3)
    turned = replace(study, admitted=Selection(rows.reset_index(drop=True), study.admitted.left_out))
    again = drivers_of(turned)
    assert again.result("having").estimates == found.result("having").estimates
    assert again.result("time").estimates == found.result("time").estimates
    assert again.result("dominance").estimates == found.result("dominance").estimates


def test_the_same_input_gives_the_same(study: Study, found: Drivers) -> None:
    assert drivers_of(study).to_dict() == found.to_dict()


def test_every_result_is_whole(found: Drivers) -> None:
    assert [one.key.rpartition(".")[2] for one in found.results] == [
        "having", "count", "time", "hump", "dominance", "rivals",
    ]  # fmt: skip
    assert not found.refused
    assert "reporting" in found.absent
    keys = [estimate.key for one in found.results for estimate in one.estimates]
    assert len(set(keys)) == len(keys)
    for one in found.results:
        assert "{" not in " ".join([one.answer, one.definition, one.method, *one.notes, *one.assumptions])
        assert one.assumptions
        assert one.would_be_false_if
        assert len(one.ids) == one.counts["agreements"]
        assert one.data_version
        assert one.code_version
        for estimate in one.estimates:
            assert estimate.interval is not None
            assert estimate.value in estimate.interval


def test_undated_and_coarse_rows_are_counted_in_the_hazard(found: Drivers) -> None:
    time = found.result("time")
    known = sum(time.counts[name] for name in ("undated", "year_only", "month_only", "to_the_day"))
    assert known == time.counts["agreements"]
    assert time.counts["first_agreements"] == time.counts["adopting"]
    assert any(estimate.facts["missing_share"] > 0 for estimate in time.estimates)


def test_filled_values_are_named(found: Drivers) -> None:
    named = " ".join(found.filled)
    for country in ("Eritrea", "North Korea", "South Sudan", "Taiwan", "Austria"):
        assert country in named


def test_as_strong_is_said_only_inside_the_margin(found: Drivers) -> None:
    for one in found.result("rivals").estimates:
        assert one.interval is not None
        inside = -one.facts["margin"] < one.interval.low and one.interval.high < one.facts["margin"]
        assert ("As strong:" in one.note or "As weak" in one.note) == inside


def test_too_many_columns_are_refused(embedded: Registry) -> None:
    blocks = ["politics", "income", "size", "region", "ties", "cities"]
    with pytest.raises(NoDataError, match=r"7 columns asked .* carry 6"):
        drivers(embedded, load_indicators(), scenario="brief-2019", blocks=blocks)
    with pytest.raises(NoDataError, match="carry"):
        drivers(embedded, load_indicators(), scenario="current", vendor="zte")


def test_too_few_countries_are_refused(embedded: Registry) -> None:
    with pytest.raises(NoDataError, match="adopting"):
        drivers(embedded, load_indicators(), scenario="current", vendor="motorola-solutions")


def test_unknown_absent_and_repeated_blocks_are_refused(embedded: Registry) -> None:
    for blocks, message in (
        (["weather"], "expected one of politics"),
        (["reporting"], "cannot be had"),
        (["politics", "politics"], "twice"),
    ):
        with pytest.raises(VocabularyError, match=message):
            drivers(embedded, load_indicators(), scenario="brief-2019", blocks=blocks)


def test_missing_indicators_are_refused_by_name(embedded: Registry) -> None:
    with pytest.raises(InputError, match=r"electoral_democracy.*21 of 194.*Andorra"):
        drivers(embedded, load_indicators(), scenario="brief-2019", blocks=["democracy"])


def test_a_constant_column_is_refused_by_name(embedded: Registry) -> None:
    known = load_indicators()
    even = replace(known, population=known.population.assign(urban_share_pct=50.0))
    with pytest.raises(InputError, match="Share of people in cities is the same"):
        drivers(embedded, even, scenario="brief-2019", blocks=["cities"])


def test_one_region_only_is_refused_by_name(embedded: Registry) -> None:
    known = load_indicators()
    asian = known.regions[known.regions["un_region"] == "Asia"]["country_iso3"]
    few = known.eligible.assign(
        is_eligible=known.eligible["is_eligible"].where(known.eligible["country_iso3"].isin(asian), "no")
    )
    with pytest.raises(InputError, match=r"one region \(Asia\)"):
        drivers(embedded, replace(known, eligible=few), scenario="brief-2019", blocks=["region"])


def test_a_country_that_stands_twice_is_refused_by_name(embedded: Registry) -> None:
    known: Indicators = load_indicators()
    once = known.eligible[known.eligible["country_iso3"] == "KEN"]
    twice = replace(known, eligible=pd.concat([known.eligible, once], ignore_index=True))
    study = prepare(embedded, known, "brief-2019")
    doubled = replace(study, query=replace(study.query, eligible=(*study.query.eligible, "KEN")), indicators=twice)
    with pytest.raises(InputError, match="Kenya stands twice"):
        drivers_of(doubled, ["politics"])
