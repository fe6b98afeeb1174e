"""Is the claimed effect larger than any published one? The one seam to pooled results.

``plausibility(effects)`` gives the range that published effects take. A pooled result with a prediction interval can take
the place of the smallest and largest effect here, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence

from citywatch.claims.records import Answer, Claim, Effect, Published, Reason
from citywatch.claims.rules import Rules, signed
from citywatch.uncertainty import percent


def plausibility(effects: Sequence[Effect]) -> Published | None:
    """The span of published effects on one outcome; None where there is none."""
    if not effects:
        return None
    return Published(min(one.low for one in effects), max(one.high for one in effects), len(effects))


def compare_published(
    claim: Claim, claimed: float | None, scale: str, effects: Sequence[Effect], rules: Rules
) -> tuple[Answer, Published | None]:
    """The claimed change among published effects on the same outcome.

    An effect at camera sites is no effect of a whole city: it is converted where the covered share is on record, else the
    answer says "at camera sites".
    """
    if claim.kind == "harm":
        return rules.answer("plausibility", "not_compared", []), None
    if scale != "percent" or claimed is None:
        return rules.answer("plausibility", "not_compared", [rules.say("published_no_change", "half")]), None
    outcomes = rules.metric_of(claim.metric).outcomes
    found = plausibility([one for one in effects if one.outcome in outcomes])
    if found is None:
        return rules.answer("plausibility", "no_published_effects", [rules.say("published_none", "dash")]), None
    if found.n < rules.thresholds["published_minimum"]:
        few = rules.say("published_few", "dash", n=found.n, low=signed(found.low), high=signed(found.high))
        return rules.answer("plausibility", "no_published_effects", [few]), found
    share = rules.places["covered_share"].get(claim.claim_id) or rules.places["covered_share"].get(claim.thread_id)
    factor = float(share["share"]) if share else 1.0
    low, high = factor * found.low, factor * found.high
    code = "published_pooled" if found.is_pooled else "published"
    text = {"low": signed(found.low), "high": signed(found.high), "n": found.n, "claimed": signed(claimed)}
    reasons: list[Reason] = [rules.say(code, "full", **text)]
    if share:
        told = {"share": percent(100 * factor), "low": signed(low), "high": signed(high)}
        reasons.append(rules.say("published_covered", "full", **told))
    else:
        reasons.append(rules.say("published_sites", "half"))
    slack = rules.thresholds["near_published"]
    inside = claimed >= low - slack if claimed < 0 else claimed <= max(high, 0.0) + slack
    return rules.answer("plausibility", "inside" if inside else "outside", reasons), found
