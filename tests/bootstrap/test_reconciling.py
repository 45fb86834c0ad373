"""`reconcile` against a sandbox: every act is shown first, changes nothing until it is done, and ends in agreement."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from fundarb.adapters.ccxt.bybit_trading import BybitTrading
from fundarb.adapters.sqlite.locks import hold
from fundarb.domain.instants import HOUR, LATEST
from fundarb.domain.ledger import LineKind
from fundarb.domain.market import Span
from fundarb.domain.orders import Order
from fundarb.engine.reconcile.plan import Act, Kind
from fundarb.errors import DataError, UnknownPair, UsageError, VenueError
from tests.bootstrap.reconciled import acts, found_at_a_sandbox, killed_entering, run
from tests.contract.tradings import BTC
from tests.engine.live.trader import PORTFOLIO
from tests.sandbox.account.scripted import T0

D = Decimal


async def test_money_and_payments_that_came_while_nobody_looked_become_their_lines(tmp_path: Path) -> None:
    async with found_at_a_sandbox(tmp_path) as found:
        await found.agrees()
        assert await found.live.enter()
        found.live.market.settle("BTCUSDT", T0 + HOUR, "0.0003")
        found.live.step(HOUR)
        found.live.control("deposit", coin="USDT", amount="500")
        found.live.control("withdraw", coin="USDT", amount="40")
        found.live.control("interest", coin="USDT", amount="0.25")
        found.live.control("rebate", coin="USDT", amount="0.1")
        before = (await found.ledger()).lines
        shown = await found.reconcile()
        assert shown.applied == ()
        assert {one.kind for one in shown.left.differences} == {Kind.UNBOOKED_FUNDING, Kind.UNBOOKED_FLOW}
        assert (await found.ledger()).lines == before
        done = await found.reconcile(apply=True)
        assert done.applied == shown.left.plan
        assert done.left.agreed
        await found.agrees()
        booked = found.live.ledger.lines[len(before) :]
        kinds = [LineKind.FUNDING, LineKind.TRANSFER, LineKind.TRANSFER, LineKind.INTEREST, LineKind.REBATE]
        assert [line.kind for line in booked] == kinds
        assert found.live.ledger.book.contributed == 10_460
        told = await found.live.journal.events(PORTFOLIO, Span(0, LATEST))
        assert [(one.name, one.reason) for one in told] == [("healed", step.words) for step in done.applied]


async def test_what_differs_in_cash_is_booked_under_the_words_of_a_person(tmp_path: Path) -> None:
    async with found_at_a_sandbox(tmp_path) as found:
        found.live.account.desk.state.trading["USDT"] += 3
        assert acts((await found.reconcile()).left.plan) == [(Act.ADJUST, "USDT")]
        assert (await found.reconcile(apply=True)).left.agreed
        await found.agrees()
        line = found.live.ledger.lines[-1]
        assert (line.kind, line.cash, line.reason) == (LineKind.ADJUSTMENT, D(3), "counted by hand")


@pytest.mark.parametrize("late_ms", [0, HOUR])
async def test_an_entry_cut_between_its_legs_is_completed_at_once_and_taken_back_later(
    tmp_path: Path, late_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with found_at_a_sandbox(tmp_path) as found:
        await killed_entering(found, monkeypatch, found.live.journal, "put_order", landed=False)
        found.live.step(late_ms)
        assert acts((await found.reconcile()).left.plan) == [(Act.HEDGE, BTC.symbol)]
        assert (await found.reconcile(apply=True)).left.agreed
        await found.agrees()
        assert (found.live.short() == 2) is (late_ms == 0)
        assert (BTC.symbol in found.live.ledger.book.positions) is (late_ms == 0)


async def test_who_stops_it_while_an_order_is_out_waits_until_what_was_begun_is_done_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with found_at_a_sandbox(tmp_path) as found:
        await killed_entering(found, monkeypatch, found.live.journal, "put_order", landed=False)
        real = BybitTrading.submit

        async def stopped(trading: BybitTrading, order: Order) -> str:
            applying.cancel()
            return await real(trading, order)

        with monkeypatch.context() as stopping:
            stopping.setattr(BybitTrading, "submit", stopped)
            applying = asyncio.create_task(found.reconcile(apply=True))
            with pytest.raises(asyncio.CancelledError):
                await applying
        told = await found.live.journal.events(PORTFOLIO, Span(0, LATEST))
        assert [one.name for one in told] == ["healed"]
        await found.agrees()
        assert found.live.short() == 2


async def test_an_order_whose_answer_nobody_heard_is_asked_about_and_booked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with found_at_a_sandbox(tmp_path) as found:
        await killed_entering(found, monkeypatch, found.live.opened.trading, "submit", landed=True)
        assert [act for act, _ in acts((await found.reconcile()).left.plan)] == [Act.SETTLE]
        assert (await found.reconcile(apply=True)).left.agreed
        await found.agrees()
        assert found.live.short() == 2


async def test_what_the_venue_took_is_booked_and_the_other_leg_sold(tmp_path: Path) -> None:
    async with found_at_a_sandbox(tmp_path) as found:
        assert await found.live.enter()
        found.live.control("bust", symbol="BTCUSDT")
        assert acts((await found.reconcile()).left.plan) == [(Act.BOOK, BTC.symbol), (Act.HEDGE, BTC.symbol)]
        assert (await found.reconcile(apply=True)).left.agreed
        await found.agrees()
        assert found.live.wallet("BTC") < BTC.spot_lots.step
        assert found.live.ledger.book.closed[-1].close_reason == "liquidation"


async def test_a_trade_of_somebody_else_waits_until_it_is_adopted(tmp_path: Path) -> None:
    async with found_at_a_sandbox(tmp_path) as found:
        assert await found.live.enter()
        await found.order("linear", "BTCUSDT", "Buy", "0.5", reduceOnly=True)
        waiting = await found.reconcile(apply=True)
        assert acts(waiting.left.plan) == [(Act.ADOPT, BTC.symbol)]
        assert waiting.applied == ()
        with pytest.raises(UsageError, match="the journal itself holds"):
            await found.reconcile(exclude="BTC")
        assert (await found.reconcile(adopt="BTC", apply=True)).left.agreed
        await found.agrees()
        assert found.live.short() == D("1.5")
        await found.reconcile(adopt="BTC", apply=True)
        assert found.notes == [f"--adopt {BTC.symbol}: nothing of it was there to take over"]


async def test_what_is_excluded_is_left_to_its_owner_and_what_he_wins_is_no_profit(tmp_path: Path) -> None:
    """A long, which fundarb cannot hold: its funding, fees and profit move the wallet and are transfers of the ledger."""
    async with found_at_a_sandbox(tmp_path) as found:
        await found.order("linear", "ETHUSDT", "Buy", "1")
        await found.order("linear", "ETHUSDT", "Sell", "1", orderType="Limit", price="104")
        foreign = await found.reconcile(apply=True)
        kinds = {one.kind for one in foreign.left.differences}
        assert kinds == {Kind.FOREIGN_EXECUTION, Kind.FOREIGN_ORDER, Kind.POSITION}
        assert {step.act for step in foreign.left.plan} == {Act.EXCLUDE}
        assert (await found.reconcile(exclude="ETH")).left.plan != foreign.left.plan
        assert (await found.reconcile()).left.plan == foreign.left.plan
        assert (await found.reconcile(exclude="ETH", apply=True)).left.agreed
        found.live.market.settle("ETHUSDT", T0 + HOUR, "0.0003")
        found.live.market.move("ETHUSDT", T0 + HOUR + 1, "105")
        found.live.step(2 * HOUR)
        assert (await found.reconcile(apply=True)).left.agreed
        await found.agrees()
        lines = found.live.ledger.lines[1:]
        assert {line.kind for line in lines} == {LineKind.TRANSFER}
        assert found.live.ledger.book.contributed == found.live.wallet()
        assert found.live.wallet() > 10_003


async def test_what_cannot_be_asked_changes_nothing(tmp_path: Path) -> None:
    async with found_at_a_sandbox(tmp_path) as found:
        await found.order("linear", "BTCUSDT", "Sell", "1")
        with pytest.raises(UnknownPair, match="no pair is called NOPE"):
            await found.reconcile(adopt="NOPE", apply=True)
        with pytest.raises(UnknownPair, match=r"what differs: .*BTC/USDT:USDT"):
            await found.reconcile(exclude="NOPE", apply=True)
        found.live.sandbox.set_faults({"path": "/v5/position/*", "fault": "html", "name": "it"})
        with pytest.raises(VenueError):
            await found.reconcile(apply=True)
        assert found.live.sandbox.fired["it"] >= 1
        assert len((await found.ledger()).lines) == 1


async def test_looking_needs_no_lock_and_doing_does(tmp_path: Path) -> None:
    """Within one process a lock may be held again, so that another process asks here."""
    async with found_at_a_sandbox(tmp_path) as found:
        done = {}
        with hold(found.database, ("trade",)):
            for apply in ((), ("--apply",)):
                done[bool(apply)] = await run(found.database, found.live.sandbox.url, "reconcile", "live", *apply)
        assert done[False] == (0, '{"differences": [], "plan": [], "applied": []}', "")
        code, out, said = done[True]
        assert (code, out) == (5, "")
        assert "the trade lock is held by" in said


async def test_without_a_live_ledger_there_is_nothing_to_compare(tmp_path: Path) -> None:
    async with found_at_a_sandbox(tmp_path) as found:
        await found.live.journal.close_portfolio(PORTFOLIO, "live.old")
        with pytest.raises(DataError, match="no live portfolio has a line yet"):
            await found.reconcile()
