"""An open position while lines are applied to it: the mutable twin of `domain.Position`.

Every leg adds to `price` at its fair price and what differs from it to `slippage` (or `other`, for haircuts and
liquidation penalties), so the split adds up to cash, line by line. The perp's cost is kept exactly; `entry` is it per unit,
rounded once at 12 decimals, and what that rounding leaves over stays with the position until its last unit is closed.
"""

from __future__ import annotations

from decimal import Decimal

from fundarb.accounting.margin import cut_reference
from fundarb.domain.ledger import LineKind
from fundarb.domain.money import ZERO, quotient12
from fundarb.domain.position import ClosedTrade, Position, Split
from fundarb.errors import DataError


class LedgerBroken(DataError):
    """A ledger line cannot be: its figures contradict each other or what came before."""


class Holding:
    """Two legs of one pair, between the first fill and the last."""

    __slots__ = (
        "_cut_from",
        "_guarded_at",
        "_left_at",
        "close_reason",
        "entry",
        "fair_perp",
        "fair_spot",
        "fees",
        "funding",
        "open_reason",
        "opened_ms",
        "opened_qty",
        "other",
        "pair",
        "perp_cost",
        "price",
        "qty",
        "slippage",
        "spot",
        "spot_at_entry",
        "spot_cost",
    )

    def __init__(self, pair: str, opened_ms: int, open_reason: str) -> None:
        self.pair, self.opened_ms, self.open_reason = pair, opened_ms, open_reason
        self.close_reason: str | None = None
        self.opened_qty = self.qty = self.entry = self.perp_cost = ZERO
        self.spot = self.spot_at_entry = self.spot_cost = ZERO
        self.funding = self.price = self.fees = self.slippage = self.other = ZERO
        self.fair_spot = self.fair_perp = ZERO
        self._guarded_at: Decimal | None = None
        self._cut_from: Decimal | None = None
        self._left_at: Decimal | None = None

    @property
    def reference(self) -> Decimal:
        """The M of semantics §8: the average entry, or the open of the last guard, as far as its cut went."""
        return self.entry if self._guarded_at is None else self._guarded_at

    @property
    def guarded_from(self) -> Decimal:
        """What the guard measures a rise from: M, or the M at which a cut began that is not whole yet."""
        return self.reference if self._cut_from is None else self._cut_from

    @property
    def naked_spot(self) -> bool:
        """True while spot is held without a perp leg."""
        return not self.qty

    @property
    def booked(self) -> Split:
        """What fills and payments came to so far."""
        return Split(self.funding, self.price, self.fees, self.slippage, self.other)

    @property
    def over(self) -> bool:
        """No perp left, and no spot, or only what its last sale could not take."""
        return not self.qty and (self._left_at is not None or not self.spot)

    def bought_spot(self, qty: Decimal, price: Decimal, fair: Decimal, fee: Decimal, in_base: bool) -> Decimal:
        """A spot buy; the cash it moves. A fee in base never arrives and is valued at the fill."""
        came = qty - fee if in_base else qty
        cost = qty * price
        self.spot += came
        self.spot_at_entry += came
        self.spot_cost += cost
        self.price -= came * fair
        self.fair_spot = fair
        self.slippage += came * (price - fair)
        self._left_at = None
        if in_base:
            self.fees += fee * price
            return -cost
        self.fees += fee
        return -cost - fee

    def sold_spot(
        self, qty: Decimal, price: Decimal, fair: Decimal, fee: Decimal, kind: LineKind, last: bool
    ) -> Decimal:
        """A spot sale; the cash it moves. What the `last` one leaves is dust at its fair price."""
        if qty > self.spot:
            raise LedgerBroken(f"{self.pair}: {qty} spot sold, but only {self.spot} held")
        self.spot -= qty
        self.price += qty * fair
        if kind is LineKind.DELISTING:
            self.other += qty * (price - fair)
        else:
            self.slippage += qty * (fair - price)
        self.fees += fee
        if last:
            self._left_at = fair
        return qty * price - fee

    def sold_perp(self, qty: Decimal, price: Decimal, fair: Decimal, fee: Decimal) -> Decimal:
        """A short opened or added to; the cash it moves, which is its fee."""
        proceeds = qty * price
        self.entry = price if not self.qty else quotient12(self.perp_cost + proceeds, self.qty + qty)
        self.perp_cost += proceeds
        self.qty += qty
        self.opened_qty += qty
        self.price += qty * fair
        self.fair_perp = fair
        self.slippage += qty * (fair - price)
        self.fees += fee
        return -fee

    def bought_perp(self, qty: Decimal, price: Decimal, fair: Decimal, fee: Decimal, kind: LineKind) -> Decimal:
        """A short bought back, in part or whole; the cash it moves."""
        released = released_cost(self, qty)
        if kind is LineKind.GUARD:
            self._cut(qty, fair)
        self.perp_cost -= released
        self.qty -= qty
        self.price -= qty * fair
        if kind is LineKind.LIQUIDATION:
            self.other -= qty * (price - fair)
        else:
            self.slippage += qty * (price - fair)
        self.fees += fee
        return released - qty * price - fee

    def _cut(self, qty: Decimal, price: Decimal) -> None:
        """Part of a guard's cut, or all of it: what is left keeps the risk it had until it is."""
        began = self.guarded_from
        self._guarded_at = cut_reference(self.qty, self.reference, self.qty - qty, price)
        self._cut_from = None if self._guarded_at == price else began

    def leave_dust(self) -> tuple[Decimal, Decimal]:
        """Take what spot is left out at the exit's fair price: the quantity and its value."""
        left, self.spot = self.spot, ZERO
        value = left * self._left_at if left and self._left_at is not None else ZERO
        self.price += value
        return left, value

    def frozen(self) -> Position:
        """The position as a value."""
        return Position(
            pair=self.pair,
            opened_ms=self.opened_ms,
            open_reason=self.open_reason,
            opened_qty=self.opened_qty,
            qty=self.qty,
            entry=self.entry,
            perp_cost=self.perp_cost,
            reference=self.reference,
            spot=self.spot,
            spot_at_entry=self.spot_at_entry,
            spot_cost=self.spot_cost,
            booked=self.booked,
        )

    def closed(self, at_ms: int) -> ClosedTrade:
        """The trade this was."""
        return ClosedTrade(
            self.pair, self.opened_ms, at_ms, self.opened_qty, self.open_reason, self.close_reason or "", self.booked
        )


def released_cost(held: Holding | Position, qty: Decimal) -> Decimal:
    """What `qty` of a short was sold for: at the average entry, and all that is left with the last unit."""
    if qty > held.qty:
        raise LedgerBroken(f"{held.pair}: {qty} perp bought back, but only {held.qty} short")
    return held.perp_cost if qty == held.qty else held.entry * qty
