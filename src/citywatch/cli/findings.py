"""``citywatch findings``: counts and shares with intervals and base rates."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from citywatch import findings, indicators, registry
from citywatch.cli import settings
from citywatch.cli.text import table
from citywatch.errors import NoDataError, VocabularyError
from citywatch.findings import Finding, FindingSet, Share
from citywatch.places import country_name
from citywatch.uncertainty import Interval, percent, percent_range, times, times_range

SHOWN_FIRST = ("freedom", "income", "region")
DESCRIPTION = """\
Counts and shares of agreements, each with its rows, its interval over countries and what would be expected if agreements
fell evenly over countries or people. The interval does not cover agreements that were never found."""
EPILOG = """\
examples:
  citywatch findings                                   all vendors, to date
  citywatch findings --scenario brief-2019             published against rebuilt
  citywatch findings --scenario brief-2019 --unit country --rule without-low
  citywatch findings --vendor hikvision --by product
  citywatch findings --until 2021-06 --by all
  citywatch findings --scenario brief-2019 --json | jq '.findings[0].shares[0].ids'

columns: share with its 95 % interval (a star marks an exact interval where too few countries carry the share), base rate
by countries and by people, ratio to the countries' base rate with interval, range when one country is left out, and the
interval if agreements were independent (Wilson)
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--scenario", default="current", help="current or brief-2019 (default: current)")
    parser.add_argument(
        "--rule", default="all-rows", help="all-rows, without-low or one-per-project (default: all-rows)"
    )
    parser.add_argument("--unit", default="agreement", help="agreement, or country to count each country once")
    parser.add_argument("--vendor", metavar="ID", help="one vendor, by its id (see vendors.csv)")
    parser.add_argument("--until", metavar="DATE", help="evidence up to YYYY, YYYY-MM or YYYY-MM-DD")
    parser.add_argument(
        "--by", metavar="DIMENSION", help="freedom, income, region, vendor, product, kind, year, ... or all"
    )
    parser.add_argument("--registry", metavar="DIR", help="data package (default: the embedded one)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Compute and print."""
    folder = settings.resolve("registry", options.registry).value
    data = registry.load(Path(folder) if folder else None)
    known = indicators.load_indicators()
    found = findings.compute(
        data,
        known,
        scenario=options.scenario,
        rule=options.rule,
        unit=options.unit,
        vendor=options.vendor,
        until=options.until,
    )
    shown = _chosen(found, options.by)
    compared = _is_brief(options)
    if options.json:
        content = found.to_dict() | {"findings": [finding.to_dict() for finding in shown]}
        if not (options.vendor or options.until):
            content |= {"contrasts": _contrasts(data, known)}
        if compared:
            content |= findings.published_comparison(data, known).to_dict()
            content |= {"brief_countries": findings.brief_countries(data, known).to_dict()}
            content |= {"checks": [findings.urban_check(known).to_dict()]}
        print(json.dumps(content, ensure_ascii=False, indent=1))
        return 0
    print(_head(found))
    for finding in shown:
        print("\n" + _finding(finding))
    if compared:
        print("\n" + _published(data, known, found.scenario.label))
    print("\n" + _foot(found, shown, by=options.by))
    return 0


def _contrasts(data: registry.Registry, known: indicators.Indicators) -> list[dict[str, Any]]:
    try:
        return [one.to_dict() for one in findings.contrast(data, known)]
    except NoDataError:
        return []


def _is_brief(options: argparse.Namespace) -> bool:
    return options.scenario == findings.published_scenario() and not (options.vendor or options.until)


def _chosen(found: FindingSet, by: str | None) -> list[Finding]:
    main = list({finding.dimension: finding for finding in reversed(found.findings)}.values())[::-1]
    if by is None:
        return [finding for finding in main if finding.dimension in SHOWN_FIRST]
    if by == "all":
        return main
    chosen = [finding for finding in found.findings if finding.dimension == by]
    if not chosen:
        known = ", ".join(finding.dimension for finding in main)
        raise VocabularyError(f"dimension {by!r} does not exist; there are {known}, or all")
    return chosen


def _head(found: FindingSet) -> str:
    facts = found.scenario
    lines = [
        f"{facts.label}: {_counted(len(found.ids), 'agreement')} in {_counted(len(found.countries), 'country')}",
        f"rule {found.rule}, unit {found.unit}; {facts.n_eligible} eligible countries"
        + (f", {country_name(facts.home_iso3)} (the vendor's home) left out" if facts.home_iso3 else ""),
    ]
    if found.set_aside:
        lines.append("not counted: " + "; ".join(f"{count} {reason}" for reason, count in found.set_aside.items()))
    return "\n".join(lines)


def _counted(count: int, noun: str) -> str:
    plural = noun.removesuffix("y") + "ies" if noun.endswith("y") else noun + "s"
    return f"{count} {noun if count == 1 else plural}"


def _finding(finding: Finding) -> str:
    rows: list[tuple[str, ...]] = [
        ("", "n", "share", "95 %", "countries", "people", "ratio", "95 %", "leave one out", "if independent")
    ]
    rows += [_row(share) for share in finding.shares if share.count or share.base]
    filled = [at for at in range(len(rows[0])) if any(row[at] for row in rows[1:])]
    rows = [tuple(row[at] for at in filled) for row in rows]
    lines = [finding.question, finding.answer, table(rows, numbers=range(1, len(filled)))]
    lines += _with_home(finding)
    lines += [f"no class: {count} {reason}" for reason, count in finding.unclassified.items()]
    lines += finding.notes
    return "\n".join(lines)


def _with_home(finding: Finding) -> list[str]:
    """Base rates with the vendor's home country left in, where that changes them."""
    shown = [
        f"{share.label} {percent(share.base.countries_with_home_pct)} of countries, {percent(share.base.people_with_home_pct)} of people"
        for share in finding.shares
        if share.base and share.base.people_with_home_pct != share.base.people_pct
    ]
    return [f"base rates with the vendor's home country left in: {'; '.join(shown)}"] if shown else []


def _row(share: Share) -> tuple[str, ...]:
    star = "*" if share.interval.note else ""
    base = (percent(share.base.countries_pct), percent(share.base.people_pct)) if share.base else ("", "")
    return (
        share.label,
        str(share.count),
        percent(share.share_pct),
        percent_range(share.interval) + star,
        *base,
        times(share.ratio) if share.ratio is not None else "",
        times_range(share.ratio_interval) if share.ratio_interval else "",
        _left_out(share),
        percent_range(share.wilson),
    )


def _left_out(share: Share) -> str:
    if share.leave_one_out is None:
        return ""
    low, _, high, _ = share.leave_one_out
    return percent_range(Interval(low, high, share.interval.level, "leave_one_out"))


def _published(data: registry.Registry, known: indicators.Indicators, label: str) -> str:
    compared = findings.published_comparison(data, known).to_dict()
    countries = findings.brief_countries(data, known)
    check = findings.urban_check(known)
    names = ", ".join
    return "\n".join(
        [
            published_table(compared, label),
            "",
            f"The brief's sixteen African countries ({countries.source})",
            "  in both:    " + names(country_name(code) for code in countries.in_both),
            "  brief only: " + names(country_name(code) for code in countries.brief_only),
            *(f"    {country_name(code)}: {countries.notes[code]}" for code in countries.brief_only),
            "  ours only:  " + names(country_name(code) for code in countries.ours_only_same_region),
            "",
            f"{check.statement} {check.verdict_text}",
        ]
    )


def published_table(answers: Mapping[str, Any], label: str) -> str:
    """Published against rebuilt figures under every counting rule, with worst-case bounds.

    Args:
        answers: ``published`` and ``published_totals`` as in ``findings.json``.
        label: Name of the scenario.
    """
    totals = answers["published_totals"]
    rules = list(totals["rebuilt"])
    head = [label, "published"] + [f"{rule} (95 %; bounds)" for rule in rules]
    counts = [
        [what, str(totals[what]), *(str(totals["rebuilt"][rule][what]) for rule in rules)]
        for what in ("agreements", "countries")
    ]
    shares = [
        [figure["label"], percent(figure["published_pct"]), *(_rebuilt(figure["rebuilt"][rule]) for rule in rules)]
        for figure in answers["published"]
    ]
    rows = [head, *counts, *shares]
    note = "bounds: the share if the missing agreements all fell outside, or all in, the class"
    return table(rows, numbers=range(1, 2 + len(rules))) + "\n" + note


def _rebuilt(rebuilt: Mapping[str, Any]) -> str:
    worst = rebuilt["bounds"]
    bounds = Interval(worst["low_pct"], worst["high_pct"], 0.95, "bounds")
    return (
        f"{percent(rebuilt['share_pct'])} ({percent_range(Interval(**rebuilt['interval']))}; {percent_range(bounds)})"
    )


def _foot(found: FindingSet, shown: Sequence[Finding], *, by: str | None) -> str:
    lines = [found.findings[0].not_covered]
    if any(share.interval.note for finding in shown for share in finding.shares):
        lines.append(
            "* too few countries carry the share, or a cell is empty: exact interval on the effective number of countries"
        )
    if by is None:
        others = dict.fromkeys(finding.dimension for finding in found.findings if finding.dimension not in SHOWN_FIRST)
        lines.append(f"more with --by: {', '.join(others)}, all")
    return "\n".join(lines)
