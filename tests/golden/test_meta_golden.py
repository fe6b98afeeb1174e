"""Meta-analysis against metafor's printed results, and against statsmodels.

Numbers are from metafor's README and test suite (github.com/wviechtb/metafor), data from metadat's data-raw.
"""

from __future__ import annotations

from math import exp, log, sqrt
from pathlib import Path

import numpy as np
import pytest
from statsmodels.stats.meta_analysis import combine_effects

from citywatch.uncertainty import meta

HERE = Path(__file__).parent


def bcg() -> list[meta.Effect]:
    """Log risk ratios of the 13 trials of Colditz and others (1994)."""
    rows = np.loadtxt(HERE / "bcg.csv", delimiter=",", skiprows=1)
    effects = []
    for trial, a, b, c, d in rows:
        error = sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))
        effects.append(
            meta.Effect(f"bcg-{trial:02.0f}", f"trial-{trial:02.0f}", log(a / (a + b) / (c / (c + d))), error)
        )
    return effects


def konstantopoulos() -> list[meta.Effect]:
    """56 effects of 11 school districts."""
    rows = np.loadtxt(HERE / "konstantopoulos2011.csv", delimiter=",", skiprows=1)
    return [meta.Effect(f"{study:.0f}", f"{district:.0f}", y, sqrt(v)) for district, study, y, v in rows]


def printed(value: float, digits: int = 4) -> float:
    return round(value, digits)


def test_bcg_as_metafor_prints_it() -> None:
    found = meta.pool(bcg())
    assert found.studies == 13
    assert printed(found.estimate) == -0.7145
    assert printed(found.plain_standard_error) == 0.1798
    assert (printed(found.tau2), printed(found.tau2_error)) == (0.3132, 0.1664)
    assert (printed(found.i2, 2), printed(found.h2, 2), printed(found.q)) == (92.22, 12.86, 152.2330)
    assert found.q_p < 1e-4


def test_bcg_hartung_knapp_as_metafor_prints_it() -> None:
    found = meta.pool(bcg())
    assert (printed(found.standard_error), printed(found.p)) == (0.1808, 0.0019)
    assert printed(found.estimate / found.standard_error) == -3.9522
    assert (printed(found.interval.low), printed(found.interval.high)) == (-1.1084, -0.3206)


def test_bcg_prediction_interval_as_metafor_prints_it() -> None:
    found = meta.pool(bcg())
    assert found.prediction is not None
    assert [printed(exp(end), 2) for end in (found.interval.low, found.interval.high)] == [0.33, 0.73]
    assert [printed(exp(end), 2) for end in (found.prediction.low, found.prediction.high)] == [0.14, 1.76]
    wider = meta.pool(bcg(), prediction_df="k-2").prediction
    assert wider is not None
    assert wider.low < found.prediction.low


def test_bcg_heterogeneity_interval_as_metafor_prints_it() -> None:
    # confint() of a DerSimonian-Laird fit; the Q-profile does not depend on the estimator
    found = meta.pool(bcg())
    assert (printed(found.tau2_interval.low), printed(found.tau2_interval.high)) == (0.1197, 1.1115)
    assert (found.i2_interval.low, found.i2_interval.high) == pytest.approx((81.9177, 97.6781), abs=5e-3)


def test_bcg_eggers_test_as_metafor_prints_it() -> None:
    tests = meta.pool(bcg()).small_studies
    assert tests is not None
    assert (printed(tests.t), tests.df, printed(tests.p)) == (-1.4013, 11, 0.1887)
    assert (printed(tests.limit), printed(tests.limit_interval.low), printed(tests.limit_interval.high)) == (
        -0.1909,
        -0.6753,
        0.2935,
    )


def test_two_levels_of_the_calendar_studies() -> None:
    alone = [
        meta.Effect(effect.id, effect.id, effect.log_rate_ratio, effect.standard_error) for effect in konstantopoulos()
    ]
    found = meta.pool(alone)
    assert (printed(found.estimate), printed(found.plain_standard_error)) == (0.1279, 0.0439)
    assert (printed(found.tau2), printed(found.tau2_error)) == (0.0884, 0.0202)
    # metafor's root finder stops at 1e-4, so its lower end prints 0.0564 where the root is 0.0565
    assert (found.tau2_interval.low, found.tau2_interval.high) == pytest.approx((0.0564, 0.1388), abs=1e-4)


def test_three_levels_of_the_calendar_studies() -> None:
    found = meta.pool_three_level(konstantopoulos())
    assert (found.studies, found.effects) == (11, 56)
    assert (found.estimate, found.standard_error) == pytest.approx((0.1847132, 0.08455592), abs=5e-7)
    assert (found.between, found.within) == pytest.approx((0.06506194, 0.03273652), abs=5e-7)
    assert printed(found.log_likelihood) == -7.9587
    assert (printed(found.between_interval.low), printed(found.between_interval.high)) == (0.0222, 0.2072)
    assert (printed(found.within_interval.low), printed(found.within_interval.high)) == (0.0163, 0.0628)


def test_statsmodels_agrees_at_the_same_tau_squared() -> None:
    effects = bcg()
    y = np.array([effect.log_rate_ratio for effect in effects])
    v = np.array([effect.standard_error**2 for effect in effects])
    theirs = combine_effects(y, v, method_re="chi2", use_t=True)
    assert meta.pool(effects).q == pytest.approx(float(theirs.q))
    from citywatch.uncertainty.meta import pooling

    assert pooling._dersimonian_laird(y, v) == pytest.approx(float(theirs.tau2))
