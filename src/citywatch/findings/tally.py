"""Rows in classes, counted by eligible country: the matrices that every interval is made from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from citywatch.findings.classes import Classes

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Tally:
    """Counts by country.

    Attributes:
        counts: Rows (or 1, by unit) of each class, countries x classes.
        totals: All rows (or 1), by country.
    """

    counts: Matrix
    totals: Matrix

    def carriers(self) -> Matrix:
        """Countries that carry each class."""
        return np.asarray((self.counts > 0).sum(axis=0))

    def others(self) -> Matrix:
        """Countries that carry rows outside each class."""
        return np.asarray((self.counts < self.totals[:, None]).sum(axis=0))


def tally(eligible: tuple[str, ...], rows: pd.DataFrame, classes: Classes, unit: str) -> Tally:
    """Count rows by country and class.

    Args:
        eligible: Eligible countries, in the order of the counts.
        rows: Counted rows; each lies in an eligible country.
        classes: The rows in classes.
        unit: ``agreement``, or ``country`` to count a country once per class.
    """
    size = len(eligible)
    position = pd.Index(eligible).get_indexer(pd.Index(rows["country_iso3"]))
    columns = [np.bincount(position[mask], minlength=size) for mask in classes.members.T]
    counts = np.array(columns, dtype="float64").reshape(len(columns), size).T
    totals = np.bincount(position, minlength=size).astype("float64")
    return Tally(np.minimum(counts, 1), np.minimum(totals, 1)) if unit == "country" else Tally(counts, totals)
