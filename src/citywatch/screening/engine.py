"""Runs shards, here or elsewhere, and puts their results together."""

from __future__ import annotations

import atexit
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from citywatch.documents import Document, Keep, Origin, Reason, SetAside, parse_worker
from citywatch.documents import Reader as DocumentReader
from citywatch.errors import CitywatchError, InputError
from citywatch.foreign import Limits, Worker
from citywatch.screening.candidate import screen_document
from citywatch.screening.guard import CALL, LEAVE_OUT, Guard, Watch, failure
from citywatch.screening.ranking import ranking, shift_prior
from citywatch.screening.reading import Reader
from citywatch.screening.shards import Job, Shard, ShardResult, ShardStore, digests, pack
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


@cache
def _worker(limits: Limits) -> Worker:
    """One parser for all shards of this process: starting it takes longer than most of them."""
    worker = parse_worker(limits)
    atexit.register(worker.close)
    return worker


def run_shard(job: Job, shard: Shard, watch: Watch | None = None) -> ShardResult:
    """Screen the sources of one shard; the same bytes wherever it runs.

    Args:
        job: How.
        shard: What.
        watch: Told of each record before it is read, and what to leave out.
    """
    started = time.process_time()
    found = _Found()
    inputs = digests(shard)
    reader = _reader(job.matcher)
    source_reader = DocumentReader(job.options, _keep(job), watch.enter if watch else None, _worker(job.options.limits))
    for number, source in enumerate(shard.sources):
        if watch is not None and (left_out := watch.begin(number)):
            found.add(SetAside(Origin(source.path), Reason.KILLED, left_out), reader)
            continue
        for one in source_reader.read(source):
            found.add(one, reader)
    tally = source_reader.tally
    counts = {
        "records": tally.records,
        "passed_over": tally.passed_over,
        "documents": found.documents,
        "candidates": len(found.candidates),
        "set_aside": len(found.aside),
        "content_bytes": tally.content_bytes,
        "seconds": round(time.process_time() - started, 3),
    }
    return ShardResult(shard.number, found.tables(), counts, inputs)


@dataclass(slots=True)
class _Found:
    """Rows of one shard."""

    candidates: list[dict[str, Any]] = field(default_factory=list)
    passages: list[dict[str, Any]] = field(default_factory=list)
    aside: list[dict[str, Any]] = field(default_factory=list)
    documents: int = 0

    def add(self, one: Document | SetAside, reader: Reader) -> None:
        if isinstance(one, SetAside):
            self.aside.append(set_aside_row(one))
            return
        self.documents += 1
        try:
            candidate = screen_document(reader, one)
        except Exception as error:  # noqa: BLE001 - one document must not end a run of millions; it is named
            detail = f"its text could not be screened ({type(error).__name__}: {error})"[:300]
            self.aside.append(set_aside_row(SetAside(one.origin, Reason.PARSER_FAILED, detail, one.address, one.id)))
            return
        if candidate is not None:
            self.candidates.append(candidate_row(candidate))
            self.passages += passage_rows(candidate)

    def tables(self) -> dict[str, bytes]:
        rows = {CANDIDATES.name: self.candidates, PASSAGES.name: self.passages, SET_ASIDE.name: self.aside}
        return {table.name: pack(to_arrow(table, rows[table.name])) for table in TABLES}


def _keep(job: Job) -> Keep | None:
    if not job.is_prefiltered:
        return None
    from citywatch.screening.prefilter import prefilter

    return lambda page, declared: prefilter(job.matcher).keep(page, declared)  # built when the first page is met


class LocalEngine:
    """Processes on this machine.

    Args:
        workers: How many; each runs one shard after the other under a guard.
        call: As in :class:`Guard`.
    """

    def __init__(self, workers: int, call: str = CALL) -> None:
        self.workers, self._call = max(1, workers), call

    def run(self, job: Job, shards: Sequence[Shard]) -> Iterator[ShardResult]:
        """Results as they come.

        Raises:
            CitywatchError: What a shard raised; the others are stopped.
        """
        waiting: queue.SimpleQueue[Shard] = queue.SimpleQueue()
        done: queue.SimpleQueue[ShardResult | Exception] = queue.SimpleQueue()
        for shard in shards:
            waiting.put(shard)
        guards = [Guard(self._call) for _ in range(min(self.workers, len(shards)))]
        threads = [threading.Thread(target=_work, args=(guard, job, waiting, done), daemon=True) for guard in guards]
        try:
            for thread in threads:
                thread.start()
            for _ in shards:
                result = done.get()
                if isinstance(result, Exception):
                    raise result
                yield result
        finally:
            for guard in guards:
                guard.stop()
            for thread in threads:
                if thread.ident is not None:  # an interrupt may come before all are started
                    thread.join()
            for guard in guards:
                guard.close()


def _work(
    guard: Guard,
    job: Job,
    waiting: queue.SimpleQueue[Shard],
    done: queue.SimpleQueue[ShardResult | Exception],
) -> None:
    while True:
        try:
            shard = waiting.get_nowait()
        except queue.Empty:
            return
        try:
            done.put(guard.run(job, shard))
        except ChildProcessError as error:
            done.put(InputError(f"{error}. {LEAVE_OUT}"))
            return
        except CitywatchError as error:
            done.put(error)
            return
        except Exception as error:  # noqa: BLE001 - raised by the engine, with the names of the files
            done.put(failure(shard, error))
            return


def lost(shard: Shard, why: str) -> ShardResult:
    """A shard that no machine brings to its end: each of its sources set aside by name."""
    rows = [set_aside_row(SetAside(Origin(source.path), Reason.KILLED, why)) for source in shard.sources]
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
    finished = store.open(shards, is_resumed=is_resumed)
    for number, counts in finished.items():
        done(ShardResult(number, {}, counts))
    left = {shard.number: shard for shard in shards if shard.number not in finished}
    for result in engine.run(job, list(left.values())):
        store.save(left[result.number], result)
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
    kept = _at_prevalence(_merged(pa.concat_tables(store.tables(CANDIDATES.name, shards))), prevalence)
    passages = _passages(store, shards, set(kept["candidate_id"].to_pylist()))
    aside = pa.concat_tables(store.tables(SET_ASIDE.name, shards)).sort_by(
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


def _passages(store: ShardStore, shards: Sequence[Shard], wanted: set[str]) -> pa.Table:
    """Passages once per candidate, sorted."""
    seen: set[str] = set()
    parts = []
    for table in store.tables(PASSAGES.name, shards):
        ids = table["candidate_id"].to_pylist()
        fresh = (set(ids) & wanted) - seen
        seen |= fresh
        part = table.filter(pc.is_in(table["candidate_id"], value_set=pa.array(sorted(fresh), pa.string())))
        rest = [(name, "first") for name in PASSAGES.names[2:]]
        once = part.group_by(["candidate_id", "position"], use_threads=False).aggregate(rest)
        parts.append(once.rename_columns(list(PASSAGES.names)).cast(table.schema))
    return pa.concat_tables(parts).sort_by([("candidate_id", "ascending"), ("position", "ascending")])
