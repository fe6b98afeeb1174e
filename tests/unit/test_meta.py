"""Meta-analysis: refusals, boundaries, conversions, and what must not change the answer."""

from __future__ import annotations

from math import exp, inf, log, nan, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citywatch.errors import InputError, NoDataError
from citywatch.uncertainty import Interval, meta


def effects(values: list[float], errors: list[float] | None = None) -> list[meta.Effect]:
    errors = errors or [0.1 + 0.01 * at for at in range(len(values))]
    return [meta.Effect(f"e{at:02}", f"s{at:02}", value, errors[at]) for at, value in enumerate(values)]


SPREAD = [-0.5, -0.1, 0.2, -0.3, 0.05, -0.7, 0.1, -0.2, -0.15, -0.4]


@pytest.mark.parametrize("studies", [0, 1])
def test_pooling_needs_two_studies(studies: int) -> None:
    with pytest.raises(NoDataError, match=f"at least 2 independent studies; found {studies}"):
        meta.pool(effects(SPREAD[:studies]))


def test_prediction_is_refused_below_five_studies() -> None:
    four, five = meta.pool(effects(SPREAD[:4])), meta.pool(effects(SPREAD[:5]))
    assert four.prediction is None
    assert [refusal.name for refusal in four.refusals] == ["prediction_interval", "small_study_test"]
    assert four.refusals[0].reason == "needs 5 studies; there are 4"
    assert five.prediction is not None


def test_small_study_test_is_refused_below_ten_studies() -> None:
    nine, ten = meta.pool(effects(SPREAD[:9])), meta.pool(effects(SPREAD))
    assert nine.small_studies is None
    assert [refusal.name for refusal in nine.refusals] == ["small_study_test"]
    assert ten.small_studies is not None
    assert ten.refusals == ()
    with pytest.raises(NoDataError, match="needs 10 studies; there are 9"):
        meta.small_study_test(effects(SPREAD[:9]))


def test_small_study_test_needs_different_errors() -> None:
    with pytest.raises(NoDataError, match="same standard error"):
        meta.small_study_test(effects(SPREAD, [0.1] * 10))


def test_a_study_may_not_come_twice() -> None:
    twice = [meta.Effect("a", "one", -0.1, 0.1), meta.Effect("b", "one", -0.2, 0.2), meta.Effect("c", "two", 0.0, 0.1)]
    with pytest.raises(InputError, match=r"more than one effect of one"):
        meta.pool(twice)
    assert [effect.id for effect in meta.one_per_study(twice)] == ["a", "c"]
    assert meta.pool(meta.one_per_study(twice)).studies == 2


def test_the_choice_within_a_study_ignores_size_and_order() -> None:
    several = [
        meta.Effect("b", "one", -9.0, 0.2),
        meta.Effect("a", "one", 0.0, 0.2),
        meta.Effect("c", "one", -9.0, 0.3),
    ]
    assert [effect.id for effect in meta.one_per_study(several)] == ["a"]
    assert [effect.id for effect in meta.one_per_study(several[::-1])] == ["a"]


def test_equal_effects_sit_on_the_boundary() -> None:
    found = meta.pool(effects([-0.2, -0.21, -0.19, -0.2, -0.2]))
    assert found.tau2 == 0.0
    assert found.i2 == 0.0
    assert found.h2 == 1.0
    assert "narrows the interval" in found.interval.note
    floored = meta.pool(effects([-0.2, -0.21, -0.19, -0.2, -0.2]), floor=True)
    assert floored.standard_error == pytest.approx(floored.plain_standard_error)
    assert floored.interval.note == ""


def test_equal_effects_leave_a_width() -> None:
    found = meta.pool(effects([0.0, 0.0, 0.0]))
    assert found.standard_error == found.plain_standard_error
    assert found.p == 1.0
    assert "all effects are equal" in found.interval.note


def test_less_spread_than_chance_leaves_only_zero() -> None:
    found = meta.pool(effects([-0.2, -0.2, -0.2000001]))
    assert (found.tau2_interval.low, found.tau2_interval.high) == (0.0, 0.0)
    assert "only 0 is left" in found.tau2_interval.note


@pytest.mark.parametrize(
    "bad", [("", "s", 0.0, 0.1), ("e", "", 0.0, 0.1), ("e", "s", nan, 0.1), ("e", "s", 0.0, 0.0), ("e", "s", 0.0, inf)]
)
def test_an_effect_is_complete(bad: tuple[str, str, float, float]) -> None:
    with pytest.raises(InputError):
        meta.Effect(*bad)


def test_ratio_with_interval() -> None:
    value, error = meta.effect_from_interval(0.8, 0.64, 1.0)
    assert value == pytest.approx(log(0.8))
    assert error == pytest.approx(-log(0.64) / (2 * 1.959963985))
    helped, same = meta.effect_from_interval(1.25, 1.0, 1 / 0.64, inverted=True)
    assert (helped, same) == pytest.approx((value, error))
    for wrong in ((0.8, 0.9, 1.0), (0.0, 0.0, 1.0), (1.0, 1.0, 1.0), (-1.0, -2.0, 1.0)):
        with pytest.raises(InputError):
            meta.effect_from_interval(*wrong)


def test_coefficient_with_error_or_statistic() -> None:
    assert meta.effect_from_coefficient(-0.3, standard_error=0.1) == (-0.3, 0.1)
    assert meta.effect_from_coefficient(-0.3, z=-3.0) == pytest.approx((-0.3, 0.1))
    with pytest.raises(InputError, match="either a standard error or a test statistic"):
        meta.effect_from_coefficient(-0.3)
    with pytest.raises(InputError, match="either a standard error or a test statistic"):
        meta.effect_from_coefficient(-0.3, standard_error=0.1, z=3.0)
    with pytest.raises(InputError, match="expected a positive one"):
        meta.effect_from_coefficient(-0.3, z=0.0)


def test_counts_before_and_after() -> None:
    value, error = meta.effect_from_counts((100, 50), (200, 200), overdispersion=2)
    assert value == pytest.approx(log(0.5))
    assert error == pytest.approx(sqrt(2 * (1 / 100 + 1 / 50 + 1 / 200 + 1 / 200)))
    with pytest.raises(NoDataError, match="no logarithm"):
        meta.effect_from_counts((100, 0), (200, 200), overdispersion=1)
    with pytest.raises(InputError):
        meta.effect_from_counts((100, -1), (200, 200), overdispersion=1)
    with pytest.raises(InputError):
        meta.effect_from_counts((100, 50), (200, 200), overdispersion=0.5)


def test_a_whole_city_moves_by_the_covered_share() -> None:
    sites = Interval(log(0.5), log(1.0), 0.95, "hartung_knapp")
    city = meta.city_wide(sites, 0.1)
    assert (exp(city.low), exp(city.high)) == pytest.approx((0.95, 1.0))
    assert "cover 10 % of incidents" in city.note
    assert meta.city_wide(sites, 1.0).low == pytest.approx(sites.low)
    assert meta.city_wide(sites, 0.0).low == 0.0
    for unknown in (None, nan):
        with pytest.raises(NoDataError, match="published range at camera sites"):
            meta.city_wide(sites, unknown)
    with pytest.raises(InputError, match="between 0 and 1"):
        meta.city_wide(sites, 1.2)


def test_where_a_claim_stands() -> None:
    many, few = meta.pool(effects(SPREAD)), meta.pool(effects(SPREAD[:3]))
    assert meta.place(-0.2, many).word == "inside_prediction"
    assert meta.place(-3.0, many).word == "outside_prediction"
    assert meta.place(-0.2, few).word == "inside_range"
    assert meta.place(-0.6, few).word == "outside_range"
    assert "of 3 studies" in meta.place(-0.6, few).reason


def test_three_levels_refuse_what_has_no_third_level() -> None:
    with pytest.raises(NoDataError, match=r"use pool\(\)"):
        meta.pool_three_level(effects(SPREAD))
    with pytest.raises(NoDataError, match="2 effects of 1 studies"):
        meta.pool_three_level([meta.Effect("a", "one", 0.0, 0.1), meta.Effect("b", "one", 0.1, 0.1)])


def test_three_levels_refuse_prediction_from_few_studies() -> None:
    nested = [meta.Effect(f"{at}", f"s{at % 3}", value, 0.1) for at, value in enumerate(SPREAD)]
    found = meta.pool_three_level(nested)
    assert found.prediction is None
    assert [refusal.name for refusal in found.refusals] == ["prediction_interval"]
    assert 0.0 in found.between_interval


def test_percent() -> None:
    assert meta.percent_change(log(0.8)) == pytest.approx(-20)


VALUES = st.lists(
    st.tuples(st.floats(-2, 2), st.floats(0.01, 1.5)),
    min_size=2,
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(VALUES, st.randoms())
def test_order_sign_and_range(rows: list[tuple[float, float]], shuffler: object) -> None:
    given_order = effects([y for y, _ in rows], [s for _, s in rows])
    shuffled = list(given_order)
    shuffler.shuffle(shuffled)  # type: ignore[attr-defined]
    found = meta.pool(given_order)
    assert meta.pool(shuffled) == found
    mirrored = meta.pool(effects([-y for y, _ in rows], [s for _, s in rows]))
    assert mirrored.estimate == pytest.approx(-found.estimate, abs=1e-9)
    assert mirrored.tau2 == pytest.approx(found.tau2, abs=1e-7)
    assert 0 <= found.i2 < 100
    assert found.tau2 >= 0
    assert found.lowest - 1e-9 <= found.estimate <= found.highest + 1e-9
    assert found.estimate in found.interval


@settings(max_examples=40, deadline=None)
@given(VALUES)
def test_no_other_tau_squared_is_likelier(rows: list[tuple[float, float]]) -> None:
    import numpy as np

    from citywatch.uncertainty.meta import pooling

    y, v = np.array([y for y, _ in rows]), np.array([s * s for _, s in rows])
    best = pooling._likelihood(y, v, pooling.reml(y, v))
    for other in np.concatenate([[0.0], np.geomspace(1e-5, 10, 60)]):
        assert pooling._likelihood(y, v, float(other)) <= best + 1e-7
