"""How sure is each headline once the doubt of the records themselves is carried through?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from citywatch.errors import NoDataError, VocabularyError
from citywatch.findings.base import PERCENT
from citywatch.findings.classes import SUM
from citywatch.findings.compute import MAIN_RULE, MAIN_UNIT, ask
from citywatch.findings.facts import read, settings
from citywatch.findings.facts import scenario as scenario_of
from citywatch.findings.imputed import CARRIED, NO_BEARING, Doubt, Drawn, draw_doubts
from citywatch.findings.plain import plain
from citywatch.findings.record import Finding, FindingSet, Share
from citywatch.findings.statement import Statement, texts
from citywatch.findings.study import Study, prepare
from citywatch.indicators import Indicators
from citywatch.registry import Registry
from citywatch.uncertainty import Interval, percent, percent_range, times, times_range
from citywatch.uncertainty import plain as plain_number
from citywatch.uncertainty.imputation import Pooled, pool

Matrix = NDArray[np.float64]
SHARE, RATIO = "share", "ratio"
SAMPLING = "sampling"


@dataclass(frozen=True, slots=True)
class DoubtLine:
    """What one doubt adds to one headline.

    Attributes:
        name: Word of the doubt; ``sampling`` for the bootstrap of countries.
        label: Doubt as readers see it.
        state: ``carried``, ``no_bearing`` or ``not_measured``.
        text: How it is drawn, or why not.
        rows: Rows that it touches.
        estimate_without: Estimate without it; None where it is not carried.
        interval_without: Total interval without it; None where it is not carried.
        variance_pct: Variance between imputations that goes without it, in percent of the total; a little below 0 by chance
            where it adds nothing. For ``sampling`` its own part of the total.
    """

    name: str
    label: str
    state: str
    text: str
    rows: int
    estimate_without: float | None
    interval_without: Interval | None
    variance_pct: float | None


@dataclass(frozen=True, slots=True)
class HeadlineDoubt:
    """One headline number with the doubt of the records in it.

    Attributes:
        record: Question, answer and what goes with it; its estimate is the mean over the imputations.
        share_key: Key of the share as recorded.
        scenario: Scenario id.
        dimension: Dimension.
        category: Class.
        label: Class as readers see it.
        measure: ``share`` in percent, or ``ratio`` to the countries' base rate.
        recorded: The number as recorded.
        sampling: Its interval from sampling alone, as the share has it.
        imputations: Imputations made.
        lines: What each doubt adds, the largest first.
    """

    record: Statement
    share_key: str
    scenario: str
    dimension: str
    category: str
    label: str
    measure: str
    recorded: float
    sampling: Interval
    imputations: int
    lines: tuple[DoubtLine, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary for JSON."""
        return dict(plain(self))


@dataclass(frozen=True)
class _Reading:
    """One reading of the class: 1 where an eligible country is in it, and the base rate in every draw."""

    inside: Matrix
    base: Matrix
    base_observed: float


def doubts(
    registry: Registry, indicators: Indicators, scenario: str = ""
) -> tuple[list[HeadlineDoubt], dict[str, str]]:
    """Every headline of ``doubt.yml``, its share and its ratio.

    Args:
        registry: The registry.
        indicators: The indicators.
        scenario: One scenario; all when empty.

    Returns:
        The answers, and by scenario or share why one was refused.

    Raises:
        VocabularyError: If no headline is of the scenario.
    """
    wanted = [one for one in read("doubt")["headlines"] if scenario in {"", one["scenario"]}]
    if not wanted:
        known = ", ".join(dict.fromkeys(one["scenario"] for one in read("doubt")["headlines"]))
        raise VocabularyError(f"headlines of scenario {scenario!r}: there are none; there are those of {known}")
    names = dict.fromkeys(one["scenario"] for one in wanted)
    prepared: dict[str, Study] = {}
    refused: dict[str, str] = {}
    for name in names:
        try:
            prepared[name] = prepare(registry, indicators, name)
        except (NoDataError, VocabularyError) as error:
            refused[name] = str(error)
    found, further = doubts_of(prepared)
    return [one for one in found if scenario in {"", one.scenario}], refused | further


def doubts_of(
    studies: Mapping[str, Study], sets: Mapping[str, FindingSet] | None = None
) -> tuple[list[HeadlineDoubt], dict[str, str]]:
    """The same over scenarios that are prepared already.

    Args:
        studies: Scenarios by id; headlines of others are passed over, because their refusal is named elsewhere.
        sets: Findings under the main rule by scenario, where they are there already.
    """
    found: list[HeadlineDoubt] = []
    refused: dict[str, str] = {}
    for name, study in studies.items():
        wanted = [one for one in read("doubt")["headlines"] if one["scenario"] == name]
        if not wanted:
            continue
        asked = (sets or {}).get(name) or ask(study, MAIN_RULE, MAIN_UNIT)
        findings = {one.dimension: one for one in reversed(asked.findings)}
        wide, drawn = draw_doubts(study)
        for headline in wanted:
            finding = findings[headline["dimension"]]
            share = finding.share(headline["category"])
            if why := _refusal(share):
                refused[f"doubt.{share.key}"] = why
                continue
            try:
                found += _headline(wide, drawn, finding, share)
            except NoDataError as error:
                refused[f"doubt.{share.key}"] = str(error)
    return found, refused


def _refusal(share: Share) -> str:
    minimum = settings().minimum_countries
    if share.countries >= minimum and share.base is not None and share.base.countries_pct > 0 and share.ratio_interval:
        return ""
    return str(read("doubt")["texts"]["refused"].format(countries=share.countries, minimum=minimum))


def _headline(study: Study, drawn: Drawn, finding: Finding, share: Share) -> list[HeadlineDoubt]:
    names = read("doubt")["readings"][finding.scenario][finding.dimension]
    readings = [_reading(study, finding.dimension, name, share.category) for name in names]
    known = dict(drawn.doubts)
    if len(readings) == 1:
        words = read("doubt")["doubts"]["classes"]
        known["classes"] = Doubt("classes", NO_BEARING, words["none"], 0)
    chosen = np.random.Generator(np.random.PCG64(read("doubt")["seed"] + 1)).integers(
        0, len(readings), len(drawn.window)
    )
    carried = [name for name, one in known.items() if one.state == CARRIED]
    draws = study.ground.draws()[: int(read("doubt")["draws"])]
    pooled = {name: _pooled(drawn, readings, chosen, draws, name) for name in ("", *carried)}
    return [
        _result((study, drawn), finding, share, measure, known, {k: v[measure] for k, v in pooled.items()})
        for measure in (SHARE, RATIO)
    ]


def _reading(study: Study, dimension: str, variant: str, category: str) -> _Reading:
    parts = set(category.split(SUM))
    classification = study.classification(dimension, variant)
    class_of = dict(zip(classification.by_country.index, classification.by_country, strict=True))
    inside = np.array([class_of.get(country, "") in parts for country in study.query.eligible], dtype="float64")
    draws = study.ground.draws()[: int(read("doubt")["draws"])]
    return _Reading(inside, draws @ inside / len(inside), float(inside.mean()))


def _pooled(
    drawn: Drawn, readings: Sequence[_Reading], chosen: NDArray[np.int64], draws: Matrix, without: str
) -> dict[str, Pooled]:
    """Share and ratio over all imputations, with one doubt left out.

    The counts of every imputation go through one product with the draws of countries.
    """
    weights, places = drawn.weights(without)
    picks = np.zeros_like(chosen) if without == "classes" else chosen
    size = draws.shape[1]
    totals = np.array([np.bincount(at, weights=row, minlength=size) for at, row in zip(places, weights, strict=True)])
    inside = np.array([readings[pick].inside for pick in picks])
    base = np.array([readings[pick].base for pick in picks])
    base_observed = np.array([readings[pick].base_observed for pick in picks])
    parts = totals * inside
    both = draws @ np.vstack([parts, totals]).T
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = (both[:, : len(parts)] / both[:, len(parts) :]).T
        observed = parts.sum(axis=1) / totals.sum(axis=1)
        odds = np.log(shares / (1 - shares))
        ratios = np.log(shares) - np.log(base)
    if not ((observed > 0) & (observed < 1)).all():
        raise NoDataError(read("doubt")["texts"]["refused_draws"])
    return {
        SHARE: pool(np.log(observed / (1 - observed)), _variances(odds)),
        RATIO: pool(np.log(observed / base_observed), _variances(ratios)),
    }


def _variances(drawn: Matrix) -> list[float]:
    """Variance of the finite draws of each imputation."""
    if np.isfinite(drawn).all():
        return [float(one) for one in drawn.var(axis=1, ddof=1)]
    return [float(row[np.isfinite(row)].var(ddof=1)) for row in drawn]


def _back(value: float, measure: str) -> float:
    return PERCENT / (1 + float(np.exp(-value))) if measure == SHARE else float(np.exp(value))


def _interval(pooled: Pooled, measure: str) -> Interval:
    found = pooled.interval(settings().level)
    return Interval(_back(found.low, measure), _back(found.high, measure), found.level, "rubin_bootstrap")


def _result(
    base: tuple[Study, Drawn],
    finding: Finding,
    share: Share,
    measure: str,
    known: Mapping[str, Doubt],
    pooled: Mapping[str, Pooled],
) -> HeadlineDoubt:
    whole = pooled[""]
    lines = _lines(known, pooled, measure)
    ratio, ratio_interval = share.ratio, share.ratio_interval
    recorded = share.share_pct if measure == SHARE or ratio is None else ratio
    sampling = share.interval if measure == SHARE or ratio_interval is None else ratio_interval
    return HeadlineDoubt(
        record=_record(base, finding, share, measure, whole, lines, sampling),
        share_key=share.key,
        scenario=finding.scenario,
        dimension=finding.dimension,
        category=share.category,
        label=share.label,
        measure=measure,
        recorded=recorded,
        sampling=sampling,
        imputations=whole.imputations,
        lines=lines,
    )


def _lines(known: Mapping[str, Doubt], pooled: Mapping[str, Pooled], measure: str) -> tuple[DoubtLine, ...]:
    words, whole = read("doubt")["doubts"], pooled[""]
    found = []
    for name, doubt in known.items():
        label = words[name]["label"]
        if name in pooled:
            without = pooled[name]
            part = PERCENT * (1 + 1 / whole.imputations) * (whole.between - without.between) / whole.total
            ends = _back(without.estimate, measure), _interval(without, measure)
            found.append(DoubtLine(name, label, doubt.state, doubt.text, doubt.rows, *ends, part))
        else:
            found.append(DoubtLine(name, label, doubt.state, doubt.text, doubt.rows, None, None, None))
    order = {CARRIED: 0, NO_BEARING: 1}
    found.sort(key=lambda line: (order.get(line.state, 2), -(line.variance_pct or 0.0), line.name))
    sampling = read("doubt")["sampling"]
    part = PERCENT * whole.within / whole.total
    return (DoubtLine(SAMPLING, sampling["label"], CARRIED, sampling["how"], 0, None, None, part), *found)


def _record(  # noqa: PLR0913, PLR0917 - what a record is made of
    base: tuple[Study, Drawn],
    finding: Finding,
    share: Share,
    measure: str,
    whole: Pooled,
    lines: Sequence[DoubtLine],
    sampling: Interval,
) -> Statement:
    words, facts = read("doubt")["texts"], read("doubt")
    study, drawn = base
    total, estimate = _interval(whole, measure), _back(whole.estimate, measure)
    one, both = (percent, percent_range) if measure == SHARE else (times, times_range)
    added = [line for line in lines if line.name != SAMPLING and (line.variance_pct or 0) >= facts["named_from_pct"]]
    most = "; ".join(
        words["part"].format(label=line.label[:1].lower() + line.label[1:], part=percent(line.variance_pct or 0))
        for line in added[:2]
    )
    question = words["question" if measure == SHARE else "question_ratio"]
    answer = words["answer" if added else "answer_little"]
    recorded = share.share_pct if measure == SHARE or share.ratio is None else share.ratio
    return Statement(
        key=f"doubt.{share.key}.{measure}",
        question=question.format(label=share.label, subject=scenario_of(finding.scenario).subject),
        answer=answer.format(
            estimate=one(estimate),
            total=both(total),
            recorded=one(recorded),
            sampling=both(sampling),
            most=most,
            named=percent(facts["named_from_pct"]),
        ),
        definition=words["definition"].format(definition=finding.definition, imputations=whole.imputations),
        unit=words[f"unit_{measure}"],
        estimate=estimate,
        interval=total,
        refused="",
        method=words["method"]
        .strip()
        .format(
            imputations=whole.imputations,
            seed=facts["seed"],
            eligible=len(study.query.eligible),
            draws=f"{facts['draws']:,}",
            scale=words[f"scale_{measure}"],
            level=percent(PERCENT * settings().level),
        ),
        method_page="multiple-imputation",
        assumptions=texts(words["assumptions"]),
        would_be_false_if=texts(words["would_be_false_if"]),
        not_covered=words["not_covered"],
        ids=share.ids,
        data_version=study.data_version,
        notes=_moved((recorded, estimate), lines, drawn, measure),
    )


def _moved(centres: tuple[float, float], lines: Sequence[DoubtLine], drawn: Drawn, measure: str) -> tuple[str, ...]:
    """Says that the doubt moves the centre, and which of its parts does so most; nothing where both read alike.

    A part moves it if the estimate without that part lies nearer to the other side; one that pulls back is not named.

    Args:
        centres: The number as recorded, and the mean over the imputations.
        lines: What each doubt adds.
        drawn: The draws.
        measure: ``share`` or ``ratio``.
    """
    words, one = read("doubt")["texts"]["moved"], percent if measure == SHARE else times
    recorded, estimate = centres
    known = [(line.label, line.estimate_without) for line in lines if line.estimate_without is not None]
    if one(recorded) == one(estimate) or not known:
        return ()
    direction = 1 if estimate > recorded else -1
    label, without = max(known, key=lambda pair: direction * (estimate - pair[1]))
    by = words["by"].format(label=label[:1].lower() + label[1:], without=one(without))
    came, went = drawn.turnover()
    text = words["said"].format(
        recorded=one(recorded), estimate=one(estimate), came=plain_number(came, 1), went=plain_number(went, 1),
        by=by if direction * (estimate - without) > 0 else "",
    )  # fmt: skip
    return (text,)
