"""The estimators give what other implementations have published, and what statsmodels gives where models coincide."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm

from citywatch.uncertainty.firth import penalised_logit
from citywatch.uncertainty.glm import FIRTH, LOG, Batch, Design, Matrix, Penalty, fit
from citywatch.uncertainty.negative_binomial import count_ends, fit_counts
from citywatch.uncertainty.profile import profile_ends
from citywatch.uncertainty.robust import robust_covariance

DATA = Path(__file__).parent / "data" / "endometrial.csv"
# logistf 1.24 on the endometrial cancer data of Heinze and Schemper (2002), Statistics in Medicine 21, table IV:
# logistf(HG ~ NV + PI + EH); digits as kept by the tests of firthlogist, which compares itself with logistf.
LOGISTF = {
    "constant": (3.77455951, 1.0825371, 7.20928050),
    "NV": (2.92927330, 0.6097244, 7.85463171),
    "PI": (-0.03475175, -0.1244587, 0.04045547),
    "EH": (-2.60416387, -4.3651832, -1.23272106),
}


def endometrial() -> tuple[Matrix, Matrix]:
    with DATA.open(encoding="utf-8") as lines:
        rows = [[float(cell) for cell in row] for row in list(csv.reader(lines))[1:]]
    table = np.array(rows)
    return np.column_stack([np.ones(len(table)), table[:, :3]]), table[:, 3]


def simulated(seed: int = 5, countries: int = 194) -> Matrix:
    generator = np.random.default_rng(seed)
    return np.column_stack([np.ones(countries), generator.standard_normal((countries, 3))])


def test_firth_and_profile_intervals_are_those_of_logistf() -> None:
    columns, outcome = endometrial()
    found = penalised_logit(columns, outcome, list(LOGISTF))
    for slope in found.slopes:
        estimate, low, high = LOGISTF[slope.name]
        assert slope.estimate == pytest.approx(estimate, rel=1e-6)
        assert slope.interval.low == pytest.approx(low, rel=2e-6)
        assert slope.interval.high == pytest.approx(high, rel=2e-6)
        assert not slope.interval.note


def test_the_separated_column_is_named() -> None:
    columns, outcome = endometrial()
    assert penalised_logit(columns, outcome, list(LOGISTF)).separated == ("NV",)


def test_logit_without_penalty_is_that_of_statsmodels() -> None:
    columns = simulated()
    chance = 1 / (1 + np.exp(1 - columns[:, 1]))
    outcome = (np.random.default_rng(6).random(len(columns)) < chance).astype("float64")
    theirs = sm.Logit(outcome, columns).fit(disp=0)
    ours = fit(Batch(Design(columns), outcome[None, :]))
    assert ours.coefficients[0] == pytest.approx(theirs.params, rel=1e-6)
    assert np.sqrt(np.diag(ours.covariance[0])) == pytest.approx(theirs.bse, rel=1e-6)
    effects = theirs.get_margeff()
    mine = penalised_logit(columns, outcome, ["c", "a", "b", "d"], penalty=Penalty())
    assert [one.estimate for one in mine.effects] == pytest.approx(list(effects.margeff), rel=1e-6)
    widths = [(one.interval.high - one.interval.low) / (2 * 1.959963984540054) for one in mine.effects]
    assert widths == pytest.approx(list(effects.margeff_se), rel=1e-5)


def test_a_log_f_prior_is_the_same_as_its_added_records() -> None:
    """Greenland and Mansournia (2015): log-F(m, m) is m/2 successes and m/2 failures in a row of that column alone."""
    columns, outcome = endometrial()
    scaled = columns / np.array([1, 1, 10, 1])
    ours = fit(Batch(Design(scaled), outcome[None, :], penalty=Penalty(log_f=2.0)))
    added = np.vstack([scaled, np.eye(4)[1:], np.eye(4)[1:]])
    response = np.concatenate([outcome, np.ones(3), np.zeros(3)])
    theirs = sm.Logit(response, added).fit(disp=0)
    assert ours.coefficients[0] == pytest.approx(theirs.params, rel=1e-6)


def test_negative_binomial_is_that_of_statsmodels() -> None:
    columns = simulated()
    means = np.exp(-0.5 + 0.6 * columns[:, 1])
    generator = np.random.default_rng(7)
    counts = generator.negative_binomial(0.8, 0.8 / (0.8 + means)).astype("float64")
    theirs = sm.NegativeBinomial(counts, columns).fit(disp=0, maxiter=2000, gtol=1e-10)
    batch = Batch(Design(columns), counts[None, :])
    ours = fit_counts(batch)
    assert ours.converged.all()
    assert ours.coefficients[0] == pytest.approx(theirs.params[:-1], abs=2e-5)
    assert ours.dispersion[0] == pytest.approx(theirs.params[-1], rel=1e-4)
    assert ours.objective[0] == pytest.approx(theirs.llf, rel=1e-8)
    low, high = count_ends(batch, ours, 1)
    held = np.array([False, True, False, False])
    for end in (low, high):
        start = ours.coefficients.copy()
        start[:, 1] = end
        fall = 2 * (ours.objective - fit_counts(batch, start, held).objective)
        assert fall[0] == pytest.approx(3.841458820694124, rel=1e-4)


def test_robust_errors_are_those_of_least_squares_theory() -> None:
    """One yes-or-no column in a log-linear model: HC3 is the binomial variance of each cell over (1 - 1/n) squared."""
    inside = np.repeat([1.0, 0.0], [60, 134])
    outcome = np.concatenate([np.repeat([1.0, 0.0], [20, 40]), np.repeat([1.0, 0.0], [27, 107])])
    batch = Batch(Design(np.column_stack([np.ones(194), inside])), outcome[None, :], LOG)
    found = fit(batch)
    assert np.exp(found.coefficients[0, 1]) == pytest.approx((20 / 60) / (27 / 134), rel=1e-9)
    expected = sum((1 - p) / (n * p) / (1 - 1 / n) ** 2 for n, p in ((60, 1 / 3), (134, 27 / 134)))
    assert robust_covariance(batch, found)[0, 1, 1] == pytest.approx(expected, rel=1e-8)


def test_a_poisson_profile_is_that_of_the_likelihood() -> None:
    columns = simulated()
    counts = np.random.default_rng(8).poisson(np.exp(-1 + 0.4 * columns[:, 2])).astype("float64")
    batch = Batch(Design(columns), counts[None, :], LOG)
    found = fit(batch)
    theirs = sm.Poisson(counts, columns).fit(disp=0)
    assert found.coefficients[0] == pytest.approx(theirs.params, rel=1e-6)
    low, high = profile_ends(batch, found, 2)
    offset = columns[:, 2] * high[0]
    held = sm.Poisson(counts, np.delete(columns, 2, axis=1), offset=offset).fit(disp=0)
    assert 2 * (theirs.llf - held.llf) == pytest.approx(3.841458820694124, rel=1e-4)
    assert low[0] < theirs.params[2] < high[0]


def test_firth_for_counts_adds_half_a_count_to_a_cell() -> None:
    """Jeffreys' prior of a Poisson mean: (y + 1/2) / n in a model with one mean."""
    counts = np.array([[0.0] * 10])
    found = fit(Batch(Design(np.ones((10, 1))), counts, LOG, penalty=FIRTH))
    assert np.exp(found.coefficients[0, 0]) == pytest.approx(0.05, rel=1e-6)
