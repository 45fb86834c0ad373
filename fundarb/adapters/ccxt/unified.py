"""Market data of any venue through ccxt's unified calls, with the quirks of those that are known."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from fundarb.adapters.ccxt.decimals import foreign_decimals
from fundarb.adapters.ccxt.digits import digits, number, stamp, whole
from fundarb.adapters.ccxt.failures import reading
from fundarb.adapters.ccxt.grid import grid
from fundarb.adapters.ccxt.quirks import Quirks
from fundarb.adapters.ccxt.reads import Reads
from fundarb.adapters.ccxt.strict import Wiring
from fundarb.adapters.ccxt.unified_listings import UnifiedMarket, markets_of
from fundarb.domain.instants import DAY, HOUR, LATEST, MINUTE, parse_duration, snap
from fundarb.domain.market import Span
from fundarb.domain.money import canonical, parse
from fundarb.errors import ConfigError, VenueRefused
from fundarb.ports.market import CandleDigits, RateDigits
from fundarb.ports.venue import Listed, OpenInterestAt, PageRules, Ticker

_NEEDED = ("fetchMarkets", "fetchFundingRateHistory", "fetchOHLCV")
_PAGE = 100  # rows of one turned page
_CODES = {n * MINUTE: f"{n}m" for n in (1, 3, 5, 15, 30)} | {n * HOUR: f"{n}h" for n in (1, 2, 4, 6, 12)} | {DAY: "1d"}


def require_calls(exchange: Any) -> None:
    """A venue without funding history, candles or a perp to ask about is no venue for fundarb."""
    lacking = [name for name in _NEEDED if not exchange.has.get(name)]
    lacking += [] if exchange.has.get("swap") else ["perpetual swaps"]
    if lacking:
        raise ConfigError(f"venue.id: ccxt's {exchange.id} lacks {', '.join(lacking)}; choose another venue")


class UnifiedData:
    """Fills the port `VenueData`."""

    def __init__(self, exchange: Any, wiring: Wiring, reads: Reads, quirks: Quirks) -> None:
        self._exchange, self._wiring, self._reads, self._quirks = exchange, wiring, reads, quirks
        self._known: dict[str, UnifiedMarket] = {}
        self._loading = asyncio.Lock()
        spans = tuple(span_ms for span_ms, code in _CODES.items() if code in exchange.timeframes)
        self.rules = PageRules(
            funding_rows=quirks.funding_rows,
            candle_rows=quirks.candle_rows,
            open_interest_rows=quirks.open_interest_rows,
            funding_walk=_WALKS[quirks.funding],
            candle_spans_ms=spans,
            open_interest_spans_ms=spans if exchange.has.get("fetchOpenInterestHistory") else (),
            mark_candles=bool(exchange.has.get("fetchMarkOHLCV")),
        )

    @property
    def requests(self) -> int:
        """Requests that left, counted as they did."""
        return self._wiring.sent

    async def server_ms(self) -> int:
        """The venue's time; that of this machine where the venue does not tell it."""
        if not self._exchange.has.get("fetchTime"):
            return self._wiring.now_ms()
        return whole(await self._call("fetchTime", self._exchange.fetch_time))

    async def listings(self) -> tuple[Listed, ...]:
        """The perps that are listed now; ccxt keeps no others."""
        return tuple(market.listed for market in (await self._markets()).values())

    async def tickers(self) -> tuple[Ticker, ...]:
        """Predicted rates of all perps and their day, as far as the venue tells them of all at once."""
        known, rates = await self._markets(), {}
        if self._exchange.has.get("fetchFundingRates"):
            rates = await self._call("fetchFundingRates", self._exchange.fetch_funding_rates)
        days = await self._days()
        told = rates or days
        with reading("tickers"):
            return tuple(self._ticker(rates.get(one, {}), days.get(one, {}), one) for one in known if one in told)

    async def funding_page(self, symbol: str, span: Span) -> Sequence[RateDigits]:
        """Settled rates, the way this venue is walked."""
        await self._require(symbol)
        rows = self._quirks.funding_rows
        match self._quirks.funding:
            case "two-ended":
                return await self._rates(symbol, span, rows, span.start_ms, until=span.end_ms - 1)
            case "after":
                return await self._rates(symbol, span, rows, None, after=span.end_ms)
            case "narrow":
                return await self._narrow(symbol, span)
            case "pages":
                return await self._turned(symbol, span)

    async def candle_page(self, symbol: str, market: str, span_ms: int, span: Span) -> Sequence[CandleDigits]:
        """Candles between two bounds."""
        listed, starts = await self._require(symbol), grid(span, span_ms, self._quirks.candle_rows)
        if not starts:
            return []
        name = symbol if market != "spot" else listed.listed.pair.spot
        if name is None or (market == "mark" and not self.rules.mark_candles):
            raise VenueRefused(f"{self._exchange.id} has no {market} candles of {symbol}")
        later = {"last": 0, "after-last": 1, "whole": span_ms}[self._quirks.candle_end_ms]
        params = {"until": starts[-1] + later} | ({"price": "mark"} if market == "mark" else {})
        limit = len(starts) + self._quirks.spare_candles
        code = self._code(span_ms)

        async def ask() -> Sequence[CandleDigits]:
            with foreign_decimals():
                rows = await self._exchange.fetch_ohlcv(name, code, starts[0], limit, params)
            inside = {whole(row[0]): row for row in rows if whole(row[0]) in starts}
            return [self._candle(inside[at], symbol, market, span_ms, listed) for at in sorted(inside)]

        return await self._reads.ask(f"{market} candles of {symbol}", ask)

    async def open_interest_page(self, symbol: str, span_ms: int, span: Span) -> Sequence[OpenInterestAt]:
        """Open interest between two bounds."""
        await self._require(symbol)
        stamps = grid(span, span_ms, self._quirks.open_interest_rows)
        if not stamps:
            return []
        code, params = self._code(span_ms), {"until": stamps[-1]}

        async def ask() -> Sequence[OpenInterestAt]:
            with foreign_decimals():
                call = self._exchange.fetch_open_interest_history
                rows = await call(symbol, code, stamps[0], len(stamps), params)
            found = {whole(row["timestamp"]): number(row["openInterestAmount"]) for row in rows}
            return [OpenInterestAt(symbol, at, held) for at in stamps if (held := found.get(at)) is not None]

        self._require_call("fetchOpenInterestHistory")
        return await self._reads.ask(f"open interest of {symbol}", ask)

    async def _rates(
        self, symbol: str, span: Span, limit: int, since: int | None, **params: int
    ) -> Sequence[RateDigits]:
        """Settled rates of one request that are stamped in the span."""

        async def ask() -> Sequence[RateDigits]:
            with foreign_decimals():
                rows = await self._exchange.fetch_funding_rate_history(symbol, since, limit, params)
            found = {snap(whole(row["timestamp"])): digits(row["fundingRate"]) for row in rows}
            return [RateDigits(symbol, at, found[at]) for at in sorted(found) if span.start_ms <= at < span.end_ms]

        return await self._reads.ask(f"funding of {symbol}", ask)

    async def _narrow(self, symbol: str, span: Span) -> Sequence[RateDigits]:
        """The newest window that holds anything; an hour a row, so that none overflows."""
        end_ms, width_ms = span.end_ms, self._quirks.funding_rows * HOUR
        while end_ms > span.start_ms:
            start_ms = max(span.start_ms, end_ms - width_ms)
            window = Span(start_ms, end_ms)
            page = await self._rates(symbol, window, self._quirks.funding_rows, start_ms - 1, until=end_ms - 1)
            if page:
                return page
            end_ms = start_ms
        return []

    async def _turned(self, symbol: str, span: Span) -> Sequence[RateDigits]:
        """Pages from the newest on until the span is behind, at most `funding_rows` rows; a row may come on two pages."""
        found = dict[int, RateDigits]()
        for turned in range(1, self._quirks.funding_rows // _PAGE + 1):
            page = await self._rates(symbol, Span(0, LATEST), _PAGE, None, pageNo=turned)
            found |= {row.settled_at_ms: row for row in page}
            if len(page) < _PAGE or page[0].settled_at_ms <= span.start_ms:
                break
        return [found[at] for at in sorted(found) if span.start_ms <= at < span.end_ms]

    def _candle(
        self, row: Sequence[Any], symbol: str, market: str, span_ms: int, listed: UnifiedMarket
    ) -> CandleDigits:
        opening, high, low, close = (digits(value) for value in row[1:5])
        volume = None if market == "mark" or row[5] is None else digits(row[5])
        if volume is not None and market == "perp" and self._quirks.contract_volume:
            volume = canonical(parse(volume) * listed.contract_size)
        return CandleDigits(symbol, market, span_ms, whole(row[0]), opening, high, low, close, volume)

    def _ticker(self, rate: Mapping[str, Any], day: Mapping[str, Any], symbol: str) -> Ticker:
        interval = rate.get("interval")
        return Ticker(
            symbol=symbol,
            observed_at_ms=stamp(rate.get("timestamp")) or self._wiring.now_ms(),
            predicted_rate=number(rate.get("fundingRate")),
            next_settlement_ms=stamp(rate.get("fundingTimestamp")),
            interval_ms=parse_duration(interval) if interval else None,
            mark=number(rate.get("markPrice")) or number(day.get("markPrice")),
            quote_volume=number(day.get("quoteVolume")),
            open_interest=None,
        )

    async def _days(self) -> Mapping[str, Any]:
        """Tickers of the perps, where the venue has them."""
        if not self._exchange.has.get("fetchTickers"):
            return {}
        params = self._quirks.ticker_params
        found: Mapping[str, Any] = await self._call(
            "fetchTickers", lambda: self._exchange.fetch_tickers(None, dict(params))
        )
        return found

    async def _call(self, name: str, call: Any) -> Any:
        """One unified call that may be missing."""
        self._require_call(name)

        async def ask() -> Any:
            with foreign_decimals():
                return await call()

        return await self._reads.ask(name, ask)

    def _require_call(self, name: str) -> None:
        if not self._exchange.has.get(name):
            raise VenueRefused(f"ccxt's {self._exchange.id} lacks {name}")

    def _code(self, span_ms: int) -> str:
        if span_ms not in self.rules.candle_spans_ms:
            kept = ", ".join(_CODES[known] for known in self.rules.candle_spans_ms)
            raise VenueRefused(f"{self._exchange.id} keeps no rows of {span_ms // MINUTE} minutes; it keeps {kept}")
        return _CODES[span_ms]

    async def _require(self, symbol: str) -> UnifiedMarket:
        market = (await self._markets()).get(symbol)
        if market is None:
            raise VenueRefused(f"{self._exchange.id} lists no {symbol}")
        return market

    async def _markets(self) -> dict[str, UnifiedMarket]:
        async with self._loading:
            if not self._known:
                loaded = await self._call("fetchMarkets", self._exchange.load_markets)
                with reading("markets"):
                    self._known = markets_of(loaded.values(), self._quirks.quote, self._exchange.precisionMode)
        return self._known


_WALKS: dict[str, Any] = {"two-ended": "forwards", "after": "backwards", "narrow": "backwards", "pages": "newest-only"}
