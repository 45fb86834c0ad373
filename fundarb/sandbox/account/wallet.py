"""The unified wallet: every change goes through `post`, which writes the line of the log that explains it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from fundarb.domain.money import quotient12
from fundarb.sandbox.account.desk import Desk
from fundarb.sandbox.account.margin import initial_margin
from fundarb.sandbox.account.records import SETTLE_COIN, ZERO, Entry, Order


def post(
    desk: Desk, kind: str, coin: str, at_ms: int, cash: Decimal, *, funding: Decimal | None = None,
    fee: Decimal = ZERO, **about: Any,
) -> Entry:  # fmt: skip
    """Change the balance of a coin by cash + funding − fee and log it."""
    change = cash + (funding or ZERO) - fee
    balance = desk.state.trading.get(coin, ZERO) + change
    desk.state.trading[coin] = balance
    entry = Entry(desk.number(), at_ms, kind, coin, cash, funding, fee, balance, **about)
    desk.state.log.append(entry)
    return entry


def balance(desk: Desk, coin: str) -> Decimal:
    """The wallet balance of a coin."""
    return desk.state.trading.get(coin, ZERO)


def locked(desk: Desk, coin: str) -> Decimal:
    """What live spot orders hold back of a coin."""
    return sum((each for each in (_locked_by(desk, order, coin) for order in desk.live_orders()) if each), ZERO)


def orders_margin(desk: Desk) -> Decimal:
    """What live contract orders hold back."""
    return sum((order_margin(desk, each) for each in desk.live_orders() if each.category == "linear"), ZERO)


def positions_margin(desk: Desk) -> Decimal:
    """What open positions have posted, extra margin counted."""
    return sum((initial_margin(each, desk.taker(each.symbol)) + each.extra for each in desk.open_positions()), ZERO)


def available(desk: Desk, coin: str) -> Decimal:
    """What may still be spent, set aside or taken out of a coin; unrealised profit is none of it."""
    free = balance(desk, coin) - locked(desk, coin)
    return free - orders_margin(desk) - positions_margin(desk) if coin == SETTLE_COIN else free


def order_margin(desk: Desk, order: Order) -> Decimal:
    """Margin and fees of what an order would open; nothing for what it would close."""
    opening = opening_qty(desk, order)
    if not opening:
        return ZERO
    worst = max(order.price, order.last_price) if order.side == "Sell" else order.price
    value = opening * worst
    leverage = desk.leverage(order.symbol)
    taker = desk.taker(order.symbol)
    sign = 1 if order.side == "Sell" else -1
    return quotient12(value, leverage) + value * taker + (value + sign * quotient12(value, leverage)) * taker


def opening_qty(desk: Desk, order: Order) -> Decimal:
    """The part of what is left of an order that would add to a position."""
    if order.reduce_only:
        return ZERO
    position = desk.held(order.symbol, order.position_idx)
    if position is None or (position.size > 0) == (order.side == "Buy"):
        return order.left
    return max(ZERO, order.left - abs(position.size))


def _locked_by(desk: Desk, order: Order, coin: str) -> Decimal:
    if order.category != "spot":
        return ZERO
    instrument = desk.instrument("spot", order.symbol)
    if coin != (instrument.quote if order.side == "Buy" else instrument.base):
        return ZERO
    if order.kind == "Market":
        return order.reserve
    return order.left * order.price if order.side == "Buy" else order.left
