"""What a sandbox says of its account, asked with nothing of fundarb's but the signature of its own test key."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from fundarb.accounting.book import fold
from fundarb.domain.instrument import Pair
from fundarb.domain.ledger import LedgerLine
from tests.sandbox.server.private import headers


def asked(url: str, path: str, query: str) -> Any:
    """The result of a signed GET at the sandbox's own time."""
    with urllib.request.urlopen(f"{url}/sandbox/clock", timeout=30) as response:
        now_ms = json.loads(response.read())["now"]
    request = urllib.request.Request(f"{url}{path}?{query}", headers=headers(query, now_ms))
    with urllib.request.urlopen(request, timeout=30) as response:
        document = json.loads(response.read())
    assert document["retCode"] == 0, document
    return document["result"]


def wallet(url: str) -> Mapping[str, Decimal]:
    """Coins that are not zero."""
    (account,) = asked(url, "/v5/account/wallet-balance", "accountType=UNIFIED")["list"]
    held = {row["coin"]: Decimal(row["walletBalance"]) for row in account["coin"]}
    return {coin: qty for coin, qty in held.items() if qty}


def shorts(url: str) -> Mapping[str, Decimal]:
    """Perps that are not flat, by the venue's name."""
    rows = asked(url, "/v5/position/list", "category=linear&settleCoin=USDT&limit=200")["list"]
    return {row["symbol"]: Decimal(row["size"]) for row in rows if Decimal(row["size"])}


def fired(url: str) -> Mapping[str, int]:
    """How often each of the faults in force has fired, by its name."""
    with urllib.request.urlopen(f"{url}/sandbox/faults", timeout=30) as response:
        return {one["name"]: one["fired"] for one in json.loads(response.read())["faults"]}


def orders(url: str) -> list[str]:
    """The client ids of all orders of both categories that the venue remembers."""
    found = []
    for category in ("spot", "linear"):
        rows = asked(url, "/v5/order/history", f"category={category}&limit=50")["list"]
        found += [row["orderLinkId"] for row in rows]
    return found


def require_same(url: str, lines: tuple[LedgerLine, ...], pairs: Sequence[Pair]) -> None:
    """Wallet and shorts are what the ledger comes to, to the digit; no leg stands alone beyond a lot of each step."""
    book, coins, short = fold(lines), dict(wallet(url)), shorts(url)
    by_symbol, booked = {pair.symbol: pair for pair in pairs}, dict(book.dust)
    assert coins.pop("USDT", Decimal(0)) == book.cash
    for symbol, held in book.positions.items():
        pair = by_symbol[symbol]
        booked[symbol] = booked.get(symbol, Decimal(0)) + held.spot
        lot = pair.spot_lots.step + pair.perp_lots.step * pair.multiplier
        assert abs(held.spot - held.qty * pair.multiplier) <= lot, symbol
    names = {symbol: (by_symbol[symbol].spot or "").partition("/")[0] for symbol in booked}
    assert coins == {names[symbol]: qty for symbol, qty in booked.items() if qty}
    assert short == {by_symbol[symbol].compact: held.qty for symbol, held in book.positions.items()}
