"""The leg policy: which order comes next, given what is held and what is wanted. It sends nothing and remembers nothing.

The illiquid leg goes first. Whatever it brings, the other follows: a hedge is completed a bounded number of times, then
what stands alone is taken back, until no more than a lot of either step is left open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from fundarb.accounting.book import Book
from fundarb.accounting.lots import sellable, spot_order
from fundarb.domain.instrument import LotRule, Pair
from fundarb.domain.money import ZERO, ceil_to, floor_to, quotient12
from fundarb.domain.orders import Leg, Side
from fundarb.risk.delta import hedged, net_delta


class Step(StrEnum):
    """What an order is to its position; each kind is tried a bounded number of times."""

    FIRST = "first"  # the leg that leads, towards the goal
    COMPLETE = "complete"  # the other leg, catching up
    REDUCE = "reduce"  # the leg that stands alone, taken back


@dataclass(frozen=True, slots=True)
class Stand:
    """What is held: spot in base units, the short in perp units."""

    spot: Decimal = ZERO
    short: Decimal = ZERO


def stand_of(pair: str, book: Book) -> Stand:
    """What a book holds of a pair."""
    held = book.positions.get(pair)
    return Stand() if held is None else Stand(held.spot, held.qty)


@dataclass(frozen=True, slots=True)
class Terms:
    """What an order of a pair must obey: lots, fees taken in base, and prices for the minimums."""

    pair: Pair
    fee_spot: Decimal
    fee_in_base: bool
    spot_price: Decimal
    perp_price: Decimal


@dataclass(frozen=True, slots=True)
class Move:
    """The next order; its quantity is whole on its grid and above its minimums."""

    leg: Leg
    side: Side
    qty: Decimal
    step: Step


Bounds = Mapping[Step, int]
_MARGIN = Decimal("1.02")  # above a minimum in quote, since prices move


def next_move(
    terms: Terms, stand: Stand, goal: Decimal, first: Leg, tried: Mapping[Step, int], bounds: Bounds
) -> Move | None:
    """What to send next on the way to a short of `goal` and the spot that hedges it; None: nothing (more) to do."""
    if not hedged(terms.pair, stand.spot, stand.short):
        return _mend(terms, stand, goal, tried, bounds)
    if tried.get(Step.FIRST, 0) >= bounds[Step.FIRST]:
        return None
    if stand.short < goal:
        return _grow(terms, stand, goal, first)
    return _shrink(terms, stand, goal, first)


def matched(pair: Pair, stand: Stand) -> Decimal:
    """The short that both legs support as they are: the goal of healing without buying or selling anything anew."""
    return min(stand.short, floor_to(quotient12(stand.spot, pair.multiplier), pair.perp_lots.step))


def leftover(terms: Terms, stand: Stand) -> bool:
    """Whether nothing is left but spot too little to be sold."""
    return not stand.short and stand.spot > 0 and _sale(terms, stand.spot) is None


def _grow(terms: Terms, stand: Stand, goal: Decimal, first: Leg) -> Move | None:
    if first is Leg.SPOT:
        return _purchase(terms, goal * terms.pair.multiplier - stand.spot, Step.FIRST)
    return _short(terms, goal - stand.short, Step.FIRST)


def _shrink(terms: Terms, stand: Stand, goal: Decimal, first: Leg) -> Move | None:
    excess = stand.spot - goal * terms.pair.multiplier
    sale = _sale(terms, excess, Step.FIRST)
    if stand.short > goal and (first is Leg.PERP or sale is None):
        return _cover(terms, stand, stand.short - goal, Step.FIRST)
    return sale if stand.short > goal or not goal else None


def _mend(terms: Terms, stand: Stand, goal: Decimal, tried: Mapping[Step, int], bounds: Bounds) -> Move | None:
    """One leg stands out: catch up with it where growing is wanted, else take it back."""
    if tried.get(Step.COMPLETE, 0) < bounds[Step.COMPLETE]:
        completing = _complete(terms, stand, goal)
        if completing is not None:
            return completing
    if tried.get(Step.REDUCE, 0) >= bounds[Step.REDUCE]:
        return None
    delta, units = net_delta(stand.spot, stand.short, terms.pair.multiplier), terms.pair.multiplier
    if delta < 0:
        return _cover(terms, stand, quotient12(-delta, units), Step.REDUCE)
    sale = _sale(terms, delta, Step.REDUCE)
    if sale is not None or not stand.short:
        return sale
    return _cover(terms, stand, quotient12(_least_sale(terms) - delta, units), Step.REDUCE)


def _complete(terms: Terms, stand: Stand, goal: Decimal) -> Move | None:
    """The lagging leg, as far as the leading one and the goal go; None where that is nothing, or too little to send."""
    pair = terms.pair
    if net_delta(stand.spot, stand.short, pair.multiplier) > 0:
        supported = floor_to(quotient12(stand.spot, pair.multiplier), pair.perp_lots.step)
        return _short(terms, min(supported, goal) - stand.short, Step.COMPLETE)
    return _purchase(terms, min(stand.short, goal) * pair.multiplier - stand.spot, Step.COMPLETE)


def _purchase(terms: Terms, wanted: Decimal, step: Step) -> Move | None:
    """Spot bought so that `wanted` arrives."""
    lots = terms.pair.spot_lots
    if wanted <= 0:
        return None
    order = spot_order(wanted, Decimal(1), terms.fee_spot, lots.step, ZERO, terms.fee_in_base)
    order = ceil_to(order, lots.step)
    return Move(Leg.SPOT, Side.BUY, order, step) if _enough(order, terms.spot_price, lots) else None


def _short(terms: Terms, wanted: Decimal, step: Step) -> Move | None:
    """Perp sold."""
    lots = terms.pair.perp_lots
    qty = floor_to(wanted, lots.step) if wanted > 0 else ZERO
    return Move(Leg.PERP, Side.SELL, qty, step) if _enough(qty, terms.perp_price, lots) else None


def _sale(terms: Terms, wanted: Decimal, step: Step = Step.FIRST) -> Move | None:
    """Spot sold, whole lots of it."""
    lots = terms.pair.spot_lots
    qty = sellable(wanted, lots.step, ZERO) if wanted > 0 else ZERO
    return Move(Leg.SPOT, Side.SELL, qty, step) if _enough(qty, terms.spot_price, lots) else None


def _cover(terms: Terms, stand: Stand, wanted: Decimal, step: Step) -> Move | None:
    """Perp bought back, which has no minimum but a lot: at least what is wanted, never more than there is."""
    lots = terms.pair.perp_lots
    qty = min(stand.short, max(ceil_to(wanted, lots.step), lots.min_qty))
    return Move(Leg.PERP, Side.BUY, qty, step) if qty > 0 else None


def _least_sale(terms: Terms) -> Decimal:
    """The least spot that can be sold."""
    lots = terms.pair.spot_lots
    worth = ceil_to(quotient12(lots.min_notional * _MARGIN, terms.spot_price), lots.step)
    return max(lots.min_qty, worth, lots.step)


def _enough(qty: Decimal, price: Decimal, lots: LotRule) -> bool:
    return qty > 0 and qty >= lots.min_qty and qty * price >= lots.min_notional
