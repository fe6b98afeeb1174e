"""Output folders: build beside, verify, swap; the previous build stays whole whatever happens."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from citywatch.errors import OutputError

if sys.platform != "win32":  # Windows has no flock; two builds at once are then not told apart
    import fcntl

BUILD_MANIFEST = "citywatch-build.json"
FORMAT = "citywatch-build/1"
OUTSIDE_MANIFEST = frozenset({BUILD_MANIFEST, "run.json"})


@contextlib.contextmanager
def output_folder(out: Path, version: str) -> Iterator[Path]:
    """A fresh folder that takes the place of ``out`` when the block ends well.

    The block writes into the yielded folder. Afterwards a manifest with the SHA-256 of every file is added and the
    folders are swapped. If the block raises, or the process is killed, ``out`` is as it was.

    Args:
        out: Where the build belongs. Missing, empty, or an earlier build of ours.
        version: Version of the data, for the manifest.

    Yields:
        The staging folder, beside ``out``.

    Raises:
        OutputError: If ``out`` is not ours, cannot be written, another build is writing it, or the disk is full.
    """
    out = out.absolute()
    with _readable_errors(out):
        _repair(out)
        _refuse_foreign(out)
        out.parent.mkdir(parents=True, exist_ok=True)
        staging = out.with_name(f"{out.name}.new-{uuid.uuid4().hex[:8]}")
        _make(staging, out)
    held = _hold(staging)
    try:
        with _readable_errors(out):
            yield staging
            _write_manifest(staging, version)
            _swap(staging, out)
    finally:
        _let_go(held)
        shutil.rmtree(staging, ignore_errors=True)


def _make(staging: Path, out: Path) -> None:
    try:
        staging.mkdir()
    except FileNotFoundError as error:
        raise OutputError(f"{out}: no folder can be made here. Choose another --out.") from error


def read_manifest(folder: Path) -> dict[str, str] | None:
    """SHA-256 by relative path of a build of ours; None if the folder is not one."""
    try:
        manifest = json.loads((folder / BUILD_MANIFEST).read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        return None
    files = manifest.get("files")
    return files if isinstance(files, dict) else None


def _repair(out: Path) -> None:
    """Finish or undo a swap that a kill cut short, and clear abandoned staging folders."""
    abandoned = [path for path in out.parent.glob(f"{out.name}.new-*") if path.is_dir()] if out.parent.is_dir() else []
    for path in abandoned:
        _refuse_busy(path, out)
    old = sorted(out.parent.glob(f"{out.name}.old-*")) if out.parent.is_dir() else []
    if old and not out.exists():
        complete = [path for path in abandoned if read_manifest(path) is not None]
        (complete[0] if complete else old[-1]).rename(out)
    for path in (*abandoned, *old):
        shutil.rmtree(path, ignore_errors=True)


def _refuse_busy(staging: Path, out: Path) -> None:
    held = _hold(staging)
    if held is None and sys.platform != "win32" and staging.exists():
        raise OutputError(
            f"{out}: another build is writing here ({staging.name}). Wait for it, or choose another --out."
        )
    _let_go(held)


def _refuse_foreign(out: Path) -> None:
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise OutputError(f"{out}: expected a folder; found a file or a link. Choose another --out.")
    if out.is_dir() and any(out.iterdir()) and read_manifest(out) is None:
        raise OutputError(
            f"{out}: expected an empty folder or an earlier build (with {BUILD_MANIFEST}); found other files. "
            "Nothing was touched. Choose another --out."
        )


def _hold(folder: Path) -> int | None:
    if sys.platform == "win32":
        return None
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _let_go(descriptor: int | None) -> None:
    if descriptor is not None:
        os.close(descriptor)


def _write_manifest(staging: Path, version: str) -> None:
    files = {}
    for path in sorted(staging.rglob("*")):
        relative = path.relative_to(staging).as_posix()
        if path.is_file() and relative not in OUTSIDE_MANIFEST:
            with path.open("rb") as stream:
                files[relative] = hashlib.file_digest(stream, "sha256").hexdigest()
    manifest = {"format": FORMAT, "version": version, "files": files}
    (staging / BUILD_MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _swap(staging: Path, out: Path) -> None:
    old = out.with_name(f"{out.name}.old-{staging.name.rpartition('-')[2]}")
    if out.exists():
        out.rename(old)
    try:
        staging.rename(out)
    except BaseException:
        if old.exists():
            old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)


_ADVICE: dict[int, Callable[[Path], str]] = {
    errno.ENOSPC: lambda out: (
        f"{out}: the disk is full. The previous build is untouched. Free some space or choose another --out."
    ),
    errno.EDQUOT: lambda out: f"{out}: the disk quota is used up. The previous build is untouched.",
    errno.EACCES: lambda out: f"{out}: no permission to write here. Choose another --out or change the permissions.",
    errno.EPERM: lambda out: f"{out}: no permission to write here. Choose another --out or change the permissions.",
    errno.EROFS: lambda out: f"{out}: the file system is read-only. Choose another --out.",
    errno.EEXIST: lambda out: f"{out}: a part of this path is a file. Choose another --out.",
    errno.ENOTDIR: lambda out: f"{out}: a part of this path is a file. Choose another --out.",
}


@contextlib.contextmanager
def _readable_errors(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0)
        if advice is None:
            raise
        raise OutputError(advice(out)) from error
