"""What a portfolio is worth at given prices, split exactly into where it came from. Works on a Book and on a Portfolio."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple, Protocol

from fundarb.accounting.margin import MarginTerms, Tiers, collateral_value, posted_margin
from fundarb.domain.money import ZERO
from fundarb.domain.position import ClosedTrade, Split


class Mark(NamedTuple):
    """Prices of both legs, per base unit and per perp unit."""

    spot: Decimal
    perp: Decimal


class Held(Protocol):
    """What an open position shows, frozen or not."""

    @property
    def qty(self) -> Decimal: ...
    @property
    def entry(self) -> Decimal: ...
    @property
    def perp_cost(self) -> Decimal: ...
    @property
    def reference(self) -> Decimal: ...
    @property
    def spot(self) -> Decimal: ...
    @property
    def spot_at_entry(self) -> Decimal: ...
    @property
    def spot_cost(self) -> Decimal: ...
    @property
    def booked(self) -> Split: ...


class Holdings(Protocol):
    """What a portfolio shows, frozen or not."""

    @property
    def cash(self) -> Decimal: ...
    @property
    def positions(self) -> Mapping[str, Held]: ...
    @property
    def dust(self) -> Mapping[str, Decimal]: ...
    @property
    def dust_value(self) -> Decimal: ...
    @property
    def closed(self) -> Sequence[ClosedTrade]: ...
    @property
    def interest(self) -> Decimal: ...
    @property
    def adjustments(self) -> Decimal: ...
    @property
    def rebates(self) -> Decimal: ...


Marks = Mapping[str, Mark]
Prices = Mapping[str, Decimal]


def perp_gain(held: Held, perp_price: Decimal) -> Decimal:
    """Unrealised profit of the short leg: (E − price) * qty, with nothing lost to the rounding of E."""
    return held.perp_cost - held.qty * perp_price


def worth(held: Held, mark: Mark) -> Decimal:
    """What a position adds to equity."""
    return held.spot * mark.spot + held.perp_cost - held.qty * mark.perp


def marked(held: Held, mark: Mark) -> Split:
    """The split of an open position with what it holds at these prices."""
    booked = held.booked
    price = booked.price + held.spot * mark.spot - held.qty * mark.perp
    return Split(booked.funding, price, booked.fees, booked.slippage, booked.other)


def dust_worth(book: Holdings, dust_prices: Prices) -> Decimal:
    """What all dust is worth now."""
    return sum((qty * dust_prices[pair] for pair, qty in book.dust.items()), ZERO)


def equity(book: Holdings, marks: Marks, dust_prices: Prices) -> Decimal:
    """Cash + spot at its price + what the shorts have gained + dust."""
    positions = sum((worth(held, marks[pair]) for pair, held in book.positions.items()), ZERO)
    return book.cash + positions + dust_worth(book, dust_prices)


def totals(book: Holdings, marks: Marks, dust_worth_now: Decimal) -> Split:
    """Every position, open or closed, and what belongs to none: net is exactly equity − what was put in."""
    splits = [trade.split for trade in book.closed]
    splits += [marked(held, marks[pair]) for pair, held in book.positions.items()]
    dust_gain = dust_worth_now - book.dust_value
    return sum(splits, Split(fees=-book.rebates, other=book.interest + book.adjustments + dust_gain))


def margin_of(held: Held, terms: MarginTerms) -> Decimal:
    """Margin posted for one position; none without a perp leg, nor where margin is not isolated."""
    if terms.mode != "isolated":
        return ZERO
    return posted_margin(held.qty, held.reference, held.entry, terms.leverage)


def free_cash(book: Holdings, terms: MarginTerms) -> Decimal:
    """Cash − posted margins."""
    if terms.mode != "isolated":
        return book.cash
    return book.cash - sum((margin_of(held, terms) for held in book.positions.values()), ZERO)


def exposure(book: Holdings) -> Decimal:
    """Live perp legs at cost: Σ qty * E."""
    return sum((held.perp_cost for held in book.positions.values()), ZERO)


def capital_in_use(held: Held, terms: MarginTerms) -> float:
    """Spot cost, scaled with what is left after a cut, + posted margin; a float, because it only feeds metrics."""
    share = float(held.spot) / float(held.spot_at_entry) if held.spot_at_entry else 0.0
    return float(held.spot_cost) * share + float(margin_of(held, terms))


def cross_spare(
    book: Holdings, pair: str, closes: Callable[[str], Mark], mmr: Callable[[str], Decimal], tiers: Tiers
) -> Decimal:
    """What the rest of a cross-margined account could pay for one pair: cash, and of every other position its gain and
    its spot as collateral, less its own maintenance."""
    spare = book.cash
    for name, held in book.positions.items():
        if name != pair:
            mark = closes(name)
            spare += perp_gain(held, mark.perp) + collateral_value(tiers, held.spot * mark.spot)
            spare -= mmr(name) * held.qty * mark.perp
    return spare
