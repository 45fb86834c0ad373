"""Taking up an order: it walks the book within its limit; what it does not get rests or is cancelled, as its kind asks."""

from __future__ import annotations

from decimal import Decimal

from fundarb.domain.money import ZERO, floor_to
from fundarb.sandbox.account.booking import book_fill
from fundarb.sandbox.account.desk import Desk
from fundarb.sandbox.account.records import Order
from fundarb.sandbox.market.source import Level


def take_up(desk: Desk, order: Order, at_ms: int) -> None:
    """Let an acknowledged order begin to exist, at a time of the venue."""
    order.status, order.updated_ms = "New", at_ms
    instrument = desk.instrument(order.category, order.symbol)
    fraction, desk.state.knobs.next_fraction = desk.state.knobs.next_fraction, None
    if not desk.trades(instrument, at_ms):
        end(order, at_ms, cancel_type="CancelBySettle")
        return
    if not _trim_to_position(desk, order):
        end(order, at_ms, cancel_type="CancelByReduceOnly")
        return
    matches = _matches(desk, order, instrument.step, at_ms, fraction)
    if order.time_in_force == "PostOnly" and matches:
        end(order, at_ms, reject_reason="EC_PostOnlyWillTakeLiquidity")
        return
    if order.time_in_force == "FOK" and sum((size for _, size in matches), ZERO) < order.qty:
        end(order, at_ms, reject_reason="EC_NoEnoughQtyToFill")
        return
    for price, size in matches:
        book_fill(desk, order, size, price, at_ms, maker=False)
    _conclude(order, instrument.step, at_ms)


def fill_resting(desk: Desk, order: Order, at_ms: int) -> None:
    """The market came to an order in the book: all that is left of it is executed at its price."""
    if not _trim_to_position(desk, order):
        end(order, at_ms, cancel_type="CancelByReduceOnly")
        return
    book_fill(desk, order, order.left, order.price, at_ms, maker=True)
    order.status, order.updated_ms = "Filled", at_ms


def end(order: Order, at_ms: int, *, cancel_type: str = "UNKNOWN", reject_reason: str = "EC_NoError") -> None:
    """Close an order that is not filled; only spot tells a partly filled one by its status."""
    partly = order.category == "spot" and order.filled > 0
    order.status = "PartiallyFilledCanceled" if partly else "Cancelled"
    order.cancel_type, order.reject_reason, order.updated_ms = cancel_type, reject_reason, at_ms


def _conclude(order: Order, step: Decimal, at_ms: int) -> None:
    order.updated_ms = at_ms
    if order.left <= 0:
        order.status = "Filled"
    elif order.kind == "Market" or order.time_in_force == "IOC":
        spent = order.unit == "quoteCoin" and order.left < order.price * step
        reason = "EC_CancelByOrderValueZero" if spent else "EC_NoImmediateQtyToFill"
        end(order, at_ms, reject_reason=reason)
    else:
        order.status = "PartiallyFilled" if order.filled else "New"
        order.resting_ms = order.resting_ms or at_ms


def _trim_to_position(desk: Desk, order: Order) -> bool:
    """Cut an order that may only reduce to what there is to reduce; False where there is nothing."""
    if not order.reduce_only:
        return True
    position = desk.held(order.symbol, order.position_idx)
    if position is None or (position.size > 0) == (order.side == "Buy"):
        return False
    order.qty = order.filled + min(order.left, abs(position.size))
    return True


def _matches(desk: Desk, order: Order, step: Decimal, at_ms: int, fraction: Decimal | None) -> list[Level]:
    """The (price, size) an order takes at once, in whole steps, level by level."""
    bids, asks = desk.book(order.category, order.symbol, at_ms)
    buying = order.side == "Buy"
    wanted = order.left if fraction is None else order.left * fraction
    spending = order.unit == "quoteCoin"
    in_hand = order.reserve if spending and not buying else None  # base coins a sale by value may use up
    taken: list[Level] = []
    for price, size in asks if buying else bids:
        if price > order.price if buying else price < order.price:
            break
        most = _affordable(wanted, price, step) if spending else floor_to(wanted, step)
        if in_hand is not None:
            most = min(most, floor_to(in_hand - sum((each.size for each in taken), ZERO), step))
        qty = min(floor_to(size, step), most)
        if qty > 0:
            taken.append(Level(price, qty))
            wanted -= qty * price if spending else qty
        if most == qty:
            break
    return taken


def _affordable(amount: Decimal, price: Decimal, step: Decimal) -> Decimal:
    """The most whole steps that an amount of quote buys."""
    return amount // (price * step) * step if amount > 0 else ZERO
