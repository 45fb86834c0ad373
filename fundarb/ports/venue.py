"""What is asked of an exchange without keys. Every answer was checked to be an answer: an adapter raises VenueError for a
reply it cannot read, so an empty page means that the venue said there is nothing. Numbers keep the digits that came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol

from fundarb.domain.instrument import Pair
from fundarb.domain.market import Span
from fundarb.ports.market import CandleDigits, RateDigits


@dataclass(frozen=True, slots=True)
class Listed:
    """A linear perp of the venue and, where its underlying trades on spot too, the pair they make."""

    pair: Pair  # first_seen_ms: launch, gone_ms: when it left, both as the venue tells them
    trading: bool  # False: announced but not open yet, ending, or closed
    interval_ms: int | None  # as announced, which may be stale; for the next settlement only
    leaves_ms: int | None  # a scheduled delisting
    funding_cap: Decimal | None  # per interval, as a fraction
    ending: bool = False  # the venue is settling or delivering it: it trades no more and has not left


@dataclass(frozen=True, slots=True)
class Ticker:
    """One perp now: what is predicted for its next settlement, and its day. None where the venue does not say."""

    symbol: str
    observed_at_ms: int
    predicted_rate: Decimal | None
    next_settlement_ms: int | None
    interval_ms: int | None
    mark: Decimal | None
    quote_volume: Decimal | None
    open_interest: Decimal | None
    leaves_ms: int | None = None  # a scheduled delisting, where tickers tell


@dataclass(frozen=True, slots=True)
class PageRules:
    """How the venue hands out history: rows a page, and from which end funding history is walked."""

    funding_rows: int
    candle_rows: int
    open_interest_rows: int
    funding_walk: Literal["backwards", "forwards", "newest-only"]
    candle_spans_ms: tuple[int, ...]
    open_interest_spans_ms: tuple[int, ...]
    mark_candles: bool = True


@dataclass(frozen=True, slots=True)
class OpenInterestAt:
    """Open interest of a perp at one stamp, in the venue's units of the contract."""

    symbol: str
    at_ms: int
    open_interest: Decimal


class VenueData(Protocol):
    """Market data of one exchange; symbols are those of the perp (`BTC/USDT:USDT`)."""

    @property
    def rules(self) -> PageRules:
        """Page sizes and walks."""
        ...

    @property
    def requests(self) -> int:
        """Requests really sent so far, retries included."""
        ...

    async def server_ms(self) -> int:
        """The venue's time."""
        ...

    async def listings(self) -> tuple[Listed, ...]:
        """Every USDT perp it lists, announces or once listed, dated futures and non-crypto left out, in symbol order."""
        ...

    async def tickers(self) -> tuple[Ticker, ...]:
        """All perps at once."""
        ...

    async def funding_page(self, symbol: str, span: Span) -> Sequence[RateDigits]:
        """Settled rates stamped in the span, oldest first, at most a page: the newest of them where the walk is
        backwards (ask for what lies before next), the oldest where forwards."""
        ...

    async def candle_page(self, symbol: str, market: str, span_ms: int, span: Span) -> Sequence[CandleDigits]:
        """Candles of `spot`, `perp` or `mark` opening in the span, which holds at most a page, oldest first; the unclosed
        one may be among them."""
        ...

    async def open_interest_page(self, symbol: str, span_ms: int, span: Span) -> Sequence[OpenInterestAt]:
        """Open interest stamped in the span, which holds at most a page, oldest first."""
        ...
