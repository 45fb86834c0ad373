"""Orders have a breaker of their own: questions that are answered well between them do not hide that none goes through."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from fundarb.bootstrap.live import open_live
from fundarb.bootstrap.trading_venue import open_trading_venue
from fundarb.domain.orders import Leg, Side
from fundarb.engine.breaker import State
from fundarb.engine.orders.naming import Doing, trade_id
from fundarb.engine.orders.task import Task
from tests.bootstrap.reconciled import found_at_a_sandbox
from tests.contract.tradings import BTC

D = Decimal
TASK = Task(trade_id("live", BTC.symbol, Doing.ENTER, 1), BTC.symbol, D(2), "rate", 1, D(100), D(100))


async def test_orders_that_fail_stop_entries_while_the_account_still_answers(tmp_path: Path) -> None:
    async with found_at_a_sandbox(tmp_path) as found:
        found.live.sandbox.set_faults({"path": "/v5/order/create", "fault": "code", "code": 110007, "name": "poor"})
        async with open_live(found.database, found.resolved, found.keys, "append") as live:
            for _ in range(5):
                assert live.account.orders.allows(reduces_risk=False)
                await live.desk.place(TASK, Leg.SPOT, Side.BUY, D(1), D(101), live.ledger)
                assert await live.account.trading.positions() == ()
            assert found.live.sandbox.fired["poor"] == 5
            assert (live.account.orders.state, live.account.breaker.state) == (State.OPEN, State.CLOSED)
            assert live.account.orders.allows(reduces_risk=True)
        settings = found.resolved.settings
        async with open_trading_venue(settings, found.keys, found.database) as venue:
            assert venue.account is not None
            assert venue.breakers["the account"] is venue.account.breaker
            assert venue.breakers["orders"] is venue.account.orders
