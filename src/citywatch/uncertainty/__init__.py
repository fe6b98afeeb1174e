"""Intervals, estimators and how they are written: bootstrap over countries, exact, score and profile intervals."""

from citywatch.uncertainty.bootstrap import (
    Resampled,
    bootstrap_ratio,
    bootstrap_share,
    country_draws,
    difference_intervals,
    draw_totals,
    ratio_intervals,
    resample_share,
    share_intervals,
)
from citywatch.uncertainty.finite import RecallBound, most_in_population, recall_bound, spent_alpha
from citywatch.uncertainty.format import (
    percent,
    percent_range,
    plain,
    points,
    points_range,
    round_half_up,
    times,
    times_range,
)
from citywatch.uncertainty.interval import Interval
from citywatch.uncertainty.proportions import (
    clopper_pearson_interval,
    kish_effective_number,
    newcombe_interval,
    wilson_interval,
)

__all__ = [
    "Interval",
    "RecallBound",
    "Resampled",
    "bootstrap_ratio",
    "bootstrap_share",
    "clopper_pearson_interval",
    "country_draws",
    "difference_intervals",
    "draw_totals",
    "kish_effective_number",
    "most_in_population",
    "newcombe_interval",
    "percent",
    "percent_range",
    "plain",
    "points",
    "points_range",
    "ratio_intervals",
    "recall_bound",
    "resample_share",
    "round_half_up",
    "share_intervals",
    "spent_alpha",
    "times",
    "times_range",
    "wilson_interval",
]
