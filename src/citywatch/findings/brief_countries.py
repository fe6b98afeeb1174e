"""Which of the brief's known countries are counted here, and which only here?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from citywatch.findings.facts import read
from citywatch.findings.plain import plain
from citywatch.findings.study import Study, prepare
from citywatch.indicators import Indicators
from citywatch.registry import Registry


@dataclass(frozen=True, slots=True)
class BriefCountries:
    """Countries of the brief beside those counted here.

    Attributes:
        source: Where the brief's countries are known from.
        source_url: Its address.
        known: Countries of the brief that are known, sorted.
        in_both: Known and counted here.
        brief_only: Known and not counted here.
        ours_only_same_region: Counted here, in the same part of the world, and not known from the brief.
        notes: Why a country is in one list only.
    """

    source: str
    source_url: str
    known: tuple[str, ...]
    in_both: tuple[str, ...]
    brief_only: tuple[str, ...]
    ours_only_same_region: tuple[str, ...]
    notes: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary for JSON."""
        return dict(plain(self))


def brief_countries(registry: Registry, indicators: Indicators) -> BriefCountries:
    """Compare the countries under the main counting rule.

    Args:
        registry: The registry.
        indicators: The indicators.
    """
    return compare_countries(prepare(registry, indicators, read("brief_countries")["scenario"]))


def compare_countries(study: Study) -> BriefCountries:
    """Compare the countries of a prepared scenario.

    Args:
        study: The scenario of the brief.
    """
    facts = read("brief_countries")
    ours, known = set(study.admitted.rows["country_iso3"]), set(facts["known"])
    region = facts["region"]
    classes = study.classification(region["dimension"], region["variant"]).by_country
    same = {str(country) for country in classes.index[classes.isin(region["classes"])]}
    ours_only = tuple(sorted(ours & same - known))
    brief_only = tuple(sorted(known - ours))
    notes = {country: _why_absent(study, country, facts) for country in brief_only}
    return BriefCountries(
        source=facts["source"].strip(),
        source_url=facts["source_url"],
        known=tuple(sorted(known)),
        in_both=tuple(sorted(known & ours)),
        brief_only=brief_only,
        ours_only_same_region=ours_only,
        notes={**notes, **dict.fromkeys(ours_only, facts["ours_only"])},
    )


def _why_absent(study: Study, country: str, facts: Mapping[str, Any]) -> str:
    left_out = study.admitted.left_out
    vendor = study.query.scenario.vendor
    named = study.registry.agreements.set_index("agreement_id")["vendors"].str.split("; ")
    rows = left_out[left_out["country_iso3"] == country]
    rows = rows[rows["agreement_id"].map(lambda identifier: vendor in named[identifier]).astype(bool)]
    counts = rows["reason"].value_counts().sort_index()
    reasons = ", ".join(
        f"{reason} ({count} {'record' if count == 1 else 'records'})" for reason, count in counts.items()
    )
    record = facts["left_out"].format(reasons=reasons) if reasons else facts["no_row"]
    note = facts["notes"].get(country, "")
    return f"{record[:1].upper()}{record[1:]}. {note}".strip()
