"""First answer: is the claim stated well enough to check? What is missing is named."""

from __future__ import annotations

from dataclasses import dataclass

from citywatch.claims.records import Answer, Claim, Reason
from citywatch.claims.rules import Rules, figure, signed


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a claim says in numbers.

    Attributes:
        value: Change in percent or points, or the level; None where there is no figure.
        scale: ``percent``, ``points`` or ``level``.
        relative: Change in percent from its own figures before and after; None where it does not give both.
        points: Their difference, for shares.
    """

    value: float | None
    scale: str
    relative: float | None = None
    points: float | None = None


def claimed(claim: Claim) -> Claimed:
    """The figure of a claim on its scale."""
    before, after, pct = claim.value_before, claim.value_after, claim.change_pct
    both = before is not None and after is not None
    relative = 100 * (after / before - 1) if both and before else None  # type: ignore[operator]
    points = after - before if both else None  # type: ignore[operator]
    if claim.unit == "percentage_points":
        return Claimed(pct if pct is not None else points, "points", None, points)
    if claim.unit == "percent_level" and points is not None:
        return Claimed(points, "points", relative, points)
    if pct is not None:
        return Claimed(pct, "percent", relative, points)
    if relative is not None:
        return Claimed(relative, "percent", relative, points)
    return Claimed(after, "percent" if claim.unit == "percent_change" else "level")


def claimed_text(said: Claimed) -> str:
    """The claimed figure as readers see it."""
    if said.value is None:
        return ""
    return figure(said.value) if said.scale == "level" else signed(said.value, said.scale)


def checkable(claim: Claim, rules: Rules) -> Answer:
    """Whether a claim can be checked: yes, partly or no.

    No where something essential is missing, partly where anything else is; see ``rules.yml``, ``requirements``.
    """
    if claim.kind == "harm":
        reasons = _harm(claim, rules)
        wanted = rules.general["harm_requirements"]
    else:
        reasons = _benefit(claim, rules)
        wanted = rules.general["requirements"]
    lacking = {_requirement(reason) for reason in reasons if reason.state == "dash"}
    doubtful = {_requirement(reason) for reason in reasons if reason.state == "half"}
    essential = {name for name, entry in wanted.items() if entry["essential"]}
    word = "no" if lacking & essential else "partly" if (lacking | doubtful) & set(wanted) else "yes"
    return rules.answer("checkable", word, reasons)


def missing_of(answer: Answer, rules: Rules) -> list[str]:
    """What is missing, in words."""
    names = [_requirement(reason) for reason in answer.reasons if reason.state == "dash"]
    return [str(rules.words["missing"][name]) for name in dict.fromkeys(names)]


def _requirement(reason: Reason) -> str:
    name = reason.code.partition(".")[0]
    return "like_with_like" if name == "like" else name


def _benefit(claim: Claim, rules: Rules) -> list[Reason]:
    metric = rules.metric_of(claim.metric)
    say = rules.say
    reasons = [_figure(claim, rules), _place(claim, rules)]
    if claim.before is None and claim.after is None:
        reasons.append(say("period.dash", "dash"))
    elif claim.is_period_stated == "no":
        period = " – ".join(one.text for one in (claim.before, claim.after) if one)
        reasons.append(say("period.half", "half", period=period))
    reasons.append(_definition(claim, rules, is_defined=metric.is_defined))
    reasons.append(_area(claim, rules))
    for name, one in (("period_before", claim.before), ("period_after", claim.after)):
        reasons.append(say(f"{name}.full", "full", period=one.text) if one else say(f"{name}.dash", "dash"))
    is_named = claim.is_source_stated == "yes"
    reasons.append(say("source.full", "full") if is_named else say("source.dash", "dash"))
    if claim.denominator:
        reasons.append(say("denominator.full", "full", denominator=claim.denominator))
    elif metric.needs_denominator:
        reasons.append(say("denominator.dash", "dash"))
    return reasons + like_with_like(claim, rules)


def _figure(claim: Claim, rules: Rules) -> Reason:
    said = claimed(claim)
    text = claimed_text(said)
    if said.value is None:
        return rules.say("figure.dash", "dash")
    if said.scale == "level":
        return rules.say("figure.level", "half", figure=text)
    return rules.say("figure.full", "full", figure=text)


def _place(claim: Claim, rules: Rules) -> Reason:
    place = claim.area or claim.system_place
    is_unnamed = rules.is_unnamed(place) or (claim.is_area_stated == "no" and rules.is_unnamed(claim.system_place))
    return (
        rules.say("place.dash", "dash", place=place or "–")
        if is_unnamed
        else rules.say("place.full", "full", place=place)
    )


def _definition(claim: Claim, rules: Rules, *, is_defined: bool) -> Reason:
    if claim.definition:
        return rules.say("definition.full", "full", definition=claim.definition)
    name = rules.metric_name(rules.family(claim.metric))
    return (
        rules.say("definition.full", "full", definition=name)
        if is_defined
        else rules.say("definition.half", "half", metric=name)
    )


def _area(claim: Claim, rules: Rules) -> Reason:
    if claim.is_area_stated == "no":
        place = claim.area or claim.system_place
        return (
            rules.say("area.dash", "dash") if rules.is_unnamed(place) else rules.say("area.half", "half", place=place)
        )
    area = claim.area or claim.system_place
    if rules.is_unnamed(area):
        return rules.say("area.dash", "dash")
    return (
        rules.say("area.half", "half", place=area)
        if rules.is_limited(area)
        else rules.say("area.full", "full", area=area)
    )


def like_with_like(claim: Claim, rules: Rules) -> list[Reason]:
    """What speaks against comparing the claim's two sides: months, points, shares, detected against reported."""
    found = []
    if claim.before and claim.after and abs(claim.before.length - claim.after.length) > 0:
        found.append(rules.say("like.months", "dash", before=claim.before.text, after=claim.after.text))
    said, pct = claimed(claim), claim.change_pct
    slack = rules.thresholds["consistency_points"]
    is_share = rules.metric_of(claim.metric).is_share or claim.unit == "percent_level"
    if pct is not None and said.points is not None and said.relative is not None and is_share:
        if abs(pct - said.points) <= slack < abs(pct - said.relative):
            found.append(rules.say("like.points", "dash", pct=signed(pct), relative=signed(said.relative)))
    elif is_share and claim.unit == "percent_change" and pct is not None:
        found.append(rules.say("like.percent_or_points", "half"))
    text = claim.definition.casefold()
    is_crime = bool(set(rules.metric_of(claim.metric).same) & rules.crime_families)
    if is_crime and any(word in text for word in rules.general["detected_words"]):
        found.append(rules.say("like.detected", "dash", definition=claim.definition))
    return found or [rules.say("like_with_like.full", "full")]


def _harm(claim: Claim, rules: Rules) -> list[Reason]:
    say = rules.say
    reasons = [_place(claim, rules)]
    when = claim.after.text if claim.after else claim.stated_on
    reasons.append(say("date.full", "full", date=when) if when else say("date.dash", "dash"))
    reasons.append(_definition(claim, rules, is_defined=False))
    if claim.source_kind:
        reasons.append(say("source_kind.full", "full", kind=claim.source_kind))
    else:
        reasons.append(say("source_kind.dash", "dash"))
    reasons.append(say("primary.full", "full") if is_primary(claim, rules) else say("primary.dash", "dash"))
    if claimed(claim).value is not None:
        reasons.append(_figure(claim, rules))
    return reasons


def is_primary(claim: Claim, rules: Rules) -> bool:
    """Whether the source is the document itself: a public body in its own record."""
    in_own_record = claim.source_kind in rules.general["primary_source_kinds"]
    return in_own_record and claim.claimant_kind in rules.general["primary_claimant_kinds"]
