"""Third answer: did the system cause it? Figures alone never show that; what speaks against it is named."""

from __future__ import annotations

import math

from citywatch.claims.figures import Archive
from citywatch.claims.records import Answer, Claim, Figures, Reason, Series
from citywatch.claims.rules import signed


def attribution(claim: Claim, figures: Figures, archive: Archive, start: float | None) -> Answer:
    """What speaks against the system as the cause; ``not_shown`` in any case.

    Args:
        claim: The claim.
        figures: What the arithmetic found.
        archive: All series.
        start: When the system is reported in use, as a decimal year; None where that is not on record.
    """
    rules = archive.rules
    if claim.kind == "harm":
        return rules.answer("attribution", "not_asked", [])
    reasons = [rules.say("default", "half")]
    if figures.scale == "percent" and figures.claimed is not None:
        reasons += _comparison(claim, figures, archive)
        reasons += _before_the_baseline(claim, figures, archive)
    reasons += _start(claim, start, archive)
    reasons += _events(claim, archive)
    against = any(reason.state == "dash" and reason.code in _AGAINST for reason in reasons)
    return rules.answer("attribution", "other_explanations" if against else "not_shown", reasons)


_AGAINST = frozenset(
    {"rest_same", "pretrend", "extreme", "extreme_low", "started_after", "not_running", "event", "recording"}
)


def _comparison(claim: Claim, figures: Figures, archive: Archive) -> list[Reason]:
    rules, rest = archive.rules, figures.rest
    if rest is None or figures.claimed is None:
        return [rules.say("rest_country" if archive.is_country(claim) else "rest_none", "dash")]
    share = rules.thresholds["comparison_share"]
    moved = next(
        (one.change for one in figures.compared if one.series_id == figures.chosen and one.change), figures.claimed
    )
    same = rest.change * moved > 0 and abs(rest.change) >= share * abs(moved)
    return [rules.say("rest_same", "dash", pct=signed(rest.change))] if same else []


def _before_the_baseline(claim: Claim, figures: Figures, archive: Archive) -> list[Reason]:
    rules = archive.rules
    series = next((one for one in archive.series if one.series_id == figures.chosen), None)
    if claim.before is None or series is None or figures.claimed is None:
        return [rules.say("pretrend_none", "half"), rules.say("extreme_none", "half")]
    year = claim.before.last.year
    series = archive.completed(series)
    return [_pretrend(claim, figures, archive, series, year), _extreme(figures, archive, series, year)]


def _pretrend(claim: Claim, figures: Figures, archive: Archive, series: Series, year: int) -> Reason:
    """Whether it moved the same way, at a like pace, in the years before the baseline."""
    rules = archive.rules
    reach = int(rules.thresholds["pretrend_years"])
    values = {at: point.value for at, point in series.points.items() if point.value and series.measure == "level"}
    first = next((at for at in range(year - reach, year) if at in values), None)
    claimed = figures.claimed or 0.0
    end = claim.after.last.year if claim.after else year + 1
    if first is not None and values.get(year):
        moved = 100 * ((values[year] or 0) / (values[first] or 1) - 1)
        pace = math.log1p(moved / 100) / (year - first)
        n = year - first
        span = rules.phrase("in_year", year=year) if n == 1 else f"{first}–{year}"
    else:
        told = [
            point.value
            for one in archive.siblings(series)
            if one.measure == "change" and one.series_id not in rules.not_year_on_year
            for at, point in one.points.items()
            if at == year and point.value is not None
        ]
        if not told or told[0] <= -100:
            return rules.say("pretrend_none", "half")
        moved, pace, span = told[0], math.log1p(told[0] / 100), rules.phrase("in_year", year=year)
    wanted = math.log1p(max(claimed, -99.9) / 100) / max(1, end - year)
    if pace * wanted <= 0:
        return rules.say("pretrend_open", "full", pct=signed(moved), span=span)
    is_fast = abs(pace) >= rules.thresholds["pretrend_share"] * abs(wanted)
    return rules.say(
        "pretrend" if is_fast else "pretrend_slow", "dash" if is_fast else "half", pct=signed(moved), span=span
    )


def _extreme(figures: Figures, archive: Archive, series: Series, year: int) -> Reason:
    """Whether the baseline is the extreme of the years up to it, from which a return is likely anyway."""
    rules = archive.rules
    reach = int(rules.thresholds["extreme_years"])
    values = {
        at: point.value for at, point in series.points.items() if point.value is not None and year - reach <= at <= year
    }
    if year not in values or len(values) < 3:
        return rules.say("extreme_none", "half")
    is_fall = (figures.claimed or 0) < 0
    edge = max(values.values()) if is_fall else min(values.values())
    if values[year] != edge:
        return rules.say("extreme_open", "full", year=year)
    return rules.say("extreme" if is_fall else "extreme_low", "dash", year=year, n=len(values))


def _start(claim: Claim, start: float | None, archive: Archive) -> list[Reason]:
    rules = archive.rules
    if start is None:
        return [rules.say("start_unknown", "half")]
    shown = int(start)
    if claim.after is not None and claim.after.last.year + 1 - start < rules.thresholds["start_slack_years"]:
        return [rules.say("not_running", "dash", start=shown, after=claim.after.text)]
    if claim.before is not None and claim.before.last.year + 1 + rules.thresholds["start_slack_years"] <= start:
        return [rules.say("started_after", "dash", start=shown, before=claim.before.text)]
    return [rules.say("started", "full", start=shown)]


def _events(claim: Claim, archive: Archive) -> list[Reason]:
    """What else is on record for the years between; for a place, its parts and its country."""
    rules = archive.rules
    if claim.before is None and claim.after is None:
        return []
    first = (claim.before or claim.after).first.year  # type: ignore[union-attr]
    last = (claim.after or claim.before).last.year  # type: ignore[union-attr]
    here = {name for name, _ in archive.places_of(claim)}
    here |= {rules.canonical(claim.country_iso3, text) for text in (claim.area, claim.system_place) if text}
    whole = rules.canonical("", archive.country_name(claim.country_iso3))
    found = []
    for event in rules.events:
        if event.country_iso3 != claim.country_iso3 or not first <= event.year <= last:
            continue
        name = rules.canonical(event.country_iso3, event.place)
        if name == whole or any(
            name == one or f" {one} " in f" {name} " or f" {name} " in f" {one} " for one in here if one
        ):
            if event.kind == "recording_change":
                found.append(rules.say("recording", "dash", year=event.year, said=event.said))
            else:
                found.append(rules.say("event", "dash", year=event.year, place=event.place, said=event.said))
    return found or [rules.say("no_event", "half")]
