"""Spot whose perp has ended and whose spot market is gone too: fundarb can sell it no more, so a person takes it out of the
account or keeps it. Either way it leaves the book at the price its short was settled at, against a transfer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal

from fundarb.accounting.book import Book
from fundarb.accounting.holding import Holding
from fundarb.accounting.lines import cash_line, spot_sell_line
from fundarb.accounting.lots import sellable
from fundarb.domain.decision import ExitReason
from fundarb.domain.instrument import Pair
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.money import ZERO, canonical, quotient12
from fundarb.domain.orders import Leg
from fundarb.engine.orders.booking import base_coin
from fundarb.engine.reconcile.facts import JournalFacts


def stranded(book: Book, spotless: Collection[str]) -> frozenset[str]:
    """Positions of which spot is left that no market takes."""
    return frozenset(name for name, held in book.positions.items() if held.naked_spot and name in spotless)


def stranded_by_coin(book: Book, journal: JournalFacts) -> dict[str, str]:
    """The stranded positions of known pairs, by their coins."""
    names = sorted(stranded(book, journal.spotless) & journal.pairs.keys())
    return {base_coin(journal.pairs[name]): name for name in names}


def settled_at(pair: Pair, held: Holding, lines: Sequence[LedgerLine]) -> Decimal:
    """The price of the coin when the short ended; that of its purchase where no line tells."""
    ends = (line.price for line in reversed(lines) if line.pair == pair.symbol and line.leg is Leg.PERP and line.side)
    last = next((price for price in ends if price), None)
    return held.fair_spot if last is None else quotient12(last, pair.multiplier)


def taken_out(at_ms: int, pair: Pair, held: Holding, qty: Decimal, price: Decimal, name: str) -> tuple[LedgerLine, ...]:
    """So much of the coin leaves for good; what is left below a lot ends the position as dust."""
    reason = None if sellable(held.spot - qty, pair.spot_lots.step, ZERO) else str(ExitReason.DELISTING)
    sold = spot_sell_line(at_ms, LineKind.DELISTING, pair.symbol, qty, price, price, ZERO, reason)
    return sold, cash_line(at_ms, LineKind.TRANSFER, -qty * price, name)


def left_out(at_ms: int, pair: Pair, held: Holding, price: Decimal) -> tuple[LedgerLine, ...]:
    """All of the coin stays in the account and belongs to its owner."""
    return taken_out(at_ms, pair, held, held.spot, price, f"left to its owner: {base_coin(pair)}")


def way_out(pair: Pair, held: Holding) -> str:
    """What a person may do."""
    coin, qty = base_coin(pair), canonical(held.spot)
    return (
        f"its spot market is gone, nothing here can sell the {qty} {coin}: move them out of this account and sell them from "
        "there (a withdrawal or transfer is booked by itself, and so is what you bring back), or keep them here as your own "
        f"(--exclude {pair.symbol})"
    )
