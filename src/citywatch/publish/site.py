"""Building the site: the list of page kinds, rendering, writing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from citywatch.publish.engine import environment, render
from citywatch.publish.messages import load_catalogue
from citywatch.publish.reading import ReleaseLike
from citywatch.publish.settings import FOLDER
from citywatch.publish.views import (
    agreements,
    cases,
    claims,
    countries,
    coverage,
    findings,
    home,
    methods,
    models,
    records,
    reference,
    vendors,
)
from citywatch.publish.views.book import Book
from citywatch.publish.views.rows import Page
from citywatch.release import Release

PAGES: tuple[Callable[[Book], Iterator[Page]], ...] = (
    home.pages,
    agreements.pages,
    countries.pages,
    vendors.pages,
    findings.pages,
    records.pages,
    models.pages,
    claims.pages,
    cases.pages,
    coverage.pages,
    reference.pages,
    methods.pages,
)
"""Every kind of page, in the order in which they are written."""

Progress = Callable[[str, int, int], None]
_PROGRESS_STEP = 100


@dataclass(frozen=True, slots=True)
class SiteReport:
    """What was written.

    Attributes:
        pages: HTML pages.
        files: Other files: style, script, fonts, data.
        bytes: Size of everything.
        largest: Path and size of the largest page.
    """

    pages: int
    files: int
    bytes: int
    largest: tuple[str, int]


def build_site(
    release: ReleaseLike,
    out: Path,
    *,
    language: str = "en",
    progress: Progress | None = None,
    helper: Executor | None = None,
) -> SiteReport:
    """Write the site of a release; the same release gives the same bytes.

    Args:
        release: The release to show.
        out: Folder to write into; must exist or be creatable. Files of the same name are replaced.
        language: Interface language.
        progress: Called with a step, what is done and what is known of the total.
        helper: Another process that renders every second page; the bytes are the same without it.

    Returns:
        Numbers of what was written.

    Raises:
        MissingExtraError: If the extra ``publish`` is not installed.
    """
    out.mkdir(parents=True, exist_ok=True)
    theirs = helper.submit(render_share, release.folder, out, language) if helper else None
    book = Book(release, load_catalogue(language))
    share = (0, 1) if theirs is None else (0, 2)
    sizes = _render(book, out, share, progress)
    sizes |= theirs.result() if theirs is not None else {}
    others = _write_static(book, out) + _copy_data(release, out) + _write_rows(book, out)
    if progress is not None:
        progress("site", len(sizes), len(sizes))
    largest = max(sizes.items(), key=lambda item: (item[1], item[0]))
    return SiteReport(len(sizes), len(others), sum(sizes.values()) + sum(others), largest)


def render_share(folder: Path, out: Path, language: str) -> dict[str, int]:
    """Render every second page, in another process.

    Args:
        folder: Folder of the release.
        out: Folder of the site.
        language: Interface language.

    Returns:
        Size by path.
    """
    return _render(Book(Release.open(folder), load_catalogue(language)), out, (1, 2), None)


def _render(book: Book, out: Path, share: tuple[int, int], progress: Progress | None) -> dict[str, int]:
    made, total = environment(book), _expected(book)
    first, step = share
    sizes: dict[str, int] = {}
    for page in islice(every_page(book), first, None, step):
        raw = render(made, page).encode("utf-8")
        _write(out / page.path, raw)
        sizes[page.path] = len(raw)
        if progress is not None and len(sizes) % _PROGRESS_STEP == 0:
            progress("site", len(sizes) * step, total)
    return sizes


def every_page(book: Book) -> Iterator[Page]:
    """All pages, made one at a time."""
    for pages in PAGES:
        yield from pages(book)


def _expected(book: Book) -> int:
    return len(book.agreements) + len(book.countries) + len(book.vendors) + len(book.claims)


def _write(path: Path, raw: bytes) -> None:
    try:
        path.write_bytes(raw)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)


def _write_static(book: Book, out: Path) -> list[int]:
    """Style, script, icon and fonts; the style sheet gets one rule per filter box."""
    sizes = []
    source = Path(str(FOLDER / "static"))
    for path in sorted(item for item in source.rglob("*") if item.is_file()):
        raw = path.read_bytes()
        if path.name == "citywatch.css":
            raw += filter_rules(book).encode()
        _write(out / "static" / path.relative_to(source), raw)
        sizes.append(len(raw))
    return sizes


def filter_rules(book: Book) -> str:
    """One rule per check box: a row goes when its box is cleared."""
    every = [*agreements.filter_options(book), *claims.filter_options(book)]
    names = [css for _, options in every for css, _ in options]
    names += ["s-found", "s-searched", "s-unseen"]
    rules = ",\n".join(f".filtered:has(#f-{name}:not(:checked)) .{name}" for name in names)
    return f"\n/* filters, written from the vocabularies */\n{rules}{{display:none}}\n"


def _write_rows(book: Book, out: Path) -> list[int]:
    """The rows behind each finding and record, one CSV per page."""
    sizes = []
    for path, text in (*findings.row_files(book), *records.row_files(book), *models.row_files(book)):
        raw = text.encode("utf-8")
        _write(out / path, raw)
        sizes.append(len(raw))
    return sizes


def _copy_data(release: ReleaseLike, out: Path) -> list[int]:
    """The files of the release, so that the site is whole by itself."""
    sizes = []
    for file in release.files:
        target = out / "data" / str(file["path"])
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(release.folder / str(file["path"]), target)
        sizes.append(int(file["bytes"]))
    return sizes
