"""Work in pieces: which sources are read together, and where finished pieces wait."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pyarrow as pa

from citywatch.documents import ReadOptions, Source
from citywatch.screening.tables import TABLES
from citywatch.tables.files import open_unfinished

_MARK = ".citywatch-shards"
_MANY = frozenset({"warc", "wet", "json", "csv", "parquet"})
_MOST_FILES = 200
_MOST_BYTES = 32_000_000


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
    """

    number: int
    tables: Mapping[str, bytes]
    counts: Mapping[str, float]


def plan(sources: Sequence[Source]) -> list[Shard]:
    """Cut sources into shards: files of many documents alone, single documents by the hundred."""
    groups: list[list[Source]] = []
    rest: list[Source] = []
    for source in sources:
        if source.kind in _MANY:
            groups.append([source])
            continue
        rest.append(source)
        if len(rest) == _MOST_FILES or sum(one.size for one in rest) > _MOST_BYTES:
            groups.append(rest)
            rest = []
    if rest:
        groups.append(rest)
    return [Shard(number, tuple(group)) for number, group in enumerate(groups)]


def job_key(job: Job, sources: Sequence[Source], versions: Mapping[str, str]) -> str:
    """What a resumed run must share with the run it goes on from: options, files with sizes, versions."""
    content = {"job": asdict(job), "sources": [asdict(source) for source in sources], "versions": dict(versions)}
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


class ShardStore:
    """Finished shards in a folder beside the output; each is there whole or not at all.

    Args:
        out: Output folder of the run.
        key: As :func:`job_key` gives it.
    """

    def __init__(self, out: Path, key: str) -> None:
        self.folder = out.with_name(f"{out.name}.shards-{key[:12]}")

    def open(self, *, is_resumed: bool) -> dict[int, dict[str, float]]:
        """Counts by number of shards that are finished already.

        Args:
            is_resumed: Keep what an earlier run finished; otherwise begin anew.

        Raises:
            OutputError: If the folder exists and is not ours.
        """
        open_unfinished(self.folder, _MARK, holds="shards", is_resumed=is_resumed)
        for stale in self.folder.glob("*.tmp"):
            stale.unlink()
        return {
            int(path.stem): json.loads(path.read_text(encoding="utf-8")) for path in sorted(self.folder.glob("*.json"))
        }

    def save(self, result: ShardResult) -> None:
        """Keep a finished shard; its counts are written last and make it count."""
        for name, content in result.tables.items():
            self._put(f"{result.number:06}.{name}.arrow", content)
        self._put(f"{result.number:06}.json", json.dumps(dict(result.counts)).encode())

    def tables(self, name: str, numbers: Sequence[int]) -> Iterator[pa.Table]:
        """One table of each finished shard, in order."""
        for number in numbers:
            with pa.ipc.open_stream((self.folder / f"{number:06}.{name}.arrow").read_bytes()) as stream:
                yield stream.read_all()

    def remove(self) -> None:
        """Forget everything."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _put(self, name: str, content: bytes) -> None:
        path = self.folder / f"{name}.tmp"
        path.write_bytes(content)
        path.replace(self.folder / name)


def pack(table: pa.Table) -> bytes:
    """An Arrow table as an IPC stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


TABLE_NAMES = tuple(table.name for table in TABLES)
