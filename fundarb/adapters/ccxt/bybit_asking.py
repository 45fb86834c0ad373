"""How Bybit's private lists are asked: page after page, week after week, every row read before the next is asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from fundarb.adapters.ccxt.bybit_account import CATEGORIES
from fundarb.adapters.ccxt.bybit_listings import Instrument
from fundarb.adapters.ccxt.bybit_rows import rows_of
from fundarb.adapters.ccxt.reads import Reads
from fundarb.domain.instants import DAY
from fundarb.domain.market import Span
from fundarb.domain.orders import Leg
from fundarb.errors import OrderRefused, VenueRefused

WINDOW = 7 * DAY  # the venue answers about so much at once

Row = Mapping[str, Any]
Call = Callable[[Row], Awaitable[Row]]
Instruments = Callable[[], Awaitable[Mapping[str, Instrument]]]
T = TypeVar("T")


class BybitAsking:
    """Reads with keys, tried again like all reads; `instruments` tells what is listed."""

    most_pages = 1000  # of a list; a cursor that never ends is no answer

    def __init__(self, exchange: Any, reads: Reads, instruments: Instruments) -> None:
        self.exchange, self._reads, self._instruments = exchange, reads, instruments

    async def one(self, what: str, call: Call, query: Row, make: Callable[[Row], T]) -> T:
        """One reply, made into something while it may still be asked for again."""

        async def ask() -> T:
            return make(await call(query))

        return await self._reads.ask(what, ask)

    async def all(self, what: str, call: Call, query: Row, make: Callable[[Row], T]) -> list[T]:
        """Every row of every page."""
        found: list[T] = []
        cursor = ""
        for _ in range(self.most_pages):
            asked = {**query, "cursor": cursor} if cursor else query
            rows, cursor = await self.one(what, call, asked, lambda reply: _page(reply, make))
            found += rows
            if not cursor or not rows:
                return found
        raise VenueRefused(f"{what}: the list does not end after {self.most_pages} pages")

    async def market(self, pair: str, leg: Leg) -> tuple[str, Decimal | None]:
        """The venue's name of a leg and the step of its prices."""
        instrument = (await self._instruments()).get(pair)
        venue_id = None if instrument is None else instrument.spot_id if leg is Leg.SPOT else instrument.perp_id
        if instrument is None or venue_id is None:
            raise OrderRefused(f"bybit lists no {leg} market of {pair}: nothing was sent")
        return venue_id, instrument.spot_tick if leg is Leg.SPOT else instrument.perp_tick

    async def query(self, pair: str, leg: Leg) -> dict[str, str]:
        """Category and symbol of a leg."""
        venue_id, _ = await self.market(pair, leg)
        return {"category": CATEGORIES[leg], "symbol": venue_id}

    async def namer(self, leg: Leg) -> Callable[[Row], str]:
        """Gives a row its unified name, or the venue's own where it belongs to no pair."""
        known: dict[str, str] = {}
        for symbol, instrument in (await self._instruments()).items():
            if leg is Leg.PERP:
                known[instrument.perp_id] = symbol
            elif instrument.spot_id and instrument.listed.pair.spot:
                known[instrument.spot_id] = instrument.listed.pair.spot
        return lambda row: known.get(row["symbol"], str(row["symbol"]))


def windows(span: Span) -> Iterator[dict[str, int]]:
    """A span as the stretches the venue takes, both ends included."""
    for start_ms in range(span.start_ms, span.end_ms, WINDOW):
        yield {"startTime": start_ms, "endTime": min(start_ms + WINDOW, span.end_ms) - 1}


def _page(reply: Row, make: Callable[[Row], T]) -> tuple[list[T], str]:
    return [make(row) for row in rows_of(reply)], str(reply["result"].get("nextPageCursor") or "")
