"""Meta-analysis of effects on the log rate ratio: random effects by REML, three levels, conversion to a city.

statsmodels has the DerSimonian-Laird and Paule-Mandel estimators and the Hartung-Knapp variance at its own tau squared, but
no REML, no interval of tau squared, no prediction interval, no small-study test and no third level, and its import costs
four seconds; so the estimators are here and the tests compare them with statsmodels and with metafor's printed results.
"""

from citywatch.uncertainty.meta.effects import (
    Effect,
    city_wide,
    effect_from_coefficient,
    effect_from_counts,
    effect_from_interval,
    one_per_study,
    percent_change,
)
from citywatch.uncertainty.meta.pooling import (
    FEWEST_FOR_PREDICTION,
    FEWEST_FOR_SMALL_STUDIES,
    FEWEST_STUDIES,
    Placement,
    Pooled,
    Refusal,
    SmallStudies,
    place,
    pool,
    small_study_test,
)
from citywatch.uncertainty.meta.three_level import ThreeLevel, pool_three_level

__all__ = [
    "FEWEST_FOR_PREDICTION",
    "FEWEST_FOR_SMALL_STUDIES",
    "FEWEST_STUDIES",
    "Effect",
    "Placement",
    "Pooled",
    "Refusal",
    "SmallStudies",
    "ThreeLevel",
    "city_wide",
    "effect_from_coefficient",
    "effect_from_counts",
    "effect_from_interval",
    "one_per_study",
    "percent_change",
    "place",
    "pool",
    "pool_three_level",
    "small_study_test",
]
