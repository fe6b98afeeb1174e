"""Plain tables and progress for terminals."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Sequence

# What a terminal may take as a command, or what turns the direction of writing; line ends and tabs are not among them.
_COMMANDS = {point: f"\\x{point:02x}" for point in (*range(9), 11, 12, *range(14, 32), *range(127, 160))}
_COMMANDS |= {point: f"\\u{point:04x}" for point in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
_COMMANDS[13] = ""


def harmless(text: str) -> str:
    """Text of strangers for a terminal: characters that would steer it are spelled out."""
    return text.translate(_COMMANDS)


def width(text: str) -> int:
    """Columns a text takes in a terminal; East Asian wide characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def table(rows: Sequence[Sequence[str]], *, numbers: Sequence[int] = ()) -> str:
    """A plain table; the first row is the head.

    Args:
        rows: Cells as text.
        numbers: Positions of the columns that are set right.
    """
    widths = [max(width(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = [_line(row, widths, numbers) for row in rows]
    lines.insert(1, "  ".join("-" * size for size in widths))
    return "\n".join(lines)


def _line(row: Sequence[str], widths: Sequence[int], numbers: Sequence[int]) -> str:
    cells = []
    for at, (cell, size) in enumerate(zip(row, widths, strict=True)):
        fill = " " * (size - width(cell))
        cells.append(fill + cell if at in numbers else cell + fill)
    return "  ".join(cells).rstrip()


class Progress:
    """One line on standard error that is rewritten; silent where that is not a terminal.

    Args:
        quiet: Say nothing at all.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet or not sys.stderr.isatty()

    def __call__(self, step: str, done: int = 0, total: int = 0) -> None:
        """Show a step and how far it is."""
        if not self._quiet:
            share = f" {done}/{total}" if total else ""
            print(f"\r\033[K{step}{share}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Remove the line."""
        if not self._quiet:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
