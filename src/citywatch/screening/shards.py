"""Work in pieces: which sources are read together, and where finished pieces wait."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from citywatch.documents import ReadOptions, Source, digest
from citywatch.errors import OutputError
from citywatch.screening.tables import TABLES
from citywatch.tables.files import exclusive, open_unfinished

_MARK = ".citywatch-shards"
_MANY = frozenset({"warc", "wet", "json", "csv", "parquet"})
_MOST_FILES = 200
_MOST_BYTES = 32_000_000
_RANGE_BYTES = 256_000_000


@dataclass(frozen=True, slots=True)
class Job:
    """How a run reads and screens; the same for each of its shards.

    Attributes:
        options: How to read.
        is_prefiltered: Raw pages of web archives go through the byte prefilter.
        matcher: Engine of the matcher; empty for the first installed.
    """

    options: ReadOptions = field(default_factory=ReadOptions)
    is_prefiltered: bool = True
    matcher: str = ""


@dataclass(frozen=True, slots=True)
class Shard:
    """Sources that are read together.

    Attributes:
        number: Place in the run, from 0.
        sources: What to read, in order.
    """

    number: int
    sources: tuple[Source, ...]

    @property
    def name(self) -> str:
        """What it is kept under: 16 hex digits that depend on its sources alone, not on its place in the run."""
        named = [(source.path, source.start, source.stop) for source in self.sources]
        return hashlib.sha256(json.dumps(named).encode()).hexdigest()[:16]

    @property
    def size(self) -> int:
        """Bytes, as far as known."""
        return sum(source.size for source in self.sources)


@dataclass(frozen=True, slots=True)
class ShardResult:
    """What became of a shard; small enough to travel between machines.

    Attributes:
        number: Of the shard.
        tables: Arrow IPC stream by table name.
        counts: Records met, passed over, documents screened, bytes of content, and seconds.
        inputs: Digest of each source as it was read, in order; empty where it could not be.
    """

    number: int
    tables: Mapping[str, bytes]
    counts: Mapping[str, float]
    inputs: tuple[str, ...] = ()


def plan(sources: Sequence[Source], range_bytes: int = _RANGE_BYTES) -> list[Shard]:
    """Cut sources into shards: files of many documents alone, single documents by the hundred, large archives by ranges.

    Args:
        sources: What to read.
        range_bytes: Web archives on this machine that are larger are cut into ranges of so many bytes.
    """
    groups: list[list[Source]] = []
    rest: list[Source] = []
    for source in sources:
        if source.kind in _MANY:
            groups += [[one] for one in _ranges(source, range_bytes)]
            continue
        rest.append(source)
        if len(rest) == _MOST_FILES or sum(one.size for one in rest) > _MOST_BYTES:
            groups.append(rest)
            rest = []
    if rest:
        groups.append(rest)
    return [Shard(number, tuple(group)) for number, group in enumerate(groups)]


def _ranges(source: Source, range_bytes: int) -> list[Source]:
    if source.kind != "warc" or source.is_remote or source.size <= range_bytes:
        return [source]
    starts = list(range(0, source.size, range_bytes))
    return [
        replace(source, size=min(range_bytes, source.size - start), start=start, stop=start + range_bytes)
        for start in starts[:-1]
    ] + [replace(source, size=source.size - starts[-1], start=starts[-1])]


def job_key(job: Job, versions: Mapping[str, str]) -> str:
    """What a resumed run must share with the run it goes on from: options and versions. Inputs are checked one by one."""
    content = {"job": asdict(job), "versions": dict(versions)}
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


class ShardStore:
    """Finished shards in a folder beside the output; each is there whole or not at all.

    Args:
        out: Output folder of the run.
        key: As :func:`job_key` gives it.
    """

    def __init__(self, out: Path, key: str) -> None:
        self.folder = out.with_name(f"{out.name}.shards-{key[:12]}")

    def open(self, shards: Sequence[Shard], *, is_resumed: bool) -> dict[int, dict[str, float]]:
        """Counts by number of shards that are finished already.

        A shard counts as finished if its tables are what was written and its inputs are what was read; all others are run again.

        Args:
            shards: All shards of the run.
            is_resumed: Keep what an earlier run finished.

        Raises:
            OutputError: If the folder exists and is not ours, or holds finished shards and is not to be kept.
        """
        open_unfinished(self.folder, _MARK, holds="shards", finished=len(_finished(self.folder)), is_resumed=is_resumed)
        for stale in self.folder.glob("*.tmp"):
            stale.unlink()
        facts = ((shard, self._facts(shard)) for shard in shards)
        return {
            shard.number: fact["counts"] for shard, fact in facts if fact is not None and self._is_sound(shard, fact)
        }

    def _facts(self, shard: Shard) -> dict[str, Any] | None:
        try:
            found = json.loads((self.folder / f"{shard.name}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) and {"counts", "inputs", "tables"} <= set(found) else None

    def _is_sound(self, shard: Shard, facts: Mapping[str, Any]) -> bool:
        try:
            tables = {
                name: hashlib.sha256((self.folder / f"{shard.name}.{name}.arrow").read_bytes()).hexdigest()
                for name in TABLE_NAMES
            }
        except OSError:
            return False
        return bool(tables == facts["tables"] and list(digests(shard)) == facts["inputs"])

    def save(self, shard: Shard, result: ShardResult) -> None:
        """Keep a finished shard; its facts are written last and make it count."""
        for name, content in result.tables.items():
            self._put(f"{shard.name}.{name}.arrow", content)
        facts = {
            "counts": dict(result.counts),
            "inputs": list(result.inputs),
            "tables": {name: hashlib.sha256(content).hexdigest() for name, content in result.tables.items()},
        }
        self._put(f"{shard.name}.json", json.dumps(facts).encode())

    def tables(self, name: str, shards: Sequence[Shard]) -> Iterator[pa.Table]:
        """One table of each finished shard, in order."""
        for shard in shards:
            with pa.ipc.open_stream((self.folder / f"{shard.name}.{name}.arrow").read_bytes()) as stream:
                yield stream.read_all()

    def others(self) -> dict[Path, int]:
        """Folders of runs with the same output and other options or versions, with the shards that each finished."""
        named = re.compile(re.escape(self.folder.name.rpartition("-")[0]) + r"-[0-9a-f]{12}\Z")
        return {
            path: len(_finished(path))
            for path in sorted(self.folder.parent.iterdir())
            if named.match(path.name) and path != self.folder and (path / _MARK).is_file()
        }

    def unmeant(self, shards: Sequence[Shard]) -> int:
        """Finished shards of a run with the same output, options and versions over other inputs.

        Args:
            shards: All shards of this run.
        """
        return len(_finished(self.folder) - {shard.name for shard in shards})

    def remove(self) -> None:
        """Forget everything, what :meth:`others` left beside and their locks as well."""
        shutil.rmtree(self.folder, ignore_errors=True)
        stem = self.folder.name.rpartition("-")[0]
        locked = re.compile(r"\.(" + re.escape(stem) + r"-[0-9a-f]{12})\.lock\Z")
        locks = [found[1] for path in self.folder.parent.iterdir() if (found := locked.match(path.name))]
        for folder in {*self.others(), *(self.folder.with_name(name) for name in locks)}:
            with contextlib.suppress(OSError, OutputError), exclusive(folder, busy="another run works there."):
                if folder != self.folder and (folder / _MARK).is_file():
                    shutil.rmtree(folder, ignore_errors=True)

    def _put(self, name: str, content: bytes) -> None:
        path = self.folder / f"{name}.tmp"
        path.write_bytes(content)
        path.replace(self.folder / name)


def _finished(folder: Path) -> set[str]:
    """Names of the shards that were finished in a folder."""
    return {path.stem for path in folder.glob("*.json")}


def digests(shard: Shard) -> tuple[str, ...]:
    """Digest of each source; empty for one that cannot be read."""
    found = []
    for source in shard.sources:
        try:
            found.append(digest(source))
        except OSError:
            found.append("")
    return tuple(found)


def pack(table: pa.Table) -> bytes:
    """An Arrow table as an IPC stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


TABLE_NAMES = tuple(table.name for table in TABLES)
