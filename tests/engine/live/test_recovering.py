"""A database that is lost: the pairs come back out of the venue's history, to the digit, and trading goes on."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from fundarb.domain.decision import ExitReason, ExitRequest
from fundarb.domain.instants import DAY, HOUR
from fundarb.domain.orders import OrderState
from fundarb.engine.recovering import recover
from fundarb.errors import JournalConflict
from tests.contract.tradings import BTC
from tests.engine.live.episodes import BEGUN_MS, Episode
from tests.engine.live.sandboxed import live_at_a_sandbox, restarted
from tests.engine.live.trader import PORTFOLIO, start
from tests.fakes.journal import MemoryJournal
from tests.sandbox.account.scripted import T0

D = Decimal


@pytest.mark.parametrize("seed", range(0, 120, 2))
def test_whatever_an_episode_left_is_rebuilt_without_its_journal(seed: int) -> None:
    async def lose_and_recover() -> None:
        episode = Episode(seed)
        await episode.run()
        assert episode.trader is not None
        before, now_ms = episode.trader.ledger.book, episode.clock.now_ms()
        journal, pairs = MemoryJournal(), {pair.symbol: pair for pair in episode.venue.pairs}
        await recover(journal, episode.venue, PORTFOLIO, pairs, BEGUN_MS, now_ms)
        trader = await start(journal, episode.venue, episode.clock)
        sent = len(episode.venue.sent)
        healed = await trader.healer.heal(trader.ledger)
        after = trader.ledger.book
        assert healed.left.agreed, healed.left.differences
        assert after.cash == before.cash
        assert {name: (held.qty, held.spot) for name, held in after.positions.items()} == {
            name: (held.qty, held.spot) for name, held in before.positions.items()
        }
        assert {name: qty for name, qty in after.dust.items() if qty} == before.dust
        assert len(episode.venue.sent) == sent

    asyncio.run(lose_and_recover())


async def test_the_sandboxes_history_is_enough_to_go_on_with(tmp_path: Path) -> None:
    async with live_at_a_sandbox(tmp_path) as live:
        live.market.settle("BTCUSDT", T0 + HOUR, "0.0003")
        assert await live.enter()
        live.step(HOUR)
        live.control("adl", symbol="BTCUSDT", fraction="0.25")
        await live.look()
        live.step(9 * DAY)
        held = live.ledger.book.positions[BTC.symbol]
        live.journal = MemoryJournal()
        pairs = {BTC.symbol: BTC}
        found = await recover(live.journal, live.opened.trading, PORTFOLIO, pairs, T0 - DAY, live.clock.now_ms())
        assert found.opening.cash == 0
        again = await restarted(live)
        await again.look()
        assert again.executor.agreed
        again.assert_same()
        new = again.ledger.book.positions[BTC.symbol]
        assert (new.qty, new.spot, new.entry, new.funding) == (held.qty, held.spot, held.entry, held.funding)
        assert {order.state for order in await live.journal.orders(PORTFOLIO)} == {OrderState.FILLED}
        assert again.ledger.book.contributed == 10_000


async def test_trades_of_one_millisecond_come_back_as_they_were(tmp_path: Path) -> None:
    """In time that stands still only the venue's own sequence tells the end of one trade from the beginning of the next."""
    async with live_at_a_sandbox(tmp_path) as live:
        for qty in ("2", "0.5", "1"):
            assert await live.enter(qty)
            assert await live.executor.leave(live.view(), live.ledger, ExitRequest(BTC.symbol, ExitReason.RATE))
        closed, now_ms = list(live.ledger.book.closed), live.clock.now_ms()
        assert [trade.qty for trade in closed] == [D("2"), D("0.5"), D("1")]
        assert {(trade.opened_ms, trade.closed_ms) for trade in closed} == {(now_ms, now_ms)}
        live.step(DAY)
        live.journal = MemoryJournal()
        await recover(live.journal, live.opened.trading, PORTFOLIO, {BTC.symbol: BTC}, T0 - DAY, live.clock.now_ms())
        again = await restarted(live)
        await again.look()
        again.assert_same()
        for back, was in zip(again.ledger.book.closed, closed, strict=True):
            assert (back.qty, back.opened_ms, back.closed_ms) == (was.qty, was.opened_ms, was.closed_ms)
            assert (back.split.fees, back.split.funding) == (was.split.fees, was.split.funding)
            assert abs(back.split.net - was.split.net) < D("1e-7")  # dust: its price without slippage is lost


async def test_a_ledger_that_is_there_is_never_recovered_over(tmp_path: Path) -> None:
    async with live_at_a_sandbox(tmp_path) as live:
        with pytest.raises(JournalConflict, match="has a ledger"):
            await recover(live.journal, live.opened.trading, PORTFOLIO, {BTC.symbol: BTC}, T0, live.clock.now_ms())
