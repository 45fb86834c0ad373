"""What can be traded: lot rules, a pair of spot and perp on one underlying, and the history of a listing."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

MARKETS = ("spot", "perp", "mark")


class Kind(StrEnum):
    """The streams of market data the store keeps."""

    FUNDING = "funding"
    SPOT = "spot"
    PERP = "perp"
    MARK = "mark"
    OPEN_INTEREST = "open-interest"
    SNAPSHOT = "snapshot"


@dataclass(frozen=True, slots=True)
class LotRule:
    """The grid and minimums of one market, in that market's own units."""

    step: Decimal
    min_qty: Decimal
    min_notional: Decimal


@dataclass(frozen=True, slots=True)
class Pair:
    """A spot market and a linear perp on one underlying; `symbol` is the perp's. Without `spot` it is no pair to trade."""

    symbol: str
    spot: str | None
    multiplier: Decimal
    perp_lots: LotRule
    spot_lots: LotRule
    first_seen_ms: int | None = None
    gone_ms: int | None = None
    mmr: Decimal | None = None

    @property
    def base(self) -> str:
        """`BTC` of `BTC/USDT:USDT`."""
        return self.symbol.partition("/")[0]

    @property
    def compact(self) -> str:
        """`BTCUSDT` of `BTC/USDT:USDT`."""
        return self.symbol.partition(":")[0].replace("/", "")

    def listed(self, at_ms: int) -> bool:
        """first_seen <= t < gone."""
        return (self.first_seen_ms is None or self.first_seen_ms <= at_ms) and (
            self.gone_ms is None or at_ms < self.gone_ms
        )


@dataclass(frozen=True, slots=True)
class ListingChange:
    """A fact about an instrument and the time it was first seen to hold (lots, funding interval, listing, delisting)."""

    symbol: str
    seen_ms: int
    field: str
    before: str | None
    after: str | None
