"""How far probabilities can be believed: Brier score and reliability, stated for a prevalence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from citywatch.errors import InputError, NoDataError
from citywatch.screening.ranking import shift_prior
from citywatch.uncertainty import Interval, wilson_interval

BANDS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_DRAWS, _SEED, _LEVEL, _BALANCE = 2000, 7, 0.95, 0.5
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Band:
    """Candidates whose probability lies between two ends.

    Attributes:
        low: Lower end of the band, 0 to 1, at the prevalence of the calibration.
        high: Upper end.
        n: Judged candidates in it.
        mean: Mean probability; what the share should be.
        share: Share of relevant ones that was seen, corrected for prevalence.
        interval: Of that share.
    """

    low: float
    high: float
    n: int
    mean: float
    share: float
    interval: Interval

    @property
    def is_kept(self) -> bool:
        """Whether the mean probability lies in the interval of the share."""
        return self.mean in self.interval


@dataclass(frozen=True, slots=True)
class Calibration:
    """What judged candidates say of the probabilities.

    Attributes:
        n: Judged candidates.
        relevant: Relevant among them.
        prevalence: For which everything is stated, 0 to 1.
        sampled: Prevalence among the judged.
        brier: Mean squared difference of probability and truth, 0 (perfect) to 1.
        brier_interval: Its percentile interval over candidates drawn again.
        brier_base: Brier score of always saying the prevalence: ``p (1 - p)``.
        bands: Bands that hold a candidate.
    """

    n: int
    relevant: int
    prevalence: float
    sampled: float
    brier: float
    brier_interval: Interval
    brier_base: float
    bands: tuple[Band, ...]


def calibrate(
    probabilities: Sequence[float], is_relevant: Sequence[bool], stated: float, prevalence: float | None = None
) -> Calibration:
    """Compare probabilities with judgements.

    The judged must be a random sample, or two random samples (of relevant and of other ones) if a prevalence is given:
    then each side is weighted to its share in a pile of that prevalence, and probabilities are shifted to it.

    Args:
        probabilities: Of the judged, 0 to 1, at the prevalence ``stated``.
        is_relevant: What people judged, in the same order.
        stated: Prevalence at which the probabilities are stated, strictly between 0 and 1.
        prevalence: For which to state the calibration; the share among the judged when None, and then nothing is
            weighted and nothing shifted.

    Raises:
        NoDataError: If nothing was judged, or a side is missing where a prevalence is given.
        InputError: If the two do not fit together, or a probability is not between 0 and 1.
        SettingError: If a prevalence is not strictly between 0 and 1.

    Source: Brier (1950), Monthly Weather Review 78; weights and shift: Saerens, Latinne, Decaestecker (2002), Neural
    Computation 14; interval of a share: Wilson (1927), its ends shifted as the share is.
    """
    given, truth = np.asarray(probabilities, dtype="float64"), np.asarray(is_relevant, dtype="float64")
    if given.shape != truth.shape or given.ndim != 1:
        raise InputError(f"{given.size} probabilities and {truth.size} judgements: expected as many")
    if not given.size:
        raise NoDataError("calibration: no candidate was judged at random; there is nothing to compare with")
    if not ((given >= 0) & (given <= 1)).all():
        raise InputError("probabilities: expected numbers from 0 to 1")
    sampled = float(truth.mean())
    if prevalence is not None and sampled in (0.0, 1.0):
        side = "relevant" if sampled == 0 else "other"
        raise NoDataError(f"calibration for a prevalence of {prevalence:g}: no {side} candidate was judged")
    target = sampled if prevalence is None else prevalence
    shifted = given if prevalence is None else np.array([shift_prior(float(one), stated, prevalence) for one in given])
    brier = _brier(shifted, truth, prevalence)
    return Calibration(
        int(truth.size), int(truth.sum()), target, sampled, brier, _brier_interval(shifted, truth, prevalence).flagged(brier),
        target * (1 - target), tuple(_bands(given, shifted, truth, stated, prevalence)),
    )  # fmt: skip


def _brier(shifted: Array, truth: Array, prevalence: float | None) -> float:
    """Brier score; with a prevalence, each side weighs as much as in a pile of that prevalence."""
    error = (shifted - truth) ** 2
    if prevalence is None:
        return float(error.mean())
    yes = truth == 1
    return float(prevalence * error[yes].mean() + (1 - prevalence) * error[~yes].mean())


def _brier_interval(shifted: Array, truth: Array, prevalence: float | None) -> Interval:
    """Percentiles over candidates drawn again; with a prevalence, each side is drawn by itself."""
    rng = np.random.Generator(np.random.PCG64(_SEED))
    error = (shifted - truth) ** 2
    if prevalence is None:
        scores = _means(error, rng)
    else:
        yes = truth == 1
        scores = prevalence * _means(error[yes], rng) + (1 - prevalence) * _means(error[~yes], rng)
    low, high = np.quantile(scores, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    few = "fewer than 10 candidates on a side" if min(truth.sum(), (1 - truth).sum()) < 10 else ""
    return Interval(float(low), float(high), _LEVEL, "bootstrap", few)


def _means(values: Array, rng: np.random.Generator) -> Array:
    picked = rng.integers(0, values.size, size=(_DRAWS, values.size))
    return np.asarray(values[picked].mean(axis=1), dtype="float64")


def _bands(given: Array, shifted: Array, truth: Array, stated: float, prevalence: float | None) -> list[Band]:
    """Bands of the probability at balance (a prevalence of one half); ends are shown as probabilities are.

    Bands at balance hold the same candidates whatever prevalence is asked for.
    """
    sampled = float(truth.mean())
    shown = stated if prevalence is None else prevalence
    balanced = np.array([shift_prior(float(one), stated, _BALANCE) for one in given])

    def share_of(share: float) -> float:
        return share if prevalence is None else shift_prior(share, sampled, prevalence)

    found = []
    for low, high in pairwise(BANDS):
        inside = (balanced >= low) & ((balanced < high) | (high == BANDS[-1]))
        n, hits = int(inside.sum()), int(truth[inside].sum())
        if not n:
            continue
        raw = wilson_interval(hits, n, _LEVEL)
        interval = Interval(share_of(raw.low), share_of(raw.high), _LEVEL, "wilson", raw.note)
        ends = shift_prior(low, _BALANCE, shown), shift_prior(high, _BALANCE, shown)
        found.append(Band(*ends, n, float(shifted[inside].mean()), share_of(hits / n), interval))
    return found
