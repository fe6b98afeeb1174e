"""Interval charts of the brief: positions in percent for the template, and the same numbers in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from citywatch.publish.brief.facts import Desk, Record
from citywatch.publish.brief.words import Rich, interval_of

Strip = dict[str, Any]
"""``low``, ``dot``, ``high`` and, where there are any, ``tick``, ``published`` and ``band``; ``group`` colours it."""

AXIS = (0, 25, 50, 75, 100)


def strip(desk: Desk, share: Record, group: str, label: str | Rich, **more: Any) -> Strip:
    """Dot, interval and base rate of a share.

    Args:
        desk: Ledger and messages.
        share: A share of the release, or anything with ``key``, ``share_pct`` and ``interval``.
        group: Vendor group, or ``all``.
        label: What the description of the drawing calls it.
        more: ``base``: base rate instead of the share's own; further entries for the template.
    """
    interval = interval_of(share["interval"])
    tick = more.pop("base", None) or base_of(share)
    return {
        "low": round(interval.low, 2),
        "dot": round(share["share_pct"], 2),
        "high": round(interval.high, 2),
        "tick": None if tick is None else round(tick, 2),
        "group": group,
        "alt": _described(desk, share, label, tick),
        **more,
    }


def base_of(share: Record) -> float | None:
    """Share of countries in the class; None where there is no base rate."""
    base: Mapping[str, float] | None = share.get("base")
    return base["countries_pct"] if base else None


def labels(desk: Desk, share: Record, tick: Rich | None) -> dict[str, Rich | None]:
    """Numbers beside the marks of a strip.

    Args:
        desk: Ledger.
        share: The share.
        tick: Label of the base rate.
    """
    interval, ledger = interval_of(share["interval"]), desk.ledger
    return {
        "low": ledger.whole(share["key"], interval.low),
        "dot": ledger.percent(share["key"], share["share_pct"]),
        "high": ledger.whole(share["key"], interval.high),
        "tick": tick,
    }


def axis(desk: Desk) -> list[dict[str, Any]]:
    """Ticks of the axis from 0 to 100."""
    ends = {AXIS[0], AXIS[-1]}
    return [
        {"at": at, "label": (desk.ledger.percent if at in ends else desk.ledger.whole)("axis.percent", at)}
        for at in AXIS
    ]


def _described(desk: Desk, share: Record, label: str | Rich, tick: float | None) -> Rich:
    ledger, key = desk.ledger, share["key"]
    values = {
        "label": label,
        "share": ledger.percent(key, share["share_pct"]),
        "range": ledger.range(key, interval_of(share["interval"])),
    }
    if tick is None:
        return desk.words("strip.alt", **values)
    return desk.words("strip.alt_base", base=ledger.percent(key, tick), **values)
