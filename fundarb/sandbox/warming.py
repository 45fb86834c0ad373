"""Gets a market ready for questions about all of it, a contract at a time, so that others are answered meanwhile.

A made market of hundreds of pairs takes seconds to its first listing; in one go, nobody would be answered for as long."""

from __future__ import annotations

import asyncio
from typing import Final

from fundarb.sandbox.market.source import MarketSource
from fundarb.sandbox.public.catalogue import Catalogue
from fundarb.sandbox.routing import Asked

_ABOUT_ALL: Final = ("/v5/market/instruments-info", "/v5/market/tickers")


async def warmed(market: MarketSource, now_ms: int) -> None:
    """Ask for what listings tell of every contract that is listed now."""
    for each in Catalogue(market).known("linear", now_ms):
        if each.contract == "LinearPerpetual" and (each.gone_ms is None or now_ms < each.gone_ms):
            market.announced_interval_ms(each.symbol, now_ms)
            await asyncio.sleep(0)


def is_about_all(asked: Asked) -> bool:
    """Whether an answer takes every contract of the market."""
    return asked.path in _ABOUT_ALL and "category=linear" in asked.query and "symbol=" not in asked.query
