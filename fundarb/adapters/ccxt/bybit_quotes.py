"""Bybit's live prices as ours: the best of both sides in tickers, and order books. What does not fit raises ValueError."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

from fundarb.adapters.ccxt.bybit_listings import Instrument
from fundarb.adapters.ccxt.bybit_rows import ticker_of
from fundarb.adapters.ccxt.digits import digits, number
from fundarb.ports.quotes import Depth, Level, PairQuote, Touch


def quote_of(one: Instrument, perp: Mapping[str, Any], spots: Mapping[str, Mapping[str, Any]], at_ms: int) -> PairQuote:
    """Both legs of a pair by its rows among the tickers."""
    spot = spots.get(one.spot_id) if one.spot_id else None
    ticker = ticker_of(perp, one.listed.pair.symbol, at_ms)
    return PairQuote(ticker, _touch(perp), None if spot is None else _touch(spot))


def depth_of(reply: Mapping[str, Any], venue_id: str) -> Depth:
    """Both sides of a book, which must be that of the market asked about, in order and uncrossed."""
    result = reply["result"]
    if result["s"] != venue_id:
        raise ValueError(f"asked about {venue_id}, answered about {result['s']}")
    bids, asks = _levels(result["b"]), _levels(result["a"])
    falling = all(one.price > other.price for one, other in pairwise(bids))
    rising = all(one.price < other.price for one, other in pairwise(asks))
    if not (falling and rising) or (bids and asks and bids[0].price >= asks[0].price):
        raise ValueError(f"the book of {venue_id} is out of order")
    return Depth(bids, asks)


def _touch(row: Mapping[str, Any]) -> Touch | None:
    """The best of both sides; None where one is empty or nothing rests on it."""
    bid, ask = number(row.get("bid1Price")), number(row.get("ask1Price"))
    there = number(row.get("bid1Size")), number(row.get("ask1Size"))
    return Touch(bid, ask) if bid and ask and all(there) else None


def _levels(rows: Sequence[Sequence[Any]]) -> list[Level]:
    levels = [Level(Decimal(digits(price)), Decimal(digits(qty))) for price, qty in rows]
    for level in levels:
        if level.price <= 0 or level.qty < 0:
            raise ValueError(f"a level of {level.qty} at {level.price}")
    return levels
