"""Makers of ledger lines: what an execution writes down, with its cash as the fold will expect it.

Spot stands before perp. A line that ends a leg carries the reason; a guard's cut carries none (see `book`).
"""

from __future__ import annotations

from decimal import Decimal

from fundarb.accounting.fees import BASE, QUOTE, PairCosts, base_fee, fee_value
from fundarb.accounting.funding import payment
from fundarb.accounting.holding import Holding, released_cost
from fundarb.accounting.lots import guard_excess, sellable, spot_order
from fundarb.accounting.pricing import bought_at, haircut_price, sold_at
from fundarb.domain.decision import ExitReason
from fundarb.domain.instrument import Pair
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.money import ZERO
from fundarb.domain.orders import Leg, Side
from fundarb.domain.position import Position

Lines = tuple[LedgerLine, ...]
Held = Holding | Position
FILL = LineKind.FILL
_line = tuple.__new__  # a third of what the keyword arguments of a named tuple cost; backtests write thousands


def spot_buy_line(
    at_ms: int, pair: str, order: Decimal, price: Decimal, fair: Decimal, fee: Decimal, fee_ccy: str, reason: str
) -> LedgerLine:
    """Spot bought; a fee in base leaves cash alone."""
    cash = -order * price - (ZERO if fee_ccy == BASE else fee)
    return LedgerLine(at_ms, FILL, pair, cash, Leg.SPOT, Side.BUY, order, price, fair, fee, fee_ccy, reason=reason)


def spot_sell_line(
    at_ms: int, kind: LineKind, pair: str, qty: Decimal, price: Decimal, fair: Decimal, fee: Decimal, reason: str | None
) -> LedgerLine:
    """Spot sold; with a reason it is the last sale of its leg."""
    cash = qty * price - fee
    return LedgerLine(at_ms, kind, pair, cash, Leg.SPOT, Side.SELL, qty, price, fair, fee, QUOTE, reason=reason)


def perp_sell_line(
    at_ms: int, pair: str, qty: Decimal, price: Decimal, fair: Decimal, fee: Decimal, reason: str
) -> LedgerLine:
    """A short opened or added to."""
    return LedgerLine(at_ms, FILL, pair, -fee, Leg.PERP, Side.SELL, qty, price, fair, fee, QUOTE, reason=reason)


def perp_buy_line(
    at_ms: int,
    kind: LineKind,
    held: Held,
    qty: Decimal,
    price: Decimal,
    fair: Decimal,
    fee: Decimal,
    reason: str | None,
) -> LedgerLine:
    """A short bought back, in part or whole."""
    cash = released_cost(held, qty) - qty * price - fee
    return LedgerLine(at_ms, kind, held.pair, cash, Leg.PERP, Side.BUY, qty, price, fair, fee, QUOTE, reason=reason)


def open_lines(
    at_ms: int, pair: Pair, qty: Decimal, spot_open: Decimal, perp_open: Decimal, costs: PairCosts, reason: str
) -> Lines:
    """Spot bought, perp sold."""
    order = spot_order(qty, pair.multiplier, costs.fee_spot, pair.spot_lots.step, ZERO, costs.fee_in_base)
    paid, got = bought_at(spot_open, costs.slippage), sold_at(perp_open, costs.slippage)
    if costs.fee_in_base:
        fee, ccy = base_fee(order, costs.fee_spot), BASE
    else:
        fee, ccy = fee_value(order, paid, costs.fee_spot), QUOTE
    perp_fee = fee_value(qty, got, costs.fee_perp)
    return (
        spot_buy_line(at_ms, pair.symbol, order, paid, spot_open, fee, ccy, reason),
        perp_sell_line(at_ms, pair.symbol, qty, got, perp_open, perp_fee, reason),
    )


def spot_exit_line(
    at_ms: int, pair: Pair, held: Held, spot_open: Decimal, costs: PairCosts, reason: str, kind: LineKind = FILL
) -> LedgerLine:
    """All spot that can be sold is sold; also the naked leg of a liquidation (`kind` LIQUIDATION)."""
    qty, price = sellable(held.spot, pair.spot_lots.step, ZERO), sold_at(spot_open, costs.slippage)
    fee = fee_value(qty, price, costs.fee_spot)
    return spot_sell_line(at_ms, kind, pair.symbol, qty, price, spot_open, fee, reason)


def close_lines(
    at_ms: int,
    pair: Pair,
    held: Held,
    spot_open: Decimal,
    perp_open: Decimal,
    costs: PairCosts,
    reason: str,
    kind: LineKind = FILL,
) -> Lines:
    """Both legs closed; an exit of the guard has its reason and kind. Without a perp leg only the spot is sold."""
    spot = spot_exit_line(at_ms, pair, held, spot_open, costs, reason, kind)
    if not held.qty:
        return (spot,)
    price = bought_at(perp_open, costs.slippage)
    fee = fee_value(held.qty, price, costs.fee_perp)
    return spot, perp_buy_line(at_ms, kind, held, held.qty, price, perp_open, fee, reason)


def guard_lines(
    at_ms: int, pair: Pair, held: Held, new_qty: Decimal, spot_open: Decimal, perp_open: Decimal, costs: PairCosts
) -> Lines:
    """A cut to `new_qty` (above 0): the spot excess sold, the perp difference bought back."""
    sold = guard_excess(held.spot, new_qty, pair.multiplier, pair.spot_lots.step, ZERO)
    got, paid, cut = sold_at(spot_open, costs.slippage), bought_at(perp_open, costs.slippage), held.qty - new_qty
    kind, spot_fee, perp_fee = (
        LineKind.GUARD,
        fee_value(sold, got, costs.fee_spot),
        fee_value(cut, paid, costs.fee_perp),
    )
    return (
        spot_sell_line(at_ms, kind, pair.symbol, sold, got, spot_open, spot_fee, None),
        perp_buy_line(at_ms, kind, held, cut, paid, perp_open, perp_fee, None),
    )


def liquidation_perp_line(
    at_ms: int, held: Held, level: Decimal, loss: Decimal | None, fee_perp: Decimal
) -> LedgerLine:
    """The perp is gone: at the level with taker fee (`loss` None), or at the price where all posted margin is lost."""
    price, fee = (level, fee_value(held.qty, level, fee_perp)) if loss is None else (loss, ZERO)
    return perp_buy_line(at_ms, LineKind.LIQUIDATION, held, held.qty, price, level, fee, ExitReason.LIQUIDATION)


def delisting_lines(
    at_ms: int, pair: Pair, held: Held, spot_close: Decimal, perp_close: Decimal, costs: PairCosts, haircut: Decimal
) -> Lines:
    """Both legs at their last closes, the spot with a haircut; a trade liquidated before keeps that reason."""
    kind, reason = LineKind.DELISTING, ExitReason.DELISTING if held.qty else ExitReason.LIQUIDATION
    qty, price = sellable(held.spot, pair.spot_lots.step, ZERO), haircut_price(spot_close, haircut)
    fee = fee_value(qty, price, costs.fee_spot)
    spot = spot_sell_line(at_ms, kind, pair.symbol, qty, price, spot_close, fee, reason)
    if not held.qty:
        return (spot,)
    perp_fee = fee_value(held.qty, perp_close, costs.fee_perp)
    return spot, perp_buy_line(at_ms, kind, held, held.qty, perp_close, perp_close, perp_fee, reason)


def funding_line(at_ms: int, held: Held, mark: Decimal, rate: Decimal, stale_mark: bool = False) -> LedgerLine:
    """A settlement received (or paid, on a negative rate); `price` is the mark."""
    return payment_line(at_ms, held.pair, held.qty, mark, rate, stale_mark)


def payment_line(
    at_ms: int, pair: str, qty: Decimal, mark: Decimal, rate: Decimal, stale_mark: bool = False
) -> LedgerLine:
    """As `funding_line`, for what was short then."""
    cash = payment(qty, mark, rate)
    return _line(
        LedgerLine,
        (at_ms, LineKind.FUNDING, pair, cash, Leg.PERP, None, qty, mark, None, None, None, rate, stale_mark, None),
    )


def cash_line(at_ms: int, kind: LineKind, amount: Decimal, reason: str | None = None) -> LedgerLine:
    """Cash that belongs to no position: deposit, withdrawal (below zero), transfer, interest, rebate, adjustment."""
    return LedgerLine(at_ms, kind, None, amount, reason=reason)


def deposit_line(at_ms: int, amount: Decimal) -> LedgerLine:
    """Capital put in."""
    return cash_line(at_ms, LineKind.DEPOSIT, amount)


def interest_line(at_ms: int, amount: Decimal) -> LedgerLine:
    """What idle cash earned."""
    return cash_line(at_ms, LineKind.INTEREST, amount)
