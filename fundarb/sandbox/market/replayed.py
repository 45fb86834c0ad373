"""The market of a store, replayed: settlements and candles digit for digit, and between them paths, quotes and books such as
they may have been."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from fundarb.domain.instants import LATEST
from fundarb.domain.instrument import Pair
from fundarb.domain.market import Span
from fundarb.ports.market import CandleColumns, MarketReader
from fundarb.sandbox.market.bars import rows
from fundarb.sandbox.market.books import book_around
from fundarb.sandbox.market.coins import Coin
from fundarb.sandbox.market.history import StoredFunding, StoredInterest
from fundarb.sandbox.market.hours import Line
from fundarb.sandbox.market.listing import Tradable
from fundarb.sandbox.market.pairs import coin_of, market_of
from fundarb.sandbox.market.quotes import quote_of
from fundarb.sandbox.market.source import DAY, Category, Instrument, Level, Quote, Row, Series
from fundarb.sandbox.market.stored import StoredBars, as_stored, grids_of, stored_series
from fundarb.sandbox.market.streams import Streams
from fundarb.sandbox.market.tape import Tape

_EVER = Span(0, LATEST)
_KEPT_CANDLES = 2400  # whose minutes are remembered
_STORED: tuple[tuple[Series, str], ...] = (("linear", "perp"), ("spot", "spot"), ("mark", "mark"))


class ReplayedMarket:
    """Fills `MarketSource` from what a reader gave; pairs without candles of their perp are left out."""

    def __init__(self, seed: int = 0) -> None:
        self._streams = Streams(seed)
        self._bars: dict[int, StoredBars] = {}
        self._tapes: dict[int, Tape] = {}
        self._finest: dict[tuple[str, str], int] = {}
        self._markets: dict[tuple[str, str], Tradable] = {}
        self._funding: dict[str, StoredFunding] = {}
        self._interest: dict[str, StoredInterest] = {}

    @classmethod
    async def of(cls, reader: MarketReader, seed: int = 0) -> ReplayedMarket:
        """Everything the store has; `seed` is that of the paths and books."""
        market = cls(seed)
        for pair in await reader.pairs(LATEST):
            await market._take(reader, pair)
        return market

    def instruments(self) -> Sequence[Instrument]:
        """Every instrument with candles."""
        return [market.instrument for market in self._markets.values()]

    def announced_interval_ms(self, symbol: str, at_ms: int) -> int:
        """The interval that was in force some hours ago."""
        return self._funding[symbol].announced_ms(at_ms)

    def settlements(self, symbol: str, first_ms: int, last_ms: int, newest: int) -> list[tuple[int, str]]:
        """Stored rates, newest first."""
        return self._funding[symbol].settled(first_ms, last_ms, newest)

    def candles(self, symbol: str, series: Series, span_ms: int, first_ms: int, last_ms: int, now_ms: int) -> list[Row]:
        """Stored candles where the span was stored, else made of the shortest that were; there are no premiums."""
        market = self._markets["spot" if series == "spot" else "linear", symbol]
        line = Line(market, series)
        base_ms = self._base_ms(line, span_ms)
        stored = self._bars[base_ms].of(line) if base_ms in self._bars else None
        if stored is None:
            return []
        bars = self._tapes[base_ms].candles(line, span_ms, max(first_ms, 0), last_ms, now_ms)
        found = rows(bars, market.price, market.volume if line.traded else None)
        return as_stored(found, stored, now_ms - span_ms) if span_ms == base_ms else found

    def open_interest(self, symbol: str, span_ms: int, first_ms: int, last_ms: int) -> list[tuple[int, str]]:
        """What snapshots saw last, at each stamp."""
        return self._interest[symbol].on_grid(span_ms, first_ms, last_ms)

    def quote(self, symbol: str, category: Category, at_ms: int) -> Quote:
        """The market at one moment."""
        market = self._markets[category, symbol]
        tape = self._tapes[self._finest[category, symbol]]
        if category == "spot":
            return quote_of(self._streams, tape, market, at_ms, None, None)
        interest, funding = self._interest[symbol].at(at_ms), self._funding[symbol].now(at_ms)
        return quote_of(self._streams, tape, market, at_ms, interest, funding)

    def book(self, symbol: str, category: Category, at_ms: int, depth: int) -> tuple[list[Level], list[Level]]:
        """Bids and asks, best first, around the price."""
        market = self._markets[category, symbol]
        last = self._tapes[self._finest[category, symbol]].price(Line(market, category), at_ms)
        return book_around(self._streams, market, last, at_ms, depth)

    async def _take(self, reader: MarketReader, pair: Pair) -> None:
        """Load one pair."""
        columns = {series: await reader.candle_columns(pair.symbol, name, _EVER, LATEST) for series, name in _STORED}
        perp = columns["linear"]
        if not len(perp.open_at):
            return
        coin = coin_of(pair, float(perp.close[-1]), _turnover(perp))
        self._put(pair, coin, "linear", {series: columns[series] for series in ("linear", "mark")})
        if pair.spot is not None and len(columns["spot"].open_at):
            self._put(pair, coin, "spot", {"spot": columns["spot"]})
        symbol = pair.compact
        self._funding[symbol] = StoredFunding(await reader.settlement_columns(pair.symbol, _EVER, LATEST))
        self._interest[symbol] = StoredInterest(await reader.snapshots(pair.symbol, _EVER, LATEST))

    def _put(self, pair: Pair, coin: Coin, category: Category, columns: Mapping[Series, CandleColumns]) -> None:
        """Take one market's candles, all on the same grids."""
        price, volume = grids_of(list(columns.values()))
        first_ms = int(columns[category].open_at[0])
        market = market_of(pair, category, coin, (price, volume), first_ms)
        key = category, market.instrument.symbol
        self._markets[key] = market
        for series, found in columns.items():
            for span_ms, stored in stored_series(found, price, volume):
                self._bars_of(span_ms).put(market.instrument.symbol, series, stored)
                if series == category:
                    self._finest.setdefault(key, span_ms)

    def _bars_of(self, span_ms: int) -> StoredBars:
        if span_ms not in self._bars:
            self._bars[span_ms] = StoredBars(span_ms)
            self._tapes[span_ms] = Tape(self._streams, self._bars[span_ms], _KEPT_CANDLES)
        return self._bars[span_ms]

    def _base_ms(self, line: Line, span_ms: int) -> int:
        """The stored span that an asked one is made of."""
        if span_ms in self._bars and self._bars[span_ms].of(line) is not None:
            return span_ms
        return self._finest[line.tradable.instrument.category, line.tradable.instrument.symbol]


def _turnover(perp: CandleColumns) -> float:
    """What is traded a day, in quote."""
    days = float(perp.span_ms.sum()) / DAY
    return float(np.nansum(perp.volume * perp.close)) / days
