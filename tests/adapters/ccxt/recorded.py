"""Five venues in the shapes their replies have (the examples in ccxt's own source), over one history known by heart:
BTC settled every 8 h, then every hour, then every 4 h. Each hands its history out as that venue is known to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fundarb.domain.instants import DAY, HOUR, MINUTE
from tests.adapters.ccxt.serving import Answer

BEGAN = 1_704_067_200_000  # 2024-01-01
NOW = BEGAN + 60 * DAY + 7 * MINUTE
STAMPS = (
    *range(BEGAN + 8 * HOUR, BEGAN + 20 * DAY, 8 * HOUR),
    *range(BEGAN + 20 * DAY, BEGAN + 35 * DAY, HOUR),
    *range(BEGAN + 35 * DAY, NOW, 4 * HOUR),
)
RATE = "0.00012300"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A venue: its answers by path, its perp and spot, and what one contract is in base units."""

    id: str
    answers: Mapping[str, Answer]
    perp: str = "BTC/USDT:USDT"
    spot: str | None = "BTC/USDT"
    stamps: Sequence[int] = STAMPS


def candles(start_ms: int, end_ms: int, span_ms: int = HOUR) -> list[int]:
    """Openings in [start, end] that have come."""
    first = -(-start_ms // span_ms) * span_ms
    return list(range(first, min(end_ms, NOW) + 1, span_ms))


def binance() -> Recorded:
    """Ascending from startTime, `limit` at most 1000, 100 unless said."""

    def funding(query: Mapping[str, Any]) -> Any:
        inside = [at for at in STAMPS if int(query["startTime"]) <= at <= int(query["endTime"])]
        page = inside[: min(int(query.get("limit", 100)), 1000)]
        return [{"symbol": "BTCUSDT", "fundingRate": RATE, "fundingTime": at + 3, "markPrice": ""} for at in page]

    def klines(query: Mapping[str, Any]) -> Any:
        opened = candles(int(query["startTime"]), int(query["endTime"]))[: int(query["limit"])]
        return [
            [at, "63000.10", "64000.00", "62000.00", "63100.50", "12.500", at + HOUR - 1, "1", 9, "1", "1", "0"]
            for at in opened
        ]

    lots = [
        {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "100000", "tickSize": "0.01"},
        {"filterType": "LOT_SIZE", "minQty": "0.001", "maxQty": "1000", "stepSize": "0.001"},
        {"filterType": "MARKET_LOT_SIZE", "minQty": "0.001", "maxQty": "1000", "stepSize": "0.001"},
    ]
    coin: dict[str, Any] = {
        "symbol": "BTCUSDT",
        "status": "TRADING",
        "baseAsset": "BTC",
        "quoteAsset": "USDT",
        "pricePrecision": 2,
    }
    coin |= {"quantityPrecision": 3, "baseAssetPrecision": 8, "quotePrecision": 8, "orderTypes": ["LIMIT", "MARKET"]}
    perp = coin | {
        "pair": "BTCUSDT",
        "contractType": "PERPETUAL",
        "deliveryDate": 4133404800000,
        "onboardDate": BEGAN,
        "marginAsset": "USDT",
        "filters": [*lots, {"filterType": "MIN_NOTIONAL", "notional": "100"}],
    }
    spot = coin | {
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": True,
        "permissions": ["SPOT"],
        "filters": [*lots, {"filterType": "NOTIONAL", "minNotional": "5.00000000"}],
    }
    index: dict[str, Any] = {
        "symbol": "BTCUSDT",
        "markPrice": "63001.5",
        "indexPrice": "63000.5",
        "estimatedSettlePrice": "63000",
    }
    index |= {"lastFundingRate": "0.00010000", "interestRate": "0.0001", "nextFundingTime": NOW + HOUR, "time": NOW}
    day: dict[str, Any] = {
        "symbol": "BTCUSDT",
        "lastPrice": "63000.1",
        "volume": "1000",
        "quoteVolume": "63000100.5",
        "closeTime": NOW,
    }
    held: dict[str, Any] = {"symbol": "BTCUSDT", "sumOpenInterest": "20403.637", "sumOpenInterestValue": "150570784.07"}
    return Recorded(
        "binance",
        {
            "/api/v3/exchangeInfo": lambda _: {"timezone": "UTC", "serverTime": NOW, "symbols": [spot]},
            "/fapi/v1/exchangeInfo": lambda _: {"timezone": "UTC", "serverTime": NOW, "symbols": [perp]},
            "/fapi/v1/fundingRate": funding,
            "/fapi/v1/klines": klines,
            "/fapi/v1/markPriceKlines": klines,
            "/api/v3/klines": klines,
            "/fapi/v1/premiumIndex": lambda _: [index],
            "/fapi/v1/ticker/24hr": lambda _: [day],
            "/api/v3/time": lambda _: {"serverTime": NOW},
            "/futures/data/openInterestHist": lambda query: [
                held | {"timestamp": at} for at in candles(int(query["startTime"]), int(query["endTime"]))
            ],
        },
    )


def okx() -> Recorded:
    """Newest first before `after`, both ends left out; one contract is 0.01 BTC."""

    def data(rows: Any) -> Any:
        return {"code": "0", "msg": "", "data": rows}

    def between(query: Mapping[str, Any], stamps: Sequence[int], most: int) -> list[int]:
        after, before = int(query.get("after", NOW + 1)), int(query.get("before", -1))
        return [at for at in reversed(stamps) if before < at < after][: min(int(query.get("limit", most)), most)]

    def instruments(query: Mapping[str, Any]) -> Any:
        common = {"alias": "", "category": "1", "ctMult": "", "expTime": "", "lever": "10", "listTime": str(BEGAN)}
        common |= {"optType": "", "state": "live", "stk": "", "tickSz": "0.1", "instType": query["instType"]}
        spot = {"instId": "BTC-USDT", "baseCcy": "BTC", "quoteCcy": "USDT", "settleCcy": "", "ctType": "", "ctVal": ""}
        spot |= {"ctValCcy": "", "uly": "", "instFamily": "", "lotSz": "0.00000001", "minSz": "0.00001"}
        swap = {"instId": "BTC-USDT-SWAP", "baseCcy": "", "quoteCcy": "", "settleCcy": "USDT", "ctType": "linear"}
        swap |= {"ctVal": "0.01", "ctMult": "1", "ctValCcy": "BTC", "uly": "BTC-USDT", "instFamily": "BTC-USDT"}
        swap |= {"lotSz": "0.1", "minSz": "0.1"}
        return data([common | (spot if query["instType"] == "SPOT" else swap)])

    def funding(query: Mapping[str, Any]) -> Any:
        row = {"instType": "SWAP", "instId": "BTC-USDT-SWAP", "fundingRate": "0.9", "realizedRate": RATE}
        return data([row | {"fundingTime": str(at)} for at in between(query, STAMPS, 100)])

    def bars(query: Mapping[str, Any]) -> Any:
        opened = between(query, candles(BEGAN, NOW), 100)
        return data([[str(at), "63000.1", "64000", "62000", "63100.5", "1250", "12.5", "1", "1"] for at in opened])

    rate: dict[str, Any] = {
        "instType": "SWAP",
        "instId": "BTC-USDT-SWAP",
        "fundingRate": "0.0001",
        "fundingTime": str(NOW + HOUR),
    }
    rate |= {"nextFundingRate": "", "nextFundingTime": str(NOW + 9 * HOUR), "ts": str(NOW)}
    day: dict[str, Any] = {
        "instType": "SWAP",
        "instId": "BTC-USDT-SWAP",
        "last": "63000.1",
        "vol24h": "100000",
        "volCcy24h": "1000",
    }
    return Recorded(
        "okx",
        {
            "/api/v5/public/instruments": instruments,
            "/api/v5/public/funding-rate-history": funding,
            "/api/v5/market/candles": bars,
            "/api/v5/market/history-candles": bars,
            "/api/v5/market/mark-price-candles": lambda query: data([row[:5] for row in bars(query)["data"]]),
            "/api/v5/market/history-mark-price-candles": lambda query: data([row[:5] for row in bars(query)["data"]]),
            "/api/v5/public/funding-rate": lambda _: data([rate]),
            "/api/v5/market/tickers": lambda _: data([day | {"ts": str(NOW)}]),
            "/api/v5/public/time": lambda _: data([{"ts": str(NOW)}]),
        },
    )


def gate() -> Recorded:
    """Seconds; 100 rows a page, and the oldest of too many are lost; one contract is 0.0001 BTC."""

    def funding(query: Mapping[str, Any]) -> Any:
        inside = [at for at in reversed(STAMPS) if int(query["from"]) <= at // 1000 <= int(query["to"])]
        return [{"r": RATE, "t": at // 1000} for at in inside[:100]]

    def bars(query: Mapping[str, Any]) -> Any:
        opened = candles(int(query["from"]) * 1000, int(query["to"]) * 1000)
        shape = {"o": "63000.1", "h": "64000", "l": "62000", "c": "63100.5", "sum": "7875"}
        traded = {} if query["contract"].startswith("mark_") else {"v": 125000}
        return [{"t": at // 1000} | shape | traded for at in opened]

    contract: dict[str, Any] = {
        "name": "BTC_USDT",
        "type": "direct",
        "quanto_multiplier": "0.0001",
        "order_size_min": 1,
    }
    contract |= {"order_size_max": 1000000, "order_price_round": "0.1", "mark_price_round": "0.01", "status": "trading"}
    contract |= {"leverage_min": "1", "leverage_max": "100", "maker_fee_rate": "-0.0001", "taker_fee_rate": "0.00075"}
    contract |= {
        "funding_rate": "0.0001",
        "funding_rate_indicative": "0.00009",
        "funding_next_apply": NOW // 1000 + 3600,
    }
    contract |= {"funding_interval": 28800, "mark_price": "63001.5", "index_price": "63000.5", "in_delisting": False}
    contract |= {"create_time": BEGAN // 1000, "launch_time": BEGAN // 1000, "maintenance_rate": "0.005"}
    spot: dict[str, Any] = {"id": "BTC_USDT", "base": "BTC", "quote": "USDT", "fee": "0.2", "min_base_amount": "0.0001"}
    spot |= {
        "min_quote_amount": "3",
        "amount_precision": 4,
        "precision": 1,
        "trade_status": "tradable",
        "type": "normal",
    }
    spot |= {"sell_start": 0, "buy_start": 0}
    day: dict[str, Any] = {
        "contract": "BTC_USDT",
        "last": "63000.1",
        "volume_24h_quote": "63000100",
        "volume_24h_base": "1000",
    }
    return Recorded(
        "gate",
        {
            "/api/v4/spot/currency_pairs": lambda _: [spot],
            "/api/v4/margin/currency_pairs": lambda _: [],
            "/api/v4/futures/usdt/contracts": lambda _: [contract],
            "/api/v4/futures/usdt/funding_rate": funding,
            "/api/v4/futures/usdt/candlesticks": bars,
            "/api/v4/spot/candlesticks": lambda query: [
                [str(at // 1000), "787500", "63100.5", "64000", "62000", "63000.1", "12.5", "true"]
                for at in candles(int(query["from"]) * 1000, int(query["to"]) * 1000)
            ],
            "/api/v4/futures/usdt/tickers": lambda _: [day],
            "/api/v4/spot/time": lambda _: {"server_time": NOW},
        },
    )


def bitget() -> Recorded:
    """Pages of 100 from the newest on, no bounds in time; candles end before `endTime`."""

    def data(rows: Any) -> Any:
        return {"code": "00000", "msg": "success", "requestTime": NOW, "data": rows}

    def funding(query: Mapping[str, Any]) -> Any:
        size, turned = int(query.get("pageSize", 20)), int(query.get("pageNo", 1))
        page = list(reversed(STAMPS))[size * (turned - 1) : size * turned]
        return data([{"symbol": "BTCUSDT", "fundingRate": RATE, "fundingTime": str(at)} for at in page])

    def bars(query: Mapping[str, Any]) -> Any:
        opened = candles(int(query["startTime"]), int(query["endTime"]) - 1)[-int(query["limit"]) :]
        return data([[str(at), "63000.1", "64000", "62000", "63100.5", "12.5", "787500"] for at in opened])

    perp: dict[str, Any] = {
        "symbol": "BTCUSDT",
        "baseCoin": "BTC",
        "quoteCoin": "USDT",
        "symbolType": "perpetual",
        "symbolStatus": "normal",
    }
    perp |= {"supportMarginCoins": ["USDT"], "minTradeNum": "0.001", "minTradeUSDT": "5", "sizeMultiplier": "0.001"}
    perp |= {
        "pricePlace": "1",
        "volumePlace": "3",
        "priceEndStep": "1",
        "makerFeeRate": "0.0002",
        "takerFeeRate": "0.0006",
    }
    perp |= {"deliveryTime": "", "launchTime": str(BEGAN), "maxLever": "125", "minLever": "1", "openTime": ""}
    spot: dict[str, Any] = {
        "symbol": "BTCUSDT",
        "baseCoin": "BTC",
        "quoteCoin": "USDT",
        "minTradeAmount": "0",
        "maxTradeAmount": "0",
    }
    spot |= {"takerFeeRate": "0.001", "makerFeeRate": "0.001", "pricePrecision": "2", "quantityPrecision": "6"}
    spot |= {"quotePrecision": "8", "minTradeUSDT": "1", "status": "online", "openTime": ""}
    day: dict[str, Any] = {
        "symbol": "BTCUSDT",
        "lastPr": "63000.1",
        "ts": str(NOW),
        "quoteVolume": "63000100.5",
        "baseVolume": "1000",
    }
    day |= {"fundingRate": "0.0001", "markPrice": "63001.5", "indexPrice": "63000.5", "holdingAmount": "125.6844"}
    return Recorded(
        "bitget",
        {
            "/api/v2/spot/public/symbols": lambda _: data([spot]),
            "/api/v2/margin/currencies": lambda _: data([]),
            "/api/v2/mix/market/contracts": lambda query: data(
                [perp] if query["productType"] == "USDT-FUTURES" else []
            ),
            "/api/v2/mix/market/history-fund-rate": funding,
            "/api/v2/mix/market/candles": bars,
            "/api/v2/mix/market/history-candles": bars,
            "/api/v2/mix/market/history-mark-candles": bars,
            "/api/v2/spot/market/candles": bars,
            "/api/v2/spot/market/history-candles": bars,
            "/api/v2/mix/market/tickers": lambda _: data([day]),
            "/api/v2/public/time": lambda _: data({"serverTime": str(NOW)}),
        },
    )


def hyperliquid() -> Recorded:
    """One path for everything; hourly, 500 a call, ascending; settled in USDC."""
    hourly = range(BEGAN, NOW, HOUR)
    context = {"dayNtlVlm": "9450588.2273", "funding": "0.0000125", "markPx": "63001.5", "midPx": "63001.0"}
    context |= {"openInterest": "10764.48", "oraclePx": "63000.5", "premium": "0.0005", "prevDayPx": "62000.0"}
    tokens = [
        {"name": name, "szDecimals": decimals, "weiDecimals": 8, "index": index, "tokenId": "0x0", "isCanonical": True}
        for index, (name, decimals) in enumerate((("USDC", 8), ("BTC", 5)))
    ]
    market = {"name": "BTC/USDC", "tokens": [1, 0], "index": 0, "isCanonical": True}

    def candle(at: int) -> Any:
        shape = {"T": at + HOUR - 1, "s": "BTC", "i": "1h", "n": 9}
        return shape | {"t": at, "o": "63000.1", "h": "64000.0", "l": "62000.0", "c": "63100.5", "v": "12.5"}

    def info(query: Mapping[str, Any]) -> Any:
        match query["type"]:
            case "metaAndAssetCtxs":
                return [{"universe": [{"name": "BTC", "szDecimals": 5, "maxLeverage": 50}]}, [context]]
            case "spotMetaAndAssetCtxs":
                return [{"tokens": tokens, "universe": [market]}, [context]]
            case "fundingHistory":
                inside = [at for at in hourly if query["startTime"] <= at <= query["endTime"]][:500]
                return [{"coin": "BTC", "fundingRate": RATE, "premium": "0.0005", "time": at + 31} for at in inside]
            case "candleSnapshot":
                return [candle(at) for at in candles(query["req"]["startTime"], query["req"]["endTime"])]
        return {"time": NOW}

    return Recorded("hyperliquid", {"/info": info}, "BTC/USDC:USDC", "BTC/USDC", tuple(hourly))


RECORDED: dict[str, Callable[[], Recorded]] = {
    made.__name__: made for made in (binance, okx, gate, bitget, hyperliquid)
}
