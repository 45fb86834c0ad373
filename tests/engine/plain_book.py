"""Part of the second implementation of semantics.md: positions, cash, ledger lines, lots (§§5, 6, 8). Exact fractions."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple

from fundarb.domain.instrument import Pair
from tests.engine.plain_market import rounded
from tests.engine.plain_terms import Costs, Terms

ZERO = Fraction(0)


class Line(NamedTuple):
    """A ledger line by value."""

    at: int
    kind: str
    pair: str | None
    cash: Fraction
    leg: str | None = None
    side: str | None = None
    qty: Fraction | None = None
    price: Fraction | None = None
    fee: Fraction | None = None
    fee_ccy: str | None = None
    rate: Fraction | None = None


@dataclass
class Held:
    """A position, open or closed."""

    pair: Pair
    opened: int
    reason: str
    qty_at_entry: Fraction
    qty: Fraction
    entry: Fraction
    reference: Fraction
    spot: Fraction
    spot_at_entry: Fraction
    spot_cost: Fraction
    fair_spot: Fraction
    fair_perp: Fraction
    funding: Fraction = ZERO
    price: Fraction = ZERO
    fees: Fraction = ZERO
    slippage: Fraction = ZERO
    other: Fraction = ZERO
    close_reason: str | None = None
    closed: int | None = None
    naked_since: int | None = None

    def split(self, spot: Fraction = ZERO, perp: Fraction = ZERO) -> tuple[Fraction, ...]:
        """funding, price, fees, slippage, other, net; what is still held marked at these prices."""
        price = self.price + self.spot * spot - self.qty * perp
        net = self.funding + price - self.fees - self.slippage + self.other
        return self.funding, price, self.fees, self.slippage, self.other, net


@dataclass
class Folio:
    """Cash, positions and dust."""

    terms: Terms
    cash: Fraction = ZERO
    held: dict[str, Held] = field(default_factory=dict)
    dust: dict[str, Fraction] = field(default_factory=dict)
    dust_value: Fraction = ZERO
    lines: list[Line] = field(default_factory=list)
    trades: list[Held] = field(default_factory=list)

    def write(self, line: Line) -> None:
        self.lines.append(line)
        self.cash += line.cash

    def posted(self, held: Held) -> Fraction:
        if not self.terms.isolated:
            return ZERO
        m, leverage = held.reference, self.terms.number("margin.leverage")
        return rounded(held.qty * (m / leverage + m - held.entry))

    def free_cash(self) -> Fraction:
        return self.cash - sum((self.posted(held) for held in self.held.values()), ZERO)

    def enter(self, at: int, pair: Pair, qty: Fraction, spot: Fraction, perp: Fraction, reason: str) -> None:
        """Spot bought, perp sold, at these opens."""
        costs = self.terms.costs(pair)
        bought, sold = spot * (1 + costs.slippage), perp * (1 - costs.slippage)
        order = spot_order(pair, qty, costs)
        value = order * bought * costs.fee_spot
        came = order * (1 - costs.fee_spot) if costs.in_base else order
        perp_fee = qty * sold * costs.fee_perp
        held = Held(pair, at, reason, qty, qty, sold, sold, came, came, order * bought, spot, perp)
        held.price = qty * perp - came * spot
        held.slippage = came * (bought - spot) + qty * (perp - sold)
        held.fees = value + perp_fee
        self.held[pair.symbol] = held
        cash = -order * bought - (ZERO if costs.in_base else value)
        fee, ccy = (order * costs.fee_spot, "base") if costs.in_base else (value, "quote")
        self.write(Line(at, "fill", pair.symbol, cash, "spot", "buy", order, bought, fee, ccy))
        self.write(Line(at, "fill", pair.symbol, -perp_fee, "perp", "sell", qty, sold, perp_fee, "quote"))

    def sell_spot(
        self, at: int, kind: str, held: Held, qty: Fraction, fair: Fraction, haircut: Fraction | None
    ) -> Line:
        """Part or all of the spot leg; a haircut stands in the place of slippage."""
        costs = self.terms.costs(held.pair)
        price = fair * (1 - (costs.slippage if haircut is None else haircut))
        fee = qty * price * costs.fee_spot
        held.spot -= qty
        held.price += qty * fair
        if haircut is None:
            held.slippage += qty * (fair - price)
        else:
            held.other -= qty * (fair - price)
        held.fees += fee
        return Line(at, kind, held.pair.symbol, qty * price - fee, "spot", "sell", qty, price, fee, "quote")

    def buy_perp(self, at: int, kind: str, held: Held, qty: Fraction, fair: Fraction, slippage: Fraction) -> Line:
        """Part or all of the perp leg bought back."""
        costs = self.terms.costs(held.pair)
        price = fair * (1 + slippage)
        fee = qty * price * costs.fee_perp
        held.qty -= qty
        held.price -= qty * fair
        held.slippage += qty * (price - fair)
        held.fees += fee
        cash = (held.entry - price) * qty - fee
        return Line(at, kind, held.pair.symbol, cash, "perp", "buy", qty, price, fee, "quote")

    def leave(self, at: int, kind: str, held: Held, spot: Fraction, perp: Fraction | None, reason: str) -> list[Line]:
        """Everything that is left, at these opens; the spot alone where the perp is gone."""
        lines = [self.sell_spot(at, kind, held, floor_to(held.spot, held.pair.spot_lots.step), spot, None)]
        if held.qty and perp is not None:
            lines.append(self.buy_perp(at, kind, held, held.qty, perp, self.terms.costs(held.pair).slippage))
        self.over(at, held, spot, reason)
        return lines

    def delist(self, at: int, held: Held, spot: Fraction, perp: Fraction) -> list[Line]:
        """Both legs at the last closes."""
        haircut = self.terms.number("costs.delist_haircut")
        lines = [self.sell_spot(at, "delisting", held, floor_to(held.spot, held.pair.spot_lots.step), spot, haircut)]
        if held.qty:
            lines.append(self.buy_perp(at, "delisting", held, held.qty, perp, ZERO))
        self.over(at, held, spot, "delisting")
        return lines

    def over(self, at: int, held: Held, fair: Fraction, reason: str) -> None:
        """The trade is done; what could not be sold is dust."""
        held.close_reason = held.close_reason or reason
        held.closed = at
        left, held.spot = held.spot, ZERO
        held.price += left * fair
        self.dust[held.pair.symbol] = self.dust.get(held.pair.symbol, ZERO) + left
        self.dust_value += left * fair
        del self.held[held.pair.symbol]
        self.trades.append(held)


def floor_to(value: Fraction, step: object) -> Fraction:
    """The largest multiple of a step not above."""
    size = Fraction(step)  # type: ignore[call-overload]  # whatever a Fraction can be made of
    return Fraction(value // size * size)


def spot_order(pair: Pair, qty: Fraction, costs: Costs) -> Fraction:
    """What must be ordered for qty * multiplier to arrive."""
    wanted = qty * Fraction(pair.multiplier)
    if not costs.in_base:
        return wanted
    return -floor_to(-wanted / (1 - costs.fee_spot), pair.spot_lots.step)


def lot_step(pair: Pair) -> Fraction:
    """lcm(perp step, spot step / multiplier)."""
    perp, spot = Fraction(pair.perp_lots.step), Fraction(pair.spot_lots.step) / Fraction(pair.multiplier)
    return Fraction(lcm(perp.numerator, spot.numerator), gcd(perp.denominator, spot.denominator))


def too_small(pair: Pair, qty: Fraction, ref: Fraction) -> bool:
    """The minimums of §5; nothing at all is too small whatever they are."""
    return (
        qty <= 0
        or qty < Fraction(pair.perp_lots.min_qty)
        or qty * Fraction(pair.multiplier) < Fraction(pair.spot_lots.min_qty)
        or qty * ref < max(Fraction(pair.perp_lots.min_notional), Fraction(pair.spot_lots.min_notional))
    )
