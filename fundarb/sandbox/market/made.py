"""A market made up from a seed: every answer follows from the seed, the symbol and the absolute time. Whoever asks cuts at
the present himself, except for candles, which are told it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fundarb.sandbox.market.bars import rows
from fundarb.sandbox.market.blocks import block_of, start_of
from fundarb.sandbox.market.books import book_around
from fundarb.sandbox.market.coins import Coin
from fundarb.sandbox.market.funding import RATE, rates, weighted_so_far
from fundarb.sandbox.market.hours import Line, MadeHours
from fundarb.sandbox.market.interest import interest_at
from fundarb.sandbox.market.latent import Latents
from fundarb.sandbox.market.listing import Tradable, tradables
from fundarb.sandbox.market.quotes import STALE_MS, FundingNow, quote_of
from fundarb.sandbox.market.source import EPOCH_MS, HOUR, MINUTE, Category, Instrument, Level, Quote, Row, Series
from fundarb.sandbox.market.streams import Streams
from fundarb.sandbox.market.tape import Tape
from fundarb.sandbox.market.universe import universe

# blocks of a month of one series, 40 kB each; half as many of one coin; twice as many hours, by the minute
_KEPT = 1200  # at least
_KEPT_A_MARKET = 2  # what one moment of all markets needs


class MadeMarket:
    """Fills `MarketSource`; of a default universe of `pairs` perps with spot and some odd ones beside, or of given coins."""

    def __init__(
        self, seed: int, pairs: int = 100, coins: Sequence[Coin] | None = None, kept: int | None = None
    ) -> None:
        traded = universe(pairs) if coins is None else coins
        made = [market for coin in traded for market in tradables(coin)]
        kept = max(_KEPT, _KEPT_A_MARKET * len(made)) if kept is None else kept
        self._streams = Streams(seed)
        self._latents = Latents(self._streams, -(-kept // 2))
        self._tape = Tape(self._streams, MadeHours(self._streams, self._latents, kept), 2 * kept)
        self._markets = {(market.instrument.category, market.instrument.symbol): market for market in made}
        if len(self._markets) != len(made) or len({coin.name for coin in traded}) != len(traded):
            raise ValueError("two coins of one name, or two markets of one symbol")

    def instruments(self) -> Sequence[Instrument]:
        """Every instrument there ever is."""
        return [market.instrument for market in self._markets.values()]

    def announced_interval_ms(self, symbol: str, at_ms: int) -> int:
        """The interval that was in force some hours ago; 0 of a dated future."""
        market = self._markets["linear", symbol]
        if market.delivers_ms is not None:
            return 0
        return self._funding(market, at_ms - STALE_MS).interval_ms

    def settlements(self, symbol: str, first_ms: int, last_ms: int, newest: int) -> list[tuple[int, str]]:
        """Settled rates of a perp, newest first."""
        market = self._markets["linear", symbol]
        found: list[tuple[int, str]] = []
        first_ms = max(first_ms, market.instrument.launch_ms + 1)
        if market.instrument.gone_ms is not None:
            last_ms = min(last_ms, market.instrument.gone_ms - 1)
        if market.delivers_ms is not None or last_ms < first_ms:
            return found
        for number in range(block_of(last_ms - 1), block_of(first_ms - 1) - 1, -1):
            settled = self._latents.at(market.coin, start_of(number)).settled
            lower, upper = np.searchsorted(settled.stamps, (first_ms, last_ms + 1))
            lower = max(lower, upper - (newest - len(found)))
            stamps, rates = settled.stamps[lower:upper].tolist(), RATE.texts(settled.rates[lower:upper])
            found += list(zip(stamps, rates, strict=True))[::-1]
            if len(found) >= newest:
                break
        return found

    def candles(self, symbol: str, series: Series, span_ms: int, first_ms: int, last_ms: int, now_ms: int) -> list[Row]:
        """Candles as the venue writes them, oldest first."""
        market = self._markets["spot" if series == "spot" else "linear", symbol]
        line = Line(market, series)
        if series == "premium" and market.delivers_ms is not None:
            return []
        bars = self._tape.candles(line, span_ms, max(first_ms, EPOCH_MS), last_ms, now_ms)
        return rows(bars, line.price, market.volume if line.traded else None)

    def open_interest(self, symbol: str, span_ms: int, first_ms: int, last_ms: int) -> list[tuple[int, str]]:
        """Open interest on the grid of `span_ms`."""
        market = self._markets["linear", symbol]
        begin_ms = max(first_ms, market.instrument.launch_ms, EPOCH_MS)
        end_ms = last_ms if market.instrument.gone_ms is None else min(last_ms, market.instrument.gone_ms - 1)
        stamps = np.arange(-(-begin_ms // span_ms) * span_ms, end_ms + 1, span_ms, dtype=np.int64)
        texts = market.lot.texts(interest_at(self._latents, market, stamps))
        return list(zip(stamps.tolist(), texts, strict=True))

    def quote(self, symbol: str, category: Category, at_ms: int) -> Quote:
        """The market at one moment."""
        market = self._markets[category, symbol]
        interest = funding = None
        if category == "linear":
            stamps = np.array([market.living(at_ms)], dtype=np.int64)
            interest = market.lot.decimal(int(interest_at(self._latents, market, stamps)[0]))
            funding = None if market.delivers_ms is not None else self._funding(market, at_ms)
        return quote_of(self._streams, self._tape, market, at_ms, interest, funding)

    def book(self, symbol: str, category: Category, at_ms: int, depth: int) -> tuple[list[Level], list[Level]]:
        """Bids and asks, best first."""
        market = self._markets[category, symbol]
        last = self._tape.price(Line(market, category), at_ms)
        return book_around(self._streams, market, last, at_ms, depth)

    def _funding(self, market: Tradable, at_ms: int) -> FundingNow:
        """The estimate for the settlement after `at_ms`."""
        at_ms = market.living(at_ms)
        latent = self._latents.at(market.coin, at_ms)
        at = int(np.searchsorted(latent.settled.stamps, at_ms, side="right"))
        next_ms, hours = int(latent.settled.stamps[at]), int(latent.settled.hours[at])
        begin = (next_ms - latent.start_ms) // HOUR - hours
        knots = latent.premium[begin : begin + hours + 1].astype(np.float64)
        premium = weighted_so_far(knots, (at_ms - next_ms + hours * HOUR) // MINUTE)
        rate = rates(np.array([premium]), hours, round(market.coin.cap / RATE.size))
        return FundingNow(RATE.decimal(int(rate[0])), next_ms, hours * HOUR)
