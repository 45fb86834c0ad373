"""What a sandbox says of its account, asked with nothing of fundarb's but the signature of its own test key."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from fundarb.accounting.book import fold
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


def orders(url: str) -> list[str]:
    """The client ids of all orders of both categories that the venue remembers."""
    found = []
    for category in ("spot", "linear"):
        rows = asked(url, "/v5/order/history", f"category={category}&limit=50")["list"]
        found += [row["orderLinkId"] for row in rows]
    return found


def require_same(url: str, lines: tuple[LedgerLine, ...]) -> None:
    """Wallet and shorts are what the ledger comes to, to the digit; no leg stands alone beyond a thousandth."""
    book, coins, short = fold(lines), dict(wallet(url)), shorts(url)
    assert coins.pop("USDT", Decimal(0)) == book.cash
    booked: dict[str, Decimal] = dict(book.dust)
    for pair, held in book.positions.items():
        booked[pair] = booked.get(pair, Decimal(0)) + held.spot
        units = 1000 if pair.startswith("1000") else 1
        assert abs(held.spot - held.qty * units) <= held.spot / 1000, pair
    assert coins == {pair.partition("/")[0].removeprefix("1000"): qty for pair, qty in booked.items() if qty}
    assert short == {pair.partition(":")[0].replace("/", ""): held.qty for pair, held in book.positions.items()}
