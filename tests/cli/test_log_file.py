"""The log file keeps every line, is put aside when it is full, and goes on under its name whoever moved it."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest

from fundarb.cli.log_file import KEPT, LogFile


def write(log: LogFile, *lines: str) -> None:
    for line in lines:
        log.handle(logging.makeLogRecord({"levelno": logging.WARNING, "msg": line}))


def complaints(path: Path, full: int = 100) -> tuple[LogFile, list[str]]:
    """A log file, and what it complained of."""
    told: list[str] = []
    return LogFile(path, told.append, full), told


def test_a_full_file_is_put_aside_and_the_oldest_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log, told = complaints(path, full=20)
    write(log, *(f"line {number:04}" for number in range(2 * (KEPT + 3))))
    log.close()
    kept = sorted(tmp_path.iterdir())
    assert [file.name for file in kept] == ["log", *(f"log.{number}" for number in range(1, KEPT + 1))]
    newest = [2 * (KEPT + 2 - age) for age in range(KEPT + 1)]
    assert [file.read_text() for file in kept] == [f"line {first:04}\nline {first + 1:04}\n" for first in newest]
    assert {file.stat().st_mode & 0o777 for file in kept} == {0o600}
    assert told == []


def test_a_line_longer_than_a_file_may_be_is_written_whole(tmp_path: Path) -> None:
    log, _ = complaints(tmp_path / "log", full=20)
    write(log, "x" * 50, "short")
    assert (tmp_path / "log.1").read_text() == "x" * 50 + "\n"
    assert (tmp_path / "log").read_text() == "short\n"


@pytest.mark.parametrize("how", ["moved", "deleted"])
def test_a_file_that_someone_took_away_is_begun_anew(tmp_path: Path, how: str) -> None:
    path = tmp_path / "log"
    log, _ = complaints(path)
    write(log, "before")
    path.rename(tmp_path / "aside") if how == "moved" else path.unlink()
    write(log, "after")
    assert path.read_text() == "after\n"


def test_two_writers_lose_no_line_while_both_put_it_aside(tmp_path: Path) -> None:
    path, lines = tmp_path / "log", [f"{number:03}" for number in range(120)]
    logs = [complaints(path, full=4 * 100)[0] for _ in range(2)]
    threads = [threading.Thread(target=write, args=(log, *lines)) for log in logs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    written = [line for file in tmp_path.iterdir() for line in file.read_text().splitlines()]
    assert sorted(written) == sorted(lines * 2)


def test_what_is_no_file_is_never_put_aside_and_a_failure_is_told_once() -> None:
    log, told = complaints(Path("/dev/full"), full=5)
    write(log, "one line", "another line")
    assert told == ["--log-file /dev/full: No space left on device; the log is not complete"]
