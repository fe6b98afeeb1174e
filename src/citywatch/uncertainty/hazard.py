"""Time to a first event by the year: a logit of the hazard over country-years, with years that are not known imputed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from citywatch.errors import NoDataError
from citywatch.uncertainty.glm import FIRTH, Batch, Design, Matrix, fit
from citywatch.uncertainty.imputation import Pooled, pool

Years = NDArray[np.int64]
NEVER = 9999


@dataclass(frozen=True)
class Hazard:
    """A fitted hazard.

    Attributes:
        names: Columns, the constant and the curve of time first.
        pooled: Coefficient of each column over all completed data sets.
        country_years: Country-years at risk, mean over the data sets.
        events: First events, mean over the data sets.
    """

    names: tuple[str, ...]
    pooled: tuple[Pooled, ...]
    country_years: float
    events: float


def time_columns(years: Sequence[int]) -> Matrix:
    """A straight line and a bend in time, centred and in decades; the baseline of the hazard.

    Args:
        years: Years at risk.
    """
    middle = (min(years) + max(years)) / 2
    decades = (np.asarray(years, dtype="float64") - middle) / 10
    return np.column_stack([decades, decades**2])


def fit_hazard(
    cube: Matrix,
    at_risk: NDArray[np.bool_],
    first: Years,
    years: Sequence[int],
    names: Sequence[str],
) -> Hazard:
    """Logit of the yearly hazard with Firth's penalty, pooled over completed data sets.

    Args:
        cube: Countries x years x columns; the value that holds at the start of the year.
        at_risk: Countries x years: whether the country is there and its columns are known.
        first: Year of the first event in every completed data set, data sets x countries; ``NEVER`` for none.
        years: Years at risk, in order.
        names: One for each column.

    Raises:
        NoDataError: If no country has an event in these years.

    Source: Allison (1982), Sociological Methodology 13; Rubin (1987) for the pooling.
    """
    countries, spans, size = cube.shape
    flat = cube.reshape(countries * spans, size)
    here = at_risk.reshape(-1)
    grid = np.broadcast_to(np.asarray(years), (countries, spans)).reshape(-1)
    who = np.repeat(np.arange(countries), spans)
    columns = np.column_stack([np.ones(here.sum()), np.tile(time_columns(years), (countries, 1))[here], flat[here]])
    until = first[:, who[here]]
    weights = (grid[here] <= until).astype("float64")
    outcomes = (grid[here] == until).astype("float64")
    if not outcomes.sum(axis=1).all():
        raise NoDataError(f"hazard: expected a first agreement between {years[0]} and {years[-1]}; found none")
    found = fit(Batch(Design(columns), outcomes, weights=weights, penalty=FIRTH))
    variances = np.diagonal(found.covariance, axis1=1, axis2=2)
    freedom = float(countries - columns.shape[1])
    pooled = tuple(pool(found.coefficients[:, at], variances[:, at], freedom) for at in range(columns.shape[1]))
    return Hazard(
        ("constant", "time", "time squared", *names),
        pooled,
        float(weights.sum(axis=1).mean()),
        float(outcomes.sum(axis=1).mean()),
    )


def impute_years(earliest: Years, latest: Years, known: Years, sets: int, seed: int) -> Years:
    """A year for every row in every completed data set.

    A row known to the year keeps it. Another gets the year of a row drawn at random from those known, among the years
    that its own bounds allow; where none is known inside the bounds, any year of them. Each data set first draws the
    known rows with replacement, so that the doubt about their spread counts too.

    Args:
        earliest: First year that each row allows.
        latest: Last year that each row allows; equal to ``earliest`` where the year is known.
        known: Years of the rows that are known, any number.
        sets: Completed data sets.
        seed: Seed of the draws.

    Returns:
        Data sets x rows.

    Source: Rubin and Schenker (1986), JASA 81, the approximate Bayesian bootstrap.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    filled = np.broadcast_to(earliest, (sets, len(earliest))).copy()
    open_rows = np.flatnonzero(earliest < latest)
    for number in range(sets):
        pool_of = generator.choice(known, size=len(known)) if len(known) else known
        for row in open_rows:
            inside = pool_of[(pool_of >= earliest[row]) & (pool_of <= latest[row])]
            choices = inside if len(inside) else np.arange(earliest[row], latest[row] + 1)
            filled[number, row] = generator.choice(choices)
    return filled
