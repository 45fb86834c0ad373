"""Every Executor, on a stage where the contract knows what must happen; a new one joins by one line."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal

from fundarb.accounting.fees import PairCosts
from fundarb.accounting.margin import MarginTerms
from fundarb.domain.instants import HOUR
from fundarb.domain.instrument import LotRule, Pair
from fundarb.engine.replay import ReplayFeed
from fundarb.engine.simulated import SimulatedExecutor
from fundarb.engine.simulation import SimulationRules
from fundarb.ports.executor import Executor
from fundarb.ports.feed import View
from tests.contract.replays import END_MS, START_MS, panel_of, replay
from tests.fakes.executor import Paid, PricedExecutor, Prices
from tests.fakes.feed import FixedView

PEPE = Pair(
    symbol="1000PEPE/USDT:USDT",
    spot="PEPE/USDT",
    multiplier=Decimal(1000),
    perp_lots=LotRule(Decimal(100), Decimal(100), Decimal(5)),
    spot_lots=LotRule(Decimal("0.1"), Decimal(1), Decimal(1)),
)


@dataclass(frozen=True, slots=True)
class Stage:
    """Views in time order: both legs priced at `opening`; one settlement of `pair` up to `later`, both priced again;
    at `unpriced` a leg has no price. `qty` is on the grid of the pair and affordable."""

    executor: Executor
    pair: Pair
    qty: Decimal
    opening: View
    later: View
    unpriced: View


def priced_stage(costs: PairCosts) -> Callable[[], AbstractAsyncContextManager[Stage]]:
    """The fake, at some costs."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Stage]:
        prices = {
            (HOUR, PEPE.symbol): Prices(Decimal("0.00000123"), Decimal("0.00124")),
            (9 * HOUR, PEPE.symbol): Prices(Decimal("0.00000131"), Decimal("0.0013")),
            (10 * HOUR, PEPE.symbol): Prices(None, Decimal("0.0013")),
        }
        settled = Paid(8 * HOUR, PEPE.symbol, Decimal("0.00129"), Decimal("0.0003"))
        views = [FixedView(at_ms) for at_ms in (HOUR, 9 * HOUR, 10 * HOUR)]
        yield Stage(PricedExecutor([PEPE], costs, prices, [settled]), PEPE, Decimal(800_000), *views)

    return opened


_FEES = (Decimal("0.001"), Decimal("0.00055"), Decimal("0.0005"))


@asynccontextmanager
async def simulated_stage() -> AsyncIterator[Stage]:
    """The real one of backtests: entered at the second settlement, paid at the third, the spot gone before the fifth."""
    market, timeline = replay(panel_of(PEPE))
    views = [view async for view in ReplayFeed(market, timeline).views()]
    rules = SimulationRules(
        costs=lambda _: PairCosts(*_FEES, fee_in_base=True),
        margin=MarginTerms("isolated", Decimal(2)),
        mmr=Decimal("0.005"),
        guard=Decimal("0.2"),
        liquidation_loses_all=True,
        delist_haircut=Decimal("0.05"),
        idle_apr=Decimal(0),
    )
    yield Stage(SimulatedExecutor(market, rules, START_MS, END_MS), PEPE, Decimal(100), views[1], views[2], views[4])


EXECUTORS: dict[str, Callable[[], AbstractAsyncContextManager[Stage]]] = {
    "priced, spot fee in base": priced_stage(PairCosts(*_FEES, fee_in_base=True)),
    "priced, spot fee in quote": priced_stage(PairCosts(*_FEES, fee_in_base=False)),
    "simulated on a replay": simulated_stage,
}
