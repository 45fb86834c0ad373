"""The ledger of one calendar year (UTC), line by line, each with the balances after it: what a tax adviser asks for.

The year begins with a line `balance` that carries over what the ledger held before; nothing is summed or judged here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from fundarb.accounting.book import Book
from fundarb.domain.instants import iso
from fundarb.domain.ledger import LedgerLine
from fundarb.domain.money import ZERO, canonical
from fundarb.domain.result import RunResult
from fundarb.errors import DataError

BROUGHT_FORWARD = "balance"
TAX_COLUMNS = (
    *("portfolio", "time", "kind", "pair", "leg", "side", "qty", "price", "fee", "fee_ccy", "rate", "cash"),
    *("cash_after", "spot_after", "perp_after", "trade_net", "reason"),
)
_TEXTS = ("qty", "price", "fee", "rate")
_WORDS = ("leg", "side", "fee_ccy", "reason")


def tax_rows(runs: Sequence[RunResult], year: int) -> list[dict[str, Any]]:
    """The year of every ledger; DataError where none has a line in it."""
    start_ms, end_ms = _new_year(year), _new_year(year + 1)
    found = [row for run in runs for row in _year(run, start_ms, end_ms)]
    if all(row["kind"] == BROUGHT_FORWARD for row in found):
        there = [line.at_ms for run in runs for line in run.ledger]
        held = f"its lines are of {iso(min(there))} to {iso(max(there))}" if there else "it has no line at all"
        raise DataError(f"the ledger has no line in {year} (UTC); {held}")
    return found


def _year(run: RunResult, start_ms: int, end_ms: int) -> Iterator[dict[str, Any]]:
    book, name, begun = Book(), run.portfolio or run.run_id, False
    for line in run.ledger:
        if line.at_ms >= end_ms:
            break
        if line.at_ms >= start_ms and not begun:
            begun = True
            if book.contributed or book.cash:
                yield _forward(name, start_ms, book)
        closed = len(book.closed)
        book.apply(line)
        if line.at_ms >= start_ms:
            yield _row(name, line, book, over=len(book.closed) > closed)


def _forward(name: str, start_ms: int, book: Book) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(TAX_COLUMNS)
    return row | {"portfolio": name, "time": iso(start_ms), "kind": BROUGHT_FORWARD, "cash_after": canonical(book.cash)}


def _row(name: str, line: LedgerLine, book: Book, *, over: bool) -> dict[str, Any]:
    """A line, what is held of its pair afterwards (a short below 0), and what its trade came to if that ended it."""
    held = None if line.pair is None else book.positions.get(line.pair)
    spot, perp = (ZERO, ZERO) if held is None else (held.spot, -held.qty)
    texts = {key: None if (value := getattr(line, key)) is None else canonical(value) for key in _TEXTS}
    words = {key: None if (value := getattr(line, key)) is None else str(value) for key in _WORDS}
    return {
        "portfolio": name,
        "time": iso(line.at_ms),
        "kind": str(line.kind),
        "pair": line.pair,
        **texts,
        **words,
        "cash": canonical(line.cash),
        "cash_after": canonical(book.cash),
        "spot_after": None if line.pair is None else canonical(spot),
        "perp_after": None if line.pair is None else canonical(perp),
        "trade_net": canonical(book.closed[-1].split.net) if over else None,
    }


def _new_year(year: int) -> int:
    return int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * 1000
