"""One queue by priority: what hedges goes before what leaves, that before what enters; a breaker stops only the last."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fundarb.accounting.lines import deposit_line
from fundarb.accounting.margin import MarginTerms
from fundarb.domain.decision import ExitReason
from fundarb.domain.instants import HOUR
from fundarb.engine.cycle import Cycle, CycleRules
from fundarb.engine.decide import HoldingRules
from fundarb.engine.orders.naming import Doing, doing_of
from fundarb.engine.sampling import Samples
from fundarb.ports.feed import Known, Quote
from fundarb.ports.trading import Cause
from fundarb.risk.gate import FREE, GateRules
from fundarb.risk.limits import RiskParams
from fundarb.risk.sizing import SizingParams
from tests.engine.live.episodes import BEGUN_MS, BTC, PEPE, PRICES
from tests.engine.live.trader import COSTS, PORTFOLIO, Trader, start
from tests.engine.test_decide import Row
from tests.fakes.clock import SteppedClock
from tests.fakes.feed import FixedView
from tests.fakes.journal import MemoryJournal
from tests.fakes.trading_venue import MemoryTrading
from tests.risk.views import EVERYTHING_OFF


class Stage:
    """Two pairs at a venue in memory, and a cycle over the live executor."""

    def __init__(self) -> None:
        self.clock, self.journal = SteppedClock(BEGUN_MS), MemoryJournal()
        self.venue = MemoryTrading([BTC, PEPE], self.clock.now_ms)
        for symbol, price in PRICES.items():
            self.venue.quote(symbol, str(price), "100000000")

    async def begun(self) -> tuple[Trader, Cycle]:
        """A trader with 10,000."""
        await self.journal.append(PORTFOLIO, [deposit_line(BEGUN_MS, Decimal(10_000))])
        await self.clock.sleep(1)
        trader = await start(self.journal, self.venue, self.clock)
        margin = MarginTerms("isolated", Decimal(2))
        gate = GateRules(
            RiskParams(**EVERYTHING_OFF), lambda _: COSTS, {BTC.symbol: BTC, PEPE.symbol: PEPE}.__getitem__, margin
        )
        holding = HoldingRules(None, None, None)
        rules = CycleRules(gate, holding, SizingParams(), Decimal(500), lambda *_: Decimal(0), lambda *_: None)
        return trader, Cycle(rules, trader.executor, trader.ledger, Samples(BEGUN_MS, Decimal(10_000), margin))

    def view(self) -> FixedView:
        """Everything is known and can be filled."""
        now_ms = self.clock.now_ms()
        known = {
            pair.symbol: Known(
                perp=Quote(PRICES[pair.symbol] * pair.multiplier, now_ms),
                spot=Quote(PRICES[pair.symbol], now_ms),
                settled_at_ms=now_ms,
                rate=Decimal("0.001"),
                interval_ms=8 * HOUR,
            )
            for pair in (BTC, PEPE)
        }
        return FixedView(now_ms, known, fillable=frozenset(known))

    def row(self, entering: list[str], leaving: set[str]) -> Row:
        """A plan of now."""
        settled = dict.fromkeys(PRICES, self.clock.now_ms())
        return Row(entering, frozenset(leaving), settled, exit_reason=ExitReason.SCORE)

    def doings(self, since: int) -> list[Doing | None]:
        """What each order sent since then was for."""
        return [doing_of(order.trade_id) for order in self.venue.sent[since:]]


@pytest.mark.parametrize("tripped", [False, True])
async def test_hedges_then_exits_then_entries(*, tripped: bool) -> None:
    stage = Stage()
    trader, cycle = await stage.begun()
    await cycle.step(stage.view(), stage.row([BTC.symbol], set()), FREE)
    assert set(trader.ledger.book.positions) == {BTC.symbol}
    since = len(stage.venue.sent)
    stage.venue.take_away(BTC.symbol, "0.5", Cause.DELEVERAGED)
    if tripped:
        for _ in range(5):
            trader.breaker.failed("HTTP 502")
    await stage.clock.sleep(1)
    await cycle.step(stage.view(), stage.row([PEPE.symbol], {BTC.symbol}), FREE)
    done = stage.doings(since)
    assert done == [Doing.HEAL, Doing.LEAVE, Doing.LEAVE, *([] if tripped else [Doing.ENTER, Doing.ENTER])]
    assert set(trader.ledger.book.positions) == (set() if tripped else {PEPE.symbol})
