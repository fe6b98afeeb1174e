"""Separation: does some combination of columns tell the two outcomes apart, so that maximum likelihood has no end?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from citywatch.uncertainty.glm import Matrix

_EDGE = 1e-6


def separated_by(columns: Matrix, outcome: Matrix, names: Sequence[str]) -> tuple[str, ...]:
    """Names of the columns whose maximum-likelihood coefficient is infinite; empty where there is none.

    A linear programme looks for a direction that no country contradicts: ``x'b >= 0`` where the outcome is 1 and
    ``x'b <= 0`` where it is 0, with every coefficient between -1 and 1. Its non-zero coefficients are infinite.

    Args:
        columns: Countries x coefficients, the constant first.
        outcome: 0 or 1 for each country.
        names: One for each column.

    Source: Konis (2007), Linear programming algorithms for detecting separated data, chapter 4.
    """
    from scipy.optimize import linprog

    signed = np.where(outcome > 0, 1.0, -1.0)[:, None] * columns
    found = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=(-1, 1), method="highs")
    return tuple(name for name, slope in zip(names, np.asarray(found.x), strict=True) if abs(slope) > _EDGE)
