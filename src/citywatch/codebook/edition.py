"""What the codebook was when something was made from it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from citywatch import kept

_ROOM = Path(__file__).resolve().parent


@cache
def edition() -> str:
    """32 hex digits that change with any table or line of code of the codebook."""
    return kept.digest_of_files(_ROOM, _ROOM.parent / "data" / "codebook")
