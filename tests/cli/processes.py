"""Real processes for tests: the program, or the frame around watched commands; cold, or forked off a warm one."""

from __future__ import annotations

import atexit
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[2]
_CLEAN = ("NO_COLOR", "COLUMNS", "FORCE_COLOR", "FUNDARB_API_KEY", "FUNDARB_API_SECRET")
_ASKING = threading.Lock()
PATIENCE_S = 300  # with a run that comes to no end
Words = Sequence[str | Path]


def environment(**extra: str) -> dict[str, str]:
    """This process's environment without what would change an answer."""
    kept = {name: value for name, value in os.environ.items() if name not in _CLEAN and "FUNDARB__" not in name.upper()}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", **extra}


def call(module: str, *args: str | Path, cwd: Path | None = None, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m module` to its end, from a cold start: with imports, and a seed of hashes, of its own."""
    argv = [sys.executable, "-m", module, *map(str, args)]
    return subprocess.run(
        argv, cwd=cwd, env=environment(**extra), capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )


def fundarb(*args: str | Path, cwd: Path | None = None, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end."""
    return forked("fundarb", *args, cwd=cwd, **extra)


def frame(*args: str | Path, cwd: Path | None = None, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run the frame around the watched commands."""
    return forked("tests.cli.frame", *args, cwd=cwd, **extra)


def forked(module: str, *args: str | Path, cwd: Path | None = None, **extra: str) -> subprocess.CompletedProcess[str]:
    """As `call`, forked off a warm process unless the interpreter itself is told something."""
    if any(name.startswith("PYTHON") for name in extra):
        return call(module, *args, cwd=cwd, **extra)
    return lived(module, args, extra, cwd)


def lived(
    module: str, words: Words, extra: Mapping[str, str], cwd: Path | None, patience_s: int = PATIENCE_S
) -> subprocess.CompletedProcess[str]:
    """A fork, to its end."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        code = fork(module, words, extra, out=out, err=err, cwd=cwd, patience_s=patience_s).code()
        return subprocess.CompletedProcess([module, *map(str, words)], code, _text(out), _text(err))


@dataclass(frozen=True, slots=True)
class Fork:
    """A run that goes on beside whoever began it: its process, and where it is told how it ended."""

    pid: int
    _end: socket.socket

    def code(self) -> int:
        """Its exit code, once it has ended."""
        with self._end:
            return _told(self._end)


def fork(
    module: str,
    words: Words,
    extra: Mapping[str, str],
    *,
    out: IO[Any],
    err: IO[Any],
    cwd: Path | None = None,
    patience_s: int = PATIENCE_S,
) -> Fork:
    """Begin `python -m module` off a warm process; it is ended where it outlasts all patience."""
    request = {
        "module": module,
        "words": [*map(str, words)],
        "cwd": str((cwd or Path()).absolute()),
        "environment": environment(**extra),
        "patience_s": patience_s,
    }
    own, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with other, _ASKING:
        socket.send_fds(_warm(), [json.dumps(request).encode()], [out.fileno(), err.fileno(), other.fileno()])
    return Fork(_told(own), own)


def _told(end: socket.socket) -> int:
    answer = end.recv(16)
    assert answer, "the warm process has ended; what it said last stands above"
    return int(answer)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode().replace("\r\n", "\n")


@cache
def _warm() -> socket.socket:
    """To a process that forks others, and ends with this one."""
    own, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    argv = [sys.executable, "-m", "tests.cli.warm", str(other.fileno())]
    one_thread = environment(OPENBLAS_NUM_THREADS="1")  # a process of several threads should not fork
    process = subprocess.Popen(argv, env=one_thread, stdout=subprocess.DEVNULL, pass_fds=[other.fileno()])
    other.close()
    atexit.register(process.wait)
    atexit.register(own.close)
    return own
