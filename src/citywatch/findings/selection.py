"""Which rows of the registry a scenario admits and a rule counts; every other row is left out with its reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import pandas as pd

from citywatch.errors import NoDataError, VocabularyError
from citywatch.findings.facts import Rule, Scenario, settings
from citywatch.places import country_name
from citywatch.registry import Registry
from citywatch.tables import PartialDate, split_list, split_series

OTHER, UNDATED = "", "9999"


@dataclass(frozen=True)
class Selection:
    """Rows that count and rows that do not.

    Attributes:
        rows: Counted agreements, sorted by id, with a fresh index.
        left_out: ``agreement_id``, ``country_iso3`` and ``reason`` of every other agreement.
    """

    rows: pd.DataFrame
    left_out: pd.DataFrame

    def set_aside(self) -> dict[str, int]:
        """Rows left out by reason, sorted."""
        counts = self.left_out["reason"].value_counts()
        return {str(reason): int(counts[reason]) for reason in sorted(counts.index)}


@dataclass(frozen=True)
class Query:
    """A scenario with the options of the caller.

    Attributes:
        scenario: The scenario; its vendor and cut-off are those of the caller where given.
        key: Scenario id, with departures added.
        home: Home country of the vendor; empty for none or not known.
        eligible: Eligible countries, sorted, without the home.
        is_flagged: The coded flag decides the cut-off, because the cut-off is the scenario's own.
    """

    scenario: Scenario
    key: str
    home: str
    eligible: tuple[str, ...]
    is_flagged: bool


def known_vendor(registry: Registry, vendor: str) -> str:
    """The vendor's home country, empty where it is not known.

    Raises:
        VocabularyError: If no vendor has this id; the message names close ones.
    """
    homes = dict(zip(registry.vendors["vendor_id"], registry.vendors["home_iso3"], strict=True))
    if vendor in homes:
        return str(homes[vendor])
    names = dict(zip(registry.vendors["name"].str.casefold(), registry.vendors["vendor_id"], strict=True))
    close = get_close_matches(vendor.casefold(), [*homes, *names], n=5, cutoff=0.6)
    hints = ", ".join(dict.fromkeys(str(names.get(word, word)) for word in close))
    hint = f"did you mean {hints}?" if hints else "the table vendors lists all"
    raise VocabularyError(f"vendor {vendor!r}: expected an id of the table vendors; {hint}")


def admit(registry: Registry, query: Query) -> Selection:
    """Rows that a scenario admits.

    Args:
        registry: The registry.
        query: Scenario and options.
    """
    rows = registry.agreements.sort_values("agreement_id").reset_index(drop=True)
    reasons = pd.Series(OTHER, index=rows.index, dtype="object")
    for step in STEPS:
        open_rows = rows[reasons == OTHER]
        reasons.loc[open_rows.index] = step(open_rows, registry, query)
    return _split(rows, reasons)


def apply_rule(admitted: Selection, rule: Rule) -> Selection:
    """Rows that a counting rule keeps of the admitted ones.

    Args:
        admitted: Result of :func:`admit`.
        rule: The counting rule.
    """
    rows = admitted.rows
    dropped = pd.Series(data=False, index=rows.index)
    for column, words in rule.excluded.items():
        dropped |= rows[column].isin(words)
    if rule.one_per:
        dropped |= _further_of(rows[~dropped], rule.one_per).reindex(rows.index, fill_value=False)
    kept = _split(rows, pd.Series(np.where(dropped, rule.reason, OTHER), index=rows.index))
    return Selection(kept.rows, pd.concat([admitted.left_out, kept.left_out], ignore_index=True))


def refuse_empty(selection: Selection, query: Query) -> None:
    """Stop where nothing is left to count.

    Raises:
        NoDataError: If no row counts; the message says why rows were left out.
    """
    if selection.rows.empty:
        why = "; ".join(f"{count} {reason}" for reason, count in selection.set_aside().items())
        raise NoDataError(f"scenario {query.key}: no agreement is left to count ({why}). Widen the vendor or the date.")


def _split(rows: pd.DataFrame, reasons: pd.Series) -> Selection:
    kept = rows[reasons == OTHER].reset_index(drop=True)
    left_out = rows.loc[reasons != OTHER, ["agreement_id", "country_iso3"]]
    return Selection(kept, left_out.assign(reason=reasons[reasons != OTHER]).reset_index(drop=True))


def _further_of(rows: pd.DataFrame, column: str) -> pd.Series:
    """True for every row but one of each value: the row that the value names stays, else the earliest dated."""
    order = pd.DataFrame(
        {
            "is_other": rows["agreement_id"] != rows[column],
            "announced": rows["announced"].where(rows["announced"] != "", UNDATED),
            "agreement_id": rows["agreement_id"],
        }
    ).sort_values(["is_other", "announced", "agreement_id"])
    ordered: pd.Series = rows.loc[order.index, column]
    return ordered.duplicated()


def _by_vendor(rows: pd.DataFrame, _registry: Registry, query: Query) -> pd.Series:
    vendor, reasons = query.scenario.vendor, settings().reasons
    if not vendor:
        return pd.Series(OTHER, index=rows.index)
    named = rows["vendors"].map(lambda cell: vendor in split_list(cell)).astype(bool)
    elsewhere = np.where(rows["vendors"] == "", reasons["no_vendor"], reasons["other_vendor"])
    return pd.Series(np.where(named, OTHER, elsewhere), index=rows.index)


def _by_circularity(rows: pd.DataFrame, _registry: Registry, _query: Query) -> pd.Series:
    never = settings().never_counted
    hit = rows[never["column"]] == never["value"]
    return pd.Series(np.where(hit, settings().reasons["never_counted"], OTHER), index=rows.index)


def _by_cut_off(rows: pd.DataFrame, registry: Registry, query: Query) -> pd.Series:
    until, reasons = query.scenario.until, settings().reasons
    if not until:
        return pd.Series(OTHER, index=rows.index)
    if query.is_flagged:
        hit = rows[query.scenario.window_flag] != "yes"
        return pd.Series(np.where(hit, reasons["flag"].format(until=until), OTHER), index=rows.index)
    last = PartialDate.parse(until).latest
    sure, possible = first_dates(registry)
    ids = rows["agreement_id"]
    is_sure = ids.map(sure).map(lambda day: day <= last, na_action="ignore").eq(other=True)
    is_possible = ids.map(possible).map(lambda day: day <= last, na_action="ignore").eq(other=True)
    chosen = np.select(
        [is_sure, is_possible, ids.isin(sure.index)],
        [OTHER, reasons["too_coarse"].format(until=until), reasons["too_late"].format(until=until)],
        default=reasons["undated_sources"],
    )
    return pd.Series(chosen, index=rows.index)


def first_dates(registry: Registry) -> tuple[pd.Series, pd.Series]:
    """By agreement: the day by which a source surely was published, and the first day on which one may have been."""
    sources = registry.sources[registry.sources["published"] != ""]
    parsed = {text: PartialDate.parse(text) for text in sources["published"].unique()}
    dates = dict(zip(sources["source_id"], sources["published"].map(parsed), strict=True))
    links = registry.evidence[["agreement_id", "source_id"]].drop_duplicates()
    links = links[links["source_id"].isin(dates)]
    grouped = links["source_id"].map(dates).groupby(links["agreement_id"])
    sure = grouped.agg(lambda dated: min(date.latest for date in dated))
    possible = grouped.agg(lambda dated: min(date.earliest for date in dated))
    return sure, possible


def _by_home(rows: pd.DataFrame, _registry: Registry, query: Query) -> pd.Series:
    reason = settings().reasons["home"].format(country=country_name(query.home)) if query.home else OTHER
    return pd.Series(np.where(rows["country_iso3"] == query.home, reason, OTHER), index=rows.index)


def _by_eligibility(rows: pd.DataFrame, _registry: Registry, query: Query) -> pd.Series:
    text = settings().reasons["not_eligible"]
    countries = rows["country_iso3"]
    named = countries.map(lambda country: text.format(country=country_name(str(country)))).astype("object")
    return named.where(~countries.isin(query.eligible), OTHER)


STEPS: tuple[Callable[[pd.DataFrame, Registry, Query], pd.Series], ...] = (
    _by_vendor,
    _by_circularity,
    _by_cut_off,
    _by_home,
    _by_eligibility,
)
"""In this order; a row is left out for the first reason that holds."""


def vendor_count(rows: pd.DataFrame) -> int:
    """Different vendors that rows name."""
    return int(split_series(rows["vendors"]).nunique())
