"""What takes seconds to make and milliseconds to read is kept in the user's cache folder.

Whoever keeps something names it by :func:`digest` of all that it was made from, so that another lexicon or version is another
file. A file opens with the digest of its content; one that is torn or somebody else's is as good as none. Where the folder
cannot be written, nothing is kept. Contents are bytes, arrays or JSON: nothing that is read can run.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import sys
import tempfile
import time
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from platform import python_version

_DIGEST = hashlib.sha256
_DIGEST_BYTES = _DIGEST().digest_size
_STALE_SECONDS = 60 * 86_400


def cache_folder() -> Path:
    """Where things are kept: ``citywatch/made`` in the user's cache folder."""
    if sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "citywatch" / "made"


def digest(facts: Iterable[bytes | str]) -> str:
    """32 hex digits that change with any of the facts, their order or where one ends."""
    found = _DIGEST()
    for fact in facts:
        content = fact.encode() if isinstance(fact, str) else fact
        found.update(b"%d " % len(content) + content)
    return found.hexdigest()[:32]


def digest_of_files(*folders: Path) -> str:
    """32 hex digits that change with any of some files, or below some folders, and with Python, its Unicode tables included."""
    files = (path for folder in folders for path in ([folder] if folder.is_file() else sorted(folder.rglob("*"))))
    contents = (
        fact for path in files if path.is_file() and path.suffix != ".pyc" for fact in (path.name, path.read_bytes())
    )
    return digest([python_version(), unicodedata.unidata_version, *contents])


def read(name: str) -> bytes | None:
    """What is kept under a name; None if there is no sound file of our own."""
    try:
        with (cache_folder() / name).open("rb") as stream:
            if sys.platform != "win32" and os.fstat(stream.fileno()).st_uid != os.getuid():
                return None
            expected, content = stream.read(_DIGEST_BYTES), stream.read()
    except (OSError, RuntimeError):  # a user without a home
        return None
    return content if expected == _DIGEST(content).digest() else None


def write(name: str, content: bytes) -> None:
    """Keep something; whole or not at all. Files that were not made lately go."""
    with contextlib.suppress(OSError, RuntimeError):
        path = cache_folder() / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, unfinished = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(_DIGEST(content).digest() + content)
            Path(unfinished).replace(path)
        except OSError:
            Path(unfinished).unlink(missing_ok=True)
        _clean(path.parent)


def _clean(folder: Path) -> None:
    """Remove files of long ago; what cannot be removed stays."""
    for old in folder.iterdir():
        with contextlib.suppress(OSError):
            found = old.lstat()
            if stat.S_ISREG(found.st_mode) and found.st_mtime < time.time() - _STALE_SECONDS:
                old.unlink()
