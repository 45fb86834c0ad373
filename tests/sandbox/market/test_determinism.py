"""The same seed and the same moment give the same answer: in another process, in another order, in another company."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256

from hypothesis import given, settings
from hypothesis import strategies as st

from fundarb.sandbox.market.made import MadeMarket
from fundarb.sandbox.market.source import DAY, EPOCH_MS, HOUR, MINUTE, MarketSource
from tests.sandbox.market.worlds import BTC, ETH, HOT, NOW, fresh, small

Ask = Callable[[MarketSource], object]

_LATER = EPOCH_MS + 3300 * DAY  # 2032


def asks() -> list[Ask]:
    """Questions of every kind, near and far."""
    moments = (EPOCH_MS + 3 * DAY, NOW, NOW + 40 * DAY, _LATER)
    symbols = ("BTCUSDT", "1000PEPEUSDT", "HOTUSDT", "TIAUSDT")
    return [ask for at in moments for symbol in symbols for ask in _asks_of(symbol, at)]


def _asks_of(symbol: str, at: int) -> list[Ask]:
    return [
        lambda market: market.settlements(symbol, 0, at, 50),
        lambda market: market.candles(symbol, "linear", HOUR, at - 40 * HOUR, at, at),
        lambda market: market.candles(symbol, "mark", 5 * MINUTE, at - HOUR, at, at),
        lambda market: market.quote(symbol, "linear", at),
        lambda market: market.book(symbol, "linear", at, 20),
        lambda market: market.open_interest(symbol, HOUR, at - 10 * HOUR, at),
        lambda market: market.announced_interval_ms(symbol, at),
    ]


def fingerprint(market: MarketSource) -> str:
    """All the answers in one."""
    return sha256(repr([ask(market) for ask in asks()]).encode()).hexdigest()


def test_another_process_gives_the_same_answers() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "tests.sandbox.market.fingerprint"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONHASHSEED": "123"},
    )
    assert said.stdout.strip() == fingerprint(fresh())


@settings(max_examples=15)
@given(order=st.permutations(range(len(asks()))), seed=st.integers(0, 3))
def test_the_order_of_questions_does_not_matter(order: list[int], seed: int) -> None:
    market, questions = fresh(seed), asks()
    for at in order[:25]:
        assert questions[at](market) == questions[at](small(seed))


def test_another_seed_gives_another_market() -> None:
    differing = [ask(small(1)) != ask(small(2)) for ask in asks()]
    assert sum(differing) > 0.7 * len(differing)


def test_a_coin_does_not_depend_on_those_beside_it() -> None:
    alone, together = MadeMarket(5, coins=[HOT]), MadeMarket(5, coins=[BTC, ETH, HOT])
    for market in (together, alone):
        market.quote("HOTUSDT", "linear", NOW)
    assert alone.quote("HOTUSDT", "linear", NOW) == together.quote("HOTUSDT", "linear", NOW)
    assert alone.settlements("HOTUSDT", 0, NOW, 10**6) == together.settlements("HOTUSDT", 0, NOW, 10**6)


def test_forgetting_changes_nothing() -> None:
    market = MadeMarket(11, coins=[BTC], kept=3)
    early = market.candles("BTCUSDT", "linear", MINUTE, NOW - 30 * MINUTE, NOW, NOW)
    for day in range(0, 3300, 11):
        market.quote("BTCUSDT", "linear", EPOCH_MS + day * DAY)
    assert market.candles("BTCUSDT", "linear", MINUTE, NOW - 30 * MINUTE, NOW, NOW) == early
