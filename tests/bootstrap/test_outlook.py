"""An explanation is that of the pair's row in the table: the same moment, and the same pairs beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fundarb.bootstrap.outlook import Asked, find_outlook
from fundarb.config import resolve
from fundarb.domain.instants import HOUR
from fundarb.errors import DataError, UnknownPair
from fundarb.reporting.outlook import Outlook
from tests.adapters.panel_store import BOTH, BTC, ETH, T0, make, put, rate


@pytest.fixture
async def database(tmp_path: Path) -> Path:
    """BTC has nothing after 45 h, ETH settles at 60 h."""
    database = await make(tmp_path / "m.db")
    await put(database, rate(ETH, 60))
    return database


def unsaid(words: str) -> None:
    raise AssertionError(words)


async def look_up(database: Path, asked: Asked, *sets: str) -> Outlook:
    return await find_outlook(database, resolve((), {}, sets, {}, database), asked, unsaid)


async def test_an_explanation_stands_where_the_table_stands(database: Path) -> None:
    table = await look_up(database, Asked([], "band"))
    one = await look_up(database, Asked([], "band", explained="btc"))
    assert table.at_ms == one.at_ms == T0 + 60 * HOUR
    assert [pair.symbol for pair in one.panel.pairs] == list(BOTH)
    assert (one.edges, one.panel.data_hash) == (table.edges, table.panel.data_hash)
    assert (set(one.interest), set(table.interest)) == ({BTC}, set())


async def test_a_pair_beside_the_universe_is_explained_by_itself(database: Path) -> None:
    one = await look_up(database, Asked([], "band", explained="BTC"), "universe.pairs=ETH")
    assert [pair.symbol for pair in one.panel.pairs] == [BTC]


@pytest.mark.parametrize(
    ("name", "at", "error", "words"),
    [
        ("DOGE", None, UnknownPair, "no pair is called DOGE"),
        ("NIL", None, DataError, "no pair with a spot market among NIL/USDT:USDT"),
        ("BTC", "2023-01-01", DataError, "no settlement of BTC/USDT:USDT is known"),
    ],
)
async def test_what_cannot_be_explained_is_refused(
    database: Path, name: str, at: str | None, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        await look_up(database, Asked([], "simple", at, explained=name))
