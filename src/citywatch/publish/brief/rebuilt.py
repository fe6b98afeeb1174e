"""Page 3 of the brief: printed figures beside the rebuilt ones, the countries known by name, the checks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from citywatch import places
from citywatch.publish.brief.facts import Desk, Record
from citywatch.publish.brief.strips import axis, strip
from citywatch.publish.brief.words import Rich, interval_of, joined, plan

Section = dict[str, Any]


def comparison(desk: Desk) -> Section:
    """Every printed share with its rebuilt ones under each counting rule and the worst case."""
    figures, totals, words = desk.facts.published, desk.facts.totals, desk.words
    if not figures or totals is None:
        return {"head": words("rebuilt.head"), "empty": words("rebuilt.empty"), "rows": []}
    main, others = desk.facts.rules[0], desk.facts.rules[1:]
    missing = figures[0]["rebuilt"][main["id"]]["bounds"]["missing"]
    return {
        "head": words("rebuilt.head"),
        "title": _title(desk, figures),
        "subtitle": _subtitle(desk, totals),
        "columns": {
            "what": words("rebuilt.column.what"),
            "published": words("rebuilt.column.published"),
            "main": words("rebuilt.column.main"),
            "bounds": words("rebuilt.column.bounds"),
            "others": [desk.ledger.quote(f"rule:{rule['id']}.label", rule["label"]) for rule in others],
        },
        "axis": axis(desk),
        "totals": [_total(desk, totals, name) for name in ("agreements", "countries")],
        "rows": [_row(desk, figure) for figure in figures],
        "key": {name: words(f"key.{name}") for name in ("published", "rebuilt", "base", "bounds")},
        "source": _source(desk),
        "worst": _worst(desk, figures, missing),
        "rules": [_rule(desk, rule) for rule in desk.facts.rules],
    }


def _title(desk: Desk, figures: Sequence[Record]) -> Rich:
    inside = sum(bool(figure["inside_interval"][desk.facts.main_rule]) for figure in figures)
    number = desk.ledger.whole
    return desk.words(
        "rebuilt.title.all" if inside == len(figures) else "rebuilt.title.some",
        inside=number("published.inside_interval", inside),
        total=number("published.inside_interval", len(figures)),
    )


def _subtitle(desk: Desk, totals: Record) -> Rich:
    rebuilt = totals["rebuilt"][desk.facts.main_rule]
    whole = desk.ledger.whole
    return desk.words(
        "rebuilt.subtitle",
        agreements=whole("published_totals.agreements", totals["agreements"]),
        countries=whole("published_totals.countries", totals["countries"]),
        ours=whole("published_totals.rebuilt", rebuilt["agreements"]),
        our_countries=whole("published_totals.rebuilt", rebuilt["countries"]),
    )


def _total(desk: Desk, totals: Record, name: str) -> Section:
    whole = desk.ledger.whole
    cells = {
        rule["id"]: whole(f"published_totals.rebuilt.{rule['id']}.{name}", totals["rebuilt"][rule["id"]][name])
        for rule in desk.facts.rules
    }
    main = desk.facts.main_rule
    return {
        "label": desk.words(f"rebuilt.total.{name}"),
        "published": whole(f"published_totals.{name}", totals[name]),
        "main": cells[main],
        "others": [cell for rule, cell in cells.items() if rule != main],
    }


def _row(desk: Desk, figure: Record) -> Section:
    ledger, main = desk.ledger, figure["rebuilt"][desk.facts.main_rule]
    share = desk.facts.shares.get(main["key"], main)
    label = ledger.quote(figure["key"], figure["label"])
    bounds = main["bounds"]
    return {
        "label": label,
        "is_sum": "+" in main["key"].rpartition(".")[2],
        "published": ledger.percent(figure["key"], figure["published_pct"]),
        "main": _cell(desk, main),
        "bounds": ledger.bare_range(main["key"], bounds["low_pct"], bounds["high_pct"]),
        "others": [_cell(desk, figure["rebuilt"][rule["id"]]) for rule in desk.facts.rules[1:]],
        "strip": strip(
            desk,
            share,
            plan()["reference_group"],
            label,
            published=figure["published_pct"],
            band=[round(bounds["low_pct"], 2), round(bounds["high_pct"], 2)],
        ),
    }


def _cell(desk: Desk, rebuilt: Record) -> Section:
    key, interval = rebuilt["key"], interval_of(rebuilt["interval"])
    return {
        "share": desk.ledger.percent(key, rebuilt["share_pct"]),
        "range": desk.ledger.bare_range(key, interval.low, interval.high),
    }


def _source(desk: Desk) -> Rich:
    source = desk.facts.found.get("published_source") or {}
    return desk.source(
        "rebuilt.source",
        source=desk.ledger.quote("published_source.title", source.get("title", "")),
        note=desk.ledger.quote("published_source.note", source.get("note", "")),
    )


def _worst(desk: Desk, figures: Sequence[Record], missing: int) -> Rich:
    """What the missing agreements could and could not change."""
    main = desk.facts.main_rule
    if not missing:
        return desk.words("rebuilt.worst_none")
    outside = [figure for figure in figures if not _is_reachable(figure, main)]
    number = desk.ledger.whole("published.missing", missing)
    if not outside:
        return desk.words.plural("rebuilt.worst_all", missing, missing=number)
    names = [desk.ledger.quote(figure["key"], figure["label"]) for figure in outside]
    return desk.words.plural(
        "rebuilt.worst_some", missing, missing=number, labels=joined(names, between="; ", last="; ")
    )


def _is_reachable(figure: Record, rule: str) -> bool:
    """Whether the missing agreements alone could bring the rebuilt count to the printed one."""
    rebuilt, printed = figure["rebuilt"][rule], figure["published_count"]
    if printed is None:
        bounds = rebuilt["bounds"]
        return bool(bounds["low_pct"] - 0.5 <= figure["published_pct"] <= bounds["high_pct"] + 0.5)
    return bool(rebuilt["count"] <= printed <= rebuilt["count"] + rebuilt["bounds"]["missing"])


def _rule(desk: Desk, rule: Record) -> Rich:
    quote = desk.ledger.quote
    key = f"rule:{rule['id']}"
    return desk.words(
        "rebuilt.rule",
        label=quote(f"{key}.label", rule["label"]),
        text=quote(f"{key}.description", rule["description"]),
    )


def known_countries(desk: Desk) -> Section | None:
    """Countries of the printed list that are known by name; None where the release has no such list."""
    lists = desk.facts.found.get("brief_countries")
    if not lists or not lists.get("known"):
        return None
    words, number = desk.words, desk.ledger.whole
    sizes = {
        name: number(f"brief_countries.{name}", len(lists[name]))
        for name in ("known", "in_both", "brief_only", "ours_only_same_region")
    }
    return {
        "head": words("countries.head"),
        "title": words("countries.title", known=sizes["known"], both=sizes["in_both"]),
        "lists": [
            _list(desk, lists, "in_both", sizes["in_both"]),
            _list(desk, lists, "brief_only", sizes["brief_only"]),
            _list(desk, lists, "ours_only_same_region", sizes["ours_only_same_region"]),
        ],
        "notes": [
            {
                "name": _name(desk, code),
                "note": desk.ledger.quote(f"brief_countries.notes.{code}", lists["notes"][code]),
            }
            for code in lists["brief_only"]
            if lists["notes"].get(code)
        ],
        "source": desk.source("countries.source", source=desk.ledger.quote("brief_countries.source", lists["source"])),
    }


def _list(desk: Desk, lists: Record, name: str, size: Rich) -> Section:
    found = [_name(desk, code) for code in sorted(lists[name], key=places.country_name)]
    names = joined(found, last=", ") if found else desk.words("countries.none")
    return {"label": desk.words(f"countries.{name}", number=size), "names": names}


def _name(desk: Desk, code: str) -> Rich:
    return desk.ledger.quote(f"country:{code}", places.country_name(code))


def checks(desk: Desk) -> list[Section]:
    """Statements of the printed brief beside what their source says."""
    wanted = {entry["key"]: entry for entry in desk.facts.found.get("checks", ())}
    quote = desk.ledger.quote
    return [
        {
            "head": desk.words(f"check.{name}.head"),
            "statement": quote(f"check.{name}.statement", wanted[name]["statement"]),
            "verdict": quote(f"check.{name}.verdict_text", wanted[name]["verdict_text"]),
            "source": desk.source("check.source", source=quote(f"check.{name}.source", wanted[name]["source"])),
        }
        for name in plan()["checks"]
        if name in wanted
    ]
