"""One question under every declared choice: the specification curve."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    """

    point: Point
    same: tuple[str, ...]


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
            "permuted": self.question.facts["permuted"],
            "no_null": " ".join(self.question.facts.get("no_null", "").split()),
            "choices": [
                {
                    "id": choice.id,
                    "label": choice.label,
                    "options": [
                        {"id": one.id, "label": one.label, "kind": one.kind, "reason": one.reason}
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

    def ratios(self, choice: str, option: str) -> list[float]:
        """Ratios of the distinct results that chose an option, sorted; those of different questions stand apart."""
        lines = [line for line in self._all() if line.point.spec.chosen[choice] == option]
        own = [line for line in lines if not line.point.spec.is_aside]
        return sorted(line.point.ratio for line in (own or lines))

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
    points = fit_points(base, grid(question))
    own = [point for point in points if not point.spec.is_aside]
    lines = _collapsed(own)
    if not lines:
        why = "; ".join(f"{count} {reason}" for reason, count in _refused(points).items())
        raise NoDataError(f"curve {name}: no specification has a number ({why}). Widen the data.")
    apart = _collapsed([point for point in points if point.spec.is_aside])
    return Curve(question, points, lines, apart, _refused(points), _result(base, points, lines, apart), base)


def _refused(points: Sequence[Point]) -> dict[str, int]:
    counts = Counter(point.refused for point in points if point.refused)
    return dict(sorted(counts.items()))


def _collapsed(points: Sequence[Point]) -> tuple[Line, ...]:
    """Distinct results in the order of the ratio; specifications with the same numbers go together."""
    groups: dict[tuple[Any, ...], list[Point]] = {}
    for point in points:
        if not point.refused:
            numbers = tuple(f"{value:.{SIGNIFICANT_DIGITS - 2}g}" for value in (point.ratio, point.low, point.high))
            groups.setdefault((*numbers, point.agreements, point.countries), []).append(point)
    lines = [Line(group[0], tuple(point.spec.id for point in group)) for group in groups.values()]
    return tuple(sorted(lines, key=lambda line: (round(line.point.ratio, 8), line.point.spec.id)))


def _result(base: Ground, points: Sequence[Point], lines: Sequence[Line], apart: Sequence[Line]) -> Result:
    question, common = base.question, read("curves")["common"]
    ratios = np.array([line.point.ratio for line in lines])
    above = PERCENT * float(np.mean([line.point.low > 1 for line in lines]))
    below = PERCENT * float(np.mean([line.point.high < 1 for line in lines]))
    key = f"curve.{question.id}"
    own = [point for point in points if not point.spec.is_aside]
    facts = {
        "made": len(own), "distinct": len(lines), "refused": sum(bool(point.refused) for point in own),
        "collapsed": sum(len(line.same) - 1 for line in lines), "aside": len(points) - len(own),
        "aside_distinct": len(apart),
    }  # fmt: skip
    words = {
        "median": times(float(np.median(ratios))), "low": times(float(ratios.min())), "high": times(float(ratios.max())),
        "distinct": len(lines), "above": percent(above), "below": percent(below), "both": percent(PERCENT - above - below),
    }  # fmt: skip
    main = main_line(question, lines)
    selection = base.selection(main.point.spec)
    rows = () if selection is None else tuple(str(identifier) for identifier in selection.rows["agreement_id"])
    summary = Estimate(
        f"{key}.median", question.facts["class_label"], float(np.median(ratios)), None,
        facts={"lowest": float(ratios.min()), "highest": float(ratios.max()), "above_pct": above, "below_pct": below},
        note="no interval: specifications are no sample",
    )  # fmt: skip
    return Result(
        key=key,
        question=question.facts["question"],
        answer=common["answer"].format(**words),
        definition=common["definition"].format(**facts),
        unit=common["unit"],
        estimates=(summary,),
        method=" ".join(common["method"].format(level=percent(PERCENT * settings().level)).split()),
        method_page=common["method_page"],
        assumptions=tuple(common["assumptions"]),
        would_be_false_if=tuple(common["would_be_false_if"]),
        not_covered=common["not_covered"],
        counts=facts,
        ids=rows,
        data_version=base.registry.version(),
    )
