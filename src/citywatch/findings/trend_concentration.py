"""How concentrated are sellers and payers?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from citywatch.findings.base import PERCENT
from citywatch.findings.facts import read, settings
from citywatch.findings.plain import plain
from citywatch.findings.statement import Statement
from citywatch.findings.study import Study
from citywatch.findings.trend_base import by_country, draws_of, facts, record
from citywatch.tables import split_list
from citywatch.uncertainty import Interval, percent, percent_range
from citywatch.uncertainty import plain as number
from citywatch.uncertainty.concentration import concentration_interval, herfindahl, top_share

KEY = "trend.concentration"
VENDORS, FINANCIERS = "vendors", "financiers"
Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Holder:
    """One seller or payer.

    Attributes:
        key: Permanent key.
        word: Its id.
        label: Its name.
        rows: Agreements that name it.
        weight: Agreements, those with several names split.
        share_pct: Share of the weight, percent.
        countries: Countries with it.
    """

    key: str
    word: str
    label: str
    rows: int
    weight: float
    share_pct: float
    countries: int


@dataclass(frozen=True, slots=True)
class TopShare:
    """Share of the largest together, percent."""

    key: str
    count: int
    share_pct: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Concentration:
    """Concentration of sellers or payers.

    Attributes:
        record: Question, answer and what goes with it; the estimate is the index in percent.
        of: ``vendors`` or ``financiers``.
        rows: Agreements in all.
        named: Agreements that name one in a class.
        none: Agreements that name none.
        unclassed: Agreements whose wording fits no class.
        holders: How many different ones.
        effective: One over the index: as many equal ones would be as concentrated; None where refused.
        effective_interval: Its interval.
        top: Top shares.
        largest: The largest, as many as ``trends.yml`` shows.
    """

    record: Statement
    of: str
    rows: int
    named: int
    none: int
    unclassed: int
    holders: int
    effective: float | None
    effective_interval: Interval | None
    top: tuple[TopShare, ...]
    largest: tuple[Holder, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary for JSON."""
        return dict(plain(self))


def concentrations(study: Study) -> tuple[Concentration, ...]:
    """Sellers and payers of a prepared scenario; an index that cannot be had is refused in its record.

    Args:
        study: The scenario.
    """
    rows = study.admitted.rows
    vendors = dict(zip(study.registry.vendors["vendor_id"], study.registry.vendors["name"], strict=True))
    sellers = [split_list(cell) for cell in rows["vendors"]]
    payers = [financiers(text) for text in rows["financing"]]
    known = {name: str(entry["label"]) for name, entry in read("financiers").items()}
    unclassed = sum(bool(text) and not held for text, held in zip(rows["financing"], payers, strict=True))
    return (
        _concentration(study, VENDORS, sellers, vendors, 0),
        _concentration(study, FINANCIERS, payers, known, unclassed),
    )


def financiers(text: str) -> tuple[str, ...]:
    """Classes of payers that a text names, by ``financiers.yml``.

    Args:
        text: Words of the column financing.
    """
    found = [name for name, entry in read("financiers").items() if _fits(text, entry["words"])]
    special = [name for name in found if not read("financiers")[name].get("is_general")]
    return tuple(special or found)


def _fits(text: str, words: Sequence[str]) -> bool:
    folded = text.casefold()
    return any(word in folded and re.search(rf"(?<!\w){re.escape(word)}", folded) for word in words)


def _concentration(
    study: Study, of: str, held: Sequence[tuple[str, ...]], labels: Mapping[str, str], unclassed: int
) -> Concentration:
    rows = study.admitted.rows
    order = sorted({name for names in held for name in names})
    place = {name: at for at, name in enumerate(order)}
    weights = np.zeros((len(rows), len(order)))
    for row, names in enumerate(held):
        weights[row, [place[name] for name in names]] = 1 / max(1, len(names))
    named = np.array([bool(names) for names in held], dtype=bool)
    totals = by_country(study, rows, weights)
    carried = int((totals.sum(axis=1) > 0).sum())
    refused = _refusal(of, int(named.sum()), carried, len(order))
    measured = None if refused else _measured(study, of, totals)
    return Concentration(
        record=_record(study, of, rows, (weights, order, labels), named, (measured, refused, unclassed)),
        of=of,
        rows=len(rows),
        named=int(named.sum()),
        none=int((~named).sum()) - unclassed,
        unclassed=unclassed,
        holders=len(order),
        effective=1 / measured[0] if measured else None,
        effective_interval=_inverse(measured[1]) if measured else None,
        top=measured[2] if measured else (),
        largest=_largest(of, rows, weights, order, labels),
    )


def _inverse(interval: Interval) -> Interval:
    return Interval(1 / interval.high, 1 / interval.low, interval.level, interval.method, interval.note)


def _refusal(of: str, named: int, countries: int, holders: int) -> str:
    words, minimum = facts("concentration"), settings().minimum_countries
    noun = words["of"][of]["noun"]
    if countries < minimum:
        return str(words["refused"].format(rows=named, noun=noun, countries=countries, minimum=minimum))
    return str(words["constant"]) if holders == 1 else ""


Measured = tuple[float, Interval, tuple[TopShare, ...]]


def _measured(study: Study, of: str, totals: Matrix) -> Measured:
    """Index, its interval, and top shares; one product with the draws serves all."""
    drawn = draws_of(study) @ totals
    level = settings().level
    index, interval = concentration_interval(herfindahl, totals, drawn, level)
    top = []
    for count in facts("concentration")["top"]:
        if count < totals.shape[1]:
            share, ends = concentration_interval(top_share(count), totals, drawn, level)
            top.append(TopShare(f"{KEY}.{of}.top.{count}", count, PERCENT * share, ends.scaled(PERCENT)))
    return index, interval, tuple(top)


def _largest(
    of: str, rows: pd.DataFrame, weights: Matrix, order: Sequence[str], labels: Mapping[str, str]
) -> tuple[Holder, ...]:
    sums = weights.sum(axis=0)
    whole = float(sums.sum())
    ranked = sorted(range(len(order)), key=lambda at: (-sums[at], order[at]))[: facts("concentration")["shown"]]
    countries = rows["country_iso3"].to_numpy(dtype=object)
    return tuple(
        Holder(
            key=f"{KEY}.{of}.{order[at]}",
            word=order[at],
            label=str(labels.get(order[at], order[at])),
            rows=int((weights[:, at] > 0).sum()),
            weight=float(sums[at]),
            share_pct=PERCENT * float(sums[at]) / whole,
            countries=len(set(countries[weights[:, at] > 0])),
        )
        for at in ranked
    )


def _record(
    study: Study,
    of: str,
    rows: pd.DataFrame,
    market: tuple[Matrix, Sequence[str], Mapping[str, str]],
    named: NDArray[np.bool_],
    found: tuple[Measured | None, str, int],
) -> Statement:
    words = facts("concentration")
    measured, refused, unclassed = found
    own = words["of"][of]
    ids = tuple(str(one) for one in rows.loc[named, "agreement_id"])
    if measured is None:
        return record(
            study, "concentration", key=f"{KEY}.{of}", answer=f"{refused[:1].upper()}{refused[1:]}.", estimate=None,
            interval=None, ids=ids, page="concentration", refused=refused, words=own,
        )  # fmt: skip
    index, interval, top = measured
    largest = _largest(of, rows, *market)[0]
    first = top[0] if top else None
    answer = words["answer"].format(
        noun=own["noun"],
        hhi=percent(PERCENT * index),
        range=percent_range(interval.scaled(PERCENT)),
        effective=number(1 / index, 0 if index < 0.1 else 1),
        largest=largest.label,
        top=percent(first.share_pct) if first else percent(largest.share_pct),
        top_range=percent_range(first.interval) if first else "",
        none=int((~named).sum()) - unclassed,
        rows=len(rows),
    )
    return record(
        study,
        "concentration",
        key=f"{KEY}.{of}",
        answer=answer,
        estimate=PERCENT * index,
        interval=interval.scaled(PERCENT),
        ids=ids,
        page="concentration",
        words=own,
    )
