"""Every exception Citywatch raises, as one tree.

::

    CitywatchError
    ├── InputError          what was given cannot be used
    │   ├── TableError      a table breaks its schema (carries the violations)
    │   ├── VocabularyError a word that the codebook does not know
    │   └── SettingError    an option or setting that makes no sense
    ├── NoDataError         a question over nothing; 0 of 0 is not 0 %
    ├── OutputError         a folder or file that cannot be written, or is not ours
    └── MissingExtraError   an optional part is not installed

A message names the subject, what was expected, what was found and what to do. Only ``cli`` turns these into exit codes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class CitywatchError(Exception):
    """Base of everything Citywatch raises on purpose."""


class InputError(CitywatchError):
    """What was given cannot be used."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One place where a table breaks its schema.

    Attributes:
        file: Path of the file as the user named it.
        row: Row as a spreadsheet counts it (the header is row 1); 0 when the whole file is meant.
        column: Column name; empty when the whole row or file is meant.
        expected: What the schema asks for, in words.
        found: What the file holds, shortened.
    """

    file: str
    row: int
    column: str
    expected: str
    found: str

    def __str__(self) -> str:
        """One line for a person: file, row, column, expected, found."""
        place = (
            self.file + (f", row {self.row}" if self.row else "") + (f", column {self.column}" if self.column else "")
        )
        return f"{place}: expected {self.expected}; found {self.found}"


class TableError(InputError):
    """A table breaks its schema.

    Attributes:
        violations: Every violation found, in file order.
    """

    def __init__(self, violations: Sequence[Violation]) -> None:
        self.violations = tuple(violations)
        shown = "\n".join(f"  {violation}" for violation in self.violations[:20])
        more = len(self.violations) - 20
        tail = f"\n  and {more} more; citywatch check lists them all" if more > 0 else ""
        super().__init__(f"{len(self.violations)} violation(s) of the table schema:\n{shown}{tail}")


class VocabularyError(InputError):
    """A word that the codebook does not know."""


class SettingError(InputError):
    """An option or setting that makes no sense."""


class NoDataError(CitywatchError):
    """A question over nothing; 0 of 0 is not 0 %."""


class OutputError(CitywatchError):
    """A folder or file that cannot be written, or is not ours to replace."""


class MissingExtraError(CitywatchError):
    """An optional part is not installed.

    Args:
        extra: Name of the extra that brings it.
        need: What was about to be done, in words.
    """

    def __init__(self, extra: str, need: str) -> None:
        self.extra = extra
        self.need = need
        super().__init__(f"{need} needs the optional part {extra!r}. Install it: pip install 'citywatch[{extra}]'")

    def __reduce__(self) -> tuple[type[MissingExtraError], tuple[str, str]]:
        """How the error travels between processes."""
        return type(self), (self.extra, self.need)
