"""What is wrong is refused with its place and the next step, and nothing is lost or left behind."""

from __future__ import annotations

import shlex
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from fundarb.adapters.sqlite.migrate import SCHEMA_VERSION
from tests.cli.processes import environment, fundarb
from tests.e2e.big import options, write_big

READERS = ["data list", "data gaps", "data export --funding out.csv", "data backup copy.db"]
EXISTING = [*READERS, "data prune --before 90d", "data migrate"]


@pytest.mark.parametrize("line", EXISTING)
def test_a_missing_database_is_refused_and_not_created(line: str, tmp_path: Path) -> None:
    done = fundarb(*line.split(), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("error: data/fundarb.db: no such database")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("line", [*EXISTING, "data import --funding funding.csv"])
def test_a_file_that_is_no_database_is_refused_and_left_alone(line: str, here: Path) -> None:
    bad = here / "bad.db"
    bad.write_bytes(b"this is not a database, whatever its name says\n" * 400)
    done = fundarb(*line.split(), "--db", bad, cwd=here)
    assert (done.returncode, done.stdout) == (3, "")
    assert str(bad) in done.stderr
    assert "Traceback" not in done.stderr
    assert bad.read_bytes() == b"this is not a database, whatever its name says\n" * 400


def test_a_database_of_another_program_is_refused_and_left_alone(here: Path) -> None:
    with sqlite3.connect(here / "other.db") as other:
        other.execute("CREATE TABLE recipes (name TEXT)")
    other.close()
    before = (here / "other.db").read_bytes()
    for line in ("data list", "data import --funding funding.csv", "data migrate"):
        done = fundarb(*line.split(), "--db", "other.db", cwd=here)
        assert done.returncode == 3
        assert "not one of fundarb's" in done.stderr
    assert (here / "other.db").read_bytes() == before


def test_a_torn_database_is_refused(here: Path) -> None:
    database = here / "data/fundarb.db"
    whole = database.read_bytes()
    database.write_bytes(whole[: len(whole) // 2])
    done = fundarb("data", "list", cwd=here)
    assert (done.returncode, done.stdout) == (3, "")
    assert "restore a backup" in done.stderr


@pytest.mark.parametrize("line", [*EXISTING, "data import --funding funding.csv"])
def test_a_newer_schema_is_refused(line: str, here: Path) -> None:
    set_version(here / "data/fundarb.db", SCHEMA_VERSION + 7)
    done = fundarb(*line.split(), cwd=here)
    assert (done.returncode, done.stdout) == (3, "")
    assert f"schema {SCHEMA_VERSION + 7} is newer than this program's {SCHEMA_VERSION}" in done.stderr


def test_an_older_schema_is_refused_by_readers_and_brought_up_to_date_by_migrate(here: Path) -> None:
    older = older_database(here / "older.db")
    done = fundarb("data", "list", "--db", older, cwd=here)
    assert done.returncode == 3
    assert "`fundarb data migrate`" in done.stderr
    migrated = fundarb("data", "migrate", "--db", older, "--format", "jsonl", cwd=here)
    assert migrated.returncode == 0, migrated.stderr
    assert f'"schema_before": 1, "schema": {SCHEMA_VERSION}' in migrated.stdout
    assert list(here.glob("older.db.backup-v1-*"))
    assert fundarb("data", "list", "--db", older, cwd=here).returncode == 0


@pytest.mark.parametrize("line", [*EXISTING, "data import --funding funding.csv"])
def test_a_directory_as_database_is_refused(line: str, here: Path) -> None:
    (here / "folder").mkdir()
    done = fundarb(*line.split(), "--db", "folder", cwd=here)
    assert done.returncode == 3
    assert "folder: a directory, not a database" in done.stderr
    assert list((here / "folder").iterdir()) == []


@pytest.mark.parametrize(("place", "code"), [("/proc/fundarb/x.db", 1), ("funding.csv/x.db", 3)])
def test_a_place_that_cannot_be_written_is_said(place: str, code: int, here: Path) -> None:
    done = fundarb("data", "import", "--funding", "funding.csv", "--db", place, cwd=here)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith("error: ")
    assert place.rpartition("/")[0] in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("data import", "nothing to import; name at least one of --instruments, --funding, --candles"),
        ("data export", "nothing to export; name at least one of --instruments, --funding, --candles"),
        ("data import --funding nowhere.csv", "--funding nowhere.csv: no such file"),
        ("data import --candles data", "--candles data: a directory, not a file"),
        ("data import --funding /dev/null", "--funding /dev/null: a pipe or device, not a file"),
        ("data export --candles data", "--candles data: a directory, not a file"),
        ("data export --candles nowhere/x.csv", "there is no directory nowhere"),
        ("data export --candles x.csv --funding x.csv", "two options name the same file"),
        ("config check -c nowhere.yaml", "nowhere.yaml"),
        ("config check -c data", "data"),
        ("data list --format xml", "'xml' is not one of 'table', 'csv', 'json', 'jsonl'"),
        ("data list --before 90d", "No such option: --before"),
        ("lst", "no such command: lst; did you mean data list?"),
        ("data export --funding -", "--funding -: standard output is not supported; name a file"),
        ("data lst", "no such command: lst; did you mean list?"),
    ],
)
def test_a_command_line_that_cannot_be_meant_exits_2(line: str, words: str, here: Path) -> None:
    done = fundarb(*line.split(), cwd=here)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_a_full_disk_during_import_is_said_and_leaves_nothing(here: Path, tmp_path: Path) -> None:
    """The disk is made small by a limit on file sizes, which SQLite meets as a failing write."""
    files = shlex.join(options(write_big(tmp_path, 60_000)))
    line = f"ulimit -f 3000; {sys.executable} -m fundarb data import --db small.db {files}"
    argv = ["bash", "-c", line]
    done = subprocess.run(argv, cwd=here, env=environment(), capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "small.db: " in done.stderr
    assert "full" in done.stderr
    assert "Traceback" not in done.stderr
    after = fundarb("data", "list", "--db", "small.db", "--format", "json", cwd=here)
    assert (after.returncode, after.stdout) == (0, "[]\n")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("BTC/USDT:USDT,1704067200000,abc", "abc"),
        ("BTC/USDT:USDT,1704067200000,nan", "nan"),
        ("BTC/USDT:USDT,1704067200000", ""),
        ("XXX/USDT:USDT,1704067200000,0.1", "XXX/USDT:USDT"),
    ],
)
def test_a_bad_row_names_its_file_and_line_and_nothing_is_stored(row: str, words: str, here: Path) -> None:
    bad = here / "bad.csv"
    bad.write_text(
        f"symbol,timestamp_ms,rate\nBTC/USDT:USDT,1704067200001,0.7\nETH/USDT:USDT,1600000000000,0.1\n{row}\n"
    )
    before = fundarb("data", "list", "--format", "json", cwd=here)
    done = fundarb("data", "import", "--funding", bad, "--replace", cwd=here)
    assert (done.returncode, done.stdout) == (3, "")
    assert f"{bad}:4: " in done.stderr
    assert words in done.stderr
    after = fundarb("data", "list", "--format", "json", cwd=here)
    assert [line for line in after.stdout.splitlines() if "age_s" not in line] == [
        line for line in before.stdout.splitlines() if "age_s" not in line
    ]


BAD_YAML = {
    "unknown key": ("sizing:\n  size_ust: 5\n", "sizing.size_ust", "size_usd"),
    "wrong type": ("sizing:\n  size_usd: many\n", "sizing.size_usd", "number"),
    "unreadable": ("sizing: [1, 2\n", ".yaml:", ""),
    "not text": ("\x00\x01", ".yaml", ""),
    "a list": ("- 1\n- 2\n", ".yaml", ""),
}


@pytest.mark.parametrize("name", BAD_YAML)
@pytest.mark.parametrize("line", ["config check", "config show", "data list"])
def test_bad_configuration_is_named_by_file_and_path_and_exits_78(line: str, name: str, here: Path) -> None:
    text, place, allowed = BAD_YAML[name]
    (here / "bad.yaml").write_text(text)
    done = fundarb(*line.split(), "-c", "bad.yaml", cwd=here)
    assert (done.returncode, done.stdout) == (78, "")
    assert done.stderr.startswith("bad.yaml")
    assert place in done.stderr
    assert allowed in done.stderr
    assert "Traceback" not in done.stderr


def test_every_problem_of_the_configuration_is_a_line(tmp_path: Path) -> None:
    done = fundarb("config", "check", "--set", "capitol=1", "--set", "capital=-1", cwd=tmp_path, FUNDARB__SIZING__X="1")
    assert done.returncode == 78
    assert len(done.stderr.splitlines()) == 3
    assert "did you mean capital" in done.stderr


def test_a_secret_in_yaml_is_refused_and_never_printed(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("venue:\n  api_secret: canary-4711\n")
    for line in ("config check", "config show", "config check -vv --log-format json"):
        done = fundarb(*line.split(), "-c", "c.yaml", cwd=tmp_path)
        assert done.returncode == 78
        assert "canary-4711" not in done.stdout + done.stderr


def test_a_warning_is_said_on_stderr_and_refuses_nothing(tmp_path: Path) -> None:
    done = fundarb("config", "check", "--set", "strategy.simple.entry=0.0005", cwd=tmp_path)
    assert done.returncode == 0
    warned = fundarb("config", "check", "--set", "sizing.size_usd=5000", "--format", "json", cwd=tmp_path)
    assert warned.returncode == 0
    assert warned.stderr.startswith("warning: ")
    assert '"warnings": 1' in warned.stdout
    assert fundarb("config", "check", "-q", "--set", "sizing.size_usd=5000", cwd=tmp_path).stderr == ""


def test_init_overwrites_nothing_without_force(tmp_path: Path) -> None:
    assert fundarb("init", cwd=tmp_path).stdout == "written\nconfigs/default.yaml\nconfigs/grid.yaml\n.env.example\n"
    (tmp_path / "configs/default.yaml").write_text("capital: 5\n")
    again = fundarb("init", cwd=tmp_path)
    assert again.returncode == 2
    assert "--force overwrites" in again.stderr
    assert (tmp_path / "configs/default.yaml").read_text() == "capital: 5\n"
    assert fundarb("init", "--force", "--format", "json", cwd=tmp_path).returncode == 0
    assert fundarb("config", "check", cwd=tmp_path).returncode == 0


def set_version(database: Path, version: int) -> None:
    connection = sqlite3.connect(database)
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()


def older_database(path: Path) -> Path:
    """A database as the first migration alone leaves it."""
    import asyncio

    from fundarb.adapters.sqlite.connection import open_store
    from fundarb.adapters.sqlite.migrate import MIGRATIONS

    async def make() -> None:
        async with open_store(path, "write", migrations=MIGRATIONS[:1]):
            pass

    asyncio.run(make())
    return path
