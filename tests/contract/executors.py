"""Every Executor, on a stage where the contract knows what must happen; a new one joins by one line."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal

from fundarb.accounting.fees import PairCosts
from fundarb.domain.instants import HOUR
from fundarb.domain.instrument import LotRule, Pair
from fundarb.ports.executor import Executor
from fundarb.ports.feed import View
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
EXECUTORS: dict[str, Callable[[], AbstractAsyncContextManager[Stage]]] = {
    "priced, spot fee in base": priced_stage(PairCosts(*_FEES, fee_in_base=True)),
    "priced, spot fee in quote": priced_stage(PairCosts(*_FEES, fee_in_base=False)),
}
