"""How far do the published figures of 2019 come out again from open sources?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from citywatch.findings.base import PERCENT
from citywatch.findings.classes import SUM
from citywatch.findings.compute import MAIN_UNIT, ask
from citywatch.findings.facts import read, rules
from citywatch.findings.plain import plain
from citywatch.findings.record import FindingSet, Share
from citywatch.findings.study import prepare
from citywatch.indicators import Indicators
from citywatch.registry import Registry
from citywatch.uncertainty import Interval, round_half_up


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the share could be if the agreements that the rebuilt count lacks were there.

    Attributes:
        low_pct: Share if all of them fell outside the class.
        high_pct: Share if all of them fell in the class.
        missing: Agreements that the published total has and the rebuilt one lacks; 0 if it has none more.
    """

    low_pct: float
    high_pct: float
    missing: int


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """One figure as it comes out under one counting rule; ``key`` is that of the share."""

    count: int
    total: int
    share_pct: float
    interval: Interval
    key: str
    bounds: Bounds


@dataclass(frozen=True, slots=True)
class PublishedFigure:
    """A printed figure beside the rebuilt ones.

    Attributes:
        key: Permanent key.
        figure_id: Id in ``published.yml``.
        label: Class as readers see it.
        published_count: The one whole number that rounds to the printed percentage; None if several or none do.
        published_total: Agreements that the brief counted.
        published_pct: Percentage as printed.
        rebuilt: By counting rule.
        inside_interval: By counting rule: whether the printed percentage lies in the rebuilt interval.
        inside_bounds: By counting rule: whether the rebuilt rows plus the missing ones could give the printed figure. If
            not, the brief lacks some of the rebuilt rows, or classed them otherwise.
    """

    key: str
    figure_id: str
    label: str
    published_count: int | None
    published_total: int
    published_pct: float
    rebuilt: Mapping[str, Rebuilt]
    inside_interval: Mapping[str, bool]
    inside_bounds: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Totals:
    """Agreements and countries: printed, and rebuilt by counting rule."""

    agreements: int
    countries: int
    rebuilt: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every printed figure beside the rebuilt ones, and the totals."""

    published: tuple[PublishedFigure, ...]
    published_totals: Totals

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary for JSON."""
        return dict(plain(self))


def published_scenario() -> str:
    """Id of the scenario that rebuilds the published figures."""
    return str(read("published")["scenario"])


def published_comparison(registry: Registry, indicators: Indicators) -> Comparison:
    """Rebuild every published figure under every counting rule.

    Args:
        registry: The registry.
        indicators: The indicators.
    """
    study = prepare(registry, indicators, read("published")["scenario"])
    return compare({name: ask(study, name, MAIN_UNIT) for name in rules()})


def compare(sets: Mapping[str, FindingSet]) -> Comparison:
    """Set the published figures beside findings that are there already.

    Args:
        sets: Findings of the scenario of the brief, by counting rule.
    """
    facts = read("published")
    total = int(facts["totals"]["agreements"])
    figures = tuple(_figure(facts["scenario"], figure, total, sets) for figure in facts["figures"])
    rebuilt = {name: {"agreements": len(found.ids), "countries": len(found.countries)} for name, found in sets.items()}
    return Comparison(figures, Totals(total, int(facts["totals"]["countries"]), rebuilt))


def bounds(count: int, total: int, published_total: int) -> Bounds:
    """Worst cases of a share, should the missing agreements all fall outside the class, or all in it.

    Args:
        count: Rebuilt agreements in the class.
        total: Rebuilt agreements.
        published_total: Agreements that were published.
    """
    missing = max(0, published_total - total)
    whole = total + missing
    return Bounds(PERCENT * count / whole, PERCENT * (count + missing) / whole, missing)


def count_behind(pct: float, total: int) -> int | None:
    """The one whole number of ``total`` that is printed as this whole percentage; None if there is not exactly one.

    Args:
        pct: Printed percentage.
        total: What it is a percentage of.
    """
    fitting = [count for count in range(total + 1) if round_half_up(PERCENT * count / total) == round_half_up(pct)]
    return fitting[0] if len(fitting) == 1 else None


def _figure(scenario: str, figure: Mapping[str, Any], total: int, sets: Mapping[str, FindingSet]) -> PublishedFigure:
    category = SUM.join(figure["categories"])
    shares = {name: found.finding(figure["dimension"]).share(category) for name, found in sets.items()}
    return PublishedFigure(
        key=f"published.{scenario}.{figure['id']}",
        figure_id=figure["id"],
        label=figure["label"],
        published_count=count_behind(figure["pct"], total),
        published_total=total,
        published_pct=float(figure["pct"]),
        rebuilt={name: _rebuilt(share, total) for name, share in shares.items()},
        inside_interval={name: figure["pct"] in share.interval for name, share in shares.items()},
        inside_bounds={name: _could_be(figure["pct"], share, total) for name, share in shares.items()},
    )


def _rebuilt(share: Share, published_total: int) -> Rebuilt:
    worst = bounds(share.count, share.total, published_total)
    return Rebuilt(share.count, share.total, share.share_pct, share.interval, share.key, worst)


def _could_be(pct: float, share: Share, published_total: int) -> bool:
    worst = bounds(share.count, share.total, published_total)
    low, high = (round_half_up(end) for end in (worst.low_pct, worst.high_pct))
    return low <= round_half_up(pct) <= high
