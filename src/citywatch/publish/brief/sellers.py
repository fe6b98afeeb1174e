"""Page 2 of the brief: the map, and the groups of vendors side by side with the searching behind them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from citywatch.publish.brief.facts import Desk, Record
from citywatch.publish.brief.map import WorldMap, draw_map
from citywatch.publish.brief.strips import axis, strip
from citywatch.publish.brief.words import Rich, capital, interval_of, plan, say
from citywatch.uncertainty import points, points_range

Section = dict[str, Any]
DIMENSION = "vendor_group"


def world(desk: Desk) -> tuple[Section, WorldMap | None]:
    """The map with its caption and the counts by vendor group.

    Returns:
        The section, and the drawing; None where no agreement is on record.
    """
    finding = desk.facts.finding(plan()["all_vendors"], DIMENSION)
    words = desk.words
    if finding is None:
        return {"head": words("world.head"), "empty": words("scenario.empty")}, None
    shares = {share["category"]: share for share in finding["shares"]}
    drawing = draw_map(desk.facts, {group: shares[group]["ids"] for group in plan()["draw_order"] if group in shares})
    return {
        "head": words("world.head.many" if _is_one_among_many(shares) else "world.head"),
        "title": _map_title(desk, shares, finding),
        "subtitle": _map_subtitle(desk, drawing),
        "groups": [_group(desk, shares[group]) for group in plan()["list_order"] if group in shares],
        "statuses": _statuses(desk, drawing.edition),
        "source": desk.source("world.source"),
        "alt": words("world.alt", total=desk.ledger.whole(finding["key"], finding["total"])),
    }, drawing


def _is_one_among_many(shares: Mapping[str, Record]) -> bool:
    """Whether the reference group is named, but in less than half of the agreements."""
    share = shares.get(plan()["reference_group"])
    return bool(share and share["count"] and share["share_pct"] < 50)


def _map_title(desk: Desk, shares: Mapping[str, Record], finding: Record) -> Rich:
    ledger = desk.ledger
    counts = {name: ledger.whole(share["key"], share["count"]) for name, share in shares.items()}
    total, nobody = ledger.whole(finding["key"], finding["total"]), ledger.whole(finding["key"], 0)
    return desk.words(
        "world.title", named=counts.get(plan()["reference_group"], nobody), total=total, none=counts.get("none", nobody)
    )


def _map_subtitle(desk: Desk, drawing: WorldMap) -> Rich:
    ledger = desk.ledger
    parts = desk.words("world.subtitle")
    if drawing.edition:
        edition = ledger.number("table:freedom.edition_year", str(drawing.edition))
        parts = say(parts, " ", desk.words("world.shading", edition=edition))
    if drawing.unplaced:
        unplaced = ledger.whole("table:places.latitude", drawing.unplaced)
        parts = say(parts, " ", desk.words.plural("world.unplaced", drawing.unplaced, number=unplaced))
    return parts


def _group(desk: Desk, share: Record) -> Section:
    key = share["key"]
    return {
        "group": share["category"],
        "label": desk.ledger.quote(key, share["label"]),
        "count": desk.ledger.whole(key, share["count"]),
    }


def _statuses(desk: Desk, edition: int) -> list[Section]:
    if not edition:
        return []
    return [{"status": word, "label": desk.words(f"status.{word}")} for word in ("F", "PF", "NF", "none")]


def groups(desk: Desk) -> Section:
    """Share of each vendor group in some classes, with the searches behind each group."""
    names = plan()["contrasts"]
    found = [entry for entry in (desk.facts.contrast(name) for name in names) if entry and entry["groups"]]
    words = desk.words
    if not found:
        return {"head": words("contrast.head"), "empty": words("contrast.empty"), "panels": []}
    first = found[0]
    return {
        "head": words("contrast.head"),
        "title": _contrast_title(desk, first),
        "subtitle": words("contrast.subtitle"),
        "columns": [words(f"contrast.column.{name}") for name in ("group", "agreements", "share", "searches", "pages")],
        "axis": axis(desk),
        "panels": [_panel(desk, entry, is_first=place == 0) for place, entry in enumerate(found)],
        "source": desk.source("contrast.source"),
        "differences": [_difference(desk, first, entry) for entry in first["differences"]],
        "reading": words("contrast.reading", **{"class": words(f"class.{first['dimension']}.{first['category']}")}),
        "caveat": desk.ledger.quote(f"{first['key']}.caveat", first["caveat"]),
    }


def _contrast_title(desk: Desk, contrast: Record) -> Rich:
    clear = [entry for entry in contrast["differences"] if _is_clear(entry)]
    return desk.words.plural(
        "contrast.title.some" if clear else "contrast.title.none",
        len(clear),
        dimension=desk.words(f"dimension.{contrast['dimension']}"),
        clear=desk.ledger.whole(contrast["key"], len(clear)),
        total=desk.ledger.whole(contrast["key"], len(contrast["differences"])),
    )


def _is_clear(difference: Record) -> bool:
    """Whether zero lies outside the interval as printed."""
    interval = interval_of(difference["interval"])
    return points(interval.low).startswith("+") or points(interval.high).startswith("−")


def _panel(desk: Desk, contrast: Record, *, is_first: bool) -> Section:
    base = desk.facts.share(contrast["scenario"], contrast["dimension"], contrast["category"])
    countries = base["base"]["countries_pct"] if base and base.get("base") else None
    label = desk.words(f"class.{contrast['dimension']}.{contrast['category']}")
    tick = desk.ledger.percent(base["key"], countries) if base and countries is not None else None
    return {
        "label": capital(label),
        "base": desk.words("contrast.base", base=tick) if tick else None,
        "rows": [_line(desk, group, label, countries, is_first=is_first) for group in contrast["groups"]],
    }


def _line(desk: Desk, group: Record, label: Rich, base: float | None, *, is_first: bool) -> Section:
    ledger, key = desk.ledger, group["key"]
    name = ledger.quote(key, group["label"])
    interval = interval_of(group["interval"])
    return {
        "group": group["group"],
        "label": name,
        "total": ledger.whole(key, group["total"]),
        "share": ledger.percent(key, group["share_pct"]),
        "range": ledger.bare_range(key, interval.low, interval.high),
        "searches": ledger.whole(key, group["searches"]) if is_first else None,
        "pages": ledger.whole(key, group["pages_read"]) if is_first else None,
        "strip": strip(desk, group, group["group"], say(name, ", ", label), base=base),
    }


def _difference(desk: Desk, contrast: Record, difference: Record) -> Section:
    labels = {entry["group"]: entry["label"] for entry in contrast["groups"]}
    key = difference["key"]
    interval = interval_of(difference["interval"])
    return {
        "pair": desk.words(
            "contrast.pair",
            a=desk.ledger.quote(key, labels[difference["a"]]),
            b=desk.ledger.quote(key, labels[difference["b"]]),
        ),
        "points": desk.ledger.number(key, points(difference["difference_points"])),
        "range": desk.ledger.number(key, points_range(interval)),
        "verdict": desk.words("contrast.apart" if _is_clear(difference) else "contrast.not_apart"),
    }
