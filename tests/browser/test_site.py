"""The site of the embedded release in a real browser: axe, keyboard, phone width, no scripts, no other host.

Needs Debian's chromium; without it the tests skip with one line, and fail where ``CI=true``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from citywatch import claims, findings, indicators, publish, registry
from citywatch.cli.verify import verify_registry
from citywatch.registry.store import descriptor_head
from citywatch.release import Inputs, Release, freeze

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
ROWS = 12
"""Rows of a table that axe looks at; the rest repeat them."""

SHORTEN = """(most) => {
  document.querySelectorAll('details').forEach((one) => { one.open = true });
  document.querySelectorAll('tbody').forEach((body) => { [...body.rows].slice(most).forEach((row) => row.remove()) });
  document.querySelectorAll('.vocab').forEach((one, at) => { if (at >= most) one.remove() });
  document.querySelectorAll('.mapfig a[tabindex]').forEach((one, at) => { if (at >= most) one.remove() });
}"""
AXE: dict[str, dict[str, Any]] = {
    "light": {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "dark": {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}},
}
"""The dark scheme changes colours only."""
PAGES = (
    "index.html",
    "agreements/index.html",
    "agreements/ken-nairobi-mombasa-huawei-2014.html",
    "countries/index.html",
    "countries/kenya.html",
    "countries/switzerland.html",
    "vendors/index.html",
    "vendors/huawei.html",
    "findings/index.html",
    "findings/brief-2019-freedom.html",
    "findings/current-kind.html",
    "findings/trend-adoption.html",
    "findings/trend-stages.html",
    "findings/trend-vendors.html",
    "findings/trend-concentration-vendors.html",
    "findings/undercount-huawei-2022.html",
    "methods/capture-recapture.html",
    "claims/index.html",
    "claims/hw-xx-violent.html",
    "claims/hw-ken-46-site.html",
    "claims/ecu911-homicide.html",
    "claims/worked-cases.html",
    "cases/index.html",
    "cases/ken-nairobi-mombasa.html",
    "coverage.html",
    "methods.html",
    "codebook.html",
    "data.html",
    "about.html",
    "404.html",
)
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the embedded release."""
    data, known = registry.load(), indicators.load_indicators()
    folder = tmp_path_factory.mktemp("release")
    checked = verify_registry(data)
    inputs = Inputs(
        data.version(),
        {**data.frames(), **known.frames(), claims.VERDICTS.name: checked.frame()},
        (*registry.TABLES, claims.VERDICTS, *indicators.TABLES),
        ("agreements",),
        findings.all_findings(data, known),
        descriptor_head(data.version()),
        {"verify.json": claims.to_json(checked)},
    )
    freeze(inputs, folder)
    out = tmp_path_factory.mktemp("site")
    publish.build_site(Release.open(folder), out)
    return out


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One browser for all tests."""
    if not CHROMIUM.exists():
        reason = "chromium is not installed: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as tools:
        opened = tools.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield opened
        opened.close()


def address(site: Path, path: str) -> str:
    return (site / path).as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_axe_finds_nothing(browser: Any, site: Path, width: int, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    axe = Axe()
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    found: dict[str, list[str]] = {}
    for path in PAGES:
        page.goto(address(site, path))
        page.evaluate(SHORTEN, ROWS)
        result = axe.run(page, options=AXE[scheme])
        if result.violations_count:
            found[path] = [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in result.response["violations"]]
    context.close()
    assert found == {}


def test_nothing_is_wider_than_a_phone(browser: Any, site: Path) -> None:
    page = browser.new_page(viewport={"width": 375, "height": 800})
    for path in PAGES:
        page.goto(address(site, path))
        assert page.evaluate("document.documentElement.scrollWidth") <= 375, path
    page.close()


def test_console_is_silent_and_no_other_host_is_asked(browser: Any, site: Path) -> None:
    page = browser.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    for path in PAGES:
        page.goto(address(site, path))
    page.close()
    assert said == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


def test_fonts_and_style_are_loaded(browser: Any, site: Path) -> None:
    page = browser.new_page()
    page.goto(address(site, "agreements/ken-nairobi-mombasa-huawei-2014.html"))
    page.evaluate("document.fonts.ready")
    assert page.evaluate("document.fonts.check('18px \"Source Serif 4 Variable\"')")
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily").startswith('"Source Serif 4')
    page.close()


def test_keyboard_reaches_content_menu_and_filters(browser: Any, site: Path) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(address(site, "agreements/index.html"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reached = []
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))
    assert "Findings" in reached
    assert "f-g-huawei" in reached
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.close()


def test_map_costs_no_tab_stops(browser: Any, site: Path) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(address(site, "index.html"))
    assert page.evaluate("[...document.querySelectorAll('.m-wide a')].every((a) => a.tabIndex === -1)")
    page.close()


def rows(page: Any, selector: str = "#agreements-table tbody tr") -> int:
    script = "(s) => [...document.querySelectorAll(s)].filter((row) => row.offsetParent !== null).length"
    return int(page.evaluate(script, selector))


@pytest.mark.parametrize("scripts", [True, False])
def test_filters_work_with_and_without_scripts(browser: Any, site: Path, scripts: bool) -> None:
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(address(site, "agreements/index.html"))
    before = page.locator("#agreements-table tbody tr:visible").count()
    page.uncheck("#f-g-huawei")
    after = page.locator("#agreements-table tbody tr:visible").count()
    assert 0 < after < before
    assert page.locator(".tools").is_visible() is scripts
    context.close()


def test_search_and_sort(browser: Any, site: Path) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(address(site, "agreements/index.html"))
    page.fill("#find", "kenya nairobi")
    assert 0 < rows(page) < 10
    page.fill("#find", "")
    head = page.locator("#agreements-table thead th").nth(4)
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    first = page.locator("#agreements-table tbody tr").first.locator("td[data-v]").get_attribute("data-v")
    assert first == min(
        value for value in page.eval_on_selector_all("td[data-v]", "(c) => c.map((x) => x.dataset.v)") if value
    )
    page.close()


def test_map_filters_and_shades_without_scripts(browser: Any, site: Path) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(address(site, "index.html"))
    assert page.locator(".m-wide .pt.huawei").first.is_visible()
    page.uncheck("#k-huawei")
    assert not page.locator(".m-wide .pt.huawei").first.is_visible()
    page.check("#s-income")
    assert page.locator(".k-income").is_visible()
    assert not page.locator(".k-freedom").is_visible()
    context.close()


def test_countries_answer_to_other_names_and_say_when_nothing_matches(browser: Any, site: Path) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(address(site, "countries/index.html"))
    for name, shown in (("turkey", "Türkiye"), ("Ivory Coast", "Côte d'Ivoire"), ("burma", "Myanmar")):
        page.fill("#find", name)
        assert page.locator("#countries-table tbody tr:visible th").all_inner_texts() == [shown]
    empty = page.locator("[data-none]")
    assert empty.inner_text() == ""
    page.fill("#find", "no such country")
    assert empty.inner_text() == empty.get_attribute("data-none")
    page.close()


def test_menu_stays_in_place_on_a_phone(browser: Any, site: Path) -> None:
    page = browser.new_page(viewport={"width": 375, "height": 800})
    page.goto(address(site, "index.html"))
    summary = page.locator(".menu summary")
    before, heading = summary.bounding_box(), page.locator("h1").bounding_box()
    summary.click()
    assert page.locator(".menu nav a").first.is_visible()
    assert (summary.bounding_box(), page.locator("h1").bounding_box()) == (before, heading)
    page.close()
