"""`/v5/market/instruments-info`: only what trades unless a status is asked for; linear in pages, spot whole."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from fundarb.sandbox.envelope import Refusal, Request
from fundarb.sandbox.market.source import MINUTE, Instrument, MarketSource
from fundarb.sandbox.public.asking import BAD_PARAMETER, limit_of
from fundarb.sandbox.public.catalogue import UNSERVED, Catalogue, category_of, status_of
from fundarb.sandbox.public.cursors import after_last, cursor_to, whole_in_cursor
from fundarb.sandbox.public.digits import decimals, plain

PAGE, LARGEST_PAGE = 500, 1000
STATUSES = ("PreLaunch", "Trading", "Settling", "Delivering", "Closed")


class Instruments:
    """Answers instruments-info."""

    def __init__(self, market: MarketSource, catalogue: Catalogue) -> None:
        self._market, self._catalogue = market, catalogue

    def answer(self, request: Request) -> Mapping[str, Any]:
        """One page of what is listed; nothing of inverse and option."""
        params, now_ms = request.params, request.now_ms
        if params.get("category") in UNSERVED:
            return {"category": params["category"], "list": [], "nextPageCursor": ""}
        category = category_of(params)
        found = [each for each in self._catalogue.known(category, now_ms) if _wanted(each, params, now_ms)]
        if category == "spot":
            return {"category": category, "list": [self._spot(each) for each in found]}
        page, cursor = _page(found, params)
        rows = [self._linear(each, now_ms) for each in page]
        return {"category": category, "list": rows, "nextPageCursor": cursor}

    def _spot(self, each: Instrument) -> dict[str, Any]:
        return {
            "symbolId": self._catalogue.number(each),
            "symbol": each.symbol,
            "baseCoin": each.base,
            "quoteCoin": each.quote,
            "innovation": "1" if each.kind == "innovation" else "0",
            "status": "Trading",
            "marginTrading": "utaOnly",
            "stTag": "0",
            "lotSizeFilter": {
                "basePrecision": plain(each.step),
                "quotePrecision": "0.0000001",
                "minOrderQty": plain(each.min_qty),
                "maxOrderQty": plain(each.max_qty),
                "minOrderAmt": plain(each.min_notional),
                "maxOrderAmt": "8000000",
                "maxLimitOrderQty": plain(each.max_qty),
                "maxMarketOrderQty": plain(each.max_market_qty),
                "postOnlyMaxLimitOrderSize": plain(each.max_qty),
            },
            "priceFilter": {"tickSize": plain(each.tick)},
            "riskParameters": {"priceLimitRatioX": "0.005", "priceLimitRatioY": "0.01"},
            "symbolType": each.kind,
        }

    def _linear(self, each: Instrument, now_ms: int) -> dict[str, Any]:
        status = status_of(each, now_ms)
        perpetual = each.contract == "LinearPerpetual"
        return {
            "symbol": each.symbol,
            "symbolId": self._catalogue.number(each),
            "contractType": each.contract,
            "status": status,
            "baseCoin": each.base,
            "quoteCoin": each.quote,
            "launchTime": str(each.launch_ms),
            "deliveryTime": str(delivery_ms(each, now_ms)),
            "deliveryFeeRate": "" if perpetual else "0.0005",
            **_grids(each),
            "unifiedMarginTrade": True,
            "settleCoin": each.quote,
            "copyTrading": "both",
            **self._funding(each, now_ms, perpetual),
            "isPreListing": status == "PreLaunch",
            "preListingInfo": _pre_listing(each) if status == "PreLaunch" else None,
            "riskParameters": {"priceLimitRatioX": "0.01", "priceLimitRatioY": "0.02"},
            "displayName": "",
            "forbidUplWithdrawal": False,
            "symbolType": each.kind,
        }

    def _funding(self, each: Instrument, now_ms: int, perpetual: bool) -> dict[str, Any]:
        """The interval as far as it is announced, and what a rate may be; noughts of a dated future."""
        interval_ms = self._market.announced_interval_ms(each.symbol, now_ms) if perpetual else 0
        cap = each.funding_cap if perpetual else Decimal(0)
        return {
            "fundingInterval": interval_ms // MINUTE,
            "upperFundingRate": plain(cap),
            "lowerFundingRate": plain(-cap),
        }


def _grids(each: Instrument) -> dict[str, Any]:
    """What a contract's leverage, prices and sizes may be."""
    return {
        "priceScale": decimals(each.tick),
        "leverageFilter": {"minLeverage": "1", "maxLeverage": plain(each.max_leverage), "leverageStep": "0.01"},
        "priceFilter": {
            "minPrice": plain(each.tick),
            "maxPrice": plain(each.tick * 19_999_998),
            "tickSize": plain(each.tick),
        },
        "lotSizeFilter": {
            "maxOrderQty": plain(each.max_qty),
            "minOrderQty": plain(each.min_qty),
            "qtyStep": plain(each.step),
            "postOnlyMaxOrderQty": plain(each.max_qty),
            "maxMktOrderQty": plain(each.max_market_qty),
            "minNotionalValue": plain(each.min_notional),
        },
    }


def delivery_ms(each: Instrument, now_ms: int) -> int:
    """When it is delivered or delisted, as far as that is announced; 0 where it is not."""
    told = each.contract == "LinearFutures" or status_of(each, now_ms) == "Closed"
    if each.delivery_announced_ms is not None and now_ms >= each.delivery_announced_ms:
        told = True
    return each.gone_ms or 0 if told else 0


def _wanted(each: Instrument, params: Mapping[str, Any], now_ms: int) -> bool:
    """Whether the filters let it through; spot knows no status but Trading."""
    status = params.get("status") or "Trading"
    if status not in STATUSES:
        raise Refusal(BAD_PARAMETER, "params error: status invalid")
    if each.category == "spot" and status != "Trading":
        return False
    named = params.get("symbol") in (None, "", each.symbol)
    based = each.category == "spot" or params.get("baseCoin") in (None, "", each.base)
    return named and based and status_of(each, now_ms) == status


def _page(found: list[Instrument], params: Mapping[str, Any]) -> tuple[list[Instrument], str]:
    """The instruments from the cursor's place on, and the cursor to what follows them."""
    limit = limit_of(params, PAGE, LARGEST_PAGE)
    offset = whole_in_cursor(params, "offset") or 0
    page = found[offset : offset + limit]
    if not page:
        return [], ""
    cursor = cursor_to(first=page[0].symbol, offset=offset + len(page))
    return page, cursor if len(found) > offset + limit else after_last(cursor)


def _pre_listing(each: Instrument) -> dict[str, Any]:
    """What is told of a contract that is announced and does not trade yet."""
    phases = [("NotStarted", each.announced_ms, each.launch_ms), ("ContinuousTrading", each.launch_ms, None)]
    return {
        "curAuctionPhase": "NotStarted",
        "phases": [
            {"phase": phase, "startTime": str(start_ms), "endTime": "" if end_ms is None else str(end_ms)}
            for phase, start_ms, end_ms in phases
        ],
        "auctionFeeInfo": {"auctionFeeRate": "0", "takerFeeRate": "0.00055", "makerFeeRate": "0.0002"},
        "skipCallAuction": True,
    }
