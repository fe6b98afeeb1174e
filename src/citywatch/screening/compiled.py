"""Compiled hyperscan databases: making them takes seconds, so they are kept.

Another lexicon, flag or version of hyperscan is another file; one made for another processor is made anew.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from typing import Any

from citywatch import kept


def compiled(regexes: Sequence[bytes], flags: int) -> Any:
    """A block-mode database of patterns, numbered in their order.

    Args:
        regexes: The patterns.
        flags: Flags of each of them.

    Raises:
        ImportError: If hyperscan is not installed.
    """
    hyperscan: Any = import_module("hyperscan")
    name = f"{kept.digest([version('hyperscan'), str(flags), *regexes])}.hsdb"
    content = kept.read(name)
    if content is not None:
        with contextlib.suppress(hyperscan.HyperscanError):
            return hyperscan.loadb(content, hyperscan.HS_MODE_BLOCK)
    database = hyperscan.Database()
    database.compile(
        expressions=list(regexes), ids=list(range(len(regexes))), elements=len(regexes), flags=[flags] * len(regexes)
    )
    kept.write(name, bytes(hyperscan.dumpb(database)))
    return database
