"""What the ratios of the drivers say: which stand out, by which model they do not, and where time tells another story."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from citywatch.findings.driver_columns import Columns
from citywatch.findings.facts import read, settings
from citywatch.findings.result import Estimate, Result
from citywatch.findings.shares import lean_of
from citywatch.uncertainty import Interval
from citywatch.uncertainty import plain as rounded

CLEAR, CHANCE, NONE = "clear", "chance", "none"
RATIOS = ("having", "count", "time")
"""Questions whose estimates are ratios of the same columns."""


def lean(interval: Interval | None) -> tuple[str, int]:
    """Word of the lean by the cut-offs of ``leans.yml``, and the side of the even ratio on which the middle lies."""
    word = lean_of(interval)
    middle = 0.0 if interval is None else np.log(interval.low) + np.log(interval.high)
    return word, int(np.sign(middle))


def answer(name: str, estimates: Sequence[Estimate], separated: Sequence[str]) -> str:
    """Which columns stand out, which might, and whose size nobody can tell.

    A column that tells the countries apart never stands out: its ratio has no end and the number follows from the penalty.

    Args:
        name: The question.
        estimates: Ratios of its columns.
        separated: Ids of the columns that tell the countries apart.
    """
    words = read("drivers")["texts"]
    apart = [one for one in estimates if one.key.rpartition(".")[2] in separated]
    rest = [one for one in estimates if one not in apart]
    clear = [one for one in rest if lean(one.interval)[0] == CLEAR]
    chance = [one for one in rest if lean(one.interval)[0] == CHANCE]
    said = [
        words["stand_out"].format(columns=len(estimates), list="; ".join(_ratio(one) + _unless(one) for one in clear))
        if clear
        else words["none_stands_out"].format(of=words[name]["unit"])
    ]
    if chance:
        said.append(words["chance"].format(list="; ".join(map(_ratio, chance))))
    if apart:
        said.append(words["no_size"].format(list="; ".join(one.label for one in apart)))
    return " ".join(said)


def _ratio(one: Estimate) -> str:
    return f"{one.label} {rounded(one.value, 1)} ({_span(one)})"


def _span(one: Estimate) -> str:
    return f"{rounded(one.interval.low, 1)}–{rounded(one.interval.high, 1)}" if one.interval else ""


def _unless(one: Estimate) -> str:
    """The declared alternatives under which a column does not stand out."""
    facts = read("drivers")
    against = [
        str(label)
        for word, label in facts["alternatives"].items()
        if word in one.beside and lean(one.beside[word][1]) != lean(one.interval)
    ]
    return facts["texts"]["unless"].format(alternatives=", nor ".join(against)) if against else ""


def many(columns: int) -> str:
    """How many intervals are looked at together, and how many would leave out 1 by chance."""
    tests = columns * len(RATIOS)
    return str(
        read("drivers")["texts"]["many"].format(
            columns=columns, models=len(RATIOS), tests=tests, expected=rounded(tests * (1 - settings().level), 1)
        )
    )


def beside_time(results: Sequence[Result], columns: Columns) -> tuple[Result, ...]:
    """The results, with a note where having an agreement and the time to the first tell different stories of a column.

    Args:
        results: All results of one scenario.
        columns: The columns.
    """
    by_name = {one.key.rpartition(".")[2]: one for one in results}
    if "having" not in by_name or "time" not in by_name:
        return tuple(results)
    having, time = by_name["having"], by_name["time"]
    moving = {
        column.id: bool((np.ptp(values, axis=1) > 0).any())
        for column, values in zip(columns.columns, columns.panels, strict=True)
    }
    notes: dict[str, str] = {}
    for one, other in zip(having.estimates, time.estimates, strict=True):
        column = one.key.rpartition(".")[2]
        if note := _differing(one, other, is_moving=moving[column]):
            notes[column] = note
    clear = [
        notes[column]
        for one in having.estimates
        if (column := one.key.rpartition(".")[2]) in notes and lean(one.interval)[0] == CLEAR
    ]
    made = {
        "having": replace(having, answer=" ".join([having.answer, *clear]), estimates=_noted(having, notes)),
        "time": replace(time, estimates=_noted(time, notes)),
    }
    return tuple(made.get(one.key.rpartition(".")[2], one) for one in results)


def _noted(result: Result, notes: Mapping[str, str]) -> tuple[Estimate, ...]:
    return tuple(replace(one, note=notes.get(one.key.rpartition(".")[2], one.note)) for one in result.estimates)


def _differing(one: Estimate, other: Estimate, *, is_moving: bool) -> str:
    (word, side), (word_time, side_time) = lean(one.interval), lean(other.interval)
    is_only_one = {word, word_time} == {CLEAR, NONE}
    if not is_only_one and (side == side_time or NONE in {word, word_time}):
        return ""
    texts = read("drivers")["texts"]
    said = texts["differs"].format(
        label=one.label, value=rounded(one.value, 1), range=_span(one), time=rounded(other.value, 1),
        time_range=_span(other),
    )  # fmt: skip
    return f"{said} {texts['follows']}" if word == CLEAR and is_moving else str(said)
