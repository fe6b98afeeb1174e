"""Runs shards, here or elsewhere, and puts their results together."""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from citywatch.documents import Document, Origin, Reason, SetAside
from citywatch.documents import Reader as DocumentReader
from citywatch.screening.candidate import screen_document
from citywatch.screening.ranking import ranking, shift_prior
from citywatch.screening.reading import Reader
from citywatch.screening.shards import Job, Shard, ShardResult, ShardStore, pack
from citywatch.screening.tables import (
    CANDIDATES,
    PASSAGES,
    SET_ASIDE,
    TABLES,
    candidate_row,
    passage_rows,
    set_aside_row,
    to_arrow,
)

Done = Callable[[ShardResult], None]
COUNTS = ("records", "passed_over", "documents", "candidates", "set_aside", "content_bytes", "seconds")
_ORDER = ("include", "unsure", "exclude")


class Engine(Protocol):
    """Runs shards somewhere."""

    def run(self, job: Job, shards: Sequence[Shard]) -> Iterator[ShardResult]:
        """Results in the order in which they are finished; each shard exactly once."""


@cache
def _reader(_engine: str) -> Reader:
    from citywatch.codebook import lexicon
    from citywatch.screening.matcher import Matcher

    return Reader(Matcher(lexicon().terms, _engine))


def run_shard(job: Job, shard: Shard) -> ShardResult:
    """Screen the sources of one shard; the same bytes wherever it runs."""
    started = time.process_time()
    candidates: list[dict[str, Any]] = []
    passages: list[dict[str, Any]] = []
    aside: list[dict[str, Any]] = []
    documents = 0
    reader = _reader(job.matcher)
    source_reader = DocumentReader(job.options, _keep(job))
    try:
        for source in shard.sources:
            for one in source_reader.read(source):
                if isinstance(one, SetAside):
                    aside.append(set_aside_row(one))
                    continue
                documents += 1
                candidate = screen_document(reader, one) if isinstance(one, Document) else None
                if candidate is not None:
                    candidates.append(candidate_row(candidate))
                    passages += passage_rows(candidate)
    finally:
        source_reader.close()
    tally = source_reader.tally
    counts = {
        "records": tally.records,
        "passed_over": tally.passed_over,
        "documents": documents,
        "candidates": len(candidates),
        "set_aside": len(aside),
        "content_bytes": tally.content_bytes,
        "seconds": round(time.process_time() - started, 3),
    }
    rows = {CANDIDATES.name: candidates, PASSAGES.name: passages, SET_ASIDE.name: aside}
    return ShardResult(shard.number, {table.name: pack(to_arrow(table, rows[table.name])) for table in TABLES}, counts)


def _keep(job: Job) -> Callable[[bytes], bool] | None:
    if not job.is_prefiltered or find_spec("hyperscan") is None:  # without it every page is parsed
        return None
    from citywatch.screening.prefilter import prefilter

    return lambda page: prefilter().keep(page)  # built when the first page of a web archive is met


class LocalEngine:
    """Processes on this machine.

    Args:
        workers: How many; 1 works in this process.
    """

    def __init__(self, workers: int) -> None:
        self.workers = max(1, workers)

    def run(self, job: Job, shards: Sequence[Shard]) -> Iterator[ShardResult]:
        """Results as they come; a shard that kills its worker twice is set aside by name, source for source."""
        if self.workers == 1 or len(shards) < 2:
            yield from (run_shard(job, shard) for shard in shards)
            return
        left = {shard.number: shard for shard in shards}
        deaths: Counter[int] = Counter()
        while left:
            suspects = [shard for number, shard in left.items() if deaths[number]]
            queue = suspects[:1] or list(left.values())
            for result in self._pool(job, queue, deaths):
                left.pop(result.number, None)
                yield result
            for shard in [shard for number, shard in left.items() if deaths[number] >= 2]:
                left.pop(shard.number)
                yield lost(shard)

    def _pool(self, job: Job, queue: Sequence[Shard], deaths: Counter[int]) -> Iterator[ShardResult]:
        """Run until all is done or a worker dies; what was running then is under suspicion."""
        context = multiprocessing.get_context("spawn")
        waiting = list(queue)[::-1]
        with ProcessPoolExecutor(min(self.workers, len(waiting)), mp_context=context) as pool:
            running: dict[Any, Shard] = {}
            while waiting or running:
                while waiting and len(running) < 2 * self.workers:
                    shard = waiting.pop()
                    running[pool.submit(run_shard, job, shard)] = shard
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    shard = running[future]
                    try:
                        result: ShardResult = future.result()
                    except BrokenProcessPool:
                        deaths.update(one.number for one in list(running.values())[: self.workers])
                        return
                    del running[future]
                    yield result


def lost(shard: Shard) -> ShardResult:
    """A shard that no process survives: each of its sources set aside by name."""
    rows = [
        set_aside_row(SetAside(Origin(source.path), Reason.PARSER_FAILED, "the process that screened it died twice"))
        for source in shard.sources
    ]
    counts = dict.fromkeys(COUNTS, 0.0) | {"set_aside": float(len(rows)), "records": float(len(rows))}
    tables = {table.name: pack(to_arrow(table, rows if table is SET_ASIDE else [])) for table in TABLES}
    return ShardResult(shard.number, tables, counts)


@dataclass(frozen=True, slots=True)
class Screened:
    """A finished run.

    Attributes:
        counts: Sums over shards, and candidates by verdict.
        files: Names of what was written.
    """

    counts: Mapping[str, float]
    files: tuple[str, ...]


def screen(
    engine: Engine, job: Job, shards: Sequence[Shard], store: ShardStore, *, is_resumed: bool, done: Done
) -> None:
    """Screen what is not finished yet, and keep every finished shard at once.

    Args:
        engine: Runs the shards.
        job: How.
        shards: All shards of the run.
        store: Where they are kept.
        is_resumed: Go on from what an earlier run finished.
        done: Told of each finished shard, those of the earlier run first.
    """
    finished = store.open(is_resumed=is_resumed)
    for number, counts in finished.items():
        done(ShardResult(number, {}, counts))
    left = [shard for shard in shards if shard.number not in finished]
    for result in engine.run(job, left):
        store.save(result)
        done(result)


def collect(
    store: ShardStore, shards: Sequence[Shard], folder: Path, prevalence: float | None = None
) -> Screened:  # fmt: skip
    """Put finished shards together: duplicates merged, ranked, written as Parquet.

    Args:
        store: Holds every shard.
        shards: All shards of the run.
        folder: Where to write.
        prevalence: Share of agreements at which probabilities are stated; that of the model when None. The order of
            candidates does not depend on it.

    Raises:
        SettingError: If the prevalence is not strictly between 0 and 1.
    """
    numbers = [shard.number for shard in shards]
    kept = _at_prevalence(_merged(pa.concat_tables(store.tables(CANDIDATES.name, numbers))), prevalence)
    passages = _passages(store, numbers, set(kept["candidate_id"].to_pylist()))
    aside = pa.concat_tables(store.tables(SET_ASIDE.name, numbers)).sort_by(
        [("path", "ascending"), ("record", "ascending")]
    )
    for name, table in ((CANDIDATES.name, kept), (PASSAGES.name, passages), (SET_ASIDE.name, aside)):
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
    verdicts = Counter(kept["verdict"].to_pylist())
    return Screened(
        {"kept": float(kept.num_rows)} | {verdict: float(verdicts[verdict]) for verdict in _ORDER},
        tuple(f"{table.name}.parquet" for table in TABLES),
    )


def _merged(table: pa.Table) -> pa.Table:
    """One row per content, the first by path; ranked."""
    copies = Counter(table["candidate_id"].to_pylist())
    rows = table.to_pylist()
    rows.sort(key=lambda row: (row["candidate_id"], row["path"], row["record"] or ""))
    first = {row["candidate_id"]: row for row in reversed(rows)}
    ranked = sorted(
        first.values(), key=lambda row: (_ORDER.index(row["verdict"]), -row["probability"], row["candidate_id"])
    )
    for number, row in enumerate(ranked, start=1):
        row["rank"], row["copies"] = number, copies[row["candidate_id"]]
    return pa.Table.from_pylist(ranked, schema=table.schema)


def _at_prevalence(table: pa.Table, prevalence: float | None) -> pa.Table:
    """Probabilities shifted from the prevalence of the model to another one."""
    if prevalence is None:
        return table
    fitted = ranking().prevalence
    shifted = [float(f"{shift_prior(one, fitted, prevalence):.10g}") for one in table["probability"].to_pylist()]
    place = table.schema.get_field_index("probability")
    return table.set_column(place, table.schema.field(place), pa.array(shifted, pa.float64()))


def _passages(store: ShardStore, numbers: Sequence[int], wanted: set[str]) -> pa.Table:
    """Passages once per candidate, sorted."""
    seen: set[str] = set()
    parts = []
    for table in store.tables(PASSAGES.name, numbers):
        ids = table["candidate_id"].to_pylist()
        fresh = (set(ids) & wanted) - seen
        seen |= fresh
        part = table.filter(pc.is_in(table["candidate_id"], value_set=pa.array(sorted(fresh), pa.string())))
        rest = [(name, "first") for name in PASSAGES.names[2:]]
        once = part.group_by(["candidate_id", "position"], use_threads=False).aggregate(rest)
        parts.append(once.rename_columns(list(PASSAGES.names)).cast(table.schema))
    return pa.concat_tables(parts).sort_by([("candidate_id", "ascending"), ("position", "ascending")])
