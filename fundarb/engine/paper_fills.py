"""What orders come to in live order books, as ledger lines: level by level, each at the worse of what the book asks and what
slippage assumes on the price half way between bid and ask. Both legs or neither; nothing is averaged, so all is exact."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from decimal import Decimal
from typing import NamedTuple

from fundarb.accounting.fees import BASE, QUOTE, PairCosts, base_fee, fee_value
from fundarb.accounting.holding import Holding
from fundarb.accounting.lines import perp_sell_line, spot_buy_line, spot_sell_line
from fundarb.accounting.lots import guard_excess, sellable, spot_order
from fundarb.accounting.pricing import bought_at, sold_at
from fundarb.domain.instrument import Pair
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.money import ZERO
from fundarb.domain.orders import Leg, Side
from fundarb.ports.quotes import Depth, Level, Touch

Lines = tuple[LedgerLine, ...]
FILL = LineKind.FILL


class Books(NamedTuple):
    """The order books of both legs."""

    spot: Depth
    perp: Depth


class Order(NamedTuple):
    """The circumstances of every line: when, which pair, and what it costs."""

    at_ms: int
    pair: Pair
    costs: PairCosts


def parts(depth: Depth, side: Side, qty: Decimal, slippage: Decimal) -> tuple[Decimal, list[Level]] | None:
    """(fair price, what is filled at which price), equal prices together; None where the book does not hold so much."""
    touch = depth.touch
    if touch is None:
        return None
    levels, buys = (depth.asks, True) if side is Side.BUY else (depth.bids, False)
    assumed = bought_at(touch.mid, slippage) if buys else sold_at(touch.mid, slippage)
    found: list[Level] = []
    left = qty
    for level in levels:
        price = max(level.price, assumed) if buys else min(level.price, assumed)
        taken = min(left, level.qty)
        if left and not taken:
            continue
        left -= taken
        if found and found[-1].price == price:
            found[-1] = Level(price, found[-1].qty + taken)
        else:
            found.append(Level(price, taken))
        if not left:
            return touch.mid, found
    return None


def entry(order: Order, qty: Decimal, books: Books, reason: str) -> Lines | None:
    """Spot bought, perp sold."""
    at_ms, pair, costs = order
    coins = spot_order(qty, pair.multiplier, costs.fee_spot, pair.spot_lots.step, ZERO, costs.fee_in_base)
    bought = parts(books.spot, Side.BUY, coins, costs.slippage)
    sold = parts(books.perp, Side.SELL, qty, costs.slippage)
    if bought is None or sold is None:
        return None
    lines = [_spot_bought(order, bought[0], part, reason) for part in bought[1]]
    for price, some in sold[1]:
        fee = fee_value(some, price, costs.fee_perp)
        lines.append(perp_sell_line(at_ms, pair.symbol, some, price, sold[0], fee, reason))
    return tuple(lines)


def close(order: Order, held: Holding, books: Books, reason: str, kind: LineKind = FILL) -> Lines | None:
    """Both legs closed; the last line of each carries the reason."""
    spot = spot_close(order, held, books.spot, reason, kind)
    perp = _perp_bought(order, held, held.qty, books.perp, reason, kind)
    return None if spot is None or perp is None else (*spot, *perp)


def spot_close(order: Order, held: Holding, depth: Depth, reason: str, kind: LineKind = FILL) -> Lines | None:
    """All spot that can be sold is sold."""
    return _spot_sold(order, sellable(held.spot, order.pair.spot_lots.step, ZERO), depth, reason, kind)


def cut(order: Order, held: Holding, left: Decimal, books: Books) -> Lines | None:
    """A guard's cut to `left`: the spot excess sold, the perp difference bought back."""
    pair = order.pair
    excess = guard_excess(held.spot, left, pair.multiplier, pair.spot_lots.step, ZERO)
    spot = _spot_sold(order, excess, books.spot, None, LineKind.GUARD)
    perp = _perp_bought(order, held, held.qty - left, books.perp, None, LineKind.GUARD)
    return None if spot is None or perp is None else (*spot, *perp)


def too_wide(touch: Touch, most_bps: Decimal | None) -> bool:
    """Whether bid and ask stand further apart than allowed."""
    return most_bps is not None and touch.spread * 10_000 > most_bps * touch.mid


def _spot_bought(order: Order, fair: Decimal, part: Level, reason: str) -> LedgerLine:
    costs, (price, some) = order.costs, part
    if costs.fee_in_base:
        fee, ccy = base_fee(some, costs.fee_spot), BASE
    else:
        fee, ccy = fee_value(some, price, costs.fee_spot), QUOTE
    return spot_buy_line(order.at_ms, order.pair.symbol, some, price, fair, fee, ccy, reason)


def _spot_sold(order: Order, qty: Decimal, depth: Depth, reason: str | None, kind: LineKind) -> Lines | None:
    sold = parts(depth, Side.SELL, qty, order.costs.slippage)
    if sold is None:
        return None
    fair, levels = sold
    return tuple(
        spot_sell_line(
            order.at_ms,
            kind,
            order.pair.symbol,
            some,
            price,
            fair,
            fee_value(some, price, order.costs.fee_spot),
            told,
        )
        for (price, some), told in zip(levels, _told_last(levels, reason), strict=True)
    )


def _perp_bought(
    order: Order, held: Holding, qty: Decimal, depth: Depth, reason: str | None, kind: LineKind
) -> Lines | None:
    """A short bought back, each line with the cash that the fold will find once those before it are booked."""
    bought = parts(depth, Side.BUY, qty, order.costs.slippage)
    if bought is None:
        return None
    (fair, levels), trial, symbol = bought, copy(held), order.pair.symbol
    lines = []
    for (price, some), told in zip(levels, _told_last(levels, reason), strict=True):
        fee = fee_value(some, price, order.costs.fee_perp)
        cash = trial.bought_perp(some, price, fair, fee, kind)
        lines.append(
            LedgerLine(order.at_ms, kind, symbol, cash, Leg.PERP, Side.BUY, some, price, fair, fee, QUOTE, reason=told)
        )
    return tuple(lines)


def _told_last(levels: Sequence[Level], reason: str | None) -> list[str | None]:
    """The reason stands on the last line of a leg: that is what ends it."""
    return [*([None] * (len(levels) - 1)), reason]
