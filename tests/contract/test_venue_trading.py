"""What every VenueTrading promises: one order for one client id, fills and fees as they were, signs that mean the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest

from fundarb.domain.instants import DAY
from fundarb.domain.market import Span
from fundarb.domain.orders import Leg, Order, Side
from fundarb.errors import OrderRefused, OrderUnknown
from fundarb.ports.trading import AccountModes, Cause, Execution, FlowKind
from tests.contract.tradings import BTC, TRADINGS, TradingStage

D = Decimal
ALWAYS = Span(0, 4_000_000_000_000)


@pytest.fixture(params=sorted(TRADINGS))
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[TradingStage]:
    """A venue of each kind, prepared."""
    async with TRADINGS[request.param]() as opened:
        await opened.venue.prepare(BTC.symbol, D(2))
        yield opened


def order(client_id: str, leg: Leg, side: Side, qty: str, limit: str | None = None, *, reduce: bool = False) -> Order:
    """An order with a limit five per cent away, or as said."""
    bound = D(limit) if limit else D(102) if side is Side.BUY else D(98)
    return Order(client_id, "t", BTC.symbol, leg, side, D(qty), bound, reduce, 1)


def short(client_id: str = "fa-p1", qty: str = "2") -> Order:
    """A perp sold."""
    return order(client_id, Leg.PERP, Side.SELL, qty)


async def executions(stage: TradingStage, cause: Cause = Cause.TRADE) -> tuple[Execution, ...]:
    """All of a kind up to now."""
    found = await stage.venue.executions(Span(stage.now_ms() - DAY, stage.now_ms() + 1))
    return tuple(one for one in found if one.cause is cause)


async def test_a_spot_purchase_is_found_with_its_fee_in_base(stage: TradingStage) -> None:
    bought = order("fa-s1", Leg.SPOT, Side.BUY, "2")
    venue_id = await stage.venue.submit(bought)
    found = await stage.venue.find(bought)
    assert found is not None
    assert (found.venue_id, found.client_id, found.market) == (venue_id, "fa-s1", "BTC/USDT")
    assert (found.qty, found.filled, found.open) == (D(2), D(2), False)
    (one,) = await stage.venue.executions_of(bought)
    assert (one.cause, one.leg, one.side, one.market) == (Cause.TRADE, Leg.SPOT, Side.BUY, "BTC/USDT")
    assert (one.qty, one.fee, one.fee_coin, one.client_id) == (D(2), D("0.002"), "BTC", "fa-s1")
    coins = await stage.venue.coins()
    assert coins == {"BTC": D("1.998"), "USDT": 10_000 - 2 * one.price}


async def test_a_spot_sale_pays_its_fee_in_quote(stage: TradingStage) -> None:
    await stage.venue.submit(order("fa-s1", Leg.SPOT, Side.BUY, "2"))
    before = (await stage.venue.coins())["USDT"]
    sold = order("fa-s2", Leg.SPOT, Side.SELL, "1.5")
    await stage.venue.submit(sold)
    (one,) = await stage.venue.executions_of(sold)
    assert (one.fee, one.fee_coin) == (one.qty * one.price * D("0.001"), "USDT")
    coins = await stage.venue.coins()
    assert coins == {"BTC": D("0.498"), "USDT": before + one.qty * one.price - one.fee}


async def test_a_short_is_a_position_below_zero_and_gone_once_bought_back(stage: TradingStage) -> None:
    assert await stage.venue.positions() == ()
    await stage.venue.submit(short())
    (held,) = await stage.venue.positions()
    (sold,) = await executions(stage)
    assert (held.market, held.qty, held.entry, held.leverage) == (BTC.symbol, D(-2), sold.price, D(2))
    assert (sold.fee, sold.fee_coin, sold.mark is not None) == (2 * sold.price * D("0.00055"), "USDT", True)
    await stage.venue.submit(order("fa-p2", Leg.PERP, Side.BUY, "2", reduce=True))
    assert await stage.venue.positions() == ()
    assert [one.client_id for one in await executions(stage)] == ["fa-p1", "fa-p2"]
    bought = (await executions(stage))[1]
    earned = 2 * (sold.price - bought.price) - sold.fee - bought.fee
    assert (await stage.venue.coins())["USDT"] == 10_000 + earned


@pytest.mark.parametrize("leg", list(Leg))
async def test_a_client_id_is_executed_once_however_often_it_is_sent(stage: TradingStage, leg: Leg) -> None:
    sent = order("fa-1", leg, Side.BUY if leg is Leg.SPOT else Side.SELL, "1")
    await stage.venue.submit(sent)
    with pytest.raises(OrderUnknown):
        await stage.venue.submit(sent)
    with pytest.raises(OrderUnknown):
        await stage.venue.submit(replace(sent, qty=D(2)))
    assert [one.qty for one in await executions(stage)] == [1]


async def test_what_was_never_sent_is_not_found(stage: TradingStage) -> None:
    await stage.venue.submit(short())
    assert await stage.venue.find(short("fa-p9")) is None
    assert await stage.venue.executions_of(short("fa-p9")) == ()


async def test_what_was_not_to_be_had_within_the_limit_is_withdrawn(stage: TradingStage) -> None:
    dear = order("fa-s1", Leg.SPOT, Side.BUY, "1", limit="99")
    await stage.venue.submit(dear)
    found = await stage.venue.find(dear)
    assert found is not None
    assert (found.filled, found.open) == (D(0), False)
    assert await stage.venue.executions_of(dear) == ()
    assert await stage.venue.open_orders() == ()


async def test_an_order_filled_in_part_is_over_and_says_how_far_it_came(stage: TradingStage) -> None:
    stage.world.fill_next("0.25")
    await stage.venue.submit(short(qty="2"))
    found = await stage.venue.find(short(qty="2"))
    assert found is not None
    assert (found.filled, found.open) == (D("0.5"), False)
    assert sum(one.qty for one in await stage.venue.executions_of(short())) == D("0.5")
    await stage.venue.cancel(short())
    assert await stage.venue.find(short()) == found


async def test_a_limit_off_the_grid_of_prices_moves_to_the_safe_side(stage: TradingStage) -> None:
    bought = order("fa-s1", Leg.SPOT, Side.BUY, "1", limit="101.0199999")
    await stage.venue.submit(bought)
    sold = order("fa-s2", Leg.SPOT, Side.SELL, "0.5", limit="98.0100001")
    await stage.venue.submit(sold)
    assert [one.price <= 101 for one in await stage.venue.executions_of(bought)] == [True]
    assert [one.price >= 98 for one in await stage.venue.executions_of(sold)] == [True]


@pytest.mark.parametrize(
    "refused",
    [
        order("fa-1", Leg.PERP, Side.BUY, "1", reduce=True),
        order("fa-2", Leg.SPOT, Side.BUY, "900"),
        order("fa-3", Leg.SPOT, Side.SELL, "1"),
        order("fa-4", Leg.PERP, Side.SELL, "1.0005"),
        order("fa-5", Leg.SPOT, Side.BUY, "0.01"),
        replace(order("fa-6", Leg.SPOT, Side.BUY, "1"), limit=None),
    ],
    ids=["nothing to reduce", "too dear", "nothing to sell", "off the lots", "too little", "without a limit"],
)
async def test_what_cannot_be_is_refused_and_certainly_not_placed(stage: TradingStage, refused: Order) -> None:
    with pytest.raises(OrderRefused):
        await stage.venue.submit(refused)
    assert await stage.venue.find(refused) is None
    assert await executions(stage) == ()


async def test_a_reduction_never_turns_a_position_round(stage: TradingStage) -> None:
    await stage.venue.submit(short(qty="1"))
    await stage.venue.submit(order("fa-p2", Leg.PERP, Side.BUY, "3", reduce=True))
    assert await stage.venue.positions() == ()
    assert [one.qty for one in await executions(stage)] == [1, 1]


@pytest.mark.parametrize(("rate", "received"), [("0.0002", True), ("-0.0005", False)])
async def test_funding_is_an_execution_with_the_rate_longs_pay(stage: TradingStage, rate: str, received: bool) -> None:
    await stage.venue.submit(short())
    before = (await stage.venue.coins())["USDT"]
    stage.world.settle(rate)
    (paid,) = await executions(stage, Cause.FUNDING)
    assert (paid.leg, paid.market, paid.client_id) == (Leg.PERP, BTC.symbol, None)
    assert (paid.rate, paid.qty, paid.fee < 0) == (D(rate), D(2), received)
    assert -paid.fee == paid.qty * paid.price * D(rate)
    assert (await stage.venue.coins())["USDT"] == before - paid.fee


async def test_what_the_venue_takes_away_is_told_apart_from_trades(stage: TradingStage) -> None:
    await stage.venue.submit(short())
    stage.world.deleverage("0.5")
    (taken,) = await executions(stage, Cause.DELEVERAGED)
    assert (taken.side, taken.qty, taken.client_id) == (Side.BUY, D(1), None)
    assert [held.qty for held in await stage.venue.positions()] == [-1]


async def test_the_log_adds_up_to_the_wallet(stage: TradingStage) -> None:
    start = await stage.venue.coins()
    begun_ms = stage.now_ms() + 1
    stage.world.step(10)
    await stage.venue.submit(order("fa-s1", Leg.SPOT, Side.BUY, "2"))
    await stage.venue.submit(short(qty="1.5"))
    stage.world.settle("0.0003")
    stage.world.transfer("USDT", "250")
    stage.world.transfer("USDT", "-40")
    span = Span(begun_ms, stage.now_ms() + 1)
    flows = await stage.venue.flows(span)
    assert len({flow.flow_id for flow in flows}) == len(flows)
    held = dict(start)
    for flow in flows:
        held[flow.coin] = held.get(flow.coin, D(0)) + flow.change
    assert held == await stage.venue.coins()
    assert [flow.change for flow in flows if flow.kind is FlowKind.TRANSFER] == [250, -40]
    assert {flow.kind for flow in flows} == {FlowKind.BOOKED, FlowKind.TRANSFER}
    executed = {(one.market, one.execution_id) for one in await stage.venue.executions(span)}
    assert {(flow.market, flow.execution_id) for flow in flows if flow.kind is FlowKind.BOOKED} == executed


async def test_spans_are_half_open_and_more_than_a_week_is_walked(stage: TradingStage) -> None:
    at_ms = stage.now_ms()
    await stage.venue.submit(short("fa-p1", "1"))
    for _ in range(1000):  # an order is taken up a moment after the answer
        if await stage.venue.executions(Span(at_ms, stage.now_ms() + 1)):
            break
        await asyncio.sleep(0.01)
    stage.world.step(20 * DAY)
    await stage.venue.submit(short("fa-p2", "1"))
    found = await stage.venue.executions(Span(at_ms, stage.now_ms() + 1))
    assert [one.client_id for one in found] == ["fa-p1", "fa-p2"]
    assert [one.client_id for one in await stage.venue.executions(Span(at_ms, stage.now_ms()))] == ["fa-p1"]
    assert await stage.venue.executions(Span(at_ms + 1, at_ms + 1)) == ()
    assert len(await stage.venue.flows(Span(at_ms, stage.now_ms() + 1))) >= 2


async def test_more_than_a_page_is_walked(stage: TradingStage) -> None:
    for number in range(55):
        await stage.venue.submit(short(f"fa-p{number}", "0.06"))
    span = Span(stage.now_ms() - 1, stage.now_ms() + 1)
    assert [one.client_id for one in await stage.venue.executions(span)] == [f"fa-p{number}" for number in range(55)]
    assert sum(flow.kind is FlowKind.BOOKED for flow in await stage.venue.flows(span)) == 55


async def test_terms_are_set_once_and_again_without_harm(stage: TradingStage) -> None:
    await stage.venue.submit(short())
    await stage.venue.prepare(BTC.symbol, D(2))
    await stage.venue.prepare(BTC.symbol, D(3))
    (held,) = await stage.venue.positions()
    assert held.leverage == 3
    assert await stage.venue.modes(BTC.symbol) == AccountModes(isolated=True, one_way=True, leverage=D(3))


async def test_fees_and_rights_are_told(stage: TradingStage) -> None:
    fees, rights = await stage.venue.fees(BTC.symbol), await stage.venue.rights()
    assert (fees.spot, fees.perp) == (D("0.001"), D("0.00055"))
    assert (rights.trades, rights.withdraws, rights.expires_ms) == (True, False, None)


async def test_added_margin_stands_beside_the_initial_one_and_leaves_with_what_is_closed(stage: TradingStage) -> None:
    with pytest.raises(OrderRefused):
        await stage.venue.add_margin(BTC.symbol, D(10))
    await stage.venue.submit(short())
    (before,) = await stage.venue.positions()
    assert before.added == 0
    await stage.venue.add_margin(BTC.symbol, D("10.5"))
    await stage.venue.add_margin(BTC.symbol, D("9.5"))
    (held,) = await stage.venue.positions()
    assert held.added == 20
    assert (held.liquidation is None) == (before.liquidation is None)
    if held.liquidation is not None and before.liquidation is not None:
        assert held.liquidation > before.liquidation + 9
    with pytest.raises(OrderRefused):
        await stage.venue.add_margin(BTC.symbol, D(1_000_000))
    await stage.venue.submit(order("fa-p2", Leg.PERP, Side.BUY, "1", reduce=True))
    (half,) = await stage.venue.positions()
    assert half.added == 10
