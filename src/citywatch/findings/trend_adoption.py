"""How many countries had an agreement on record by each year, and how late was it reported?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from citywatch.errors import NoDataError
from citywatch.findings.base import PERCENT
from citywatch.findings.plain import plain
from citywatch.findings.statement import Statement
from citywatch.findings.study import Study
from citywatch.findings.trend_base import Part, facts, part, record
from citywatch.uncertainty import percent, percent_range

KEY = "trend.adoption"


@dataclass(frozen=True, slots=True)
class YearLine:
    """One year of announcement.

    Attributes:
        key: Permanent key.
        year: The year.
        agreements: Agreements announced in it.
        new_countries: Countries whose first dated agreement is of this year.
        countries: Countries with a dated agreement up to this year.
        lags: Agreements by years until the first dated source; the last class holds all longer delays.
        no_dated_source: Agreements without a dated source.
        complete_pct: Share of this year's agreements that should be reported by now, by the delays of all years, percent.
    """

    key: str
    year: int
    agreements: int
    new_countries: int
    countries: int
    lags: tuple[int, ...]
    no_dated_source: int
    complete_pct: float


@dataclass(frozen=True, slots=True)
class Adoption:
    """Adoption over time.

    Attributes:
        record: Question, answer and what goes with it.
        lags: Years of delay that are told apart.
        longest: Longest delay in years that the expected completeness knows of.
        prompt: Share of agreements reported in the year of their announcement.
        by_lag: Share by delay, each class.
        early: Agreements with a source older than the date of announcement.
        same_date: Agreements whose date of announcement is that of their earliest source, to the letter.
        undated: Agreements without a date of announcement.
        dated: Agreements with one.
        years: One line per year.
        seen: When rows were first read here, in words.
    """

    record: Statement
    lags: tuple[int, ...]
    longest: int
    prompt: Part
    by_lag: tuple[Part, ...]
    early: int
    same_date: int
    undated: int
    dated: int
    years: tuple[YearLine, ...]
    seen: str

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary for JSON."""
        return dict(plain(self))


def adoption(study: Study) -> Adoption:
    """Ask the question of a prepared scenario.

    Args:
        study: The scenario.

    Raises:
        NoDataError: If no agreement has a date, or none has a dated source.
    """
    rows = study.admitted.rows
    dated = rows[rows["announced"] != ""].reset_index(drop=True)
    if dated.empty:
        raise NoDataError(f"{KEY}: no agreement has a date of announcement")
    year = dated["announced"].str[:4].astype(int)
    first = _first_source(study).reindex(dated["agreement_id"]).fillna("").to_numpy(dtype=object)
    source = np.array([float(text[:4]) if text else np.nan for text in first])
    known = np.isfinite(source)
    if not known.any():
        raise NoDataError(f"{KEY}: no agreement with a date has a dated source")
    delay = np.where(known, np.maximum(0, source - year), -1).astype(int)
    both, lags = dated[known].reset_index(drop=True), tuple(int(lag) for lag in facts("adoption")["lags"])
    classes = np.minimum(delay, lags[-1])
    by_lag = tuple(part(study, both, classes[known] == lag, (f"{KEY}.lag.{lag}", str(lag), str(lag))) for lag in lags)
    last = int(study.registry.version()[:4])
    complete = _completeness(delay[known], year[known].to_numpy(), last)
    lines = _lines(dated, year, classes, lags, (complete, last))
    seen = _first_seen(study)
    same = int((first == dated["announced"].to_numpy(dtype=object)).sum())
    notes = (facts("adoption")["same_day"].format(same=same, dated=int(known.sum())), seen)
    return Adoption(
        record=_record(study, dated, by_lag[0], lines, (notes, max(complete))),
        lags=lags,
        longest=max(complete),
        prompt=by_lag[0],
        by_lag=by_lag,
        early=int((source[known] < year[known]).sum()),
        same_date=same,
        undated=int((rows["announced"] == "").sum()),
        dated=len(dated),
        years=lines,
        seen=seen,
    )


def _first_source(study: Study) -> pd.Series:
    """Date of the earliest dated source of each agreement, as it is known."""
    published = study.registry.sources.set_index("source_id")["published"]
    links = study.registry.evidence[["agreement_id", "source_id"]].drop_duplicates()
    texts = links["source_id"].map(published).fillna("")
    dated = texts[texts != ""]
    return dated.groupby(links["agreement_id"]).min()


def _completeness(delay: NDArray[np.int64], year: NDArray[np.int64], last: int) -> dict[int, float]:
    """Share of delays of at most d years among those of up to the longest that can be told, by d.

    A delay is only seen if it ended by now; the reverse-time product limit allows for that.

    Source: Lagakos, Barraj and De Gruttola (1988), Biometrika 75; Kalbfleisch and Lawless (1989), JASA 84.
    """

    def at_risk_of(lag: int) -> int:
        return int(((delay <= lag) & (year <= last - lag)).sum())

    least = facts("adoption")["least_at_risk"]
    longest = max((lag for lag in range(int(delay.max(initial=0)) + 1) if at_risk_of(lag) >= least), default=0)
    found, share = {longest: 1.0}, 1.0
    for lag in range(longest, 0, -1):
        at_risk = at_risk_of(lag)
        hit = int(((delay == lag) & (year <= last - lag)).sum())
        share *= 1 - hit / at_risk if at_risk else 1.0
        found[lag - 1] = share
    return found


def _lines(
    dated: pd.DataFrame,
    year: pd.Series,
    classes: NDArray[np.int64],
    lags: tuple[int, ...],
    told: tuple[dict[int, float], int],
) -> tuple[YearLine, ...]:
    first = year.groupby(dated["country_iso3"]).min()
    last = int(year.max())
    found, countries = [], 0
    complete, now = told
    longest = max(complete)
    for one in range(int(year.min()), last + 1):
        held = (year == one).to_numpy()
        new = int((first == one).sum())
        countries += new
        counts = tuple(int((held & (classes == lag)).sum()) for lag in lags)
        share = complete.get(min(now - one, longest), 1.0)
        found.append(
            YearLine(
                f"{KEY}.{one}",
                one,
                int(held.sum()),
                new,
                countries,
                counts,
                int((held & (classes < 0)).sum()),
                PERCENT * share,
            )
        )
    return tuple(found)


def _first_seen(study: Study) -> str:
    """Earliest day on which a source of each row was read here."""
    words = facts("adoption")
    rows, evidence = study.admitted.rows, study.registry.evidence
    read_on = evidence[evidence["checked_on"] != ""].groupby("agreement_id")["checked_on"].min()
    known = read_on[read_on.index.isin(rows["agreement_id"])]
    if known.empty:
        return str(words["seen_same"].format(day="–", rows=0, without=len(rows)))
    first, last = str(known.min()), str(known.max())
    template = words["seen_same" if first == last else "seen_span"]
    return str(template.format(first=first, day=last, rows=len(known), without=len(rows) - len(known)))


def _record(
    study: Study, dated: pd.DataFrame, prompt: Part, lines: tuple[YearLine, ...], told: tuple[tuple[str, ...], int]
) -> Statement:
    words = facts("adoption")
    filling = [str(line.year) for line in lines if line.complete_pct < words["complete_pct"]]
    years = f"{filling[0]} to {filling[-1]}" if len(filling) > 1 else (filling or ["no years"])[0]
    interval = prompt.interval
    return record(
        study,
        "adoption",
        key=KEY,
        answer=words["answer"].format(
            countries=lines[-1].countries,
            first=lines[0].year,
            share=percent(prompt.share_pct or 0.0),
            range=percent_range(interval) if interval else "",
            years=years,
        ),
        estimate=prompt.share_pct,
        interval=interval,
        ids=tuple(str(one) for one in dated["agreement_id"]),
        page="reporting-delay",
        notes=told[0],
        filled={"longest": str(told[1])},
    )
