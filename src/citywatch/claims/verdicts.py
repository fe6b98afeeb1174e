"""The verdict: a written function of the three answers, in the order of ``precedence.yml``; a person may overrule."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from citywatch.claims.arithmetic import arithmetic
from citywatch.claims.attribution import attribution
from citywatch.claims.cases import Case, cases_markdown
from citywatch.claims.checkable import checkable, is_primary, missing_of
from citywatch.claims.figures import Archive
from citywatch.claims.plausible import compare_published
from citywatch.claims.records import Answer, Claim, Figures, Tables, Verdict
from citywatch.claims.rules import Rules, load_rules
from citywatch.errors import InputError
from citywatch.tables import Column, Kind, Table

VERDICTS = Table(
    "verdicts",
    "What can be said about one claim; computed from the claim, the series and the rules",
    (
        Column("claim_id", Kind.ID, "The claim.", required=True, references="claims.claim_id"),
        Column("verdict", Kind.TEXT, "One-word verdict.", required=True),
        Column("checkable", Kind.TEXT, "Stated well enough to check: yes, partly or no.", required=True),
        Column("arithmetic", Kind.TEXT, "What the official figures say.", required=True),
        Column("attribution", Kind.TEXT, "What is known of the cause.", required=True),
        Column("plausibility", Kind.TEXT, "Against published effects at camera sites.", required=True),
        Column("because", Kind.TEXT, "Why, in a sentence.", required=True),
        Column("missing", Kind.TEXT, "What is missing, in words.", missing="nothing"),
        Column("series_id", Kind.TEXT, "Series that decides, or that would.", missing="none"),
        Column("claimed", Kind.NUMBER, "Claimed change in percent, or the level.", missing="no figure"),
        Column("scale", Kind.TEXT, "percent, points or level.", required=True),
        Column("official_low", Kind.NUMBER, "Smallest change that the record allows.", missing="not bounded"),
        Column("official_high", Kind.NUMBER, "Largest change that the record allows.", missing="not bounded"),
        Column("ordinary_share", Kind.NUMBER, "Share of ordinary movements at least as large.", missing="not known"),
        Column("ordinary_n", Kind.INTEGER, "Ordinary movements counted.", missing="not known"),
        Column("reasons", Kind.TEXT, "All reasons, in words.", required=True),
        Column("overruled", Kind.TEXT, "What a person replaced, and why.", missing="not overruled"),
    ),
    ("claim_id",),
    "CC-BY-4.0",
    "Citywatch: registry of Safe City agreements, table verdicts",
    "https://creativecommons.org/licenses/by/4.0/",
    may_be_empty=True,
)
"""Declaration of the table that a release holds."""


@dataclass(frozen=True)
class Result:
    """What a run gives.

    Attributes:
        verdicts: One per claim, in the order given.
        refused: What could not be used: file or table, row or id, and why.
        cases: Worked cases, where all of a registry was verified.
    """

    verdicts: tuple[Verdict, ...]
    refused: tuple[str, ...] = ()
    cases: tuple[Case, ...] = ()

    def of(self, claim_id: str) -> Verdict:
        """The verdict of one claim.

        Raises:
            InputError: If there is none; the message names the nearest ids.
        """
        for verdict in self.verdicts:
            if verdict.claim_id == claim_id:
                return verdict
        near = nearest(claim_id, [verdict.claim_id for verdict in self.verdicts])
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        raise InputError(f"claim {claim_id!r} is not on record.{hint} citywatch verify --all lists every id.")

    def frame(self) -> pd.DataFrame:
        """The table ``verdicts``."""
        return pd.DataFrame([_row(one) for one in self.verdicts], columns=list(VERDICTS.names)).astype(_TYPES)

    def cases_markdown(self) -> str:
        """The worked cases for the documentation."""
        return cases_markdown(self.cases, {one.claim_id: one for one in self.verdicts})

    def to_dict(self) -> dict[str, Any]:
        """Content of ``verify.json``."""
        return {
            "schema": "citywatch-verify/1",
            "rules": load_rules().general["version"],
            "verdicts": [one.to_dict() for one in self.verdicts],
            "refused": list(self.refused),
            "cases": [one.to_dict() for one in self.cases],
        }


_TYPES = {
    column.name: "float64" if column.kind is Kind.NUMBER else "Int64" if column.kind is Kind.INTEGER else "str"
    for column in VERDICTS.columns
}


def nearest(name: str, known: Sequence[str], most: int = 3) -> list[str]:
    """Ids most like a name."""
    import difflib

    close = difflib.get_close_matches(name, known, most, 0.5)
    return close or [one for one in known if name and name in one][:most]


def verify_tables(tables: Tables, rules: Rules | None = None, *, only: str = "") -> tuple[Verdict, ...]:
    """The verdict on every claim: a pure function of tables and rules.

    Args:
        tables: Claims, series and what else is known.
        rules: The rules; the embedded ones when None.
        only: One claim id; all when empty.
    """
    rules = rules or load_rules()
    archive = Archive(tables.series, rules, tables.background)
    overrules: dict[str, list[Mapping[str, str]]] = {}
    for row in tables.overrules:
        overrules.setdefault(row["claim_id"], []).append(row)
    return tuple(
        _overrule(_verdict(claim, tables, archive), overrules.get(claim.claim_id, ()), rules)
        for claim in tables.claims
        if not only or claim.claim_id == only
    )


def _verdict(claim: Claim, tables: Tables, archive: Archive) -> Verdict:
    rules = archive.rules
    reason = tables.refused.get(claim.claim_id)
    if reason is not None:
        return _refused(claim, reason, rules)
    stated = checkable(claim, rules)
    figures_say, figures = arithmetic(claim, archive)
    start = tables.starts.get(claim.agreement_id)
    cause = attribution(claim, figures, archive, start)
    plausible, published = compare_published(claim, figures.claimed, figures.scale, tables.effects, rules)
    outcomes = rules.metric_of(claim.metric).outcomes
    effects = tuple(one.effect_id for one in tables.effects if one.outcome in outcomes and one.effect_id)
    figures = replace(figures, published=published, start=start, effects=effects)
    missing = [*missing_of(stated, rules), *figures.tables]
    answers = {
        "kind": claim.kind,
        "primary": "yes" if is_primary(claim, rules) else "no",
        "checkable": stated.word,
        "arithmetic": figures_say.word,
        "attribution": cause.word,
        "plausibility": plausible.word,
        "independent": "no" if figures.is_same_source else "yes",
    }
    line = decide(answers, rules)
    return Verdict(
        claim.claim_id, claim.thread_id, claim.kind, stated, figures_say, cause, plausible, line["verdict"],
        str(rules.words["answers"]["verdict"][line["verdict"]]), _because(line, missing, figures, (stated, figures_say), rules),
        tuple(missing), figures,
    )  # fmt: skip


def decide(answers: Mapping[str, str], rules: Rules) -> Mapping[str, Any]:
    """The first line of the precedence table whose conditions all hold.

    Args:
        answers: Word by answer.
        rules: The rules; the last line of the table has no condition.
    """
    return next(
        line for line in rules.precedence if all(answers[name] in allowed for name, allowed in line["when"].items())
    )


_KEYS = ("baseline_turns", "baseline_open", "years_open", "conflicts", "sum_share", "inconsistent", "official", "official_change",
         "official_bounds", "official_direction", "official_level", "level_before")  # fmt: skip
"""Reasons that a verdict is summed up by: the first that was given."""


def _because(
    line: Mapping[str, Any], missing: Sequence[str], figures: Figures, answers: tuple[Answer, Answer], rules: Rules
) -> str:
    """Why, in a sentence: the line of the table with its decisive reason, or what is missing."""
    stated, figures_say = answers
    if "arithmetic" in line["when"] and "plausibility" not in line["when"]:
        given = {reason.code: reason.text for reason in reversed(figures_say.reasons)}
        decisive = next((given[code] for code in _KEYS if code in given), "")
        told = f"{line['why']} {decisive}." if decisive else str(line["why"])
        return f"{told} {rules.phrase('in_part', missing='; '.join(figures.tables))}" if figures.tables else told
    if line["when"]:
        return str(line["why"])
    essential = [name for name, entry in rules.general["requirements"].items() if entry["essential"]]
    lacking = [str(rules.words["missing"][name]) for name in essential if str(rules.words["missing"][name]) in missing]
    periods = [str(rules.words["missing"][name]) for name in ("period_before", "period_after")]
    tables = [*(name for name in periods if name in missing), *figures.tables]
    wanted = lacking if stated.word == "no" and lacking else tables or list(missing)
    return f"Missing: {'; '.join(wanted)}." if wanted else str(line["why"])


def _refused(claim: Claim, reason: str, rules: Rules) -> Verdict:
    said = rules.say("refused", "dash", reason=reason)
    empty = rules.answer("plausibility", "not_compared", [])
    return Verdict(
        claim.claim_id, claim.thread_id, claim.kind, rules.answer("checkable", "no", [said]),
        rules.answer("arithmetic", "not_comparable", [said]), rules.answer("attribution", "not_shown", []), empty,
        "cannot_be_checked", str(rules.words["answers"]["verdict"]["cannot_be_checked"]), said.text, (reason,), Figures(),
    )  # fmt: skip


def _overrule(verdict: Verdict, rows: Sequence[Mapping[str, str]], rules: Rules) -> Verdict:
    """Apply what people replaced on the record, in the order of the days; the rules' own word stays in the sentence."""
    for row in sorted(rows, key=lambda row: row["on"]):
        what, new = row["what"], row["new"]
        if new not in rules.words["answers"][what]:
            known = ", ".join(rules.words["answers"][what])
            raise InputError(
                f"overrules, claim {row['claim_id']}: expected {what} to be one of {known}; found {new!r}."
            )
        text = rules.say(
            "overruled", "full", **{name: row[name] for name in ("by", "on", "what", "old", "new", "reason")}
        ).text
        label = str(rules.words["answers"][what][new])
        verdict = _replaced(verdict, what, new, label)
        if what == "verdict":
            verdict = replace(verdict, because=text)
        verdict = replace(verdict, overruled=(*verdict.overruled, text))
    return verdict


def _replaced(verdict: Verdict, what: str, word: str, label: str) -> Verdict:
    if what == "verdict":
        return replace(verdict, verdict=word, label=label)
    if what == "checkable":
        return replace(verdict, checkable=replace(verdict.checkable, word=word, label=label))
    if what == "arithmetic":
        return replace(verdict, arithmetic=replace(verdict.arithmetic, word=word, label=label))
    return replace(verdict, attribution=replace(verdict.attribution, word=word, label=label))


def _row(one: Verdict) -> dict[str, Any]:
    figures = one.figures
    deciding = next((row for row in figures.compared if row.series_id == figures.chosen), None)
    answers = (one.checkable, one.arithmetic, one.attribution, one.plausibility)
    return {
        "claim_id": one.claim_id,
        "verdict": one.verdict,
        "checkable": one.checkable.word,
        "arithmetic": one.arithmetic.word,
        "attribution": one.attribution.word,
        "plausibility": one.plausibility.word,
        "because": one.because,
        "missing": "; ".join(one.missing),
        "series_id": figures.chosen,
        "claimed": figures.claimed,
        "scale": figures.scale,
        "official_low": deciding.low if deciding else None,
        "official_high": deciding.high if deciding else None,
        "ordinary_share": figures.movement.share,
        "ordinary_n": figures.movement.n if figures.movement.share is not None else None,
        "reasons": " | ".join(reason.text for answer in answers for reason in answer.reasons) or "–",
        "overruled": " ".join(one.overruled),
    }


def to_json(result: Result) -> str:
    """``verify.json``: floats with ten significant digits, so that the same input gives the same bytes."""
    return json.dumps(_rounded(result.to_dict()), ensure_ascii=False, separators=(",", ":")) + "\n"


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.10g}")
    if isinstance(value, Mapping):
        return {name: _rounded(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return value
