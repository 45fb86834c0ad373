"""A tour's stage: commands run as processes of their own in one directory, each shown before it runs.

Whatever was started is ended with the tour, however the tour ends; nothing of the caller's configuration reaches it."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from fundarb.errors import FundarbError, VenueUnreachable

_ENDING_S = 30.0  # a process that was told to stop and has not by then is killed
_STOPPED = 128 + signal.SIGINT
_URL = "FUNDARB__VENUE__URL"


class Tour:
    """Where commands run, what they are told by the environment, and who is shown them."""

    def __init__(self, directory: Path, say: Callable[[str], None], answers: int | None) -> None:
        """`answers` is the file descriptor that takes the answers of the commands; None is that of this process."""
        self.directory, self.say, self._answers = directory, say, answers
        self._environment = _neutral()

    async def run(self, words: str, line: str) -> None:
        """Run a command to its end, which must be a good one."""
        self._show(words, line)
        process = await self._start(line, self._answers)
        async with _ended(process):
            code = await process.wait()
        if code != 0:
            raise FundarbError(f"the demo ends here: `{line}` ended with exit code {code}")

    @asynccontextmanager
    async def serve(self, words: str, line: str) -> AsyncIterator[None]:
        """An exchange in the background, which the commands of the block are pointed at."""
        self._show(words, f"{line} &")
        process = await self._start(line, PIPE, errors=DEVNULL)
        async with _ended(process):
            assert process.stdout is not None
            url = (await process.stdout.readline()).decode().strip()
            if not url.startswith("http://127."):
                raise VenueUnreachable(f"the demo ends here: `{line}` did not say where it listens")
            self._environment[_URL] = url
            self.say(url)
            self._show("Commands find it there:", f"export {_URL}={url}")
            yield
        del self._environment[_URL]

    async def watch(self, words: str, line: str, until: str) -> None:
        """Run a command that never returns until it has told of an event, and stop it as Ctrl-C does."""
        self._show(words, line)
        process = await self._start(line, PIPE)
        async with _ended(process):
            assert process.stdout is not None
            if await self._relay(process.stdout, until):
                process.send_signal(signal.SIGINT)
                self.say("^C")
                await self._relay(process.stdout)
            code = await process.wait()
        if code != _STOPPED:
            raise FundarbError(f"the demo ends here: `{line}` ended with exit code {code} without {until!r}")

    async def _relay(self, lines: asyncio.StreamReader, until: str | None = None) -> bool:
        """Pass on what is told, up to the event and what belongs to the same moment; whether it came."""
        async for told in lines:
            words = told.decode().rstrip()
            self.say(words)
            if until in words.split()[:2]:
                return True
        return False

    def _show(self, words: str, line: str) -> None:
        self.say(f"\n{words}\n$ {line}")

    async def _start(self, line: str, answers: int | None, errors: int | None = None) -> Process:
        """The command as a process: `fundarb` is this very program."""
        program, *rest = shlex.split(line)
        argv = [sys.executable, "-m", "fundarb", *rest] if program == "fundarb" else [program, *rest]
        return await asyncio.create_subprocess_exec(
            *argv, cwd=self.directory, env=self._environment, stdin=DEVNULL, stdout=answers, stderr=errors
        )


def _neutral() -> dict[str, str]:
    """This process's environment without parameters and keys, which belong to what its owner really does."""
    return {name: value for name, value in os.environ.items() if not name.upper().startswith("FUNDARB_")}


@asynccontextmanager
async def _ended(process: Process) -> AsyncIterator[None]:
    """The process ends with the block, by force if it takes its time."""
    try:
        yield
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.terminate()
            try:
                await asyncio.wait_for(process.communicate(), _ENDING_S)
            except TimeoutError:
                process.kill()
                await process.wait()
