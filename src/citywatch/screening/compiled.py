"""Compiled hyperscan databases, kept in the user's cache folder: making them takes seconds, reading them milliseconds.

A file is named by the digest of what it was made from, so that another lexicon, flag or version of hyperscan is another file. It
opens with the digest of its content; a file that is torn, made for another processor or somebody else's is made anew. Where the
folder cannot be written, nothing is kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

_DIGEST = hashlib.sha256
_DIGEST_BYTES = _DIGEST().digest_size
_STALE_SECONDS = 60 * 86_400


def compiled(regexes: Sequence[bytes], flags: int) -> Any:
    """A block-mode database of patterns, numbered in their order.

    Args:
        regexes: The patterns.
        flags: Flags of each of them.

    Raises:
        ImportError: If hyperscan is not installed.
    """
    hyperscan: Any = import_module("hyperscan")
    path = cache_folder() / f"{_key(regexes, flags)}.hsdb"
    content = _read(path)
    if content is not None:
        with contextlib.suppress(hyperscan.HyperscanError):
            return hyperscan.loadb(content, hyperscan.HS_MODE_BLOCK)
    database = hyperscan.Database()
    database.compile(
        expressions=list(regexes), ids=list(range(len(regexes))), elements=len(regexes), flags=[flags] * len(regexes)
    )
    _write(path, bytes(hyperscan.dumpb(database)))
    return database


def cache_folder() -> Path:
    """Where compiled databases are kept: ``citywatch/scanners`` in the user's cache folder."""
    if sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "citywatch" / "scanners"


def _key(regexes: Sequence[bytes], flags: int) -> str:
    facts = (version("hyperscan"), flags, len(regexes))
    found = _DIGEST(repr(facts).encode())
    for regex in regexes:
        found.update(b"%d " % len(regex) + regex)
    return found.hexdigest()[:32]


def _read(path: Path) -> bytes | None:
    """Content of a sound file of our own; None if there is none."""
    try:
        with path.open("rb") as stream:
            if os.fstat(stream.fileno()).st_uid != os.getuid():
                return None
            digest, content = stream.read(_DIGEST_BYTES), stream.read()
    except OSError:
        return None
    return content if digest == _DIGEST(content).digest() else None


def _write(path: Path, content: bytes) -> None:
    """Keep a database; whole or not at all. Those not made lately go."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for old in path.parent.glob("*"):
            if old.stat().st_mtime < time.time() - _STALE_SECONDS:
                old.unlink(missing_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(_DIGEST(content).digest() + content)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
