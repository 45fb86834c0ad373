"""The one backtest that may run at a time: the command itself as a process of its own, watched, and ended when told to."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from fundarb.config.keys import KEY_NAMES
from fundarb.errors import LockHeld
from fundarb.web.token import TOKEN_NAME

KEPT_LINES = 200
PATIENCE_S = 10.0  # between asking a process to end and ending it
_LARGEST_LINE = 1 << 20
_SECRETS = frozenset({*KEY_NAMES, TOKEN_NAME})  # research needs none of them


class Stage(StrEnum):
    """How far a job is."""

    NONE = "none"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(slots=True)
class Job:
    """The newest job: what it was asked, what it says, what came of it."""

    asked: str = ""
    stage: Stage = Stage.NONE
    code: int | None = None
    said: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))
    runs: list[dict[str, Any]] = field(default_factory=list)
    _process: asyncio.subprocess.Process | None = None
    _task: asyncio.Task[None] | None = None
    _cancelled: bool = False

    async def start(self, words: Sequence[str], asked: str) -> None:
        """Begin `fundarb WORDS`; LockHeld while another one runs."""
        if self.stage is Stage.RUNNING:
            raise LockHeld(f"`{self.asked}` is still running; one at a time: wait for it, or cancel it")
        self.asked, self.stage, self.code, self.runs, self._cancelled = asked, Stage.RUNNING, None, [], False
        self.said.clear()
        pipe = asyncio.subprocess.PIPE
        try:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "fundarb", *words),
                stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe, limit=_LARGEST_LINE, start_new_session=True,
                env={name: value for name, value in os.environ.items() if name not in _SECRETS},
            )  # fmt: skip
        except OSError as error:
            self.stage = Stage.FAILED
            self.said.append(f"the process could not be started: {error.strerror}")
            return
        self._task = asyncio.create_task(self._watch(self._process))

    async def cancel(self) -> None:
        """End it as Ctrl-C would, by force if it does not heed that; nothing where none runs."""
        process, task = self._process, self._task
        if process is None or task is None or self.stage is not Stage.RUNNING:
            return
        self._cancelled = True
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        done, _ = await asyncio.wait([task], timeout=PATIENCE_S)
        if not done:
            with suppress(ProcessLookupError):
                process.kill()
            await asyncio.wait([task])

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        """Read it to its end."""
        assert process.stdout is not None, "both ends were asked for"
        answer, _ = await asyncio.gather(process.stdout.read(), self._listen(process))
        self.code = await process.wait()
        if self._cancelled:
            self.stage = Stage.CANCELLED
        else:
            self.stage = self._understood(answer) if self.code == 0 else Stage.FAILED

    def _understood(self, answer: bytes) -> Stage:
        """Done, where the answer is what it should be."""
        try:
            self.runs = _runs_of(answer)
        except (ValueError, KeyError, TypeError):
            self.said.append("its answer cannot be read; is it another version?")
            return Stage.FAILED
        return Stage.DONE

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None, "both ends were asked for"
        while True:
            try:
                line = await process.stderr.readline()
            except ValueError:  # longer than anything a person reads
                continue
            if not line:
                return
            self.said.append(line.decode("utf-8", "replace").rstrip())


def _runs_of(answer: bytes) -> list[dict[str, Any]]:
    """The runs of `backtest --format json`, then its benchmarks."""
    document = json.loads(answer)
    runs: list[dict[str, Any]] = document["runs"]
    known = {run["run_id"] for run in runs}
    return [*runs, *(run for run in document["benchmarks"].values() if run["run_id"] not in known)]
