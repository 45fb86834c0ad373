"""Two imports at once, and imports that are stopped: the second is refused, the stopped one leaves nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.processes import environment, fundarb
from tests.e2e.big import options, write_big

ROWS = 250_000


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The options of an import that takes a while."""
    return options(write_big(tmp_path_factory.mktemp("big"), ROWS))


def start_import(big: list[str], cwd: Path) -> subprocess.Popen[str]:
    """An import that has been met in the middle: its rows are on their way, its transaction is open."""
    process = subprocess.Popen(
        [sys.executable, "-m", "fundarb", "data", "import", *big],
        cwd=cwd,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    spill = cwd / "data/fundarb.db-wal"
    deadline = time.monotonic() + 60
    while not (spill.exists() and spill.stat().st_size > 1_000_000):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "the import never came to write"
        time.sleep(0.005)
    return process


def stored(cwd: Path) -> list[int]:
    done = fundarb("data", "list", "--format", "json", cwd=cwd)
    assert done.returncode == 0, done.stderr
    return [row["rows"] for row in json.loads(done.stdout)]


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_import_leaves_nothing_and_can_be_run_again(
    number: int, code: int, big: list[str], tmp_path: Path
) -> None:
    with start_import(big, tmp_path) as process:
        process.send_signal(number)
        out, words = process.communicate(timeout=60)
    assert (process.returncode, out) == (code, "")
    assert words.endswith(f"stopped by {signal.Signals(number).name}\n")
    assert "Traceback" not in words
    assert stored(tmp_path) == []
    again = fundarb("data", "import", *big, "-q", cwd=tmp_path)
    assert (again.returncode, again.stderr) == (0, "")
    assert stored(tmp_path) == [ROWS]


@pytest.mark.slow
def test_of_two_imports_at_once_the_second_exits_5_and_names_the_first(big: list[str], tmp_path: Path) -> None:
    with start_import(big, tmp_path) as first:
        first.send_signal(signal.SIGSTOP)  # held still, so that it cannot end before the second asks
        try:
            second = fundarb("data", "import", *big, cwd=tmp_path)
        finally:
            first.send_signal(signal.SIGCONT)
        assert (second.returncode, second.stdout) == (5, "")
        assert f"process {first.pid}" in second.stderr
        assert "data import" in second.stderr
        _, words = first.communicate(timeout=120)
    assert first.returncode == 0, words
    assert stored(tmp_path) == [ROWS]


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "table"])
def test_a_reader_that_wants_only_the_first_lines_is_served_quietly(form: str, here: Path) -> None:
    line = f"{sys.executable} -m fundarb data list --format {form} | head -n 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        cwd=here,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 1


def test_a_command_keeps_its_exit_code_when_its_reader_has_gone(here: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "fundarb", "data", "gaps"],
            cwd=here,
            env=environment(),
            stdout=write,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (3, "")
