"""Estimators on data whose answer is known, and their refusals."""

from __future__ import annotations

import numpy as np
import pytest

from citywatch.errors import InputError, NoDataError
from citywatch.uncertainty.dominance import general_dominance
from citywatch.uncertainty.firth import penalised_logit
from citywatch.uncertainty.glm import FIRTH, Batch, Design, Matrix, Penalty, fit
from citywatch.uncertainty.hazard import NEVER, fit_hazard, impute_years
from citywatch.uncertainty.imputation import pool
from citywatch.uncertainty.margins import standardised_ratio
from citywatch.uncertainty.permutation import freedman_lane, orders, permutation_p
from citywatch.uncertainty.robust import cluster_jackknife
from citywatch.uncertainty.scores import EQUIVALENT, FIRST, UNSETTLED, left_out_scores, score_difference

GENERATOR = np.random.default_rng(11)
ONE = np.ones(194)


def world(slope: float, seed: int) -> tuple[Matrix, Matrix]:
    generator = np.random.default_rng(seed)
    column = generator.standard_normal(194)
    chance = 1 / (1 + np.exp(1.2 - slope * column))
    return column, (generator.random(194) < chance).astype("float64")


def test_a_batch_is_the_same_as_one_by_one() -> None:
    column, outcome = world(1.0, 1)
    other = world(0.0, 2)[1]
    design = Design(np.column_stack([ONE, column]))
    both = fit(Batch(design, np.vstack([outcome, other]), penalty=FIRTH))
    alone = fit(Batch(design, other[None, :], penalty=FIRTH))
    assert both.coefficients[1] == pytest.approx(alone.coefficients[0], abs=1e-8)


def test_order_of_rows_does_not_matter() -> None:
    column, outcome = world(1.0, 3)
    columns = np.column_stack([ONE, column])
    turned = np.random.default_rng(4).permutation(194)
    first = penalised_logit(columns, outcome, ["c", "x"])
    second = penalised_logit(columns[turned], outcome[turned], ["c", "x"])
    assert first.slopes[1].estimate == pytest.approx(second.slopes[1].estimate, rel=1e-8)
    assert first.slopes[1].interval.high == pytest.approx(second.slopes[1].interval.high, rel=1e-6)


@pytest.mark.parametrize("penalty", [FIRTH, Penalty(log_f=2.0)])
def test_a_separated_outcome_gives_finite_numbers(penalty: Penalty) -> None:
    column = np.repeat([1.0, 0.0], [20, 174])
    found = penalised_logit(np.column_stack([ONE, column]), column, ["c", "x"], penalty=penalty)
    assert found.separated == ("c", "x")
    assert 3 < found.slopes[1].estimate < 20
    assert found.slopes[1].interval.low > 0


def test_constant_and_repeated_columns_are_refused_by_name() -> None:
    column, outcome = world(1.0, 5)
    with pytest.raises(InputError, match="region"):
        penalised_logit(np.column_stack([ONE, column, ONE]), outcome, ["c", "x", "region"])
    with pytest.raises(InputError, match="follows from the others"):
        penalised_logit(np.column_stack([ONE, column, 2 * column]), outcome, ["c", "x", "y"])
    with pytest.raises(InputError, match="missing value"):
        fit(Batch(Design(np.column_stack([ONE, np.full(194, np.nan)])), outcome[None, :]))
    with pytest.raises(NoDataError, match="both outcomes"):
        penalised_logit(np.column_stack([ONE, column]), 0 * outcome, ["c", "x"])


def test_a_standardised_ratio_without_covariates_is_the_ratio_of_risks() -> None:
    inside = np.repeat([1.0, 0.0], [60, 134])
    outcome = np.concatenate([np.repeat([1.0, 0.0], [20, 40]), np.repeat([1.0, 0.0], [27, 107])])
    batch = Batch(Design(np.column_stack([ONE, inside])), outcome[None, :])
    value, error = standardised_ratio(batch, fit(batch), 1)
    assert np.exp(value[0]) == pytest.approx((20 / 60) / (27 / 134))
    assert error[0] == pytest.approx(np.sqrt(1 / 20 - 1 / 60 + 1 / 27 - 1 / 134))


def test_dominance_adds_up_and_finds_the_strong_block() -> None:
    column, outcome = world(2.0, 6)
    blocks = {"strong": column[:, None], "noise": GENERATOR.standard_normal((194, 2))}
    found = general_dominance(blocks, outcome, draws=100, seed=1)
    assert sum(one.share for one in found.blocks) == pytest.approx(1.0)
    assert found.blocks[0].share > 0.8
    assert found.blocks[0].rank_first > 0.95
    assert found == general_dominance(blocks, outcome, draws=100, seed=1)


def test_scores_tell_better_equal_and_unsettled() -> None:
    column, outcome = world(2.0, 7)
    noise = np.random.default_rng(8).standard_normal(194)
    strong = left_out_scores(np.column_stack([ONE, column]), outcome)
    weak = left_out_scores(np.column_stack([ONE, noise]), outcome)
    options = {"draws": 500, "seed": 1}
    assert score_difference(strong, weak, margin=3, **options).verdict == FIRST
    assert score_difference(strong, strong, margin=3, **options).verdict == EQUIVALENT
    close = left_out_scores(np.column_stack([ONE, column + noise]), outcome)
    wide = score_difference(close + 0.1 * noise, close, margin=0.5, **options)
    assert wide.verdict == UNSETTLED
    with pytest.raises(InputError, match="margin"):
        score_difference(strong, weak, margin=0, **options)


def test_the_left_out_country_plays_no_part_in_its_score() -> None:
    column, outcome = world(1.0, 9)
    columns = np.column_stack([ONE, column])
    rest = np.arange(194) != 5
    found = fit(Batch(Design(columns[rest]), outcome[rest][None, :], penalty=FIRTH))
    offset = columns[rest, 1] * found.coefficients[0, 1]
    constant = fit(Batch(Design(np.ones((193, 1))), outcome[rest][None, :], offset=offset)).coefficients[0, 0]
    linear = constant + columns[5, 1] * found.coefficients[0, 1]
    chance = 1 / (1 + np.exp(-linear))
    expected = np.log(chance if outcome[5] else 1 - chance)
    assert left_out_scores(columns, outcome)[5] == pytest.approx(expected, rel=1e-6)


def test_rubin_pools_within_and_between() -> None:
    found = pool(np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.5, 0.5]), 100)
    total = 0.5 + 4 / 3 * 1.0
    assert found.estimate == 2
    assert found.missing_share == pytest.approx((4 / 3) / total)
    assert found.interval().high - 2 > 1.96 * total**0.5
    with pytest.raises(InputError):
        pool(np.array([1.0]), np.array([1.0]), 100)


def test_imputed_years_stay_in_their_bounds_and_known_ones_stay() -> None:
    early, late = np.array([2010, 2012, 2005]), np.array([2010, 2015, 2006])
    filled = impute_years(early, late, np.array([2010, 2013, 2014, 2018]), 50, 1)
    assert (filled[:, 0] == 2010).all()
    assert set(filled[:, 1]) <= {2012, 2013, 2014, 2015}
    assert set(filled[:, 2]) <= {2005, 2006}
    assert (filled == impute_years(early, late, np.array([2010, 2013, 2014, 2018]), 50, 1)).all()


def test_a_hazard_finds_its_slope() -> None:
    generator = np.random.default_rng(12)
    years = list(range(2005, 2020))
    column = generator.standard_normal(194)
    chance = 1 / (1 + np.exp(3.5 - column))
    happens = generator.random((194, len(years))) < chance[:, None]
    first = np.where(happens.any(axis=1), 2005 + happens.argmax(axis=1), NEVER)
    cube = np.broadcast_to(column[:, None, None], (194, len(years), 1))
    found = fit_hazard(cube, np.ones((194, len(years)), dtype=bool), np.vstack([first, first]), years, ["x"])
    assert found.pooled[3].interval().low < 1.0 < found.pooled[3].interval().high
    assert found.pooled[3].missing_share == pytest.approx(0, abs=1e-9)
    assert found.events == (first != NEVER).sum()


def test_permutation_orders_do_not_depend_on_where_they_start() -> None:
    assert (orders(20, 6, 3)[4:] == orders(20, 2, 3, first=4)).all()
    assert permutation_p(5.0, np.zeros(99)) == pytest.approx(0.01)


def test_freedman_lane_is_t_of_least_squares() -> None:
    column, outcome = world(1.0, 13)
    rest = np.column_stack([ONE, np.random.default_rng(14).standard_normal(194)])
    t, drawn = freedman_lane(rest, column, outcome, orders(194, 200, 1))
    whole = np.column_stack([rest, column])
    solution, rss, *_ = np.linalg.lstsq(whole, outcome, rcond=None)
    error = np.sqrt(rss[0] / 191 * np.linalg.inv(whole.T @ whole)[2, 2])
    assert t == pytest.approx(solution[2] / error)
    assert permutation_p(t, drawn) < 0.02
    assert abs(drawn.mean()) < 0.3


def test_a_cluster_jackknife_is_leave_one_cluster_out() -> None:
    column, outcome = world(1.0, 15)
    clusters = np.arange(194) % 12
    batch = Batch(Design(np.column_stack([ONE, column])), outcome[None, :], penalty=FIRTH)
    whole, errors, freedom = cluster_jackknife(batch, clusters)
    rest = clusters != 3
    part = fit(Batch(Design(batch.design.columns[rest]), outcome[rest][None, :], penalty=FIRTH)).coefficients[0]
    assert freedom == 11
    assert errors[1] > np.sqrt(11 / 12) * abs(part[1] - whole[1])
    with pytest.raises(NoDataError, match="clusters"):
        cluster_jackknife(batch, clusters % 2)
