"""Case files: one page per Markdown file, with fixed headings, numbered sources and links to the agreements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from markupsafe import Markup

from citywatch.errors import InputError
from citywatch.publish.markdown import to_html
from citywatch.publish.settings import FOLDER
from citywatch.publish.views.book import Book
from citywatch.publish.views.rows import Agreement, Page

HEADINGS = (
    "What was agreed",
    "Who decides and who oversees",
    "What it costs and who pays",
    "What was promised",
    "What the record shows",
    "Competing interests",
    "What is not known",
    "Sources",
)
"""Headings of every case, in this order."""

_IDENTIFIER = re.compile(r"<code>([a-z0-9-]+)</code>")
_REFERENCE = re.compile(r"\[(\d+)\]")
_OUTSIDE = re.compile(r'<a href="(https?://[^"]*)">')


@dataclass(frozen=True, slots=True)
class Case:
    """One case file.

    Attributes:
        slug: File name without ``.md``.
        title: First line.
        text: The rest, Markdown.
    """

    slug: str
    title: str
    text: str

    @property
    def href(self) -> str:
        """Page, from the root of the site."""
        return f"cases/{self.slug}.html"

    @property
    def headings(self) -> tuple[str, ...]:
        """Headings of the second level, in order."""
        return tuple(re.findall(r"^## (.+)$", self.text, flags=re.MULTILINE))

    @property
    def identifiers(self) -> tuple[str, ...]:
        """What stands as code: identifiers of agreements."""
        return tuple(dict.fromkeys(re.findall(r"`([a-z0-9-]+)`", self.text)))


@cache
def case_files() -> tuple[Case, ...]:
    """Every case, by file name.

    Raises:
        InputError: If a file has no title, or other headings than :data:`HEADINGS`.
    """
    folder = FOLDER / "cases"
    if not folder.is_dir():
        return ()
    names = sorted(item.name for item in folder.iterdir() if item.name.endswith(".md"))
    return tuple(parse_case(name.removesuffix(".md"), (folder / name).read_text(encoding="utf-8")) for name in names)


def parse_case(slug: str, text: str) -> Case:
    """One case from its Markdown.

    Args:
        slug: File name without ``.md``.
        text: Content of the file.

    Raises:
        InputError: If it has no title, or other headings than :data:`HEADINGS`.
    """
    first, _, rest = text.partition("\n")
    if not first.startswith("# "):
        raise InputError(f"case {slug}: expected '# title' in the first line; found {first!r}")
    case = Case(slug, first.removeprefix("# ").strip(), rest.strip() + "\n")
    if case.headings != HEADINGS:
        raise InputError(f"case {slug}: expected the headings {HEADINGS}; found {case.headings}")
    return case


def cases_by_agreement() -> dict[str, list[Case]]:
    """Cases by the agreement that they name."""
    found: dict[str, list[Case]] = {}
    for case in case_files():
        for identifier in case.identifiers:
            found.setdefault(identifier, []).append(case)
    return found


def cases_by_country(book: Book) -> dict[str, list[Case]]:
    """Cases by the country of the agreements that they name."""
    found: dict[str, list[Case]] = {}
    for case in case_files():
        for code in dict.fromkeys(one.country.iso3 for one in _agreements(book, case)):
            found.setdefault(code, []).append(case)
    return found


def pages(book: Book) -> Iterator[Page]:
    """The list, then every case."""
    known = case_files()
    if not known:
        return
    yield Page(
        "cases/index.html",
        "cases.html.j2",
        book.t("cases.title"),
        book.t("cases.description"),
        "cases",
        {"rows": [(case, _agreements(book, case)) for case in known]},
    )
    for case in known:
        yield Page(
            case.href,
            "case.html.j2",
            Markup("{}").format(case.title),
            book.t("case.description", title=case.title),
            "cases",
            {"case": case, "body": case_html(book, case), "agreements": _agreements(book, case)},
        )


def _agreements(book: Book, case: Case) -> list[Agreement]:
    return [book.agreements[one] for one in case.identifiers if one in book.agreements]


def case_html(book: Book, case: Case) -> Markup:
    """The text as HTML: identifiers link to agreements, numbers in brackets to the list of sources.

    Args:
        book: The release.
        case: The case.
    """
    head, mark, sources = to_html(case.text).rpartition("<ol>")
    head = _IDENTIFIER.sub(lambda found: _identifier(book, found[1]), head)
    head = _REFERENCE.sub(lambda found: f'<a href="#source-{found[1]}">[{found[1]}]</a>', head)
    numbers = iter(range(1, sources.count("<li>") + 1))
    sources = re.sub("<li>", lambda _: f'<li id="source-{next(numbers)}">', sources)
    whole = _OUTSIDE.sub(lambda found: f'<a href="{found[1]}" rel="noopener noreferrer">', head + mark + sources)
    return Markup(whole)  # noqa: S704 - our own text, HTML is off


def _identifier(book: Book, identifier: str) -> str:
    agreement = book.agreements.get(identifier)
    if agreement is None:
        return f"<code>{identifier}</code>"
    return f'<a href="../{agreement.href}"><code>{identifier}</code></a>'
