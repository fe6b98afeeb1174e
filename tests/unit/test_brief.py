"""The brief: same bytes twice, two to four pages, every number with its key, hostile text printed as it is."""

from __future__ import annotations

import copy
import io
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from publish_release import TinyRelease, tiny_release
from pypdf import PdfReader

from citywatch import findings, indicators, registry
from citywatch.errors import MissingExtraError, VocabularyError
from citywatch.publish.brief import Content, brief_content, brief_numbers, build_brief, typeset
from citywatch.publish.brief.words import FOLDER, Ledger, Words, flat, plan, words
from citywatch.uncertainty import percent, plain

HOSTILE = '#panic("run") $x^2$ \\u{41} *b* _i_ @ref <tag> `raw` {agreements} // end'
DIGITS = re.compile(r"\d+")
PAGE = re.compile(r"Page\s+\d+\s*/\s*\d+")


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> TinyRelease:
    """The embedded data with their findings, in memory."""
    data, known = registry.load(), indicators.load_indicators()
    found = findings.all_findings(data, known)
    folder = tmp_path_factory.mktemp("release")
    return TinyRelease({**data.frames(), **known.frames()}, folder, version=data.version(), findings=found)


@pytest.fixture(scope="module")
def content(full: TinyRelease) -> Content:
    return brief_content(full)


@pytest.fixture
def tiny(tmp_path: Path) -> TinyRelease:
    return tiny_release(registry.load(), tmp_path / "tiny")


def texts(value: Any, name: str) -> Iterator[str]:
    """Every text under an entry of that name, in the order of the data."""
    if isinstance(value, dict):
        for key, entry in value.items():
            if key == name and isinstance(entry, str):
                yield entry
            else:
                yield from texts(entry, name)
    elif isinstance(value, list):
        for entry in value:
            yield from texts(entry, name)


def masked(value: Any) -> Any:
    """The same data with a word for every number."""
    if isinstance(value, dict):
        return {key: "number" if key == "n" else masked(entry) for key, entry in value.items()}
    return [masked(entry) for entry in value] if isinstance(value, list) else value


def read(path: Path) -> tuple[int, str]:
    """Pages and text of a PDF, without the page numbers."""
    pdf = PdfReader(io.BytesIO(path.read_bytes()))
    text = "\n".join(page.extract_text() for page in pdf.pages)
    return len(pdf.pages), PAGE.sub("", text)


def without_scenario(release: TinyRelease, name: str) -> TinyRelease:
    """A release in which nothing falls into a scenario."""
    found = copy.deepcopy(dict(release.findings))
    found["findings"] = [entry for entry in found["findings"] if entry["scenario"] != name]
    found["scenarios"] = [{**entry, "agreements": 0} if entry["id"] == name else entry for entry in found["scenarios"]]
    found |= {"published": [], "published_totals": {"agreements": 73, "countries": 52, "rebuilt": {}}, "contrasts": []}
    return replace(release, findings=found)


def test_same_release_gives_same_bytes(tiny: TinyRelease, tmp_path: Path) -> None:
    first, second = tmp_path / "first.pdf", tmp_path / "second.pdf"
    pages = build_brief(tiny, first)
    build_brief(tiny, second)
    assert first.read_bytes() == second.read_bytes()
    assert 2 <= pages <= 4
    assert read(first)[0] == pages


def test_full_release_fills_at_most_four_pages(full: TinyRelease, content: Content, tmp_path: Path) -> None:
    pages = typeset(content, full.version, tmp_path / "brief.pdf")
    assert 2 <= pages <= 4
    pdf = PdfReader(tmp_path / "brief.pdf")
    metadata = pdf.metadata
    assert metadata is not None
    assert metadata.creation_date is not None
    assert metadata.creation_date.date().isoformat() == full.version
    assert metadata.title == flat(content.data["meta"]["title"])
    assert "/StructTreeRoot" in pdf.root_object  # tagged for screen readers


def test_messages_hold_no_digit() -> None:
    raw = yaml.safe_load((FOLDER / "en.yml").read_text(encoding="utf-8"))
    for key, entry in raw.items():
        for text in entry.values() if isinstance(entry, dict) else [entry]:
            assert not DIGITS.search(text), key


def test_no_number_escapes_the_ledger(content: Content) -> None:
    assert [text for text in texts(content.data, "t") if DIGITS.search(text)] == []
    handed_out = sorted(text for _, text in content.numbers)
    assert set(texts(content.data, "n")) <= set(handed_out)


def test_template_writes_no_number_of_its_own(full: TinyRelease, content: Content, tmp_path: Path) -> None:
    blind = replace(content, data=masked(content.data))
    typeset(blind, full.version, tmp_path / "blind.pdf")
    _, text = read(tmp_path / "blind.pdf")
    assert "number" in text
    assert DIGITS.findall(text) == []


def test_every_printed_number_is_listed(full: TinyRelease, content: Content, tmp_path: Path) -> None:
    typeset(content, full.version, tmp_path / "brief.pdf")
    listed = {digits for _, text in brief_numbers(full) for digits in DIGITS.findall(text)}
    _, text = read(tmp_path / "brief.pdf")
    assert len(DIGITS.findall(text)) > 300
    assert set(DIGITS.findall(text)) - listed == set()


def test_keys_lead_to_the_release(full: TinyRelease, content: Content) -> None:
    found = full.findings
    shares = {share["key"] for finding in found["findings"] for share in finding["shares"]}
    known = shares | {finding["key"] for finding in found["findings"]}
    known |= {entry["key"] for entry in (*found["published"], *found["contrasts"], *found["counts"].values())}
    known |= {entry["key"] for row in found["contrasts"] for entry in (*row["groups"], *row["differences"])}
    named = ("table:", "scenario:", "rule:", "country:", "file:", "codebook.", "brief_countries.", "check.", "axis.")
    more = ("published_source.", "published_totals", "published.inside_interval", "published.missing", "release.")
    for key, text in content.numbers:
        owner = re.sub(r"\.(definition|method|not_covered|would_be_false_if|caveat)$", "", key)
        assert owner in known or key.startswith(named + more), (key, text)


def test_numbers_of_a_share_are_its_own(full: TinyRelease, content: Content) -> None:
    shares = {share["key"]: share for finding in full.findings["findings"] for share in finding["shares"]}
    category = plan()["headline"]["category"]
    (key,) = {
        key
        for key, _ in content.numbers
        if key in shares and key.endswith(f".years-midpoint.{category}") and "all-rows" in key
    }
    share = shares[key]
    shown = {text for owner, text in content.numbers if owner == key}
    assert {percent(share["share_pct"]), percent(share["base"]["countries_pct"]), plain(share["count"])} <= shown


def test_hostile_text_is_printed_not_run(tiny: TinyRelease, tmp_path: Path) -> None:
    found = copy.deepcopy(dict(tiny.findings))
    found["brief_countries"]["notes"]["ETH"] = HOSTILE
    found["checks"][0]["statement"] = HOSTILE
    build_brief(replace(tiny, findings=found), tmp_path / "brief.pdf")
    _, text = read(tmp_path / "brief.pdf")
    shown = re.sub(r"\s", "", text).replace("“", '"').replace("”", '"')
    assert shown.count(re.sub(r"\s", "", HOSTILE)) == 2


def test_scenario_without_agreements_is_said(full: TinyRelease, tmp_path: Path) -> None:
    empty = without_scenario(full, plan()["scenario"])
    pages = build_brief(empty, tmp_path / "brief.pdf")
    _, text = read(tmp_path / "brief.pdf")
    flowing = re.sub(r"\s+", " ", text)
    assert 2 <= pages <= 4
    assert flat(words()("headline.none")) in flowing
    assert flat(words()("rebuilt.empty")) in flowing
    assert flat(words()("contrast.empty")) in flowing
    assert flat(words()("headline")) not in flowing


def test_release_without_any_finding_still_gives_a_brief(tiny: TinyRelease, tmp_path: Path) -> None:
    bare = replace(tiny, findings={"counts": {}, "findings": [], "rules": [], "scenarios": []})
    pages = build_brief(bare, tmp_path / "brief.pdf")
    _, text = read(tmp_path / "brief.pdf")
    assert 1 <= pages <= 4
    assert text.count(flat(words()("scenario.empty"))) >= 2


def test_long_texts_are_set_smaller(full: TinyRelease, content: Content, tmp_path: Path) -> None:
    longer = copy.deepcopy(content.data)
    longer["limits"]["items"] += longer["limits"]["items"][:3]
    assert typeset(replace(content, data=longer), full.version, tmp_path / "brief.pdf") <= 4


def test_measured_reliability_replaces_not_measured(tiny: TinyRelease) -> None:
    columns = {"sample_id": "s1", "field": "kind", "alpha": 0.71, "coder_kinds": "automated; person"}
    measured = replace(tiny, frames={**tiny.frames, "reliability": pd.DataFrame([columns])})
    bare = replace(tiny, frames={**tiny.frames, "reliability": tiny.frames["reliability"].iloc[:0]})
    shown, before = ([flat(item) for item in brief_content(one).data["limits"]["items"]] for one in (measured, bare))
    assert any("automated reader, person" in text and "0.71" in text for text in shown)
    assert not any("not measured yet" in text for text in shown)
    assert any("not measured yet" in text for text in before)


def test_missing_typst_names_the_extra(tiny: TinyRelease, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(MissingExtraError, match=r"Setting the brief.*citywatch\[publish\]"):
        build_brief(tiny, tmp_path / "brief.pdf")


def test_quoted_text_hands_its_numbers_to_the_ledger() -> None:
    ledger = Ledger()
    pieces = ledger.quote("finding.method", 'the "95\u00a0%" range 0.9–1.5 of 4,000 draws isn\'t fixed')
    assert ledger.numbers == [("finding.method", text) for text in ("95\u00a0%", "0.9–1.5", "4,000")]
    assert flat(pieces) == "the “95\u00a0%” range 0.9–1.5 of 4,000 draws isn’t fixed"


def test_messages_read_values_as_text() -> None:
    said = Words({"a": "**{name}** and *more*", "b": "**open"})
    assert said("a", name="*x* {y}") == [{"b": [{"t": "*x* {y}"}]}, {"t": " and "}, {"i": [{"t": "more"}]}]
    with pytest.raises(VocabularyError, match="name"):
        said("a")
    with pytest.raises(VocabularyError, match="no end"):
        said("b")


def test_fonts_come_with_their_licence() -> None:
    fonts = FOLDER / "fonts"
    names = {path.name for path in fonts.iterdir()}
    assert {"OFL-source-sans-3.txt", "OFL-source-serif-4.txt"} <= names
    assert sum(len(path.read_bytes()) for path in fonts.iterdir()) < 3_000_000
