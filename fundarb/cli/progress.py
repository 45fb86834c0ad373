"""How far long work has come, on stderr: a bar with rate and time left on a terminal, else a line every few seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import TextIO

BAR = 24
EVERY_S = {True: 0.1, False: 5.0}  # by whether stderr is a terminal


@dataclass(slots=True)
class Progress:
    """Shows the newest (what, done, total, unit); silent where `shown` is false and after the block it is used in."""

    shown: bool = True
    stream: TextIO | None = field(default_factory=lambda: sys.stderr)
    clock: Callable[[], float] = time.monotonic
    _what: str = ""
    _since: float = 0.0
    _first: int = 0
    _printed: float = 0.0
    _width: int = 0

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clear()

    @property
    def _on_terminal(self) -> bool:
        return self.stream is not None and self.stream.isatty()

    def __call__(
        self, what: str, done: int, total: int | None = None, unit: str = "rows", remark: str | None = None
    ) -> None:
        """Note how far `what` has come, and what else is to be said of it; printed when it is time."""
        now = self.clock()
        if what != self._what:
            self._what, self._since, self._first, self._printed = what, now, done, now
        if not self.shown or self.stream is None or now - self._printed < EVERY_S[self._on_terminal]:
            return
        self._printed = now
        line = self._line(done, total, unit, now - self._since)
        self._print(f"{line}  {remark}" if remark else line)

    def _line(self, done: int, total: int | None, unit: str, seconds: float) -> str:
        rate = (done - self._first) / seconds if seconds > 0 else 0.0
        parts = [f"{self._what}: {_amount(done, unit)}", f"{_amount(rate, unit)}/s"]
        if total:
            share = min(done / total, 1.0)
            parts.insert(1, f"{share:4.0%}")
            if rate > 0:
                parts.append(f"{_clock_text((total - done) / rate)} left")
            if self._on_terminal:
                filled = round(share * BAR)
                parts.insert(1, f"[{'#' * filled}{'.' * (BAR - filled)}]")
        return "  ".join(parts)

    def _print(self, line: str) -> None:
        assert self.stream is not None
        if self._on_terminal:
            self.stream.write("\r" + line.ljust(self._width))
            self._width = len(line)
        else:
            self.stream.write(line + "\n")
        self.stream.flush()

    def _clear(self) -> None:
        """Take the bar off the terminal, so that what comes next starts on a clean line."""
        if self._width and self.stream is not None:
            self.stream.write("\r" + " " * self._width + "\r")
            self.stream.flush()
            self._width = 0


def _amount(number: float, unit: str) -> str:
    return f"{number / 1e6:,.1f} MB" if unit == "bytes" else f"{number:,.0f} {unit}"


def _clock_text(seconds: float) -> str:
    whole = max(round(seconds), 0)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"
