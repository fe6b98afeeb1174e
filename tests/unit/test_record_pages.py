"""Pages of findings that are records: fixed headings, tagged numbers, a chart with a table beside it."""

from __future__ import annotations

import csv
import io
from collections import Counter
from math import log, sqrt
from pathlib import Path
from typing import Any

import pytest
from publish_release import TinyRelease
from scipy.optimize import minimize_scalar
from scipy.stats import t
from test_publish import Read, untagged

from citywatch import findings, indicators, registry
from citywatch.findings import Undercount, undercount
from citywatch.publish.engine import environment, render
from citywatch.publish.messages import load_catalogue
from citywatch.publish.views import findings as finding_pages
from citywatch.publish.views import methods, records
from citywatch.publish.views.book import Book
from citywatch.publish.views.methods import method_names

HEADINGS = ("counted", "estimate", "method", "assumptions", "false", "not-covered", "version", "rows")
DOCS = Path(__file__).resolve().parents[2] / "docs" / "methods"


@pytest.fixture(scope="module")
def answers(embedded: registry.Registry) -> dict[str, Any]:
    return findings.all_findings(embedded, indicators.load_indicators())


@pytest.fixture(scope="module")
def book(embedded: registry.Registry, answers: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Book:
    frames = {**embedded.frames(), **indicators.load_indicators().frames()}
    release = TinyRelease(frames, tmp_path_factory.mktemp("release"), embedded.version(), answers)
    return Book(release, load_catalogue("en"))


def _read(text: str) -> Read:
    page = Read()
    page.feed(text)
    return page


@pytest.fixture(scope="module")
def pages(book: Book) -> dict[str, Read]:
    made = environment(book)
    shown = [*records.pages(book), *methods.pages(book), *finding_pages.pages(book)]
    return {page.path: _read(render(made, page)) for page in shown}


def _findings(pages: dict[str, Read]) -> dict[str, Read]:
    return {
        path: page for path, page in pages.items() if path.startswith("findings/") and not path.endswith("index.html")
    }


def test_every_record_has_a_page(pages: dict[str, Read]) -> None:
    for name in ("adoption", "stages", "vendors", "concentration-vendors", "concentration-financiers"):
        assert f"findings/trend-{name}.html" in pages
    assert "findings/undercount-huawei-2022.html" in pages


def test_every_finding_has_the_same_headings_in_one_order(pages: dict[str, Read]) -> None:
    for path, page in _findings(pages).items():
        ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
        assert [one for one in ids if one in HEADINGS] == list(HEADINGS), path
        assert [count for count in Counter(ids).values() if count > 1] == [], path
        assert sum(element.tag == "h1" for element in page.elements) == 1, path


def test_every_chart_has_a_name_and_a_table_beside_it(pages: dict[str, Read]) -> None:
    for path, page in _findings(pages).items():
        drawn = [
            element for element in page.elements if element.tag == "svg" and element.attributes.get("role") == "img"
        ]
        assert drawn, path
        assert all(element.attributes.get("aria-label", "").strip() for element in drawn), path
        assert any(element.tag == "table" for element in page.elements), path


def test_numbers_carry_their_key(pages: dict[str, Read]) -> None:
    for path, page in _findings(pages).items():
        assert untagged(page) == [], path


def test_links_to_methods_resolve(pages: dict[str, Read]) -> None:
    for path, page in _findings(pages).items():
        targets = {element.attributes.get("href", "") for element in page.elements if element.tag == "a"}
        linked = {one.removeprefix("../") for one in targets if "/methods/" in one}
        assert linked, path
        assert linked <= set(pages), path


def test_the_doubt_of_the_records_stands_on_the_page_of_its_headline(pages: dict[str, Read]) -> None:
    for name in ("brief-2019-freedom", "brief-2019-income", "current-region"):
        texts = " ".join(text for text, _ in pages[f"findings/{name}.html"].texts)
        assert "All doubts in" in texts
        assert "not measured" in texts
        assert "Linkage" in texts or "one agreement, or one row" in texts


def test_methods_have_equation_reference_and_a_place_in_the_documentation(pages: dict[str, Read], book: Book) -> None:
    for name in method_names():
        text = (DOCS / f"{name}.md").read_text(encoding="utf-8")
        assert "```" in text, name
        assert "## References" in text, name
        assert f"method.{name}" in book.t
        assert f"methods/{name}.html" in pages


def usable_by_hand(*, is_bounded: bool) -> dict[tuple[str, str], dict[str, tuple[float, float]]]:
    """By class and level: of each study the effect with the smallest error, and that error, from the file itself."""
    path = Path(findings.__file__).parents[1] / "data" / "registry" / "evaluations.csv"
    found: dict[tuple[str, str], dict[str, tuple[float, float]]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            is_compared = row["design"] in ("rct", "quasi_experimental") and row["is_primary"] == "yes"
            is_firm = row["error_basis"] not in ("bound", "assumed")
            if not row["log_rate_ratio"] or not is_compared or not (is_firm or is_bounded):
                continue
            group = found.setdefault((row["outcome_class"], row["level"]), {})
            effect, error = float(row["log_rate_ratio"]), float(row["standard_error"])
            if row["study_id"] not in group or error < group[row["study_id"]][1]:
                group[row["study_id"]] = effect, error
    return found


def pooled_by_hand(effects: list[float], errors: list[float]) -> dict[str, float]:
    """Random effects: the variance between studies is where the restricted likelihood is largest; Hartung-Knapp, factor at least 1."""

    def centre(tau2: float) -> tuple[list[float], float]:
        weights = [1 / (error**2 + tau2) for error in errors]
        return weights, sum(w * y for w, y in zip(weights, effects, strict=True)) / sum(weights)

    def loss(tau2: float) -> float:
        weights, mean = centre(tau2)
        squares = sum(w * (y - mean) ** 2 for w, y in zip(weights, effects, strict=True))
        return squares + log(sum(weights)) - sum(map(log, weights))

    inside = float(minimize_scalar(loss, bounds=(0, 1), method="bounded", options={"xatol": 1e-12}).x)
    tau2 = min((0.0, inside), key=loss)
    weights, mean = centre(tau2)
    df = len(effects) - 1
    factor = max(1.0, sum(w * (y - mean) ** 2 for w, y in zip(weights, effects, strict=True)) / df)
    half = float(t.ppf(0.975, df)) * sqrt(factor / sum(weights))
    return {"estimate": mean, "tau2": tau2, "low": mean - half, "high": mean + half}


def test_findings_json_holds_the_pooled_effects_of_the_table(answers: dict[str, Any]) -> None:
    found = {(one["bounded"], one["outcome_class"], one["level"]): one for one in answers["published_effects"]}
    hand = {
        (is_bounded, *key): one
        for is_bounded in (False, True)
        for key, one in usable_by_hand(is_bounded=is_bounded).items()
    }
    assert list(found) == sorted(hand)
    assert len(found) == len(answers["published_effects"])
    for key, studies in hand.items():
        pooled = found[key]["pooled"]
        if len(studies) < 2:
            assert pooled is None
            assert "at least 2 independent studies" in found[key]["refused"]
            continue
        expected = pooled_by_hand([effect for effect, _ in studies.values()], [error for _, error in studies.values()])
        shown = {name: pooled[name] for name in ("estimate", "tau2")} | {
            name: pooled["interval"][name] for name in ("low", "high")
        }
        assert shown == pytest.approx(expected, rel=1e-4, abs=1e-6), key
        assert pooled["studies"] == len(studies)
    three = found[True, "violent", "area"]["pooled"]
    assert (three["studies"], round(three["estimate"], 4)) == (3, -0.0377)


def test_findings_json_holds_every_field_of_a_record(answers: dict[str, Any]) -> None:
    found = answers["trends"]
    made = [one["record"] for one in answers["undercount"] + answers["doubt"] + found["concentration"]]
    made += [found[name]["record"] for name in ("adoption", "stages", "vendors")]
    keys = [one["key"] for one in made]
    assert len(set(keys)) == len(keys)
    for one in made:
        for field in (
            "question",
            "answer",
            "definition",
            "unit",
            "method",
            "not_covered",
            "data_version",
            "code_version",
        ):
            assert one[field], (one["key"], field)
        assert "{" not in one["answer"] + one["question"] + one["definition"] + one["method"]
        assert one["assumptions"]
        assert one["would_be_false_if"]
        assert one["method_page"] in method_names()
        assert (one["estimate"] is None and not one["estimates"]) == bool(one["refused"])
        assert list(one["ids"]) == sorted(set(one["ids"]))
    for one in answers["findings"]:
        assert one["data_version"] == answers["data_version"]
        assert one["code_version"] == answers["code_version"]
        assert not one["headline"] or one["headline"] in {share["key"] for share in one["shares"]}


def test_rows_behind_a_record_are_a_file(book: Book) -> None:
    files = dict(records.row_files(book))
    for one in records.records(book):
        rows = list(csv.DictReader(io.StringIO(files[one.csv])))
        assert len(rows) == len(one.record["ids"])
        assert {row["agreement_id"] for row in rows} == set(one.record["ids"])


def test_models_are_drawn_where_there_are_enough_lists(
    book: Book, embedded: registry.Registry, answers: dict[str, Any], tmp_path: Path
) -> None:
    known = indicators.load_indicators()
    held = [country for cell in undercount(embedded, known).cells for country in cell.countries][::2]
    path = tmp_path / "press.csv"
    path.write_text("country_iso3\n" + "\n".join([*held, "FJI", "ISL"]) + "\n", encoding="utf-8")
    three: Undercount = undercount(embedded, known, own={"press": path})
    none = {**three.to_dict(), "bound": None, "bound_refused": "no <b>overlap</b>", "models": None, "dependence": []}
    none["record"] = {**none["record"], "key": "undercount.none", "estimate": None, "refused": "too few"}
    shown = {**answers, "undercount": [three.to_dict(), none], "trends": None, "doubt": []}
    release = TinyRelease(book.release.frames, tmp_path, embedded.version(), shown)  # type: ignore[attr-defined]
    other = Book(release, load_catalogue("en"))
    made = environment(other)
    first, second = (render(made, page) for page in records.pages(other))
    assert "Averaged models" in first
    assert "no &lt;b&gt;overlap" in second
    assert "No estimate: too few" in second


def test_a_release_without_records_has_no_page_of_them(book: Book, answers: dict[str, Any], tmp_path: Path) -> None:
    bare = {name: value for name, value in answers.items() if name not in {"undercount", "trends", "doubt"}}
    release = TinyRelease(book.release.frames, tmp_path, "2026-11-24", bare)  # type: ignore[attr-defined]
    other = Book(release, load_catalogue("en"))
    assert list(records.pages(other)) == []
    assert list(records.row_files(other)) == []
