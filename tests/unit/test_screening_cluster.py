"""The Dask engine gives what the local one gives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from citywatch.cli import main
from citywatch.documents import expand
from citywatch.screening import DaskEngine, Job, LocalEngine, plan


@pytest.mark.filterwarnings("ignore")
def test_dask_gives_the_same_as_local(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    for number in range(3):
        text = f"Huawei signed a contract with the Kenyan police for {number + 2}00 surveillance cameras in Nairobi."
        (tmp_path / f"{number}.jsonl").write_text(json.dumps({"text": text}), encoding="utf-8")
    shards = plan(expand([str(tmp_path)]))
    local = {result.number: result.tables for result in LocalEngine(1).run(Job(), shards)}
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        remote = {result.number: result.tables for result in DaskEngine(client).run(Job(), shards)}
    assert remote == local


def test_a_missing_address_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text("nothing", encoding="utf-8")
    command = ["screen", str(tmp_path / "a.txt"), "--out", str(tmp_path / "out"), "--engine", "dask"]
    assert main(command) == 1
    assert "--scheduler ADDRESS" in capsys.readouterr().err
