"""What a venue and a journal hold, as one short hash: the same for every run of a seed.

In it is all that was traded, owned, booked, ordered, decided and told, with the venue's times. Left out is what the wall
or the machine decides and nobody acts on: the port of the address that an error quotes, and who asked how often. Numbers
that rows were given (of the venue's orders and executions, of the journal's rows) only say the order, which is kept."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.e2e.live_audit import Venue, rows

LETTERS = 12
TRADED = ("execType", "category", "symbol", "side", "execQty", "execPrice", "execFee", "feeCurrency", "execTime")
ORDERED = ("orderLinkId", "symbol", "side", "qty", "price", "orderStatus", "cumExecQty", "createdTime", "updatedTime")
BOOKED = (
    "SELECT l.at_ms, l.kind, s.symbol, l.cash, l.leg, l.side, l.qty, l.price, l.fair, l.fee, l.fee_ccy, l.rate, l.reason "
    "FROM ledger l LEFT JOIN symbols s ON s.id = l.symbol_id ORDER BY l.id",
    "SELECT o.client_id, s.symbol, o.leg, o.side, o.qty, o.limit_price, o.reduce_only, o.created_ms, o.state, o.reason "
    "FROM orders o JOIN symbols s ON s.id = o.symbol_id ORDER BY o.id",
    "SELECT o.client_id, m.at_ms, m.state, m.reason FROM order_moves m JOIN orders o ON o.id = m.order_id ORDER BY m.id",
    "SELECT client_id, leg, side, qty, price, fair, fee, fee_ccy, filled_ms FROM fills ORDER BY id",
    "SELECT e.at_ms, e.name, s.symbol, e.reason, e.data FROM events e LEFT JOIN symbols s ON s.id = e.symbol_id "
    "ORDER BY e.id",
    "SELECT since_ms, reason FROM halts",
)
PORT = re.compile(r"127\.0\.0\.1:[0-9]+")


def digest(venue: Venue, database: Path) -> str:
    """Of both sides as they are now; a journal that cannot be read any more has none."""
    try:
        return hashlib.sha256("\n".join(told(venue, database)).encode()).hexdigest()[:LETTERS]
    except sqlite3.DatabaseError:
        return "unreadable"


def told(venue: Venue, database: Path) -> Iterator[str]:
    """Line by line, so that two runs can be laid side by side."""
    for row in sorted(venue.executions(), key=lambda row: int(row["seq"])):
        yield _line("executed", [row.get(name) for name in TRADED])
    for row in venue.ordered():
        yield _line("ordered", [row[name] for name in ORDERED])
    yield _line("wallet", sorted((coin, str(qty)) for coin, qty in venue.wallet().items()))
    yield _line("shorts", sorted((market, str(qty)) for market, qty in venue.shorts().items()))
    for query in BOOKED:
        for found in rows(database, query):
            yield _line("journal", found)


def _line(what: str, values: Any) -> str:
    return PORT.sub("127.0.0.1", json.dumps([what, *values], separators=(",", ":")))
