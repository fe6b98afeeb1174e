"""From counts to shares: interval, base rate, ratio, range without one country, and what the interval says in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from citywatch.findings.base import PERCENT, BaseRates, Matrix
from citywatch.findings.facts import read, settings
from citywatch.findings.record import BaseRate, Share
from citywatch.findings.tally import Tally
from citywatch.uncertainty import (
    Interval,
    Resampled,
    clopper_pearson_interval,
    draw_totals,
    kish_effective_number,
    plain,
    ratio_intervals,
    round_half_up,
    share_intervals,
    wilson_interval,
)

EXACT = "clopper_pearson_effective"


@dataclass(frozen=True)
class Case:
    """What the shares of one finding are made from.

    Attributes:
        key: Key of the finding.
        labels: Label by class.
        tally: Counts by country.
        base: Base rates; None where the class is no property of countries.
        base_reason: Why there is none; empty where there is one.
        ids: Agreements behind each class.
        eligible: Eligible countries, in the order of the counts.
    """

    key: str
    labels: dict[str, str]
    tally: Tally
    base: BaseRates | None
    base_reason: str
    ids: tuple[tuple[str, ...], ...]
    eligible: tuple[str, ...]


@dataclass(frozen=True)
class Ranges:
    """Intervals of every class, in the order of the classes; ratios are None where there are none."""

    share: list[Interval]
    ratio: list[Interval | None]
    ratio_people: list[Interval | None]


def all_shares(cases: Sequence[Case], draws: Matrix) -> list[tuple[Share, ...]]:
    """Shares of several findings over the same rows, all from the same draws.

    Args:
        cases: Counts and base rates of each finding; the totals by country are the same in all.
        draws: Matrix of draws.
    """
    reasons = [marks(case.tally) for case in cases]
    fits = [[index for index, text in enumerate(texts) if not text] for texts in reasons]
    drawn = _resample(cases, fits, draws)
    ranges = [_ranges(*parts) for parts in zip(cases, reasons, fits, drawn, strict=True)]
    return [_shares(case, found) for case, found in zip(cases, ranges, strict=True)]


def _resample(cases: Sequence[Case], fits: list[list[int]], draws: Matrix) -> list[Resampled]:
    """Shares of the classes that get a bootstrap, by finding; one product for all."""
    totals = cases[0].tally.totals[:, None]
    columns = np.hstack([totals, *(case.tally.counts[:, fit] for case, fit in zip(cases, fits, strict=True))])
    drawn, seen = draw_totals(draws, columns), columns.sum(axis=0)
    ends = np.cumsum([1, *(len(fit) for fit in fits)])
    wholes = (seen[:1], drawn[:, :1])
    return [Resampled.of_totals((seen[start:end], drawn[:, start:end]), wholes) for start, end in pairwise(ends)]


def _shares(case: Case, ranges: Ranges) -> tuple[Share, ...]:
    effective = kish_effective_number(case.tally.totals)
    return tuple(_share(case, ranges, index, effective) for index in range(len(case.labels)))


def exact_interval(tally: Tally, index: int, mark: str) -> Interval:
    """Clopper-Pearson interval of a share on the effective number of countries, as a share of 1.

    Args:
        tally: Counts by country.
        index: The class.
        mark: Why the bootstrap was not used.
    """
    effective = kish_effective_number(tally.totals)
    part = float(tally.counts[:, index].sum() / tally.totals.sum())
    return clopper_pearson_interval(part * effective, effective, settings().level, method=EXACT, note=mark)


def marks(tally: Tally) -> list[str]:
    """Why each class gets no bootstrap; empty where it gets one.

    Args:
        tally: Counts by country.
    """
    facts = settings()
    effective = plain(kish_effective_number(tally.totals), 1)
    found = (
        _reason(int(carriers), int(others)) for carriers, others in zip(tally.carriers(), tally.others(), strict=True)
    )
    words = {"minimum": facts.minimum_countries, "effective": effective}
    return [
        facts.marks[name].format(countries=int(carriers), **words) if name else ""
        for name, carriers in zip(found, tally.carriers(), strict=True)
    ]


def _reason(carriers: int, others: int) -> str:
    if not carriers:
        return "empty"
    if not others:
        return "full"
    return "few_countries" if carriers < settings().minimum_countries else ""


def _ranges(case: Case, reasons: list[str], fit: list[int], drawn: Resampled) -> Ranges:
    booted = dict(zip(fit, share_intervals(drawn, settings().level), strict=True))
    share = [
        booted[index] if index in booted else exact_interval(case.tally, index, text)
        for index, text in enumerate(reasons)
    ]
    if case.base is None:
        return Ranges(share, [None] * len(share), [None] * len(share))
    by_country = _ratio_ranges(fit, drawn, share, case.base.countries)
    return Ranges(share, by_country, _ratio_ranges(fit, drawn, share, case.base.people))


def _ratio_ranges(fit: list[int], drawn: Resampled, share: list[Interval], base: Resampled) -> list[Interval | None]:
    usable = [place for place, index in enumerate(fit) if base.observed[index] > 0]
    chosen = [fit[place] for place in usable]
    found = ratio_intervals(drawn.columns(usable), base.columns(chosen), settings().level)
    booted = dict(zip(chosen, found, strict=True))
    return [booted.get(index) or _fixed_base(interval, base.observed[index]) for index, interval in enumerate(share)]


def _fixed_base(interval: Interval, base: float) -> Interval | None:
    if not base > 0:
        return None
    note = settings().marks["fixed_base"]
    return Interval(interval.low / float(base), interval.high / float(base), interval.level, "fixed_base", note)


def _share(case: Case, ranges: Ranges, index: int, effective: float) -> Share:
    category = list(case.labels)[index]
    count, total = int(case.tally.counts[:, index].sum()), int(case.tally.totals.sum())
    share_pct = PERCENT * count / total
    base = _base(case.base, index)
    ratio_interval = ranges.ratio[index]
    lean = lean_of(ratio_interval)
    return Share(
        key=f"{case.key}.{category}",
        category=category,
        label=case.labels[category],
        count=count,
        total=total,
        countries=int(np.count_nonzero(case.tally.counts[:, index])),
        share_pct=share_pct,
        interval=ranges.share[index].scaled(PERCENT).flagged(share_pct),
        effective_n=effective,
        wilson=wilson_interval(count, total, settings().level).scaled(PERCENT).noted(settings().wilson_label),
        leave_one_out=_leave_one_out(case.tally, index, case.eligible),
        base=base,
        base_reason=case.base_reason,
        ratio=share_pct / base.countries_pct if base and base.countries_pct else None,
        ratio_interval=ratio_interval,
        ratio_people=share_pct / base.people_pct if base and base.people_pct else None,
        ratio_people_interval=ranges.ratio_people[index],
        lean=lean,
        lean_text=str(read("leans")["words"][lean]["text"]),
        ids=case.ids[index],
    )


def _base(base: BaseRates | None, index: int) -> BaseRate | None:
    if base is None:
        return None
    rates = (base.countries_pct, base.people_pct, base.countries_with_home_pct, base.people_with_home_pct)
    return BaseRate(*(float(rate[index]) for rate in rates))


def lean_of(ratio: Interval | None) -> str:
    """Word of the lean that an interval of the ratio shows, by the cut-offs of ``leans.yml``.

    Args:
        ratio: Interval of the ratio to the countries' base rate; None where there is none.
    """
    if ratio is None:
        return "not_compared"
    facts = read("leans")
    even = round_half_up(facts["even_ratio"], facts["decimals"])
    low, high = (round_half_up(end, facts["decimals"]) for end in (ratio.low, ratio.high))
    if low > even or high < even:
        return "clear"
    return "chance" if (low == even) != (high == even) else "none"


def _leave_one_out(tally: Tally, index: int, eligible: tuple[str, ...]) -> tuple[float, str, float, str] | None:
    carrying = np.flatnonzero(tally.totals)
    if carrying.size < 2:
        return None
    counts, totals = tally.counts[carrying, index], tally.totals[carrying]
    without = PERCENT * (counts.sum() - counts) / (totals.sum() - totals)
    low, high = int(without.argmin()), int(without.argmax())
    return float(without[low]), eligible[carrying[low]], float(without[high]), eligible[carrying[high]]
