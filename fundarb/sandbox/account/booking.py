"""What an execution does: coins change hands, positions grow or shrink, fees are taken, and it is written down."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from fundarb.domain.money import ZERO, quotient12
from fundarb.sandbox.account.desk import Desk
from fundarb.sandbox.account.records import SETTLE_COIN, ExecType, Execution, Order, Position, Side
from fundarb.sandbox.account.wallet import available, post


@dataclass(frozen=True, slots=True)
class Closing:
    """Why the venue itself closes a position, and how it books that."""

    exec_type: ExecType
    create_type: str
    log_kind: str


DELEVERAGED = Closing("AdlTrade", "CreateByAdl_PassThrough", "ADL")
BANKRUPT = Closing("BustTrade", "CreateByTakeOver_PassThrough", "LIQUIDATION")
DELISTED = Closing("Settle", "CreateBySettle", "DELIVERY")


def book_fill(desk: Desk, order: Order, qty: Decimal, price: Decimal, at_ms: int, *, maker: bool) -> None:
    """Execute a part of an order."""
    order.filled += qty
    order.value += qty * price
    if order.category == "spot":
        _book_spot(desk, order, qty, price, at_ms, maker)
    else:
        _book_linear(desk, order, qty, price, at_ms, maker)


def close_by_venue(
    desk: Desk, position: Position, qty: Decimal, price: Decimal, at_ms: int, how: Closing, fee_rate: Decimal
) -> None:
    """Take a part of a position away at a price, without an order of its owner's."""
    side: Side = "Sell" if position.size > 0 else "Buy"
    number = desk.number()
    pnl = _reduce(position, qty, price)
    fee = qty * price * fee_rate
    _touch(position, pnl - fee, at_ms, number)
    execution = Execution(
        exec_id=desk.execution_id("linear", number), seq=number, category="linear", symbol=position.symbol, side=side,
        exec_type=how.exec_type, order_id=desk.order_id("linear"), link_id="", order_kind="Market",
        create_type=how.create_type, order_price=price, order_qty=qty, leaves=ZERO, price=price, qty=qty,
        value=qty * price, fee=fee, fee_coin=SETTLE_COIN, fee_rate=fee_rate, maker=False, closed=qty, pnl=pnl,
        mark=desk.mark(position.symbol, at_ms), time_ms=at_ms,
    )  # fmt: skip
    _log_contract(desk, execution, position, how.log_kind)


def _book_spot(desk: Desk, order: Order, qty: Decimal, price: Decimal, at_ms: int, maker: bool) -> None:
    instrument = desk.instrument("spot", order.symbol)
    rates = desk.fees("spot", order.symbol)
    rate = rates.maker if maker else rates.taker
    received = instrument.base if order.side == "Buy" else instrument.quote
    coin, fee = _spot_fee(desk, received, qty if order.side == "Buy" else qty * price, qty * price, rate, at_ms)
    order.fees[coin] = order.fees.get(coin, ZERO) + fee
    execution = _executed(desk, order, qty, price, fee, coin, rate, maker, at_ms)
    sign = 1 if order.side == "Buy" else -1
    about = _about(execution)
    changes = {instrument.base: sign * qty, instrument.quote: -sign * qty * price}
    for each, cash in changes.items():
        post(desk, "TRADE", each, at_ms, cash, fee=fee if each == coin else ZERO, qty=cash, **about)
    if coin not in changes:
        post(desk, "TRADE", coin, at_ms, ZERO, fee=fee, qty=ZERO, **about)


def _spot_fee(
    desk: Desk, received: str, amount: Decimal, value: Decimal, rate: Decimal, at_ms: int
) -> tuple[str, Decimal]:
    """The coin a spot fee is taken in and how much: of what was received, or of a third coin while there is enough."""
    coin = desk.state.knobs.fee_coin
    if coin and coin != received:
        price = desk.settings.fee_coin_price or desk.worth(coin, at_ms)
        fee = None if price is None else quotient12(value * rate, price)
        if fee is not None and fee <= available(desk, coin):
            return coin, fee
    return received, amount * rate


def _book_linear(desk: Desk, order: Order, qty: Decimal, price: Decimal, at_ms: int, maker: bool) -> None:
    rates = desk.fees("linear", order.symbol)
    rate = rates.maker if maker else rates.taker
    fee = qty * price * rate
    order.fees[SETTLE_COIN] = order.fees.get(SETTLE_COIN, ZERO) + fee
    position = _position(desk, order, at_ms)
    buying = order.side == "Buy"
    closing = min(qty, abs(position.size)) if position.size and (position.size > 0) != buying else ZERO
    pnl = _reduce(position, closing, price) if closing else ZERO
    if qty > closing:
        _increase(desk, position, (qty - closing) * (1 if buying else -1), price)
    execution = _executed(desk, order, qty, price, fee, SETTLE_COIN, rate, maker, at_ms, closed=closing, pnl=pnl)
    _touch(position, pnl - fee, at_ms, execution.seq)
    if closing and position.size and qty > closing:  # turned: what was won belongs to the position that is gone
        position.current_pnl = -(qty - closing) * price * rate
    _log_contract(desk, execution, position, "TRADE", written=True)


def _position(desk: Desk, order: Order, at_ms: int) -> Position:
    key = f"{order.symbol}:{order.position_idx}"
    if key not in desk.state.positions:
        leverage = desk.leverage(order.symbol)
        desk.state.positions[key] = Position(
            order.symbol, order.position_idx, ZERO, ZERO, leverage, ZERO, created_ms=at_ms, changed_ms=at_ms
        )
    return desk.state.positions[key]


def _reduce(position: Position, qty: Decimal, price: Decimal) -> Decimal:
    """Shrink a position; the profit it makes."""
    direction = 1 if position.size > 0 else -1
    pnl = (price - position.average) * qty * direction
    kept = abs(position.size) - qty
    position.extra = quotient12(position.extra * kept, abs(position.size)) if kept else ZERO
    position.size = direction * kept
    if not kept:
        position.average = ZERO
    return pnl


def _increase(desk: Desk, position: Position, signed: Decimal, price: Decimal) -> None:
    """Let a position grow; the average is rounded once, at 12 decimals."""
    if not position.size:
        position.leverage, position.current_pnl = desk.leverage(position.symbol), ZERO
    size = position.size + signed
    position.average = quotient12(position.average * position.size + price * signed, size)
    position.size = size


def _touch(position: Position, pnl: Decimal, at_ms: int, seq: int) -> None:
    position.current_pnl += pnl
    position.total_pnl += pnl
    position.changed_ms, position.seq = at_ms, seq


def _executed(
    desk: Desk, order: Order, qty: Decimal, price: Decimal, fee: Decimal, coin: str, rate: Decimal, maker: bool,
    at_ms: int, closed: Decimal = ZERO, pnl: Decimal = ZERO,
) -> Execution:  # fmt: skip
    number = desk.number()
    leaves = order.left if order.unit != "quoteCoin" else ZERO
    mark = desk.mark(order.symbol, at_ms) if order.category == "linear" else None
    execution = Execution(
        exec_id=desk.execution_id(order.category, number), seq=number, category=order.category, symbol=order.symbol,
        side=order.side, exec_type="Trade", order_id=order.order_id, link_id=order.link_id, order_kind=order.kind,
        create_type="CreateByUser" if order.category == "linear" else "", order_price=order.price, order_qty=order.qty,
        leaves=leaves, price=price, qty=qty, value=qty * price, fee=fee, fee_coin=coin, fee_rate=rate, maker=maker,
        closed=closed, pnl=pnl, mark=mark, time_ms=at_ms,
    )  # fmt: skip
    desk.state.executions.append(execution)
    return execution


def _log_contract(desk: Desk, execution: Execution, position: Position, kind: str, *, written: bool = False) -> None:
    """The line of an execution of a contract, and the execution itself where it is not written yet."""
    if not written:
        desk.state.executions.append(execution)
    about = _about(execution)
    post(
        desk, kind, SETTLE_COIN, execution.time_ms, execution.pnl, fee=execution.fee, qty=execution.qty,
        size=position.size, **about,
    )  # fmt: skip


def _about(execution: Execution) -> dict[str, Any]:
    """What a log line says of the execution it belongs to."""
    return {
        "symbol": execution.symbol, "category": execution.category, "side": execution.side, "price": execution.price,
        "fee_rate": execution.fee_rate, "trade_id": execution.exec_id, "order_id": execution.order_id,
        "link_id": execution.link_id,
    }  # fmt: skip
