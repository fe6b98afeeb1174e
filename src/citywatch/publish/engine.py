"""The template engine: what every template may call, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup, escape

from citywatch.publish.figures import NBSP, count_of, file_size, num, whole
from citywatch.publish.settings import FOLDER, settings
from citywatch.publish.views.cases import case_files
from citywatch.publish.views.claims import line_of
from citywatch.publish.views.coverage import has_coverage, word_label
from citywatch.publish.views.methods import method_names
from citywatch.publish.views.reliability import is_measured
from citywatch.publish.views.text import host, safe_url, sentence
from citywatch.uncertainty import percent, plain, points, times

if TYPE_CHECKING:
    from citywatch.publish.views.book import Book
    from citywatch.publish.views.rows import Page

MOST_ROWS = 500
"""Rows of a table of agreements on the page of a country or vendor."""

SINGLE = ("methods", "codebook", "data", "about")
"""Menu entries that are one page; the others are folders."""


def environment(book: Book) -> jinja2.Environment:
    """The engine with the functions of the templates."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(str(FOLDER / "templates")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    made.globals.update(_functions(book))
    made.globals.update(_drawn_once(book, made))
    return made


def render(made: jinja2.Environment, page: Page) -> str:
    """The text of one page."""
    return made.get_template(page.template).render(page.context, page=page, root=page.root)


def menu_href(name: str) -> str:
    """Page of a menu entry, from the root of the site."""
    return f"{name}.html" if name in SINGLE else f"{name}/index.html"


def _functions(book: Book) -> dict[str, Any]:
    t, dates = book.t, book.dates
    return {
        "t": t,
        "has": t.__contains__,
        "num": num,
        "version": book.release.version,
        "most_rows": MOST_ROWS,
        "menu_items": settings()["menu"],
        "menu_href": menu_href,
        "date": dates.tag,
        "long_date": dates.long,
        "level": _level(book),
        "published_year": str(book.findings.get("published_source", {}).get("as_of", ""))[:4],
        "source_title": book.findings.get("published_source", {}).get("title", ""),
        "label": book.label,
        "percent": percent,
        "whole": whole,
        "points": points,
        "times": times,
        "two": lambda value: plain(value, 2),
        "short": lambda value: f"{value:g}",
        "range_text": lambda interval: f"{range_bare(interval)}{NBSP}%",
        "range_bare": range_bare,
        "times_text": lambda interval: f"{times(interval['low'])}–{times(interval['high'])}",
        "lean": lean,
        "of": lambda unit: t(f"of.{unit}"),
        "unit_noun": lambda unit: t(f"unit_noun.{unit}"),
        "count_of": lambda name: count_of(book.counts, name),
        "bold": lambda text: Markup("<b>{}</b>").format(text),
        "link": lambda href, text: Markup('<a href="{}">{}</a>').format(href, text),
        "language": lambda code: t(f"lang.{code}") if f"lang.{code}" in t else escape(code or t("absent.language")),
        "country_name": book.country_name,
        "has_coverage": has_coverage(book),
        "has_cases": bool(case_files()),
        "method_pages": method_names(),
        "is_measured": is_measured(book),
        "verdict_line": lambda claim: line_of(book, claim),
        "word_label": lambda name, word: word_label(book, name, word),
        "file_size": file_size,
        "rows_csv": _rows_csv(book),
        "safe_url": safe_url,
        "host": host,
        "sentence": sentence,
    }


def _drawn_once(book: Book, made: jinja2.Environment) -> dict[str, Any]:
    """Small marks and menus that repeat thousands of times: each is drawn once and kept."""

    @cache
    def marks() -> Any:
        return made.get_template("marks.html.j2").module

    @cache
    def confidence(word: str, form: str = "") -> Markup:
        return Markup(marks().confidence(word, book.t(f"confidence.{form}{word}")))  # noqa: S704 - from our template

    @cache
    def status(word: str) -> Markup:
        return Markup(marks().status(word, book.label("status", word)))  # noqa: S704 - from our template

    @cache
    def group_mark(group: str) -> Markup:
        return Markup(marks().group_mark(group))  # noqa: S704 - from our template

    @cache
    def menu_of(root: str, section: str, path: str) -> Markup:
        return Markup(made.get_template("menu.html.j2").render(root=root, section=section, path=path))  # noqa: S704 - from our template

    def menu_for(page: Page) -> Markup:
        return menu_of(page.root, page.section, page.path if page.path == menu_href(page.section) else "")

    return {
        "confidence": confidence,
        "status": status,
        "group_mark": group_mark,
        "draw_group": group_mark,
        "menu": menu_for,
    }


def _rows_csv(book: Book) -> str:
    """File of all agreements, from the root of the site; the page of all files where the release has no such file."""
    paths = (str(file["path"]) for file in book.release.files)
    return next((f"data/{path}" for path in paths if path.rpartition("/")[2] == "agreements.csv"), "data.html")


def _level(book: Book) -> Markup:
    """Level of the intervals, as the first share of the release states it."""
    for finding in book.findings.get("findings", ()):
        for share in finding["shares"]:
            return num(f"{share['key']}.level", percent(100 * share["interval"]["level"]))
    return Markup("")


def range_bare(interval: Mapping[str, float]) -> str:
    """``27–58`` from an interval in percent."""
    return f"{plain(interval['low'])}–{plain(interval['high'])}"


def lean(share: Mapping[str, Any]) -> Markup:
    """The lean in words as a sentence, tagged with the share."""
    text = str(share["lean_text"])
    return num(share["key"], f"{text[:1].upper()}{text[1:]}.")
