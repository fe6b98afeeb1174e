"""One question under every declared choice: the specification curve."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from citywatch.errors import NoDataError, VocabularyError
from citywatch.findings.curve_data import Ground, ground
from citywatch.findings.curve_fit import Point, fit_points
from citywatch.findings.curve_grid import NOT_USED, Question, grid, question_of
from citywatch.findings.facts import read, settings
from citywatch.findings.plain import plain
from citywatch.findings.result import Estimate, Result
from citywatch.indicators import Indicators
from citywatch.registry import Registry
from citywatch.tables.write import SIGNIFICANT_DIGITS
from citywatch.uncertainty import percent, times

PERCENT = 100.0


@dataclass(frozen=True)
class Line:
    """A distinct result: the first specification that gave it, and how many others did.

    Attributes:
        point: The specification.
        same: Ids of the specifications with the same numbers, the first one's included.
        options: By choice, every option that one of them chose; ``-`` is none.
    """

    point: Point
    same: tuple[str, ...]
    options: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Curve:
    """The answer to one question under every choice.

    Attributes:
        question: The question.
        points: Every specification of the grid, in order.
        lines: Distinct results of the question itself, smallest ratio first.
        apart: Distinct results of different questions, smallest ratio first.
        refused: Specifications without a number, by reason.
        result: The summary as a record.
        base: What the specifications were fitted to.
    """

    question: Question
    points: tuple[Point, ...]
    lines: tuple[Line, ...]
    apart: tuple[Line, ...]
    refused: Mapping[str, int]
    result: Result
    base: Ground

    def point(self, name: str) -> Point:
        """A specification by its id.

        Raises:
            VocabularyError: If there is none.
        """
        for point in self.points:
            if point.spec.id == name:
                return point
        text = read("curves")["common"]["refusals"]["point"]
        raise VocabularyError(text.format(point=name, name=self.question.id))

    def rows(self, point: Point) -> tuple[str, ...]:
        """Agreements behind a specification: counted, in eligible countries that have a class; sorted."""
        selection = self.base.selection(point.spec)
        if selection is None:
            return ()
        weights = dict(zip(self.base.countries, self.base.weights(point.spec), strict=True))
        rows = selection.rows
        kept = rows["country_iso3"].map(weights).fillna(0) > 0
        if "against" in point.spec.chosen:
            own, other = self.base.pair_rows(point.spec)
            kept &= own | other
        return tuple(sorted(str(identifier) for identifier in rows.loc[kept, "agreement_id"]))

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary for JSON: the choices, and one array per column of the distinct results.

        Rows are numbers of the list ``agreements``, and each set of rows is kept once.
        """
        known: dict[tuple[str, ...], int] = {}
        places = {line.point.spec.id: known.setdefault(self.rows(line.point), len(known)) for line in self._all()}
        agreements = sorted({row for rows in known for row in rows})
        number = {row: at for at, row in enumerate(agreements)}
        return {
            "key": self.result.key,
            "id": self.question.id,
            "title": self.question.facts["title"],
            "class_label": self.question.facts["class_label"],
            "divided_by": self.question.divided_by,
            "permuted": self.question.facts["permuted"],
            "no_null": " ".join(self.question.facts.get("no_null", "").split()),
            "choices": [
                {
                    "id": choice.id,
                    "label": choice.label,
                    "options": [
                        {
                            "id": one.id,
                            "label": one.label,
                            "kind": one.kind,
                            "reason": one.reason,
                            "distinct": len(self.ratios(choice.id, one.id)),
                            "medians": list(self.medians(choice.id, one.id)),
                        }
                        for one in choice.options
                    ],
                }
                for choice in self.question.choices
            ],
            "refused": dict(self.refused),
            "lines": _arrays(self.lines, self.question, places),
            "apart": _arrays(self.apart, self.question, places),
            "main": self.main.point.spec.id,
            "agreements": agreements,
            "rows": [[number[row] for row in rows] for rows in known],
            "result": plain(self.result),
        }

    def ratios(self, choice: str, option: str, part: str = "") -> list[float]:
        """Ratios of the distinct results that any specification with this option gave, sorted.

        Those of different questions stand apart.

        Args:
            choice: A choice.
            option: One of its options.
            part: Option of the choice that divides the question; all when empty.
        """
        divided_by = self.question.divided_by
        own, apart = (
            [
                line.point.ratio
                for line in lines
                if option in line.options[choice] and (not part or part in line.options[divided_by])
            ]
            for lines in (self.lines, self.apart)
        )
        return sorted(own or apart)

    def medians(self, choice: str, option: str) -> tuple[float | None, ...]:
        """Median of these ratios as every page and command shows it, one for each part of a divided question.

        None for a part without ratios, nothing where no part has any; the choice that divides has one for each of its options.
        """
        name = self.question.divided_by
        parts = [one.id for one in self.question.choice(name).options] if name and name != choice else [""]
        held = [self.ratios(choice, option, part) for part in parts]
        return tuple(_short(median(ratios)) if ratios else None for ratios in held) if any(held) else ()

    def _all(self) -> tuple[Line, ...]:
        return (*self.lines, *self.apart)

    @property
    def main(self) -> Line:
        """The line of the specification with the main option everywhere."""
        return main_line(self.question, self.lines)


def main_line(question: Question, lines: Sequence[Line]) -> Line:
    """The line whose specifications keep most choices at their main option; no other columns first.

    Args:
        question: The question.
        lines: Distinct results.
    """
    first = {choice.id: choice.options[0].id for choice in question.choices}

    def kept(line: Line) -> tuple[bool, int]:
        chosen = line.point.spec.chosen
        return chosen["covariates"] == first["covariates"], sum(
            word in (first[name], NOT_USED) for name, word in chosen.items()
        )

    return max(lines, key=kept)


def _arrays(lines: Sequence[Line], question: Question, places: Mapping[str, int]) -> dict[str, Any]:
    points = [line.point for line in lines]
    numbers = {choice.id: {option.id: at for at, option in enumerate(choice.options)} for choice in question.choices}
    return {
        "id": [point.spec.id for point in points],
        "ratio": [_short(point.ratio) for point in points],
        "low": [_short(point.low) for point in points],
        "high": [_short(point.high) for point in points],
        "agreements": [point.agreements for point in points],
        "countries": [point.countries for point in points],
        "adopting": [point.adopting for point in points],
        "same": [len(line.same) for line in lines],
        "chosen": {
            name: [known.get(point.spec.chosen[name], -1) for point in points] for name, known in numbers.items()
        },
        "options": {
            name: [sorted(known[word] for word in line.options[name]) for line in lines]
            for name, known in numbers.items()
        },
        "rows": [places[point.spec.id] for point in points],
    }


def _short(value: float) -> float:
    """Six significant digits: thousands of numbers, none read to more."""
    return float(f"{value:.6g}")


def curve(registry: Registry, indicators: Indicators, name: str) -> Curve:
    """Ask one question under every declared choice.

    Args:
        registry: The registry.
        indicators: The indicators.
        name: Word of the question in ``curves.yml``.

    Raises:
        VocabularyError: If there is no such question.
        NoDataError: If no specification has enough rows.
    """
    question = question_of(name)
    base = ground(registry, indicators, question)
    if region := base.only_region():
        text = read("curves")["common"]["refusals"]["one_region"]
        raise NoDataError(text.format(name=name, region=region))
    points = fit_points(base, grid(question))
    own = [point for point in points if not point.spec.is_aside]
    lines = _collapsed(own, question.divided_by)
    if not lines:
        why = "; ".join(f"{count} {reason}" for reason, count in _refused(points).items())
        raise NoDataError(f"curve {name}: no specification has a number ({why}). Widen the data.")
    apart = _collapsed([point for point in points if point.spec.is_aside])
    return Curve(question, points, lines, apart, _refused(points), _result(base, points, lines, apart), base)


def _refused(points: Sequence[Point]) -> dict[str, int]:
    counts = Counter(point.refused for point in points if point.refused)
    return dict(sorted(counts.items()))


def _options(points: Sequence[Point]) -> dict[str, frozenset[str]]:
    """By choice, what any of the specifications chose."""
    return {name: frozenset(point.spec.chosen[name] for point in points) - {NOT_USED} for name in points[0].spec.chosen}


def _collapsed(points: Sequence[Point], divided_by: str = "") -> tuple[Line, ...]:
    """Distinct results in the order of the ratio; specifications with the same numbers go together.

    Args:
        points: The specifications.
        divided_by: A choice whose options never go together, because each has an answer of its own.
    """
    groups: dict[tuple[Any, ...], list[Point]] = {}
    for point in points:
        if not point.refused:
            numbers = tuple(f"{value:.{SIGNIFICANT_DIGITS - 2}g}" for value in (point.ratio, point.low, point.high))
            part = point.spec.chosen.get(divided_by, "")
            groups.setdefault((*numbers, point.agreements, point.countries, part), []).append(point)
    lines = [Line(group[0], tuple(point.spec.id for point in group), _options(group)) for group in groups.values()]
    return tuple(sorted(lines, key=lambda line: (round(line.point.ratio, 8), line.point.spec.id)))


def _result(base: Ground, points: Sequence[Point], lines: Sequence[Line], apart: Sequence[Line]) -> Result:
    question, common = base.question, read("curves")["common"]
    key = f"curve.{question.id}"
    own = [point for point in points if not point.spec.is_aside]
    facts = {
        "made": len(own), "distinct": len(lines), "refused": sum(bool(point.refused) for point in own),
        "collapsed": sum(len(line.same) - 1 for line in lines), "aside": len(points) - len(own),
        "aside_distinct": len(apart),
    }  # fmt: skip
    selection = base.selection(main_line(question, lines).point.spec)
    rows = () if selection is None else tuple(str(identifier) for identifier in selection.rows["agreement_id"])
    parts = _parts(question, lines)
    return Result(
        key=key,
        question=question.facts["question"],
        answer=" ".join(_answer(question, label, part) for _, label, part in parts),
        definition=common["definition"].format(**facts),
        unit=common["unit"],
        estimates=tuple(
            _summary(".".join((key, "median", *([option] if option else []))), label, part)
            for option, label, part in parts
        ),
        method=" ".join(common["method"].format(level=percent(PERCENT * settings().level)).split()),
        method_page=common["method_page"],
        assumptions=tuple(common["assumptions"]),
        would_be_false_if=tuple(common["would_be_false_if"]),
        not_covered=common["not_covered"],
        counts=facts,
        ids=rows,
        data_version=base.registry.version(),
    )


def _parts(question: Question, lines: Sequence[Line]) -> list[tuple[str, str, list[Line]]]:
    """What is summed up together: option, label and results; all results where the question is not divided."""
    name = question.divided_by
    if not name:
        return [("", str(question.facts["class_label"]), list(lines))]
    parts = [
        (one.id, one.label, [line for line in lines if one.id in line.options[name]])
        for one in question.choice(name).options
    ]
    return [part for part in parts if part[2]]


def _sides(lines: Sequence[Line]) -> tuple[float, float]:
    """Share of intervals above 1 and below 1, percent."""
    above = PERCENT * float(np.mean([line.point.low > 1 for line in lines]))
    below = PERCENT * float(np.mean([line.point.high < 1 for line in lines]))
    return above, below


def _summary(key: str, label: str, lines: Sequence[Line]) -> Estimate:
    ratios = [line.point.ratio for line in lines]
    above, below = _sides(lines)
    return Estimate(
        key, label, median(ratios), None,
        facts={"lowest": min(ratios), "highest": max(ratios), "above_pct": above, "below_pct": below},
        note="no interval: specifications are no sample",
    )  # fmt: skip


def _answer(question: Question, label: str, lines: Sequence[Line]) -> str:
    """The summary, the main specification, and the median with each set of other columns."""
    common = read("curves")["common"]
    ratios = [line.point.ratio for line in lines]
    above, below = _sides(lines)
    words = {
        "median": times(median(ratios)), "low": times(min(ratios)), "high": times(max(ratios)),
        "distinct": len(lines), "above": percent(above), "below": percent(below), "both": percent(PERCENT - above - below),
    }  # fmt: skip
    point = main_line(question, lines).point
    main = {"ratio": times(point.ratio), "low": times(point.low), "high": times(point.high)}
    said = [common["answer"].format(**words), common["answer_main"].format(**main)]
    if question.divided_by:
        said[0] = common["answer_part"].format(label=label, answer=said[0][:1].lower() + said[0][1:])
    sets = [
        (one.label, [line.point.ratio for line in lines if one.id in line.options["covariates"]])
        for one in question.choice("covariates").options
    ]
    if len(sets) > 1:
        each = [
            common["answer_set"].format(
                label=label[:1].lower() + label[1:], median=times(median(held)), distinct=len(held)
            )
            for label, held in sets
            if held
        ]
        said.append(common["answer_sets"].format(sets="; ".join(each)))
    return " ".join(said)
