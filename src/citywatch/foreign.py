"""Foreign bytes are parsed in a worker with limits on time, memory and output.

A parser that hangs, eats memory or dies takes its worker with it, not the run: the caller gets a :class:`ForeignError` that
names the limit, sets the input aside and goes on with a fresh worker. Answers travel as JSON, so a worker that was taken
over cannot run code in its parent.
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from importlib import import_module
from types import TracebackType
from typing import IO, Any, Self

from citywatch.errors import InputError

_HEAD = struct.Struct(">II")
_READY = b"ready"
START_SECONDS = 120
_LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What one parse may use.

    Attributes:
        seconds: Wall time of one parse.
        memory_bytes: Address space of the worker; not enforced on Windows.
        output_bytes: Size of one answer as JSON.
    """

    seconds: float = 20.0
    memory_bytes: int = 1_500_000_000
    output_bytes: int = 20_000_000


class ForeignError(InputError):
    """Foreign bytes were set aside.

    Attributes:
        reason: One word: ``too_slow``, ``too_much_memory``, ``too_much_output`` or ``parser_failed``.
        detail: What happened, in words; never document text.
    """

    def __init__(self, reason: str, detail: str) -> None:
        self.reason, self.detail = reason, detail
        super().__init__(f"set aside: {detail}")

    def __reduce__(self) -> tuple[type[ForeignError], tuple[str, str]]:
        """How the error travels between processes."""
        return type(self), (self.reason, self.detail)


def end_process(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that answers over pipes, and let go of the pipes."""
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()


def end_with_parent() -> None:
    """End this process when the one that started it is gone, whatever it is doing then."""
    parent = os.getppid()

    def wait() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_SECONDS)
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


class Worker:
    """One process that parses foreign bytes, started when first needed and again after it died.

    Args:
        call: ``module:function``; takes a dict of options and the bytes, returns what JSON can carry.
        limits: What one parse may use.
    """

    def __init__(self, call: str, limits: Limits | None = None) -> None:
        self.call, self.limits = call, limits or Limits()
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, options: dict[str, Any], payload: bytes = b"") -> Any:
        """Parse once.

        Raises:
            ForeignError: If a limit was passed or the parser failed.
        """
        process = self._started()
        late = threading.Event()
        watch = _watch(process, self.limits.seconds, late)
        try:
            answer = self._ask(process, json.dumps(options).encode(), payload)
        except (OSError, ForeignError) as error:
            self.close()
            if late.is_set():
                raise ForeignError("too_slow", f"reading took more than {self.limits.seconds:g} seconds") from error
            if isinstance(error, ForeignError):
                raise
            raise ForeignError("parser_failed", "the worker that read it died") from error
        finally:
            watch.cancel()
        if "problem" in answer:
            raise ForeignError(answer["reason"], answer["problem"])
        return answer["answer"]

    def close(self) -> None:
        """End the worker."""
        process, self._process = self._process, None
        if process is not None:
            end_process(process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.close()
        command = [sys.executable, "-m", "citywatch.foreign", self.call, str(self.limits.memory_bytes)]
        process = subprocess.Popen(  # noqa: S603 - our own module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._process = process
        watch = _watch(process, START_SECONDS, threading.Event())
        try:
            _exactly(_stream(process.stdout), len(_READY))  # a busy machine must not eat the time of the first parse
        except ForeignError:
            self.close()
            raise ForeignError("parser_failed", f"the worker did not start within {START_SECONDS} seconds") from None
        finally:
            watch.cancel()
        return process

    def _ask(self, process: subprocess.Popen[bytes], head: bytes, payload: bytes) -> Any:
        target, source = _stream(process.stdin), _stream(process.stdout)
        for part in (_HEAD.pack(len(head), len(payload)), head, payload):
            target.write(part)
        target.flush()
        (size,) = struct.unpack(">I", _exactly(source, 4))
        if size > self.limits.output_bytes:
            limit = self.limits.output_bytes
            raise ForeignError("too_much_output", f"its text is {size:,} bytes long, the limit is {limit:,}")
        return json.loads(_exactly(source, size))


def _watch(process: subprocess.Popen[bytes], seconds: float, late: threading.Event) -> threading.Timer:
    watch = threading.Timer(seconds, _stop, (process, late))
    watch.daemon = True
    watch.start()
    return watch


def _exactly(source: IO[bytes], size: int) -> bytes:
    got = source.read(size)
    if len(got) < size:
        raise ForeignError("parser_failed", "the worker that read it died")
    return got


def _stop(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    process.kill()


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise ForeignError("parser_failed", "the worker has no pipe")
    return stream


def _limit_memory(memory_bytes: int) -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer(function: Any, options: dict[str, Any], payload: bytes) -> bytes:
    try:
        answer = json.dumps({"answer": function(options, payload)}, ensure_ascii=False).encode("utf-8", "replace")
    except MemoryError:
        answer = json.dumps({"reason": "too_much_memory", "problem": "reading it passed the memory limit"}).encode()
    except ForeignError as error:
        answer = json.dumps({"reason": error.reason, "problem": error.detail}).encode()
    except Exception as error:  # noqa: BLE001 - whatever a parser raises on hostile bytes, the input is set aside
        problem = f"the parser failed ({type(error).__name__})"
        answer = json.dumps({"reason": "parser_failed", "problem": problem}).encode()
    return answer


def serve(call: str, memory_bytes: int) -> None:
    """Answer requests on standard input until it ends."""
    source, target = os.fdopen(0, "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    end_with_parent()
    module, _, name = call.partition(":")
    function = getattr(import_module(module), name)
    _limit_memory(memory_bytes)
    target.write(_READY)
    target.flush()
    while head := source.read(_HEAD.size):
        sizes = _HEAD.unpack(head)
        options = json.loads(source.read(sizes[0]))
        answer = _answer(function, options, source.read(sizes[1]))
        target.write(struct.pack(">I", len(answer)) + answer)
        target.flush()


if __name__ == "__main__":
    import_module("citywatch.foreign").serve(sys.argv[1], int(sys.argv[2]))
