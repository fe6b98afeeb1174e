"""Shards run in a process of their own, so that a document that kills the process kills nothing else, and is named.

The process notes in a few shared bytes which record it is about to read. When it dies, the note tells where: the shard is run
again; a record at which it died twice is left out and set aside by name. Where it still dies with the record left out, the rest of
that source is left out, named from that record on.
"""

from __future__ import annotations

import mmap
import os
import pickle
import signal
import struct
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from dataclasses import dataclass, field
from importlib import import_module
from typing import IO, Any

from citywatch.errors import CitywatchError, InputError
from citywatch.foreign import end_process, end_with_parent
from citywatch.screening.shards import Job, Shard, ShardResult

CALL = "citywatch.screening.engine:run_shard"
_SIZE = struct.Struct(">Q")
_NOTE = struct.Struct(">II")
_NOTE_BYTES = 4096
_START = "import sys; from citywatch.screening.guard import serve; serve(int(sys.argv[1]))"
LEAVE_OUT = "Leave its files out, or try again with --resume; finished pieces are kept."
_MOST_NAMES = 5
_WHY = "the process that read it died, and died again"
_WHY_REST = "the process died again without it; from here to the end of the file nothing was read"


@dataclass(slots=True)
class Watch:
    """What is noted while a shard is read, and what is left out.

    Attributes:
        left_out: Why, by number of the source in the shard and place of the record in it.
        ends: Sources of which nothing more is read from that record on.
        notes: Where to note; None notes nothing.
    """

    left_out: dict[tuple[int, str], str] = field(default_factory=dict)
    ends: dict[int, str] = field(default_factory=dict)
    notes: mmap.mmap | None = None
    _source: int = 0
    _is_past: bool = False

    def begin(self, source: int) -> str:
        """Note a source of the shard that is begun; why it is left out, or empty."""
        self._source, self._is_past = source, False
        return self.enter("")

    def enter(self, record: str) -> str:
        """Note a record that is about to be read; why it is left out, or empty."""
        self._note(record)
        if self.ends.get(self._source) == record:
            self._is_past = True
        return _WHY_REST if self._is_past else self.left_out.get((self._source, record), "")

    def _note(self, record: str) -> None:
        if self.notes is not None:
            data = record.encode()[: _NOTE_BYTES - _NOTE.size]
            self.notes[: _NOTE.size + len(data)] = _NOTE.pack(self._source, len(data)) + data


class Guard:
    """One process that runs shards, started when first needed and again after it died.

    Args:
        call: ``module:function`` that takes job, shard and :class:`Watch`, as :func:`run_shard` does.
    """

    def __init__(self, call: str = CALL) -> None:
        self._call = call
        self._process: subprocess.Popen[bytes] | None = None
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the guard
        self._file.truncate(_NOTE_BYTES)
        self._notes = mmap.mmap(self._file.fileno(), _NOTE_BYTES)
        self._is_stopped = False

    def run(self, job: Job, shard: Shard) -> ShardResult:
        """Run a shard, whatever dies.

        Raises:
            ChildProcessError: If the process dies wherever it is told to begin, or was stopped.
            InputError: If the shard raised anything that is no error of ours; it names the shard's files.
            CitywatchError: What else the shard raised, from the process.
        """
        watch, deaths = Watch(), Counter[tuple[int, str]]()
        while True:
            self._notes[: _NOTE.size] = bytes(_NOTE.size)
            answer = self._asked((self._call, job, shard, watch.left_out, watch.ends))
            if isinstance(answer, CitywatchError):
                raise answer
            if isinstance(answer, BaseException):
                raise failure(shard, answer) from answer
            if answer is not None:
                result: ShardResult = answer
                return result
            self._learn(watch, deaths, shard)

    def stop(self) -> None:
        """Kill the process; whoever waits for it gets an error."""
        self._is_stopped = True
        process = self._process
        if process is not None:
            process.kill()

    def close(self) -> None:
        """End the process and let go of everything."""
        self.stop()
        self._end()
        self._notes.close()
        self._file.close()

    def _learn(self, watch: Watch, deaths: Counter[tuple[int, str]], shard: Shard) -> None:
        """Leave out what the process died at, from the second death on."""
        source, length = _NOTE.unpack(self._notes[: _NOTE.size])
        place = source, self._notes[_NOTE.size : _NOTE.size + length].decode("utf-8", "replace")
        deaths[place] += 1
        if self._is_stopped or deaths[place] > 4:
            raise ChildProcessError(
                f"{shard.sources[source].path}: its process died at {place[1]!r}, {deaths[place]} times (shard {shard.number})"
            )
        if place in watch.left_out:
            watch.ends[source] = place[1]
        elif deaths[place] == 2:
            watch.left_out[place] = _WHY

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            end_process(process)

    def _asked(self, question: Any) -> Any:
        """The answer of the process; None if it died."""
        if self._is_stopped:
            raise ChildProcessError("the processes that run shards have been stopped")
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-c", _START, str(self._file.fileno())],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=(self._file.fileno(),),
            )  # fmt: skip
        source, target = self._process.stdout, self._process.stdin
        if source is None or target is None:
            raise ChildProcessError("the process that runs shards has no pipe")
        try:
            _send(target, question)
            return _received(source)
        except (OSError, EOFError):
            self._end()
            return None


def failure(shard: Shard, error: BaseException) -> InputError:
    """An error that names the sources of the shard that raised another."""
    names = [source.path for source in shard.sources]
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    told = f"{type(error).__name__}: {error}".split("\n")[0][:300].rstrip(": ")
    return InputError(f"{', '.join(names[:_MOST_NAMES])}{more}: cannot be screened ({told}). {LEAVE_OUT}")


_OWN = threading.local()


def guarded(job: Job, shard: Shard) -> ShardResult:
    """Run a shard under a guard of this thread; how a worker of a cluster runs it."""
    if not hasattr(_OWN, "guard"):
        _OWN.guard = Guard()
    result: ShardResult = _OWN.guard.run(job, shard)
    return result


def _send(stream: IO[bytes], message: Any) -> None:
    data = pickle.dumps(message)
    stream.write(_SIZE.pack(len(data)) + data)
    stream.flush()


def _received(stream: IO[bytes]) -> Any:
    head = stream.read(_SIZE.size)
    if len(head) < _SIZE.size:
        raise EOFError
    (size,) = _SIZE.unpack(head)
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return pickle.loads(data)  # noqa: S301 - between a process and the one that started it


def serve(descriptor: int) -> None:
    """Answer on standard output until standard input ends."""
    source, target = os.fdopen(0, "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is interrupted too, and ends this process
    end_with_parent()
    notes = mmap.mmap(descriptor, _NOTE_BYTES)
    while True:
        try:
            call, job, shard, left_out, ends = _received(source)
        except EOFError:
            return
        module, _, name = call.partition(":")
        try:
            answer: Any = getattr(import_module(module), name)(job, shard, Watch(left_out, ends, notes))
        except Exception as error:  # noqa: BLE001 - raised again in the process that asked
            answer = error
        _send(target, answer)
