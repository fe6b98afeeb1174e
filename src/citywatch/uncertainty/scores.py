"""Which of two models foretells a country that it has not seen? Leave-one-country-out log scores, paired."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citywatch.errors import InputError
from citywatch.uncertainty.bootstrap import country_draws
from citywatch.uncertainty.glm import FIRTH, LOGIT, Batch, Design, Matrix, Penalty, fit
from citywatch.uncertainty.interval import DEFAULT_LEVEL, Interval

EQUIVALENT, FIRST, SECOND, UNSETTLED = "equivalent", "first", "second", "unsettled"
BOOTSTRAP = "country_bootstrap"


@dataclass(frozen=True, slots=True)
class ScoreDifference:
    """Log score of a first model minus that of a second, summed over countries.

    Attributes:
        first: Summed log score of the first model, 0 or below; nearer to 0 is better.
        second: The same of the second.
        difference: First minus second; positive where the first foretells better.
        interval: Percentile interval of a bootstrap over countries.
        margin: Differences within plus and minus this count as equal; declared beforehand.
        verdict: ``equivalent`` only where the whole interval lies within the margin; ``first`` or ``second`` where it
            lies on one side of 0; else ``unsettled``.
    """

    first: float
    second: float
    difference: float
    interval: Interval
    margin: float
    verdict: str


def left_out_scores(columns: Matrix, outcome: Matrix, penalty: Penalty = FIRTH) -> Matrix:
    """Log score of each country under the model fitted to all others.

    Firth's penalty pulls expected shares towards a half; the constant is fitted anew without it, so that the expected
    number of events is the observed one.

    Args:
        columns: Countries x coefficients, the constant first.
        outcome: 0 or 1 for each country.
        penalty: Penalty of the fits.

    Returns:
        Logarithm of the probability that the model gave to what happened, one per country.

    Source: Puhr et al. (2017), Statistics in Medicine 36 (FLIC); Gneiting and Raftery (2007), JASA 102, log score.
    """
    size = len(outcome)
    weights = 1.0 - np.eye(size)
    outcomes = np.broadcast_to(outcome, (size, size))
    found = fit(Batch(Design(columns), outcomes, weights=weights, penalty=penalty))
    rest = found.coefficients[:, 1:] @ columns[:, 1:].T
    constant = fit(Batch(Design(np.ones((size, 1))), outcomes, weights=weights, offset=rest)).coefficients
    linear = np.diagonal(constant + rest)
    return np.asarray(LOGIT.log_likelihood(np.asarray(outcome, dtype="float64"), linear))


def score_difference(
    first: Matrix, second: Matrix, *, margin: float, draws: int, seed: int, level: float = DEFAULT_LEVEL
) -> ScoreDifference:
    """Compare two models by their scores of the same countries.

    Args:
        first: Scores of the first model, one per country.
        second: Scores of the second, in the same order.
        margin: Largest difference of the sums that counts as none; positive.
        draws: Draws of the bootstrap.
        seed: Seed of the draws.
        level: Two-sided coverage.

    Raises:
        InputError: If the margin is not positive or the scores do not pair.
    """
    if not margin > 0:
        raise InputError(f"equivalence margin {margin!r}: expected a positive number, declared beforehand")
    if first.shape != second.shape:
        raise InputError(f"scores: expected one pair per country; found {first.shape} and {second.shape}")
    gaps = first - second
    drawn = country_draws(len(gaps), draws, seed) @ gaps
    tail = 100 * (1 - level) / 2
    low, high = (float(end) for end in np.percentile(drawn, [tail, 100 - tail]))
    interval = Interval(low, high, level, BOOTSTRAP)
    return ScoreDifference(
        float(first.sum()), float(second.sum()), float(gaps.sum()), interval, margin, verdict_of(interval, margin)
    )


def verdict_of(interval: Interval, margin: float) -> str:
    """The word for an interval of a difference: equivalence first, for it is the stronger claim.

    Args:
        interval: Interval of first minus second.
        margin: The equivalence margin.
    """
    if -margin < interval.low and interval.high < margin:
        return EQUIVALENT
    if interval.low > 0:
        return FIRST
    return SECOND if interval.high < 0 else UNSETTLED
