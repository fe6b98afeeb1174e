"""Page 4 of the brief: method, limits, sources and licences, how to cite, where the data are."""

from __future__ import annotations

from collections import Counter
from typing import Any

from citywatch.codebook import inclusion_rule, vocabularies
from citywatch.publish.brief.facts import Desk, Record
from citywatch.publish.brief.words import Rich, plan
from citywatch.publish.figures import file_size
from citywatch.tables import Table, split_list
from citywatch.uncertainty import plain

Section = dict[str, Any]


def method(desk: Desk) -> Section:
    """How rows are counted and intervals made, and what would make the findings false."""
    finding = _headline_finding(desk)
    words, quote = desk.words, desk.ledger.quote
    rule = inclusion_rule()
    parts = [
        {"head": words("method.rule.head"), "text": quote("codebook.inclusion", rule.text.strip())},
        {"head": words("method.look.head"), "text": _looking(desk)},
    ]
    if finding is None:
        return {"head": words("method.head"), "parts": parts, "false_head": words("method.false.head"), "false_if": []}
    key = finding["key"]
    parts += [
        {"head": words("method.count.head"), "text": quote(f"{key}.definition", finding["definition"])},
        {"head": words("method.interval.head"), "text": quote(f"{key}.method", finding["method"])},
        {"head": words("method.lean.head"), "text": words("method.lean")},
    ]
    return {
        "head": words("method.head"),
        "parts": parts,
        "false_head": words("method.false.head"),
        "false_if": [quote(f"{key}.would_be_false_if", text) for text in finding["would_be_false_if"]],
    }


def _headline_finding(desk: Desk) -> Record | None:
    dimension = plan()["headline"]["dimension"]
    names = (plan()["scenario"], plan()["all_vendors"])
    return next((found for name in names if (found := desk.facts.finding(name, dimension))), None)


def _looking(desk: Desk) -> Rich:
    return desk.words(
        "method.look",
        searches=desk.count("searches"),
        pages=desk.count("pages_read"),
        sources=desk.count("sources"),
        looked=desk.ledger.whole(*desk.facts.known("verifications", "verdict")),
        confirmed=desk.ledger.whole(*_confirmed(desk)),
    )


def _confirmed(desk: Desk) -> tuple[str, int]:
    rows = desk.facts.rows("verifications")
    return "table:verifications.verdict", 0 if rows is None else int((rows["verdict"] == "confirmed").sum())


def limits(desk: Desk) -> Section:
    """What the registry and the intervals cannot see."""
    names = ("never_found", "coverage", "dates", "language", "pledge", "cause")
    values: dict[str, Rich] = {
        "with_source": desk.count("evidence_with_source"),
        "values": desk.count("evidence_values"),
        "undated": desk.count("agreements_undated"),
        "low": desk.count("agreements_low_confidence"),
        "circular": desk.count("agreements_circular"),
        "agreements": desk.count("agreements"),
        **_languages(desk),
    }
    return {
        "head": desk.words("limits.head"),
        "items": [*(desk.words(f"limits.{name}", **values) for name in names), _own_reading(desk)],
    }


def _own_reading(desk: Desk) -> Rich:
    """How well coders agree, where that is measured; that it is not, where it is not."""
    rows = desk.facts.rows("reliability")
    measured = None if rows is None else rows[rows["alpha"].notna()]
    if measured is None or measured.empty:
        return desk.words("limits.coders")
    key, number = "table:reliability.alpha", desk.ledger.number
    kinds = sorted({kind for cell in measured["coder_kinds"] for kind in split_list(cell)})
    return desk.words(
        "limits.coders_measured",
        fields=number(key, plain(len(measured))),
        low=number(key, plain(float(measured["alpha"].min()), 2)),
        high=number(key, plain(float(measured["alpha"].max()), 2)),
        kinds=desk.ledger.quote("table:reliability.coder_kinds", ", ".join(_kind(kind) for kind in kinds)),
    )


def _kind(word: str) -> str:
    """Label of a kind of coder; the word itself where the codebook has none."""
    labels = {entry.word: entry.label for entry in vocabularies().get("coder_kind", ())}
    return labels.get(word, word).lower()


def _languages(desk: Desk) -> dict[str, Rich]:
    """Pages by language: as logged per page (``en:8; zh:2``), else by the language of the query."""
    rows = desk.facts.rows("searches")
    pages: Counter[str] = Counter()
    columns = ("page_languages", "language", "pages_read")
    for logged, language, read in [] if rows is None else zip(*(rows[name] for name in columns), strict=True):
        for part in split_list(logged or f"{language}:{read}"):
            code, _, number = part.partition(":")
            pages[code] += int(number) if number.isdecimal() else 0
    shown = {"pages": pages.total(), "english": pages["en"], "chinese": pages["zh"]}
    return {name: desk.ledger.whole("table:searches.page_languages", number) for name, number in shown.items()}


def sources(desk: Desk) -> Section:
    """Citation and licence of the tables that the brief uses."""
    tables = desk.facts.release.tables
    own = next((one for one in tables.values() if one.citation.startswith(plan()["own_licence_prefix"])), None)
    used = [tables[name] for name in plan()["indicator_tables"] if name in tables]
    rows = [] if own is None else [_source_row(desk, own.name, own.citation.partition(", table")[0], own)]
    rows += [_source_row(desk, table.name, table.citation, table) for table in used]
    rows.append({"citation": desk.words("sources.map"), "licence": desk.words("sources.map.licence")})
    return {
        "head": desk.words("sources.head"),
        "columns": [desk.words(f"sources.column.{name}") for name in ("citation", "licence")],
        "rows": rows,
        "fonts": desk.words("sources.fonts"),
    }


def _source_row(desk: Desk, name: str, citation: str, table: Table) -> Section:
    quote = desk.ledger.quote
    return {
        "citation": quote(f"table:{name}.citation", citation.rstrip(".")),
        "licence": quote(f"table:{name}.licence", table.licence),
    }


def cite(desk: Desk) -> Section:
    """Citation of the brief."""
    version = desk.facts.release.version
    year, number = desk.ledger.number("release.version", version[:4]), desk.ledger.number("release.version", version)
    return {"head": desk.words("cite.head"), "text": desk.words("cite.text", year=year, version=number)}


def data(desk: Desk) -> Section:
    """Files of the release, with what they hold."""
    known = {entry["path"]: entry for entry in desk.facts.release.files}
    listed = [name for name in plan()["files"] if name in known or name == "SHA256SUMS"]
    return {
        "head": desk.words("data.head"),
        "text": desk.words("data.text"),
        "files": [_file(desk, name, known.get(name)) for name in listed],
    }


def _file(desk: Desk, name: str, entry: Record | None) -> Section:
    quote = desk.ledger.quote
    described = f"file.{name}"
    return {
        "name": quote(f"file:{name}", name),
        "text": desk.words(described) if described in desk.words else quote(f"file:{name}", _described(entry)),
        "size": desk.ledger.number(f"file:{name}.bytes", file_size(entry["bytes"])) if entry else [],
    }


def _described(entry: Record | None) -> str:
    return str(entry["description"]) if entry else ""


def footer(desk: Desk) -> Rich:
    """Line at the foot of each page."""
    version = desk.ledger.number("release.version", desk.facts.release.version)
    return desk.words("footer", version=version)
