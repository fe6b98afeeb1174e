"""What must hold for every claim: order does not matter, units of counting do not matter, nothing crashes on foreign text."""

from __future__ import annotations

import dataclasses

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citywatch.claims.compare import classify, classify_range
from citywatch.claims.intake import CLAIM_COLUMNS, OBSERVATION_COLUMNS, SERIES_COLUMNS, Intake
from citywatch.claims.rules import load_rules
from citywatch.claims.verdicts import decide

RULES = load_rules()
changes = st.floats(-99, 300, allow_nan=False)
bounds = st.sampled_from(["", "exact", "at_least", "at_most", "about"])
values = st.lists(st.integers(1, 9000), min_size=2, max_size=8)
CLAIM = {"claim_id": "c", "system_place": "A", "country_iso3": "USA", "metric": "robbery", "unit": "percent_change"}


def verdicts(counts: list[int], change: float, *, factor: int = 1, turn: bool = False) -> tuple[str, str, str]:
    claim = {**CLAIM, "change_pct": f"{change:.3f}", "period_before": "2010", "period_after": str(2009 + len(counts))}
    rows = [{"series_id": "s", "year": str(2010 + at), "value": str(factor * count)} for at, count in enumerate(counts)]
    series = [
        {"series_id": "s", "place": "A", "country_iso3": "USA", "metric": "robbery", "unit": "count"},
        {"series_id": "t", "place": "B", "country_iso3": "USA", "metric": "theft", "unit": "count"},
    ]
    intake = Intake(RULES)
    intake.claims("c", [(2, claim)])
    intake.series(
        "s", enumerate(reversed(series) if turn else series), "o", enumerate(reversed(rows) if turn else rows)
    )
    (found,) = intake.result().verdicts
    return found.verdict, found.arithmetic.word, found.because


@given(values, changes)
def test_order_of_rows_does_not_matter(counts: list[int], change: float) -> None:
    assert verdicts(counts, change) == verdicts(counts, change, turn=True)


@given(values, changes)
def test_counting_in_tens_changes_no_answer(counts: list[int], change: float) -> None:
    assert verdicts(counts, change)[:2] == verdicts(counts, change, factor=10)[:2]


@given(changes, changes.filter(lambda change: abs(change) > 1), bounds)
def test_a_range_of_one_value_is_that_value(official: float, said: float, bound: str) -> None:
    assert classify_range(official, official, said, bound, RULES) == classify(official, said, bound, RULES)


@given(changes, changes, changes.filter(lambda change: abs(change) > 1), bounds, st.floats(0, 1))
def test_what_a_range_decides_holds_for_every_value_in_it(
    a: float, b: float, said: float, bound: str, at: float
) -> None:
    low, high = min(a, b), max(a, b)
    found = classify_range(low, high, said, bound, RULES)
    inner = classify(low + at * (high - low), said, bound, RULES)
    if found in {"matches", "larger_than_claimed", "opposite"}:
        assert inner == found
    elif found == "smaller_than_claimed":
        assert inner in {"smaller_than_claimed", "opposite"}
    elif found == "direction_agrees":
        assert inner != "opposite"


@given(st.fixed_dictionaries({name: st.sampled_from(list(words)) for name, words in {
    "kind": ("benefit", "harm"), "primary": ("yes", "no"), "independent": ("yes", "no"),
    **{name: tuple(RULES.words["answers"][name]) for name in ("checkable", "arithmetic", "attribution", "plausibility")},
}.items()}))  # fmt: skip
def test_every_combination_of_answers_has_one_verdict(answers: dict[str, str]) -> None:
    line = decide(answers, RULES)
    if answers["kind"] == "benefit" and answers["arithmetic"] in {"direction_agrees", "not_numeric"}:
        assert line["verdict"] == "cannot_be_checked"
    if line["verdict"] == "supported":
        assert answers["arithmetic"] in {"matches", "larger_than_claimed"}
        assert answers["checkable"] != "no"
    other = decide({**answers, "attribution": "not_shown"}, RULES)
    assert other["verdict"] == line["verdict"], "the cause never makes a verdict better"


cells = st.text(max_size=20)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.fixed_dictionaries(dict.fromkeys(CLAIM_COLUMNS, cells)), max_size=4),
       st.lists(st.fixed_dictionaries(dict.fromkeys(SERIES_COLUMNS, cells)), max_size=3),
       st.lists(st.fixed_dictionaries(dict.fromkeys(OBSERVATION_COLUMNS, cells)), max_size=6))  # fmt: skip
def test_foreign_text_is_refused_or_used_and_never_lost(
    claims: list[dict[str, str]], series: list[dict[str, str]], observations: list[dict[str, str]]
) -> None:
    intake = Intake(RULES)
    intake.claims("c", enumerate(claims, 2))
    intake.series("s", enumerate(series, 2), "o", enumerate(observations, 2))
    result = intake.result()
    duplicates = sum("duplicate row" in line and line.startswith("c,") for line in result.refused)
    assert len(result.verdicts) + duplicates == len(claims)
    assert all(dataclasses.is_dataclass(one) for one in result.verdicts)
