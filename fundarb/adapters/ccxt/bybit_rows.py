"""Rows of Bybit's replies as ours: oldest first, within what was asked, digits kept. What does not fit raises ValueError."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from fundarb.adapters.ccxt.digits import candle_digits, digits, number, stamp, whole
from fundarb.domain.instants import HOUR, SNAP, snap
from fundarb.domain.market import Span
from fundarb.ports.market import CandleDigits, RateDigits
from fundarb.ports.venue import OpenInterestAt, Ticker


def rows_of(reply: Mapping[str, Any], venue_id: str | None = None) -> Sequence[Any]:
    """The list of a reply; one of another symbol is no answer."""
    result = reply["result"]
    if not isinstance(result, Mapping) or not isinstance(result.get("list"), list):
        raise ValueError("the result holds no list")
    if venue_id is not None and result.get("symbol", venue_id) != venue_id:
        raise ValueError(f"asked about {venue_id}, answered about {result['symbol']}")
    rows: Sequence[Any] = result["list"]
    return rows


def settlements_of(rows: Sequence[Mapping[str, Any]], symbol: str, venue_id: str, span: Span) -> list[RateDigits]:
    """Settled rates; stamps a few milliseconds off the minute are that minute."""
    found: dict[int, str] = {}
    for row in rows:
        if row["symbol"] != venue_id:
            raise ValueError(f"asked about {venue_id}, answered about {row['symbol']}")
        at, rate = snap(whole(row["fundingRateTimestamp"])), digits(row["fundingRate"])
        if at > span.end_ms + SNAP:
            raise ValueError(f"asked up to {span.end_ms}, answered about {at}")
        if found.setdefault(at, rate) != rate:
            raise ValueError(f"two rates at {at}: {found[at]} and {rate}")
    return [RateDigits(symbol, at, found[at]) for at in sorted(found) if span.start_ms <= at < span.end_ms]


def candles_of(
    rows: Sequence[Sequence[str]], symbol: str, market: str, span_ms: int, first_ms: int, last_ms: int
) -> list[CandleDigits]:
    """Candles opening in [first, last], all on the grid of `span_ms`."""
    found: list[CandleDigits] = []
    before = first_ms - 1
    for stamp_text, opening, high, low, close, *traded in reversed(candle_digits(rows, 4 if market == "mark" else 5)):
        opened = int(stamp_text)
        if not first_ms <= opened <= last_ms:
            continue
        if opened <= before or opened % span_ms:
            raise ValueError(f"a candle at {opened} is out of order or off the grid of {span_ms} ms")
        before = opened
        volume = traded[0] if traded else None
        found.append(CandleDigits(symbol, market, span_ms, opened, opening, high, low, close, volume))
    _require_some(rows, found)
    return found


def interest_of(rows: Sequence[Mapping[str, Any]], symbol: str, first_ms: int, last_ms: int) -> list[OpenInterestAt]:
    """Open interest stamped in [first, last]."""
    found: dict[int, OpenInterestAt] = {}
    for row in rows:
        at, contracts = whole(row["timestamp"]), number(row["openInterest"])
        if first_ms <= at <= last_ms and contracts is not None:
            one = OpenInterestAt(symbol, at, contracts)
            if found.setdefault(at, one) != one:
                raise ValueError(f"two values at {at}: {found[at].open_interest} and {contracts}")
    _require_some(rows, found)
    return [found[at] for at in sorted(found)]


def _require_some(rows: Sequence[object], found: Collection[object]) -> None:
    """Rows of which none was asked for are no answer, least of all that there is nothing."""
    if rows and not found:
        raise ValueError(f"none of the {len(rows)} rows is of the time asked for")


def ticker_of(row: Mapping[str, Any], symbol: str, observed_at_ms: int) -> Ticker:
    """One perp now; what it leaves blank is None."""
    hours = number(row.get("fundingIntervalHour"))
    return Ticker(
        symbol=symbol,
        observed_at_ms=observed_at_ms,
        predicted_rate=number(row.get("fundingRate")),
        next_settlement_ms=stamp(row.get("nextFundingTime")),
        interval_ms=int(hours * HOUR) if hours else None,
        mark=number(row.get("markPrice")),
        quote_volume=number(row.get("turnover24h")),
        open_interest=number(row.get("openInterest")),
        leaves_ms=stamp(row.get("deliveryTime")),
    )
