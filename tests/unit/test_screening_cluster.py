"""The Dask engine gives what the local one gives."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from citywatch.cli import main
from citywatch.documents import expand
from citywatch.screening import DaskEngine, Job, LocalEngine, ShardResult, plan
from citywatch.screening.shards import digests

TEXT = "Huawei signed a contract with the Kenyan police for {}00 surveillance cameras in Nairobi."


@pytest.mark.filterwarnings("ignore")
def test_dask_gives_the_same_as_local(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    for number in range(3):
        (tmp_path / f"{number}.jsonl").write_text(json.dumps({"text": TEXT.format(number + 2)}), encoding="utf-8")
    shards = plan(expand([str(tmp_path)]))
    local = {result.number: result.tables for result in LocalEngine(1).run(Job(), shards)}
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        remote = {result.number: result.tables for result in DaskEngine(client).run(Job(), shards)}
    assert remote == local


GATE = threading.Event()


def wait_for_gate() -> bool:
    return GATE.wait(30)


@pytest.mark.filterwarnings("ignore")
def test_runs_at_the_same_time_do_not_mix(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    plans = []
    for name in ("one", "two"):
        (tmp_path / f"{name}.txt").write_text(TEXT.format(name), encoding="utf-8")
        plans.append(plan(expand([str(tmp_path / f"{name}.txt")])))
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None) as cluster,
        distributed.Client(cluster) as first,
        distributed.Client(cluster) as second,
        ThreadPoolExecutor(2) as pool,
    ):
        blocked = first.submit(wait_for_gate)
        runs = [
            pool.submit(list, DaskEngine(client).run(Job(), shards))
            for client, shards in zip((first, second), plans, strict=True)
        ]
        deadline = time.monotonic() + 20
        while (len(first.futures), len(second.futures)) != (2, 1) and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.2)
        GATE.set()
        assert blocked.result()
        found = [result.inputs for run in runs for result in run.result()]
    assert found == [digests(shards[0]) for shards in plans]


def killing(run: Iterator[ShardResult], client: Any) -> Iterator[ShardResult]:
    """Results of a run; behind the first, a process that is at work is killed."""
    pids = client.run(os.getpid)
    yield next(run)
    deadline = time.monotonic() + 20
    while not (busy := [address for address, keys in client.processing().items() if keys]):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.kill(pids[busy[0]], signal.SIGKILL)
    yield from run


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("deaths", [3, 0])
def test_a_process_that_is_killed_loses_nothing(tmp_path: Path, deaths: int) -> None:
    """A shard whose process dies is screened elsewhere; where it may die no more, its files are named."""
    distributed, dask = pytest.importorskip("distributed"), pytest.importorskip("dask")
    for number in range(8):
        rows = [json.dumps({"text": TEXT.format(f"{number}{row:03}")}) for row in range(100)]
        (tmp_path / f"{number:02}.jsonl").write_text("\n".join(rows), encoding="utf-8")
    shards = plan(expand([str(tmp_path)]))
    local = {result.number: result.tables for result in LocalEngine(1).run(Job(), shards)}
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": deaths}),
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        results = list(killing(DaskEngine(client).run(Job(), shards), client))
    assert sorted(result.number for result in results) == [shard.number for shard in shards]
    others = [result for result in results if result.tables != local[result.number]]
    assert bool(others) == (deaths == 0)
    for result in others:
        with pa.ipc.open_stream(result.tables["set_aside"]) as stream:
            rows = stream.read_all().to_pylist()
        named = [(row["path"], row["reason"]) for row in rows]
        assert named == [(source.path, "killed") for source in shards[result.number].sources]


def test_a_missing_address_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text("nothing", encoding="utf-8")
    command = ["screen", str(tmp_path / "a.txt"), "--out", str(tmp_path / "out"), "--engine", "dask"]
    assert main(command) == 1
    assert "--scheduler ADDRESS" in capsys.readouterr().err
