"""Pictures of the main pages for ``docs/img``: ``python tools/screenshots.py SITE [OUT]``.

SITE is a built site. Needs Debian's chromium and the development tools; asks no other host.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PAGES = {
    "home": "index.html",
    "agreements": "agreements/index.html",
    "agreement": "agreements/ken-nairobi-mombasa-huawei-2014.html",
    "findings": "findings/brief-2019-freedom.html",
    "country": "countries/kenya.html",
}
WIDTHS = (375, 1280)
ALSO_DARK = ("home",)
TALLEST = {"home": 4000}
USUAL = 2200


def main(site: Path, out: Path, pages: dict[str, str] | None = None) -> None:
    """Take every picture."""
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for name, path in (pages or PAGES).items():
            for width in WIDTHS:
                for scheme in ("light", "dark") if name in ALSO_DARK else ("light",):
                    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
                    page.goto((site / path).absolute().as_uri())
                    page.evaluate("document.fonts.ready")
                    height = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST.get(name, USUAL))
                    page.set_viewport_size({"width": width, "height": height})
                    page.screenshot(path=str(out / f"{name}-{width}-{scheme}.png"))
                    page.close()
        browser.close()


if __name__ == "__main__":
    extra = dict(item.split("=") for item in sys.argv[3:])
    main(Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else "docs/img"), extra or None)
