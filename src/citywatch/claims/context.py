"""What stands beside the answer: words, implied counts, missing tables, ordinary movement, the rest of the country."""

from __future__ import annotations

from collections.abc import Sequence

from citywatch.claims.compare import LEVEL_UNITS, Work, compare
from citywatch.claims.figures import LARGER, LIMITED, Candidate, at_period
from citywatch.claims.records import Compared, Implied, Movement, Point, Rest, Series
from citywatch.claims.rules import figure, signed
from citywatch.uncertainty import percent, plain


def say_compared(work: Work, one: Candidate, best: Compared) -> None:
    """Say which series is used, why, and what it shows."""
    series = one.series
    why = [
        work.rules.words["reasons"]["why.limited" if one.fit == LIMITED else "why.same_place"],
        work.rules.words["reasons"]["why.metric"],
    ]
    if series.is_derived:
        why.append(series.definition or work.rules.words["reasons"]["why.derived"])
    work.say("chosen", "full" if one.fit != LIMITED else "half", series=series.series_id, why=", ".join(why))
    if best.change is not None and best.value_before is not None and best.value_after is not None:
        work.say(
            "official", "full", place=best.place, before=figure(best.value_before), after=figure(best.value_after),
            year_before=best.year_before, year_after=best.year_after, pct=signed(best.change, work.said.scale), claimed=work.text,
        )  # fmt: skip
    elif best.change is not None:
        work.say(
            "official_change",
            "full",
            place=best.place,
            pct=signed(best.change),
            year_after=best.year_after,
            claimed=work.text,
        )
    elif series.measure == "direction":
        direction = work.rules.phrase(series.points[best.year_after].direction)
        work.say("official_direction", "half", place=best.place, direction=direction, year_after=best.year_after)
    else:
        work.say(
            "official_bounds", "half", place=best.place, year_before=best.year_before, year_after=best.year_after,
            range=_range_text(work, best), claimed=work.text,
        )  # fmt: skip
    is_rate = work.claim.unit == "per_100k" or "per 100" in work.claim.definition
    if (
        series.unit in {"count", "per_100k"}
        and (work.claim.unit in {"count", "per_100k"} or is_rate)
        and is_rate != (series.unit == "per_100k")
    ):
        work.say("like_rate" if is_rate else "like_count", "half")
    if work.claim.bound in {"at_most", "at_least"}:
        work.say("bound_up_to" if work.claim.bound == "at_most" else "at_least", "half")


def _range_text(work: Work, row: Compared) -> str:
    low = None if row.low is None or row.low <= -100 else signed(row.low, work.said.scale)
    high = None if row.high is None else signed(row.high, work.said.scale)
    if low is None and row.high == 0:
        return work.rules.phrase("bounded_fall")
    if high is None and row.low == 0:
        return work.rules.phrase("bounded_rise")
    if low is None:
        return work.rules.phrase("bounded_high", high=high)
    return (
        work.rules.phrase("bounded_low", low=low) if high is None else work.rules.phrase("bounded", low=low, high=high)
    )


def rows_text(work: Work, rows: Sequence[Compared]) -> str:
    """Changes by year in one line."""
    known = [row for row in rows if row.change is not None]
    return "; ".join(
        f"{row.year_before} → {row.year_after} {signed(row.change or 0, work.said.scale)}" for row in known
    )


def say_context(work: Work, candidates: Sequence[Candidate]) -> None:
    """Parts of the measure, larger areas and the claim's own baseline: shown, never deciding."""
    before, after = work.claim.before, work.claim.after
    if before and after and work.said.scale == "percent":
        parts = []
        for one in candidates:
            if one.decides:
                continue
            found = compare(work, one, before, after)
            if found is None or found.change is None:
                continue
            if one.fit == LARGER and one.role == "same":
                work.say("larger_area", "half", place=one.series.place, pct=signed(found.change))
            elif one.role == "narrower" and one.fit != LARGER:
                parts.append(f"{work.rules.metric_name(one.series.family)} {signed(found.change)}")
        if parts:
            work.say("narrower", "half", rows="; ".join(parts))
    unit = LEVEL_UNITS.get(work.claim.unit, work.claim.unit)
    if before is None or work.claim.value_before is None:
        return
    for one in candidates:
        is_alike = one.series.unit == unit or work.claim.unit == "percent_change"
        point = at_period(one.series, before) if one.decides and is_alike else None
        if point is not None and point.value:
            slack = work.rules.thresholds["level_share"] * point.value
            if abs(point.value - work.claim.value_before) > slack:
                work.say(
                    "level_before",
                    "dash",
                    claimed=figure(work.claim.value_before),
                    year=before.text,
                    value=figure(point.value),
                    series=one.series.series_id,
                )
            return


def implied_counts(work: Work, deciding: Sequence[Candidate]) -> list[Implied]:
    """The claimed percentage in the unit of the series: one per place, printed figures first."""
    before, after, said = work.claim.before, work.claim.after, work.said
    if said.scale != "percent" or said.value is None or said.value <= -100:
        return []
    found: dict[str, Implied] = {}
    for one in deciding:
        series = one.series
        if (
            series.measure != "level"
            or series.unit == "percent"
            or one.name in found
            or series.series_id in work.archive.sums
        ):
            continue
        start = at_period(series, before) if before else None
        end = at_period(series, after) if after else None
        years = (before.last.year if before else None, after.last.year if after else 0)
        if start is not None and start.value and before is not None:
            implied = start.value * (1 + said.value / 100)
            found[one.name] = Implied(series.series_id, series.place, *years, start.value, implied, True)
            bound = _bound_text(work, end)
            below = work.rules.say("implied_below", "half", bound=bound).text if bound else ""
            work.say(
                "implied_after",
                "full",
                claimed=work.text,
                before=figure(start.value),
                place=series.place,
                year_before=before.text,
                implied=_implied_text(series, implied),
                below=below,
            )
        elif end is not None and end.value and after is not None:
            implied = end.value / (1 + said.value / 100)
            found[one.name] = Implied(series.series_id, series.place, *years, end.value, implied, False)
            work.say(
                "implied_before",
                "full",
                claimed=work.text,
                after=figure(end.value),
                place=series.place,
                year_after=after.text,
                implied=_implied_text(series, implied),
            )
    return list(found.values())


def _implied_text(series: Series, value: float) -> str:
    return plain(value) if series.unit == "count" else plain(value, 1)


def _bound_text(work: Work, point: Point | None) -> str:
    if point is None or point.value is not None:
        return ""
    if point.high is not None:
        return work.rules.phrase("below", value=figure(point.high))
    return work.rules.phrase("above", value=figure(point.low)) if point.low is not None else ""


def missing_tables(work: Work, deciding: Sequence[Candidate]) -> list[str]:
    """Names of what is missing to settle the claim: one per place and year."""
    claim, rules = work.claim, work.rules
    family = (rules.metric_of(claim.metric).same or ("",))[0]
    periods = [one for one in (claim.before, claim.after) if one]
    name = rules.metric_name(family) if family else claim.definition or claim.metric.replace("_", " ")
    if not periods or rules.is_unnamed(claim.area or claim.system_place):
        return []
    named = rules.places["tables"].get(claim.country_iso3, {}).get(family)
    levels: dict[str, Series] = {}
    for one in deciding:
        if one.series.measure == "level":
            levels.setdefault(one.name, one.series)
    shown = {name: series.place for name, series in levels.items()}
    places = list(levels) or [claim.area or claim.system_place]
    found = []
    for place in places:
        for period in periods:
            point = at_period(levels[place], period) if place in levels else None
            if point is None or point.value is None:
                values = {"year": period.text, "metric": name, "place": shown.get(place, place)}
                table = str(named["name"]).format(**values) if named else ""
                found.append(
                    rules.phrase("table_named", table=table, **values) if named else rules.phrase("table", **values)
                )
    return list(dict.fromkeys(found))


def ordinary_movement(work: Work, chosen: Candidate | None, best: Compared | None) -> Movement:
    """Ordinary movement of comparable series around the change, and how often one this large happens."""
    said = work.said
    families = work.rules.metric_of(work.claim.metric).same
    family = chosen.series.family if chosen else families[0] if families else ""
    if said.scale != "percent" or not family:
        return Movement()
    before, after = work.claim.before, work.claim.after
    span = max(1, after.last.year - before.last.year) if before and after else 1
    series = chosen.series if chosen and chosen.series.measure == "level" else None
    is_country = work.archive.is_country(work.claim)
    found = work.archive.movement(series, family, is_country=is_country, span=span, claimed=said.value)
    if series is not None and best is not None:
        found = work.archive.around(found, series, best)
    _say_movement(work, found)
    return found


def _say_movement(work: Work, found: Movement) -> None:
    rules = work.rules
    span = rules.phrase("year") if found.span == 1 else rules.phrase("years", n=found.span)
    spread = {"sd": found.sd, "own": found.own, "pooled": found.pooled}
    shown = {name: "–" if value is None else plain(value, 2) for name, value in spread.items()}
    if found.low is not None and found.high is not None:
        work.say("interval", "half", low=signed(found.low), high=signed(found.high), n=found.own_n, **shown)
    elif found.own_n:
        work.say("dispersion", "half", n=found.own_n, **shown)
    elif found.range_low is not None and found.range_high is not None:
        years = int(rules.thresholds["interval_years"])
        work.say(
            "observed_range", "half", years=years, low=signed(found.range_low), high=signed(found.range_high), n=found.n
        )
    if found.poisson_low is not None and found.poisson_high is not None:
        work.say("poisson", "half", low=signed(found.poisson_low), high=signed(found.poisson_high))
    if found.share is None:
        work.say("ordinary_none", "dash", span=span)
    else:
        pool = rules.phrase(f"pool.{found.pool}")
        share = percent(100 * found.share, 0 if found.share in {0, 1} or found.share >= 0.1 else 1)
        work.say("ordinary", "full", share=share, n=found.n, span=span, pool=pool)


def rest_of_country(work: Work, chosen: Candidate | None, best: Compared | None) -> Rest | None:
    """The same years in the rest of the country; in the whole of it where the rest cannot be formed."""
    claim, archive = work.claim, work.archive
    if not (claim.before and claim.after) or archive.is_country(claim) or work.said.scale != "percent":
        return None
    families = work.rules.metric_of(claim.metric).same
    unit = chosen.series.unit if chosen and chosen.series.measure == "level" else "count"
    change = best.change if best is not None and best.change is not None else work.said.value
    for series in (one for family in families for one in archive.national(claim.country_iso3, family, unit)):
        start, end = at_period(series, claim.before), at_period(series, claim.after)
        if start is None or end is None or not start.value or end.value is None or change is None or change <= -100:
            continue
        first, second, is_rest = start.value, end.value, False
        if unit == "count" and best is not None and best.value_before is not None and best.value_after is not None:
            first, second, is_rest = first - best.value_before, second - best.value_after, True
        if first <= 0 or second <= 0:
            continue
        moved = 100 * (second / first - 1)
        rest = Rest(series.place, moved, change - moved, (1 + change / 100) / (1 + moved / 100), is_rest)
        code = "rest" if is_rest else "rest_whole" if best is not None and best.change is not None else "rest_claimed"
        work.say(
            code, "full", country=archive.country_name(claim.country_iso3),
            pct=signed(moved), points=plain(abs(rest.points)), ratio=plain(rest.ratio, 2),
        )  # fmt: skip
        return rest
    return None
