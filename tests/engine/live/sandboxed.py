"""The whole of live trading at a sandbox: the real client on loopback, a journal on the disk, faults on order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from fundarb.adapters.ccxt.account_opening import KeyPair, OpenAccount, open_account
from fundarb.adapters.ccxt.opening import Manner, Where
from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.domain.decision import EntryReason, EntryRequest
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.engine.agreement import Agreement
from fundarb.engine.breaker import CircuitBreaker
from fundarb.engine.glance import Glance
from fundarb.engine.healing import Healer
from fundarb.engine.journal_ledger import JournalLedger, open_ledger
from fundarb.engine.live import LiveExecutor
from fundarb.engine.orders.desk import OrderDesk
from fundarb.engine.orders.hedging import Hedger, Slippage
from fundarb.ports.executor import Approved
from fundarb.ports.journal import Journal
from fundarb.sandbox.account import Account, AccountSettings, routes
from fundarb.sandbox.clock import SteppedClock
from fundarb.sandbox.signing import Key
from tests.adapters.ccxt.asking import BRISK
from tests.contract.tradings import BTC
from tests.engine.live.trader import COSTS, PORTFOLIO, RULES
from tests.fakes.feed import FixedView
from tests.sandbox.account.scripted import T0, ScriptedMarket
from tests.sandbox.running import RunningSandbox, running_sandbox

D = Decimal


class SandboxTime:
    """Fills the port `Clock` by the sandbox's stepped time; waiting is done on the wall."""

    def __init__(self, clock: SteppedClock) -> None:
        self._clock = clock

    def now_ms(self) -> int:
        """Venue time."""
        return self._clock.now_ms()

    async def sleep(self, seconds: float) -> None:
        """Wall time."""
        await asyncio.sleep(seconds)


class Wall:
    """Fills the port `Clock` by the wall, a hundred times as fast: patience is the same, tests are not."""

    def now_ms(self) -> int:
        """Milliseconds."""
        return time.monotonic_ns() // 10_000

    async def sleep(self, seconds: float) -> None:
        """A hundredth."""
        await asyncio.sleep(seconds / 100)


@dataclass
class Live:
    """A trader and what is behind it."""

    sandbox: RunningSandbox
    account: Account
    market: ScriptedMarket
    clock: SteppedClock
    journal: Journal
    opened: OpenAccount
    executor: LiveExecutor
    healer: Healer
    ledger: JournalLedger

    def view(self) -> FixedView:
        """A look of now."""
        return FixedView(self.clock.now_ms())

    async def look(self) -> None:
        """A poll."""
        await self.executor.passed(self.view(), self.ledger)

    async def enter(self, qty: str = "2", *, looking: bool = True) -> bool:
        """An entry that the gate let through, after a poll."""
        if looking:
            await self.look()
        request = EntryRequest(BTC.symbol, D(qty) * 100, EntryReason.RATE)
        return await self.executor.enter(self.view(), self.ledger, Approved(request, D(qty), D(100)))

    def step(self, ms: int) -> None:
        """Venue time passes."""
        self.clock.step_to(self.clock.now_ms() + ms)
        self.account.advance()

    def control(self, name: str, **asked: str) -> None:
        """One of the sandbox's."""
        self.account.controls()[name](asked)

    def wallet(self, coin: str = "USDT") -> Decimal:
        """What the sandbox holds."""
        return self.account.desk.state.trading.get(coin, D(0))

    def short(self) -> Decimal:
        """What the sandbox holds of the perp."""
        return sum((-each.size for each in self.account.desk.open_positions()), D(0))

    def assert_same(self) -> None:
        """Wallet and ledger, to the digit."""
        held, book = self.ledger.book.positions.get(BTC.symbol), self.ledger.book
        assert self.wallet() == book.cash
        assert self.wallet("BTC") == (held.spot if held else 0) + book.dust.get(BTC.symbol, D(0))
        assert self.short() == (held.qty if held else 0)


@asynccontextmanager
async def live_at_a_sandbox(directory: Path, accept_ms: int = 0) -> AsyncIterator[Live]:
    """A trader on an account of 10,000 with a price of 100."""
    market, clock, key = ScriptedMarket(), SteppedClock(T0, time.monotonic_ns), Key()
    account = Account(market, clock, AccountSettings(accept_ms=accept_ms))
    serving = running_sandbox(
        market=account.desk.market, clock=clock, key=key, routes=routes(account), advance=account.advance
    )
    manner = Manner(patience=BRISK, first_pause_s=0.01, timeout_s=2.0)
    async with (
        serving as sandbox,
        open_store(directory / "fundarb.db", "write", durable=True) as connection,
        open_account(Where(url=sandbox.url), KeyPair(key.name, key.secret), clock.now_ms, manner) as opened,
    ):
        journal = SqliteJournal(connection)
        await journal.append(PORTFOLIO, [LedgerLine(T0, LineKind.DEPOSIT, None, D(10_000))])
        clock.step_to(T0 + 1000)
        yield await wired(sandbox, account, market, clock, journal, opened)


async def wired(
    sandbox: RunningSandbox,
    account: Account,
    market: ScriptedMarket,
    clock: SteppedClock,
    journal: Journal,
    opened: OpenAccount,
) -> Live:
    """A trader as after a start."""
    now, wall, pairs = SandboxTime(clock), Wall(), {BTC.symbol: BTC}
    breaker = CircuitBreaker(wall.now_ms, failures=20)
    desk = OrderDesk(journal, opened.trading, now, wall, PORTFOLIO, pairs, breaker)
    hedger = Hedger(journal, opened.data, desk, now, wall, PORTFOLIO, pairs, lambda _: COSTS, Slippage())
    healer = Healer(journal, opened.trading, desk, hedger, now, PORTFOLIO, pairs, breaker=breaker)
    agreement = Agreement(healer, Glance(opened.trading, desk, now), now)
    executor = LiveExecutor(opened.trading, hedger, agreement, pairs, RULES, breaker)
    ledger = await open_ledger(journal, PORTFOLIO)
    return Live(sandbox, account, market, clock, journal, opened, executor, healer, ledger)


async def restarted(live: Live) -> Live:
    """Another trader in place of one that died."""
    return await wired(live.sandbox, live.account, live.market, live.clock, live.journal, live.opened)
