"""A run that is forked off a warm process is a cold one in all that a test can see."""

from __future__ import annotations

import os
import signal
import tempfile
from pathlib import Path

import pytest

from tests.cli.processes import call, fork, forked, fundarb

ENDS = {
    "a code": "sys.exit(7)",
    "words": "sys.exit('it cannot be')",
    "nothing": "sys.exit()",
    "falling off": "",
    "an error": "raise ValueError('odd')",
    "what is registered": "atexit.register(print, 'last'); sys.exit(3)",
    "a thread": "threading.Timer(0.01, print, ['later']).start()",
    "a file left open": "left = open('program.py')",
    "where it is": "print(os.getcwd(), sys.argv, os.environ.get('GIVEN'), sys.path[0], __name__)",
}


@pytest.mark.parametrize("end", ENDS)
def test_it_ends_as_a_cold_one_does(end: str, tmp_path: Path) -> None:
    imports = "import atexit, os, sys, threading"
    (tmp_path / "program.py").write_text(f"{imports}\nprint('out')\nprint('err', file=sys.stderr)\n{ENDS[end]}\n")
    cold, warm = (run("program", "one", "two", cwd=tmp_path, GIVEN="this") for run in (call, forked))
    assert (warm.returncode, warm.stdout) == (cold.returncode, cold.stdout)
    assert warm.stderr.splitlines()[0] == cold.stderr.splitlines()[0] == "err"
    assert warm.stderr.splitlines()[-1] == cold.stderr.splitlines()[-1]


def test_one_run_leaves_nothing_to_the_next(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(
        "import os, fundarb\nprint(fundarb.__dict__.setdefault('mark', os.getpid()))\n"
    )
    first, second = (forked("program", cwd=tmp_path).stdout for _ in range(2))
    assert first != second


def test_it_is_the_very_command(tmp_path: Path) -> None:
    for words in (("--version",), ("data", "list"), ("nonsense",), ("config", "show", "--format", "json")):
        cold, warm = call("fundarb", *words, cwd=tmp_path), fundarb(*words, cwd=tmp_path)
        assert (warm.returncode, warm.stdout, warm.stderr) == (cold.returncode, cold.stdout, cold.stderr)


def test_runs_go_on_beside_each_other(tmp_path: Path) -> None:
    (tmp_path / "waits.py").write_text("import signal\nsignal.pause()\n")
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        waiting = fork("waits", (), {}, cwd=tmp_path, out=out, err=err)
        assert fundarb("--version", cwd=tmp_path).returncode == 0
        os.kill(waiting.pid, signal.SIGKILL)
        assert waiting.code() == -signal.SIGKILL
