"""What the questions over time share: counts by country, shares with intervals, and the words of a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from citywatch.findings.base import PERCENT
from citywatch.findings.facts import read, settings
from citywatch.findings.shares import exact_interval, marks
from citywatch.findings.statement import Labelled, Statement, texts
from citywatch.findings.study import Study
from citywatch.findings.tally import Tally
from citywatch.uncertainty import Interval, percent, resample_share, share_intervals

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Part:
    """A share of rows.

    Attributes:
        key: Permanent key.
        word: What it is a share of the rows with.
        label: The same for readers.
        count: Rows with it.
        total: Rows.
        share_pct: Share in percent; None where there is no row.
        interval: Its interval in percent; None where there is no row.
        ids: Agreements behind the count.
    """

    key: str
    word: str
    label: str
    count: int
    total: int
    share_pct: float | None
    interval: Interval | None
    ids: tuple[str, ...]


def facts(question: str) -> Mapping[str, Any]:
    """Words and numbers of one question of ``trends.yml``."""
    found: Mapping[str, Any] = read("trends")[question]
    return found


def draws_of(study: Study) -> Matrix:
    """Draws of countries, as many as ``trends.yml`` says."""
    return study.ground.draws()[: int(read("trends")["draws"])]


def by_country(study: Study, rows: pd.DataFrame, weights: ArrayLike) -> Matrix:
    """Sum of weights by eligible country.

    Args:
        study: The scenario.
        rows: Rows in eligible countries.
        weights: Rows, or rows x columns.

    Returns:
        Countries x columns.
    """
    given = np.asarray(weights, dtype="float64")
    columns = given[:, None] if given.ndim == 1 else given
    position = pd.Index(study.query.eligible).get_indexer(pd.Index(rows["country_iso3"]))
    found = np.zeros((len(study.query.eligible), columns.shape[1]))
    np.add.at(found, position, columns)
    return found


def part(study: Study, rows: pd.DataFrame, inside: ArrayLike, names: tuple[str, str, str]) -> Part:
    """Share of rows, drawn over countries; exact and marked where few countries carry it.

    Args:
        study: The scenario.
        rows: All rows of the share.
        inside: Whether each is in.
        names: Key, word and label.
    """
    held = np.asarray(inside, dtype=bool)
    key, word, label = names
    ids = tuple(str(one) for one in rows.loc[held, "agreement_id"])
    if rows.empty:
        return Part(key, word, label, 0, 0, None, None, ids)
    counts = by_country(study, rows, np.column_stack([held, np.ones(len(rows))]))
    tally = Tally(counts[:, :1], counts[:, 1])
    share_pct = PERCENT * float(held.sum()) / len(rows)
    mark = marks(tally)[0]
    if mark:
        interval = exact_interval(tally, 0, mark)
    else:
        drawn = resample_share(draws_of(study), tally.counts, tally.totals)
        interval = share_intervals(drawn, settings().level)[0]
    return Part(
        key, word, label, int(held.sum()), len(rows), share_pct, interval.scaled(PERCENT).flagged(share_pct), ids
    )


def record(  # noqa: PLR0913 - what a record is made of
    study: Study,
    question: str,
    *,
    key: str,
    answer: str,
    estimate: float | None,
    interval: Interval | None,
    ids: tuple[str, ...],
    page: str,
    refused: str = "",
    notes: tuple[str, ...] = (),
    words: Mapping[str, Any] | None = None,
    filled: Mapping[str, str] | None = None,
    estimates: tuple[Labelled, ...] = (),
) -> Statement:
    """The record of a question of ``trends.yml``.

    Args:
        study: The scenario.
        question: Its name in the file.
        key: Permanent key.
        answer: The answer.
        estimate: The estimate.
        interval: Its interval.
        ids: Agreements behind it.
        page: Name of the page that explains the method.
        refused: Why there is no estimate.
        notes: What else a reader must know.
        words: Words that take the place of the question's.
        filled: Further words for the placeholders of the method.
        estimates: Several estimates with their labels, in place of one.
    """
    given = {**facts(question), **(words or {})}
    method = given["method"].format(
        level=percent(PERCENT * settings().level),
        eligible=len(study.query.eligible),
        draws=f"{read('trends')['draws']:,}",
        minimum=settings().minimum_countries,
        **(filled or {}),
    )
    return Statement(
        key=key,
        question=given["question"],
        answer=answer,
        definition=" ".join(given["definition"].split()),
        unit=given["unit"],
        estimate=estimate,
        interval=interval,
        refused=refused,
        method=" ".join(method.split()),
        method_page=page,
        assumptions=texts(given["assumptions"]),
        would_be_false_if=texts(given["would_be_false_if"]),
        not_covered=given["not_covered"],
        ids=ids,
        data_version=study.data_version,
        notes=notes,
        estimates=estimates,
    )
