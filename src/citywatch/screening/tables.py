"""The tables that screening writes: declarations, Arrow schemas, rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from citywatch.documents import SetAside
from citywatch.screening.candidate import Candidate
from citywatch.tables import Column, Kind, Table

_LICENCE, _CITATION = "as the screened documents", "Screened by Citywatch"

CANDIDATES = Table(
    "candidates",
    "One document that names a Safe City or a product of the rule, judged; the best first",
    (
        Column("candidate_id", Kind.ID, "Permanent: can- and 16 hex digits of the document's SHA-256.", required=True),
        Column(
            "rank",
            Kind.INTEGER,
            "Place in the list: included before unsure before excluded, then by probability.",
            minimum=1,
        ),
        Column("verdict", Kind.TEXT, "include, unsure or exclude.", required=True),
        Column("because", Kind.TEXT, "Reason of the row of the rule's table that decided.", required=True),
        Column("admitted_by", Kind.TEXT, "Limb of the rule.", vocabulary="admitted_by", missing="excluded"),
        Column("rule_version", Kind.TEXT, "Version of the rule that judged.", required=True),
        Column(
            "probability",
            Kind.NUMBER,
            "That it reports an agreement, at the prevalence named in run.json.",
            minimum=0,
            maximum=1,
        ),
        Column("document_id", Kind.TEXT, "SHA-256 of the content, hex.", required=True),
        Column("address", Kind.URL, "Where the document was published.", missing="not known"),
        Column("path", Kind.TEXT, "File it was read from.", required=True),
        Column("record", Kind.TEXT, "Place inside that file.", missing="the file is the document"),
        Column("copies", Kind.INTEGER, "Documents with the same content in this run.", minimum=1),
        Column("title", Kind.TEXT, "Title of the document.", missing="none found"),
        Column("language", Kind.TEXT, "ISO 639-1, detected.", missing="could not be told"),
        Column("published", Kind.PARTIAL_DATE, "Publication date; its length is its precision.", missing="none found"),
        Column("flags", Kind.LIST, "What is odd about how it was read.", missing="nothing"),
        Column("act", Kind.TEXT, "Answer to the rule's question.", required=True),
        Column("term", Kind.TEXT, "Whether a Safe City is named: with_act, apart, none.", required=True),
        Column(
            "products_with_act", Kind.LIST, "Products that stand with an act.", vocabulary="product", missing="none"
        ),
        Column("products_apart", Kind.LIST, "Other products named.", vocabulary="product", missing="none"),
        Column("vendor", Kind.TEXT, "Answer: with_act, apart, none.", required=True),
        Column("party", Kind.TEXT, "Answer: with_act, apart, none.", required=True),
        Column("figures", Kind.TEXT, "Answer: some, none.", required=True),
        Column("topics", Kind.TEXT, "Answer: some, none.", required=True),
        Column("talk", Kind.TEXT, "Answer: much, some, none.", required=True),
        Column(
            "vendors",
            Kind.LIST,
            "Ids of vendors of the codebook: those beside the act first, at most four.",
            missing="none named",
        ),
        Column("country_iso3", Kind.COUNTRY, "Country of the buyer or place.", missing="none named"),
        Column("places", Kind.LIST, "Places in that country, in English where known.", missing="none named"),
        Column(
            "place_precision",
            Kind.TEXT,
            "What the point stands for: city, district, region, country.",
            missing="no point",
        ),
        Column("latitude", Kind.NUMBER, "Degrees north, WGS 84.", minimum=-90, maximum=90),
        Column("longitude", Kind.NUMBER, "Degrees east, WGS 84.", minimum=-180, maximum=180),
        Column("kind", Kind.TEXT, "Kind of act.", vocabulary="agreement_kind", missing="not told"),
        Column(
            "products",
            Kind.LIST,
            "Products named anywhere in the document.",
            vocabulary="product",
            missing="none",
        ),
        Column(
            "announced",
            Kind.PARTIAL_DATE,
            "Date of the act as far as stated; else of publication.",
            missing="not stated",
        ),
        Column("announced_from", Kind.TEXT, "text, near, or published (date of the document).", missing="not stated"),
        Column("amounts", Kind.LIST, "Amounts of money as written.", missing="none stated"),
        Column("amount_value", Kind.NUMBER, "The largest, in units of its currency.", minimum=0),
        Column("amount_currency", Kind.TEXT, "ISO 4217; PES: pesos of an unnamed country.", missing="none stated"),
        Column("cameras", Kind.INTEGER, "Largest number of cameras with the act.", minimum=1, missing="not stated"),
        Column("buyer", Kind.TEXT, "Buyer as written.", missing="not stated"),
        Column("partners", Kind.LIST, "Partners as written.", missing="not stated"),
        Column(
            "companies",
            Kind.LIST,
            "Other firms as written, of sentences that tell of an act or stand next to one, at most eight; buyers and partners among them.",
            missing="none named",
        ),
    ),
    key=("candidate_id",),
    may_be_empty=True,
    sort=("rank",),
    licence=_LICENCE,
    citation=_CITATION,
)

PASSAGES = Table(
    "passages",
    "One piece of text that an answer or a field rests on",
    (
        Column("candidate_id", Kind.ID, "Candidate.", required=True, references="candidates.candidate_id"),
        Column("position", Kind.INTEGER, "Order within the candidate.", minimum=0),
        Column("question", Kind.TEXT, "Question of the rule, or field: and the name of the field.", required=True),
        Column("value", Kind.TEXT, "Answer or value it supports.", missing="as the passage says"),
        Column("start", Kind.INTEGER, "First character of the sentence in the document's text.", minimum=0),
        Column("end", Kind.INTEGER, "One behind its last.", minimum=0),
        Column("found_start", Kind.INTEGER, "First character of what was found.", minimum=0),
        Column("found_end", Kind.INTEGER, "One behind its last.", minimum=0),
        Column("passage", Kind.TEXT, "The sentence.", required=True),
        Column("found", Kind.TEXT, "What was found in it.", required=True),
    ),
    key=("candidate_id", "position"),
    may_be_empty=True,
    licence=_LICENCE,
    citation=_CITATION,
)

SET_ASIDE = Table(
    "set_aside",
    "Something that could not be read",
    (
        Column("path", Kind.TEXT, "File.", required=True),
        Column("record", Kind.TEXT, "Place inside it.", missing="the whole file"),
        Column("address", Kind.URL, "Where it was published.", missing="not known"),
        Column("reason", Kind.TEXT, "One word.", required=True),
        Column("detail", Kind.TEXT, "What happened.", required=True),
        Column("sha256", Kind.TEXT, "Digest of the content.", missing="not read to its end"),
    ),
    key=("path", "record", "reason"),
    may_be_empty=True,
    licence=_LICENCE,
    citation=_CITATION,
)

TABLES = (CANDIDATES, PASSAGES, SET_ASIDE)
Row = dict[str, Any]


def arrow_schema(table: Table) -> pa.Schema:
    """Arrow schema of a table; descriptions travel as metadata."""
    types = {Kind.NUMBER: pa.float64(), Kind.INTEGER: pa.int64()}
    return pa.schema(
        [
            pa.field(column.name, types.get(column.kind, pa.string()), metadata={"description": column.meaning})
            for column in table.columns
        ]
    )


def to_arrow(table: Table, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows as Arrow; an empty text and NaN become null, bytes of a file name that are no UTF-8 are spelled out."""
    columns = [[_cell(row[name]) for row in rows] for name in table.names]
    schema = arrow_schema(table)
    return pa.Table.from_arrays(
        [pa.array(cells, field.type) for cells, field in zip(columns, schema, strict=True)], schema=schema
    )


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return spelled(value) or None
    return None if isinstance(value, float) and math.isnan(value) else value


def spelled(text: str) -> str:
    """A text that can be written; bytes of a file name that are no UTF-8 are spelled out."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def candidate_row(candidate: Candidate) -> Row:
    """One row of ``candidates``; rank and copies are given when all are known."""
    document, fields, answers = candidate.document, candidate.fields, candidate.evidence.answers
    place = fields.place
    return {
        "candidate_id": candidate.id,
        "rank": None,
        "verdict": candidate.judgement.verdict,
        "because": candidate.judgement.because,
        "admitted_by": candidate.judgement.admitted_by,
        "rule_version": candidate.judgement.rule_version,
        "probability": float(f"{candidate.probability:.10g}"),
        "document_id": document.id,
        "address": document.address,
        "path": document.origin.path,
        "record": document.origin.record,
        "copies": 1,
        "title": document.title,
        "language": document.language,
        "published": document.published,
        "flags": _list(document.flags),
        "act": answers.act,
        "term": answers.term,
        "products_with_act": _list(answers.products),
        "products_apart": _list(answers.products_apart),
        "vendor": answers.vendor,
        "party": answers.party,
        "figures": answers.figures,
        "topics": answers.topics,
        "talk": answers.talk,
        "vendors": _list(fields.vendors),
        "country_iso3": fields.country_iso3,
        "places": _list(fields.places),
        "place_precision": place.precision if place else "",
        "latitude": place.latitude if place else math.nan,
        "longitude": place.longitude if place else math.nan,
        "kind": fields.kind,
        "products": _list(fields.products),
        "announced": fields.announced,
        "announced_from": fields.announced_from,
        "amounts": _list(fields.amounts),
        "amount_value": float(f"{fields.amount_value:.10g}"),
        "amount_currency": fields.amount_currency,
        "cameras": fields.cameras or None,
        "buyer": fields.buyer,
        "partners": _list(fields.partners),
        "companies": _list(fields.companies),
    }


def passage_rows(candidate: Candidate) -> list[Row]:
    """Rows of ``passages``."""
    text = candidate.document.text
    return [
        {
            "candidate_id": candidate.id,
            "position": number,
            "question": one.question,
            "value": one.value,
            "start": one.start,
            "end": one.end,
            "found_start": one.found_start,
            "found_end": one.found_end,
            "passage": " ".join(text[one.start : one.end].split()),
            "found": " ".join(text[one.found_start : one.found_end].split()),
        }
        for number, one in enumerate(candidate.passages)
    ]


def set_aside_row(one: SetAside) -> Row:
    """One row of ``set_aside``."""
    return {
        "path": one.origin.path,
        "record": one.origin.record,
        "address": one.address,
        "reason": one.reason.value,
        "detail": one.detail,
        "sha256": one.sha256,
    }


def _list(words: Sequence[str]) -> str:
    return "; ".join(str(word).replace(";", ",") for word in words)
