"""The data dictionary, written from the declarations."""

from __future__ import annotations

from collections.abc import Sequence

from citywatch.tables.declare import Column, Table


def allowed(column: Column) -> str:
    """What a column allows beyond its kind, in words."""
    if column.vocabulary:
        return f"vocabulary {column.vocabulary}"
    bounds = [f"at least {column.minimum:g}"] if column.minimum is not None else []
    bounds += [f"at most {column.maximum:g}"] if column.maximum is not None else []
    return ", ".join(bounds)


def dictionary_markdown(tables: Sequence[Table]) -> str:
    """The data dictionary as one Markdown page."""
    parts = [
        "# Data dictionary",
        "",
        "Written from the schema by `citywatch data refresh`; do not edit by hand.",
        "",
    ]
    for table in tables:
        parts += [
            f"## {table.name}",
            "",
            f"{table.title}. Key: `{'`, `'.join(table.key)}`. Licence: {table.licence}.",
            "",
            "| column | kind | meaning | allowed | empty means |",
            "|---|---|---|---|---|",
            *(_row(column) for column in table.columns),
            "",
        ]
    return "\n".join(parts)


def _row(column: Column) -> str:
    limits = "; ".join(
        part for part in (allowed(column), f"a {column.references}" if column.references else "") if part
    )
    missing = "not allowed" if column.required else column.missing
    cells = (f"`{column.name}`", column.kind.value, column.meaning, limits, missing)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
