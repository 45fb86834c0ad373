"""Somebody who does what a page says, top to bottom: its commands in a shell, what never returns seen and stopped.

A line that a shell would hand on as it stands may be forked off a warm process instead; what is judged of the installed
command itself (`cold`) never is."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.cli.processes import environment, forked

PATIENCE_S = 240.0
INSTALLING = ("make", "pipx")  # run by CI itself, before any test
SHELL = frozenset("|&;<>$`(){}~*?\\")  # what a shell does more with than to split a line
SIGNS = {"sandbox": "http://127.0.0.1:", "trade": "started"}  # by which one sees that what never returns works


class Reader:
    """One reader in one directory, who has the command installed and an exchange to talk to."""

    def __init__(self, home: Path, url: str, serving: ExitStack, *, cold: bool) -> None:
        """The command is where an installation puts it: in `.local/bin` below the home. What a page starts in a terminal
        of its own ends with `serving`."""
        self._serving, self._cold = serving, cold
        self.home, self.directory = home, home / "fundarb"
        self.directory.mkdir()
        kept = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")  # what is compiled once is for all
        self.environment = {
            **environment(HOME=str(home), XDG_CACHE_HOME=kept, FUNDARB__VENUE__URL=url),
            "PATH": f"{_installed(home)}:{Path(sys.executable).parent}:/usr/bin:/bin",
        }

    def do(self, text: str) -> None:
        """The commands of a block, one after the other."""
        for line in commands(text):
            words = shlex.split(line, comments=True)
            endless = never_returns(words)
            if words[0] == "export":
                self.environment |= dict([words[1].split("=", 1)])
            elif endless is not None:
                self._see(*endless)
            elif words[0] not in INSTALLING:
                self.run(line)

    def _see(self, line: str, command: str) -> None:
        """What serves the others stays up for the page, and is what they talk to; anything else is stopped once seen."""
        if command == "sandbox":
            url = self._serving.enter_context(self.watched(line, command))
            self.environment["FUNDARB__VENUE__URL"] = url
        else:
            with self.watched(line, command):
                pass

    def run(self, line: str, cwd: Path | None = None) -> str:
        """A command that must end well; its answer."""
        words = None if self._cold else plain(line)
        done = self._shell(line, cwd) if words is None else self._warm(words, cwd)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        return done.stdout

    def _shell(self, line: str, cwd: Path | None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/bash", "-euc", line],
            cwd=cwd or self.directory,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    def _warm(self, words: list[str], cwd: Path | None) -> subprocess.CompletedProcess[str]:
        told = {name: value for name, value in self.environment.items() if not name.startswith("PYTHON")}
        return forked("fundarb", *words, cwd=cwd or self.directory, **told)

    @contextmanager
    def watched(self, line: str, command: str) -> Iterator[str]:
        """A command that never returns: seen to work, and ended by Ctrl-C; the line that showed it."""
        with subprocess.Popen(
            ["/bin/bash", "-euc", f"exec {line}"],
            cwd=self.directory,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            limit = threading.Timer(PATIENCE_S, process.kill)
            limit.start()
            try:
                seen = next((told for told in process.stdout if SIGNS[command] in told), None)
                if seen is not None:
                    yield seen.strip()
                process.send_signal(signal.SIGINT)
                _, said = process.communicate(timeout=PATIENCE_S)
            finally:
                limit.cancel()
                process.kill()
        assert seen is not None, f"{line}: nothing was seen of it\n{said}"
        assert process.returncode == 128 + signal.SIGINT, f"{line}\n{said}"


def commands(text: str) -> list[str]:
    """The lines of a block as commands, continued lines as one, without what is only a comment."""
    lines = text.replace("\\\n", " ").splitlines()
    return [line for line in lines if shlex.split(line, comments=True)]


def plain(line: str) -> list[str] | None:
    """What follows `fundarb` on a line that a shell only splits; None where it has more to do, or another program."""
    words = shlex.split(line, comments=True)
    return None if words[0] != "fundarb" or SHELL.intersection(line) else words[1:]


def never_returns(words: list[str]) -> tuple[str, str] | None:
    """The command line that goes on until it is stopped, and which command that is; None where it ends by itself."""
    if words[0] == "tmux":
        inner = never_returns(shlex.split(words[-1]))
        assert inner is not None, f"{words[-1]} needs no tmux"
        return inner
    names = [word for word in words[1:] if word in SIGNS]
    if words[0] != "fundarb" or not names or "--once" in words:
        return None
    return shlex.join(words), names[0]


def _installed(home: Path) -> Path:
    """Where the command is, as an installation for one user leaves it."""
    there = home / ".local/bin"
    there.mkdir(parents=True)
    (there / "fundarb").symlink_to(Path(sys.executable).with_name("fundarb"))
    return there
