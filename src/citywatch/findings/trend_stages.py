"""How far do agreements get, from pledge to a system in use?"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

import pandas as pd

from citywatch.errors import NoDataError
from citywatch.findings.plain import plain
from citywatch.findings.statement import Statement
from citywatch.findings.study import Study
from citywatch.findings.trend_base import Part, facts, part, record
from citywatch.tables import PartialDate
from citywatch.uncertainty import percent, percent_range

KEY = "trend.stages"
NONE = "none"
DAYS_PER_MONTH = 365.25 / 12


@dataclass(frozen=True, slots=True)
class StageLine:
    """One stage.

    Attributes:
        key: Permanent key.
        stage: Word of the stage.
        label: Stage as readers see it.
        reached: Agreements with this step on record.
        part: The same as a share of all with a step.
        next: Where they went from there: stage or ``none``, and how many; adds up to ``reached``.
        undated: Agreements whose step of this stage has no date.
    """

    key: str
    stage: str
    label: str
    reached: int
    part: Part
    next: dict[str, int]
    undated: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Months between two steps.

    Attributes:
        key: Permanent key.
        first: Earlier stage.
        second: Later stage.
        dated: Agreements with both steps dated at least to the month, in that order.
        reversed: Agreements whose dates stand the other way round; left out.
        one_source: Of the dated, those whose two dates come from one source.
        months: Median; None where there are none.
    """

    key: str
    first: str
    second: str
    dated: int
    reversed: int
    one_source: int
    months: float | None


@dataclass(frozen=True, slots=True)
class Stages:
    """Agreements as a flow of stages.

    Attributes:
        record: Question, answer and what goes with it.
        labels: Label by stage.
        with_step: Agreements with a step on record.
        without_step: Agreements without.
        stages: One line per stage.
        waits: Months between neighbouring stages.
        only_pledge: Agreements with a pledge and no other step.
        ended: Agreements suspended or cancelled.
    """

    record: Statement
    labels: dict[str, str]
    with_step: int
    without_step: int
    stages: tuple[StageLine, ...]
    waits: tuple[Wait, ...]
    only_pledge: Part
    ended: Part

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary for JSON."""
        return dict(plain(self))


def stages(study: Study) -> Stages:
    """Ask the question of a prepared scenario.

    Args:
        study: The scenario.

    Raises:
        NoDataError: If no agreement has a step on record.
    """
    words = facts("stages")
    order = tuple(words["order"])
    events = study.registry.events.assign(stage=study.registry.events["kind"].map(words["of"]))
    events = events[events["agreement_id"].isin(study.admitted.rows["agreement_id"])]
    rows = study.admitted.rows[study.admitted.rows["agreement_id"].isin(events["agreement_id"])].reset_index(drop=True)
    if rows.empty:
        raise NoDataError(f"{KEY}: no agreement has a step on record")
    held = {stage: set(events.loc[events["stage"] == stage, "agreement_id"]) for stage in order}
    paths = {one: [stage for stage in order if one in held[stage]] for one in rows["agreement_id"]}
    lines = tuple(_line(study, rows, events, stage, paths) for stage in order)
    ended = _part(study, rows, {one for stage in words["ending"] for one in held[stage]}, "ended")
    pledge = order[0]
    only = _part(study, rows, {one for one, path in paths.items() if path == [pledge]}, "only_pledge")
    running = [stage for stage in order if stage not in words["ending"]]
    in_use = lines[order.index(running[-1])].part
    waits = tuple(_wait(events, first, second) for first, second in pairwise(running))
    return Stages(
        record=_record(study, rows, in_use, (ended, only), waits),
        labels=dict(words["labels"]),
        with_step=len(rows),
        without_step=len(study.admitted.rows) - len(rows),
        stages=lines,
        waits=waits,
        only_pledge=only,
        ended=ended,
    )


def _part(study: Study, rows: pd.DataFrame, members: set[str], word: str) -> Part:
    return part(study, rows, rows["agreement_id"].isin(members), (f"{KEY}.{word}", word, word))


def _line(study: Study, rows: pd.DataFrame, events: pd.DataFrame, stage: str, paths: dict[str, list[str]]) -> StageLine:
    label = facts("stages")["labels"][stage]
    reached = {one: path for one, path in paths.items() if stage in path}
    after: dict[str, int] = {}
    for path in reached.values():
        place = path.index(stage) + 1
        step = path[place] if place < len(path) else NONE
        after[step] = after.get(step, 0) + 1
    order = [*facts("stages")["order"], NONE]
    dates = events.loc[events["stage"] == stage].groupby("agreement_id")["date"].max()
    return StageLine(
        key=f"{KEY}.{stage}",
        stage=stage,
        label=label,
        reached=len(reached),
        part=part(study, rows, rows["agreement_id"].isin(reached), (f"{KEY}.{stage}", stage, label)),
        next={step: after[step] for step in order if step in after},
        undated=int((dates == "").sum()),
    )


def _wait(events: pd.DataFrame, first: str, second: str) -> Wait:
    steps = [_first_steps(events, stage) for stage in (first, second)]
    gaps = {one: steps[1][one][0] - steps[0][one][0] for one in steps[0] if one in steps[1]}
    forward = {one: gap / DAYS_PER_MONTH for one, gap in gaps.items() if gap >= 0}
    shared = sum(bool(steps[0][one][1] & steps[1][one][1]) for one in forward)
    months = median(forward.values()) if forward else None
    key = f"{KEY}.wait.{first}-{second}"
    return Wait(key, first, second, len(forward), len(gaps) - len(forward), shared, months)


def _first_steps(events: pd.DataFrame, stage: str) -> dict[str, tuple[float, frozenset[str]]]:
    """Middle day of the earliest step that is dated at least to the month, and its sources, by agreement."""
    rows = events[(events["stage"] == stage) & (events["date"].str.len() > len("YYYY"))]
    found = {}
    for one, steps in rows.groupby("agreement_id"):
        text = steps["date"].min()
        parsed = PartialDate.parse(text)
        sources = frozenset(steps.loc[steps["date"] == text, "source_id"]) - {""}
        found[str(one)] = ((parsed.earliest.toordinal() + parsed.latest.toordinal()) / 2, sources)
    return found


def _record(
    study: Study, rows: pd.DataFrame, in_use: Part, others: tuple[Part, Part], waits: tuple[Wait, ...]
) -> Statement:
    interval, words = in_use.interval, facts("stages")
    ended, only = others
    labels = words["labels"]
    notes = tuple(
        str(
            words["one_source"].format(
                first=labels[wait.first], second=labels[wait.second].lower(), count=wait.one_source, dated=wait.dated
            )
        )
        for wait in waits
        if wait.one_source
    )
    return record(
        study,
        "stages",
        key=KEY,
        answer=words["answer"].format(
            share=percent(in_use.share_pct or 0.0),
            range=percent_range(interval) if interval else "",
            ended=ended.count,
            pledges=only.count,
        ),
        estimate=in_use.share_pct,
        interval=interval,
        ids=tuple(str(one) for one in rows["agreement_id"]),
        page="shares",
        notes=notes,
    )
