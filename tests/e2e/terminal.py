"""A command on a terminal of a given size: a real pseudo-terminal, what is drawn on it, and keys pressed at it."""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.cli.processes import environment

HOME, LEAVE, SHOW_CURSOR = "\x1b[H", "\x1b[?1049l", "\x1b[?25h"
ENTER = "\x1b[?1049h"
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def frames(seen: str) -> list[str]:
    """Every picture that was drawn, as text, the last one perhaps in part; first what came before any."""
    return [_CONTROL.sub("", frame).replace("\r", "") for frame in seen.split(HOME)]


@dataclass(slots=True)
class Terminal:
    """The side of the person."""

    process: subprocess.Popen[bytes]
    master: int
    seen: str = ""
    modes: list[object] = field(default_factory=list)

    @property
    def frame(self) -> str:
        """The last picture that was drawn whole, as text."""
        drawn = frames(self.seen)
        return drawn[-2] if len(drawn) > 2 else ""

    def until(self, wanted: Callable[[str], bool], patience_s: float = 120.0) -> str:
        """The first frame that is as wanted."""
        ends = time.monotonic() + patience_s
        while not wanted(self.frame):
            assert time.monotonic() < ends, f"never drawn; last:\n{self.frame}\nof {len(self.seen)} characters"
            assert self.read(1.0) or self.process.poll() is None, f"ended: {self.seen[-2000:]}"
        return self.frame

    def read(self, wait_s: float) -> bool:
        """Take in what was written; whether there was anything."""
        if not select.select([self.master], [], [], wait_s)[0]:
            return False
        with suppress(OSError):  # the other side has closed
            data = os.read(self.master, 65536)
            self.seen += data.decode("utf-8", "replace")
            return bool(data)
        return False

    def resize(self, columns: int, rows: int) -> None:
        """As a person drags a corner: the kernel tells the process."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self.master, keys.encode())

    def ended(self, patience_s: float = 60.0) -> int:
        """The exit code, everything that was written having been read."""
        ends = time.monotonic() + patience_s
        while self.process.poll() is None:
            assert time.monotonic() < ends, f"still there: {self.seen[-2000:]}"
            self.read(0.2)
        while self.read(0.1):
            pass
        return self.process.returncode


@contextmanager
def on_terminal(*argv: str, cwd: Path, columns: int, rows: int, **extra: str) -> Iterator[Terminal]:
    """`fundarb` with these words on a terminal of its own; killed at the end of the block if it still runs."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    command = [sys.executable, "-m", "fundarb", *argv]
    env = environment(**extra) | {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
    env.pop("COLUMNS", None)
    env.pop("LINES", None)
    process = subprocess.Popen(command, cwd=cwd, env=env, preexec_fn=lambda: os.login_tty(slave))
    terminal = Terminal(process, master, modes=list(termios.tcgetattr(slave)))
    try:
        yield terminal
        assert termios.tcgetattr(slave) == terminal.modes
    finally:
        process.kill()
        process.wait()
        os.close(master)
        os.close(slave)
