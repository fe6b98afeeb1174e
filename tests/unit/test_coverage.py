"""The coverage of the record: counted by hand on a few rows, and sound on the embedded registry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from citywatch import findings, indicators, registry
from citywatch.findings.coverage_evidence import count_coding, count_evidence, count_reread, count_second_look
from citywatch.findings.coverage_rows import count_coded_pages, count_rows, count_topics, headline_keys
from citywatch.findings.coverage_searches import (
    count_searches,
    country_outcomes,
    known_gaps,
    page_languages,
    searches_by_country,
)
from citywatch.registry import Registry
from citywatch.tables import Kind
from citywatch.uncertainty import wilson_interval

TABLES = {table.name: table for table in registry.TABLES}


def frame(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows of a table; what is not given is missing."""
    found: dict[str, pd.Series] = {}
    for column in TABLES[name].columns:
        cells = [row.get(column.name) for row in rows]
        if column.kind is Kind.NUMBER:
            found[column.name] = pd.Series(cells, dtype="float64")
        elif column.kind is Kind.INTEGER:
            found[column.name] = pd.Series(cells, dtype="Int64")
        else:
            found[column.name] = pd.Series([cell or "" for cell in cells], dtype="str")
    return pd.DataFrame(found)


def agreement(name: str, country: str, vendors: str, **cells: Any) -> dict[str, Any]:
    return {"agreement_id": name, "country_iso3": country, "vendors": vendors, "kind": "contract", **cells}


def line(name: str, field: str, value: str, source: str, **cells: str) -> dict[str, str]:
    relation = cells.get("relation", "same")
    chosen = "no" if relation == "other" else "yes"
    kept = {"origin": "first_list", "relation": relation, "is_chosen": chosen, **cells}
    return {"agreement_id": name, "field": field, "value": value, "source_id": source, **kept}


@pytest.fixture(scope="module")
def small(embedded: Registry) -> Registry:
    """Three agreements: one of the first list that was read again, one that was not, one that is new."""
    again = {"origin": "re_read", "checked_on": "2026-11-24"}
    rows = {
        "agreements": [
            agreement("a", "KEN", "huawei", cameras=10),
            agreement("b", "UGA", "hikvision; huawei"),
            agreement("c", "CHE", ""),
        ],
        "sources": [
            {"source_id": "s1", "kind": "news", "language": "en"},
            {"source_id": "s2", "kind": "vendor", "language": "zh"},
            {"source_id": "s3", "kind": "", "language": "zh"},
        ],
        "evidence": [
            line("a", "kind", "mou", "s1", relation="other", checked_on="2026-11-24"),
            line("a", "kind", "contract", "s2", **again),
            line("a", "cameras", "10", "s2", **again),
            line("a", "cameras", "12", "s1", relation="other", **again),
            line("b", "vendors", "hikvision; huawei", "s2"),
            line("c", "kind", "contract", "s3", origin="new_row", checked_on="2026-11-24"),
        ],
        "searches": [
            {"search_id": "1", "query": "Huawei Kenya", "countries": "KEN", "pages_read": 8, "page_languages": "en:5; sw:2",
             "outcome": "found"},
            {"search_id": "2", "query": "华为 安哥拉", "countries": "AGO", "pages_read": 4, "language": "zh",
             "outcome": "ambiguous", "note": "one copy"},
            {"search_id": "3", "query": "cameras Angola", "countries": "AGO; FRA", "pages_read": 3, "language": "en",
             "source_class": "news", "outcome": "not_found"},
            {"search_id": "4", "query": "law Norway", "countries": "NOR", "pages_read": 2, "language": "en",
             "outcome": "recheck"},
        ],
        "verifications": [
            {"agreement_id": "a", "field": "kind", "verdict": "contradicted", "is_corrected": "yes"},
            {"agreement_id": "b", "field": "kind", "verdict": "confirmed", "is_corrected": "no"},
            {"agreement_id": "c", "field": "kind", "verdict": "not_visible", "is_corrected": "no"},
        ],
        "institutions": [{"country_iso3": "KEN", "topic": "data_protection_law"}],
        "institution_gaps": [{"country_iso3": "UGA", "topic": "data_protection_law", "outcome": "not_found"}],
        "coded_pages": [
            {"source_id": "s2", "label": "agreement", "is_in_china": "yes"},
            {"source_id": "s3", "label": "agreement", "is_in_china": "no"},
            {"source_id": "s1", "label": "agreement", "is_in_china": "no"},
        ],
        "reliability": [],
    }  # fmt: skip
    return replace(embedded, **{name: frame(name, cells) for name, cells in rows.items()})


def test_searches_stand_under_the_language_of_their_words(small: Registry) -> None:
    found = count_searches(small)
    assert {one.word: (one.searches, one.pages_read) for one in found.by_language} == {
        "en": (3, 10), "zh": (1, 4), "sw": (0, 2), "": (0, 1)
    }  # fmt: skip
    assert found.by_language[-1].word == "", "what was not recorded stands last"
    assert next(one.key for one in found.by_language if one.word == "zh") == "coverage.searches.zh"
    assert {one.word: one.searches for one in found.by_source_class} == {"news": 1, "": 3}
    assert {one.word: one.searches for one in found.by_vendor_group} == {"huawei": 2, "china": 0, "other": 0, "none": 2}
    assert (found.all.searches, found.all.pages_read) == (4, 17)


def test_pages_without_a_language_are_told_apart() -> None:
    assert page_languages("en:5; sw:2", 8) == {"en": 5, "sw": 2, "": 1}
    assert page_languages("", 3) == {"": 3}
    assert page_languages("en:3", 3) == {"en": 3}


def test_a_search_for_known_agreements_makes_no_country_searched(small: Registry) -> None:
    found = country_outcomes(small, indicators.load_indicators(), searches_by_country(small))
    by_word = {one.word: one for one in found}
    assert by_word["found"].countries == ("CHE", "KEN", "UGA")
    assert by_word["ambiguous"].countries == ("AGO",)
    assert by_word["not_found"].countries == ("FRA",)
    assert "NOR" in by_word["never"].countries


def test_gaps_tell_what_was_searched(small: Registry) -> None:
    gaps = known_gaps(small, indicators.load_indicators(), searches_by_country(small))
    angola = next(one for one in gaps.without_row if one.country_iso3 == "AGO")
    assert (angola.searches, angola.named, angola.outcome, angola.notes) == (2, 1, "ambiguous", ("one copy",))
    assert angola.editions == ("2022",)
    assert "CHN" not in {one.country_iso3 for one in gaps.without_row}, "the vendor's home is left out"
    assert {"KEN", "UGA"}.isdisjoint({one.country_iso3 for one in (*gaps.without_row, *gaps.brief)})
    assert "AGO" in {one.country_iso3 for one in gaps.brief}


def test_agreements_by_number_and_class_of_sources(small: Registry) -> None:
    rows = count_rows(small)
    assert {one.word: one.count for one in rows.by_sources} == {"0": 0, "1": 2, "2": 1, "3": 0, "4": 0}
    assert {one.word: one.count for one in rows.by_class if one.count} == {"vendor_only": 1, "news": 1, "unclear": 1}
    one = next(row for row in rows.by_sources if row.word == "1")
    assert one.groups == {"huawei": 1, "china": 0, "other": 0, "none": 1}, "the first group of the list colours it"


def test_evidence_before_and_after(small: Registry) -> None:
    found = count_evidence(small)
    assert (found.first_agreements, found.new_agreements) == (2, 1)
    kind = next(one for one in found.fields if one.field == "kind")
    assert (kind.before.count, kind.before.total) == (1, 2), "it had a source then, for another value"
    assert (kind.same.count, kind.same.total) == (1, 2)
    assert (kind.after.count, kind.after.total) == (2, 3)
    assert (kind.again.count, kind.again.total) == (1, 2), "what came with a new agreement was read once"
    cameras = next(one for one in found.fields if one.field == "cameras")
    assert (cameras.before.count, cameras.after.total) == (0, 1), "a missing number is no value"
    assert kind.after.interval is None, "everything was counted"


def test_contradictions_and_changes(small: Registry) -> None:
    found = {one.field: one for one in count_reread(small)}
    assert (found["kind"].other.count, found["kind"].other.total, found["kind"].changed) == (1, 1, 1)
    assert (found["cameras"].other.count, found["cameras"].changed) == (1, 0), "another source, the record stays"
    assert found["all"].other.interval == wilson_interval(2, 2).scaled(100)


def test_second_look(small: Registry) -> None:
    every = count_second_look(small)[-1]
    assert (every.field, every.confirmed, every.not_visible, every.corrected) == ("all", 1, 1, 1)
    assert (every.contradicted.count, every.contradicted.total) == (1, 3)


def test_topics_and_coded_pages(small: Registry) -> None:
    law = next(one for one in count_topics(small) if one.topic == "data_protection_law")
    assert (law.found, law.not_found, law.not_searched) == (1, 1, 1)
    coded = next(one for one in count_coded_pages(small) if one.word == "agreement")
    assert (coded.inside, coded.outside) == (1, 1), "pages in other languages are not counted"


def test_coding_without_rows_and_with(small: Registry) -> None:
    assert count_coding(small).samples == ()
    row = {"sample_id": "s", "field": "all", "checked": 50, "contradicted": 1, "differ": 3}
    found = count_coding(replace(small, reliability=frame("reliability", [row])))
    (against,) = found.contradicted
    assert (against.part.count, against.part.total, against.differ) == (1, 50, 3)
    assert against.part.interval == wilson_interval(1, 50).scaled(100)


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "key" in value:
            yield value["key"]
        for entry in value.values():
            yield from _keys(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from _keys(entry)


def test_the_embedded_registry_is_covered_whole(embedded: Registry) -> None:
    found = findings.coverage(embedded, indicators.load_indicators()).to_dict()
    keys = list(_keys(found))
    assert len(keys) == len(set(keys))
    assert all(key.startswith("coverage.") for key in keys)
    total = len(embedded.agreements)
    for name in ("by_sources", "by_class"):
        assert sum(row["count"] for row in found["agreements"][name]) == total, name
    assert sum(row["searches"] for row in found["searches"]["by_language"]) == len(embedded.searches)
    assert sum(row["pages_read"] for row in found["searches"]["by_language"]) == found["searches"]["all"]["pages_read"]
    evidence = found["evidence"]["fields"]
    assert sum(row["after"]["total"] for row in evidence[:-1]) == evidence[-1]["after"]["total"]
    assert all(row["again"]["count"] <= row["same"]["count"] for row in evidence)
    adopting = embedded.agreements["country_iso3"].nunique()
    assert all(one["found"] + one["not_found"] + one["not_searched"] == adopting for one in found["institutions"])


def test_headlines_point_to_numbers_that_exist(embedded: Registry) -> None:
    every = findings.all_findings(embedded, indicators.load_indicators())
    shares = {share["key"] for one in every["findings"] for share in one["shares"]}
    figures = {one["key"] for one in every["published"]}
    for headline in headline_keys():
        assert set(headline.shares.values()) <= shares
        assert headline.published in figures
    everything = every["coverage"]["evidence"]["fields"][-1]["after"]
    counts = every["counts"]
    assert (everything["count"], everything["total"]) == (
        counts["evidence_with_source"]["value"],
        counts["evidence_values"]["value"],
    )
