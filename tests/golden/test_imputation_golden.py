"""Rubin's rules by hand and against another implementation."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import t
from statsmodels.imputation.bayes_mi import MI
from statsmodels.regression.linear_model import OLS

from citywatch.errors import InputError
from citywatch.uncertainty.imputation import pool


def test_by_hand() -> None:
    """Estimates 1, 2, 3 with variances 4, 5, 6: within 5, between 1, total 5 + 4/3, freedom 2 (1 + 5 / (4/3))^2."""
    found = pool([1, 2, 3], [4, 5, 6])
    assert found.estimate == 2
    assert found.within == 5
    assert found.between == 1
    assert found.total == pytest.approx(5 + 4 / 3)
    assert found.freedom == pytest.approx(2 * (1 + 15 / 4) ** 2)
    half = t.ppf(0.975, found.freedom) * found.total**0.5
    assert found.interval().high == pytest.approx(2 + half)
    assert found.interval().low == pytest.approx(2 - half)


class Completed:
    """Completed data sets as statsmodels' MI asks for them."""

    def __init__(self, responses: list[NDArray[np.float64]], design: NDArray[np.float64]) -> None:
        self.responses, self.design, self.made = responses, design, 0

    def update(self) -> None:
        self.data = self.responses[self.made], self.design
        self.made += 1


def test_agrees_with_statsmodels() -> None:
    """MI.fit of statsmodels on five completed data sets: the same estimate and total variance."""
    generator = np.random.default_rng(3)
    design = np.column_stack([np.ones(60), generator.normal(size=60)])
    responses = [design @ [1.0, 0.5] + generator.normal(size=60) for _ in range(5)]
    fitted = [OLS(response, design).fit() for response in responses]
    found = pool([one.params[1] for one in fitted], [one.cov_params()[1, 1] for one in fitted])
    theirs = MI(Completed(responses, design), OLS, burn=0, nrep=5, skip=0, model_args_fn=_whole).fit()
    assert found.estimate == pytest.approx(theirs.params[1])
    assert found.total == pytest.approx(theirs.cov_params()[1, 1])


def _whole(held: tuple[NDArray[np.float64], NDArray[np.float64]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return held


def test_refusals() -> None:
    for estimates, variances in (
        ([1.0], [1.0]),
        ([1.0, 2.0], [1.0]),
        ([1.0, float("nan")], [1.0, 1.0]),
        ([1, 2], [1, -1]),
    ):
        with pytest.raises(InputError):
            pool(estimates, variances)


def test_imputations_that_agree_add_nothing() -> None:
    found = pool([2.0, 2.0], [1.0, 1.0])
    assert found.total == found.within == 1
    assert found.interval().high == pytest.approx(2 + 1.959964, abs=1e-5)
