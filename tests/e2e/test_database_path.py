"""What `--db` may name: a file, by any link; anything else is refused at once, and nothing is made for it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.adapters.lock_child import holding
from tests.cli.processes import fundarb

IMPORT = "data import --funding funding.csv"
PRUNE = "data prune --before 90d"
LINES = ["data list", "data backup copy.db", "data migrate", PRUNE, IMPORT, "backtest", "signals"]


@pytest.mark.parametrize(
    ("line", "database"),
    [*((line, ".") for line in LINES), *((line, name) for line in (LINES[0], IMPORT) for name in ("", "/", "data"))],
)
def test_a_directory_is_refused(line: str, database: str, here: Path) -> None:
    before = sorted(here.iterdir())
    done = fundarb(*line.split(), "--db", database, cwd=here)
    assert (done.returncode, done.stdout) == (3, "")
    assert "a directory, not a database" in done.stderr
    assert sorted(here.iterdir()) == before


@pytest.mark.parametrize("line", LINES)
def test_a_pipe_is_refused_and_not_waited_for(line: str, here: Path) -> None:
    os.mkfifo(here / "pipe")
    done = fundarb(*line.split(), "--db", "pipe", cwd=here)
    assert (done.returncode, done.stdout) == (3, "")
    assert "pipe: a pipe, socket or device, not a database" in done.stderr


@pytest.mark.parametrize("line", LINES)
def test_a_path_below_a_file_is_refused(line: str, here: Path) -> None:
    done = fundarb(*line.split(), "--db", "data/fundarb.db/x.db", cwd=here)
    assert (done.returncode, done.stdout) == (3, "")
    assert "x.db: a file stands where a directory is needed; choose another --db" in done.stderr


def test_an_empty_file_is_not_migrated(here: Path) -> None:
    (here / "empty.db").touch(0o644)
    done = fundarb("data", "migrate", "--db", "empty.db", cwd=here)
    assert done.returncode == 3
    assert "empty.db: an empty file, no database yet" in done.stderr
    assert (here / "empty.db").read_bytes() == b""


@pytest.mark.parametrize("kind", ["data", "trade"])
@pytest.mark.parametrize("line", [IMPORT, PRUNE])
@pytest.mark.parametrize("linked", [False, True])
def test_import_and_prune_need_both_locks_by_whatever_name(line: str, kind: str, linked: bool, here: Path) -> None:
    (here / "link.db").symlink_to("data/fundarb.db")
    names = ["link.db", "data/fundarb.db"]
    held, asked = names if linked else reversed(names)
    with holding(here / held, kind) as child:
        done = fundarb(*line.split(), "--db", asked, cwd=here)
    assert (done.returncode, done.stdout) == (5, "")
    assert f"the {kind} lock is held by process {child.pid}" in done.stderr


def test_through_a_link_everything_stands_beside_the_file(here: Path) -> None:
    (here / "link.db").symlink_to("data/fundarb.db")
    (here / "data/fundarb.db.runtime.yaml").write_text("capital: 4321\n")
    for line in (IMPORT, "data backup", "backtest --pairs BTC"):
        done = fundarb(*line.split(), "--db", "link.db", cwd=here)
        assert done.returncode == 0, done.stderr
    assert [path.name for path in here.iterdir() if path.name.startswith("link.db")] == ["link.db"]
    assert stat.S_ISLNK((here / "link.db").lstat().st_mode)
    assert list((here / "data").glob("fundarb.db.backup-*"))
    shown = fundarb("config", "show", "--db", "link.db", "--format", "csv", cwd=here).stdout
    assert "capital,4321," in shown
