"""Output folders: build beside, verify, swap; the previous build stays whole whatever happens."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

from citywatch.errors import OutputError
from citywatch.tables.files import exclusive, readable_errors

BUILD_MANIFEST = "citywatch-build.json"
FORMAT = "citywatch-build/1"
OUTSIDE_MANIFEST = frozenset({BUILD_MANIFEST, "run.json"})
STAGING_MARK = ".citywatch-staging"
_BUSY = "another build is writing here. Wait for it, or choose another --out."


@contextlib.contextmanager
def output_folder(out: Path, version: str) -> Iterator[Path]:
    """A fresh folder that takes the place of ``out`` when the block ends well.

    The block writes into the yielded folder. Afterwards a manifest with the SHA-256 of every file is added and the
    folders are swapped. If the block raises, or the process is killed, ``out`` is as it was.

    Args:
        out: Where the build belongs. Missing, empty, or an earlier build of ours to which nothing was added.
        version: Version of the data, for the manifest.

    Yields:
        The staging folder, beside ``out``.

    Raises:
        OutputError: If ``out`` is not ours, cannot be written, another build is writing it, or the disk is full.
    """
    with readable_errors(out):
        out = out.absolute()
        refuse_foreign(out)
        out.parent.mkdir(parents=True, exist_ok=True)
        with exclusive(out, busy=_BUSY):
            _repair(out)
            refuse_foreign(out)
            staging = out.with_name(f"{out.name}.new-{uuid.uuid4().hex[:8]}")
            staging.mkdir()
            try:
                (staging / STAGING_MARK).touch()
                yield staging
                (staging / STAGING_MARK).unlink()
                _write_manifest(staging, version)
                _swap(staging, out)
            finally:
                shutil.rmtree(staging, ignore_errors=True)


def read_manifest(folder: Path) -> dict[str, str] | None:
    """SHA-256 by relative path of a build of ours; None if the folder is not one."""
    try:
        manifest = json.loads((folder / BUILD_MANIFEST).read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        return None
    files = manifest.get("files")
    return files if isinstance(files, dict) else None


def refuse_foreign(out: Path) -> None:
    """Refuse a folder that is not ours to replace.

    Raises:
        OutputError: If ``out`` is a file, a link, a mount point, the folder we stand in, not an earlier build, or an
            earlier build to which somebody added files.
    """
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise OutputError(f"{out}: expected a folder; found a file or a link. Choose another --out.")
    if not out.is_dir():
        return
    if out.is_mount() or Path.cwd().is_relative_to(out):
        raise OutputError(
            f"{out}: a mount point, or the folder you stand in, cannot be replaced. Choose another --out."
        )
    manifest = read_manifest(out)
    if manifest is None and any(out.iterdir()):
        raise OutputError(
            f"{out}: expected an empty folder or an earlier build (with {BUILD_MANIFEST}); found other files. "
            "Nothing was touched. Choose another --out."
        )
    added = sorted(_files(out) - set(manifest or ()) - OUTSIDE_MANIFEST)
    if added:
        raise OutputError(
            f"{out}: an earlier build to which {len(added)} file(s) were added, first {added[0]}. Nothing was touched. "
            "Move them away, or choose another --out."
        )


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()}


def _repair(out: Path) -> None:
    """Finish or undo a swap that a kill cut short, and clear what was left; only folders that we made are touched."""
    ours = re.compile(re.escape(out.name) + r"\.(new|old)-[0-9a-f]{8}\Z")
    found = [
        path
        for path in sorted(out.parent.iterdir())
        if ours.match(path.name) and path.is_dir() and not path.is_symlink()
    ]
    complete = [path for path in found if read_manifest(path) is not None]
    if not out.exists() and complete:
        newest = [path for path in complete if f"{out.name}.new-" in path.name]
        (newest or complete)[0].rename(out)
    for path in found:
        if path.exists() and (path in complete or (path / STAGING_MARK).is_file()):
            shutil.rmtree(path, ignore_errors=True)


def _write_manifest(staging: Path, version: str) -> None:
    files = {}
    for relative in sorted(_files(staging) - OUTSIDE_MANIFEST):
        with (staging / relative).open("rb") as stream:
            files[relative] = hashlib.file_digest(stream, "sha256").hexdigest()
    manifest = {"format": FORMAT, "version": version, "files": files}
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
    (staging / BUILD_MANIFEST).write_text(text, encoding="utf-8", newline="\n")


def _swap(staging: Path, out: Path) -> None:
    old = out.with_name(f"{out.name}.old-{staging.name.rpartition('-')[2]}")
    try:
        if out.exists():
            out.rename(old)
        staging.rename(out)
    except BaseException:
        if old.exists() and not out.exists():
            old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)
