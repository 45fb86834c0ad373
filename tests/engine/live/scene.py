"""A venue with a price of 100, deeper on the perp, and a trader that began with 10,000."""

from __future__ import annotations

from decimal import Decimal

from fundarb.accounting.lines import deposit_line
from fundarb.domain.decision import EntryReason, EntryRequest, ExitReason, ExitRequest
from fundarb.domain.orders import Leg, Side
from fundarb.engine.live import LiveRules
from fundarb.ports.executor import Approved
from tests.engine.live.episodes import BEGUN_MS, BTC
from tests.engine.live.trader import PORTFOLIO, RULES, Trader, start
from tests.fakes.clock import SteppedClock
from tests.fakes.feed import FixedView
from tests.fakes.journal import MemoryJournal
from tests.fakes.trading_venue import MemoryTrading

D = Decimal


class Scene:
    """What a test acts on."""

    def __init__(self) -> None:
        self.clock, self.journal = SteppedClock(BEGUN_MS), MemoryJournal()
        self.venue = MemoryTrading([BTC], self.clock.now_ms)
        self.quote("100")

    def quote(self, price: str, spot_size: str = "1000", perp_size: str = "100000") -> None:
        """New prices, and how much rests at them."""
        self.venue.quote(BTC.symbol, price, spot_size, [Leg.SPOT])
        self.venue.quote(BTC.symbol, price, perp_size, [Leg.PERP])

    async def trader(self, rules: LiveRules = RULES, every_ms: int = 0) -> Trader:
        """Started, and looked once."""
        if not await self.journal.ledger(PORTFOLIO):
            await self.journal.append(PORTFOLIO, [deposit_line(BEGUN_MS, D(10_000))])
            await self.clock.sleep(1)
        trader = await start(self.journal, self.venue, self.clock, rules=rules, every_ms=every_ms)
        await trader.executor.passed(self.view(), trader.ledger)
        return trader

    def view(self) -> FixedView:
        """A look of now, which sees no prices."""
        return FixedView(self.clock.now_ms())

    async def enter(self, trader: Trader, qty: str = "2") -> bool:
        """An entry that the gate let through."""
        request = EntryRequest(BTC.symbol, D(200), EntryReason.RATE)
        return await trader.executor.enter(self.view(), trader.ledger, Approved(request, D(qty), D(100)))

    async def leave(self, trader: Trader) -> bool:
        """An exit."""
        return await trader.executor.leave(self.view(), trader.ledger, ExitRequest(BTC.symbol, ExitReason.RATE))

    async def look(self, trader: Trader) -> None:
        """A poll."""
        await trader.executor.passed(self.view(), trader.ledger)

    def sent(self) -> list[tuple[Leg, Side]]:
        """Orders as the venue took them."""
        return [(order.leg, order.side) for order in self.venue.sent]
