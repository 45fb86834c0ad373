"""`halt --flatten` of a live portfolio whose trader is dead, at a sandbox: halted first, settled, closed, in agreement."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path

import pytest

from fundarb.bootstrap import flattening, halting
from fundarb.bootstrap.flattening import Flattened, Means, halt_and_flatten
from fundarb.bootstrap.halting import halt, resume
from fundarb.config.keys import Keys
from fundarb.domain.instants import LATEST
from fundarb.domain.market import Span
from fundarb.engine.flattening import FLATTENING
from fundarb.engine.trading.flatten_request import kept
from fundarb.errors import ConfigError, RiskHalt, UnknownPair, VenueError
from fundarb.ports.journal import Halt
from tests.bootstrap.reconciled import Found, found_at_a_sandbox, killed_entering
from tests.bootstrap.test_taking_over import holding
from tests.contract.tradings import BTC
from tests.engine.live.trader import PORTFOLIO

D = Decimal


async def flatten(found: Found, *pairs: str) -> Flattened:
    means = Means(found.database, found.resolved, lambda: found.keys, found.notes.append)
    return await halt_and_flatten(means, pairs, "enough")


async def bounds_told(found: Found) -> list[str]:
    """How far each step reached."""
    told = await found.live.journal.events(PORTFOLIO, Span(0, LATEST))
    return [json.loads(one.data or "")["bound"] for one in told if one.name == FLATTENING]


async def test_what_is_open_is_closed_and_entries_stay_halted(tmp_path: Path) -> None:
    async with found_at_a_sandbox(tmp_path) as found:
        assert await found.live.enter()
        closed = await flatten(found)
        assert closed.left == ()
        assert closed.halted.halt is not None
        assert (closed.halted.halt.reason, closed.halted.open) == ("enough", ())
        await found.agrees()
        assert found.live.short() == 0
        (trade,) = found.live.ledger.book.closed
        assert trade.close_reason == "flattened"
        assert await bounds_told(found) == ["0.003"]
        assert found.notes == [f'live: closing {BTC.symbol}: {{"bound":"0.003","priced":true}}']
        orders = len(found.live.account.desk.state.orders)
        assert (await flatten(found)).left == ()
        assert len(found.live.account.desk.state.orders) == orders


async def test_the_bound_widens_step_by_step_until_a_thin_book_is_enough(tmp_path: Path) -> None:
    async with found_at_a_sandbox(tmp_path) as found:
        assert await found.live.enter()
        found.live.market.levels = [(1, D("0.2")), (15, D(1000))]  # the next level of the perp is 1.4 % away
        assert (await flatten(found, "BTC")).left == ()
        await found.agrees()
        assert await bounds_told(found) == ["0.003", "0.01", "0.02"]


async def test_what_no_bound_can_close_is_left_hedged_and_told(tmp_path: Path) -> None:
    async with found_at_a_sandbox(tmp_path) as found:
        assert await found.live.enter()
        for category in ("linear", "spot"):
            found.live.control("liquidity", category=category, symbol="BTCUSDT", share="0")
        left = await flatten(found)
        assert left.left == (f"live: {BTC.symbol} is still open",)
        assert found.notes == [f'live: closing {BTC.symbol}: {{"bound":"0.003","priced":false}}']
        await found.agrees()
        assert found.live.short() == 2


async def test_what_a_dead_trader_had_sent_is_settled_first_and_nothing_is_sent_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with found_at_a_sandbox(tmp_path) as found:
        await killed_entering(found, monkeypatch, found.live.opened.trading, "submit", landed=True)
        assert (await flatten(found)).left == ()
        await found.agrees()
        assert found.live.short() == 0
        assert found.live.wallet("BTC") < BTC.spot_lots.step
        links = Counter(order.link_id for order in found.live.account.desk.state.orders.values())
        assert set(links.values()) == {1}


async def test_a_venue_that_cannot_be_asked_leaves_the_halt_and_the_request(tmp_path: Path) -> None:
    async with found_at_a_sandbox(tmp_path) as found:
        assert await found.live.enter()
        found.live.sandbox.set_faults({"path": "/v5/position/*", "fault": "code", "code": 10001, "name": "it"})
        with pytest.raises(VenueError):
            await flatten(found)
        assert found.live.sandbox.fired["it"] >= 1
        assert await found.live.journal.halt() is not None
        request = await kept(found.live.journal, PORTFOLIO)
        assert request is not None
        assert request.open
        assert found.live.short() == 2


async def test_without_keys_or_with_an_unknown_pair_nothing_is_closed(tmp_path: Path) -> None:
    async with found_at_a_sandbox(tmp_path) as found:
        assert await found.live.enter()
        with pytest.raises(UnknownPair):
            await flatten(found, "NOPE")
        assert await found.live.journal.halt() is None

        def none() -> Keys:
            raise ConfigError("no keys")

        with pytest.raises(ConfigError):
            await halt_and_flatten(Means(found.database, found.resolved, none, found.notes.append), (), "enough")
        assert await found.live.journal.halt() is not None
        assert found.live.short() == 2


async def test_resume_changes_nothing_while_anything_differs(tmp_path: Path) -> None:
    async with found_at_a_sandbox(tmp_path) as found:
        assert await found.live.enter()
        await halt(found.database, (), "by hand")
        await found.order("linear", "BTCUSDT", "Buy", "0.5", reduceOnly=True)
        with pytest.raises(RiskHalt, match="nothing is resumed while that stands"):
            await resume(found.database, (), found.resolved, lambda: found.keys)
        assert await found.live.journal.halt() is not None
        await found.reconcile(adopt="BTC", apply=True)
        assert (await resume(found.database, (), found.resolved, lambda: found.keys)).halt is None


async def test_a_stop_that_trips_while_the_venue_is_asked_is_not_resumed_unseen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with found_at_a_sandbox(tmp_path) as found:
        await halt(found.database, (), "by hand")

        async def tripping(*asked: object) -> tuple[str, ...]:
            await found.live.journal.change_halt(lambda _: Halt(2, "trade.daily_loss", ()))
            return ()

        monkeypatch.setattr(halting, "differing", tripping)
        with pytest.raises(RiskHalt, match=r"entries were halted: trade\.daily_loss, while"):
            await resume(found.database, (), found.resolved, lambda: found.keys)
        assert await found.live.journal.halt() == Halt(2, "trade.daily_loss", ())


async def test_a_trader_that_a_supervisor_starts_again_is_asked_and_ended_like_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with found_at_a_sandbox(tmp_path) as found:
        assert await found.live.enter()
        ended: list[int] = []
        with ExitStack() as processes:
            hung = [processes.enter_context(holding(found.database))]

            async def at_once(*asked: object) -> None:
                return None

            async def end(*asked: object) -> None:
                hung[-1].kill()
                hung[-1].wait()
                ended.append(hung[-1].pid)
                if len(hung) == 1:
                    hung.append(processes.enter_context(holding(found.database)))

            monkeypatch.setattr(flattening, "wait_for_trader", at_once)
            monkeypatch.setattr(flattening, "end_trader", end)
            assert (await flatten(found)).left == ()
            assert ended == [process.pid for process in hung]
            assert len(hung) == 2
        await found.agrees()
        assert found.live.short() == 0


async def test_a_trader_that_hangs_in_the_middle_of_a_write_is_ended_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fundarb.adapters.sqlite.connection.BUSY_MS", 100)
    async with found_at_a_sandbox(tmp_path) as found:
        assert await found.live.enter()
        with holding(found.database, manner="writing"):
            assert (await flatten(found)).left == ()
        assert found.notes[0].startswith("SIGTERM to ")
        await found.agrees()
        assert found.live.short() == 0
