"""The list of agreements and one page for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup, escape

from citywatch.codebook import vocabulary
from citywatch.errors import InputError
from citywatch.publish.atlas import Locator
from citywatch.publish.figures import is_known, num, whole
from citywatch.publish.views.book import Book
from citywatch.publish.views.cases import cases_by_agreement
from citywatch.publish.views.rows import Agreement, Page, Record, SourceRef
from citywatch.publish.views.text import in_sentence, sentence, short
from citywatch.tables import PartialDate, split_list

ROWS_PER_PAGE = 500

STATED = (
    "place", "scope", "vendors", "partners", "buyer", "kind", "announced", "status", "products", "value_usd",
    "financing", "cameras",
)  # fmt: skip
"""Fields whose value a source must carry."""

OURS = ("in_brief_window", "admitted_by", "confidence", "project_id")
"""Fields that we derive or judge."""

NEW_ROW = "new_row"
"""Origin of a line that came with its agreement: its source was read once, not again."""

NO_LIMB_ANCHOR = "rows-that-show-neither"
"""Heading of the methods page on rows that show no limb of the rule."""

PROMISED = frozenset({"announced", "signed", "financed", "delivered"})
RUNNING = frozenset({"operational", "expanded"})


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the timeline.

    Attributes:
        date: ISO partial date or nothing.
        kind: Label of the event.
        notes: What it was, in our own words.
        sources: Numbers of the sources on this page.
        rail: ``promised``, ``running`` or ``ended``: how the rail goes on from here.
    """

    date: str
    kind: str
    notes: tuple[str, ...]
    sources: tuple[int, ...]
    rail: str


@dataclass(frozen=True, slots=True)
class Said:
    """What one source says about a field.

    Attributes:
        number: Number of the source on this page.
        value: Its value; None where the source carries the value of the record.
        relation: ``same``, ``part`` or ``other``.
        said: In our own words; empty where nobody noted it.
        locator: Page or paragraph.
        checked_on: Day it was read; empty where it was not recorded.
        is_again: It was read again after the row was made.
        reason: Why a part of the value was not chosen; other values carry their reason beside the value.
    """

    number: int
    value: Markup | None
    relation: str
    said: str
    locator: str
    checked_on: str
    is_again: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Other:
    """A value that another source gave and that was not chosen."""

    value: Markup
    sources: tuple[int, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Value:
    """One field of an agreement.

    Attributes:
        name: Field.
        label: Field as readers see it.
        value: As shown; None where the record holds none.
        missing: What an empty value means.
        sources: Numbers of the sources that carry it.
        others: Values of other sources that were not chosen.
        verdict: Word of the second look; empty where there was none.
        verdict_label: The same for readers.
        comment: Comment of the second reader.
        is_corrected: The record was changed afterwards.
        said: What each source says, those that were read first.
        unread: Numbers of the sources that were recorded as carrying the value, with no word of what they say.
        is_read_again: At least one source that carries the value was read again.
    """

    name: str
    label: Markup
    value: Markup | None
    missing: Markup | str
    sources: tuple[int, ...]
    said: tuple[Said, ...] = ()
    unread: tuple[int, ...] = ()
    is_read_again: bool = False
    others: tuple[Other, ...] = ()
    verdict: str = ""
    verdict_label: str = ""
    comment: str = ""
    is_corrected: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One correction of the record.

    Attributes:
        label: Field as readers see it.
        old: Value before; None where the record held none.
        new: Value after; None where it was withdrawn.
        reason: Why, in our own words.
        number: Number of the source on this page; 0 where the page does not cite it.
        source: The source.
        date: Day of the change; empty before the first release.
    """

    label: Markup
    old: Markup | None
    new: Markup | None
    reason: str
    number: int
    source: SourceRef
    date: str


@dataclass(frozen=True, slots=True)
class Cited:
    """A source in the list of an agreement page."""

    number: int
    source: SourceRef
    read_as: str
    checked_on: str


@dataclass(frozen=True, slots=True)
class Filter:
    """One group of check boxes above the list."""

    name: str
    options: tuple[tuple[str, str, str, int], ...]
    """Class in the table, id of the box, label, number of rows."""


def pages(book: Book) -> Iterator[Page]:
    """The list, split into pages of :data:`ROWS_PER_PAGE`, then every agreement."""
    yield from _lists(book)
    locator = Locator(book)
    for agreement in book.agreements.values():
        yield _page(book, agreement, locator)


def filters(book: Book, rows: Sequence[Agreement]) -> tuple[Filter, ...]:
    """Check boxes for the rows of one page; a box without rows is left out."""
    counts: dict[str, int] = {}
    for row in rows:
        for name in row.group_class.split():
            counts[name] = counts.get(name, 0) + 1
    found = []
    for name, options in filter_options(book):
        shown = tuple((css, f"f-{css}", label, counts[css]) for css, label in options if css in counts)
        found.append(Filter(name, shown))
    return tuple(found)


def filter_options(book: Book) -> list[tuple[str, list[tuple[str, str]]]]:
    """Every filter with its classes and labels; the style sheet gets one rule for each."""
    t = book.t
    regions = sorted({country.region for country in book.countries.values() if country.region})
    return [
        ("group", [(f"g-{word.word}", word.label) for word in vocabulary("vendor_group")]),
        ("confidence", [(f"c-{word.word}", word.label) for word in vocabulary("confidence")]),
        (
            "region",
            [(f"r-{region.lower().replace(' ', '-')}", region) for region in regions]
            + [("r-none", str(t("filter.no_region")))],
        ),
        (
            "limb",
            [(f"l-{word.word}", str(t(f"limb.{word.word}"))) for word in vocabulary("admitted_by")]
            + [("l-none", str(t("limb.none")))],
        ),
        ("window", [("w-in", str(t("filter.window_in"))), ("w-out", str(t("filter.window_out")))]),
    ]


def _lists(book: Book) -> Iterator[Page]:
    rows = list(book.agreements.values())
    starts = range(0, max(len(rows), 1), ROWS_PER_PAGE)
    paths = [
        "agreements/index.html" if not start else f"agreements/page-{start // ROWS_PER_PAGE + 1}.html"
        for start in starts
    ]
    for number, (start, path) in enumerate(zip(starts, paths, strict=True), 1):
        part = rows[start : start + ROWS_PER_PAGE]
        yield Page(
            path,
            "agreements.html.j2",
            book.t("agreements.title") if number == 1 else book.t("agreements.title_page", n=number),
            book.t("agreements.description"),
            "agreements",
            {
                "rows": part,
                "filters": filters(book, part),
                "number": number,
                "paths": paths,
                "circular": sum(row.is_circular for row in rows),
                "total": num("count.agreements", whole(len(rows))),
                "shown": whole(len(part)),
            },
        )


def _page(book: Book, one: Agreement, locator: Locator) -> Page:
    evidence = book.evidence.get(one.id, ())
    events = book.events.get(one.id, ())
    cited = _cited(book, evidence, events)
    numbers = {item.source.id: item.number for item in cited}
    values = [_value(book, one, name, evidence, numbers) for name in STATED]
    stated = [value for value in values if value.value is not None]
    return Page(
        one.href,
        "agreement.html.j2",
        one.title,
        book.t("agreement.description", title=one.title, country=one.country.name),
        "agreements",
        {
            "one": one,
            "steps": timeline(book, events, numbers),
            "values": values,
            "ours": [_value(book, one, name, evidence, numbers) for name in OURS],
            "stated": len(stated),
            "sourced": sum(bool(value.sources) for value in stated),
            "again": sum(value.is_read_again for value in stated),
            "cases": cases_by_agreement().get(one.id, []),
            "cited": cited,
            "names": {item.number: item.source.name for item in cited},
            "looked_up": len(book.verifications.get(one.id, {})),
            "country_check": book.verifications.get(one.id, {}).get("country"),
            "locator": locator.draw(one),
            "claims": book.claims_by_agreement.get(one.id, ()),
            "siblings": [item for item in book.by_project.get(one.record["project_id"], ()) if item.id != one.id],
            "changes": changes(book, one, numbers),
            "year": book.release.version[:4],
        },
    )


def changes(book: Book, one: Agreement, numbers: dict[str, int]) -> list[Change]:
    """Corrections of a record, oldest first.

    Args:
        book: The release.
        one: The agreement.
        numbers: Number of each source on the page.
    """
    rows = sorted(book.corrections.get(one.id, ()), key=lambda row: (row["corrected_on"], row["field"]))
    return [
        Change(
            book.t(f"field.{row['field']}"),
            shown_value(book, row["field"], row["old"]),
            shown_value(book, row["field"], row["new"]),
            sentence(row["reason"]),
            numbers.get(row["source_id"], 0),
            book.sources[row["source_id"]],
            row["corrected_on"],
        )
        for row in rows
    ]


def _cited(book: Book, evidence: Sequence[Record], events: Sequence[Record]) -> list[Cited]:
    read: dict[str, Record] = {}
    for row in evidence:
        read.setdefault(row["source_id"], row)
    order = [*read, *(row["source_id"] for row in events if row["source_id"] and row["source_id"] not in read)]
    return [
        Cited(
            number,
            book.sources[source],
            in_sentence(book.label("read_as", read[source]["read_as"])) if source in read else "",
            read[source]["checked_on"] if source in read else "",
        )
        for number, source in enumerate(dict.fromkeys(order), 1)
    ]


def timeline(book: Book, events: Sequence[Record], numbers: dict[str, int]) -> list[Step]:
    """Steps in order of date, undated ones last; one step per kind and date with all its sources."""
    merged: dict[tuple[str, str], Step] = {}
    order = {word.word: place for place, word in enumerate(vocabulary("event_kind"))}
    running = ended = False
    for row in sorted(events, key=lambda row: (row["date"] or "9999", order.get(row["kind"], 99), row["source_id"])):
        running = running or row["kind"] in RUNNING
        ended = row["kind"] in {"cancelled", "suspended"}
        rail = "ended" if ended else "running" if running else "promised"
        key = (row["date"], row["kind"])
        old = merged.get(key) or Step(row["date"], book.label("event_kind", row["kind"]), (), (), rail)
        note = (row["note"],) if row["note"] and row["note"] not in old.notes else ()
        number = (numbers[row["source_id"]],) if row["source_id"] else ()
        merged[key] = replace(old, notes=old.notes + note, sources=tuple(dict.fromkeys(old.sources + number)))
    return list(merged.values())


def _value(book: Book, one: Agreement, name: str, evidence: Sequence[Record], numbers: dict[str, int]) -> Value:
    column = book.release.tables["agreements"].column_index.get(name)
    rows = [row for row in evidence if row["field"] == name]
    chosen = tuple(sorted({numbers[row["source_id"]] for row in rows if row["is_chosen"] == "yes"}))
    check = book.verifications.get(one.id, {}).get(name)
    return Value(
        name,
        book.t(f"field.{name}"),
        shown_value(book, name, one.record.get(name, ""), one),
        _missing(book, name, column.missing if column else ""),
        chosen,
        said_lines(book, name, rows, numbers),
        _unread(rows, numbers),
        any(row["checked_on"] and row["is_chosen"] == "yes" and row["origin"] != NEW_ROW for row in rows),
        _others(book, name, rows, numbers),
        check["verdict"] if check else "",
        book.label("verdict", check["verdict"]) if check else "",
        sentence(check["comment"]) if check else "",
        check is not None and check["is_corrected"] == "yes",
    )


def _missing(book: Book, name: str, declared: str) -> Markup | str:
    """What an empty value means: as declared, or in the words of the site where those lead further."""
    if name != "admitted_by":
        return declared
    link = Markup('<a href="../methods.html#{}">{}</a>').format(NO_LIMB_ANCHOR, book.t("limb.methods"))
    return book.t("limb.none_link", link=link)


def said_lines(book: Book, name: str, rows: Sequence[Record], numbers: dict[str, int]) -> tuple[Said, ...]:
    """What the sources say about a field: those that carry the value first, then parts of it, then other values.

    Args:
        book: The release.
        name: Field.
        rows: Evidence of the field.
        numbers: Number of each source on the page.
    """
    order = {"same": 0, "part": 1, "other": 2}
    found = [
        Said(
            numbers[row["source_id"]],
            None if row["relation"] == "same" else shown_value(book, name, row["value"]) or book.t("absent.value"),
            row["relation"],
            sentence(row["said"]),
            row["locator"],
            row["checked_on"],
            row["origin"] != NEW_ROW,
            row["choice_reason"].rstrip(".") if row["relation"] == "part" and row["is_chosen"] == "no" else "",
        )
        for row in rows
        if row["said"]
    ]
    return tuple(sorted(found, key=lambda one: (order.get(one.relation, len(order)), one.number, one.said)))


def _unread(rows: Sequence[Record], numbers: dict[str, int]) -> tuple[int, ...]:
    silent = {numbers[row["source_id"]] for row in rows if not row["said"] and row["is_chosen"] == "yes"}
    return tuple(sorted(silent - {numbers[row["source_id"]] for row in rows if row["said"]}))


def _others(book: Book, name: str, rows: Sequence[Record], numbers: dict[str, int]) -> tuple[Other, ...]:
    found: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        if row["relation"] == "other":
            found.setdefault((row["value"], row["choice_reason"]), []).append(numbers[row["source_id"]])
    return tuple(
        Other(
            shown_value(book, name, value) or book.t("absent.value"),
            tuple(sorted(set(at))),
            reason.removeprefix("replaced: "),
        )
        for (value, reason), at in found.items()
    )


_WORDS = {
    "scope": "scope",
    "kind": "agreement_kind",
    "status": "status",
    "confidence": "confidence",
}
_LONGEST = 400


def shown_value(book: Book, name: str, value: object, one: Agreement | None = None) -> Markup | None:
    """A value as readers see it; None where there is none.

    Args:
        book: The release.
        name: Field.
        value: Cell as the release types it, or the text of an evidence row.
        one: The agreement, where its vendors may be linked.
    """
    if not is_known(value):
        return None
    text = str(value)
    if name == "admitted_by":
        return book.t(f"limb.{text}")
    if name in _WORDS:
        return escape(book.label(_WORDS[name], text))
    if name == "vendors":
        return _vendors(book, text, one)
    show = _SHOWN.get(name)
    return show(book, text) if show else escape(short(text, _LONGEST))


def _vendors(book: Book, text: str, one: Agreement | None) -> Markup:
    if one is not None:
        return Markup("; ").join(Markup('<a href="../{}">{}</a>').format(v.href, v.name) for v in one.vendors)
    return Markup("; ").join(book.vendors[item].name if item in book.vendors else item for item in split_list(text))


def _products(book: Book, text: str) -> Markup:
    return Markup("; ").join(book.label("product", item) for item in split_list(text))


def _places(book: Book, text: str) -> Markup:
    return Markup("; ").join(book.t("place.national") if item == "national" else item for item in split_list(text))


def _number(_book: Book, text: str) -> Markup:
    try:
        return escape(whole(float(text)))
    except ValueError:
        return escape(text)


def _date(book: Book, text: str) -> Markup:
    """A date; a source may carry a span, such as 2017-18, which is shown as written."""
    try:
        PartialDate.parse(text)
    except InputError:
        return escape(text)
    return book.dates.tag(text)


_SHOWN: dict[str, Callable[[Book, str], Markup]] = {
    "announced": _date,
    "products": _products,
    "value_usd": _number,
    "cameras": _number,
    "in_brief_window": lambda book, text: book.t(f"flag.{text}"),
    "place": _places,
}
