"""How far long work has come, on stderr: a bar with rate and time left on a terminal, else a line every few seconds."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import TextIO

BAR = 24
WIDE = 120  # columns of a terminal that does not say how many it has
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
        parts = self._parts(done, total, unit, now - self._since) + ([remark] if remark else [])
        self._print(self._fitted(parts, min(done / total, 1.0)) if self._on_terminal and total else "  ".join(parts))

    def _parts(self, done: int, total: int | None, unit: str, seconds: float) -> list[str]:
        rate = (done - self._first) / seconds if seconds > 0 else 0.0
        parts = [f"{self._what}: {_amount(done, unit)}", f"{_amount(rate, unit)}/s"]
        if total:
            parts.insert(1, f"{min(done / total, 1.0):4.0%}")
            if rate > 0:
                parts.append(f"{_clock_text((total - done) / rate)} left")
        return parts

    def _fitted(self, parts: list[str], share: float) -> str:
        """With the bar where there is room for it: a line that wraps could not be drawn over."""
        filled = round(share * BAR)
        whole = "  ".join([parts[0], f"[{'#' * filled}{'.' * (BAR - filled)}]", *parts[1:]])
        return whole if len(whole) < self._columns else "  ".join(parts)

    @property
    def _columns(self) -> int:
        try:
            return (os.get_terminal_size(self.stream.fileno()).columns if self.stream else 0) or WIDE
        except (OSError, ValueError):
            return WIDE

    def _print(self, line: str) -> None:
        assert self.stream is not None
        if self._on_terminal:
            line = line[: self._columns - 1]
            self.stream.write("\r" + line.ljust(min(self._width, self._columns - 1)))
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
