"""Claims: the three answers, the verdict, what is refused, and the arithmetic worked out by hand."""

from __future__ import annotations

import csv
import io
import math
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from citywatch import claims, registry
from citywatch.claims import Verdict
from citywatch.claims.compare import classify, classify_range
from citywatch.claims.figures import change_range
from citywatch.claims.intake import TEMPLATES, Intake
from citywatch.claims.periods import parse_period
from citywatch.claims.records import Point
from citywatch.claims.rules import Rules, load_cases, load_rules
from citywatch.claims.verdicts import decide
from citywatch.errors import InputError

CLAIM = {
    "claim_id": "c", "place": "Springfield", "country_iso3": "USA", "metric": "robbery", "definition": "recorded robberies",
    "unit": "percent_change", "change_pct": "-20", "period_before": "2014", "period_after": "2015", "is_source_stated": "yes",
}  # fmt: skip
SERIES = {
    "place": "Springfield",
    "country_iso3": "USA",
    "metric": "robbery",
    "unit": "count",
    "definition": "",
    "place_level": "city",
}


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_rules()


def write(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    names = list(dict.fromkeys(name for row in rows for name in row))
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(buffer.getvalue(), encoding="utf-8")
    return path


def figures(values: Mapping[int, float], **more: str) -> list[dict[str, Any]]:
    return [{**SERIES, **more, "year": year, "value": value} for year, value in values.items()]


def run(tmp_path: Path, claim: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> claims.Result:
    return claims.verify_files(write(tmp_path / "c.csv", [claim]), write(tmp_path / "s.csv", rows))


def one(tmp_path: Path, rows: Sequence[Mapping[str, Any]], **changes: str) -> Verdict:
    return run(tmp_path, {**CLAIM, **changes}, rows).verdicts[0]


def embedded_verdicts(data: registry.Registry, **frames: pd.DataFrame) -> claims.Result:
    tables = {**data.frames(), **frames}
    return claims.verify(
        tables["claims"], tables["series"], tables["observations"], tables["evaluations"],
        events=tables["events"], overrules=tables["overrules"], sources=tables["sources"],
    )  # fmt: skip


def texts(answer: claims.Answer) -> str:
    return " | ".join(reason.text for reason in answer.reasons)


# -- the rules as data ----------------------------------------------------------------------------------------------


def test_every_threshold_has_a_value_and_a_reason(rules: Rules) -> None:
    for name, entry in rules.general["thresholds"].items():
        assert set(entry) == {"value", "why"}, name
        assert entry["why"].endswith("."), name


def test_the_precedence_table_is_whole_and_ends_with_a_line_for_all(rules: Rules) -> None:
    for line in rules.precedence:
        assert set(line) == {"verdict", "when", "why"}
        assert line["why"].endswith(".")
        assert line["verdict"] in rules.words["answers"]["verdict"]
        for name, words in line["when"].items():
            known = rules.words["answers"].get(name, {"yes": "", "no": "", "benefit": "", "harm": ""})
            assert set(words) <= set(known), line
    assert rules.precedence[-1]["when"] == {}
    assert rules.precedence[-1]["verdict"] == "cannot_be_checked"
    assert {line["verdict"] for line in rules.precedence} == set(rules.words["answers"]["verdict"])


def test_every_metric_of_the_codebook_has_rules(rules: Rules) -> None:
    from citywatch.codebook import word_sets

    assert set(rules.metrics) == word_sets()["claim_metric"]
    for name, metric in rules.metrics.items():
        assert set(metric.units) <= word_sets()["claim_unit"], name
        assert {*metric.same, *metric.narrower, *metric.wider} <= set(rules.families.values()), name


def test_known_events_and_cases_point_to_something(rules: Rules, embedded: registry.Registry) -> None:
    assert {event.kind for event in rules.events} <= {"recording_change", "police_operation", "law_change", "other"}
    assert all(event.url.startswith("https://") or event.url.startswith("http://") for event in rules.events)
    known = set(embedded.claims["claim_id"])
    assert {name for case in load_cases() for name in case["claims"]} <= known
    assert set(rules.readings) <= known
    parts = {part for entry in rules.places["sums"] for part in entry["parts"]}
    assert parts <= set(embedded.series["series_id"])


def test_supported_never_says_that_the_system_was_the_cause(rules: Rules) -> None:
    answers = {"kind": "benefit", "primary": "no", "checkable": "yes", "arithmetic": "matches", "attribution": "not_shown",
               "plausibility": "inside", "independent": "yes"}  # fmt: skip
    line = decide(answers, rules)
    assert line["verdict"] == "supported"
    assert "cause is another question" in line["why"]
    assert not any("caused" in label for label in rules.words["answers"]["attribution"] if label.startswith("shown"))


# -- periods and ranges ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "months", "length"),
    [
        ("2015", "12", 12),
        ("2015-10", "10", 1),
        ("2015-01/2015-05", "1-5", 5),
        ("2017-11/2018-04", "", 6),
        ("2013/2014", "12", 24),
    ],
)
def test_periods_say_which_months_they_hold(text: str, months: str, length: int) -> None:
    period = parse_period(text)
    assert (period.months, period.length) == (months, length)


@pytest.mark.parametrize("text", ["2015/2014", "spring", "2015-13", "2014/2015/2016", "15"])
def test_other_periods_are_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_period(text)


@pytest.mark.parametrize(
    ("official", "said", "bound", "answer"),
    [
        (-20, -20, "exact", "matches"), (-19, -20, "exact", "matches"), (-15, -20, "exact", "smaller_than_claimed"),
        (-30, -20, "exact", "larger_than_claimed"), (5, -20, "exact", "opposite"), (-0.5, -20, "", "smaller_than_claimed"),
        (-40, -20, "at_least", "matches"), (-15, -20, "at_least", "smaller_than_claimed"),
        (-35, -60, "at_most", "matches"), (-10, -60, "at_most", "smaller_than_claimed"),
        (45, 45, "", "matches"), (-3, 45, "", "opposite"), (20, 45, "", "smaller_than_claimed"),
    ],
)  # fmt: skip
def test_one_change_against_a_claimed_one(official: float, said: float, bound: str, answer: str, rules: Rules) -> None:
    assert classify(official, said, bound, rules) == answer


@pytest.mark.parametrize(
    ("low", "high", "said", "answer"),
    [
        (-100, 0, -46, "direction_agrees"),  # fewer, nobody knows how many
        (0, None, -46, "smaller_than_claimed"),  # none or a rise: never as claimed
        (5, None, -46, "opposite"),
        (-26.4, None, -60, "smaller_than_claimed"),  # a bound on the baseline rules the claim out
        (-100, 50, -46, "open"),
        (-46.5, -45.5, -46, "matches"),
        (-100, -70, -46, "larger_than_claimed"),
    ],
)
def test_bounds_are_used_as_what_they_are(
    low: float, high: float | None, said: float, answer: str, rules: Rules
) -> None:
    assert classify_range(low, high, said, "", rules) == answer


def test_a_change_between_bounds_takes_the_worst_and_the_best() -> None:
    low, high = change_range(Point(None, 80, 100), Point(None, 40, 60), "percent")
    assert (low, high) == pytest.approx((-60, -25))
    assert change_range(Point(100), Point(None, None, 90), "percent") == pytest.approx((-100, -10))
    assert change_range(Point(40), Point(45), "points") == (5, 5)


# -- the claim for Kenya --------------------------------------------------------------------------------------------


def without_2015(embedded: registry.Registry) -> pd.DataFrame:
    """Observations without a printed count of Nairobi in 2015."""
    rows = embedded.observations
    printed = rows["series_id"].str.startswith("ken-nairobi-total") & (rows["year"] == 2015) & rows["value"].notna()
    return rows[~printed].reset_index(drop=True)


def test_kenya_is_told_apart_by_place(embedded: registry.Registry) -> None:
    verdict = embedded_verdicts(embedded).of("hw-ken-46-site")
    assert verdict.verdict == "exaggerated"
    assert "would be 3,635" in texts(verdict.arithmetic)
    assert "Only part of the claim can be checked" in verdict.because
    assert any("2015 figure of reported crime for Mombasa" in table for table in verdict.figures.tables)


def test_kenya_has_no_firm_verdict_without_a_count_of_2015(embedded: registry.Registry) -> None:
    only = embedded.claims[embedded.claims["claim_id"] == "hw-ken-46-site"]
    verdict = embedded_verdicts(embedded, observations=without_2015(embedded), claims=only).of("hw-ken-46-site")
    assert verdict.verdict == "cannot_be_checked"
    assert verdict.arithmetic.word == "no_official_figures"
    said = texts(verdict.arithmetic)
    assert "Secondary source" in said
    assert "would be 3,635" in said
    assert "fewer than 6,732" in said
    assert "2014 to 2015: the record allows a fall, of any size" in said
    assert any("2015 figure of reported crime for Nairobi" in table for table in verdict.figures.tables)
    implied = {row.place: row.implied for row in verdict.figures.implied}
    assert implied["Nairobi"] == pytest.approx(6732 * 0.54)


@pytest.mark.parametrize(("count", "verdict"), [(3635, "supported"), (6000, "exaggerated"), (7000, "contradicted")])
def test_a_count_of_2015_would_settle_nairobi(count: int, verdict: str, embedded: registry.Registry) -> None:
    rows = without_2015(embedded)
    new = dict.fromkeys(rows.columns, "") | {
        "series_id": "ken-nairobi-total",
        "year": 2015,
        "value": float(count),
        "source_id": "src-x",
    }
    more = pd.concat(
        [rows, pd.DataFrame([new]).replace({"low": {"": math.nan}, "high": {"": math.nan}})], ignore_index=True
    )
    only = embedded.claims[embedded.claims["claim_id"] == "hw-ken-46-site"].assign(
        system_place="Nairobi (covered regions)"
    )
    found = embedded_verdicts(embedded, observations=more, claims=only).verdicts[0]
    assert found.verdict == verdict, texts(found.arithmetic)
    assert found.attribution.word in {"not_shown", "other_explanations"}


def test_nairobi_2017_flips_between_2013_and_2014(embedded: registry.Registry) -> None:
    base = embedded.claims[embedded.claims["claim_id"] == "hw-ken-46-site"]
    claim = base.assign(change_pct=-16.0, period_before="2013", period_after="2017", system_place="Nairobi", area="Nairobi",
                        is_area_stated="yes", bound="exact")  # fmt: skip
    found = embedded_verdicts(embedded, claims=claim).verdicts[0]
    assert found.arithmetic.word == "depends_on_baseline"
    rows = {row.year_before: row.change for row in found.figures.baselines}
    assert rows[2013] == pytest.approx(100 * (7434 / 8858 - 1))
    assert rows[2014] == pytest.approx(100 * (7434 / 6732 - 1))


def test_islamabad_matches_only_as_a_sum_of_printed_parts(embedded: registry.Registry) -> None:
    found = embedded_verdicts(embedded).of("isb-police-25")
    assert found.verdict == "depends_on_definition"
    parts = {2015: 300 + 369 + 263 + 31 + 7 + 115 + 338, 2016: 251 + 249 + 177 + 17 + 1 + 94 + 280}
    assert found.figures.compared[0].change == pytest.approx(100 * (parts[2016] / parts[2015] - 1))
    assert "16\u00a0% of all that is on record for 2016 (6,814)" in texts(found.arithmetic)


def test_ecuador_is_as_claimed_and_not_caused(embedded: registry.Registry) -> None:
    found = embedded_verdicts(embedded).of("ecu911-homicide")
    assert found.verdict == "supported"
    assert found.attribution.word == "other_explanations"
    assert "after the baseline 2009" in texts(found.attribution)


def test_every_claim_on_record_gets_one_verdict_and_says_what_is_missing(embedded: registry.Registry) -> None:
    result = embedded_verdicts(embedded)
    assert [one.claim_id for one in result.verdicts] == list(embedded.claims["claim_id"])
    assert result.refused == ()
    for found in result.verdicts:
        if found.verdict == "cannot_be_checked":
            assert "issing" in found.because
        assert found.attribution.word != "shown"
    frame = result.frame()
    assert list(frame["claim_id"]) == list(embedded.claims["claim_id"])


# -- figures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "verdict"), [(400, "supported"), (450, "exaggerated"), (560, "contradicted"), (300, "supported")]
)
def test_counts_decide(tmp_path: Path, after: int, verdict: str) -> None:
    found = one(tmp_path, figures({2014: 500, 2015: after}))
    assert found.verdict == verdict
    assert found.figures.compared[0].change == pytest.approx(100 * (after / 500 - 1))


def test_part_of_a_year_is_no_year(tmp_path: Path) -> None:
    found = one(tmp_path, figures({2014: 500, 2015: 400}, months="1-5"))
    assert found.arithmetic.word == "no_official_figures"
    same = one(
        tmp_path,
        figures({2014: 500, 2015: 400}, months="1-5"),
        period_before="2014-01/2014-05",
        period_after="2015-01/2015-05",
    )
    assert same.arithmetic.word == "matches"


def test_full_year_against_part_of_a_year_is_named(tmp_path: Path) -> None:
    found = one(tmp_path, figures({2014: 500, 2015: 400}), period_after="2015-01/2015-06")
    assert found.arithmetic.word == "not_comparable"
    assert "like compared with like" in found.missing


def test_years_under_different_definitions_are_not_compared(tmp_path: Path) -> None:
    rows = [*figures({2014: 500}, definition="street robbery"), *figures({2015: 400}, definition="all robbery")]
    found = one(tmp_path, rows)
    assert found.arithmetic.word == "not_comparable"
    assert "different definitions" in texts(found.arithmetic)


def test_places_of_one_file_are_different_series(tmp_path: Path) -> None:
    rows = [*figures({2014: 500, 2015: 400}), *figures({2014: 100, 2015: 190}, place="Shelbyville")]
    result = run(tmp_path, CLAIM, rows)
    assert result.refused == ()
    assert result.verdicts[0].verdict == "supported"
    assert one(tmp_path, rows, place="Shelbyville").verdict == "contradicted"


@pytest.mark.parametrize(
    ("claimed", "listed", "verdict"),
    [
        ("Springfield", "Springfield County", "supported"),
        ("Springfield City", "Springfield", "supported"),
        ("Mexico City", "Mexico", "cannot_be_checked"),
    ],
)
def test_the_kind_of_a_place_is_no_part_of_its_name(tmp_path: Path, claimed: str, listed: str, verdict: str) -> None:
    rows = figures({2014: 500, 2015: 400}, place=listed, place_level="")
    assert one(tmp_path, rows, place=claimed).verdict == verdict


def test_a_series_without_a_country_may_be_of_any(tmp_path: Path) -> None:
    rows = figures({2014: 500, 2015: 400}, country_iso3="")
    assert one(tmp_path, rows).verdict == "supported"
    assert one(tmp_path, rows, country_iso3="").verdict == "supported"
    assert one(tmp_path, figures({2014: 500, 2015: 400}, country_iso3="GBR")).verdict == "cannot_be_checked"


def test_a_rate_against_a_count_is_said(tmp_path: Path) -> None:
    found = one(tmp_path, figures({2014: 500, 2015: 400}), definition="robberies per 100,000 people")
    assert "The claim is a rate, the series a count" in texts(found.arithmetic)


def test_definitions_that_disagree_are_shown(tmp_path: Path) -> None:
    rows = [*figures({2014: 500, 2015: 400}, definition="a"), *figures({2014: 700, 2015: 720}, definition="b")]
    found = one(tmp_path, rows)
    assert found.verdict == "depends_on_definition"
    assert {round(row.change or 0) for row in found.figures.compared} == {-20, 3}


def test_the_series_that_starts_from_the_claims_own_figure_decides(tmp_path: Path) -> None:
    rows = [
        *figures({2014: 500, 2015: 400}, definition="a"),
        *figures({2014: 70, 2015: 72}, definition="b", unit="per_100k"),
    ]
    found = one(tmp_path, rows, value_before="500", value_after="400")
    assert found.verdict == "supported"


def test_a_claim_whose_baseline_is_another_thing_depends_on_the_definition(tmp_path: Path) -> None:
    found = one(tmp_path, figures({2014: 500, 2015: 400}), value_before="900", value_after="720")
    assert found.verdict == "depends_on_definition"
    assert "The claim starts from 900" in texts(found.arithmetic)


def test_without_a_baseline_every_reasonable_one_is_tried(tmp_path: Path) -> None:
    rows = figures({2011: 410, 2012: 520, 2013: 480, 2014: 500, 2015: 400})
    found = one(tmp_path, rows, period_before="")
    assert found.verdict == "depends_on_baseline"
    assert [row.year_before for row in found.figures.baselines] == [2011, 2012, 2013, 2014]
    steady = one(tmp_path, figures({2012: 520, 2013: 510, 2014: 500, 2015: 600}), period_before="")
    assert steady.verdict == "contradicted"


def test_own_numbers_that_show_less_are_named(tmp_path: Path) -> None:
    found = one(tmp_path, figures({2010: 1}), value_before="500", value_after="450", change_pct="-40")
    assert found.verdict == "exaggerated"
    assert "from 500 to 450 is −10" in texts(found.arithmetic)


def test_points_called_percent_are_named(tmp_path: Path) -> None:
    found = one(tmp_path, figures({2010: 1}), metric="citizen_satisfaction", unit="percent_level", value_before="60.2",
                value_after="98.3", change_pct="38.1")  # fmt: skip
    assert "percentage points" in texts(found.checkable)
    assert "like compared with like" in found.missing


def test_detected_is_not_reported(tmp_path: Path) -> None:
    found = one(tmp_path, figures({2010: 1}), definition="crimes detected by cameras")
    assert "detected" in texts(found.checkable)
    assert found.checkable.word == "partly"


def test_figures_from_the_claims_own_source_are_said_to_be(tmp_path: Path) -> None:
    rows = figures({2014: 500, 2015: 400}, source="https://example.org/a")
    assert "same source" in one(tmp_path, rows, source="https://example.org/a").because
    assert "same source" not in one(tmp_path, rows, source="https://example.org/b").because


def test_a_zero_in_the_series_is_no_baseline(tmp_path: Path) -> None:
    found = one(tmp_path, figures({2014: 0, 2015: 400}))
    assert found.arithmetic.word == "no_official_figures"
    assert "a change from nothing has no percentage" in texts(found.arithmetic)


def test_a_larger_area_never_decides(tmp_path: Path) -> None:
    found = one(tmp_path, figures({2014: 500, 2015: 400}), place="Northside, Springfield")
    assert found.verdict == "cannot_be_checked"
    assert "For a larger area, Springfield" in texts(found.arithmetic)


def test_the_rest_of_the_country(tmp_path: Path) -> None:
    nation = figures({2014: 5000, 2015: 4400}, place="United States", place_level="country", series_id="n")
    found = one(tmp_path, [*figures({2014: 500, 2015: 400}, series_id="s"), *nation])
    rest = found.figures.rest
    assert rest is not None
    assert rest.change == pytest.approx(100 * (4000 / 4500 - 1))
    assert rest.points == pytest.approx(-20 - rest.change)
    assert rest.ratio == pytest.approx(0.8 / (4000 / 4500))
    assert found.attribution.word == "other_explanations"


def test_pretrend_and_extreme_baseline_speak_against_the_system(tmp_path: Path) -> None:
    falling = one(tmp_path, figures({2011: 800, 2012: 700, 2013: 600, 2014: 500, 2015: 400}))
    assert "It moved the same way before" in texts(falling.attribution)
    peak = one(tmp_path, figures({2011: 380, 2012: 400, 2013: 390, 2014: 500, 2015: 400}))
    assert "The baseline 2014 is the highest of 4 years" in texts(peak.attribution)


def test_dispersion_interval_and_ordinary_movement_by_hand(tmp_path: Path, rules: Rules) -> None:
    own = {2011: 100.0, 2012: 110.0, 2013: 99.0, 2014: 120.0, 2015: 96.0}
    others = []
    moves: list[float] = []
    for at in range(30):
        first = 100.0 + at
        second = first * (1.3 if at % 2 else 0.75)
        moves.append(math.log(second / first))
        others += figures({2014: first, 2015: second}, series_id=f"o{at}", place=f"Town {at}")
    found = one(tmp_path, [*figures(own, series_id="own"), *others]).figures.movement
    years = sorted(own)
    squares = [math.log(own[b] / own[a]) ** 2 for a, b in pairwise(years)]
    pooled = sum(move**2 for move in moves) / len(moves)
    weight = rules.thresholds["prior_movements"]
    variance = (sum(squares) + weight * pooled) / (len(squares) + weight)
    assert found.own == pytest.approx(math.sqrt(sum(squares) / len(squares)))
    assert found.pooled == pytest.approx(math.sqrt(pooled))
    assert found.sd == pytest.approx(math.sqrt(variance))
    assert (found.n, found.pool) == (30, "family_level")
    assert found.share == pytest.approx(15 / 30)
    centre = math.log(96 / 120)
    assert found.low is not None
    assert found.high is not None
    assert math.log1p(found.low / 100) + math.log1p(found.high / 100) == pytest.approx(2 * centre)
    assert found.poisson_low is not None
    assert found.low < found.poisson_low < 100 * (96 / 120 - 1)


def test_under_four_years_there_is_no_interval(tmp_path: Path) -> None:
    found = one(tmp_path, figures({2013: 500, 2014: 500, 2015: 400})).figures.movement
    assert found.low is None
    assert found.poisson_low is not None


# -- refused by name ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"unit": "minutes"}, "wrong unit 'minutes' for robbery"),
        ({"unit": "furlongs"}, "wrong unit 'furlongs'"),
        ({"value_before": "0", "value_after": "5", "change_pct": ""}, "zero baseline"),
        ({"value_before": "-3", "value_after": "5", "change_pct": ""}, "negative count"),
        ({"period_before": "2014", "period_after": "2014-06/2015-05"}, "overlapping periods"),
        ({"period_before": "2016"}, "lies after"),
        ({"change_pct": "-120"}, "percentage below -100"),
        ({"change_pct": "a lot"}, "expected a number"),
        ({"change_pct": "1e999"}, "finite"),
        ({"period_after": "last year"}, "date 'last year'"),
        ({"metric": ""}, "no metric"),
        ({"bound": "roughly"}, "wrong bound"),
        ({"direction": "increase"}, "direction increase with a change of -20"),
    ],
)
def test_claims_are_refused_by_name_and_the_others_are_done(
    tmp_path: Path, changes: dict[str, str], reason: str
) -> None:
    path = write(tmp_path / "c.csv", [{**CLAIM, **changes, "claim_id": "bad"}, {**CLAIM, "claim_id": "good"}])
    result = claims.verify_files(path, write(tmp_path / "s.csv", figures({2014: 500, 2015: 400})))
    assert len(result.refused) == 1
    assert "c.csv, row 2 (bad)" in result.refused[0]
    assert reason in result.refused[0]
    assert result.of("bad").verdict == "cannot_be_checked"
    assert result.of("good").verdict == "supported"


def test_duplicate_claims_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "c.csv", [CLAIM, {**CLAIM, "change_pct": "-99"}])
    result = claims.verify_files(path, write(tmp_path / "s.csv", figures({2014: 500, 2015: 400})))
    assert "duplicate row" in result.refused[0]
    assert [one.figures.claimed for one in result.verdicts] == [-20]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"year": ""}, "missing year"), ({"year": "2014-05"}, "four digits"), ({"value": "-4"}, "negative count"),
        ({"value": ""}, "no figure, bound or direction"), ({"year": "2014"}, "duplicate row for 2014"),
        ({"value": "many"}, "expected a number"), ({"unit": "stones"}, "wrong unit 'stones'"), ({"place": ""}, "no place"),
    ],
)  # fmt: skip
def test_figures_are_refused_by_name_and_the_others_are_done(tmp_path: Path, row: dict[str, str], reason: str) -> None:
    rows = [*figures({2014: 500, 2015: 400}), {**SERIES, "year": "2016", "value": "380", **row}]
    result = run(tmp_path, CLAIM, rows)
    assert any(reason in line for line in result.refused), result.refused
    assert result.verdicts[0].verdict == "supported"


def test_mixed_definitions_in_one_series_are_refused(tmp_path: Path) -> None:
    rows = figures({2014: 500, 2015: 400}, series_id="s")
    rows[1]["definition"] = "another thing"
    result = run(tmp_path, CLAIM, rows)
    assert "mixed definitions" in result.refused[0]
    assert result.verdicts[0].arithmetic.word == "no_official_figures"


# -- files ----------------------------------------------------------------------------------------------------------


def test_the_templates_are_read_as_they_are_printed(tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.csv" for name in TEMPLATES]
    for path in paths:
        path.write_text(claims.template(path.stem), encoding="utf-8")
    result = claims.verify_files(*paths)
    assert result.refused == ()
    assert result.verdicts[0].verdict == "exaggerated"


def workbook(path: Path, sheets: Mapping[str, Sequence[Sequence[object]]]) -> Path:
    xlsxwriter = pytest.importorskip("xlsxwriter")
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
    return path


def test_one_workbook_with_two_or_three_sheets(tmp_path: Path) -> None:
    head = ["series_id", "place", "country_iso3", "metric", "unit"]
    book = workbook(
        tmp_path / "mine.xlsx",
        {
            "claims": [list(CLAIM), [*CLAIM.values()]],
            "series": [head, ["s", "Springfield", "USA", "robbery", "count"]],
            "observations": [["series_id", "year", "value"], ["s", 2014, 500], ["s", 2015, 400.0]],
        },
    )
    assert claims.verify_files(book, book).verdicts[0].verdict == "supported"


def test_hostile_files_are_set_aside_by_name(tmp_path: Path) -> None:
    good = write(tmp_path / "s.csv", figures({2014: 500, 2015: 400}))
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 70_000_000)
    formula = workbook(tmp_path / "f.xlsx", {"claims": [["metric"], ["=1+1"]]})
    nul = tmp_path / "nul.csv"
    nul.write_bytes(b"metric\nrob\0bery\n")
    for path, told in (
        (bomb, "unpacks to"), (formula, "formula"), (nul, "NUL"), (tmp_path / "none.csv", "cannot be read"),
        (write(tmp_path / "w.csv", [{"what": "x"}]), "no column 'metric'"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=told):
            claims.verify_files(path, good)


def test_a_text_that_a_spreadsheet_would_run_is_text(tmp_path: Path) -> None:
    found = one(tmp_path, figures({2014: 500, 2015: 400}), definition="'=cmd|' /C calc'!A0")
    assert "=cmd" in texts(found.checkable)


def test_registry_columns_are_understood_in_files(tmp_path: Path, embedded: registry.Registry) -> None:
    paths = []
    for name in ("claims", "series", "observations"):
        paths.append(tmp_path / f"{name}.csv")
        getattr(embedded, name).to_csv(paths[-1], index=False)
    result = claims.verify_files(*paths, known={"evaluations": embedded.evaluations})
    assert result.refused == ()
    ours = {one.claim_id: one.arithmetic.word for one in embedded_verdicts(embedded).verdicts}
    assert {one.claim_id: one.arithmetic.word for one in result.verdicts} == ours


# -- harms, overrules, ids ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "claimant", "verdict"),
    [("government", "auditor", "documented"), ("news", "media", "reported"), ("government", "ngo", "reported")],
)
def test_harms_are_documented_or_reported(tmp_path: Path, kind: str, claimant: str, verdict: str) -> None:
    harm = {"claim_id": "h", "kind": "harm", "place": "Springfield", "metric": "outage", "unit": "none", "stated_on": "2020",
            "definition": "cameras out of order", "source_kind": kind, "claimant_kind": claimant}  # fmt: skip
    found = run(tmp_path, harm, figures({2014: 1})).verdicts[0]
    assert found.verdict == verdict
    assert (found.arithmetic.word, found.attribution.word) == ("not_numeric", "not_asked")


def test_a_person_overrules_on_the_record(embedded: registry.Registry) -> None:
    row = {"claim_id": "ecu911-homicide", "what": "verdict", "old": "supported", "new": "depends_on_baseline",
           "reason": "The baseline lies three years before the start.", "by": "reader-1", "on": "2026-11-24"}  # fmt: skip
    found = embedded_verdicts(embedded, overrules=pd.DataFrame([row])).of("ecu911-homicide")
    assert found.verdict == "depends_on_baseline"
    assert "Overruled by reader-1" in found.because
    assert "from supported to depends_on_baseline" in found.overruled[0]
    with pytest.raises(InputError, match="expected verdict to be one of"):
        embedded_verdicts(embedded, overrules=pd.DataFrame([{**row, "new": "true"}]))


def test_an_unknown_claim_names_the_nearest(embedded: registry.Registry) -> None:
    with pytest.raises(InputError, match="Did you mean hw-ken-46-site"):
        embedded_verdicts(embedded).of("hw-ken-46")


def test_an_intake_keeps_unnamed_claims_apart(rules: Rules) -> None:
    intake = Intake(rules)
    intake.claims("c", [(2, {"metric": "robbery"}), (3, {"metric": "theft"}), (4, {"metric": "theft"})])
    assert [one.claim_id for one in intake.result().verdicts] == ["row-2", "row-3"]
    assert "duplicate row" in intake.result().refused[0]


def test_covered_share_converts_published_effects(rules: Rules) -> None:
    from citywatch.claims.plausible import compare_published
    from citywatch.claims.records import Effect

    intake = Intake(rules)
    intake.claims("c", [(2, {**CLAIM, "system_place": "Springfield"})])
    (claim,) = intake._claims
    effects = [Effect("robbery", low, low) for low in (-30.0, -20.0, -10.0)]
    assert compare_published(claim, -20, "percent", effects, rules)[0].word == "inside"
    assert compare_published(claim, -40, "percent", effects, rules)[0].word == "outside"
    assert compare_published(claim, -40, "percent", effects[:2], rules)[0].word == "no_published_effects"
    half = replace(rules, places={**rules.places, "covered_share": {"c": {"share": 0.5}}})
    assert compare_published(claim, -20, "percent", effects, half)[0].word == "outside"
