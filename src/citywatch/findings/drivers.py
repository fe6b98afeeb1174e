"""What goes with having an agreement, with how many, and with how soon?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from citywatch.errors import InputError, NoDataError
from citywatch.findings import driver_answers as answers
from citywatch.findings import driver_models as models
from citywatch.findings.driver_columns import PERCENT, Columns, chosen_blocks, columns_of, refuse_duplicates
from citywatch.findings.driver_times import Times, times_of
from citywatch.findings.facts import read, settings
from citywatch.findings.plain import plain
from citywatch.findings.result import Estimate, Result
from citywatch.findings.study import Study, prepare
from citywatch.indicators import Indicators
from citywatch.registry import Registry
from citywatch.uncertainty import Interval, percent, percent_range
from citywatch.uncertainty import plain as rounded
from citywatch.uncertainty.firth import Slope
from citywatch.uncertainty.scores import EQUIVALENT, ScoreDifference
from citywatch.uncertainty.separation import separated_by


@dataclass(frozen=True)
class Drivers:
    """All that is asked of one scenario.

    Attributes:
        key: Permanent key.
        scenario: Scenario id, with departures.
        label: The scenario in words.
        vendor: Vendor id; empty for all.
        blocks: Blocks with label and reason, in order.
        columns: Columns with label, block, centre and scale.
        filled: Values that were filled in, in words.
        absent: Declared blocks that the data cannot give, with the reason.
        results: One per question.
        refused: Questions that were refused, with the reason.
    """

    key: str
    scenario: str
    label: str
    vendor: str
    blocks: tuple[Mapping[str, str], ...]
    columns: tuple[Mapping[str, Any], ...]
    filled: tuple[str, ...]
    absent: Mapping[str, str]
    results: tuple[Result, ...]
    refused: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary for JSON."""
        return dict(plain(self))

    def result(self, name: str) -> Result:
        """One result by the last part of its key.

        Raises:
            NoDataError: If it was refused or does not exist.
        """
        for result in self.results:
            if result.key.rpartition(".")[2] == name:
                return result
        why = self.refused.get(name, "there is no such question")
        raise NoDataError(f"{self.key}.{name}: {why}")


@dataclass(frozen=True)
class _Case:
    """What every question of one scenario shares."""

    study: Study
    blocks: tuple[str, ...]
    columns: Columns
    outcomes: models.Outcomes
    year: int

    @property
    def key(self) -> str:
        """Key of the whole; the blocks are part of it where they are not the main ones."""
        is_main = list(self.blocks) == read("drivers")["main"]
        return ".".join(("drivers", self.study.query.key, *(() if is_main else ("+".join(self.blocks),))))

    @cached_property
    def separated(self) -> tuple[str, ...]:
        """Columns that tell countries with an agreement from those without, so that their ratio has no end."""
        names = ("constant", *self.columns.names)
        return separated_by(models.with_constant(self.columns.values), self.outcomes.has, names)


def drivers(
    registry: Registry,
    indicators: Indicators,
    *,
    scenario: str,
    vendor: str | None = None,
    until: str | None = None,
    blocks: Sequence[str] | None = None,
) -> Drivers:
    """Ask every question of the drivers.

    Args:
        registry: The registry.
        indicators: The indicators.
        scenario: Scenario id.
        vendor: Vendor id instead of the scenario's.
        until: Cut-off instead of the scenario's.
        blocks: Declared blocks instead of the main ones.

    Raises:
        VocabularyError: If a scenario, vendor or block does not exist or cannot be had.
        NoDataError: If too few countries carry the columns.
        InputError: If an indicator is missing, a column is the same everywhere, or a country stands twice.
    """
    return drivers_of(prepare(registry, indicators, scenario, vendor, until), blocks)


def drivers_of(study: Study, blocks: Sequence[str] | None = None) -> Drivers:
    """The same, over a prepared scenario."""
    facts = read("drivers")
    chosen = chosen_blocks(blocks)
    refuse_duplicates(study)
    _refuse_future(study)
    _refuse_one_region(study)
    outcomes = models.outcomes_of(study)
    _refuse_few(study, chosen, outcomes)
    year = facts["reference_years"][study.query.scenario.id]
    case = _Case(study, chosen, columns_of(study, chosen, year), outcomes, year)
    asked = [(name, _try(ask, case)) for name, ask in QUESTIONS]
    return Drivers(
        key=case.key,
        scenario=study.query.key,
        label=study.query.scenario.label,
        vendor=study.query.scenario.vendor,
        blocks=tuple(
            {"id": name, "label": facts["blocks"][name]["label"], "why": facts["blocks"][name]["why"]}
            for name in chosen
        ),
        columns=tuple(
            {"id": one.id, "label": one.label, "block": one.block, "centre": one.centre, "scale": one.scale}
            for one in case.columns.columns
        ),
        filled=tuple(one.note for one in case.columns.filled),
        absent={name: " ".join(reason.split()) for name, reason in facts["absent"].items()},
        results=answers.beside_time([found for _, found in asked if isinstance(found, Result)], case.columns),
        refused={name: found for name, found in asked if isinstance(found, str)},
    )


def _try(ask: Any, case: _Case) -> Result | str:
    """The result, or why it is refused."""
    try:
        result: Result = ask(case)
    except (NoDataError, InputError) as error:
        return str(error)
    return result


def _refuse_future(study: Study) -> None:
    """A cut-off after the data asks for years that nobody has seen."""
    until, last = study.query.scenario.until, study.registry.version()[:4]
    if until and until[:4] > last:
        text = read("drivers")["refusals"]["future"]
        raise InputError(text.format(key=study.query.key, until=until, last=last))


def _refuse_one_region(study: Study) -> None:
    if region := study.only_region(study.admitted.rows["country_iso3"]):
        text = read("drivers")["refusals"]["rows_in_one_region"]
        raise InputError(text.format(key=study.query.key, region=region))


def _refuse_few(study: Study, blocks: tuple[str, ...], outcomes: models.Outcomes) -> None:
    facts = read("drivers")
    names = [spec["id"] for block in blocks for spec in facts["blocks"][block]["columns"]]
    adopting = int(outcomes.has.sum())
    others = len(outcomes.has) - adopting
    carried = min(min(adopting, others) // facts["events_per_column"], facts["most_columns"])
    words = {
        "key": study.query.key, "asked": len(names), "names": ", ".join(names), "adopting": adopting, "others": others,
        "carried": carried, "per": facts["events_per_column"], "most": facts["most_columns"],
        "blocks": ", ".join(facts["blocks"]),
    }  # fmt: skip
    if carried < 1:
        raise NoDataError(facts["refusals"]["few"].format(**words))
    if len(names) > carried:
        raise NoDataError(facts["refusals"]["columns"].format(**words))


def _result(
    case: _Case, name: str, found: tuple[str, Sequence[Estimate]], words: Mapping[str, Any], **more: Any
) -> Result:
    """A result with the texts of its question."""
    facts = read("drivers")
    texts, common = facts["texts"][name], facts["texts"]
    answer, estimates = found
    rows = case.study.admitted.rows
    subject = common["subject"].format(
        label=case.study.query.scenario.label, agreements=len(rows), adopting=int(case.outcomes.has.sum()),
        countries=len(case.outcomes.has),
    )  # fmt: skip
    counts = {
        "agreements": len(rows), "adopting": int(case.outcomes.has.sum()), "countries": len(case.outcomes.has),
        **more.pop("counts", {}),
    }  # fmt: skip
    return Result(
        key=f"{case.key}.{name}",
        question=texts["question"],
        answer=answer,
        definition=common["definition"].format(subject=subject, year=case.year).strip(),
        unit=texts["unit"],
        estimates=tuple(estimates),
        method=" ".join(texts["method"].format(level=percent(PERCENT * settings().level), **words).split()),
        method_page=texts["method_page"],
        assumptions=tuple(text.format(year=case.year) for text in common["assumptions"]),
        would_be_false_if=tuple(common["would_be_false_if"]),
        not_covered=common["not_covered"],
        counts=counts,
        ids=tuple(str(identifier) for identifier in rows["agreement_id"]),
        data_version=case.study.registry.version(),
        **more,
    )


def _ratio(slope: Slope) -> tuple[float, Interval]:
    """A coefficient as a ratio."""
    interval = slope.interval
    low, high = float(np.exp(interval.low)), float(np.exp(interval.high))
    value = float(np.exp(slope.estimate))
    return value, Interval(low, high, interval.level, interval.method, interval.note).flagged(value)


def _ratios(case: _Case, name: str, slopes: Sequence[Slope], **beside: Sequence[Any]) -> list[Estimate]:
    """Estimates of all columns as ratios, with what stands beside each."""
    made = []
    for at, (column, slope) in enumerate(zip(case.columns.columns, slopes, strict=True)):
        value, interval = _ratio(slope)
        further = {word: values[at] for word, values in beside.items() if word != "facts" and values}
        facts = beside["facts"][at] if "facts" in beside else {}
        made.append(Estimate(f"{case.key}.{name}.{column.id}", column.label, value, interval, further, facts))
    return made


def _having(case: _Case) -> Result:
    found = models.having(case.study, case.columns, case.outcomes.has)
    prior = [_ratio(slope) for slope in found.log_f.slopes[1:]]
    effects = [(PERCENT * one.estimate, one.interval.scaled(PERCENT)) for one in found.firth.effects]
    clustered = [
        _ratio(Slope(slope.name, slope.estimate, interval))
        for slope, interval in zip(found.firth.slopes[1:], found.clustered, strict=False)
    ]
    estimates = _ratios(case, "having", found.firth.slopes[1:], prior=prior, effect=effects, clustered=clustered)
    texts = read("drivers")["texts"]["having"]
    note = (
        texts["separated"].format(columns=", ".join(found.firth.separated))
        if found.firth.separated
        else texts["not_separated"]
    )
    words = {"log_f": read("drivers")["log_f"], "clusters": found.clusters}
    notes = (note, answers.many(len(estimates)))
    return _result(case, "having", (answers.answer("having", estimates, case.separated), estimates), words, notes=notes)


def _count(case: _Case) -> Result:
    found = models.counting(case.columns, case.outcomes.counts)
    estimates = _ratios(case, "count", found.slopes[1:])
    words = {"dispersion": rounded(found.dispersion, 2)}
    counts = {"dispersion": found.dispersion}
    said = answers.answer("count", estimates, case.separated)
    return _result(case, "count", (said, estimates), words, counts=counts, notes=(answers.many(len(estimates)),))


def _time(case: _Case) -> Result:
    times: Times = times_of(case.study)
    found = models.timing(case.columns, times)
    pooled = found.pooled[-len(case.columns.names) :]
    slopes = [Slope(name, one.estimate, one.interval()) for name, one in zip(case.columns.names, pooled, strict=True)]
    facts = read("drivers")
    shares = [{"missing_share": one.missing_share} for one in pooled]
    estimates = _ratios(case, "time", slopes, facts=shares)
    words = {
        "country_years": rounded(found.country_years), "risk_from": times.risk_from, "risk_to": times.risk_to,
        "undated": times.undated, "year_only": times.year_only, "month_only": times.month_only, "before": times.before,
        "sets": facts["completed_sets"], "earliest": facts["panel_from"] + facts["lag_years"],
    }  # fmt: skip
    counts = {
        "country_years": found.country_years, "first_agreements": found.events, "undated": times.undated,
        "year_only": times.year_only, "month_only": times.month_only, "to_the_day": times.to_the_day,
        "risk_from": times.risk_from, "risk_to": times.risk_to,
    }  # fmt: skip
    said = answers.answer("time", estimates, case.separated)
    return _result(case, "time", (said, estimates), words, counts=counts, notes=(answers.many(len(estimates)),))


def _hump(case: _Case) -> Result:
    facts = read("drivers")
    wanted = facts["hump"]
    needed = (wanted["block"], *wanted["beside"])
    if missing := [name for name in needed if name not in case.blocks]:
        raise NoDataError(f"the hump needs the blocks {', '.join(needed)}; {', '.join(missing)} is not asked for")
    found = models.hump(case.columns, case.outcomes.has)
    interval = found.square.interval
    texts = facts["texts"]["hump"]
    span = f"{rounded(interval.low, 2)} to {rounded(interval.high, 2)}"
    p_value = max(found.rise_p, found.fall_p)
    answer = texts[_hump_word(found, float(wanted["level"]))].format(
        range=span, top=rounded(found.top, 1), p=rounded(p_value, 2), level=wanted["level"],
        end=texts["low_end" if found.rise_p > found.fall_p else "high_end"],
    )  # fmt: skip
    estimate = Estimate(
        f"{case.key}.hump.square", texts["unit"], found.square.estimate, interval,
        facts={"top": found.top, "rise_p": found.rise_p, "fall_p": found.fall_p},
    )  # fmt: skip
    beside = " and ".join(facts["blocks"][name]["label"].lower() for name in wanted["beside"])
    return _result(case, "hump", (answer, [estimate]), {"beside": beside, "end_level": wanted["level"]})


def _hump_word(found: models.Hump, level: float) -> str:
    """Key of the answer: a hump needs a rise at the lower and a fall at the upper end of the scale."""
    interval = found.square.interval
    if interval.low <= 0 <= interval.high:
        return "none"
    if interval.low > 0:
        return "dip"
    if not found.inside:
        return "edge"
    return "hump" if max(found.rise_p, found.fall_p) < level else "ends"


def _dominance(case: _Case) -> Result:
    facts = read("drivers")
    found = models.dominance(case.columns, case.blocks, case.outcomes.has)
    estimates = [
        Estimate(
            f"{case.key}.dominance.{one.block}",
            facts["blocks"][one.block]["label"],
            PERCENT * one.share,
            one.interval.scaled(PERCENT).flagged(PERCENT * one.share),
            facts={"first_pct": PERCENT * one.rank_first},
        )
        for one in found.blocks
    ]
    best = max(estimates, key=lambda one: one.value)
    answer = facts["texts"]["dominance"]["answer"].format(
        label=best.label, share=percent(best.value), range=percent_range(best.interval) if best.interval else "",
        first=percent(best.facts["first_pct"]),
    )  # fmt: skip
    explained = f"{percent(PERCENT * found.pseudo_r2)} (McFadden)"
    words = {"draws": found.draws, "explained": explained}
    counts = {"pseudo_r2_pct": PERCENT * found.pseudo_r2, "draws": found.draws, "undefined": found.undefined}
    return _result(case, "dominance", (answer, estimates), words, counts=counts)


def _rivals(case: _Case) -> Result:
    facts = read("drivers")
    pair = facts["rivals"]
    if not set(pair.values()) <= set(case.blocks):
        raise NoDataError(facts["refusals"]["rivals"].format(**pair))
    found = models.rivals(case.columns, case.blocks, case.outcomes.has)
    texts = facts["texts"]["rivals"]
    others = [facts["blocks"][name]["label"].lower() for name in case.blocks if name not in pair.values()]
    estimates = [
        Estimate(
            f"{case.key}.rivals.{name}",
            texts[name].format(beside=", ".join(others)),
            one.difference,
            one.interval,
            facts={"income": one.first, "freedom": one.second, "neither": neither, "margin": one.margin},
            note=_verdict(texts, one, neither),
        )
        for name, (one, neither) in found.items()
    ]
    words = {"draws": f"{facts['score_draws']:,}", "margin": facts["margin"]}
    answer = " ".join(f"{one.label}: {one.note}" for one in estimates)
    return _result(case, "rivals", (answer, estimates), words)


def _verdict(texts: Mapping[str, str], one: ScoreDifference, neither: float) -> str:
    """The verdict, and whether both are as weak as strong: a model without either foretells no worse."""
    span = f"{rounded(one.interval.low, 1)} to {rounded(one.interval.high, 1)}"
    is_weak = neither >= max(one.first, one.second)
    word = "as_weak" if is_weak and one.verdict == EQUIVALENT else one.verdict
    said = texts[word].format(range=span, margin=rounded(one.margin))
    if not is_weak:
        return said
    scores = {"neither": neither, "income": one.first, "freedom": one.second}
    return texts["weak"].format(said=said, **{name: rounded(value, 1) for name, value in scores.items()})


QUESTIONS = (
    ("having", _having),
    ("count", _count),
    ("time", _time),
    ("hump", _hump),
    ("dominance", _dominance),
    ("rivals", _rivals),
)
"""Questions of the drivers, in the order of display."""
