"""One pair held on paper since an hour ago, and looks at it at whatever price a test wants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from fundarb.accounting.fees import PairCosts
from fundarb.accounting.lines import deposit_line
from fundarb.accounting.margin import MarginTerms
from fundarb.domain.decision import EntryReason, EntryRequest
from fundarb.domain.instants import HOUR
from fundarb.domain.ledger import LedgerLine
from fundarb.domain.market import Span
from fundarb.domain.money import canonical
from fundarb.engine.paper import PaperExecutor, PaperRules
from fundarb.engine.simulation import SimulationRules
from fundarb.engine.trading.live_view import LiveView
from fundarb.engine.trading.picture import picture_of
from fundarb.errors import VenueUnreachable
from fundarb.ports.executor import Approved
from fundarb.ports.market import CandleDigits
from fundarb.ports.quotes import Depth, Level, PairQuote, Touch
from fundarb.ports.venue import Ticker
from tests.engine.scenes import Listing, at, hourly
from tests.engine.worlds import Stream, panel_of
from tests.fakes.ledger import ListedLedger

D = Decimal
A = "A/USDT:USDT"
RULES = SimulationRules(
    costs=lambda _: PairCosts(D("0.001"), D("0.00055"), D(0), fee_in_base=False),
    margin=MarginTerms("isolated", D(2)),
    mmr=D("0.005"),
    guard=D("0.2"),
    liquidation_loses_all=True,
    delist_haircut=D("0.05"),
    idle_apr=D(0),
)
INTERVAL = 8 * HOUR
PAR, PLENTY = D(100), D(1000)
SETTLED = tuple((at(hour), D("0.0002")) for hour in range(-8, 41, 8))


@dataclass(slots=True)
class Market:
    """Fills `PaperMarket`: books at one price, unless it is out; the opens of running mark candles by their time."""

    price: Decimal = PAR
    out: bool = False
    resting: Decimal = PLENTY
    marks: dict[int, str] = field(default_factory=dict)

    async def depth(self, symbol: str, market: str) -> Depth:
        """One level on each side."""
        if self.out:
            raise VenueUnreachable("nobody there")
        return Depth([Level(self.price, self.resting)], [Level(self.price, self.resting)])

    async def candle_page(self, symbol: str, market: str, span_ms: int, span: Span) -> Sequence[CandleDigits]:
        """The running mark candle."""
        if self.out:
            raise VenueUnreachable("nobody there")
        price = self.marks.get(span.start_ms)
        return (
            []
            if price is None
            else [CandleDigits(symbol, market, HOUR, span.start_ms, price, price, price, price, None)]
        )


@dataclass(slots=True)
class Scene:
    """One pair held short since hour 1, ten of it at 100, on paper."""

    stream: Stream
    market: Market
    executor: PaperExecutor
    ledger: ListedLedger

    async def look(
        self, hour: float, price: str | None = "100", *, settled: bool = False, mark: str | None = None
    ) -> LiveView:
        """Take a look when both legs stand at a price (None: nothing trades), and book what passed."""
        view = self.view(hour, price, settled=settled, mark=mark)
        await self.executor.passed(view, self.ledger)
        return view

    def view(
        self,
        hour: float,
        price: str | None,
        *,
        settled: bool = False,
        mark: str | None = None,
        predicted: str | None = None,
    ) -> LiveView:
        """What is seen then; the store is as of the last full hour."""
        at_ms = at(hour)
        picture = picture_of(panel_of([self.stream], at_ms // HOUR * HOUR), spot_from_perp=False)
        touch = None if price is None else Touch(D(price), D(price))
        if price is not None:
            self.market.price = D(price)
        due_ms = (at_ms // INTERVAL + 1) * INTERVAL
        ticker = Ticker(A, at_ms, _number(predicted), due_ms, INTERVAL, _number(mark), None, None)
        return LiveView(at_ms, picture, {A: PairQuote(ticker, touch, touch)}, at_ms if settled else None)

    @property
    def booked(self) -> list[tuple[float, str, str | None, str]]:
        """(hour, kind, leg, cash) of all lines but the deposit and the entry."""
        return [(told(line), str(line.kind), line.leg, canonical(line.cash)) for line in self.ledger.lines[3:]]


def told(line: LedgerLine) -> float:
    """The hour of a line."""
    return (line.at_ms - at(0)) / HOUR


async def a_scene(
    rules: SimulationRules = RULES, highs: dict[int, str] | None = None, gone_h: float | None = None
) -> Scene:
    """Entered at hour 1, between two settlements."""
    flat = hourly(range(-24, 49), highs=highs)
    stream = Stream(
        Listing(step="0.1", spot_step="0.1", gone_h=gone_h).pair("A"),
        SETTLED,
        perp=flat,
        spot=hourly(range(-24, 49)),
        mark=(),
    )
    market = Market()
    executor = PaperExecutor(market, PaperRules(rules, None, HOUR), (), at(0))
    scene = Scene(stream, market, executor, ListedLedger(deposit_line(at(0), D(10_000))))
    approved = Approved(EntryRequest(A, D(1000), EntryReason.RATE), D(10), D(100))
    assert await executor.enter(scene.view(1, "100"), scene.ledger, approved)
    return scene


def _number(text: str | None) -> Decimal | None:
    return None if text is None else D(text)
