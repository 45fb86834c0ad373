"""What a person is told of ledger lines: one event for what was done to a pair, not one for each fill."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from fundarb.accounting.book import Book
from fundarb.domain.instants import iso
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.money import ZERO, canonical
from fundarb.domain.orders import Leg, Side
from fundarb.ports.journal import Event

_OWN_NAME = {LineKind.LIQUIDATION: "liquidated", LineKind.GUARD: "guarded", LineKind.DELISTING: "delisted"}


def event(at_ms: int, portfolio: str | None, name: str, data: Mapping[str, Any], pair: str | None = None) -> Event:
    """An event with its figures."""
    return Event(at_ms, portfolio, name, pair, data=json.dumps(data, separators=(",", ":")))


Beside = Callable[[LedgerLine], Mapping[str, Any]]


def story(portfolio: str, lines: Sequence[LedgerLine], book: Book, beside: Beside) -> Iterator[Event]:
    """The events of one post, the book having applied it; `beside` tells a payment with what was expected of it."""
    for _, group in groupby(lines, key=lambda line: (line.pair, line.kind)):
        own = list(group)
        if own[0].kind is LineKind.FUNDING:
            yield from (event(line.at_ms, portfolio, "funding", beside(line), line.pair) for line in own)
        elif own[0].pair is None:
            yield from (event(line.at_ms, portfolio, str(line.kind), {"amount": _text(line.cash)}) for line in own)
        else:
            yield _moved(portfolio, own, book)


def _moved(portfolio: str, lines: Sequence[LedgerLine], book: Book) -> Event:
    """A position that was opened, changed or closed."""
    first, pair = lines[0], lines[0].pair or ""
    reason = next((line.reason for line in lines if line.reason is not None), None)
    data: dict[str, Any] = {str(leg): _leg(lines, leg) for leg in Leg if any(line.leg is leg for line in lines)}
    trade = book.closed[-1] if book.closed and pair not in book.positions else None
    if trade is not None and trade.pair == pair:
        data |= {"net": _text(trade.split.net), "opened_at": iso(trade.opened_ms)}
        reason = trade.close_reason if _grows(first) else reason
    told = event(first.at_ms, portfolio, _name(lines, book), data, pair)
    return Event(told.at_ms, told.portfolio, told.name, told.pair, reason, told.data)


def _name(lines: Sequence[LedgerLine], book: Book) -> str:
    """What was done, seen from what is held now."""
    first = lines[0]
    held = book.positions.get(first.pair or "")
    if _grows(first):
        if held is None:
            return "unhedged"  # an entry that found no second leg and was taken back
        return "opened" if held.opened_ms == first.at_ms else "hedged"
    return _OWN_NAME.get(first.kind) or ("closed" if held is None else "reduced")


def _grows(line: LedgerLine) -> bool:
    """Whether it makes a position larger."""
    return (line.leg, line.side) in ((Leg.SPOT, Side.BUY), (Leg.PERP, Side.SELL))


def _leg(lines: Iterable[LedgerLine], leg: Leg) -> dict[str, str | None]:
    """What was filled of a leg, and at which last price."""
    own = [line for line in lines if line.leg is leg]
    qty = sum((line.qty or ZERO for line in own), ZERO)
    return {"qty": _text(qty), "price": _text(own[-1].price)}


def _text(value: Decimal | None) -> str | None:
    return None if value is None else canonical(value)
