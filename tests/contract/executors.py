"""Every Executor, on a stage where the contract knows what must happen; a new one joins by one line."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal

from fundarb.accounting.fees import PairCosts
from fundarb.accounting.margin import MarginTerms
from fundarb.domain.decision import ExitRequest
from fundarb.domain.instants import HOUR
from fundarb.domain.instrument import LotRule, Pair
from fundarb.domain.market import Span
from fundarb.domain.orders import Leg
from fundarb.engine.paper import PaperExecutor, PaperRules
from fundarb.engine.replay import ReplayFeed
from fundarb.engine.simulated import SimulatedExecutor
from fundarb.engine.simulation import SimulationRules
from fundarb.engine.trading.live_view import LiveView
from fundarb.engine.trading.picture import picture_of
from fundarb.ports.executor import Approved, Executor, Ledger
from fundarb.ports.feed import View
from fundarb.ports.market import CandleDigits
from fundarb.ports.quotes import PairQuote, Touch
from fundarb.ports.venue import Ticker
from tests.contract.replays import END_MS, START_MS, panel_of, replay
from tests.engine.live.trader import start
from tests.fakes.clock import SteppedClock
from tests.fakes.executor import Paid, PricedExecutor, Prices
from tests.fakes.feed import FixedView
from tests.fakes.journal import MemoryJournal
from tests.fakes.quotes import MemoryQuotes
from tests.fakes.trading_venue import MemoryTrading
from tests.fakes.venue import MemoryVenue

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


_SPOT = Touch(Decimal("0.01999"), Decimal("0.02001"))
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


class OnStage:
    """A live executor whose venue is brought to the time of each view first."""

    def __init__(self, executor: Executor, venue: MemoryTrading, clock: SteppedClock) -> None:
        self._executor, self._venue, self._clock = executor, venue, clock

    async def passed(self, view: View, ledger: Ledger) -> None:
        """A settlement on the way."""
        if self._clock.now_ms() < 8 * HOUR <= view.at_ms:
            await self._reach(8 * HOUR)
            self._venue.settle(PEPE.symbol, "0.0003")
        await self._reach(view.at_ms)
        await self._executor.passed(view, ledger)

    async def enter(self, view: View, ledger: Ledger, approved: Approved) -> bool:
        """After a look, as a cycle does it."""
        await self._reach(view.at_ms)
        await self._executor.passed(view, ledger)
        return await self._executor.enter(view, ledger, approved)

    async def leave(self, view: View, ledger: Ledger, request: ExitRequest) -> bool:
        """At the time of the view."""
        await self._reach(view.at_ms)
        return await self._executor.leave(view, ledger, request)

    async def _reach(self, at_ms: int) -> None:
        await self._clock.sleep((at_ms - self._clock.now_ms()) / 1000)
        size = "0" if at_ms >= 10 * HOUR else "10000000000"
        self._venue.quote(PEPE.symbol, "0.00000123", size, [Leg.SPOT])
        self._venue.quote(PEPE.symbol, "0.00000124", "100000000000", [Leg.PERP])


@asynccontextmanager
async def live_stage() -> AsyncIterator[Stage]:
    """The one that trades, at a venue in memory."""
    clock = SteppedClock()
    venue = MemoryTrading([PEPE], clock.now_ms)
    trader = await start(MemoryJournal(), venue, clock)
    views = [FixedView(at_ms) for at_ms in (HOUR, 9 * HOUR, 10 * HOUR)]
    yield Stage(OnStage(trader.executor, venue, clock), PEPE, Decimal(800_000), *views)


@asynccontextmanager
async def paper_stage() -> AsyncIterator[Stage]:
    """The real one of paper: entered between two settlements, paid at the next, one leg without a price after that."""
    rules = SimulationRules(
        costs=lambda _: PairCosts(*_FEES, fee_in_base=False),
        margin=MarginTerms("isolated", Decimal(2)),
        mmr=Decimal("0.005"),
        guard=Decimal("0.2"),
        liquidation_loses_all=True,
        delist_haircut=Decimal("0.05"),
        idle_apr=Decimal(0),
    )
    quotes = MemoryQuotes(MemoryVenue(START_MS))
    quotes.venue.list_pair(PEPE.symbol)

    def view(hour: int, *, priced: bool = True) -> LiveView:
        at_ms = START_MS + hour * HOUR
        picture = picture_of(panel_of(PEPE, until_ms=at_ms), spot_from_perp=False)
        ticker = Ticker(PEPE.symbol, at_ms, None, None, None, None, None, None)
        quote = PairQuote(ticker, Touch(Decimal("19.9"), Decimal("20.1")), _SPOT if priced else None)
        quotes.touches = {(PEPE.symbol, "perp"): quote.perp or _SPOT, (PEPE.symbol, "spot"): _SPOT}
        return LiveView(at_ms, picture, {PEPE.symbol: quote}, at_ms)

    market = _PaperMarket(quotes)
    executor = PaperExecutor(market, PaperRules(rules, None, HOUR), (), START_MS)
    yield Stage(executor, PEPE, Decimal(100), view(9), view(16), view(17, priced=False))


class _PaperMarket:
    """Books, and no candle that is still running."""

    def __init__(self, quotes: MemoryQuotes) -> None:
        self.depth = quotes.depth

    async def candle_page(self, symbol: str, market: str, span_ms: int, span: Span) -> Sequence[CandleDigits]:
        """Nothing beyond what is stored."""
        return ()


EXECUTORS: dict[str, Callable[[], AbstractAsyncContextManager[Stage]]] = {
    "priced, spot fee in base": priced_stage(PairCosts(*_FEES, fee_in_base=True)),
    "priced, spot fee in quote": priced_stage(PairCosts(*_FEES, fee_in_base=False)),
    "simulated on a replay": simulated_stage,
    "paper": paper_stage,
    "live at a venue in memory": live_stage,
}
