"""The same shards on a Dask cluster."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from citywatch.errors import MissingExtraError, SettingError
from citywatch.screening.engine import lost
from citywatch.screening.guard import guarded
from citywatch.screening.shards import Job, Shard, ShardResult


class DaskEngine:
    """Runs shards on the workers of a scheduler; results travel back, so that only inputs need a shared file system.

    Args:
        client: A connected ``distributed.Client``.
    """

    def __init__(self, client: Any) -> None:
        self.client = client

    def run(self, job: Job, shards: Sequence[Shard]) -> Iterator[ShardResult]:
        """Results as they come; a shard that fails three times is set aside by name, source for source."""
        import distributed

        as_completed: Any = distributed.as_completed

        own = uuid.uuid4().hex  # a scheduler takes equal keys of two runs for the same work
        futures = {
            self.client.submit(guarded, job, shard, pure=False, retries=2, key=f"citywatch-{own}-{shard.number}"): shard
            for shard in shards
        }
        for future in as_completed(list(futures)):
            shard = futures.pop(future)
            result: ShardResult = lost(shard, _why(future.exception())) if future.status == "error" else future.result()
            future.release()
            yield result


def _why(error: BaseException) -> str:
    if type(error).__name__ == "KilledWorker":
        return "the machines that screened it were lost, three times"
    return f"screening it failed on three machines ({type(error).__name__}: {error})"[:300]


def dask_engine(scheduler: str) -> DaskEngine:
    """Connect to a scheduler.

    Raises:
        SettingError: If no address is given or nothing answers there.
        MissingExtraError: If Dask is not installed.
    """
    try:
        import distributed

        connect: Any = distributed.Client
    except ImportError:
        raise MissingExtraError("cluster", "Screening on a cluster") from None
    if not scheduler:
        raise SettingError("--engine dask: expected --scheduler ADDRESS, such as tcp://10.0.0.1:8786")
    try:
        return DaskEngine(connect(scheduler, timeout="15s"))
    except (OSError, TimeoutError, ValueError) as error:
        raise SettingError(f"--scheduler {scheduler}: nothing answers there ({type(error).__name__})") from error
