"""A venue in memory: the history it was given, handed out a page at a time as a real one does, with failures on order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from fundarb.domain.instants import DAY, HOUR, MINUTE
from fundarb.domain.instrument import LotRule, Pair
from fundarb.domain.market import Span
from fundarb.errors import VenueRefused
from fundarb.ports.market import CandleDigits, RateDigits
from fundarb.ports.venue import Listed, OpenInterestAt, PageRules, Ticker

BYBIT_LIKE = PageRules(
    funding_rows=200,
    candle_rows=1000,
    open_interest_rows=200,
    funding_walk="backwards",
    candle_spans_ms=(*(n * MINUTE for n in (1, 3, 5, 15, 30, 60, 120, 240, 360, 720)), DAY),
    open_interest_spans_ms=(5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 4 * HOUR, DAY),
)
_LOTS = LotRule(step=Decimal("0.001"), min_qty=Decimal("0.001"), min_notional=Decimal(5))


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as the venue saw it; `span` is None where time plays no part."""

    call: str
    symbol: str | None = None
    market: str | None = None
    span_ms: int | None = None
    span: Span | None = None


@dataclass
class MemoryVenue:
    """Fills the port `VenueData`. `before` is told of every request and may raise or move the clock."""

    now_ms: int
    rules: PageRules = BYBIT_LIKE
    listed: list[Listed] = field(default_factory=list)
    quotes: list[Ticker] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    before: Callable[[Asked], None] = field(default=lambda asked: None)
    _rates: dict[str, dict[int, str]] = field(default_factory=dict)
    _candles: dict[tuple[str, str, int], dict[int, CandleDigits]] = field(default_factory=dict)
    _interest: dict[tuple[str, int], dict[int, Decimal]] = field(default_factory=dict)

    def list_pair(
        self,
        symbol: str,
        *,
        spot: str | None = None,
        multiplier: int = 1,
        first_seen_ms: int | None = None,
        gone_ms: int | None = None,
        interval_ms: int | None = 8 * HOUR,
    ) -> Pair:
        """Put a perp on the list, with a spot market of its name unless `spot` says otherwise (`""`: none)."""
        named = symbol.partition(":")[0] if spot is None else spot or None
        pair = Pair(symbol, named, Decimal(multiplier), _LOTS, _LOTS, first_seen_ms, gone_ms)
        self.listed.append(Listed(pair, gone_ms is None, interval_ms, None, Decimal("0.0075")))
        return pair

    def settle(self, symbol: str, stamps: Iterable[int], rate: str = "0.0001") -> None:
        """Add settlements at these stamps."""
        self._rates.setdefault(symbol, {}).update((stamp, rate) for stamp in stamps)

    def trade(self, symbol: str, market: str, span_ms: int, span: Span, price: str = "100") -> None:
        """Add a candle of this price at every opening in the span."""
        volume = None if market == "mark" else "1"
        series = self._candles.setdefault((symbol, market, span_ms), {})
        for at in range(_aligned(span.start_ms, span_ms), span.end_ms, span_ms):
            series[at] = CandleDigits(symbol, market, span_ms, at, price, price, price, price, volume)

    def hold(self, symbol: str, span_ms: int, span: Span, contracts: str = "1000") -> None:
        """Add open interest at every stamp of the grid in the span."""
        stamps = range(_aligned(span.start_ms, span_ms), span.end_ms, span_ms)
        self._interest.setdefault((symbol, span_ms), {}).update((at, Decimal(contracts)) for at in stamps)

    def lose(self, symbol: str, stamps: Iterable[int]) -> None:
        """Take settlements away again: a hole in the venue's own history."""
        for stamp in stamps:
            del self._rates[symbol][stamp]

    @property
    def requests(self) -> int:
        """As many as were asked."""
        return len(self.asked)

    async def server_ms(self) -> int:
        """The time it was set to."""
        self._ask(Asked("server_ms"))
        return self.now_ms

    async def listings(self) -> tuple[Listed, ...]:
        """What was listed, in symbol order."""
        self._ask(Asked("listings"))
        return tuple(sorted(self.listed, key=lambda one: one.pair.symbol))

    async def tickers(self) -> tuple[Ticker, ...]:
        """What was quoted."""
        self._ask(Asked("tickers"))
        return tuple(self.quotes)

    async def funding_page(self, symbol: str, span: Span) -> Sequence[RateDigits]:
        """Settlements up to now from the end the walk starts at."""
        self._ask(Asked("funding", symbol, span=span))
        self._require(symbol)
        rates, most = self._rates.get(symbol, {}), self.rules.funding_rows
        stamps = sorted(stamp for stamp in rates if stamp <= self.now_ms)
        if self.rules.funding_walk == "newest-only":
            stamps = stamps[-most:]
        inside = [stamp for stamp in stamps if span.start_ms <= stamp < span.end_ms]
        page = inside[:most] if self.rules.funding_walk == "forwards" else inside[-most:]
        return [RateDigits(symbol, stamp, rates[stamp]) for stamp in page]

    async def candle_page(self, symbol: str, market: str, span_ms: int, span: Span) -> Sequence[CandleDigits]:
        """Candles that have opened by now."""
        self._ask(Asked("candles", symbol, market, span_ms, span))
        self._require(symbol)
        series = self._candles.get((symbol, market, span_ms), {})
        return [series[at] for at in self._grid(span, span_ms, self.rules.candle_rows) if at in series]

    async def open_interest_page(self, symbol: str, span_ms: int, span: Span) -> Sequence[OpenInterestAt]:
        """Open interest up to now."""
        self._ask(Asked("open_interest", symbol, span_ms=span_ms, span=span))
        self._require(symbol)
        series = self._interest.get((symbol, span_ms), {})
        stamps = self._grid(span, span_ms, self.rules.open_interest_rows)
        return [OpenInterestAt(symbol, at, series[at]) for at in stamps if at in series]

    def _ask(self, asked: Asked) -> None:
        self.asked.append(asked)
        self.before(asked)

    def _require(self, symbol: str) -> None:
        if all(one.pair.symbol != symbol for one in self.listed):
            raise VenueRefused(f"the venue lists no {symbol}")

    def _grid(self, span: Span, span_ms: int, most: int) -> range:
        """The stamps of a page; one that asks for more than fits is a mistake of the caller."""
        stamps = range(_aligned(span.start_ms, span_ms), min(span.end_ms, self.now_ms + 1), span_ms)
        asked = len(range(_aligned(span.start_ms, span_ms), span.end_ms, span_ms))
        if asked > most:
            raise ValueError(f"a page holds {most} rows, the span {asked}")
        return stamps


def _aligned(at_ms: int, span_ms: int) -> int:
    return -(-at_ms // span_ms) * span_ms
