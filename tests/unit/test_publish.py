"""The site from a tiny release: every page, its links, its numbers, hostile text, and the same bytes twice."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pytest
import yaml
from publish_release import HOSTILE_URL, KEPT, TinyRelease, tiny_release

from citywatch import publish, registry
from citywatch.errors import VocabularyError
from citywatch.publish.figures import file_size, is_known
from citywatch.publish.marks import YearAxis, band_path, line_path, runs, stacked, strip
from citywatch.publish.messages import Catalogue, load_catalogue

DATA = Path(str(files("citywatch"))) / "data" / "publish"
VOID = {"meta", "link", "br", "input", "img", "hr", "col", "path", "circle", "rect", "line", "use"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]


@dataclass
class Read(HTMLParser):
    """Elements and texts of a page, each text with the elements around it."""

    elements: list[Element] = field(default_factory=list)
    texts: list[tuple[str, tuple[Element, ...]]] = field(default_factory=list)
    stack: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in VOID:
            self.stack.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            while self.stack and self.stack.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((data, tuple(self.stack)))


def read(path: Path) -> Read:
    page = Read()
    page.feed(path.read_text(encoding="utf-8"))
    return page


@pytest.fixture(scope="module")
def release(embedded: registry.Registry, tmp_path_factory: pytest.TempPathFactory) -> TinyRelease:
    return tiny_release(embedded, tmp_path_factory.mktemp("release"))


@pytest.fixture(scope="module")
def site(release: TinyRelease, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    publish.build_site(release, out)
    return out


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Read]:
    return {path.relative_to(site).as_posix(): read(path) for path in sorted(site.rglob("*.html"))}


def test_every_kind_of_page_is_there(pages: dict[str, Read]) -> None:
    for name in ("index", "methods", "about", "codebook", "coverage", "data", "404"):
        assert f"{name}.html" in pages
    for folder in ("agreements", "countries", "vendors", "findings", "claims", "cases"):
        assert f"{folder}/index.html" in pages
        assert sum(path.startswith(f"{folder}/") for path in pages) > 1
    assert "findings/brief-2019-freedom.html" in pages
    assert "countries/switzerland.html" in pages, "a country without agreements has a page"


def test_pages_have_one_heading_a_language_and_a_policy(pages: dict[str, Read]) -> None:
    for path, page in pages.items():
        tags = [element.tag for element in page.elements]
        assert tags.count("h1") == 1, path
        assert tags.count("main") == 1, path
        levels = [int(tag[1]) for tag in tags if re.fullmatch(r"h[1-6]", tag)]
        assert all(after - before <= 1 for before, after in pairwise(levels)), (path, levels)
        html = next(element for element in page.elements if element.tag == "html")
        assert html.attributes["lang"] == "en"
        policy = next(e.attributes["content"] for e in page.elements if e.attributes.get("http-equiv"))
        assert policy.startswith("default-src 'none'")
        assert not any("style" in e.attributes or e.tag == "style" for e in page.elements), path
        assert not any(name.startswith("on") for e in page.elements for name in e.attributes), path


def test_ids_are_unique(pages: dict[str, Read]) -> None:
    for path, page in pages.items():
        ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
        assert len(ids) == len(set(ids)), path


def _links(page: Read) -> Iterator[str]:
    for element in page.elements:
        for name in ("href", "src"):
            if name in element.attributes:
                yield element.attributes[name]


def test_links_resolve(site: Path, pages: dict[str, Read]) -> None:
    for path, page in pages.items():
        for link in _links(page):
            if link.startswith(("http://", "https://")):
                continue
            assert not link.startswith("/"), (path, link)
            target, _, fragment = link.partition("#")
            found = (site / path).parent / unquote(target) if target else site / path
            assert found.is_file(), (path, link)
            if fragment:
                other = pages[found.resolve().relative_to(site.resolve()).as_posix()] if target else page
                assert any(e.attributes.get("id") == fragment for e in other.elements), (path, link)


def test_outside_links_give_nothing_away(pages: dict[str, Read]) -> None:
    for path, page in pages.items():
        for element in page.elements:
            if element.tag == "a" and element.attributes.get("href", "").startswith("http"):
                assert element.attributes.get("rel") == "noopener noreferrer", (path, element)


def test_hostile_text_is_only_text(pages: dict[str, Read], site: Path) -> None:
    allowed = {"table.js"}
    for path, page in pages.items():
        for element in page.elements:
            if element.tag == "script":
                assert element.attributes["src"].rsplit("/", 1)[-1] in allowed, path
            assert "onmouseover" not in element.attributes, path
        assert not any(link.startswith("javascript") for link in _links(page)), path
    shown = (site / "agreements" / "ken-nairobi-mombasa-huawei-2014.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;" in shown
    assert HOSTILE_URL not in shown


def untagged(page: Read) -> list[str]:
    """Texts with a digit that carry no key."""
    return [
        text.strip()
        for text, around in page.texts
        if re.search(r"\d", text)
        and not any("data-f" in element.attributes for element in around)
        and not any(element.tag in {"title", "desc"} for element in around)
    ]


def test_every_number_of_home_findings_and_claims_is_tagged(pages: dict[str, Read]) -> None:
    for path, page in pages.items():
        if path in {"index.html", "coverage.html"} or path.startswith(("findings/", "claims/")):
            assert untagged(page) == [], path


def text_of(page: Read) -> str:
    return " ".join(" ".join(text for text, _ in page.texts).split())


def test_coverage_is_linked_and_needs_its_numbers(release: TinyRelease, pages: dict[str, Read], tmp_path: Path) -> None:
    for path in ("index.html", "about.html", "methods.html", "countries/kenya.html"):
        assert any(link.partition("#")[0].endswith("coverage.html") for link in _links(pages[path])), path
    bare = replace(release, findings={**release.findings, "coverage": {}})
    publish.build_site(bare, tmp_path)
    assert not (tmp_path / "coverage.html").exists()
    assert not any(link.endswith("coverage.html") for link in _links(read(tmp_path / "index.html")))


def test_agreements_show_what_each_source_says(release: TinyRelease, pages: dict[str, Read]) -> None:
    page = pages["agreements/ken-konza-huawei-2019.html"]
    evidence = release.table("evidence")
    said = evidence[(evidence["agreement_id"] == "ken-konza-huawei-2019") & (evidence["said"] != "")]
    shown = text_of(page)
    for text in said.loc[said["field"].isin(["place", "vendors", "kind"]), "said"]:
        assert " ".join(text[1:].split()) in shown, text
    assert ("read again" in shown) == bool((said["checked_on"] != "").any())


def test_parts_and_other_values_are_shown_as_such(release: TinyRelease, tmp_path: Path) -> None:
    evidence = release.table("evidence").copy()
    rows = evidence.index[(evidence["agreement_id"] == KEPT[0]) & (evidence["field"] == "status")]
    evidence.loc[rows[:1], ["relation", "is_chosen", "value", "said", "choice_reason"]] = [
        "other", "no", "cancelled", "it was called off", "one report"
    ]  # fmt: skip
    frames = {**release.frames, "evidence": evidence}
    publish.build_site(replace(release, frames=frames), tmp_path)
    shown = text_of(read(tmp_path / "agreements" / f"{KEPT[0]}.html"))
    assert "Another source says: Ended" in shown
    assert "It was called off." in shown
    assert "The value above was chosen because: one report." in shown


def test_countries_show_law_and_oversight(release: TinyRelease, pages: dict[str, Read]) -> None:
    shown = text_of(pages["countries/kenya.html"])
    known = release.table("institutions")
    for text in known.loc[known["country_iso3"] == "KEN", "said"]:
        assert " ".join(text.split()) in shown
    assert "Law and oversight" not in text_of(pages["countries/switzerland.html"])


MEASURED = {
    "sample_id": "s1", "field": "kind", "level": "nominal", "units": 58, "coders": 2, "not_comparable": 2,
    "agreement_pct": 91.4, "agreement_low": 84.0, "agreement_high": 98.0, "alpha": 0.71, "alpha_low": 0.5,
    "alpha_high": 0.9, "ac1": float("nan"), "ac1_low": float("nan"), "ac1_high": float("nan"), "checked": 50,
    "differ": 2, "contradicted": 1, "contradicted_pct": 2.0, "contradicted_low": 0.4, "contradicted_high": 10.5,
    "coder_kinds": "automated", "note": "",
}  # fmt: skip


@pytest.mark.parametrize("is_measured", [True, False])
def test_reliability_shows_where_the_field_is_explained(
    release: TinyRelease, tmp_path: Path, is_measured: bool
) -> None:
    rows = pd.DataFrame([MEASURED] if is_measured else [], columns=list(MEASURED))
    publish.build_site(replace(release, frames={**release.frames, "reliability": rows}), tmp_path)
    codebook, coverage, one = (
        text_of(read(tmp_path / path)) for path in ("codebook.html", "coverage.html", f"agreements/{KEPT[0]}.html")
    )
    for shown in (codebook, coverage):
        assert ("0.71 (0.50–0.90)" in shown) is is_measured
        assert ("undefined" in shown.partition("Equal answers")[2]) is is_measured
    assert "not measured yet" in codebook, "other coded fields"
    assert ("not measured yet" in coverage) is not is_measured
    assert ("Coder and linkage doubt: not measured." in one) is not is_measured
    methods = text_of(read(tmp_path / "methods.html"))
    assert ("Up to 58 agreements can be compared, on 1 fields" in methods) is is_measured
    assert ("is not measured yet. No interval" in methods) is not is_measured


def test_rows_behind_a_finding_are_a_file(release: TinyRelease, site: Path, pages: dict[str, Read]) -> None:
    links = list(_links(pages["findings/brief-2019-kind.html"]))
    assert links.count("../data/findings/brief-2019-kind.csv") == 2
    with (site / "data/findings/brief-2019-kind.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert any(row["class"] for row in rows)
    assert len(rows) == len(release.table("agreements"))
    assert all((site / row["page"]).is_file() for row in rows)
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_a_row_in_no_class_is_listed_and_formulas_are_escaped(release: TinyRelease, tmp_path: Path) -> None:
    agreements = release.table("agreements").copy()
    agreements.loc[agreements["agreement_id"] == KEPT[1], "place"] = "=1+1"
    known = [{**one, "shares": [dict(share) for share in one["shares"]]} for one in release.findings["findings"]]
    for share in next(one for one in known if one["dimension"] == "kind")["shares"]:
        share["ids"] = [name for name in share["ids"] if name != KEPT[1]]
    harmed = replace(
        release,
        frames={**release.frames, "agreements": agreements},
        findings={**release.findings, "findings": known},
    )
    publish.build_site(harmed, tmp_path)
    text = (tmp_path / "data/findings/brief-2019-kind.csv").read_text(encoding="utf-8")
    row = next(row for row in csv.DictReader(text.splitlines()) if row["agreement_id"] == KEPT[1])
    assert (row["place"], row["class"]) == ("'=1+1", "")
    assert "in no class" in text_of(read(tmp_path / "findings/brief-2019-kind.html"))


def test_base_rates_with_home_and_worst_cases_are_shown(pages: dict[str, Read]) -> None:
    shown = text_of(pages["findings/brief-2019-freedom.html"])
    assert "With China left in, the base rate of" in shown
    assert "With China" not in text_of(pages["findings/brief-2019-kind.html"]), "no base rate"
    assert "40–53" in shown
    assert "40–53" in text_of(pages["index.html"])


def test_a_question_that_its_scenario_answers_has_no_page(release: TinyRelease, tmp_path: Path) -> None:
    fixed = {**release.findings["findings"][3], "dimension": "vendor"}
    found = {**release.findings, "findings": [*release.findings["findings"], fixed]}
    publish.build_site(replace(release, findings=found), tmp_path)
    assert not (tmp_path / "findings/brief-2019-vendor.html").exists()


def test_contrasts_show_effort_and_base(pages: dict[str, Read]) -> None:
    shown = text_of(pages["findings/index.html"])
    assert "342 searches, 10 pages read" in shown
    assert "counts in the first of them" in shown
    assert "Base rate: 24 % of countries, 49 % of people" in shown


def test_corrections_are_shown_on_the_record(release: TinyRelease, tmp_path: Path) -> None:
    source = release.table("sources")["source_id"].iloc[0]
    rows = pd.DataFrame([
        {"agreement_id": KEPT[1], "field": "status", "old": "signed", "new": "operational", "source_id": source,
         "reason": "the centre opened", "corrected_on": "2026-11-24"},
        {"agreement_id": KEPT[1], "field": "cameras", "old": "", "new": "", "source_id": source,
         "reason": "nobody said so", "corrected_on": ""},
    ])  # fmt: skip
    publish.build_site(replace(release, frames={**release.frames, "corrections": rows}), tmp_path)
    shown = text_of(read(tmp_path / "agreements" / f"{KEPT[1]}.html"))
    assert "History of this record" in shown
    assert "Signed changed to Operational The centre opened. Changed on 24 Nov 2026" in shown
    assert "no value changed to withdrawn Nobody said so. Changed before the first release." in shown
    assert "History of this record" not in text_of(read(tmp_path / "agreements" / f"{KEPT[2]}.html"))


def test_circular_rows_are_told_where_they_are_counted(release: TinyRelease, tmp_path: Path) -> None:
    agreements = release.table("agreements").copy()
    agreements.loc[agreements["agreement_id"] == KEPT[1], "is_circular"] = "yes"
    counts = {**release.findings["counts"], "agreements_circular": {"key": "count.agreements_circular", "value": 1}}
    publish.build_site(
        replace(
            release,
            frames={**release.frames, "agreements": agreements},
            findings={**release.findings, "counts": counts},
        ),
        tmp_path,
    )
    for path, words in (("vendors/huawei.html", "marked as circular"), ("index.html", "never counted in a finding")):
        assert words in text_of(read(tmp_path / path)), path


def test_countries_are_found_by_other_names(pages: dict[str, Read]) -> None:
    names = [e.attributes.get("data-find", "") for e in pages["countries/index.html"].elements if e.tag == "tr"]
    assert any("Kenyan" in name for name in names)
    assert any(
        e.attributes.get("data-none") and e.attributes["aria-live"] == "polite"
        for e in pages["countries/index.html"].elements
    )


def test_cases_link_agreements_and_sources(pages: dict[str, Read]) -> None:
    links = list(_links(pages["cases/ken-nairobi-mombasa.html"]))
    assert "../agreements/ken-nairobi-mombasa-huawei-2014.html" in links
    assert "#source-1" in links
    assert "../cases/ken-nairobi-mombasa.html" in _links(pages["agreements/ken-nairobi-mombasa-huawei-2014.html"])
    assert "../cases/ken-nairobi-mombasa.html" in _links(pages["countries/kenya.html"])


def test_an_untagged_number_is_seen() -> None:
    page = Read()
    page.feed('<p>42 % of <b data-f="x">64</b></p>')
    assert untagged(page) == ["42 % of"]


def test_same_release_same_bytes(release: TinyRelease, site: Path, tmp_path: Path) -> None:
    publish.build_site(release, tmp_path)
    first = {path.relative_to(site): path.read_bytes() for path in site.rglob("*") if path.is_file()}
    again = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert first == again
    assert not any(str(tmp_path).encode() in raw or str(site).encode() in raw for raw in again.values())


def test_progress_is_told(release: TinyRelease, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    report = publish.build_site(release, tmp_path, progress=lambda *step: told.append(step))
    assert told[-1] == ("site", report.pages, report.pages)
    assert report.bytes > report.largest[1] > 0


def test_long_lists_are_split(release: TinyRelease, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("citywatch.publish.views.agreements.ROWS_PER_PAGE", 3)
    publish.build_site(release, tmp_path)
    second = read(tmp_path / "agreements" / "page-2.html")
    assert any(e.attributes.get("aria-current") == "page" for e in second.elements)
    assert sum(e.tag == "tr" for e in second.elements) == 4


# -- the style sheet and the templates ------------------------------------------------------------------------------


def test_colours_are_tokens() -> None:
    css = (DATA / "static" / "citywatch.css").read_text(encoding="utf-8")
    outside = re.sub(r":root\s*\{[^}]*\}", "", css)
    assert (
        re.findall(r"#[0-9a-fA-F]{3,8}\b(?!\s*\))|\brgba?\(|\bhsla?\(", re.sub(r"url\(#\w+\)|#[sk]-\w+", "", outside))
        == []
    )
    for path in (DATA / "templates").glob("*.j2"):
        assert re.findall(r"(?:fill|stroke|color)=\"#", path.read_text(encoding="utf-8")) == [], path.name


def test_templates_hold_no_words() -> None:
    for path in (DATA / "templates").glob("*.j2"):
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.DOTALL)
        text = re.sub(r"<[^>]*>|&\w+;", " ", text)
        assert re.findall(r"[A-Za-z]{2,}", text) == [], path.name


def test_words_in_attributes_come_from_the_catalogue() -> None:
    for path in (DATA / "templates").glob("*.j2"):
        for value in re.findall(r'(?:aria-label|title|alt|placeholder)="([^"{]+)"', path.read_text(encoding="utf-8")):
            pytest.fail(f"{path.name}: {value}")


def test_the_catalogue_holds_no_message_twice() -> None:
    text = (DATA / "messages" / "en.yml").read_text(encoding="utf-8")
    keys = re.findall(r"^([\w.+-]+):", text, flags=re.MULTILINE)
    assert len(keys) == len(set(keys)) == len(yaml.safe_load(text))


def test_script_is_small() -> None:
    assert (DATA / "static" / "table.js").stat().st_size < 5000


def test_fonts_come_with_their_licence() -> None:
    fonts = DATA / "static" / "fonts"
    assert len(list(fonts.glob("*.woff2"))) == 4
    assert len(list(fonts.glob("OFL-*.txt"))) == 2


# -- small parts ----------------------------------------------------------------------------------------------------


def test_messages_escape_values_and_choose_forms() -> None:
    t = Catalogue("en", {"a": "<{x}>", "b": {"one": "{n} row", "other": "{n} rows"}})
    assert t("a", x="<i>") == "&lt;&lt;i&gt;&gt;"
    assert (t("b", count=1, n=1), t("b", count=2, n=2)) == ("1 row", "2 rows")
    with pytest.raises(VocabularyError, match="not in the catalogue"):
        t("c")
    with pytest.raises(VocabularyError, match="needs a value"):
        t("a")
    with pytest.raises(VocabularyError, match="interface language"):
        load_catalogue("xx")


def test_strip_label_turns_at_the_middle() -> None:
    assert strip(40, 20, 60, 30).base_anchor == "start"
    assert strip(40, 20, 60, 55).base_anchor == "end"


def test_lines_break_at_a_missing_year() -> None:
    axis = YearAxis(2000, 2009)
    path = line_path(axis, [(2000, 1), (2001, 2), (2003, 3)], 7, 1)
    assert path.count("M") == 2
    assert band_path(axis, [(2000, 0, 1), (2001, 0, 1), (2003, 0, 1)], 0, 1).count("Z") == 1
    found = runs(axis, [(2000, "F"), (2001, "F"), (2003, "F")])
    assert [(run.first, run.last) for run in found] == [(2000, 2001), (2003, 2003)]


def test_stacked_parts_fill_their_share() -> None:
    assert [(bar.x, bar.width) for bar in stacked([("a", 1), ("b", 0), ("c", 3)], 8)] == [(0.0, 12.5), (12.5, 37.5)]


def test_a_missing_engine_names_its_extra() -> None:
    script = "import sys; sys.modules['jinja2'] = None; import citywatch.publish"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "MissingExtraError" in ended.stderr
    assert "pip install 'citywatch[publish]'" in ended.stderr


def test_small_figures() -> None:
    assert not is_known(float("nan"))
    assert not is_known("")
    assert is_known(0)
    assert file_size(1_500_000) == "1.5\u00a0MB"
