"""Which sellers are named in which region and year, and how much was searched for them?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from citywatch.codebook import label
from citywatch.errors import NoDataError
from citywatch.findings.by_vendor_group import group_of_rows
from citywatch.findings.facts import read
from citywatch.findings.plain import plain
from citywatch.findings.search_effort import searches_naming
from citywatch.findings.shares import EXACT
from citywatch.findings.statement import Labelled, Statement
from citywatch.findings.study import Study
from citywatch.findings.trend_base import Part, facts, part, record
from citywatch.tables import split_list
from citywatch.uncertainty import percent, percent_range, times

KEY = "trend.vendors"


@dataclass(frozen=True, slots=True)
class GroupCell:
    """One vendor group in one region.

    Attributes:
        group: Vendor group.
        label: Group as readers see it.
        part: Share of the region's agreements that name a vendor.
        searches: Searches that name a vendor of the group and a country of the region.
    """

    group: str
    label: str
    part: Part
    searches: int


@dataclass(frozen=True, slots=True)
class RegionLine:
    """One region.

    Attributes:
        key: Permanent key.
        region: Word of the region.
        label: Region as readers see it.
        agreements: Agreements, those without a vendor included.
        countries: Countries with an agreement.
        no_vendor: Agreements that name no vendor.
        groups: Vendor groups.
        searches: Searches that name a country of the region.
        pages_read: Pages read in them.
        searches_per_country: Searches over eligible countries of the region.
    """

    key: str
    region: str
    label: str
    agreements: int
    countries: int
    no_vendor: int
    groups: tuple[GroupCell, ...]
    searches: int
    pages_read: int
    searches_per_country: float


@dataclass(frozen=True, slots=True)
class GroupYear:
    """One year of announcement: agreements by vendor group, those without a vendor under ``none``."""

    key: str
    year: int
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class VendorTrend:
    """Vendors by region and year, with the searching behind them.

    Attributes:
        record: Question, answer and what goes with it.
        variant: Division of the world.
        regions: One line per region.
        years: One line per year, from the first that is shown.
        earlier: Agreements before it, by vendor group.
        undated: Undated agreements by vendor group.
        searches: Searches that name a vendor of each group.
    """

    record: Statement
    variant: str
    regions: tuple[RegionLine, ...]
    years: tuple[GroupYear, ...]
    earlier: dict[str, int]
    undated: dict[str, int]
    searches: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary for JSON."""
        return dict(plain(self))


def vendor_trend(study: Study) -> VendorTrend:
    """Ask the question of a prepared scenario.

    Args:
        study: The scenario.

    Raises:
        NoDataError: If no agreement names a vendor, or all lie in one region.
    """
    rows = study.admitted.rows
    groups = tuple(read("contrasts")["groups"])
    named = np.array(group_of_rows(rows, study.registry), dtype=object)
    if not np.isin(named, groups).any():
        raise NoDataError(f"{KEY}: no agreement names a vendor")
    dimension = facts("vendors")["dimension"]
    variant = study.query.scenario.variants[dimension]
    classification = study.classification(dimension, variant)
    region_of = dict(zip(classification.by_country.index, classification.by_country, strict=True))
    labels = {entry.id: entry.label for entry in classification.classes if not entry.is_residual}
    where = rows["country_iso3"].map(region_of).to_numpy(dtype=object)
    if len(set(where) & set(labels)) < 2:
        raise NoDataError(f"{KEY}: agreements lie in one region only; there is nothing to compare")
    effort = _Effort(study, region_of, groups)
    lines = tuple(
        _region(study, region, labels[region], (where == region, named), effort)
        for region in labels
        if (where == region).any()
    )
    years = rows["announced"].str[:4]
    first = int(facts("vendors")["first_year"])
    return VendorTrend(
        record=_record(study, rows[np.isin(named, groups)], lines, groups[0]),
        variant=variant,
        regions=lines,
        years=_years(years, named, first, groups),
        earlier=_counts(named[((years != "") & (years < str(first))).to_numpy()], groups),
        undated=_counts(named[(years == "").to_numpy()], groups),
        searches={group: int(effort.of_group[group].sum()) for group in groups},
    )


class _Effort:
    """Searches by region and vendor group."""

    def __init__(self, study: Study, region_of: dict[str, str], groups: tuple[str, ...]) -> None:
        searches = study.registry.searches
        self.pages = searches["pages_read"].astype("int64").to_numpy()
        self.regions = [{region_of.get(code, "") for code in split_list(cell)} for cell in searches["countries"]]
        self.of_group = {group: searches_naming(study.registry, group).to_numpy(dtype=bool) for group in groups}
        eligible = [region_of.get(country, "") for country in study.query.eligible]
        self.sizes = {region: eligible.count(region) for region in set(eligible)}

    def names(self, region: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
        return np.array([region in held for held in self.regions], dtype=bool)


def _region(study: Study, region: str, name: str, held: tuple[Any, Any], effort: _Effort) -> RegionLine:
    inside, named = held
    rows = study.admitted.rows
    groups = tuple(effort.of_group)
    with_vendor = inside & np.isin(named, groups)
    chosen = rows[with_vendor].reset_index(drop=True)
    hit = effort.names(region)
    key = f"{KEY}.{region}"
    cells = tuple(
        GroupCell(
            group,
            label("vendor_group", group),
            part(study, chosen, named[with_vendor] == group, (f"{key}.{group}", group, label("vendor_group", group))),
            int((hit & effort.of_group[group]).sum()),
        )
        for group in groups
    )
    size = effort.sizes.get(region, 0)
    return RegionLine(
        key=key,
        region=region,
        label=name,
        agreements=int(inside.sum()),
        countries=int(rows.loc[inside, "country_iso3"].nunique()),
        no_vendor=int(inside.sum() - with_vendor.sum()),
        groups=cells,
        searches=int(hit.sum()),
        pages_read=int(effort.pages[hit].sum()),
        searches_per_country=hit.sum() / size if size else 0.0,
    )


def _counts(named: Any, groups: tuple[str, ...]) -> dict[str, int]:
    counts = {group: int((named == group).sum()) for group in groups}
    return {**counts, "none": int(len(named) - sum(counts.values()))}


def _years(years: pd.Series, named: Any, first: int, groups: tuple[str, ...]) -> tuple[GroupYear, ...]:
    known = years[years != ""].astype(int)
    if known.empty:
        return ()
    span = range(max(first, int(known.min())), int(known.max()) + 1)
    return tuple(
        GroupYear(f"{KEY}.year.{year}", year, _counts(named[(years == str(year)).to_numpy()], groups)) for year in span
    )


def _record(study: Study, rows: pd.DataFrame, lines: tuple[RegionLine, ...], group: str) -> Statement:
    words = facts("vendors")
    cells = [(line, next(cell for cell in line.groups if cell.group == group)) for line in lines]
    parts = "; ".join(
        words["part"].format(
            region=line.label, share=percent(cell.part.share_pct), range=percent_range(cell.part.interval)
        )
        for line, cell in cells
        if _is_carried(cell.part) and cell.part.share_pct is not None and cell.part.interval is not None
    )
    density = [line.searches_per_country for line in lines if line.searches_per_country]
    name = label("vendor_group", group)
    estimates = tuple(
        Labelled(
            cell.part.key,
            words["estimate"].format(region=line.label, group=name),
            cell.part.share_pct,
            cell.part.interval,
            cell.part.ids,
        )
        for line, cell in cells
        if _is_carried(cell.part) and cell.part.share_pct is not None and cell.part.interval is not None
    )
    return record(
        study,
        "vendors",
        key=KEY,
        answer=words["answer"].format(
            group=name, parts=parts or words["nowhere"], factor=times(max(density) / min(density)) if density else "–"
        ),
        estimate=None,
        interval=None,
        refused="" if estimates else words["refused"],
        ids=tuple(str(one) for one in rows["agreement_id"]),
        page="shares",
        notes=(read("contrasts")["caveat"].strip(),),
        filled={"group": name},
        estimates=estimates,
    )


def _is_carried(share: Part) -> bool:
    """Whether enough countries carry a share for the bootstrap."""
    return share.interval is not None and share.interval.method != EXACT
