"""What the site asks of a release; :class:`citywatch.release.Release` answers it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from citywatch.tables import Table


class ReleaseLike(Protocol):
    """The part of a release that publish reads."""

    @property
    def version(self) -> str:
        """Date of the newest data, ``YYYY-MM-DD``."""

    @property
    def folder(self) -> Path:
        """Folder that holds the files of the release."""

    @property
    def tables(self) -> Mapping[str, Table]:
        """Declarations by table name."""

    @property
    def findings(self) -> Mapping[str, Any]:
        """Content of ``findings.json``."""

    @property
    def verdicts(self) -> Mapping[str, Any]:
        """Content of ``verify.json``; empty where there is none."""

    @property
    def files(self) -> Sequence[Mapping[str, Any]]:
        """Files with ``path``, ``bytes``, ``sha256`` and ``description``."""

    def table(self, name: str) -> pd.DataFrame:
        """Rows of one table."""
