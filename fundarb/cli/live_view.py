"""Trading drawn on a terminal: on the alternate screen, which leaves no trace, and between two steps, never during one.

Drawing happens in a thread: a terminal that takes nothing for a while (Ctrl-S, a slow line) holds up the picture only. Told
to stop, it gives the terminal back first: what is done until the end is told in lines, and the end may come at once."""

from __future__ import annotations

import asyncio
import io
import logging
import re
import signal
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Protocol, Self

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from fundarb.cli import logs
from fundarb.reporting.scene_page import scene_page

if TYPE_CHECKING:
    from types import TracebackType

    from fundarb.ports.journal import Event
    from fundarb.reporting.scene import Scene

LEAST_S, MOST_S = 0.25, 2.0  # between two drawings: at least, and at most although nothing happened
BACK_S = 0.5  # for giving the terminal back: one that takes nothing holds up no end
STOPPING = "told to stop: the step in hand is finished first; told again, it ends at once"
KEPT = 200  # events, and words of the log
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
STYLES = {"title": "bold", "head": "dim", "alarm": "bold red reverse", "enter": "green", "leave": "yellow", "plain": ""}


class Onlooker(Protocol):
    """Sees what there is to draw, and whether it may be looked at now."""

    @property
    def at_work(self) -> bool:
        """Whether a step is in hand, which nothing is to be taken from."""
        ...

    async def scene(self) -> Scene:
        """All there is to see now."""
        ...


class Screen(io.TextIOBase):
    """The picture, and what is told below it. As a file it takes the words of the log, kept as `words`.

    A picture that fails is given up: what happens goes to `lines` then, and trading goes on."""

    def __init__(self, console: Console, lines: Callable[[Event], None]) -> None:
        self._lines = lines
        self._live = Live(
            console=console, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False
        )
        self._console, self._lock = console, threading.Lock()
        self._told: deque[Event | str] = deque(maxlen=KEPT)
        self.words: deque[str] = deque(maxlen=KEPT)
        self.changed = asyncio.Event()
        self.last: Scene | None = None

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._live.stop()

    def hear(self, event: Event) -> None:
        """Show it at the next drawing."""
        if not self._live.is_started:
            self._lines(event)
        self._told.append(event)
        self.changed.set()

    def give_back(self) -> None:
        """Leave the terminal as it was, now, and go on in lines; BACK_S at most."""
        leaving = threading.Thread(target=self._leave, daemon=True)
        leaving.start()
        leaving.join(BACK_S)

    def _leave(self) -> None:
        with self._lock, suppress(OSError):  # of a terminal that is gone
            if self._live.is_started:
                self._live.stop()
                logs.repeat(STOPPING)

    def give_up(self, error: Exception) -> None:
        """Leave the terminal as it was, and say why."""
        with self._lock:
            self._live.stop()
        logs.tell(logging.WARNING, f"the live view failed ({type(error).__name__}); from here on a line an event")
        logs.detail("the live view failed", error)

    def write(self, text: str) -> int:
        """Words of the log: shown below the picture, and kept."""
        for line in _COLOURS.sub("", text).splitlines():
            if line.strip():
                self._told.append(line)
                self.words.append(line)
        return len(text)

    def draw(self, scene: Scene) -> None:
        """The scene as it fits the terminal now."""
        self.last, size = scene, self._console.size
        page = scene_page(scene, list(self._told), size.width, size.height)
        lines = [Text(line.text, style=STYLES[line.look], no_wrap=True, overflow="crop") for line in page]
        with self._lock:
            if self._live.is_started:
                self._live.update(Group(*lines), refresh=True)


@asynccontextmanager
async def drawn(screen: Screen, watching: Onlooker) -> AsyncIterator[None]:
    """Draws for the block; at once when the terminal changes its size."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGWINCH, screen.changed.set)
    task = asyncio.create_task(_draw_on(screen, watching))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        loop.remove_signal_handler(signal.SIGWINCH)


async def _draw_on(screen: Screen, watching: Onlooker) -> None:
    try:
        while True:
            if not watching.at_work:
                await asyncio.to_thread(screen.draw, await watching.scene())
                await _changed(screen)
            await asyncio.sleep(LEAST_S)
    except Exception as error:  # whatever is wrong with a picture, trading goes on
        screen.give_up(error)


async def _changed(screen: Screen) -> None:
    """Wait until something happened, or for so long that ages are to be shown anew."""
    with suppress(TimeoutError):
        async with asyncio.timeout(MOST_S):
            await screen.changed.wait()
    screen.changed.clear()
