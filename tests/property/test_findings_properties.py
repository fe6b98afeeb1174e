"""What must hold for every registry: order does not matter, shares stay shares, intervals hold their estimate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from citywatch.findings import compute
from citywatch.findings.classes import Classes
from citywatch.findings.shares import Case, all_shares
from citywatch.findings.tally import Tally, tally
from citywatch.indicators import load_indicators
from citywatch.registry import Registry
from citywatch.uncertainty import (
    bootstrap_ratio,
    bootstrap_share,
    clopper_pearson_interval,
    country_draws,
    kish_effective_number,
    round_half_up,
    wilson_interval,
)

COUNTRIES = 40
DRAWS = country_draws(COUNTRIES, 300, 5)
counts = st.lists(st.integers(0, 6), min_size=COUNTRIES, max_size=COUNTRIES).filter(any)
flags = st.lists(st.booleans(), min_size=COUNTRIES, max_size=COUNTRIES)


def _shares(inside: np.ndarray, totals: np.ndarray) -> Case:
    labels = {"in": "In", "out": "Out"}
    table = Tally(np.column_stack([totals * inside, totals * (1 - inside)]), totals)
    return Case("k", labels, table, None, "no base", ((), ()), tuple(f"C{at:02d}" for at in range(COUNTRIES)))


@given(counts, flags)
@settings(max_examples=60, deadline=None)
def test_shares_are_shares_and_intervals_hold_them(agreements: list[int], in_class: list[bool]) -> None:
    totals = np.array(agreements, dtype="float64")
    (shares,) = all_shares([_shares(np.array(in_class, dtype="float64"), totals)], DRAWS)
    assert shares[0].share_pct + shares[1].share_pct == 100 or abs(sum(s.share_pct for s in shares) - 100) < 1e-9
    for share in shares:
        assert 0 <= share.interval.low <= share.interval.high <= 100 + 1e-9
        assert share.share_pct in share.interval or "does not contain" in share.interval.note
        assert share.share_pct in share.wilson
        assert 1 - 1e-9 <= share.effective_n <= np.count_nonzero(totals) + 1e-9


@given(flags.filter(lambda inside: 0 < sum(inside) < COUNTRIES))
@settings(max_examples=30, deadline=None)
def test_ratio_is_one_where_every_country_has_one(in_class: list[bool]) -> None:
    inside, ones = np.array(in_class, dtype="float64"), np.ones(COUNTRIES)
    (found,) = bootstrap_ratio(DRAWS, (inside, ones), (inside, ones))
    assert abs(found.low - 1) < 1e-12
    assert abs(found.high - 1) < 1e-12


@given(counts, flags)
@settings(max_examples=30, deadline=None)
def test_a_share_and_its_complement_mirror_each_other(agreements: list[int], in_class: list[bool]) -> None:
    totals, inside = np.array(agreements, dtype="float64"), np.array(in_class, dtype="float64")
    part, rest = bootstrap_share(DRAWS, np.column_stack([totals * inside, totals * (1 - inside)]), totals)
    assert abs(part.low - (1 - rest.high)) < 1e-9
    assert abs(part.high - (1 - rest.low)) < 1e-9


@given(st.integers(0, 50), st.integers(1, 50), st.sampled_from([0.8, 0.95, 0.99]))
def test_exact_is_wider_than_score_in_the_middle_and_both_hold_the_share(part: int, rest: int, level: float) -> None:
    for interval in (wilson_interval(part, part + rest, level), clopper_pearson_interval(part, part + rest, level)):
        assert 0 <= interval.low <= interval.high <= 1
        assert part / (part + rest) in interval


@given(counts, st.integers(1, 9))
def test_effective_number_does_not_depend_on_the_unit(agreements: list[int], factor: int) -> None:
    one, other = kish_effective_number(agreements), kish_effective_number([factor * count for count in agreements])
    assert abs(one - other) < 1e-9


@given(st.floats(-1000, 1000))
def test_rounding_moves_by_half_at_most(value: float) -> None:
    assert abs(float(round_half_up(value)) - value) <= 0.5 + 1e-6


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.booleans()), min_size=1, max_size=30), st.randoms())
def test_order_of_rows_does_not_matter_to_counts(rows: list[tuple[str, bool]], random: object) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = (_tally(these) for these in (rows, shuffled))
    assert np.array_equal(first.counts, second.counts)
    assert np.array_equal(first.totals, second.totals)


def _tally(rows: list[tuple[str, bool]]) -> Tally:
    frame = pd.DataFrame({"country_iso3": [country for country, _ in rows]})
    members = np.array([[inside] for _, inside in rows])
    return tally(("A", "B", "C"), frame, Classes("-", "", {"in": "In"}, members, {}, None), "agreement")


def test_order_of_rows_does_not_matter_to_findings(embedded: Registry) -> None:
    known = load_indicators()
    mixed = replace(
        embedded,
        agreements=embedded.agreements.sample(frac=1, random_state=3).reset_index(drop=True),
        evidence=embedded.evidence.sample(frac=1, random_state=4).reset_index(drop=True),
    )
    options = {"scenario": "current", "vendor": "huawei", "until": "2018-06", "rule": "one-per-project"}
    assert compute(embedded, known, **options).to_dict() == compute(mixed, known, **options).to_dict()
