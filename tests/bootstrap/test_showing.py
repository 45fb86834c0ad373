"""A trader shows what it sees while it runs and nothing afterwards; where that cannot be, it says so once and goes on."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from fundarb.adapters import scene_file
from fundarb.bootstrap.showing import showing
from fundarb.reporting.scene_document import read_scene
from tests.bootstrap.test_watching import a_trader, onlooker


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Set once something is shown."""
    event, show = asyncio.Event(), scene_file.show

    def heard(database: Path, text: str) -> None:
        show(database, text)
        event.set()

    monkeypatch.setattr(scene_file, "show", heard)
    return event


async def test_what_is_shown_is_what_an_onlooker_sees_and_is_gone_afterwards(
    tmp_path: Path, shown: asyncio.Event
) -> None:
    trader, view = await a_trader(12)
    notes = list[str]()
    database = tmp_path / "a.db"
    trader.feed.in_hand = True
    async with asyncio.timeout(30), showing(database, onlooker(trader).trading, notes.append):
        await asyncio.sleep(0)
        assert scene_file.shown_by(database, os.getpid()) is None, "nothing is taken from a step in hand"
        trader.feed.in_hand = False
        await shown.wait()
        text = scene_file.shown_by(database, os.getpid())
        assert text is not None
        assert read_scene(text) == await onlooker(trader).held()
        assert read_scene(text).health.looked_ms == view.at_ms
    assert os.listdir(tmp_path) == []
    assert notes == []


async def test_where_nothing_can_be_shown_that_is_said_once_and_trading_goes_on(tmp_path: Path) -> None:
    trader, _ = await a_trader(1)
    told = asyncio.Queue[str]()
    async with showing(tmp_path / "no/a.db", onlooker(trader).trading, told.put_nowait):
        words = await asyncio.wait_for(told.get(), 30)
    assert words.startswith("what is traded cannot be shown to other processes any more: ")
    assert told.empty()
