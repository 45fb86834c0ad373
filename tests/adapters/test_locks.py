"""Locks between real processes: never waited for, named by their first holder, gone with the process that held them."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import signal
import stat
import sys
import threading
import time
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from fundarb.adapters.sqlite.locks import hold, holder, lock_path
from fundarb.cli.options import declare
from fundarb.errors import LockHeld, StorageError
from tests.adapters.lock_child import holding


def test_a_second_process_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    database = tmp_path / "a.db"
    with holding(database, "data") as child:
        with pytest.raises(LockHeld) as refused, hold(database, ["data"]):
            pass
        assert refused.value.exit_code == 5
        told = rf"a\.db: the data lock is held by process {child.pid} \(`lock_child\.py data`\) since \d{{4}}-.*Z"
        assert re.search(told, str(refused.value))


def test_each_kind_is_a_lock_of_its_own(tmp_path: Path) -> None:
    with holding(tmp_path / "a.db", "data"), hold(tmp_path / "a.db", ["trade"]), hold(tmp_path / "b.db", ["data"]):
        assert holder(tmp_path / "a.db", "data") is not None


def test_of_two_locks_neither_is_kept_when_one_is_refused(tmp_path: Path) -> None:
    database = tmp_path / "a.db"
    with holding(database, "trade"):
        with pytest.raises(LockHeld, match="the trade lock"), hold(database, ["data", "trade"]):
            pass
        with hold(database, ["data"]):
            pass


def test_a_lock_ends_with_its_block_even_after_an_error(tmp_path: Path) -> None:
    database = tmp_path / "a.db"
    with pytest.raises(ValueError, match="stop"), hold(database, ["data"]):
        raise ValueError("stop")
    with holding(database, "data"):
        pass


def test_a_lock_ends_when_its_holder_is_killed(tmp_path: Path) -> None:
    database = tmp_path / "a.db"
    with holding(database, "data", "trade") as child:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        with hold(database, ["data", "trade"]):
            found = holder(database, "data")
    assert found is not None
    assert found.pid == os.getpid()


def test_a_process_may_hold_a_lock_again_and_lets_go_at_the_outermost_end(tmp_path: Path) -> None:
    database = tmp_path / "a.db"
    with hold(database, ["data", "trade"]):
        with hold(database, ["data"]):
            pass
        assert holder(database, "data") is not None
    assert holder(database, "data") is None


def test_a_lock_is_one_by_whatever_link_the_database_is_named(tmp_path: Path) -> None:
    database, link = tmp_path / "far" / "a.db", tmp_path / "link.db"
    database.parent.mkdir()
    link.symlink_to(database)
    with holding(link, "data"):
        with pytest.raises(LockHeld), hold(database, ["data"]):
            pass
        assert holder(database, "data") is not None
        assert holder(link, "data") == holder(database, "data")
    with holding(database, "data"), pytest.raises(LockHeld), hold(link, ["data"]):
        pass
    assert [file.name for file in tmp_path.iterdir() if "lock" in file.name] == []


def test_somebody_who_asks_at_that_moment_does_not_turn_a_taker_away(tmp_path: Path) -> None:
    database = tmp_path / "a.db"
    with hold(database, ["data"]):
        pass
    asking = os.open(lock_path(database, "data"), os.O_RDONLY)
    fcntl.flock(asking, fcntl.LOCK_SH | fcntl.LOCK_NB)
    threading.Timer(0.015, os.close, [asking]).start()
    with hold(database, ["data"]):
        found = holder(database, "data")
    assert found is not None
    assert found.pid == os.getpid()


def test_a_lock_that_is_held_is_refused_at_once(tmp_path: Path) -> None:
    database = tmp_path / "a.db"
    with holding(database, "data"):
        began = time.monotonic()
        with pytest.raises(LockHeld), hold(database, ["data"]):
            pass
        assert time.monotonic() - began < 0.5  # ten times what it takes, for a busy machine


def test_asking_for_the_holder_takes_nothing(tmp_path: Path) -> None:
    database = tmp_path / "a.db"
    assert holder(database, "data") is None
    assert list(tmp_path.iterdir()) == []
    with holding(database, "data") as child:
        found = holder(database, "data")
        assert found is not None
        assert found.pid == child.pid
    assert holder(database, "data") is None


def test_the_lock_stands_beside_the_database_for_its_owner_only(tmp_path: Path) -> None:
    database = tmp_path / "new" / "a.db"
    with hold(database, ["data"]):
        assert [file.name for file in database.parent.iterdir()] == ["a.db.data.lock"]
        assert stat.S_IMODE(lock_path(database, "data").stat().st_mode) == 0o600


def test_where_no_lock_can_be_made_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="lock file"), hold(tmp_path / "file" / "a.db", ["data"]):
        pass


def test_on_a_full_disk_the_lock_is_let_go_and_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*asked: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", full)
        said = r"a\.db\.trade\.lock: .*No space left.*free some space"
        with pytest.raises(StorageError, match=said), hold(tmp_path / "a.db", ["trade"]):
            pass
    with holding(tmp_path / "a.db", "trade"):
        pass


def test_a_holder_is_known_by_its_command_whatever_options_stand_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = [get_args(one)[0:2] for one in get_type_hints(declare, include_extras=True).values() if get_args(one)[1:]]
    flags = [name for kind, one in shared if kind in (bool, int) for name in (one.default, *(one.param_decls or ()))]
    assert {"-v", "-q", "--no-color"} <= set(flags)
    for before in (*([flag] for flag in [*flags, "-vv", "-qv"]), ["--db", "trade.db"], ["--set=a=b"], ["--set", "a=b"]):
        monkeypatch.setattr(sys, "argv", ["/bin/fundarb", *before, "trade", "--mode", "secret"])
        with hold(tmp_path / "a.db", ["trade"]):
            signed = json.loads(lock_path(tmp_path / "a.db", "trade").read_text())
        assert signed["command"] == "fundarb trade", before
