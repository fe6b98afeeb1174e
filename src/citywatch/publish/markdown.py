"""The site's prose: Markdown with numbers filled in from the release, never typed.

``{{count.agreements}}`` in the text becomes the tagged count; ``{{release.version}}`` the version; ``{{text.coder_doubt}}``
and ``{{rows.no_limb}}`` what the tables give.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from markupsafe import Markup, escape
from mdit_py_plugins.anchors import anchors_plugin

from citywatch.errors import VocabularyError
from citywatch.publish.figures import count_of, num
from citywatch.publish.settings import FOLDER
from citywatch.publish.views.reliability import coder_doubt

if TYPE_CHECKING:
    from citywatch.publish.views.book import Book

_TAG = re.compile(r"\{\{\s*([a-z0-9_.-]+)\s*\}\}")


@cache
def _parser() -> MarkdownIt:
    return (
        MarkdownIt("commonmark", {"html": False, "typographer": True}).enable("table").use(anchors_plugin, max_level=3)
    )


def to_html(text: str) -> str:
    """Markdown as HTML; HTML in the text stays text.

    Args:
        text: Markdown.
    """
    return str(_parser().render(text))


def prose(name: str, book: Book) -> Markup:
    """One text of ``data/publish/pages`` as HTML.

    Args:
        name: File name without ``.md``.
        book: Supplies the numbers.

    Raises:
        VocabularyError: If the text asks for a number that the release does not carry.
    """
    text = (FOLDER / "pages" / f"{name}.md").read_text(encoding="utf-8")
    html = to_html(text)
    return Markup(_TAG.sub(lambda match: str(_number(match[1], book)), html))  # noqa: S704 - our own text, HTML is off


def _number(key: str, book: Book) -> Markup:
    kind, _, name = key.partition(".")
    if key == "release.version":
        return num(key, escape(book.release.version))
    if key == "text.coder_doubt":
        return coder_doubt(book)
    if key == "rows.no_limb":
        return num("agreements.no_limb", sum(not one.record["admitted_by"] for one in book.agreements.values()))
    if kind == "count" and name in book.counts:
        return count_of(book.counts, name)
    raise VocabularyError(
        f"number {key!r} in the site's prose: the release has no such count; there are {', '.join(book.counts)}"
    )
