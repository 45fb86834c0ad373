"""The fold of the ledger: lines in, portfolio out, and nothing else ever changes a portfolio.

A position opens with the first fill of a pair and is over once its perp is bought back and its spot leg finished. Finished
is the spot sale that carries a `reason` (fills before the last of an order, and the cuts of a guard, carry none): what it
leaves is dust. The first reason given is that of the trade. A line whose cash is not what its figures say is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType

from fundarb.accounting.holding import Holding, LedgerBroken
from fundarb.domain.ledger import EXTERNAL_FLOWS, LEG_KINDS, LedgerLine, LineKind
from fundarb.domain.money import ZERO
from fundarb.domain.orders import Leg, Side
from fundarb.domain.position import ClosedTrade, Portfolio, Split

BASE = "base"
SPOT, BUY, FUNDING = Leg.SPOT, Side.BUY, LineKind.FUNDING


class Book:
    """Applies ledger lines in order. Its attributes mirror `Portfolio`; `snapshot` freezes them."""

    __slots__ = (
        "_frozen",
        "_in_order",
        "adjustments",
        "cash",
        "closed",
        "contributed",
        "dust",
        "dust_left",
        "dust_value",
        "interest",
        "positions",
        "rebates",
    )

    def __init__(self) -> None:
        self.cash = self.contributed = self.dust_value = ZERO
        self.interest = self.adjustments = self.rebates = ZERO
        self.positions: dict[str, Holding] = {}
        self.dust: dict[str, Decimal] = {}
        self.dust_left: list[tuple[str, Decimal]] = []
        self.closed: list[ClosedTrade] = []
        self._frozen: tuple[ClosedTrade, ...] = ()
        self._in_order: tuple[Holding, ...] | None = None

    def apply(self, line: LedgerLine) -> None:
        """Book one line."""
        kind = line.kind
        if kind is FUNDING:  # first, because there are most of them, and hashing an enum is slow
            self._funding(line)
        elif kind in LEG_KINDS:
            self._in_order = None
            self._leg(line)
        else:
            self._cash_only(kind, line.cash)
        self.cash += line.cash

    def apply_all(self, lines: Iterable[LedgerLine]) -> None:
        """Book lines in order."""
        held_of = self.positions.get
        for line in lines:
            if line.kind is FUNDING and (held := held_of(line.pair or "")) is not None and held.opened_ms <= line.at_ms:
                held.funding += line.cash  # as `apply` does it; most lines are such payments
                self.cash += line.cash
            else:
                self.apply(line)

    def in_order(self) -> tuple[Holding, ...]:
        """Open positions by symbol; the same tuple until a leg is booked."""
        if self._in_order is None:
            self._in_order = tuple(held for _, held in sorted(self.positions.items()))
        return self._in_order

    def copied(self) -> Book:
        """A book of its own that stands where this one does."""
        other = copy(self)
        other.positions = {pair: copy(held) for pair, held in self.positions.items()}
        other.dust, other.dust_left, other.closed = dict(self.dust), list(self.dust_left), list(self.closed)
        other._in_order = None
        return other

    def snapshot(self) -> Portfolio:
        """The portfolio as a value."""
        if len(self._frozen) != len(self.closed):
            self._frozen = tuple(self.closed)
        return Portfolio(
            cash=self.cash,
            contributed=self.contributed,
            positions=MappingProxyType({pair: held.frozen() for pair, held in self.positions.items()}),
            dust=MappingProxyType(dict(self.dust)),
            dust_value=self.dust_value,
            closed=self._frozen,
            interest=self.interest,
            adjustments=self.adjustments,
            rebates=self.rebates,
        )

    def _cash_only(self, kind: LineKind, cash: Decimal) -> None:
        if kind in EXTERNAL_FLOWS:
            self.contributed += cash
        elif kind is LineKind.INTEREST:
            self.interest += cash
        elif kind is LineKind.REBATE:
            self.rebates += cash
        else:
            self.adjustments += cash

    def _funding(self, line: LedgerLine) -> None:
        held = self.positions.get(line.pair or "")
        if held is not None and held.opened_ms <= line.at_ms:
            held.funding += line.cash
        else:
            self._late_funding(line)

    def _late_funding(self, line: LedgerLine) -> None:
        """A payment learnt of after the close belongs to the trade that earned it."""
        for index in range(len(self.closed) - 1, -1, -1):
            trade = self.closed[index]
            if trade.pair == line.pair and trade.opened_ms <= line.at_ms:
                self.closed[index] = replace(trade, split=trade.split + Split(funding=line.cash))
                self._frozen = ()
                return
        raise LedgerBroken(f"funding of {line.pair} at {line.at_ms}, but no position was open then")

    def _leg(self, line: LedgerLine) -> None:
        at_ms, kind, pair, cash, leg, side, qty, price, fair, fee, fee_ccy, _, _, reason = line
        if pair is None or qty is None or price is None or fee is None:
            raise LedgerBroken(f"a {kind} line needs pair, quantity, price and fee: {line}")
        buys, is_spot = side is BUY, leg is SPOT
        fair = price if fair is None else fair
        held = self.positions.get(pair)
        if held is None:
            if buys is not is_spot:
                raise LedgerBroken(f"{kind} of {pair} at {at_ms} closes a position that is not open")
            held = self.positions[pair] = Holding(pair, at_ms, reason or "")
        if is_spot:
            moved = (
                held.bought_spot(qty, price, fair, fee, fee_ccy == BASE)
                if buys
                else held.sold_spot(qty, price, fair, fee, kind, reason is not None)
            )
        elif buys:
            moved = held.bought_perp(qty, price, fair, fee, kind)
        else:
            moved = held.sold_perp(qty, price, fair, fee)
        if moved != cash:
            raise LedgerBroken(f"{kind} of {pair} at {at_ms}: cash {cash} where its figures give {moved}")
        if buys is not is_spot:
            self._reduced(held, at_ms, reason)

    def _reduced(self, held: Holding, at_ms: int, reason: str | None) -> None:
        if held.close_reason is None:
            held.close_reason = reason
        if not held.over:
            return
        left, value = held.leave_dust()
        if left:
            self.dust[held.pair] = self.dust.get(held.pair, ZERO) + left
            self.dust_left.append((held.pair, left))
            self.dust_value += value
        del self.positions[held.pair]
        self.closed.append(held.closed(at_ms))


def fold(lines: Iterable[LedgerLine]) -> Portfolio:
    """The portfolio a ledger comes to."""
    book = Book()
    book.apply_all(lines)
    return book.snapshot()
