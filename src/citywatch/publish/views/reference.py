"""Methods, about, codebook, data and the page for a wrong address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from citywatch.codebook import inclusion_rule, vocabularies
from citywatch.publish.markdown import prose
from citywatch.publish.views.book import Book
from citywatch.publish.views.reliability import ReliabilityRow, coded_fields, reliability_rows
from citywatch.publish.views.rows import Page

FILE_GROUPS = ("whole", "csv", "parquet", "other")


def pages(book: Book) -> Iterator[Page]:
    """The pages that explain the rest."""
    for name in ("methods", "about"):
        yield Page(
            f"{name}.html",
            "prose.html.j2",
            book.t(f"{name}.title"),
            book.t(f"{name}.description"),
            name,
            {"body": prose(name, book)},
        )
    yield _codebook(book)
    yield _data(book)
    yield Page("404.html", "404.html.j2", book.t("missing.h1"), book.t("missing.lead"), "", {})


def _codebook(book: Book) -> Page:
    return Page(
        "codebook.html",
        "codebook.html.j2",
        book.t("codebook.h1"),
        book.t("codebook.description"),
        "codebook",
        {
            "rule": inclusion_rule(),
            "vocabularies": list(vocabularies().items()),
            "coded": _coded(book),
            "tables": list(book.release.tables.values()),
        },
    )


def _coded(book: Book) -> dict[str, tuple[tuple[str, ...], list[ReliabilityRow]]]:
    """By vocabulary: the fields that coders code with it, and their reliability."""
    fields = {name: coded_fields(book, name) for name in vocabularies()}
    return {name: (found, reliability_rows(book, found)) for name, found in fields.items() if found}


def _data(book: Book) -> Page:
    files = [{**file, "description": _described(book, file)} for file in book.release.files]
    groups = [(name, [file for file in files if file_group(file) == name]) for name in FILE_GROUPS]
    return Page(
        "data.html",
        "data.html.j2",
        book.t("data.h1"),
        book.t("data.description"),
        "data",
        {
            "files": files,
            "file_groups": [(name, rows) for name, rows in groups if rows],
            "tables": [(table, len(book.release.table(name))) for name, table in book.release.tables.items()],
            "body": prose("open-data", book),
        },
    )


def _described(book: Book, file: Mapping[str, Any]) -> str:
    name = str(file["path"]).rpartition("/")[2].partition(".")[0]
    table = book.release.tables.get(name)
    return str(file["description"]) or (table.title if table else "")


def file_group(file: Mapping[str, Any]) -> str:
    """Which list of the data page a file belongs to."""
    path = str(file["path"])
    if path.endswith(".csv"):
        return "csv"
    if path.endswith(".parquet"):
        return "parquet"
    return "whole" if path.endswith((".sqlite", ".db", ".xlsx", ".zip", ".geojson", ".json")) else "other"
