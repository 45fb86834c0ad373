"""What falls due of itself: funding, interest on what is owed, liquidation, delisting, and what a control scheduled."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from fundarb.domain.money import ONE, ZERO, floor_to, quotient12
from fundarb.sandbox.account.booking import BANKRUPT, DELEVERAGED, DELISTED, close_by_venue
from fundarb.sandbox.account.codes import bad_parameter, refusal
from fundarb.sandbox.account.desk import Desk
from fundarb.sandbox.account.margin import bust_price
from fundarb.sandbox.account.matching import end
from fundarb.sandbox.account.records import SETTLE_COIN, Execution, Position, Scheduled
from fundarb.sandbox.account.wallet import available, balance, post
from fundarb.sandbox.market.source import MINUTE, Instrument

SETTLE_MINUTES = 30


def pay_funding(desk: Desk, stamp_ms: int, rates: Mapping[str, Decimal]) -> None:
    """Settle the positions open at a stamp: mark × rate × size, from longs to shorts when positive."""
    for position in desk.open_positions():
        if position.symbol in rates:
            _pay(desk, position, stamp_ms, rates[position.symbol], desk.mark(position.symbol, stamp_ms))


def charge_interest(desk: Desk, at_ms: int) -> None:
    """An hour's interest on every coin owed."""
    for coin in sorted(desk.state.trading):
        owed = -balance(desk, coin)
        if owed > 0 and desk.settings.borrow_rate_hourly:
            rate = desk.settings.borrow_rate_hourly
            interest = quotient12(owed * rate, ONE)  # rounded, for a compounding product grows without end
            post(desk, "INTEREST", coin, at_ms, -interest, qty=owed, fee_rate=rate)


def liquidate(desk: Desk, position: Position, at_ms: int) -> None:
    """Take a position over at its bankruptcy price; what was posted is lost, closing fee and all."""
    _cancel_orders(desk, position.symbol, at_ms, "CancelAllBeforeLiq")
    taker = desk.taker(position.symbol)
    price = bust_price(position, taker)
    close_by_venue(desk, position, abs(position.size), price, at_ms, BANKRUPT, taker)


def delist(desk: Desk, instrument: Instrument, at_ms: int) -> None:
    """A market ends: its orders go, positions close at the mean index price of the last half hour."""
    for order in desk.live_orders():
        if (order.category, order.symbol) == (instrument.category, instrument.symbol) and order.open:
            end(order, at_ms, cancel_type="CancelBySettle")
    for position in desk.open_positions():
        if instrument.category == "linear" and position.symbol == instrument.symbol:
            price = settlement_price(desk, instrument.symbol, at_ms)
            close_by_venue(desk, position, abs(position.size), price, at_ms, DELISTED, desk.settings.settle_fee)


def settlement_price(desk: Desk, symbol: str, at_ms: int) -> Decimal:
    """The mean close of the index over the last half hour; the last mark where there is no index."""
    last_ms = at_ms - MINUTE
    rows = desk.market.candles(symbol, "index", MINUTE, at_ms - SETTLE_MINUTES * MINUTE, last_ms, at_ms)
    if not rows:
        return desk.mark(symbol, at_ms)
    return quotient12(sum((Decimal(row.close) for row in rows), ZERO), Decimal(len(rows)))


def deleverage(desk: Desk, at_ms: int, symbol: str, fraction: Decimal, price: Decimal | None, idx: int) -> None:
    """Take a fraction of a position, in whole steps, at a price (the mark's by default) and cancel its orders."""
    position = _position(desk, symbol, idx)
    qty = floor_to(abs(position.size) * fraction, desk.instrument("linear", symbol).step)
    if not qty > 0:
        raise bad_parameter("fraction leaves nothing to deleverage")
    _cancel_orders(desk, symbol, at_ms, "CancelAllBeforeAdl")
    rate = desk.settings.adl_fee
    close_by_venue(desk, position, qty, price or desk.mark(symbol, at_ms), at_ms, DELEVERAGED, rate)


def do_scheduled(desk: Desk, due: Scheduled) -> None:
    """Carry out what a control scheduled; a position gone by then leaves nothing to do."""
    idx = int(due.arguments.get("idx", "0"))
    coin = due.arguments.get("coin", SETTLE_COIN)
    amount = Decimal(due.arguments.get("amount", "0"))
    if due.doing == "interest":
        post(desk, "INTEREST", coin, due.at_ms, -amount, qty=amount)
        return
    if due.doing == "rebate":
        post(desk, "FEE_REFUND", coin, due.at_ms, amount, qty=amount)
        return
    symbol = due.arguments["symbol"]
    if desk.held(symbol, idx) is None:
        return
    if due.doing == "bust":
        liquidate(desk, _position(desk, symbol, idx), due.at_ms)
        return
    price = due.arguments.get("price")
    fraction = Decimal(due.arguments["fraction"])
    deleverage(desk, due.at_ms, symbol, fraction, None if price is None else Decimal(price), idx)


def _pay(desk: Desk, position: Position, stamp_ms: int, rate: Decimal, mark: Decimal) -> None:
    short = position.size < 0
    value = abs(position.size) * mark
    received = value * rate if short else -value * rate
    own_rate = -rate if short else rate
    isolated = desk.state.margin_mode == "ISOLATED_MARGIN"
    if received < 0 and isolated:
        _take_from_margin(position, -received - max(available(desk, SETTLE_COIN), ZERO), stamp_ms)
    number = desk.number()
    execution = Execution(
        exec_id=desk.execution_id("linear", number), seq=number, category="linear", symbol=position.symbol,
        side="Sell" if short else "Buy", exec_type="Funding", order_id=desk.order_id("linear"), link_id="",
        order_kind="UNKNOWN", create_type="", order_price=ZERO, order_qty=ZERO, leaves=ZERO, price=mark,
        qty=abs(position.size), value=value, fee=-received, fee_coin="", fee_rate=own_rate, maker=False, closed=ZERO,
        pnl=ZERO, mark=mark, time_ms=stamp_ms,
    )  # fmt: skip
    desk.state.executions.append(execution)
    position.current_pnl += received
    position.total_pnl += received
    post(
        desk, "SETTLEMENT", SETTLE_COIN, stamp_ms, ZERO, funding=received, symbol=position.symbol, category="linear",
        side=execution.side, qty=abs(position.size), size=position.size, price=mark, fee_rate=own_rate,
        trade_id=execution.exec_id, order_id=execution.order_id,
    )  # fmt: skip


def _take_from_margin(position: Position, missing: Decimal, at_ms: int) -> None:
    """What the free balance cannot pay comes out of the position's own margin."""
    if missing > 0:
        position.extra -= missing
        position.changed_ms = at_ms


def _position(desk: Desk, symbol: str, idx: int) -> Position:
    position = desk.held(symbol, idx)
    if position is None:
        raise refusal(110017, f"no position in {symbol} with positionIdx {idx}")
    return position


def _cancel_orders(desk: Desk, symbol: str, at_ms: int, why: str) -> None:
    for order in desk.live_orders():
        if order.category == "linear" and order.symbol == symbol and order.open:
            end(order, at_ms, cancel_type=why)
