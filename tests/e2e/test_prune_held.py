"""`data prune` beside an open position: its lookback stays, and the command says so."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.domain.instants import DAY, iso
from tests.cli.processes import fundarb
from tests.contract.trading_samples import BTC, ETH, deposit, perp_sale

JAN_1 = 1_704_067_200_000
OPENED = JAN_1 + 130 * DAY  # its lookback begins on 6 January
LINE = ("data", "prune", "--before", "2024-01-11", "--kinds", "perp")


async def trade(database: Path, portfolio: str) -> None:
    async with open_store(database, "append", durable=True) as connection:
        await SqliteJournal(connection).append(portfolio, [deposit(JAN_1), perp_sale(OPENED)])


def pruned(here: Path, *more: str) -> tuple[dict[str, int], str]:
    done = fundarb(*LINE, *more, "--format", "json", cwd=here)
    assert done.returncode == 0, done.stderr
    return {row["pair"]: row["rows"] for row in json.loads(done.stdout)}, done.stderr


@pytest.mark.parametrize("portfolio", ["live", "paper", "paper:simple"])
def test_the_lookback_of_an_open_position_stays(here: Path, portfolio: str) -> None:
    asyncio.run(trade(here / "data/fundarb.db", portfolio))
    for more in ((), ("--yes",)):
        counts, told = pruned(here, *more)
        assert (counts[BTC], counts[ETH]) == (5 * 24, 10 * 24)
        assert f"{BTC} is held: everything from {iso(JAN_1 + 5 * DAY)} on stays" in told
        assert ETH not in told
    assert pruned(here)[0] == {}


def test_older_rows_of_a_pair_that_is_held_go_without_a_word(here: Path) -> None:
    asyncio.run(trade(here / "data/fundarb.db", "live"))
    done = fundarb("data", "prune", "--before", "2024-01-03", "--kinds", "perp", "--yes", BTC, cwd=here)
    assert done.stdout == f"pair,kind,rows\n{BTC},perp,48\n"
    assert "is held" not in done.stderr


def test_a_portfolio_that_was_closed_keeps_nothing(here: Path) -> None:
    async def close() -> None:
        await trade(here / "data/fundarb.db", "paper")
        async with open_store(here / "data/fundarb.db", "append", durable=True) as connection:
            await SqliteJournal(connection).close_portfolio("paper", "closed-1")

    asyncio.run(close())
    counts, told = pruned(here)
    assert counts[BTC] == counts[ETH] == 10 * 24
    assert "is held" not in told
