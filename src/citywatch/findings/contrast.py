"""Do the agreements of Huawei, of other Chinese vendors and of vendors from elsewhere go to different countries?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from citywatch.codebook import label
from citywatch.errors import NoDataError
from citywatch.findings.base import PERCENT
from citywatch.findings.by_vendor_group import group_of_rows
from citywatch.findings.classes import SUM, Classes, by_country
from citywatch.findings.compute import MAIN_RULE, MAIN_UNIT
from citywatch.findings.facts import read, settings
from citywatch.findings.plain import plain
from citywatch.findings.search_effort import NONE, Effort, search_effort
from citywatch.findings.shares import exact_interval, marks
from citywatch.findings.study import Study, prepare
from citywatch.findings.tally import Tally, tally
from citywatch.indicators import Indicators
from citywatch.registry import Registry
from citywatch.uncertainty import (
    Interval,
    Resampled,
    difference_intervals,
    newcombe_interval,
    resample_share,
    share_intervals,
)


@dataclass(frozen=True, slots=True)
class GroupShare:
    """Share of one group's agreements in the class, and the searching behind the group."""

    key: str
    group: str
    label: str
    count: int
    total: int
    countries: int
    share_pct: float
    interval: Interval
    searches: int
    pages_read: int
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Share of group ``a`` minus share of group ``b``, in percentage points."""

    key: str
    a: str
    b: str
    difference_points: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Contrast:
    """One class, the groups side by side.

    Attributes:
        key: Permanent key.
        question: What is asked.
        scenario: Scenario id.
        dimension: Dimension of the class.
        variant: Classification.
        category: The class.
        groups: One share per group.
        differences: Every pair of groups, over the same draws of countries.
        named_no_vendor: Searches that name no vendor.
        caveat: What the comparison cannot tell.
    """

    key: str
    question: str
    scenario: str
    dimension: str
    variant: str
    category: str
    groups: tuple[GroupShare, ...]
    differences: tuple[Difference, ...]
    named_no_vendor: Effort
    caveat: str

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary for JSON."""
        return dict(plain(self))


@dataclass(frozen=True)
class _Side:
    """One group: its counts, and its share as observed and in every draw."""

    tally: Tally
    drawn: Resampled
    mark: str
    ids: tuple[str, ...]

    @property
    def share(self) -> float:
        return float(self.drawn.observed[0])

    def interval(self) -> Interval:
        if self.mark:
            return exact_interval(self.tally, 0, self.mark)
        return share_intervals(self.drawn, settings().level)[0]


def contrast(registry: Registry, indicators: Indicators) -> tuple[Contrast, ...]:
    """Every contrast of ``contrasts.yml``.

    Args:
        registry: The registry.
        indicators: The indicators.
    """
    return contrasts_of(prepare(registry, indicators, read("contrasts")["scenario"]))


def contrasts_of(study: Study) -> tuple[Contrast, ...]:
    """Every contrast, over a prepared scenario.

    Args:
        study: The scenario.

    Raises:
        NoDataError: If a group has no agreement.
    """
    facts = read("contrasts")
    effort = search_effort(study.registry, facts["groups"])
    groups = np.array(group_of_rows(study.admitted.rows, study.registry), dtype=object)
    rows = {group: study.admitted.rows[groups == group].reset_index(drop=True) for group in facts["groups"]}
    if missing := [group for group, found in rows.items() if found.empty]:
        raise NoDataError(f"contrast of vendor groups: no agreement names a vendor of {', '.join(missing)}")
    return tuple(_contrast(study, question, rows, effort) for question in facts["questions"])


def _contrast(
    study: Study, question: Mapping[str, Any], rows: Mapping[str, pd.DataFrame], effort: Mapping[str, Effort]
) -> Contrast:
    facts = read("contrasts")
    dimension = question["dimension"]
    variant = study.query.scenario.variants[dimension]
    key = ".".join(("contrast", study.query.key, MAIN_RULE, MAIN_UNIT, dimension, variant, question["id"]))
    combined = [{"classes": question["categories"], "label": question["id"]}]
    category = SUM.join(question["categories"])
    sides = {
        group: _side(study, found, by_country(found, study.classification(dimension, variant), combined), category)
        for group, found in rows.items()
    }
    return Contrast(
        key=key,
        question=question["question"],
        scenario=study.query.key,
        dimension=dimension,
        variant=variant,
        category=category,
        groups=tuple(_group(key, group, side, effort[group]) for group, side in sides.items()),
        differences=tuple(_difference(key, pair, sides) for pair in combinations(sides, 2)),
        named_no_vendor=effort[NONE],
        caveat=f"{facts['caveat'].strip()} {facts['home_note'].strip()}",
    )


def _side(study: Study, rows: pd.DataFrame, classes: Classes, category: str) -> _Side:
    column = list(classes.labels).index(category)
    whole = tally(study.query.eligible, rows, classes, MAIN_UNIT)
    chosen = Tally(whole.counts[:, [column]], whole.totals)
    drawn = resample_share(study.ground.draws(), chosen.counts, chosen.totals)
    ids = tuple(str(identifier) for identifier in rows["agreement_id"][classes.members[:, column]])
    return _Side(chosen, drawn, marks(chosen)[0], ids)


def _group(key: str, group: str, side: _Side, effort: Effort) -> GroupShare:
    share_pct = PERCENT * side.share
    return GroupShare(
        key=f"{key}.{group}",
        group=group,
        label=label("vendor_group", group),
        count=int(side.tally.counts.sum()),
        total=int(side.tally.totals.sum()),
        countries=int(side.tally.carriers()[0]),
        share_pct=share_pct,
        interval=side.interval().scaled(PERCENT).flagged(share_pct),
        searches=effort.searches,
        pages_read=effort.pages_read,
        ids=side.ids,
    )


def _difference(key: str, pair: tuple[str, str], sides: Mapping[str, _Side]) -> Difference:
    first, second = (sides[group] for group in pair)
    points = PERCENT * (first.share - second.share)
    if first.mark or second.mark:
        ends = (first.share, first.interval()), (second.share, second.interval())
        interval = newcombe_interval(*ends, note=settings().marks["fixed_difference"])
    else:
        interval = difference_intervals(first.drawn, second.drawn, settings().level)[0]
    return Difference(f"{key}.{pair[0]}-{pair[1]}", *pair, points, interval.scaled(PERCENT).flagged(points))
