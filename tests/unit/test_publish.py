"""The site from a tiny release: every page, its links, its numbers, hostile text, and the same bytes twice."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml
from publish_release import HOSTILE_URL, TinyRelease, tiny_release

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
    for name in ("index", "methods", "about", "codebook", "data", "404"):
        assert f"{name}.html" in pages
    for folder in ("agreements", "countries", "vendors", "findings", "claims"):
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


def test_every_number_of_home_and_findings_is_tagged(pages: dict[str, Read]) -> None:
    for path, page in pages.items():
        if path == "index.html" or path.startswith("findings/"):
            assert untagged(page) == [], path


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
