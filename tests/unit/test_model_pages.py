"""Pages of drivers and curves: every number tagged, the picture from findings.json alone, and files of what is behind."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from publish_release import TinyRelease
from test_publish import Read, untagged

from citywatch import findings, indicators, registry
from citywatch.findings import models as findings_models
from citywatch.publish.curve_drawing import draw
from citywatch.publish.engine import environment, render
from citywatch.publish.messages import load_catalogue
from citywatch.publish.settings import FOLDER
from citywatch.publish.views import methods, models
from citywatch.publish.views.book import Book


@pytest.fixture(scope="module")
def release(embedded: registry.Registry, tmp_path_factory: pytest.TempPathFactory) -> TinyRelease:
    known = indicators.load_indicators()
    folder = tmp_path_factory.mktemp("release")
    found = findings.all_findings(embedded, known)
    (folder / "findings.json").write_text(json.dumps(found), encoding="utf-8")
    return TinyRelease({**embedded.frames(), **known.frames()}, folder, embedded.version(), found)


@pytest.fixture(scope="module")
def texts(release: TinyRelease) -> dict[str, str]:
    book = Book(release, load_catalogue("en"))
    made = environment(book)
    return {page.path: render(made, page) for page in models.pages(book)}


def named_methods(release: TinyRelease) -> set[str]:
    """Methods that a curve or a driver names."""
    named = {one["result"]["method_page"] for one in release.findings["curves"]}
    return named | {result["method_page"] for one in release.findings["drivers"] for result in one["results"]}


def test_there_is_a_page_for_each_and_for_every_method_named(release: TinyRelease, texts: dict[str, str]) -> None:
    named = named_methods(release)
    assert named <= set(methods.method_names())
    assert "findings/drivers-brief-2019.html" in texts
    assert "findings/curve-freedom.html" in texts


def test_methods_have_an_equation_and_a_reference(release: TinyRelease) -> None:
    for name in named_methods(release):
        text = (FOLDER / "pages" / "methods" / f"{name}.md").read_text(encoding="utf-8")
        assert "## Equation" in text
        assert "## References" in text
        assert "```" in text


def test_every_number_is_tagged(texts: dict[str, str]) -> None:
    for path, text in texts.items():
        page = Read()
        page.feed(text)
        assert untagged(page) == [], path


HEADINGS = (
    "record.counted", "record.estimate", "record.method", "record.assumes", "finding.false", "record.not_covered",
    "record.version",
)  # fmt: skip


def test_every_question_has_the_fixed_headings(release: TinyRelease, texts: dict[str, str]) -> None:
    t = load_catalogue("en")
    records = {f"findings/curve-{one['id']}.html": 1 for one in release.findings["curves"]}
    records |= {f"findings/drivers-{one['scenario']}.html": len(one["results"]) for one in release.findings["drivers"]}
    for path, count in records.items():
        text = texts[path]
        assert text.count("The finding as a record") == count, path
        for name in HEADINGS:
            assert len(re.findall(rf"<h3 [^>]*>{t(name)}</h3>", text)) == count, (path, name)
        ids = re.findall(r' id="([^"]+)"', text)
        assert len(ids) == len(set(ids)), path
        assert str(t("finding.behind")) in text or path.startswith("findings/curve")


def test_every_question_of_the_drivers_has_a_chart(release: TinyRelease, texts: dict[str, str]) -> None:
    for found in release.findings["drivers"]:
        text = texts[f"findings/drivers-{found['scenario']}.html"]
        for part in text.split('<section class="sec">')[1 : 1 + len(found["results"])]:
            assert '<line class="ci"' in part
        rivals = next(one for one in found["results"] if one["key"].endswith("rivals"))
        assert text.count('class="band"') == len(rivals["estimates"])


def paths_of(text: str) -> list[str]:
    return re.findall(r'<path class="c-(?:bars|clear|dots|on|even)" d="([^"]*)"', text)


def test_the_picture_comes_from_findings_json_alone(release: TinyRelease, texts: dict[str, str]) -> None:
    """Nothing but the file: read it again, draw, and find the same paths on the page."""
    content: dict[str, Any] = json.loads((release.folder / "findings.json").read_text(encoding="utf-8"))
    for curve in content["curves"]:
        picture = draw(curve)
        rows = [row for choice in picture.choices for row in choice.rows]
        expected = [picture.bars, *([picture.clear] if picture.clear else []), f"M0 {picture.even}H1000", picture.dots]
        expected += [row.path for row in rows if row.path]
        assert paths_of(texts[f"findings/curve-{curve['id']}.html"]) == expected
        assert picture.dots.count("M") == len(curve["lines"]["ratio"]) == picture.bars.count("M")


def test_the_picture_puts_marks_where_choices_were_made(release: TinyRelease) -> None:
    curve = release.findings["curves"][0]
    picture = draw(curve)
    count = len(curve["lines"]["ratio"])
    for choice in picture.choices:
        for at, row in enumerate(choice.rows):
            chosen = sum(at in words for words in curve["lines"]["options"][choice.id])
            widths = [float(width) for width in re.findall(r"0h([\d.]+)v1", row.path)]
            assert sum(widths) == pytest.approx(1000 * chosen / count, abs=0.1 * len(widths) + 1)


def test_files_hold_every_point_and_its_rows(release: TinyRelease) -> None:
    files = dict(models.row_files(Book(release, load_catalogue("en"))))
    for curve in release.findings["curves"]:
        points = list(csv.DictReader(io.StringIO(files[f"data/findings/curve-{curve['id']}.csv"])))
        rows = list(csv.DictReader(io.StringIO(files[f"data/findings/curve-{curve['id']}-rows.csv"])))
        assert len(points) == len(curve["lines"]["id"]) + len(curve["apart"]["id"])
        known = {row["rows_set"] for row in rows}
        assert {point["rows_set"] for point in points} == known
        assert {row["agreement_id"] for row in rows} <= set(release.table("agreements")["agreement_id"])
    estimates = list(csv.DictReader(io.StringIO(files["data/findings/drivers-brief-2019.csv"])))
    assert len(estimates) > 20


def test_a_release_without_models_has_only_the_methods(release: TinyRelease) -> None:
    bare = {name: value for name, value in release.findings.items() if name not in {"drivers", "curves"}}
    book = Book(TinyRelease(release.frames, Path(), release.version, bare), load_catalogue("en"))
    assert all(page.path.startswith("methods/") for page in models.pages(book))
    assert models.links(book) == []


def test_shipped_models_are_current(embedded: registry.Registry) -> None:
    kept = findings.stored()
    assert kept is not None
    assert kept["input_sha256"] == findings.model_hashes(embedded, indicators.load_indicators()), "make data"


def test_a_joint_test_of_other_data_is_not_shown(embedded: registry.Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    known = indicators.load_indicators()
    kept = {"joint": {"input_sha256": findings_models.joint_hashes(embedded, known), "tests": {"freedom": "a test"}}}
    monkeypatch.setattr(findings_models, "stored", lambda: kept)
    assert findings.joint_tests(embedded, known) == {"freedom": "a test"}
    frames = embedded.frames()
    other = registry.Registry.from_frames({**frames, "agreements": frames["agreements"].iloc[:-1]})
    assert findings.joint_tests(other, known) == {}
    monkeypatch.setattr(findings_models, "stored", lambda: None)
    assert findings.joint_tests(embedded, known) == {}


def test_curves_show_their_joint_test_or_how_to_make_it(release: TinyRelease, texts: dict[str, str]) -> None:
    by_id = {one["id"]: one for one in release.findings["curves"]}
    statistics = ("median_log_ratio", "share_away", "median_t")
    test = {
        "draws": 199,
        "specifications": 7,
        "observed": dict.fromkeys(statistics, 0.5),
        "p_values": {"median_log_ratio": 0.25, "share_away": 1.0, "median_t": 1 / 200},
        "monte_carlo_error": dict.fromkeys(statistics, 0.0125),
    }
    assert by_id["huawei-or-others"]["joint_test"] is None
    assert "A joint test is refused" in texts["findings/curve-huawei-or-others.html"]

    def page_with(test: dict[str, Any] | None) -> str:
        found = {**release.findings, "curves": [{**by_id["income"], "joint_test": test}]}
        book = Book(TinyRelease(release.frames, Path(), release.version, found), load_catalogue("en"))
        made = environment(book)
        return next(render(made, page) for page in models.pages(book) if page.path == "findings/curve-income.html")

    shown = page_with(test)
    assert "permuted over countries 199 times, each time for all 7 distinct" in shown
    assert "only the median t asks about the class alone" in shown
    assert "0.250" in shown
    assert "≤ 0.005" in shown
    assert "is not part of a build" in page_with(None)
