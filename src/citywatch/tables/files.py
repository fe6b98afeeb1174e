"""Files and folders that are written: one writer at a time, and errors that say what to do."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

from citywatch.errors import OutputError

if sys.platform != "win32":  # Windows has no flock; two writers at once are then not told apart
    import fcntl

_ELSEWHERE = "Choose another place."
FINISHED_IS_KEPT = "What was finished is kept there: go on from it with --resume."
_ADVICE = {
    errno.ENOSPC: "the disk is full. What was there is untouched. Free some space or choose another place.",
    errno.EDQUOT: "the disk quota is used up. What was there is untouched.",
    errno.EACCES: f"no permission to write here. {_ELSEWHERE}",
    errno.EPERM: f"no permission to write here. {_ELSEWHERE}",
    errno.EROFS: f"the file system is read-only. {_ELSEWHERE}",
    errno.ENOTDIR: f"a part of this path is a file. {_ELSEWHERE}",
    errno.EEXIST: f"a part of this path is a file. {_ELSEWHERE}",
    errno.ENOENT: f"there is no such folder, and none can be made here. {_ELSEWHERE}",
    errno.ENAMETOOLONG: f"the name is too long. {_ELSEWHERE}",
    errno.EBUSY: f"the folder is in use by the system, perhaps a mount point. {_ELSEWHERE}",
}


@contextlib.contextmanager
def readable_errors(path: Path, *, further: str = "") -> Iterator[None]:
    """Turn what the system says about writing into an error with advice.

    Args:
        path: What is being written, for the message.
        further: What else to say; empty if nothing.

    Raises:
        OutputError: In place of any :class:`OSError`.
    """
    try:
        yield
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0, f"cannot be written ({error.strerror or error}). {_ELSEWHERE}")
        raise OutputError(" ".join(filter(None, (f"{path}: {advice}", further)))) from error


def open_unfinished(folder: Path, mark: str, *, holds: str, finished: int, is_resumed: bool) -> None:
    """Make or take up the folder in which a run that can be resumed keeps what is finished.

    Args:
        folder: The folder, beside the output.
        mark: Name of the file that shows that it is ours.
        holds: What it holds, for the message.
        finished: How many of these an earlier run finished.
        is_resumed: Keep them.

    Raises:
        OutputError: If the folder exists and is not ours, or holds what was finished and is not to be kept.
    """
    if folder.exists():
        if not (folder / mark).is_file():
            raise OutputError(f"{folder}: expected {holds} of an earlier run; found another folder. Move it away.")
        if finished and not is_resumed:
            raise OutputError(
                f"{folder}: holds what an interrupted run finished ({holds}: {finished:,}). Nothing was touched. "
                "Go on from it with --resume, or remove this folder to begin anew."
            )
        if not is_resumed:
            shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / mark).touch()


def is_there(path: Path) -> bool:
    """Whether a name is taken, be it by a link that leads nowhere.

    Raises:
        OutputError: If the name cannot be one.
    """
    with readable_errors(path):
        return path.exists() or path.is_symlink()


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet, whole or not at all; of two that write it at once, one is refused.

    Args:
        path: The file.
        text: What goes into it, as UTF-8, line ends as they are.

    Raises:
        OutputError: If it is there already, cannot be written, or the disk is full.
    """
    with readable_errors(path), _written_beside(path, text) as fresh:
        try:
            _give_name(fresh, path)
        except FileExistsError:
            raise OutputError(f"{path}: exists already. Nothing was written. Choose another name.") from None


def write_again(path: Path, text: str, *, head: str) -> None:
    """Write a file, whole or not at all; only one that begins with the same line is replaced.

    What is no file, such as a pipe, is written straight.

    Args:
        path: The file.
        text: What goes into it, as UTF-8, line ends as they are; begins with ``head``.
        head: First line of every file of this kind.

    Raises:
        OutputError: If another file is there, it cannot be written, or the disk is full.
    """
    with readable_errors(path):
        if path.is_dir():
            raise OutputError(f"{path}: expected a file; found a folder. Choose another name.")
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8", newline="")
            return
        path = path.resolve()
        if path.exists():
            with path.open("rb") as stream:
                first = stream.read(len(head.encode()) + 1)
            if first != f"{head}\n".encode():
                raise OutputError(
                    f"{path}: exists already and is no earlier file of this kind (its first line is not {head}). "
                    "Nothing was touched. Choose another name."
                )
        with _written_beside(path, text) as fresh:
            fresh.replace(path)


@contextlib.contextmanager
def _written_beside(path: Path, text: str) -> Iterator[Path]:
    """A file in the same folder with the text in it, on the disk; gone afterwards, unless it was moved."""
    fresh = path.with_name(f".citywatch-{uuid.uuid4().hex[:8]}.new")
    try:
        with fresh.open("x", encoding="utf-8", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        yield fresh
    finally:
        fresh.unlink(missing_ok=True)


def _give_name(fresh: Path, path: Path) -> None:
    """Give a written file its name, unless that is taken.

    Raises:
        FileExistsError: If it is taken.
    """
    try:
        path.hardlink_to(fresh)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):  # file systems without links: the name is taken first, then filled
        path.open("x").close()
        fresh.replace(path)


@contextlib.contextmanager
def exclusive(path: Path, *, busy: str) -> Iterator[None]:
    """Be the only writer of a file or folder; the lock lies beside it and goes afterwards.

    Args:
        path: What is written.
        busy: What to say when somebody else is writing.

    Raises:
        OutputError: If somebody else is writing.
    """
    if sys.platform == "win32":
        yield
        return
    lock = path.with_name(f".{path.name}.lock")
    descriptor = _hold(lock, path, busy)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)
        os.close(descriptor)


def _hold(lock: Path, path: Path, busy: str) -> int:
    """A descriptor that holds the lock; a lock that was removed while we waited is taken anew."""
    while True:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if lock.exists() and os.fstat(descriptor).st_ino == lock.stat().st_ino:
                return descriptor
        except BlockingIOError:
            os.close(descriptor)
            raise OutputError(f"{path}: {busy}") from None
        except FileNotFoundError:
            pass
        os.close(descriptor)
