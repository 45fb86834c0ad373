"""How venues differ in handing out history, each line with its reason. What is not known of a venue is taken at its worst.

Walks: `two-ended` sends both ends and gets the oldest rows first; `after` sends the end alone and gets the newest rows
before it; `narrow` sends both ends of windows that cannot overflow, since which rows survive an overflow is not known;
`pages` has no bounds in time and turns pages from the newest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Quirks:
    """One venue."""

    funding: Literal["two-ended", "after", "narrow", "pages"] = "narrow"
    funding_rows: int = 100
    candle_rows: int = 100
    open_interest_rows: int = 100
    candle_end_ms: Literal["last", "after-last", "whole"] = (
        "last"  # the end sent: the last open, 1 ms or a candle later
    )
    spare_candles: int = 0  # asked for beyond what is wanted
    contract_volume: bool = False  # candles of perps count contracts rather than base units
    quote: str = "USDT"
    ticker_params: Mapping[str, Any] = field(default_factory=lambda: {"type": "swap"})
    fetch_options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def options(self) -> dict[str, Any]:
        """What the ccxt class is constructed with: no currencies, which may need keys, and no markets without use."""
        return {"has": {"fetchCurrencies": False}, "number": str, "options": dict(self.fetch_options)}


_SPOT_AND_SWAP = {"fetchMarkets": {"types": ["spot", "swap"]}}
_QUIRKS: dict[str, Quirks] = {
    # ascending from startTime, 1000 at most; ccxt's own pagination takes every interval for 8 h
    "binance": Quirks(
        funding="two-ended",
        funding_rows=1000,
        candle_rows=1000,
        open_interest_rows=500,
        ticker_params={"type": "swap", "subType": "linear"},
        fetch_options={"fetchMarkets": {"types": ["spot", "linear"]}, "fetchCurrencies": False},
    ),
    # `after` is what is older than a stamp; ccxt sends `before` alone, of which the choice of page is not known
    "okx": Quirks(
        funding="after", funding_rows=100, candle_rows=100, candle_end_ms="after-last", fetch_options=_SPOT_AND_SWAP
    ),
    # seconds; 100 rows is the default, the most is not known; perp candles count contracts
    "gate": Quirks(
        funding="narrow",
        funding_rows=100,
        candle_rows=999,
        contract_volume=True,
        fetch_options={
            "fetchMarkets": {"types": ["spot", "swap"]},
            "swap": {"fetchMarkets": {"settlementCurrencies": ["usdt"]}},
        },
    ),
    # no bounds in time for funding; candles are aligned to their end, whose inclusion is not known, so one more is asked
    "bitget": Quirks(
        funding="pages",
        funding_rows=1000,
        candle_rows=199,
        candle_end_ms="whole",
        spare_candles=1,
        ticker_params={"type": "swap", "subType": "linear"},
        fetch_options=_SPOT_AND_SWAP,
    ),
    # hourly, 500 a call, ascending from startTime; it settles in USDC, and keeps the newest 5000 candles
    "hyperliquid": Quirks(
        funding="two-ended", funding_rows=500, candle_rows=1000, quote="USDC", fetch_options=_SPOT_AND_SWAP
    ),
}


def quirks_of(venue_id: str) -> Quirks:
    """What is known of a venue; the careful defaults where nothing is."""
    return _QUIRKS.get(venue_id, Quirks())
