"""A second book-keeper, who sees nothing but the rows the venue tells, comes to the same coins and positions as the wallet:
over random orders, on a made and on a replayed market, with funding, liquidations, deleveraging and delistings."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from fundarb.domain.money import quotient12
from fundarb.sandbox.envelope import Refusal
from fundarb.sandbox.market.made import MadeMarket
from fundarb.sandbox.market.replayed import ReplayedMarket
from fundarb.sandbox.market.source import DAY, HOUR, Category, Instrument, MarketSource
from tests.sandbox.account.customer import Customer
from tests.sandbox.market.stores import T0, reader

D = Decimal


@cache
def made() -> tuple[MarketSource, int]:
    """A market in which a contract leaves six days after the start."""
    market = MadeMarket(7, pairs=8)
    ends = sorted(each.gone_ms for each in market.instruments() if each.gone_ms and each.contract == "LinearPerpetual")
    return market, ends[9] - 6 * DAY


@cache
def replayed() -> tuple[MarketSource, int]:
    """A store with a hole, which one contract leaves after four days."""
    return asyncio.run(_replayed()), T0 + 5 * HOUR


async def _replayed() -> ReplayedMarket:
    return await ReplayedMarket.of(await reader(), 1)


class Ledger:
    """Coins and positions as the executions make them."""

    def __init__(self, market: MarketSource, paid_in: dict[str, Decimal]) -> None:
        self._market = market
        self._bases = {each.symbol: each.base for each in market.instruments() if each.category == "spot"}
        self.coins: dict[str, Decimal] = defaultdict(Decimal, paid_in)
        self.sizes: dict[str, Decimal] = defaultdict(Decimal)
        self._averages: dict[str, Decimal] = defaultdict(Decimal)

    def take(self, category: str, row: dict[str, Any]) -> None:
        """One execution."""
        qty, price, fee = (D(row[name]) for name in ("execQty", "execPrice", "execFee"))
        signed = qty if row["side"] == "Buy" else -qty
        assert D(row["execValue"]) == qty * price
        if category == "spot":
            self.coins[self._bases[row["symbol"]]] += signed
            self.coins["USDT"] -= signed * price
            self.coins[row["feeCurrency"]] -= fee
        elif row["execType"] == "Funding":
            self._pay(row, qty * price, fee)
        else:
            self.coins["USDT"] += self._trade(row, signed, price) - fee

    def _pay(self, row: dict[str, Any], value: Decimal, fee: Decimal) -> None:
        stamp, size = int(row["execTime"]), self.sizes[row["symbol"]]
        ((_, rate),) = self._market.settlements(row["symbol"], stamp, stamp, 1)
        assert abs(size) * D(row["execPrice"]) == value
        assert fee == value * D(rate) * (1 if size > 0 else -1)
        self.coins["USDT"] -= fee

    def _trade(self, row: dict[str, Any], signed: Decimal, price: Decimal) -> Decimal:
        """What it realises."""
        symbol = row["symbol"]
        held, average = self.sizes[symbol], self._averages[symbol]
        closed = min(abs(signed), abs(held)) if held * signed < 0 else D(0)
        profit = (price - average) * closed * (1 if held > 0 else -1)
        assert (D(row["closedSize"]), D(row["execPnl"])) == (closed, profit)
        way = 1 if signed > 0 else -1
        rest, held = signed - way * closed, held + way * closed
        if rest:
            average = quotient12(average * held + price * rest, held + rest)
        self.sizes[symbol], self._averages[symbol] = held + rest, average
        return profit


def flow(who: Customer, seed: int, start_ms: int) -> dict[str, Decimal]:
    """Random orders, misfortunes and jumps of time; what was paid in and out."""
    dice, paid_in = random.Random(seed), {"USDT": D(20_000)}
    alive = [each for each in who.market.instruments() if each.launch_ms < start_ms < (each.gone_ms or start_ms + 1)]
    dying = [each for each in alive if each.category == "linear" and (each.gone_ms or 0) > start_ms]
    chosen = dice.sample(alive, min(5, len(alive))) + dying[:1]
    for _ in range(60):
        try:
            do(who, dice, dice.choice(chosen), paid_in)
        except Refusal:
            continue
    who.step(who.clock.now_ms() + 9 * DAY)
    return paid_in


def do(who: Customer, dice: random.Random, each: Instrument, paid_in: dict[str, Decimal]) -> None:
    """One thing; refusals are the venue's right."""
    kind = dice.random()
    if kind < 0.6:
        place(who, dice, each)
    elif kind < 0.7:
        name, amount = dice.choice(["deposit", "withdraw", "rebate", "interest"]), D(dice.randrange(1, 3000)) / 100
        who.control(name, coin="USDT", amount=str(amount))
        paid_in["USDT"] += amount if name in ("deposit", "rebate") else -amount
    elif kind < 0.75:
        who.control(dice.choice(["adl", "bust"]), symbol=each.symbol, fraction="0.5")
    elif kind < 0.8:
        who.post("/v5/order/cancel-all", category=each.category, symbol=each.symbol)
    else:
        who.step(who.clock.now_ms() + dice.choice([1000, 70_000, HOUR, 9 * HOUR, DAY]))


def place(who: Customer, dice: random.Random, each: Instrument) -> None:
    """An order of some size on either side."""
    last = who.market.quote(each.symbol, each.category, who.clock.now_ms()).last
    qty = D(dice.choice([20, 300, 2000])) // (last * each.step) * each.step
    ask: dict[str, Any] = {"category": each.category, "symbol": each.symbol, "side": dice.choice(["Buy", "Sell"])}
    if dice.random() < 0.3:
        price = last * D(dice.randrange(97, 104)) // (100 * each.tick) * each.tick
        ask |= {"orderType": "Limit", "price": str(price), "timeInForce": dice.choice(["GTC", "IOC", "PostOnly"])}
    else:
        ask |= {"orderType": "Market", "marketUnit": "baseCoin", "reduceOnly": dice.random() < 0.2}
    who.post("/v5/order/create", **ask, qty=str(qty))


def told(who: Customer, category: Category, start_ms: int) -> list[dict[str, Any]]:
    """All executions of a category, week by week and page by page."""
    rows, end_ms = [], who.clock.now_ms()
    while end_ms > start_ms:
        cursor = ""
        while True:
            ask = {"startTime": end_ms - 7 * DAY + 1, "endTime": end_ms, "limit": 100, "cursor": cursor}
            page = who.get("/v5/execution/list", category=category, **ask)
            rows += page["list"]
            cursor = page["nextPageCursor"]
            if not cursor:
                break
        end_ms -= 7 * DAY
    return [row | {"category": category} for row in rows]


@pytest.mark.parametrize("world", [made, replayed], ids=["made", "replayed"])
def test_a_second_book_keeper_comes_to_the_same_coins_and_positions(world: Any) -> None:
    market, start_ms = world()
    kinds: Counter[str] = Counter()
    for seed in range(12):
        who = Customer(market=market, start_ms=start_ms, balances={"USDT": D(20_000)})
        paid_in = flow(who, seed, start_ms)
        rows = sorted(
            (row for category in ("linear", "spot") for row in told(who, category, start_ms)),
            key=lambda row: int(row["seq"]),
        )
        ledger = Ledger(market, paid_in)
        for row in rows:
            ledger.take(row["category"], row)
        held = {coin: who.coin(coin) for coin in {*ledger.coins, *who.account.desk.state.trading}}
        assert held == {coin: ledger.coins[coin] for coin in held}
        open_now = who.get("/v5/position/list", category="linear", settleCoin="USDT", limit=200)["list"]
        sizes = {row["symbol"]: D(row["size"]) * (1 if row["side"] == "Buy" else -1) for row in open_now}
        assert sizes == {symbol: size for symbol, size in ledger.sizes.items() if size}
        assert [int(row["execTime"]) for row in rows] == sorted(int(row["execTime"]) for row in rows)
        kinds += Counter(row["execType"] for row in rows)
    assert min(kinds[each] for each in ("Trade", "Funding", "AdlTrade", "BustTrade", "Settle")) > 0, kinds
