"""Page 1 of the brief: the question, the issue, the key findings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from citywatch.publish.brief.facts import Desk, Record
from citywatch.publish.brief.strips import axis, labels, strip
from citywatch.publish.brief.words import Rich, interval_of, joined, plan, say
from citywatch.uncertainty.format import NO_BREAK

Section = dict[str, Any]
CLEAR = "clear"
LONG = 16


def opening(desk: Desk) -> Section:
    """Masthead, headline and standfirst."""
    words, version = desk.words, desk.facts.release.version
    return {
        "name": words("mast.name"),
        "kind": words("mast.kind"),
        "date": words("mast.date", date=desk.dates.text("release.version", version)),
        "headline": words("headline" if _headline_share(desk) else "headline.none"),
        "standfirst": _standfirst(desk),
    }


def _headline_share(desk: Desk) -> Record | None:
    asked = plan()["headline"]
    return desk.facts.share(plan()["scenario"], asked["dimension"], asked["category"])


def _standfirst(desk: Desk) -> Rich:
    share = _headline_share(desk)
    if share is None or not share.get("base"):
        return desk.words("standfirst.none", agreements=desk.count("agreements"), countries=desk.count("countries"))
    ledger, key, interval = desk.ledger, share["key"], interval_of(share["interval"])
    parts = [
        desk.words(
            "standfirst",
            lean=ledger.quote(key, _lean(share)),
            share=ledger.percent(key, share["share_pct"]),
            base=ledger.percent(key, share["base"]["countries_pct"]),
        )
    ]
    if share["base"]["countries_pct"] in interval:
        ends = {"low": ledger.whole(key, interval.low), "high": ledger.percent(key, interval.high)}
        parts.append(desk.words("standfirst.takes_in", **ends))
    if clear := [desk.words(f"class.{item['dimension']}.{item['category']}") for item in _clear_leans(desk)]:
        parts.append(desk.words("standfirst.clear", classes=joined(clear)))
    return joined(parts, between=" ", last=" ")


def _clear_leans(desk: Desk) -> list[Record]:
    """Items about the headline's scenario, but not its own question, with a clear lean above the base rate."""
    asked = plan()["headline"]["dimension"]
    found = []
    for item in plan()["findings"]:
        share = desk.facts.share(item["scenario"], item["dimension"], item["category"])
        is_other = item["scenario"] == plan()["scenario"] and item["dimension"] != asked
        if is_other and share and share["lean"] == CLEAR and share["ratio"] > 1:
            found.append(item)
    return found


def _lean(share: Record) -> str:
    """What the interval says, as the start of a sentence; short ones do not break."""
    text = str(share["lean_text"])
    shown = text[:1].upper() + text[1:]
    return shown.replace(" ", NO_BREAK) if len(shown) < LONG else shown


def issue(desk: Desk) -> Section:
    """What Safe City agreements are, why the printed count matters, what could not be checked."""
    parts = [_part(desk, "issue.what", _what(desk)), *_printed_count(desk)]
    return {"head": desk.words("issue.head"), "parts": parts}


def _part(desk: Desk, name: str, text: Rich) -> Section:
    return {"head": desk.words(f"{name}.head"), "text": text}


def _what(desk: Desk) -> Rich:
    facts, ledger = desk.facts, desk.ledger
    return desk.words(
        "issue.what",
        agreements=desk.count("agreements"),
        vendors=desk.count("vendors"),
        values=ledger.whole(*facts.known("agreements", "value_usd")),
        cameras=ledger.whole(*facts.known("agreements", "cameras")),
        claims=desk.count("claims"),
        checkable=ledger.whole(*_checkable(desk)),
    )


def _checkable(desk: Desk) -> tuple[str, int]:
    rows = desk.facts.rows("claims")
    flags = ["is_area_stated", "is_period_stated", "is_source_stated"]
    stated = 0 if rows is None else int((rows[flags] == "yes").all(axis=1).sum())
    return "table:claims." + "+".join(flags), stated


def _printed_count(desk: Desk) -> list[Section]:
    totals = desk.facts.totals
    name = plan()["headline"]["published"]
    figure = next((entry for entry in desk.facts.published if entry["figure_id"] == name), None)
    if totals is None or figure is None:
        return [_part(desk, "issue.why_none", desk.words("issue.why_none"))]
    return [
        _part(desk, "issue.why", _why(desk, totals, figure)),
        _part(desk, "issue.unverified", _unverified(desk, totals)),
    ]


def _why(desk: Desk, totals: Record, figure: Record) -> Rich:
    ledger = desk.ledger
    key = figure["rebuilt"][desk.facts.main_rule]["key"]
    base = (desk.facts.shares.get(key) or {}).get("base")
    source = desk.facts.found.get("published_source") or {}
    return desk.words(
        "issue.why" if base else "issue.why_bare",
        source=ledger.quote("published_source.title", source.get("title", "")),
        agreements=ledger.whole("published_totals.agreements", totals["agreements"]),
        countries=ledger.whole("published_totals.countries", totals["countries"]),
        share=ledger.percent(figure["key"], figure["published_pct"]),
        base=ledger.percent(key, base["countries_pct"]) if base else "",
    )


def _unverified(desk: Desk, totals: Record) -> Rich:
    rebuilt = totals["rebuilt"][desk.facts.main_rule]
    return desk.words(
        "issue.unverified",
        ours=desk.ledger.whole("published_totals.rebuilt", rebuilt["agreements"]),
        our_countries=desk.ledger.whole("published_totals.rebuilt", rebuilt["countries"]),
    )


def key_findings(desk: Desk) -> Section:
    """Sentences with their numbers beside strips on one axis."""
    items = [
        (item, desk.facts.share(item["scenario"], item["dimension"], item["category"])) for item in plan()["findings"]
    ]
    shown = [(item, share) for item, share in items if share and share.get("base")]
    words = desk.words
    if not shown:
        return {"head": words("findings.head"), "empty": words("scenario.empty"), "rows": []}
    return {
        "head": words("findings.head"),
        "title": _title(desk, shown),
        "subtitle": _subtitle(desk, [item for item, _ in shown]),
        "axis": axis(desk),
        "rows": _rows(desk, shown),
        "key": {"interval": words("key.interval", level=_level(desk, shown[0][1])), "base": words("key.base")},
        "source": desk.source("findings.source", eligible=_eligible(desk)),
        "beware": _beware(desk),
    }


def _level(desk: Desk, share: Record) -> Rich:
    return desk.ledger.percent(share["key"], 100 * share["interval"]["level"])


def _eligible(desk: Desk) -> Rich:
    entry = desk.facts.scenario(plan()["scenario"]) or desk.facts.scenario(plan()["all_vendors"])
    return desk.ledger.whole(f"scenario:{entry['id']}.n_eligible", entry["n_eligible"]) if entry else say("–")


def _title(desk: Desk, shown: Sequence[tuple[Record, Record]]) -> Rich:
    leans = {
        item["dimension"]: share["lean"] == CLEAR for item, share in shown if item["scenario"] == plan()["scenario"]
    }
    names = {
        is_clear: [desk.words(f"dimension.{name}") for name, clear in leans.items() if clear == is_clear]
        for is_clear in (True, False)
    }
    if not leans:
        return desk.words("findings.title.other")
    if not names[True]:
        return desk.words("findings.title.none", dimensions=joined(names[False], last=" or "))
    if not names[False]:
        return desk.words("findings.title.all", dimensions=joined(names[True]))
    return desk.words("findings.title.some", clear=joined(names[True]), rest=joined(names[False], last=" or "))


def _subtitle(desk: Desk, items: Sequence[Record]) -> Rich:
    parts: Rich = desk.words("findings.subtitle")
    for name in dict.fromkeys(item["scenario"] for item in items):
        entry = desk.facts.scenario(name)
        if entry is None:
            continue
        key = f"scenario:{name}"
        until = desk.dates.text(f"{key}.until", entry["until"]) if entry["until"] else ""
        parts = say(
            parts,
            " ",
            desk.words(
                "findings.scope.until" if until else "findings.scope",
                agreements=desk.ledger.whole(f"{key}.agreements", entry["agreements"]),
                countries=desk.ledger.whole(f"{key}.countries", entry["countries"]),
                until=until,
            ),
        )
    return parts


def _rows(desk: Desk, shown: Sequence[tuple[Record, Record]]) -> list[Section]:
    rows = []
    for place, (item, share) in enumerate(shown):
        base = desk.ledger.percent(share["key"], share["base"]["countries_pct"])
        tick = desk.words("strip.base_first" if place == 0 else "strip.base", base=base)
        label = desk.words(f"class.{item['dimension']}.{item['category']}")
        rows.append(
            {
                "say": _sentence(desk, item, share),
                "numbers": numbers(desk, share),
                "strip": strip(desk, share, item["group"], label, labels=labels(desk, share, tick)),
            }
        )
    return rows


def _sentence(desk: Desk, item: Record, share: Record) -> Rich:
    ledger, key = desk.ledger, share["key"]
    return desk.words(
        f"say.{item['group']}.{item['dimension']}.{item['category']}",
        share=ledger.percent(key, share["share_pct"]),
        number=ledger.whole(key, share["count"]),
        total=ledger.whole(key, share["total"]),
        base=ledger.percent(key, share["base"]["countries_pct"]),
        lean=ledger.quote(key, _lean(share)),
    )


def numbers(desk: Desk, share: Record) -> Rich:
    """The numbers of a share in the order that every page keeps: share, countries, people, ratio."""
    ledger, key = desk.ledger, share["key"]
    ratio = share["ratio_interval"]
    return desk.words(
        "numbers" if ratio else "numbers.no_ratio",
        share=ledger.percent(key, share["share_pct"]),
        range=ledger.range(key, interval_of(share["interval"])),
        countries=ledger.percent(key, share["base"]["countries_pct"]),
        people=ledger.percent(key, share["base"]["people_pct"]),
        times=ledger.times(key, share["ratio"]) if ratio else "",
        times_range=ledger.times_range(key, interval_of(ratio)) if ratio else "",
    )


def _beware(desk: Desk) -> Rich:
    finding = next(iter(desk.facts.found.get("findings", ())), None)
    not_covered = desk.ledger.quote(f"{finding['key']}.not_covered", finding["not_covered"]) if finding else []
    effort = desk.words("findings.effort", searches=desk.count("searches"), pages=desk.count("pages_read"))
    contrast = desk.facts.contrast(plan()["contrasts"][0])
    group = next(
        (entry for entry in (contrast or {}).get("groups", ()) if entry["group"] == plan()["reference_group"]), None
    )
    if group is None:
        return say([{"b": not_covered}], " ", effort)
    named = desk.words(
        "findings.named",
        label=desk.ledger.quote(group["key"], group["label"]),
        named=desk.ledger.whole(group["key"], group["searches"]),
    )
    return say([{"b": not_covered}], " ", effort, " ", named)
