"""Positions and the portfolio: values the fold of the ledger arrives at, never edited by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

from fundarb.domain.money import ZERO


@dataclass(frozen=True, slots=True)
class Split:
    """net = funding + price − fees − slippage + other, exactly."""

    funding: Decimal = ZERO
    price: Decimal = ZERO
    fees: Decimal = ZERO
    slippage: Decimal = ZERO
    other: Decimal = ZERO

    @property
    def net(self) -> Decimal:
        """What is left of it all."""
        return self.funding + self.price - self.fees - self.slippage + self.other

    def __add__(self, more: Split) -> Split:
        return Split(
            self.funding + more.funding,
            self.price + more.price,
            self.fees + more.fees,
            self.slippage + more.slippage,
            self.other + more.other,
        )


@dataclass(frozen=True, slots=True)
class Position:
    """Two legs of one pair. `qty` is the live perp (perp units), `entry` its average price, `reference` the M of §8.

    `perp_cost` is what the live perp was sold for, exactly; `entry` is it per unit, at most 12 decimals. `booked` counts
    fills and payments as they flowed: its `price` becomes a profit once what is still held is marked."""

    pair: str
    opened_ms: int
    open_reason: str
    opened_qty: Decimal
    qty: Decimal
    entry: Decimal
    perp_cost: Decimal
    reference: Decimal
    spot: Decimal
    spot_at_entry: Decimal
    spot_cost: Decimal
    booked: Split

    @property
    def naked_spot(self) -> bool:
        """True once a liquidation took the perp leg and the spot is not sold yet."""
        return self.qty == ZERO


@dataclass(frozen=True, slots=True)
class ClosedTrade:
    """A position that is over."""

    pair: str
    opened_ms: int
    closed_ms: int
    qty: Decimal
    open_reason: str
    close_reason: str
    split: Split


@dataclass(frozen=True, slots=True)
class Portfolio:
    """The fold of a ledger: cash, open positions, dust by pair, closed trades, and totals of what was booked."""

    cash: Decimal = ZERO
    contributed: Decimal = ZERO
    positions: Mapping[str, Position] = field(default_factory=lambda: MappingProxyType({}))
    dust: Mapping[str, Decimal] = field(default_factory=lambda: MappingProxyType({}))
    dust_value: Decimal = ZERO
    closed: tuple[ClosedTrade, ...] = ()
    interest: Decimal = ZERO
    adjustments: Decimal = ZERO
    rebates: Decimal = ZERO
