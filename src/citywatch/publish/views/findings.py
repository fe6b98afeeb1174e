"""Findings: one page per scenario and dimension, the main rule first, every other rule beside it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from citywatch.publish.marks import Strip, strip
from citywatch.publish.settings import headline_category, settings
from citywatch.publish.views.book import Book
from citywatch.publish.views.doubt import doubt_views
from citywatch.publish.views.models import links
from citywatch.publish.views.records import records
from citywatch.publish.views.rows import Agreement, CountryRef, Page
from citywatch.tables.values import escape_cell
from citywatch.uncertainty import percent

ROWS_SHOWN = 10
MOST_RULE_LINES = 120
"""Lines of the other classes' rule tables; a dimension with more classes shows its headline class only."""

MOST_STRIPS = 12
"""Classes that get a drawing each; more of them share a table."""

ROWS_INSIDE = 400
"""Rows listed on the page itself; the rest are in the CSV."""

ROW_COLUMNS = (
    "agreement_id", "country", "place", "vendors", "class", "announced", "status", "confidence", "page",
)  # fmt: skip
"""Columns of the file of rows behind a finding; the page is a path from the root of the site."""

JOIN = "+"
"""Joins the classes that a wider one is made of."""

CURRENT = "current"
"""Scenario of the contrasts' base rates: no home country is left out of it."""

Finding = Mapping[str, Any]
Share = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ShareView:
    """A share with its drawing.

    Attributes:
        share: The share as the release holds it.
        strip: Where its marks sit.
        group: CSS class of the vendor group that colours it.
        published: The published value that the share rebuilds; None where there is none.
        bounds: Worst cases of the missing agreements, in percent; None where there are none.
        bounds_key: Key of the bounds.
    """

    share: Share
    strip: Strip
    group: str
    published: float | None
    bounds: Mapping[str, Any] | None = None
    bounds_key: str = ""

    @property
    def key(self) -> str:
        """Key that the numbers carry."""
        return str(self.share["key"])

    @property
    def strip_plain(self) -> Strip:
        """The drawing without the published value."""
        return replace(self.strip, published=None)


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One line of "How far the number moves when the rule changes"."""

    label: str
    note: str
    is_main: bool
    view: ShareView


@dataclass(frozen=True, slots=True)
class BehindLine:
    """One row behind a finding, with the classes it was counted in; none where it is in the denominator alone."""

    agreement: Agreement
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """All findings of one scenario and dimension.

    Attributes:
        scenario: Scenario id.
        dimension: Dimension.
        href: Page, from the root of the site.
        csv: File of the rows behind it, from the root of the site.
        main: The finding under the main rule.
        findings: Every finding, the main one first.
    """

    scenario: str
    dimension: str
    href: str
    csv: str
    main: Finding
    findings: tuple[Finding, ...]


class Questions:
    """Findings as pages need them.

    Args:
        book: The release.
    """

    def __init__(self, book: Book) -> None:
        self.book = book
        self._scenarios = {row["id"]: row for row in book.findings.get("scenarios", ())}
        self._rules = {row["id"]: row for row in book.findings.get("rules", ())}

    @cached_property
    def all(self) -> tuple[Question, ...]:
        """Every question, in the order of settings and then of the release; none that its scenario answers."""
        found: dict[tuple[str, str], list[Finding]] = {}
        for finding in self.book.findings.get("findings", ()):
            if not self._is_fixed(finding):
                found.setdefault((finding["scenario"], finding["dimension"]), []).append(finding)
        made = [self._question(key, rows) for key, rows in found.items()]
        first = [tuple(item) for item in settings()["findings_first"]]
        order = {key: place for place, key in enumerate(first)}
        known = {key: place for place, key in enumerate(found)}
        made.sort(key=lambda q: (order.get((q.scenario, q.dimension), 99), known[q.scenario, q.dimension]))
        return tuple(made)

    def _is_fixed(self, finding: Finding) -> bool:
        """Whether the scenario fixes the answer: one that admits one vendor leaves nothing to ask about vendors."""
        return bool(self.scenario(finding["scenario"]).get("vendor")) and (
            finding["dimension"] in settings()["fixed_by_vendor"]
        )

    def _question(self, key: tuple[str, str], rows: Sequence[Finding]) -> Question:
        scenario, dimension = key
        main = next((row for row in rows if row["unit"] == "agreement"), rows[0])
        rest = tuple(row for row in rows if row is not main)
        name = f"findings/{scenario}-{dimension}"
        return Question(scenario, dimension, f"{name}.html", f"data/{name}.csv", main, (main, *rest))

    def scenario(self, name: str) -> Mapping[str, Any]:
        """Scenario by id."""
        known: Mapping[str, Any] = self._scenarios.get(
            name, {"id": name, "label": name, "description": "", "vendor": ""}
        )
        return known

    def rule(self, name: str) -> Mapping[str, Any]:
        """Rule by id."""
        known: Mapping[str, Any] = self._rules.get(name, {"id": name, "label": name, "description": ""})
        return known

    @cached_property
    def published(self) -> dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]]:
        """Published figure and its rebuilding, by the key of the share that rebuilds it."""
        return {
            rebuilt["key"]: (figure, rebuilt)
            for figure in self.book.findings.get("published", ())
            for rebuilt in figure["rebuilt"].values()
            if rebuilt and rebuilt.get("key")
        }

    @cached_property
    def _populations(self) -> dict[tuple[str, str, str], list[str]]:
        """Rows by scenario, rule and unit: what any dimension classed, for a row can be in no class of another."""
        found: dict[tuple[str, str, str], dict[str, None]] = {}
        for finding in self.book.findings.get("findings", ()):
            rows = found.setdefault((finding["scenario"], finding["rule"], finding["unit"]), {})
            rows.update((one, None) for share in finding["shares"] for one in share["ids"])
        return {key: list(rows) for key, rows in found.items()}

    def view(self, share: Share, group: str) -> ShareView:
        """A share with its drawing."""
        base = share.get("base")
        figure, rebuilt = self.published.get(share["key"], ({}, {}))
        value = float(figure["published_pct"]) if figure else None
        interval = share["interval"]
        drawn = strip(
            share["share_pct"],
            interval["low"],
            interval["high"],
            base["countries_pct"] if base else None,
            value,
        )
        return ShareView(share, drawn, group, value, rebuilt.get("bounds"), figure.get("key", ""))

    def group(self, finding: Finding) -> str:
        """Vendor group that colours a finding; ``all`` where it counts every vendor."""
        vendor = self.scenario(finding["scenario"]).get("vendor") or ""
        if vendor in {"huawei", "china", "other"}:
            return str(vendor)
        known = self.book.vendors.get(vendor)
        return known.group if known else "all"

    def headline(self, finding: Finding) -> Share | None:
        """The class that stands for the finding in the rules table."""
        wanted = headline_category(finding["dimension"])
        shares = finding["shares"]
        named = next((share for share in shares if share["category"] == wanted), None)
        return named or max(shares, key=lambda share: share["count"], default=None)

    def rule_lines(self, question: Question, category: str) -> list[RuleLine]:
        """The same class under every rule, unit and variant."""
        found = []
        for finding in question.findings:
            share = next((item for item in finding["shares"] if item["category"] == category), None)
            if share is not None:
                found.append(self._rule_line(question, finding, share))
        return found

    def _rule_line(self, question: Question, finding: Finding, share: Share) -> RuleLine:
        main, t = question.main, self.book.t
        label = str(self.rule(finding["rule"])["label"])
        notes = [str(t(f"unit_note.{finding['unit']}"))] if finding["unit"] != main["unit"] else []
        if finding["variant"] != main["variant"]:
            name = f"variant.{finding['variant']}"
            said = str(t(name) if name in t else t("finding.variant", name=finding["variant"]))
            label, notes = said[:1].upper() + said[1:], [label, *notes] if finding["rule"] != main["rule"] else notes
        return RuleLine(label, "; ".join(notes), finding is main, self.view(share, self.group(finding)))

    def behind(self, finding: Finding) -> list[BehindLine]:
        """Rows that the finding counts, in the order of the list of agreements, each with its classes.

        A class made of others, as ``partly_free+not_free`` is, names a row only where no class of its own does.
        """
        single: dict[str, list[str]] = {}
        joined: dict[str, list[str]] = {}
        for share in finding["shares"]:
            known = joined if JOIN in share["category"] else single
            for one in share["ids"]:
                known.setdefault(one, []).append(share["label"])
        counted: dict[str, Sequence[str]] = {**joined, **single}
        if finding["unit"] == "agreement":
            everyone = self._populations[finding["scenario"], finding["rule"], finding["unit"]]
            counted = {**dict.fromkeys(everyone, ()), **counted} if len(everyone) == finding["total"] else counted
        return [
            BehindLine(agreement, tuple(counted[one]))
            for one, agreement in self.book.agreements.items()
            if one in counted
        ]


def pages(book: Book) -> Iterator[Page]:
    """The list of questions, then one page each."""
    questions = book.keep(Questions)
    by_scenario: dict[str, list[tuple[Question, ShareView | None]]] = {}
    for question in questions.all:
        share = questions.headline(question.main)
        view = questions.view(share, questions.group(question.main)) if share else None
        by_scenario.setdefault(question.scenario, []).append((question, view))
    yield Page(
        "findings/index.html",
        "findings.html.j2",
        book.t("findings.title"),
        book.t("findings.description"),
        "findings",
        {
            "scenarios": [
                (
                    questions.scenario(name),
                    [(question, view) for question, view in rows if view and view.share["base"]],
                    [question for question, view in rows if not (view and view.share["base"])],
                )
                for name, rows in by_scenario.items()
            ],
            "contrasts": contrasts(book),
            "records": records(book),
            "brief": _brief(book),
            "models": links(book),
            "checks": book.findings.get("checks", ()),
        },
    )
    for question in questions.all:
        yield _page(book, questions, question)


@dataclass(frozen=True, slots=True)
class BriefLine:
    """A country that one of the two lists has and the other lacks."""

    code: str
    country: CountryRef | None
    where: str
    note: str


@dataclass(frozen=True, slots=True)
class BriefView:
    """The countries of the published list that are known by name, against ours."""

    both: int
    known: int
    rows: tuple[BriefLine, ...]
    source: str
    url: str


def _brief(book: Book) -> BriefView | None:
    facts = book.findings.get("brief_countries")
    if not facts:
        return None
    lists = (("brief", facts["brief_only"]), ("ours", facts["ours_only_same_region"]))
    rows = tuple(
        BriefLine(code, book.countries.get(code), where, facts["notes"].get(code, ""))
        for where, codes in lists
        for code in codes
    )
    return BriefView(len(facts["in_both"]), len(facts["known"]), rows, facts["source"], facts.get("source_url", ""))


def _page(book: Book, questions: Questions, question: Question) -> Page:
    main = question.main
    group = questions.group(main)
    headline = questions.headline(main)
    others = [share for share in main["shares"] if share is not headline]
    ordered = [headline, *others] if headline and headline["base"] else main["shares"]
    shares = [questions.view(share, group) for share in ordered]
    if len(others) * len(question.findings) > MOST_RULE_LINES:
        others = []
    behind = questions.behind(main)
    return Page(
        question.href,
        "finding.html.j2",
        book.t("finding.title", question=main["question"]),
        book.t("finding.description", question=main["question"]),
        "findings",
        {
            "question": question,
            "main": main,
            "scenario": questions.scenario(question.scenario),
            "rule": questions.rule(main["rule"]),
            "shares": shares,
            "headline": headline,
            "doubts": doubt_views(book, main),
            "rules": questions.rule_lines(question, headline["category"]) if headline else [],
            "other_rules": [(share["label"], questions.rule_lines(question, share["category"])) for share in others],
            "behind": behind[:ROWS_INSIDE],
            "behind_total": len(behind),
            "with_home": bool(questions.scenario(question.scenario).get("home_iso3")) and _with_home(headline),
            "has_bounds": any(share.bounds for share in shares),
            "rows_shown": ROWS_SHOWN,
            "most_strips": MOST_STRIPS,
            "group": group,
            "has_published": any(share.published is not None for share in shares),
        },
    )


def _with_home(headline: Share | None) -> bool:
    """Whether the vendor's home country would move the base rate by what a reader sees."""
    base: Mapping[str, Any] = (headline.get("base") if headline else None) or {}
    return any(
        percent(base[f"{name}_pct"]) != percent(base[f"{name}_with_home_pct"])
        for name in ("countries", "people")
        if base.get(f"{name}_with_home_pct") is not None
    )


def row_files(book: Book) -> Iterator[tuple[str, str]]:
    """Path and text of the rows behind each finding page, as CSV; texts that a spreadsheet would run are escaped."""
    questions = book.keep(Questions)
    for question in questions.all:
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(ROW_COLUMNS)
        for line in questions.behind(question.main):
            writer.writerow([escape_cell(str(cell)) for cell in _row_cells(line)])
        yield question.csv, buffer.getvalue()


def _row_cells(line: BehindLine) -> tuple[str, ...]:
    one = line.agreement
    return (
        one.id,
        one.country.name,
        one.record["place"],
        "; ".join(vendor.name for vendor in one.vendors),
        "; ".join(line.classes),
        one.announced,
        one.status,
        one.confidence,
        one.href,
    )


@dataclass(frozen=True, slots=True)
class ContrastLine:
    """One group of a contrast with its drawing."""

    group: Mapping[str, Any]
    strip: Strip


@dataclass(frozen=True, slots=True)
class ContrastView:
    """Groups of vendors compared.

    Attributes:
        contrast: The contrast as the release holds it.
        lines: Its groups.
        labels: Label by group.
        base: The class as a share of countries and people; None where the release has no share of it.
        base_key: Key of that base rate.
        caveat: Said once, under the last contrast that shares it.
    """

    contrast: Mapping[str, Any]
    lines: tuple[ContrastLine, ...]
    labels: Mapping[str, str]
    base: Mapping[str, Any] | None
    base_key: str
    caveat: str


def contrasts(book: Book) -> list[ContrastView]:
    """Groups of vendors compared, each with its interval, beside the share of countries in the class."""
    known = list(book.findings.get("contrasts", ()))
    bases = _current_bases(book)
    found = []
    for at, contrast in enumerate(known):
        base_key, base = bases.get(
            tuple(contrast.get(name) for name in ("dimension", "variant", "category")), ("", None)
        )
        tick = base["countries_pct"] if base else None
        lines = tuple(
            ContrastLine(group, strip(group["share_pct"], group["interval"]["low"], group["interval"]["high"], tick))
            for group in contrast["groups"]
            if group.get("interval")
        )
        following = known[at + 1]["caveat"] if at + 1 < len(known) else ""
        caveat = contrast["caveat"] if contrast["caveat"] != following else ""
        labels = {group["group"]: group["label"] for group in contrast["groups"]}
        found.append(ContrastView(contrast, lines, labels, base, base_key, caveat))
    return found


def _current_bases(book: Book) -> dict[tuple[Any, ...], tuple[str, Mapping[str, Any]]]:
    """Key and base rate by dimension, variant and class, of all vendors to date."""
    return {
        (finding["dimension"], finding["variant"], share["category"]): (f"{share['key']}.base", share["base"])
        for finding in reversed(book.findings.get("findings", ()))
        if finding["scenario"] == CURRENT and finding["unit"] == "agreement"
        for share in finding["shares"]
        if share.get("base")
    }
