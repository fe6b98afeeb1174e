"""What was searched, and how sure the record is: one page from the findings under ``coverage``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from citywatch.publish.figures import is_known, num, whole
from citywatch.publish.marks import Bar, Strip, stacked, strip
from citywatch.publish.views.book import GROUPS, Book
from citywatch.publish.views.reliability import reliability_rows
from citywatch.publish.views.rows import CountryRef, Page

PATH = "coverage.html"
LANGUAGES_SHOWN = 12
STATES = ("found", "not_found", "not_searched")
"""What is on record of a topic, with the bar's class of each."""
STATE_CLASSES = {"found": "ink", "not_found": "pale", "not_searched": "none"}
TITLE_WORDS = {"outcome": ("found",), "vendor_group": (GROUPS[0],), "source_class": ("government", "vendor")}
"""Words of the searches that the title of each table names."""
ALL = "all"

Part = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BarLine:
    """One line of a table of bars.

    Attributes:
        key: Key of the numbers.
        word: Word that the label is made from.
        bars: Pieces of the bar.
        numbers: Numbers in the order of the columns.
    """

    key: str
    word: str
    bars: tuple[Bar, ...]
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PartLine:
    """A share with its drawing; no drawing where the sample is empty."""

    word: str
    part: Part
    strip: Strip | None
    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FieldLine:
    """Evidence of one field: bars before and now, of the same agreements, in percent of the width."""

    field: str
    row: Mapping[str, Part]
    before: float
    now: float


@dataclass(frozen=True, slots=True)
class CountryList:
    """Countries with one outcome of the searches."""

    line: BarLine
    countries: tuple[tuple[str, CountryRef | None], ...]


@dataclass(frozen=True, slots=True)
class GapLine:
    """A country that another list has and this one lacks."""

    gap: Mapping[str, Any]
    country: CountryRef | None


@dataclass(frozen=True, slots=True)
class RangeLine:
    """One way to count a headline, or one range that it can move in.

    Attributes:
        name: Message of the label; a rule has its own label instead.
        label: Label of a rule; empty otherwise.
        key: Key of the numbers.
        low: Lower end, percent.
        high: Upper end, percent.
        share: Estimate, percent; None for a range.
        total: Rows counted; None for a range.
        strip: Where the marks sit.
        values: Values of the placeholders of the label.
    """

    name: str
    label: str
    key: str
    low: float
    high: float
    share: float | None
    total: int | None
    strip: Strip
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class HeadlineView:
    """What would change one headline."""

    share: Mapping[str, Any]
    href: str
    missing: int
    bounds: Mapping[str, Any] | None
    published_key: str
    lines: tuple[RangeLine, ...]


def has_coverage(book: Book) -> bool:
    """Whether the release carries what the page needs."""
    return bool(book.findings.get("coverage"))


def pages(book: Book) -> Iterator[Page]:
    """The page, where the release carries its numbers."""
    facts = book.findings.get("coverage")
    if not facts:
        return
    yield Page(
        PATH,
        "coverage.html.j2",
        book.t("coverage.title"),
        book.t("coverage.description"),
        "coverage",
        {
            "facts": facts,
            "all_evidence": next(row for row in facts["evidence"]["fields"] if row["field"] == ALL),
            "languages": _search_lines(facts["searches"]["by_language"]),
            "languages_shown": LANGUAGES_SHOWN,
            "searches": [
                (name, _search_lines(facts["searches"][f"by_{name}"]))
                for name in ("outcome", "vendor_group", "source_class")
            ],
            "chinese": _word(facts["searches"]["by_language"], "zh"),
            "titles": {name: _named(facts["searches"][f"by_{name}"], words) for name, words in TITLE_WORDS.items()},
            "countries": _countries(book, facts["countries"]),
            "coded": _coded(facts["coded_pages"]),
            "coded_total": sum(row["inside"] + row["outside"] for row in facts["coded_pages"]),
            "row_counts": [(name, _row_lines(facts["agreements"][f"by_{name}"])) for name in ("sources", "class")],
            "fields": [_field(row) for row in facts["evidence"]["fields"]],
            "reread": [_part_line(row["field"], row["other"], row) for row in facts["reread"]],
            "looks": [_part_line(row["field"], row["contradicted"], row) for row in facts["second_look"]],
            "reliability": reliability_rows(book),
            "contradicted": [_part_line(row["sample"], row["part"], row) for row in facts["coding"]["contradicted"]],
            "without_row": [_gap(book, gap) for gap in facts["gaps"]["without_row"]],
            "brief": [_gap(book, gap) for gap in facts["gaps"]["brief"]],
            "topics": _topics(facts["institutions"]),
            "states": STATES,
            "state_classes": STATE_CLASSES,
            "totals": book.findings.get("published_totals", {}),
            "rebuilt": _rebuilt(book),
            "headlines": [view for keys in facts["headlines"] if (view := _headline(book, keys))],
        },
    )


def _word(rows: Sequence[Mapping[str, Any]], word: str) -> Mapping[str, Any] | None:
    return next((row for row in rows if row["word"] == word), None)


def _named(rows: Sequence[Mapping[str, Any]], words: Sequence[str]) -> dict[str, Markup]:
    """Searches of some words, tagged, for a title."""
    found = {word: _word(rows, word) for word in words}
    return {
        word: num(row["key"] if row else "coverage.searches.all", whole(row["searches"] if row else 0))
        for word, row in found.items()
    }


def _search_lines(rows: Sequence[Mapping[str, Any]]) -> list[BarLine]:
    full = max((row["searches"] for row in rows), default=0) or 1
    return [
        BarLine(
            row["key"],
            row["word"],
            stacked([(row["word"] if row["word"] in GROUPS else "ink", row["searches"])], full),
            (row["searches"], row["pages_read"]),
        )
        for row in rows
    ]


def _countries(book: Book, rows: Sequence[Mapping[str, Any]]) -> list[CountryList]:
    full = max((row["count"] for row in rows), default=0) or 1
    return [
        CountryList(
            BarLine(row["key"], row["word"], stacked([("ink", row["count"])], full), (row["count"],)),
            tuple((book.country_name(code), book.countries.get(code)) for code in row["countries"]),
        )
        for row in rows
    ]


def _coded(rows: Sequence[Mapping[str, Any]]) -> list[BarLine]:
    full = max((row["inside"] + row["outside"] for row in rows), default=0) or 1
    return [
        BarLine(
            row["key"],
            row["word"],
            stacked([("ink", row["outside"]), ("pale", row["inside"])], full),
            (row["outside"], row["inside"]),
        )
        for row in rows
    ]


def _row_lines(rows: Sequence[Mapping[str, Any]]) -> list[BarLine]:
    full = max((row["count"] for row in rows), default=0) or 1
    return [
        BarLine(
            row["key"],
            row["word"],
            stacked([(group, row["groups"][group]) for group in GROUPS], full),
            (row["count"], *(row["groups"][group] for group in GROUPS)),
        )
        for row in rows
    ]


def _field(row: Mapping[str, Any]) -> FieldLine:
    parts = {name: row[name] for name in ("before", "same", "after", "again")}
    before, now = (round(row[name]["share_pct"] or 0.0, 2) for name in ("before", "same"))
    return FieldLine(row["field"], parts, before, now)


def _part_line(word: str, part: Part, record: Mapping[str, Any]) -> PartLine:
    interval = part["interval"]
    drawn = strip(part["share_pct"], interval["low"], interval["high"]) if interval else None
    return PartLine(word, part, drawn, record)


def _gap(book: Book, gap: Mapping[str, Any]) -> GapLine:
    return GapLine(gap, book.countries.get(gap["country_iso3"]))


def _topics(rows: Sequence[Mapping[str, Any]]) -> list[BarLine]:
    full = max((sum(row[state] for state in STATES) for row in rows), default=0) or 1
    return [
        BarLine(
            row["key"],
            row["topic"],
            stacked([(STATE_CLASSES[state], row[state]) for state in STATES], full),
            tuple(row[state] for state in STATES),
        )
        for row in rows
    ]


def _rebuilt(book: Book) -> Mapping[str, int] | None:
    """Rebuilt totals under the main rule."""
    rebuilt: Mapping[str, Mapping[str, int]] = book.findings.get("published_totals", {}).get("rebuilt") or {}
    return next(iter(rebuilt.values()), None)


def _headline(book: Book, keys: Mapping[str, Any]) -> HeadlineView | None:
    """A headline with its rules and ranges; None where the release does not carry the share."""
    by_key = {share["key"]: share for one in book.findings.get("findings", ()) for share in one["shares"]}
    shares = {rule: by_key[key] for rule, key in keys["shares"].items() if key in by_key}
    if not shares:
        return None
    main_rule, main = next(iter(shares.items()))
    figures = (one for one in book.findings.get("published", ()) if one["key"] == keys["published"])
    figure = next(figures, None)
    bounds = figure["rebuilt"].get(main_rule, {}).get("bounds") if figure else None
    labels = {rule["id"]: rule["label"] for rule in book.findings.get("rules", ())}
    lines = [_rule_line(str(labels.get(rule, rule)), share) for rule, share in shares.items()]
    lines += _ranges(book, main, bounds, keys["published"])
    scenario = main["key"].partition(".")[0]
    href = f"findings/{scenario}-{keys['dimension']}.html"
    return HeadlineView(main, href, int(bounds["missing"]) if bounds else 0, bounds, keys["published"], tuple(lines))


def _rule_line(label: str, share: Mapping[str, Any]) -> RangeLine:
    interval, base = share["interval"], share.get("base")
    tick = base["countries_pct"] if base else None
    drawn = strip(share["share_pct"], interval["low"], interval["high"], tick)
    return RangeLine(
        "rule", label, share["key"], interval["low"], interval["high"], share["share_pct"], share["total"], drawn, {}
    )


def _ranges(book: Book, main: Mapping[str, Any], bounds: Mapping[str, Any] | None, key: str) -> list[RangeLine]:
    """Leave-one-country-out, and the worst cases of the missing agreements; drawn dotted, for they are no interval."""
    found = []
    tick = main["base"]["countries_pct"] if main.get("base") else None
    if left_out := main.get("leave_one_out"):
        low, low_country, high, high_country = left_out
        names = {"low": book.country_name(low_country), "high": book.country_name(high_country)}
        found.append(_range("leave_out", main["key"], (low, high), main["share_pct"], tick, names))
    if bounds and bounds["missing"]:
        ends = (bounds["low_pct"], bounds["high_pct"])
        found.append(_range("worst", key, ends, main["share_pct"], tick, {"n": str(bounds["missing"])}))
    return found


def _range(
    name: str, key: str, ends: tuple[float, float], share: float, tick: float | None, values: Mapping[str, str]
) -> RangeLine:
    drawn = strip(share, ends[0], ends[1], tick, is_dotted=True)
    return RangeLine(name, "", key, ends[0], ends[1], None, None, drawn, values)


def word_label(book: Book, name: str, word: str) -> Markup | str:
    """Label of a word of the page's tables.

    Args:
        book: The release.
        name: Table: ``language``, ``outcome``, ``vendor_group``, ``source_class``, ``sources``, ``class``, ...
        word: The word; empty where it was not recorded.
    """
    vocabulary = {
        "outcome": "search_outcome",
        "vendor_group": "vendor_group",
        "source_class": "search_class",
        "topic": "institution_topic",
        "label": "page_label",
    }.get(name)
    key = f"coverage.{name}.{word or 'none'}"
    if key in book.t:
        return book.t(key)
    return book.label(vocabulary, word) if vocabulary and is_known(word) else word
