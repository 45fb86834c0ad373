"""`/v5/market/tickers`: one symbol or all that trade, perps with the running estimate of their next settlement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fundarb.sandbox.envelope import Request
from fundarb.sandbox.market.source import HOUR, MINUTE, Instrument, MarketSource, Quote
from fundarb.sandbox.public.catalogue import UNSERVED, Catalogue, category_of
from fundarb.sandbox.public.digits import HALF, plain, ratio
from fundarb.sandbox.public.instruments import delivery_ms


class Tickers:
    """Answers tickers."""

    def __init__(self, market: MarketSource, catalogue: Catalogue) -> None:
        self._market, self._catalogue = market, catalogue

    def answer(self, request: Request) -> Mapping[str, Any]:
        """A row a market; nothing of inverse and option."""
        params, now_ms = request.params, request.now_ms
        if params.get("category") in UNSERVED:
            return {"category": params["category"], "list": []}
        category = category_of(params)
        if params.get("symbol"):
            wanted = [self._catalogue.asked_live(params, now_ms, category)]
        else:
            wanted = self._catalogue.trading(category, now_ms)
        row = self._spot if category == "spot" else self._linear
        return {"category": category, "list": [row(each, now_ms) for each in wanted]}

    def _spot(self, each: Instrument, now_ms: int) -> dict[str, str]:
        quote = self._market.quote(each.symbol, each.category, now_ms)
        return {"symbol": each.symbol, **_day(quote), "usdIndexPrice": plain(quote.index or quote.last)}

    def _linear(self, each: Instrument, now_ms: int) -> dict[str, str]:
        quote = self._market.quote(each.symbol, each.category, now_ms)
        perpetual = each.contract == "LinearPerpetual"
        interest, mark = quote.open_interest, quote.mark
        return {
            "symbol": each.symbol,
            **_day(quote),
            "indexPrice": plain(quote.index),
            "markPrice": plain(mark),
            "prevPrice1h": self._an_hour_ago(each, now_ms),
            "openInterest": plain(interest),
            "openInterestValue": "" if interest is None or mark is None else plain(interest * mark),
            "singleOpenInterest": "" if interest is None else plain(interest * HALF),
            "fundingRate": plain(quote.funding_rate),
            "nextFundingTime": str(quote.next_funding_ms or 0),
            "predictedDeliveryPrice": "",
            "basisRate": "",
            "basis": "",
            "deliveryFeeRate": "" if perpetual else "0.0005",
            "deliveryTime": str(delivery_ms(each, now_ms)),
            "preOpenPrice": "",
            "preQty": "",
            "curPreListingPhase": "",
            "fundingIntervalHour": str(quote.interval_ms // HOUR) if quote.interval_ms else "",
            "fundingCap": plain(each.funding_cap) if perpetual else "",
            "basisRateYear": "",
        }

    def _an_hour_ago(self, each: Instrument, now_ms: int) -> str:
        """The last price then: where the minute that was open stood."""
        then_ms = max(now_ms - HOUR, each.launch_ms)
        begun_ms = then_ms - then_ms % MINUTE
        open_then = self._market.candles(each.symbol, "linear", MINUTE, begun_ms, begun_ms, then_ms)
        return open_then[-1].close if open_then else plain(self._market.quote(each.symbol, each.category, then_ms).last)


def _day(quote: Quote) -> dict[str, str]:
    """Best prices and the last 24 hours, as spot and linear have them."""
    return {
        "bid1Price": plain(quote.bid.price),
        "bid1Size": plain(quote.bid.size),
        "ask1Price": plain(quote.ask.price),
        "ask1Size": plain(quote.ask.size),
        "lastPrice": plain(quote.last),
        "prevPrice24h": plain(quote.previous_24h),
        "price24hPcnt": ratio(quote.last - quote.previous_24h, quote.previous_24h, 6),
        "highPrice24h": plain(quote.high_24h),
        "lowPrice24h": plain(quote.low_24h),
        "turnover24h": plain(quote.turnover_24h),
        "volume24h": plain(quote.volume_24h),
    }
