"""Where the exchange's market comes from. Every answer is a function of the arguments alone: the same seed and the same
time give the same answer, whatever was asked before and whenever the process was started."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple, Protocol

Category = Literal["spot", "linear"]
Series = Literal["spot", "linear", "mark", "index", "premium"]

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
EPOCH_MS = 1_672_531_200_000  # 2023-01-01: before it there is no market
HORIZON_MS = 4_102_444_800_000  # 2100-01-01: nobody means to go beyond it


@dataclass(frozen=True, slots=True)
class Instrument:
    """One market of the venue, as its instruments-info tells it; spans of time are half-open."""

    symbol: str  # the venue's own: BTCUSDT, 1000PEPEUSDT, BTC-27DEC26
    category: Category
    base: str
    quote: str
    contract: Literal["", "LinearPerpetual", "LinearFutures"]
    kind: str  # symbolType: "", innovation, adventure, stock, ...
    tick: Decimal
    step: Decimal  # basePrecision of spot, qtyStep of linear
    min_qty: Decimal
    min_notional: Decimal  # minOrderAmt of spot, minNotionalValue of linear
    max_qty: Decimal
    max_market_qty: Decimal
    launch_ms: int  # from here on it trades
    announced_ms: int  # from here on it is listed as PreLaunch (linear) until launch_ms
    delivery_announced_ms: int | None = None  # from here on deliveryTime is set
    delivering_ms: int | None = None  # from here on it is Delivering: it trades no more, and is not gone
    gone_ms: int | None = None  # from here on it is Closed and out of the default listing
    max_leverage: Decimal = Decimal(0)
    maintenance: Decimal = Decimal(0)
    funding_cap: Decimal = Decimal(0)  # per interval; the floor is its negative

    def trades(self, at_ms: int) -> bool:
        """Launched, not delivering and not gone."""
        ends = [at for at in (self.delivering_ms, self.gone_ms) if at is not None]
        return self.launch_ms <= at_ms < min(ends, default=at_ms + 1)


class Row(NamedTuple):
    """A candle: digits as the venue writes them; no volume and turnover in mark, index and premium series."""

    start_ms: int
    open: str
    high: str
    low: str
    close: str
    volume: str
    turnover: str


class Level(NamedTuple):
    """One level of a book."""

    price: Decimal
    size: Decimal


@dataclass(frozen=True, slots=True)
class Quote:
    """What a ticker says of a market at one moment; the funding fields are of perps only."""

    last: Decimal
    bid: Level
    ask: Level
    previous_24h: Decimal
    high_24h: Decimal
    low_24h: Decimal
    volume_24h: Decimal
    turnover_24h: Decimal
    mark: Decimal | None = None
    index: Decimal | None = None
    open_interest: Decimal | None = None
    funding_rate: Decimal | None = None  # the running estimate for next_funding_ms
    next_funding_ms: int | None = None
    interval_ms: int | None = None  # the one in force (fundingIntervalHour of tickers)


class MarketSource(Protocol):
    """The market behind the exchange."""

    def instruments(self) -> Sequence[Instrument]:
        """Every instrument there ever is, future ones and dead ones among them; the caller looks at the times."""
        ...

    def announced_interval_ms(self, symbol: str, at_ms: int) -> int:
        """`fundingInterval` of instruments-info: stale for a while after the interval in force changed."""
        ...

    def settlements(self, symbol: str, first_ms: int, last_ms: int, newest: int) -> list[tuple[int, str]]:
        """Settled (stamp, rate) with first <= stamp <= last, newest first, at most the `newest` newest of them."""
        ...

    def candles(self, symbol: str, series: Series, span_ms: int, first_ms: int, last_ms: int, now_ms: int) -> list[Row]:
        """Candles whose start is in [first, last] and <= now, oldest first; the one that is open now goes up to now."""
        ...

    def open_interest(self, symbol: str, span_ms: int, first_ms: int, last_ms: int) -> list[tuple[int, str]]:
        """(stamp, open interest) on the grid of `span_ms` with first <= stamp <= last, oldest first."""
        ...

    def quote(self, symbol: str, category: Category, at_ms: int) -> Quote:
        """The market at one moment."""
        ...

    def book(self, symbol: str, category: Category, at_ms: int, depth: int) -> tuple[list[Level], list[Level]]:
        """Bids (best first) and asks (best first), at most `depth` each."""
        ...
