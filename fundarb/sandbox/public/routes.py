"""The public paths and who answers them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fundarb.sandbox.envelope import Request, Route
from fundarb.sandbox.market.source import MarketSource
from fundarb.sandbox.public.catalogue import Catalogue
from fundarb.sandbox.public.funding import FundingHistory
from fundarb.sandbox.public.instruments import Instruments
from fundarb.sandbox.public.kline import Klines, Truncation
from fundarb.sandbox.public.open_interest import OpenInterest
from fundarb.sandbox.public.order_book import OrderBook
from fundarb.sandbox.public.tickers import Tickers


def public_routes(market: MarketSource, truncation: Truncation = "newest") -> tuple[Route, ...]:
    """Every public path over one market."""
    known = Catalogue(market)
    answers = {
        "time": server_time,
        "instruments-info": Instruments(market, known).answer,
        "tickers": Tickers(market, known).answer,
        "funding/history": FundingHistory(market, known).answer,
        "kline": Klines(market, known, None, truncation).answer,
        "mark-price-kline": Klines(market, known, "mark", truncation).answer,
        "index-price-kline": Klines(market, known, "index", truncation).answer,
        "premium-index-price-kline": Klines(market, known, "premium", truncation).answer,
        "open-interest": OpenInterest(market, known).answer,
        "orderbook": OrderBook(market, known).answer,
    }
    return tuple(Route("GET", f"/v5/market/{name}", answer) for name, answer in answers.items())


def server_time(request: Request) -> Mapping[str, Any]:
    """`/v5/market/time`."""
    return {"timeSecond": str(request.now_ms // 1_000), "timeNano": str(request.now_ms * 1_000_000)}
