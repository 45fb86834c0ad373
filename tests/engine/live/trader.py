"""A live executor over a venue in memory, wired as the trader wires it, on a clock that moves when someone waits."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from fundarb.accounting.fees import PairCosts
from fundarb.engine.agreement import Agreement
from fundarb.engine.breaker import CircuitBreaker
from fundarb.engine.glance import Glance
from fundarb.engine.healing import Healer
from fundarb.engine.journal_ledger import JournalLedger, open_ledger
from fundarb.engine.live import LiveExecutor, LiveRules
from fundarb.engine.orders.desk import OrderDesk
from fundarb.engine.orders.hedging import Hedger, Slippage
from fundarb.ports.clock import Clock
from fundarb.ports.journal import Journal
from tests.fakes.trading_venue import MemoryTrading

PORTFOLIO = "live"
COSTS = PairCosts(Decimal("0.001"), Decimal("0.00055"), Decimal("0.0005"), fee_in_base=True)
RULES = LiveRules(leverage=Decimal(2), guard=Decimal("0.2"))


@dataclass(frozen=True, slots=True)
class Trader:
    """One run of a trader: everything in it dies with the process."""

    executor: LiveExecutor
    healer: Healer
    desk: OrderDesk
    ledger: JournalLedger
    breaker: CircuitBreaker


async def start(
    journal: Journal,
    venue: MemoryTrading,
    clock: Clock,
    *,
    rules: LiveRules = RULES,
    desk: type[OrderDesk] = OrderDesk,
    every_ms: int = 0,
) -> Trader:
    """As after a start: nothing known but what the journal says."""
    breaker = CircuitBreaker(clock.now_ms)
    pairs = {pair.symbol: pair for pair in venue.pairs}
    desks = desk(journal, venue, clock, clock, PORTFOLIO, pairs, breaker)
    hedger = Hedger(journal, venue, desks, clock, clock, PORTFOLIO, pairs, lambda _: COSTS, Slippage())
    healer = Healer(journal, venue, desks, hedger, clock, PORTFOLIO, pairs, breaker=breaker)
    agreement = Agreement(healer, Glance(venue, desks, clock), clock, every_ms)
    executor = LiveExecutor(venue, hedger, agreement, pairs, rules, breaker)
    return Trader(executor, healer, desks, await open_ledger(journal, PORTFOLIO), breaker)
