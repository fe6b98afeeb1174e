"""Permutation tests: how often does chance alone give as much?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from citywatch.errors import InputError
from citywatch.uncertainty.glm import Matrix


def orders(countries: int, draws: int, seed: int, first: int = 0) -> NDArray[np.int64]:
    """Random orders of countries; draw k is the same whatever else is drawn, so that a test can be resumed.

    Args:
        countries: How many there are.
        draws: Orders wanted.
        seed: Seed of the test.
        first: Number of the first draw.

    Returns:
        Draws x countries.
    """
    made = [
        np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, number]))).permutation(countries)
        for number in range(first, first + draws)
    ]
    return np.array(made, dtype="int64").reshape(draws, countries)


def permutation_p(observed: float, drawn: Matrix) -> float:
    """Two-sided p-value; the observed order counts as one of the draws, so that it is never 0.

    Args:
        observed: Statistic as observed.
        drawn: Statistic in every draw.

    Raises:
        InputError: If there is no draw.

    Source: Phipson and Smyth (2010), Stat. Appl. Genet. Mol. Biol. 9, eq. 1.
    """
    if not len(drawn):
        raise InputError("permutation test: expected at least one draw; found none")
    slack = 1e-9 * max(1.0, abs(observed))
    return float((1 + (np.abs(drawn) >= abs(observed) - slack).sum()) / (1 + len(drawn)))


def residuals(columns: Matrix, values: Matrix) -> Matrix:
    """What least squares leaves of values after the columns.

    Args:
        columns: Countries x coefficients.
        values: Countries, or countries x any number.
    """
    solution, *_ = np.linalg.lstsq(columns, values, rcond=None)
    return np.asarray(values - columns @ solution)


def freedman_lane(rest: Matrix, focal: Matrix, outcome: Matrix, shuffled: NDArray[np.int64]) -> tuple[float, Matrix]:
    """Student's t of one focal column beside others, as observed and with the residuals of the others permuted.

    Args:
        rest: Other columns, the constant first, countries x coefficients.
        focal: The focal column.
        outcome: The outcome.
        shuffled: Orders, draws x countries.

    Returns:
        t as observed, and in every draw.

    Source: Freedman and Lane (1983), J. Business and Economic Statistics 1; Winkler et al. (2014), NeuroImage 92.
    """
    left = residuals(rest, outcome)
    pure = residuals(rest, focal)
    worlds = np.vstack([left, left[shuffled]])
    base = worlds - (worlds @ _orthonormal(rest)) @ _orthonormal(rest).T
    power = float(pure @ pure)
    slope = base @ pure / power
    error = ((base - slope[:, None] * pure) ** 2).sum(axis=1) / (len(outcome) - rest.shape[1] - 1)
    t = slope / np.sqrt(np.maximum(error, 1e-300) / power)
    return float(t[0]), t[1:]


def _orthonormal(columns: Matrix) -> Matrix:
    basis, _ = np.linalg.qr(columns)
    return np.asarray(basis)
