"""The other side of a gated process: follows it from step to step, and lets it go on."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.cli.processes import lived

LONGEST_S = 200.0  # a process that has not come to its next step, or its end, by then hangs
LIFE_S = 3_600  # of one that goes on from step to step
COMING_S = 60.0  # until it stands before its start


@dataclass(frozen=True, slots=True)
class Step:
    """Where a process stands."""

    pid: int
    when: str
    step: str
    order: str
    leg: str
    kinds: Sequence[str]


@dataclass
class Gated:
    """A process that stands still at its steps."""

    ended: Callable[[], subprocess.CompletedProcess[str] | None]
    _channel: socket.socket
    pid: int = 0
    passed: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._reader = self._channel.makefile("rb")

    def steps(self) -> Iterator[Step]:
        """Each step the process stands at; taking the next one lets it go on. Ends with the process."""
        for line in self._lines():
            self.passed.append(Step(**json.loads(line)))
            self.pid = self.passed[-1].pid
            yield self.passed[-1]
            self.release()

    def release(self) -> None:
        """Let it go on, if it still lives."""
        with suppress(OSError):
            self._channel.sendall(b"\n")

    def kill(self) -> None:
        """kill -9, by number."""
        os.kill(self.pid, signal.SIGKILL)

    def without_disk(self, left: int) -> None:
        """From now on no file of it grows beyond so many bytes."""
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (left, resource.RLIM_INFINITY))

    def finish(self) -> subprocess.CompletedProcess[str]:
        """Let it go through all its steps, and how it ended."""
        for _ in self.steps():
            continue
        done = self.ended()
        assert done is not None, f"still running {LONGEST_S:.0f} s after its last step"
        return done

    def _lines(self) -> Iterator[bytes]:
        with suppress(ConnectionResetError):
            yield from iter(
                self._reader.readline, b""
            )  # the reader itself would be closed with whoever stops following


@contextmanager
def gated(words: Sequence[str], cwd: Path, **extra: str) -> Iterator[Gated]:
    """`fundarb` with these words, standing before its start; killed at the end of the block if it still runs."""
    done: list[subprocess.CompletedProcess[str]] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(COMING_S)
        port = str(listening.getsockname()[1])

        def run() -> None:
            done.append(lived("tests.e2e.gated", words, {"GATE_PORT": port, **extra}, cwd, LIFE_S))

        thread = threading.Thread(target=run)
        thread.start()

        def ended() -> subprocess.CompletedProcess[str] | None:
            thread.join(LONGEST_S)
            return done[0] if done else None

        try:
            channel, _ = listening.accept()
        except TimeoutError:
            raise AssertionError(f"it never came to its start: {done[0].stderr if done else 'still running'}") from None
    with channel:
        channel.settimeout(LONGEST_S)
        process = Gated(ended, channel)
        try:
            yield process
        finally:
            if thread.is_alive() and process.pid:
                with suppress(ProcessLookupError):
                    process.kill()
            thread.join()
