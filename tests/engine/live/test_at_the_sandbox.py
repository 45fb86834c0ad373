"""Live trading at the sandbox through the real client: wallet and ledger agree to the digit, whatever happened between."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fundarb.domain.decision import ExitReason, ExitRequest
from fundarb.domain.instants import HOUR
from fundarb.domain.ledger import LineKind
from fundarb.domain.orders import OrderState
from tests.contract.tradings import BTC
from tests.engine.live.sandboxed import Live, live_at_a_sandbox, restarted
from tests.engine.live.trader import PORTFOLIO
from tests.sandbox.account.scripted import T0

D = Decimal
CREATE = "/v5/order/create"


async def orders_of(live: Live) -> list[OrderState]:
    return [order.state for order in await live.journal.orders(PORTFOLIO)]


async def leave(live: Live) -> bool:
    return await live.executor.leave(live.view(), live.ledger, ExitRequest(BTC.symbol, ExitReason.RATE))


async def test_a_trade_from_entry_over_funding_to_exit(tmp_path: Path) -> None:
    async with live_at_a_sandbox(tmp_path, accept_ms=20) as live:
        live.market.settle("BTCUSDT", T0 + HOUR, "0.0003")
        assert await live.enter()
        live.assert_same()
        held = live.ledger.book.positions[BTC.symbol]
        assert (held.qty, held.open_reason) == (D(2), "rate")
        assert 0 <= held.spot - 2 < BTC.spot_lots.step
        live.step(HOUR)
        await live.look()
        live.assert_same()
        assert [line.cash for line in live.ledger.lines if line.kind is LineKind.FUNDING] == [2 * 100 * D("0.0003")]
        assert await leave(live)
        live.assert_same()
        (trade,) = live.ledger.book.closed
        assert (trade.close_reason, live.short()) == ("rate", D(0))
        assert await orders_of(live) == [OrderState.FILLED] * 4


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("fault", ["timeout", "reset", "html", "null-body", "empty-body", "broken-json", "truncate"])
async def test_an_answer_that_did_not_come_is_asked_for_and_nothing_is_sent_twice(
    tmp_path: Path, fault: str, where: str
) -> None:
    async with live_at_a_sandbox(tmp_path) as live:
        await live.look()
        live.sandbox.set_faults({"path": CREATE, "fault": fault, "where": where, "after": 1, "count": 1, "name": "it"})
        opened = await live.enter()
        assert live.sandbox.fired["it"] == 1
        live.assert_same()
        landed = len(live.account.desk.state.orders)
        known = await live.journal.orders(PORTFOLIO)
        assert {each.link_id for each in live.account.desk.state.orders.values()} <= {each.client_id for each in known}
        assert landed == len(known) - (where == "before")
        assert opened
        assert abs(live.wallet("BTC") - live.short()) < D("0.001")


@pytest.mark.parametrize("code", ["10006", "110007", "10002", "110072", "10016"])
async def test_codes_of_refusal_and_doubt_leave_nothing_open(tmp_path: Path, code: str) -> None:
    async with live_at_a_sandbox(tmp_path) as live:
        await live.look()
        live.sandbox.set_faults({"path": CREATE, "fault": "code", "code": int(code), "count": 1, "name": "it"})
        assert not await live.enter()
        assert live.sandbox.fired["it"] == 1
        live.assert_same()
        assert abs(live.wallet("BTC") - live.short()) < D("0.001")


async def test_a_second_leg_that_fails_for_good_takes_the_first_back(tmp_path: Path) -> None:
    async with live_at_a_sandbox(tmp_path) as live:
        await live.look()
        refusing: dict[str, Any] = {
            "path": CREATE,
            "fault": "code",
            "code": 110007,
            "after": 1,
            "count": 3,
            "name": "it",
        }
        live.sandbox.set_faults(refusing)
        assert not await live.enter()
        assert live.sandbox.fired["it"] == 3
        live.assert_same()
        (trade,) = live.ledger.book.closed
        assert (trade.open_reason, trade.close_reason, trade.qty) == ("rate", "unhedged", D(2))
        assert (live.short(), live.wallet("BTC")) == (D(0), D(0))


async def test_a_partial_first_leg_is_hedged_as_far_as_it_came(tmp_path: Path) -> None:
    async with live_at_a_sandbox(tmp_path) as live:
        await live.look()
        live.control("fill-next", fraction="0.3")
        assert await live.enter()
        live.assert_same()
        assert live.short() == D("0.6")


async def test_what_the_venue_takes_away_is_booked_and_the_spot_goes_with_it(tmp_path: Path) -> None:
    async with live_at_a_sandbox(tmp_path) as live:
        assert await live.enter()
        live.control("adl", symbol="BTCUSDT", fraction="0.5")
        await live.look()
        live.assert_same()
        assert (live.short(), abs(live.wallet("BTC") - 1) < D("0.001")) == (D(1), True)
        live.control("bust", symbol="BTCUSDT")
        await live.look()
        live.assert_same()
        assert (live.short(), live.ledger.book.closed[0].close_reason) == (D(0), "liquidation")
        assert {line.kind for line in live.ledger.lines[-2:]} == {LineKind.LIQUIDATION}


async def test_transfers_and_interest_become_lines_and_no_loss(tmp_path: Path) -> None:
    async with live_at_a_sandbox(tmp_path) as live:
        live.control("deposit", coin="USDT", amount="500")
        live.control("interest", coin="USDT", amount="0.25")
        live.control("rebate", coin="USDT", amount="0.1")
        await live.look()
        live.assert_same()
        assert [line.kind for line in live.ledger.lines[1:]] == ["transfer", "interest", "rebate"]
        assert live.ledger.book.contributed == 10_500


@pytest.mark.parametrize(
    ("path", "fault"),
    [(path, fault) for path in ("/v5/position/*", "/v5/account/wallet-balance") for fault in ("html", "null-body")],
)
async def test_a_failed_question_is_never_flat(tmp_path: Path, path: str, fault: str) -> None:
    async with live_at_a_sandbox(tmp_path) as live:
        assert await live.enter()
        before = list(live.ledger.lines)
        live.sandbox.set_faults({"path": path, "fault": fault, "name": "it"})
        await live.look()
        assert live.sandbox.fired["it"] >= 1
        assert (live.ledger.lines, live.executor.agreed) == (before, False)
        assert live.executor.unresolved
        live.sandbox.set_faults()
        await live.look()
        assert live.executor.agreed


async def test_an_order_nobody_can_be_asked_about_stays_unknown_until_somebody_can(tmp_path: Path) -> None:
    async with live_at_a_sandbox(tmp_path) as live:
        await live.look()
        live.sandbox.set_faults(
            {"path": CREATE, "fault": "reset", "where": "after", "count": 1},
            {"path": "/v5/order/*", "fault": "html", "method": "GET"},
        )
        assert not await live.enter(looking=False)
        assert "is unknown" in (live.executor.unresolved or "")
        assert await orders_of(live) == [OrderState.UNKNOWN]
        live.sandbox.set_faults()
        again = await restarted(live)
        await again.look()
        again.assert_same()
        assert OrderState.UNKNOWN not in await orders_of(again)
        assert abs(again.wallet("BTC") - again.short()) < D("0.001")


async def test_somebody_elses_trade_stops_entries_until_it_is_adopted(tmp_path: Path) -> None:
    async with live_at_a_sandbox(tmp_path) as live:
        assert await live.enter()
        placed = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Market", "qty": "0.5"}
        await live.opened.trading._exchange.privatePostV5OrderCreate({**placed, "reduceOnly": True})
        await live.look()
        assert not live.executor.agreed
        assert live.executor.agreement.healed is not None
        assert [step.act for step in live.executor.agreement.healed.left.plan] == ["adopt"]
        assert not await live.enter()
        healed = await live.healer.heal(live.ledger, adopt=[BTC.symbol])
        assert healed.left.agreed
        live.assert_same()
        assert (live.short(), abs(live.wallet("BTC") - D("1.5")) < D("0.001")) == (D("1.5"), True)
