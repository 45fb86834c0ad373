"""Every block of README and docs is done: commands at an exchange, files used, schedules and units parsed and run."""

from __future__ import annotations

import configparser
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from fundarb.domain.instants import parse_duration
from tests.docs.pages import PAGES, README, ROOT, Block, blocks, name_of
from tests.docs.reader import PATIENCE_S, Reader, never_returns
from tests.sandbox.running import SpawnedSandbox, spawned_sandbox

WITH_BLOCKS = [page for page in PAGES if blocks(page) and page.name != "extending.md"]  # see test_recipes
FIELD = r"(?:\*|\d+(?:-\d+)?)(?:/\d+)?"
SCHEDULE = re.compile(rf"((?:{FIELD}(?:,{FIELD})* +){{5}})(.*)")
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


@pytest.fixture(scope="module")
def exchange() -> Iterator[SpawnedSandbox]:
    """One exchange for all readers."""
    with spawned_sandbox("--pairs", "4", "--start", "2025-06-01T00:10Z", "--limit", "0") as spawned:
        yield spawned


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_BLOCKS, ids=name_of)
def test_a_page_can_be_followed_from_a_clean_directory(page: Path, exchange: SpawnedSandbox, tmp_path: Path) -> None:
    with ExitStack() as serving:
        reader = Reader(tmp_path, exchange.url, serving, cold=page == README)
        for block in blocks(page):
            DOING[block.language](reader, block)


def run_commands(reader: Reader, block: Block) -> None:
    reader.do(block.text)


def write_file(reader: Reader, block: Block) -> None:
    """A file that commands of the page use."""
    name = block.named("file")
    assert name, f"{block.place}: say which file this is"
    (reader.directory / name).parent.mkdir(parents=True, exist_ok=True)
    (reader.directory / name).write_text(block.text, encoding="utf-8")


def run_schedule(reader: Reader, block: Block) -> None:
    """Lines of a crontab: a time that exists, and a command that works with the little that cron gives it."""
    for line in block.text.splitlines():
        entry = SCHEDULE.fullmatch(line)
        assert entry, f"{block.place}: {line}"
        for field, (least, most) in zip(entry[1].split(), RANGES, strict=True):
            assert all(least <= int(number) <= most for number in re.findall(r"(?<!/)\b\d+", field)), line
        assert "%" not in entry[2], "cron ends a command there"
        bare = {name: reader.environment[name] for name in ("HOME", "FUNDARB__VENUE__URL")}
        bare["PATH"] = f"{logger(reader.home).parent}:/usr/bin:/bin"
        done = subprocess.run(
            ["/bin/sh", "-c", entry[2]], cwd=reader.home, env=bare, capture_output=True, text=True, timeout=PATIENCE_S
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), line


def logger(home: Path) -> Path:
    """A stand-in for the machine's log, so that nothing is written to it."""
    stand_in = home / "bin/logger"
    stand_in.parent.mkdir(exist_ok=True)
    stand_in.write_text(f'#!/bin/sh\necho "$@" >> {shlex.quote(str(home / "logged"))}\n')
    stand_in.chmod(0o755)
    return stand_in


def run_unit(reader: Reader, block: Block) -> None:
    """A unit as it is packaged: its command runs, its times can be read."""
    packaged = block.named("same as")
    assert packaged, f"{block.place}: say which packaged file this is"
    assert (ROOT / packaged).read_text("utf-8") == block.text
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # systemd tells keys apart by case
    unit.read_string(block.text)
    if packaged.endswith(".timer"):
        assert (ROOT / packaged).with_suffix(".service").exists()
        assert re.fullmatch(r"\*-\*-\* \d\d:\d\d:\d\d", unit["Timer"]["OnCalendar"])
        assert parse_duration(unit["Timer"]["RandomizedDelaySec"].removesuffix("in")) > 0
        return
    service = {name: value.replace("%h", str(reader.home)) for name, value in unit["Service"].items()}
    assert service["WorkingDirectory"] == str(reader.directory)
    assert os.access(shlex.split(service["ExecStart"])[0], os.X_OK)
    assert_starts(reader, service["ExecStart"])


def assert_starts(reader: Reader, line: str) -> None:
    """The command of a unit does what it is for."""
    words = ["fundarb", *shlex.split(line)[1:]]
    endless = never_returns(words)
    if endless is None:
        reader.run(line)
    else:
        with reader.watched(*endless):
            pass


def compare_words(reader: Reader, block: Block) -> None:
    """Words that a command says of a setting, or a picture, which says nothing."""
    setting = block.named("said by")
    if setting is None:
        assert "►" in block.text, f"{block.place}: who says this?"
        return
    done = subprocess.run(
        ["fundarb", "--set", setting, "config", "check"],
        cwd=reader.directory,
        env=reader.environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert (done.returncode, done.stderr) == (78, block.text)


DOING = {
    "": run_commands,
    "sh": run_commands,
    "cron": run_schedule,
    "ini": run_unit,
    "yaml": write_file,
    "python": write_file,
    "text": compare_words,
}
