"""How fast screening is, as ratios within one run, each with its base.

- The prefilter: compressed archive to survivors, CPU seconds, against fastwarc reading every payload; a mixture of languages and
  charsets, and each alone; share of ordinary pages that survive and of planted pages that are found.
- Survivor to candidate, milliseconds of CPU.
- End to end, wall seconds, at 2 % and 0.1 % relevant pages: with and without the prefilter, and against trafilatura plus ``re`` where
  trafilatura is installed; two processes against one over eight files; peak memory of a worker.

``CITYWATCH_BENCH=long`` adds what takes minutes: 0.1 % over more pages, and two Dask workers against two local processes over at
least a minute of work.
"""

from __future__ import annotations

import hashlib
import os
import random
import re
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.pages import KINDS, TRUE, WORDS, Kind, archive
from citywatch.documents import Document, Origin, Source, expand
from citywatch.documents import Reader as DocumentReader
from citywatch.documents.warc import survivors
from citywatch.screening import Job, LocalEngine, Reader, Shard, plan, prefilter, screen_document

RUNS = 5
ALONE = (
    "en utf-8",
    "fr utf-8",
    "ru utf-8",
    "ar utf-8",
    "zh utf-8",
    "zh gb2312",
    "zh big5",
    "ru windows-1251",
    "fr iso-8859-1",
)


def run() -> dict[str, Any]:
    """Ratios with their bases."""
    prefilter().prepare()
    is_long = os.environ.get("CITYWATCH_BENCH") == "long"
    found: dict[str, Any] = {"runs": RUNS, "load_at_start": round(os.getloadavg()[0], 1)}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for size, pages in ((50_000, 800), (8_000, 3_200)):
            found[f"prefilter_{size // 1000}_kB"] = _prefilter(folder, size, pages, KINDS)
            alone = {kind.name: (kind,) for kind in KINDS if kind.name in ALONE}
            found[f"prefilter_{size // 1000}_kB_alone"] = {
                name: _prefilter(folder, size, pages // 8, kinds) for name, kinds in alone.items()
            }
        found["survivor_to_candidate_ms"] = _survivors()
        found["end_to_end_2_pct"] = _end_to_end(folder, 400, 50)
        found["end_to_end_0.1_pct"] = _end_to_end(folder, 8_000 if is_long else 1_000, 1_000)
        found["two_processes"] = _processes(folder, 1_000 if is_long else 250)
        if is_long:
            found["dask"] = _dask(folder)
    found["value"] = {name: found[name]["ratio"] for name in ("prefilter_50_kB", "prefilter_8_kB")}
    return found


def _prefilter(folder: Path, size: int, pages: int, kinds: tuple[Kind, ...]) -> dict[str, Any]:
    """Archive to survivors against reading every payload."""
    path = folder / "pages.warc.gz"
    planted = archive(path, size, pages, every=25, kinds=kinds, seed=size)
    facts = against(lambda: _kept(path), lambda: _read(path))
    kept, true = set(_kept(path)), _planted(path)
    return facts | {
        "n": pages,
        "recall": round(len(kept & true) / planted, 4),
        "planted": planted,
        "survivors_of_ordinary": round(len(kept - true) / (pages - planted), 4),
    }


def _planted(path: Path) -> set[str]:
    """Records that report an agreement: the writer ends their sentence with the number of the record."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    found = set()
    with path.open("rb") as stream:
        for number, record in enumerate(ArchiveIterator(stream, record_types=WarcRecordType.response)):
            offset = record.stream_pos
            if re.search(rb"[ ]%d</p>" % number, record.reader.read()):
                found.add(f"offset {offset}")
    return found


def against(measured: Callable[[], object], base: Callable[[], object]) -> dict[str, Any]:
    """Median CPU seconds of both, run in turns; ratio of base to measured: 1 is as fast as the base."""
    taken: dict[str, list[float]] = {"value": [], "base": []}
    for _ in range(RUNS):
        for name, work in (("base", base), ("value", measured)):
            started = time.process_time()
            work()
            taken[name].append(time.process_time() - started)
    value, bare = statistics.median(taken["value"]), statistics.median(taken["base"])
    return {"unit": "CPU s", "value": round(value, 3), "base": round(bare, 3), "ratio": round(bare / value, 2)}


def _read(path: Path) -> int:
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    with path.open("rb") as stream:
        return sum(
            len(record.reader.read()) for record in ArchiveIterator(stream, record_types=WarcRecordType.response)
        )


def _kept(path: Path, keep: Callable[[bytes, str], bool] | None = None) -> list[str]:
    """Places of the records that survive."""
    reader = DocumentReader(keep=keep or prefilter().keep)
    with path.open("rb") as stream:
        return [one.origin.record for one in survivors(reader, Source(str(path)), stream)]


def _survivors() -> dict[str, Any]:
    """Text to candidate, milliseconds of CPU per page of about 8 kB of text."""
    draw, reader, taken = random.Random(1), Reader(), []
    languages = [language for language in TRUE if language not in ("ar", "zh", "sr")]
    for number in range(400):
        language = languages[number % len(languages)]
        words = WORDS[language].split()
        text = "\n".join(" ".join(draw.choices(words, k=40)) + "." for _ in range(30)) + "\n" + TRUE[language]
        document = Document(hashlib.sha256(text.encode()).hexdigest(), "", "", language, "", text, Origin("bench"))
        started = time.process_time()
        screen_document(reader, document)
        taken.append(1000 * (time.process_time() - started))
    ranked = sorted(taken[len(languages) :])
    return {
        "median": round(statistics.median(ranked), 1),
        "p99": round(ranked[int(0.99 * len(ranked))], 1),
        "n": len(ranked),
    }


def _end_to_end(folder: Path, pages: int, every: int) -> dict[str, Any]:
    """Archive to candidates in one process, wall seconds: with the prefilter, without, and trafilatura plus ``re`` on some pages."""
    path = folder / "all.warc.gz"
    planted = archive(path, 50_000, pages, every=every, kinds=KINDS[:1], seed=every)
    shards = plan(expand([str(path)]))
    taken, found = {}, {}
    for name, job in (("with", Job()), ("without", Job(is_prefiltered=False))):
        started = time.perf_counter()
        results = list(LocalEngine(1).run(job, shards))
        taken[name] = time.perf_counter() - started
        found[name] = sum(result.counts["candidates"] for result in results)
    slow = _trafilatura(path, min(pages, 100))
    facts: dict[str, Any] = {
        "unit": "s", "value": round(taken["with"], 2), "base": round(taken["without"], 2), "n": pages, "planted": planted,
        "times_faster": round(taken["without"] / taken["with"], 1), "candidates": int(found["with"]),
        "candidates_without_prefilter": int(found["without"]),
        "trafilatura": round(slow * pages, 1) if slow else "not measured: trafilatura is not installed",
    }  # fmt: skip
    return facts | ({"times_faster_than_trafilatura": round(slow * pages / taken["with"], 1)} if slow else {})


def _trafilatura(path: Path, pages: int) -> float:
    """Seconds a page of trafilatura and ``re`` in one process; 0 if it is not installed."""
    try:
        from trafilatura import extract
    except ImportError:
        return 0.0
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    terms = re.compile(r"\b(?:surveillance|cctv|command cent|safe city|facial recognition|camera)", re.IGNORECASE)
    started, read = 0.0, 0
    with path.open("rb") as stream:
        for record in ArchiveIterator(stream, record_types=WarcRecordType.response):
            if read == 1:  # the first page pays for imports
                started = time.perf_counter()
            terms.search(extract(record.reader.read().decode("utf-8", "replace")) or "")
            read += 1
            if read > pages:
                break
    return (time.perf_counter() - started) / (read - 1)


def _processes(folder: Path, pages: int) -> dict[str, Any]:
    """Two processes against one over eight files, wall seconds; and the largest process of either."""
    shards = _eight(folder, pages)
    taken = [_seconds(LocalEngine(workers), shards) for workers in (1, 2)]
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit / 1e6
    return {
        "unit": "s", "value": round(taken[1], 2), "base": round(taken[0], 2), "times_faster": round(taken[0] / taken[1], 2),
        "files": len(shards), "pages": 8 * pages, "peak_memory_of_a_worker_mb": round(peak),
    }  # fmt: skip


def _eight(folder: Path, pages: int) -> Sequence[Shard]:
    for number in range(8):
        archive(folder / f"eight-{number}.warc.gz", 50_000, pages, every=50, seed=number)
    return plan(expand([str(folder / "eight-*.warc.gz")]))


def _seconds(engine: Any, shards: Sequence[Shard]) -> float:
    started = time.perf_counter()
    for _ in engine.run(Job(), shards):
        pass
    return time.perf_counter() - started


def _dask(folder: Path) -> dict[str, Any]:
    """Two Dask workers against two local processes, the cluster up before the clock; at least a minute of work."""
    import distributed

    from citywatch.screening import DaskEngine

    shards = list(_eight(folder, 1_500))
    again = max(1, round(60 / max(1.0, _seconds(LocalEngine(2), shards)) + 0.5))
    many = [Shard(number, shards[number % 8].sources) for number in range(8 * again)]
    cluster: Any = distributed.LocalCluster
    with (
        cluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as up,
        distributed.Client(up) as client,
    ):  # type: ignore[no-untyped-call]
        engine = DaskEngine(client)
        _seconds(engine, shards[:2])
        value, base = _seconds(engine, many), _seconds(LocalEngine(2), many)
    return {
        "unit": "s",
        "value": round(value, 1),
        "base": round(base, 1),
        "ratio": round(base / value, 2),
        "n": len(many),
    }
