"""Bybit's market data, asked for in its own words through ccxt's implicit calls: no number passes through a float."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any

from fundarb.adapters.ccxt.bybit_listings import STATUSES, Instrument, instruments_of
from fundarb.adapters.ccxt.bybit_quotes import depth_of, quote_of
from fundarb.adapters.ccxt.bybit_rows import candles_of, interest_of, rows_of, settlements_of, ticker_of
from fundarb.adapters.ccxt.digits import whole
from fundarb.adapters.ccxt.failures import reading
from fundarb.adapters.ccxt.grid import grid
from fundarb.adapters.ccxt.market_cache import MarketCache
from fundarb.adapters.ccxt.pacing import Allowance
from fundarb.adapters.ccxt.reads import Reads
from fundarb.adapters.ccxt.strict import Wiring
from fundarb.domain.instants import DAY, HOUR, MINUTE
from fundarb.domain.market import Span
from fundarb.errors import VenueError, VenueRefused
from fundarb.ports.market import CandleDigits, RateDigits
from fundarb.ports.quotes import Depth, PairQuote
from fundarb.ports.venue import Listed, OpenInterestAt, PageRules, Ticker

ALLOWANCE = Allowance(600, 5.0)  # of one address
_CANDLES = {n * MINUTE: str(n) for n in (1, 3, 5, 15, 30, 60, 120, 240, 360, 720)} | {DAY: "D"}
_INTEREST = {5 * MINUTE: "5min", 15 * MINUTE: "15min", 30 * MINUTE: "30min", HOUR: "1h", 4 * HOUR: "4h", DAY: "1d"}
RULES = PageRules(
    funding_rows=200,
    candle_rows=1000,
    open_interest_rows=200,
    funding_walk="backwards",
    candle_spans_ms=tuple(_CANDLES),
    open_interest_spans_ms=tuple(_INTEREST),
)
_MOST_PAGES = 100  # of a listing; a cursor that never ends is no answer
_LEVELS = 50  # of an order book
_ASK_AGAIN = 10 * MINUTE  # for listings, after they could not be had

Call = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


class BybitData:
    """Fills the ports `VenueData` and `VenueQuotes`."""

    rules = RULES

    def __init__(self, exchange: Any, wiring: Wiring, reads: Reads, cache: MarketCache) -> None:
        self._exchange, self._wiring, self._reads, self._cache = exchange, wiring, reads, cache
        self._known: dict[str, Instrument] = {}
        self._known_ms = 0
        self._loading = asyncio.Lock()

    @property
    def requests(self) -> int:
        """Requests that left, counted as they did."""
        return self._wiring.sent

    async def server_ms(self) -> int:
        """The venue's time, from the envelope."""

        async def ask() -> int:
            return whole((await self._exchange.publicGetV5MarketTime({}))["time"])

        return await self._reads.ask("time", ask)

    async def listings(self) -> tuple[Listed, ...]:
        """Trading, announced, ending and closed perps with their spot markets; asked once a day."""
        return tuple(instrument.listed for instrument in (await self.instruments()).values())

    async def tickers(self) -> tuple[Ticker, ...]:
        """All perps in one request, stamped with the time the venue answered."""
        symbols = {instrument.perp_id: symbol for symbol, instrument in (await self.instruments()).items()}

        async def ask() -> tuple[Ticker, ...]:
            at_ms, rows = await self._told("linear")
            return tuple(ticker_of(row, symbols[name], at_ms) for name, row in rows.items() if name in symbols)

        return await self._reads.ask("tickers", ask)

    async def quotes(self, symbols: Collection[str]) -> tuple[PairQuote, ...]:
        """Both legs of these pairs: all perps in one request, all spot markets in another."""
        known = await self.instruments()
        wanted = [known[symbol] for symbol in symbols if symbol in known]

        async def ask() -> tuple[PairQuote, ...]:
            (at_ms, perps), (_, spots) = await asyncio.gather(self._told("linear"), self._told("spot"))
            return tuple(quote_of(one, perps[one.perp_id], spots, at_ms) for one in wanted if one.perp_id in perps)

        return await self._reads.ask("quotes", ask)

    async def depth(self, symbol: str, market: str) -> Depth:
        """The book of one leg."""
        category, market_id, _ = self._candle_call(await self._instrument(symbol), market)
        query = {"category": category, "symbol": market_id, "limit": _LEVELS}

        async def ask() -> Depth:
            return depth_of(await self._exchange.publicGetV5MarketOrderbook(query), market_id)

        return await self._reads.ask(f"{market} book of {symbol}", ask)

    async def _told(self, category: str) -> tuple[int, dict[str, Mapping[str, Any]]]:
        """When the venue answered, and all tickers of a category by the venue's names."""
        reply = await self._exchange.publicGetV5MarketTickers({"category": category})
        return whole(reply["time"]), {row["symbol"]: row for row in rows_of(reply)}

    async def funding_page(self, symbol: str, span: Span) -> Sequence[RateDigits]:
        """The newest rates of the span: only its end is sent, since a lone start is refused and two ends lose rows."""
        perp_id = (await self._instrument(symbol)).perp_id
        query = {"category": "linear", "symbol": perp_id, "endTime": span.end_ms - 1, "limit": RULES.funding_rows}

        async def ask() -> Sequence[RateDigits]:
            reply = await self._exchange.publicGetV5MarketFundingHistory(query)
            return settlements_of(rows_of(reply), symbol, perp_id, span)

        return await self._reads.ask(f"funding of {symbol}", ask)

    async def candle_page(self, symbol: str, market: str, span_ms: int, span: Span) -> Sequence[CandleDigits]:
        """Candles between two bounds that hold at most a page, so that nothing can be cut off at either end."""
        starts = grid(span, span_ms, RULES.candle_rows)
        if not starts:
            return []
        category, market_id, call = self._candle_call(await self._instrument(symbol), market)
        query = {
            "category": category,
            "symbol": market_id,
            "interval": _interval(_CANDLES, span_ms),
            "start": starts[0],
            "end": starts[-1],
            "limit": len(starts),
        }

        async def ask() -> Sequence[CandleDigits]:
            rows = rows_of(await call(query), market_id)
            return candles_of(rows, symbol, market, span_ms, starts[0], starts[-1])

        return await self._reads.ask(f"{market} candles of {symbol}", ask)

    async def open_interest_page(self, symbol: str, span_ms: int, span: Span) -> Sequence[OpenInterestAt]:
        """Open interest between two bounds that hold at most a page."""
        stamps = grid(span, span_ms, RULES.open_interest_rows)
        if not stamps:
            return []
        perp_id = (await self._instrument(symbol)).perp_id
        query = {
            "category": "linear",
            "symbol": perp_id,
            "intervalTime": _interval(_INTEREST, span_ms),
            "startTime": stamps[0],
            "endTime": stamps[-1],
            "limit": len(stamps),
        }

        async def ask() -> Sequence[OpenInterestAt]:
            rows = rows_of(await self._exchange.publicGetV5MarketOpenInterest(query), perp_id)
            return interest_of(rows, symbol, stamps[0], stamps[-1])

        return await self._reads.ask(f"open interest of {symbol}", ask)

    def _candle_call(self, instrument: Instrument, market: str) -> tuple[str, str, Call]:
        """The category, the venue's name and the call of one of the three candle series of a pair."""
        if market == "mark":
            return "linear", instrument.perp_id, self._exchange.publicGetV5MarketMarkPriceKline
        if market == "perp":
            return "linear", instrument.perp_id, self._exchange.publicGetV5MarketKline
        if instrument.spot_id is None:
            raise VenueRefused(f"{instrument.listed.pair.symbol} has no spot market at bybit")
        return "spot", instrument.spot_id, self._exchange.publicGetV5MarketKline

    async def _instrument(self, symbol: str) -> Instrument:
        instrument = (await self.instruments()).get(symbol)
        if instrument is None:
            raise VenueRefused(f"bybit lists no {symbol}; `fundarb fetch --all` takes what it does list")
        return instrument

    async def instruments(self) -> Mapping[str, Instrument]:
        """What is listed by symbol, from memory, from the cache of the day, or asked for; where that fails and something is
        known, that: names of markets do not change, and without them nothing could be closed."""
        async with self._loading:
            now_ms = self._wiring.now_ms()
            if not self._known or now_ms - self._known_ms >= DAY:
                try:
                    self._known = await self._load_instruments()
                    self._known_ms = self._wiring.now_ms() // DAY * DAY  # what was kept may be as old as the day
                except VenueError:
                    if not self._known:
                        raise
                    self._known_ms = now_ms - DAY + _ASK_AGAIN
        return self._known

    async def _load_instruments(self) -> dict[str, Instrument]:
        kept = await self._cache.load_or(self._ask_instruments, self._wiring.now_ms)
        try:
            return instruments_of(*kept)
        except (KeyError, TypeError, ValueError, AttributeError):
            self._cache.forget()  # what was asked for was read once before it was kept: someone else wrote this
        return instruments_of(*await self._cache.load_or(self._ask_instruments, self._wiring.now_ms))

    async def _ask_instruments(self) -> tuple[list[Any], list[Any]]:
        linear = [row for status in STATUSES for row in await self._listing("linear", _of(status))]
        spot = await self._listing("spot", {})
        with reading("instruments"):
            if not instruments_of(linear, spot):
                raise ValueError(f"no USDT perp is among {len(linear)} instruments")
        return linear, spot

    async def _listing(self, category: str, more: Mapping[str, Any]) -> list[Any]:
        """All pages of one listing."""
        rows: list[Any] = []
        query: dict[str, Any] = {"category": category, **more}
        for _ in range(_MOST_PAGES):
            page, cursor = await self._listing_page(query)
            rows += page
            if not page or not cursor or cursor == query.get("cursor"):
                return rows
            query["cursor"] = cursor
        raise VenueRefused(f"the listing of {category} does not end after {_MOST_PAGES} pages")

    async def _listing_page(self, query: dict[str, Any]) -> tuple[Sequence[Any], str | None]:
        async def ask() -> tuple[Sequence[Any], str | None]:
            reply = await self._exchange.publicGetV5MarketInstrumentsInfo(query)
            return rows_of(reply), reply["result"].get("nextPageCursor")

        return await self._reads.ask(f"{query['category']} instruments", ask)


def _of(status: str) -> Mapping[str, Any]:
    """How pairs of a status are asked for: those that trade by none."""
    return {"limit": 1000} if status == "Trading" else {"limit": 1000, "status": status}


def _interval(known: Mapping[int, str], span_ms: int) -> str:
    """How the venue writes a length of time."""
    if span_ms not in known:
        raise VenueRefused(f"bybit keeps no rows of {span_ms // MINUTE} minutes; it keeps {', '.join(known.values())}")
    return known[span_ms]
