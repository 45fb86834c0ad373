"""What another process sees: the scene of the trader that holds the lock, else what the journal remembers; never written."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from fundarb.accounting.lines import deposit_line
from fundarb.adapters import scene_file
from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.adapters.sqlite.locks import hold
from fundarb.bootstrap.onlooking import Onlooker
from fundarb.config import Resolved, resolve
from fundarb.ports.journal import Event, Halt
from fundarb.reporting.scene_document import scene_text
from tests.reporting.seen import NOW, scene

CYCLE = {
    "boundary": NOW,
    "mode": "hold",
    "equity": "1000",
    "cash": "1000",
    "positions": 0,
    "in_use": 0.0,
    "highest": "1000",
    "contributed": "1000",
    "lowest_cash": "1000",
    "stale_prices": 0,
    "tally": [0, 0, 0, {}],
    "incidents": [0, 0, 0, 0],
    "marks": {},
    "dust": "0",
}


@pytest.fixture
async def database(tmp_path: Path) -> Path:
    """With a paper portfolio that traded an hour ago, and a halt."""
    file = tmp_path / "a.db"
    async with open_store(file, "write", durable=True) as connection:
        journal = SqliteJournal(connection)
        await journal.append("paper", [deposit_line(NOW - 3_600_000, Decimal(1000))])
        await journal.record([Event(NOW - 3_600_000, "paper", "cycle", data=json.dumps(CYCLE))])
        await journal.beat("trade", NOW - 3_600_000)
        await journal.change_halt(lambda _: Halt(NOW, "by hand"))
    return file


def onlooker(database: Path) -> Onlooker:
    def resolved() -> Resolved:
        return resolve([], {}, [], {}, database)

    return Onlooker(database, resolved, lambda: NOW)


def written_ns(file: Path) -> int:
    """When it was last changed."""
    return file.stat().st_mtime_ns


async def test_without_a_trader_the_portfolios_are_those_of_their_last_cycles(database: Path) -> None:
    before = written_ns(database)
    look = await onlooker(database).look()
    (paper,) = look.scene.portfolios
    assert (paper.name, paper.mode, paper.equity, paper.positions) == ("paper", "hold", Decimal(1000), [])
    assert (look.live, look.trader, look.scene.health.beat_age_ms) == (False, None, 3_600_000)
    assert look.scene.health.halted == "by hand"
    assert [one.name for one in look.events] == ["cycle"]
    assert written_ns(database) == before


async def test_the_scene_of_the_trader_that_holds_the_lock_is_what_is_seen(database: Path) -> None:
    shown = scene(2, 0)
    scene_file.show(database, scene_text(shown))
    with hold(database, ("trade",)):
        look = await onlooker(database).look()
    assert look.live
    assert look.trader is not None
    assert look.trader.pid == os.getpid()
    assert look.scene.portfolios == shown.portfolios
    assert look.scene.health == replace(shown.health, beat_ms=NOW - 3_600_000, halted="by hand")


@pytest.mark.parametrize(
    "left",
    ['{"pid": 1}\n' + scene_text(scene()), f'{{"pid": {os.getpid()}}}\n{{}}', "", "\0"],
    ids=["of another", "ours, no scene", "empty", "a byte"],  # workers must name them alike, and their pids differ
)
async def test_what_another_process_left_or_nobody_can_read_is_not_believed(database: Path, left: str) -> None:
    scene_file.scene_file(database).write_text(left)
    with hold(database, ("trade",)):
        look = await onlooker(database).look()
    assert not look.live
    assert [one.name for one in look.scene.portfolios] == ["paper"]


def test_a_scene_is_for_its_owner_alone_and_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    database, elsewhere = tmp_path / "a.db", tmp_path / "elsewhere"
    scene_file.show(database, "{}")
    assert scene_file.scene_file(database).stat().st_mode & 0o777 == 0o600
    (tmp_path / ".a.db.scene.json.partial").symlink_to(elsewhere)
    scene_file.show(database, "{}")
    assert not elsewhere.exists()
    assert scene_file.shown_by(database, os.getpid()) == "{}"
    scene_file.hide(database)
    scene_file.hide(database)
    assert scene_file.shown_by(database, os.getpid()) is None
    os.mkfifo(scene_file.scene_file(database))
    assert scene_file.shown_by(database, os.getpid()) is None, "nor does it wait for who never writes"
    scene_file.hide(database)
    elsewhere.write_text(f'{{"pid": {os.getpid()}}}\n{{}}')
    scene_file.scene_file(database).symlink_to(elsewhere)
    assert scene_file.shown_by(database, os.getpid()) is None
