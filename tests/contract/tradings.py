"""Every implementation of VenueTrading, each over a market that does what the suite says; a new one joins by one line."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from fundarb.adapters.ccxt.account_opening import KeyPair, open_account
from fundarb.adapters.ccxt.opening import Manner, Where
from fundarb.domain.instrument import LotRule, Pair
from fundarb.ports.trading import Cause, FlowKind, VenueTrading
from fundarb.sandbox.account import Account, AccountSettings, routes
from fundarb.sandbox.clock import SteppedClock
from fundarb.sandbox.signing import Key
from tests.adapters.ccxt.asking import BRISK
from tests.fakes.trading_venue import MemoryTrading
from tests.sandbox.account.scripted import T0, ScriptedMarket
from tests.sandbox.running import running_sandbox

BTC = Pair(
    symbol="BTC/USDT:USDT",
    spot="BTC/USDT",
    multiplier=Decimal(1),
    perp_lots=LotRule(Decimal("0.001"), Decimal("0.001"), Decimal(5)),
    spot_lots=LotRule(Decimal("0.000001"), Decimal("0.000011"), Decimal(5)),
)


class World(Protocol):
    """The suite's hold on what is behind a venue: a price of 100, a thousand to be had a tick away from it."""

    def step(self, ms: int) -> None:
        """Venue time passes."""
        ...

    def settle(self, rate: str) -> None:
        """A settlement, now."""
        ...

    def deleverage(self, fraction: str) -> None:
        """The venue takes a part of the position, now."""
        ...

    def fill_next(self, share: str) -> None:
        """Of the next order only so much is filled."""
        ...

    def transfer(self, coin: str, amount: str) -> None:
        """Coins come into the account, or leave it."""
        ...


@dataclass(frozen=True, slots=True)
class TradingStage:
    """A venue, its time, and the hold on it."""

    venue: VenueTrading
    world: World
    now_ms: Callable[[], int]


class SandboxWorld:
    """The sandbox's controls."""

    def __init__(self, account: Account, market: ScriptedMarket, clock: SteppedClock) -> None:
        self._account, self._market, self._clock = account, market, clock
        self._controls = account.controls()

    def step(self, ms: int) -> None:
        """Move the clock."""
        self._clock.step_to(self._clock.now_ms() + ms)

    def settle(self, rate: str) -> None:
        """A settlement a moment ahead, and that moment."""
        at_ms = self._clock.now_ms() + 1
        self._market.settle("BTCUSDT", at_ms, rate)
        self.step(1)

    def deleverage(self, fraction: str) -> None:
        """By a control."""
        self._controls["adl"]({"symbol": "BTCUSDT", "fraction": fraction})

    def fill_next(self, share: str) -> None:
        """By a control."""
        self._controls["fill-next"]({"fraction": share})

    def transfer(self, coin: str, amount: str) -> None:
        """By a control."""
        name = "withdraw" if amount.startswith("-") else "deposit"
        self._controls[name]({"coin": coin, "amount": amount.removeprefix("-")})


class MemoryWorld:
    """The fake's own methods."""

    def __init__(self, venue: MemoryTrading) -> None:
        self._venue = venue
        self.at_ms = T0

    def step(self, ms: int) -> None:
        """Move the time."""
        self.at_ms += ms

    def settle(self, rate: str) -> None:
        """A moment later."""
        self.step(1)
        self._venue.settle(BTC.symbol, rate)

    def deleverage(self, fraction: str) -> None:
        """At the mark."""
        self._venue.take_away(BTC.symbol, fraction, Cause.DELEVERAGED)

    def fill_next(self, share: str) -> None:
        """Of the next order."""
        self._venue.share = Decimal(share)

    def transfer(self, coin: str, amount: str) -> None:
        """A line of the log."""
        self._venue.move(coin, amount, FlowKind.TRANSFER, "TRANSFER_IN")


@asynccontextmanager
async def bybit_at_a_sandbox() -> AsyncIterator[TradingStage]:
    """The adapter over the real ccxt, trading on the sandbox."""
    market, clock, key = ScriptedMarket(), SteppedClock(T0, time.monotonic_ns), Key()
    account = Account(market, clock, AccountSettings(accept_ms=0))
    serving = running_sandbox(
        market=account.desk.market, clock=clock, key=key, routes=routes(account), advance=account.advance
    )
    async with serving as sandbox:
        keys, manner = KeyPair(key.name, key.secret), Manner(patience=BRISK, first_pause_s=0.01)
        async with open_account(Where(url=sandbox.url), keys, clock.now_ms, manner) as opened:
            yield TradingStage(opened.trading, SandboxWorld(account, market, clock), clock.now_ms)


@asynccontextmanager
async def in_memory() -> AsyncIterator[TradingStage]:
    """The fake."""
    venue = MemoryTrading([BTC], lambda: world.at_ms)
    world = MemoryWorld(venue)
    venue.quote(BTC.symbol, "100")
    yield TradingStage(venue, world, lambda: world.at_ms)


TRADINGS: dict[str, Callable[[], AbstractAsyncContextManager[TradingStage]]] = {
    "bybit": bybit_at_a_sandbox,
    "memory": in_memory,
}
