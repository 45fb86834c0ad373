"""`/v5/market/orderbook`: a snapshot of both sides, best first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fundarb.sandbox.envelope import Request
from fundarb.sandbox.market.source import Level, MarketSource
from fundarb.sandbox.public.asking import limit_of
from fundarb.sandbox.public.catalogue import Catalogue, category_of
from fundarb.sandbox.public.digits import plain

DEFAULT_LEVELS = {"spot": 1, "linear": 25}
MOST_LEVELS = 1000
UPDATE_MS = 20  # a new update id so often


class OrderBook:
    """Answers orderbook."""

    def __init__(self, market: MarketSource, catalogue: Catalogue) -> None:
        self._market, self._catalogue = market, catalogue

    def answer(self, request: Request) -> Mapping[str, Any]:
        """The book of one symbol that trades."""
        params, now_ms = request.params, request.now_ms
        category = category_of(params)
        instrument = self._catalogue.asked_live(params, now_ms, category)
        depth = limit_of(params, DEFAULT_LEVELS[category], MOST_LEVELS)
        bids, asks = self._market.book(instrument.symbol, category, now_ms, depth)
        update = now_ms // UPDATE_MS
        return {
            "s": instrument.symbol,
            "a": [_level(level) for level in asks],
            "b": [_level(level) for level in bids],
            "ts": now_ms,
            "u": update,
            "seq": update * 2,
            "cts": now_ms - now_ms % UPDATE_MS,
        }


def _level(level: Level) -> tuple[str, str]:
    return plain(level.price), plain(level.size)
