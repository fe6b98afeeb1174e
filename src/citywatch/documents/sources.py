"""Which files are meant: files, folders, globs, remote paths, a list on standard input."""

from __future__ import annotations

import glob
import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from citywatch.errors import CitywatchError, InputError, MissingExtraError

_CHUNK = 1 << 20
STANDARD_INPUT = "-"
_GLOB = set("*?[")
_GZIP = ".gz"
_FILE = "file://"
_LONG = 200
_DRIVERS = {  # what fsspec opens with packages that it does not bring
    "s3": "s3fs",
    "s3a": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "http": "aiohttp requests",
    "https": "aiohttp requests",
    "abfs": "adlfs",
    "abfss": "adlfs",
    "az": "adlfs",
    "adl": "adlfs",
    "sftp": "paramiko",
    "ssh": "paramiko",
    "smb": "smbprotocol",
}
_KINDS = {
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".shtml": "html",
    ".pdf": "pdf",
    ".txt": "text",
    ".text": "text",
    ".md": "text",
    ".jsonl": "json",
    ".ndjson": "json",
    ".json": "array",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".warc": "warc",
    ".wet": "warc",
}


@dataclass(frozen=True, slots=True)
class Source:
    """One file to read.

    Attributes:
        path: Local path, or address of a remote file that fsspec can open.
        size: Bytes to read; 0 if not known.
        start: First byte of a range; records that begin in the range belong to it.
        stop: One behind the last byte of the range; 0 for the end of the file.
    """

    path: str
    size: int = 0
    start: int = 0
    stop: int = 0

    @property
    def kind(self) -> str:
        """Kind by the ending of the name, ``array`` where it may be one of JSON; empty if the ending tells nothing."""
        name = self.path.lower().removesuffix(_GZIP)
        return _KINDS.get(Path(name).suffix, "")

    @property
    def is_gzip(self) -> bool:
        """Whether the name ends in ``.gz``."""
        return self.path.lower().endswith(_GZIP)

    @property
    def is_remote(self) -> bool:
        """Whether fsspec opens it."""
        return "://" in self.path

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """The file's bytes.

        Raises:
            MissingExtraError: If it is remote and fsspec is not installed.
            OSError: If it cannot be opened.
        """
        if self.is_remote:
            with ExitStack() as stack:
                with _reached(self.path):
                    stream = stack.enter_context(_fsspec().open(self.path, "rb"))
                yield stream
        else:
            with Path(self.path).open("rb") as stream:
                yield stream


def digest(source: Source) -> str:
    """SHA-256 of the bytes of a source or its range, hex; of a remote file what its system tells of its version.

    Raises:
        OSError: If it cannot be read.
    """
    if source.is_remote:
        with _reached(source.path):
            system, path = _fsspec().core.url_to_fs(source.path)
            return hashlib.sha256(f"{system.ukey(path)} {source.start} {source.stop}".encode()).hexdigest()
    found = hashlib.sha256()
    with source.open() as stream:
        stream.seek(source.start)
        left = source.stop - source.start if source.stop else -1
        while left and (some := stream.read(_CHUNK if left < 0 else min(_CHUNK, left))):
            found.update(some)
            left -= len(some) if left > 0 else 0
    return found.hexdigest()


def expand(inputs: Sequence[str], listed: Iterable[str] = ()) -> list[Source]:
    """Files meant by what a user wrote, each once, in the order given; folders and globs sorted.

    Args:
        inputs: Files, folders (read through, hidden files left out), globs, remote paths; ``-`` stands for the list.
        listed: Lines of standard input, one path a line; read only where ``-`` is given.

    Raises:
        InputError: If something does not exist or a glob meets nothing.
        MissingExtraError: If a path is remote and fsspec is not installed.
    """
    found: dict[str, Source] = {}
    for item in inputs:
        if not item:
            raise InputError(
                "expected a file, a folder or a glob; found an empty name. Is a variable in your shell not set?"
            )
        named = [line.strip() for line in listed if line.strip()] if item == STANDARD_INPUT else [item]
        for name in named:
            for source in _one(name):
                found.setdefault(source.path if source.is_remote else os.path.realpath(source.path), source)
    if not found:
        raise InputError("nothing to read: expected files, folders, globs or remote paths; found none")
    return list(found.values())


def without_output(sources: Sequence[Source], out: Path) -> list[Source]:
    """Sources that are no part of an output folder, nor of what a run keeps beside it (``OUT.shards-*``, ``.OUT.*``).

    Args:
        sources: What was meant.
        out: Output folder of the run that will read them.
    """
    folder = out.resolve()
    name = re.escape(folder.name)
    beside = re.compile(rf"{name}(?:\.(?:shards-[0-9a-f]{{12}}|(?:new|old)-[0-9a-f]{{8}}))?\Z|\.{name}\.")
    parents: dict[Path, tuple[str, ...] | None] = {}

    def is_output(source: Source) -> bool:
        if source.is_remote and not source.path.startswith(_FILE):
            return False
        path = Path(source.path.removeprefix(_FILE))
        if path.parent not in parents:
            parent = path.parent.resolve()
            is_near = parent.is_relative_to(folder.parent)
            parents[path.parent] = parent.relative_to(folder.parent).parts if is_near else None
        inside = parents[path.parent]
        return inside is not None and bool(beside.match((*inside, path.name)[0]))

    return [source for source in sources if not is_output(source)]


def _one(name: str) -> list[Source]:
    if "://" in name:
        return _remote(name)
    try:
        return _found(name)
    except (OSError, ValueError) as error:
        told = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise InputError(f"{_short(name)}: cannot be read ({told}). Check the name.") from error


def _short(name: str) -> str:
    return name if len(name) <= _LONG else f"{name[:_LONG]}..."


def _found(name: str) -> list[Source]:
    path = Path(name)
    if path.is_dir():
        return [_local(file) for file in sorted(_below(path)) if file.is_file()]
    if path.exists():
        if not path.is_file():
            raise InputError(
                f"{_short(name)}: expected a regular file; found a pipe or a device. Write it to a file first."
            )
        return [_local(path)]
    if _GLOB & set(name):
        met = [Path(file) for file in sorted(glob.glob(name, recursive=True))]  # noqa: PTH207 - Path.glob refuses absolute globs
        if files := [_local(file) for file in met if file.is_file()]:
            return files
        raise InputError(f"{name}: expected files that match; found none")
    raise InputError(f"{name}: expected a file, a folder, a glob or a remote path; found nothing there")


def _below(folder: Path) -> Iterator[Path]:
    """What stands in a folder and those inside it, hidden ones left out.

    Raises:
        InputError: If one of them cannot be read.
    """

    def refuse(error: OSError) -> None:
        raise InputError(
            f"{error.filename}: cannot be read ({error.strerror}). Change its rights, or name what is to be read."
        )

    for root, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(root, name) for name in names if not name.startswith("."))


def _local(path: Path) -> Source:
    return Source(str(path), path.stat().st_size)


def _remote(name: str) -> list[Source]:
    try:
        with _reached(name):
            system, path = _fsspec().core.url_to_fs(name)
            paths = [path]
            if _GLOB & set(name) or system.isdir(path):
                paths = sorted(system.glob(path) if _GLOB & set(name) else system.find(path))
            if not paths or not all(system.exists(one) for one in paths[:1]):
                raise InputError(f"{name}: expected a remote file, folder or glob; found nothing there")
            return [Source(system.unstrip_protocol(one), int(system.size(one) or 0)) for one in paths]
    except OSError as error:
        raise InputError(f"{_short(name)}: {error}") from error


@contextmanager
def _reached(name: str) -> Iterator[None]:
    """Whatever the driver of a remote path raises, as an error of the system with advice in one line.

    Raises:
        OSError: In place of it.
    """
    protocol = name.partition("://")[0].rpartition("::")[2]
    try:
        yield
    except CitywatchError:
        raise
    except ImportError as error:
        package = _DRIVERS.get(protocol, "")
        advice = f"Install it: pip install {package}" if package else _line(error)
        raise OSError(f"reading {protocol}:// needs another package. {advice}") from error
    except Exception as error:
        if isinstance(error, ValueError) and "Protocol not known" in str(error):
            raise OSError(
                f"{protocol}:// is no kind of path that can be read; s3://, gs:// and https:// are"
            ) from error
        raise OSError(f"cannot be reached ({type(error).__name__}: {_line(error)})") from error


def _line(error: Exception) -> str:
    """What an error says, in one short line."""
    return " ".join(str(error).split())[:_LONG]


def _fsspec() -> Any:
    try:
        import fsspec
    except ImportError:
        raise MissingExtraError("screen", "Reading a remote path") from None
    return fsspec
