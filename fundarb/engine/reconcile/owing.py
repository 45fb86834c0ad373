"""Payments that the store knows of and a paper ledger lacks: settlements that found a position and were never booked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fundarb.accounting.book import Book
from fundarb.domain.ledger import LedgerLine
from fundarb.domain.money import ZERO
from fundarb.engine.market import Market
from fundarb.engine.reconcile.paper import Payment
from fundarb.engine.trading.dues import Dues


def owed(lines: Sequence[LedgerLine], book: Book, market: Market) -> tuple[Payment, ...]:
    """In order of time, then symbol; without any mark the entry price stands in, as in a backtest."""
    dues = Dues(lines)
    found = [one for symbol in dues.pairs() if symbol in market.index for one in _of(symbol, dues, book, market)]
    return tuple(sorted(found))


def _of(symbol: str, dues: Dues, book: Book, market: Market) -> Iterator[Payment]:
    own = market.of(symbol)
    rows = own.settlements.rows(own.index)
    stamps = own.settlements.settled_at[rows].tolist()
    for due in dues.owed(symbol, stamps):
        mark = own.payment_mark(due.at_ms)
        entry = book.positions[symbol].entry if symbol in book.positions else ZERO
        rate = own.settlements.rate_exact(rows.start + stamps.index(due.at_ms))
        yield Payment(due.at_ms, symbol, due.qty, entry if mark is None else mark, rate, mark is None)
