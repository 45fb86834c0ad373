"""What a ticker says of a market at one moment: the last price and its day, the best of the book, a perp's funding."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from fundarb.sandbox.market.bars import TURNOVER
from fundarb.sandbox.market.books import book_around
from fundarb.sandbox.market.hours import Line
from fundarb.sandbox.market.listing import Tradable
from fundarb.sandbox.market.source import HOUR, Quote
from fundarb.sandbox.market.streams import Streams
from fundarb.sandbox.market.tape import Tape

STALE_MS = 6 * HOUR  # instruments-info tells a new interval so late


@dataclass(frozen=True, slots=True)
class FundingNow:
    """The running estimate, for when, and the interval in force."""

    rate: Decimal
    next_ms: int
    interval_ms: int


def quote_of(
    streams: Streams,
    tape: Tape,
    tradable: Tradable,
    at_ms: int,
    open_interest: Decimal | None,
    funding: FundingNow | None,
) -> Quote:
    """The market at a moment."""
    linear = tradable.instrument.category == "linear"
    line = Line(tradable, "linear" if linear else "spot")
    last = tape.price(line, at_ms)
    bids, asks = book_around(streams, tradable, last, at_ms, 1)
    day = tape.day(line, at_ms)
    opened, high, low, lots, turnover = (
        int(column[0]) for column in (day.open, day.high, day.low, day.volume, day.turnover)
    )
    price = tradable.price.decimal
    return Quote(
        last=price(last),
        bid=bids[0],
        ask=asks[0],
        previous_24h=price(opened),
        high_24h=price(high),
        low_24h=price(low),
        volume_24h=tradable.volume.decimal(lots),
        turnover_24h=TURNOVER.decimal(turnover),
        mark=price(tape.price(Line(tradable, "mark"), at_ms)) if linear else None,
        index=price(tape.price(Line(tradable, "index"), at_ms)) if linear else None,
        open_interest=open_interest,
        funding_rate=funding.rate if funding else None,
        next_funding_ms=funding.next_ms if funding else None,
        interval_ms=funding.interval_ms if funding else None,
    )
