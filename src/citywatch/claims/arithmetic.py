"""Second answer: what the official figures say, by series, baseline and definition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from citywatch.claims.checkable import claimed
from citywatch.claims.compare import (
    AGREES,
    DECIDED,
    LARGER_THAN,
    LEVEL_UNITS,
    MATCHES,
    OPPOSITE,
    OTHER_THING,
    SMALLER,
    Work,
    compare,
)
from citywatch.claims.context import (
    implied_counts,
    missing_tables,
    ordinary_movement,
    rest_of_country,
    rows_text,
    say_compared,
    say_context,
)
from citywatch.claims.figures import Archive, Candidate, at_period
from citywatch.claims.periods import Period, year_period
from citywatch.claims.records import Answer, Claim, Compared, Figures, Plotted, Point, Series
from citywatch.claims.rules import figure, signed
from citywatch.uncertainty import percent

Decision = tuple[str, Candidate | None, list[Compared]]
"""The word, the series that decides or would, and its baselines."""


def arithmetic(claim: Claim, archive: Archive) -> tuple[Answer, Figures]:
    """What the figures say about one claim, and the numbers behind it.

    Args:
        claim: The claim.
        archive: All series.
    """
    rules = archive.rules
    said = claimed(claim)
    work = Work(claim, said, rules, archive)
    _readings(work)
    if said.value is None:
        return rules.answer("arithmetic", "not_numeric", work.reasons), Figures()
    word = _own_numbers(work)
    candidates = archive.candidates(claim)
    deciding = [one for one in candidates if one.decides]
    settled, chosen, baselines = _decide(work, deciding)
    word = word or settled
    if word == "no_official_figures" and not chosen:
        chosen = next((one for one in deciding if one.series.measure == "level"), None)
    is_settled = word in DECIDED | {"inconsistent", "depends_on_baseline"}
    several = len({one.name for one in deciding if one.series.measure == "level"}) > 1
    tables = missing_tables(work, deciding) if several or not is_settled else ()
    best = next((one for candidate, one in work.compared if candidate is chosen), None)
    if several and tables and word in DECIDED and best is not None and best.change is None:
        word = "no_official_figures"
        _say_other_bounds(work, best)
    say_context(work, candidates)
    implied = implied_counts(work, deciding)
    movement = ordinary_movement(work, chosen, best)
    rest = rest_of_country(work, chosen, best)
    for table in tables:
        work.say("missing_table", "dash", table=table)
    is_same = (
        best is not None and chosen is not None and word in DECIDED and _is_same_source(claim, chosen.series, best)
    )
    if is_same:
        work.say("same_source", "half")
    figures = Figures(
        said.value, said.scale, chosen.series.series_id if chosen else "",
        tuple(one for _, one in work.compared), tuple(baselines), tuple(implied), movement, rest, tuple(tables),
        is_same_source=is_same,
        points=_plotted(chosen),
    )  # fmt: skip
    return rules.answer("arithmetic", word, work.reasons), figures


def _say_other_bounds(work: Work, said: Compared) -> None:
    """The direction at one of several places settles nothing for all of them: what the others allow stands beside it."""
    for one, found in work.compared:
        if found.change is None and found.place != said.place:
            say_compared(work, one, found)


def _readings(work: Work) -> None:
    for by, said, _ in work.rules.readings.get(work.claim.claim_id, ()):
        work.say("reading", "half", by=by, said=said)


def _own_numbers(work: Work) -> str:
    """``inconsistent`` where the claim's own figures disagree with its percentage; else nothing."""
    claim, said = work.claim, work.said
    if said.relative is None or claim.change_pct is None or claim.value_before is None or claim.value_after is None:
        return ""
    slack = work.rules.thresholds["consistency_points"]
    fits = [said.relative] + ([said.points] if said.points is not None and work.said.scale == "points" else [])
    values = {"before": figure(claim.value_before), "after": figure(claim.value_after), "pct": signed(said.relative)}
    if min(abs(claim.change_pct - one) for one in fits) <= slack:
        work.say("consistent", "full", **values)
        return ""
    if claim.change_pct * said.relative < 0:
        work.say("inconsistent", "dash", claimed=signed(claim.change_pct), **values)
        return OPPOSITE
    if abs(claim.change_pct) < abs(said.relative):
        work.say("own_larger", "half", claimed=signed(claim.change_pct), **values)
        return ""
    work.say("inconsistent", "dash", claimed=signed(claim.change_pct), **values)
    return "inconsistent"


def _decide(work: Work, deciding: Sequence[Candidate]) -> Decision:
    claim = work.claim
    if claim.before and claim.after and claim.before.length != claim.after.length:
        work.say("like.months", "dash", before=claim.before.text, after=claim.after.text)
        return "not_comparable", None, []
    if claim.before is None and claim.after is None:
        work.say("no_period", "dash")
        return "no_official_figures", None, []
    if not deciding:
        metric = work.rules.metric_name(
            (work.rules.metric_of(claim.metric).same or (work.rules.family(claim.metric),))[0]
        )
        work.say("no_series", "dash", metric=metric, place=claim.area or claim.system_place)
        return "no_official_figures", None, []
    if work.said.scale == "level":
        return _level(work, deciding)
    if claim.before and claim.after and claim.is_period_stated != "no":
        return _both_stated(work, deciding)
    return _open_baseline(work, deciding)


def _level(work: Work, deciding: Sequence[Candidate]) -> Decision:
    """A figure without a change: the official figure of the same period."""
    period = work.claim.after or work.claim.before
    unit = LEVEL_UNITS.get(work.claim.unit, work.claim.unit)
    for one in deciding:
        point = at_period(one.series, period) if period and one.series.measure in {"level", "share"} else None
        if point is None or point.value is None or one.series.unit != unit or work.said.value is None:
            continue
        slack = work.rules.thresholds["level_share"] * abs(point.value)
        gap = point.value - work.said.value
        word = MATCHES if abs(gap) <= slack else LARGER_THAN if gap > 0 else SMALLER
        year = period.first.year if period else 0
        work.compared.append(
            (one, Compared(one.series.series_id, one.series.place, None, year, None, point.value, None, None, word))
        )
        work.say(
            "official_level", "full", place=one.series.place, value=figure(point.value), year=year, claimed=work.text
        )
        return word, one, []
    return "no_official_figures", None, []


def _both_stated(work: Work, deciding: Sequence[Candidate]) -> Decision:
    before, after = work.claim.before, work.claim.after
    if before is None or after is None:
        return "no_official_figures", None, []
    pool = [*_joined(deciding), *deciding]
    work.compared = [(one, found) for one in pool if (found := compare(work, one, before, after)) is not None]
    places = {one.name for one in deciding}
    decided = [(one, found) for one, found in work.compared if found.answer in DECIDED]
    joined = [pair for pair in decided if pair[0].name not in places]
    if not decided:
        return _partial(work, deciding, before, after)
    chosen, best = (joined or decided)[0]
    say_compared(work, chosen, best)
    baselines = _baselines(work, chosen, before, after)
    return _settled(work, deciding, decided, (chosen, best), baselines), chosen, baselines


def _settled(
    work: Work,
    deciding: Sequence[Candidate],
    decided: Sequence[tuple[Candidate, Compared]],
    pair: tuple[Candidate, Compared],
    baselines: Sequence[Compared],
) -> str:
    """What the best series says, unless a rival, the definition or the baseline turns it."""
    chosen, best = pair
    if chosen.series.series_id in work.archive.sums:
        _say_sum(work, chosen, deciding, best.year_after)
        return "depends_on_definition"
    if chosen.near == OTHER_THING:
        return "depends_on_definition"
    places = {one.name for one in deciding}
    several = len(work.archive.places_of(work.claim)) > 1 and chosen.name in places
    rivals = [found for one, found in decided if _is_rival(one, chosen, several=several)]
    if {found.answer for found in rivals} - {best.answer}:
        changes = [found.change for found in (*rivals, best) if found.change is not None]
        work.say("conflicts", "dash", n=len(rivals) + 1, low=signed(min(changes)), high=signed(max(changes)))
        return "depends_on_definition"
    if _sign_turns(work, best, baselines):
        near = [row for row in baselines if _is_neighbour(work, row, best) or row.year_before == best.year_before]
        work.say("baseline_turns", "dash", rows=rows_text(work, near))
        return "depends_on_baseline"
    return best.answer


def _say_sum(work: Work, chosen: Candidate, deciding: Sequence[Candidate], year: int) -> None:
    after = year_period(year)
    work.say("sum_of_parts", "dash", definition=chosen.series.definition)
    part = at_period(chosen.series, after)
    for one in deciding:
        whole = at_period(one.series, after)
        if (
            one.series.series_id not in work.archive.sums
            and one.series.unit == "count"
            and whole
            and whole.value
            and part
            and part.value
        ):
            share = percent(100 * part.value / whole.value)
            work.say("sum_share", "dash", share=share, year=after.text, total=figure(whole.value))
            return


def _is_rival(one: Candidate, chosen: Candidate, *, several: bool) -> bool:
    """Another series of equal standing: printed, same place (or another of the claim's places), same fit."""
    is_equal = (
        one.fit == chosen.fit and one.near <= chosen.near and one.role == chosen.role and not one.series.is_derived
    )
    same_place = one.name == chosen.name
    return one is not chosen and is_equal and (same_place or several) and one.series.months == chosen.series.months


def _partial(work: Work, deciding: Sequence[Candidate], before: Period, after: Period) -> Decision:
    """No figure decides: what directions and bounds allow, or what is missing."""
    agree = [(one, found) for one, found in work.compared if found.answer == AGREES]
    main = next((one for one in deciding if one.series.measure == "level"), deciding[0])
    baselines = _baselines(work, main, before, after) if main.series.measure == "level" else []
    if agree:
        one, best = min(agree, key=lambda pair: pair[0].series.measure != "level")
        say_compared(work, one, best)
        _later_rows(work, baselines)
        return AGREES, one, baselines
    if _is_mixed(deciding, before, after):
        work.say("definitions_differ", "dash", year_before=before.text, year_after=after.text)
        return "not_comparable", main, baselines
    years = [str(year) for period in (before, after) for year in period.years if _is_absent(main.series, year)]
    if years:
        work.say("no_year", "dash", place=main.series.place, years=", ".join(dict.fromkeys(years)))
    _later_rows(work, baselines)
    return "no_official_figures", main, baselines


def _later_rows(work: Work, baselines: Sequence[Compared]) -> None:
    if baselines:
        work.say("later_rows", "half", rows=rows_text(work, baselines))


def _is_mixed(deciding: Sequence[Candidate], before: Period, after: Period) -> bool:
    """Both years are on record at one place and unit, but under different definitions."""
    levels = [one.series for one in deciding if one.series.measure == "level"]
    firsts = [one for one in levels if _has(one, before) and not _has(one, after)]
    seconds = [one for one in levels if _has(one, after) and not _has(one, before)]
    return any(one.place == two.place and one.unit == two.unit for one in firsts for two in seconds)


def _has(series: Series, period: Period) -> bool:
    point = at_period(series, period)
    return point is not None and point.value is not None


def _is_absent(series: Series, year: int) -> bool:
    return series.points.get(year, Point(None)).value is None


def _open_baseline(work: Work, deciding: Sequence[Candidate]) -> Decision:
    """The baseline or the end is not stated: every reasonable one is tried."""
    claim = work.claim
    for one in (*_joined(deciding), *deciding):
        after = claim.after
        rows = _ends(work, one) if after is None else _baselines(work, one, claim.before, after, with_later=False)
        decided = [row for row in rows if row.answer in DECIDED]
        if not decided:
            continue
        work.compared += [(one, row) for row in decided]
        code = "baseline_open" if claim.after is not None else "years_open"
        answers = {row.answer for row in decided}
        work.say(code, "half" if len(answers) == 1 else "dash", rows=rows_text(work, decided))
        return (answers.pop() if len(answers) == 1 else "depends_on_baseline"), one, rows
    main = next((one for one in deciding if one.series.measure == "level"), deciding[0])
    wanted = claim.after or claim.before
    if wanted is not None and _is_absent(main.series, wanted.last.year):
        work.say("no_year", "dash", place=main.series.place, years=wanted.text)
    return "no_official_figures", main, []


def _ends(work: Work, one: Candidate) -> list[Compared]:
    before = work.claim.before
    last = int(work.claim.stated_on[:4]) if work.claim.stated_on else 0
    if before is None or not last:
        return []
    first = before.last.year + 1
    years = range(first, min(last, first + int(work.rules.thresholds["baseline_years"])) + 1)
    return [row for year in years if (row := compare(work, one, before, year_period(year))) is not None]


def _baselines(
    work: Work, one: Candidate, before: Period | None, after: Period, *, with_later: bool = True
) -> list[Compared]:
    """The series from every reasonable baseline to the claimed end, and on to later years where that end is open."""
    if not after.is_whole_years or one.series.measure not in {"level", "share"}:
        return []
    span = int(work.rules.thresholds["baseline_years"])
    end = after.last.year
    stated = before.last.year if before else end - 1
    years = sorted({*range(end - span, end), stated} & set(one.series.points))
    rows = [row for year in years if (row := compare(work, one, year_period(year), after)) is not None]
    if with_later and _is_absent(one.series, end) and before is not None and before.is_whole_years:
        later = [year for year in sorted(one.series.points) if end < year <= end + span // 2]
        rows += [row for year in later if (row := compare(work, one, before, year_period(year))) is not None]
    return [row for row in rows if row.change is not None]


def _is_neighbour(work: Work, row: Compared, best: Compared) -> bool:
    reach = work.rules.thresholds["baseline_neighbours"]
    if row.year_before is None or best.year_before is None or row.year_after != best.year_after:
        return False
    return 0 < abs(row.year_before - best.year_before) <= reach


def _sign_turns(work: Work, best: Compared, baselines: Sequence[Compared]) -> bool:
    limit = work.rules.thresholds["flip_pct"]
    if best.change is None or abs(best.change) < limit:
        return False
    near = [row.change for row in baselines if _is_neighbour(work, row, best) and row.change is not None]
    return any(abs(change) >= limit and (change < 0) != (best.change < 0) for change in near)


def _joined(deciding: Sequence[Candidate]) -> list[Candidate]:
    """Places that a claim names together, added up where their counts are alike."""
    names = {one.name for one in deciding}
    if len(names) < 2:
        return []
    counts = [one for one in deciding if one.series.unit == "count" and one.series.measure == "level"]
    firsts = [next((one for one in counts if one.name == name), None) for name in sorted(names)]
    parts = [one for one in firsts if one is not None]
    if len(parts) < len(names) or len({one.series.family for one in parts}) > 1:
        return []
    years = set.intersection(*(set(one.series.points) for one in parts))
    values = {year: [one.series.points[year].value for one in parts] for year in sorted(years)}
    points = {
        year: Point(sum(value for value in row if value is not None), is_derived=True)
        for year, row in values.items()
        if None not in row
    }
    series = replace(
        parts[0].series, series_id="+".join(one.series.series_id for one in parts),
        place=" + ".join(one.series.place for one in parts), points=points,
    )  # fmt: skip
    return [replace(parts[0], series=series, name=" + ".join(sorted(names)))] if points else []


def _plotted(chosen: Candidate | None) -> tuple[Plotted, ...]:
    if chosen is None or chosen.series.measure not in {"level", "share"}:
        return ()
    points = sorted(chosen.series.points.items())
    return tuple(Plotted(year, one.value, one.low, one.high, one.is_derived) for year, one in points)


def _is_same_source(claim: Claim, series: Series, best: Compared) -> bool:
    """Whether the figures that decide were read where the claim was read."""
    years = [year for year in (best.year_before, best.year_after) if year in series.points]
    return bool(claim.source and years) and all(series.points[year].source == claim.source for year in years if year)
