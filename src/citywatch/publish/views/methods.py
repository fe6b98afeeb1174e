"""How each estimate is made: one page per method, written in Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from citywatch.publish.markdown import prose
from citywatch.publish.settings import FOLDER
from citywatch.publish.views.book import Book
from citywatch.publish.views.rows import Page

METHODS = "methods"


@cache
def method_names() -> tuple[str, ...]:
    """Names of the methods that have a page, sorted."""
    folder = FOLDER / "pages" / METHODS
    return tuple(sorted(path.name.removesuffix(".md") for path in folder.iterdir() if path.name.endswith(".md")))


def pages(book: Book) -> Iterator[Page]:
    """One page for each method."""
    for name in method_names():
        title = book.t(f"method.{name}")
        yield Page(
            f"{METHODS}/{name}.html",
            "prose.html.j2",
            title,
            book.t("method.description", title=title),
            METHODS,
            {"body": prose(f"{METHODS}/{name}", book)},
        )
