"""A portfolio on paper fed with a replayed world: at each event the opens are the live prices, without spread or end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from fundarb.accounting.fees import round_trip_bp
from fundarb.accounting.lines import deposit_line
from fundarb.domain.instants import HOUR, LATEST
from fundarb.domain.ledger import LedgerLine
from fundarb.domain.market import Span
from fundarb.engine.journal_ledger import open_ledger
from fundarb.engine.paper import PaperExecutor, PaperRules
from fundarb.engine.trading.desk import Desk, DeskTerms
from fundarb.engine.trading.live_view import LiveView
from fundarb.engine.trading.picture import picture_of
from fundarb.engine.trading.remembering import remembered
from fundarb.engine.trading.thinking import Memory, Prices, Thinking
from fundarb.ports.journal import Event
from fundarb.ports.market import CandleDigits
from fundarb.ports.quotes import Depth, Level, PairQuote, Touch
from fundarb.ports.venue import Ticker
from fundarb.research.rules import Setup, charge_bp, costs_by_pair, cycle_rules, margin_terms, simulation_rules
from fundarb.risk.gate import FREE
from fundarb.strategy.params import Mode
from tests.engine.worlds import Stream, panel_of
from tests.fakes.journal import MemoryJournal

NAME = "paper"
ENDLESS = Decimal(10) ** 15


@dataclass(slots=True)
class OpenMarket:
    """Fills `PaperMarket`: books that hold anything at the prices of one view, and no candle that is still running."""

    quotes: dict[str, PairQuote] = field(default_factory=dict)

    async def depth(self, symbol: str, market: str) -> Depth:
        """Both sides at the open of now."""
        quote = self.quotes[symbol]
        touch = quote.spot if market == "spot" else quote.perp
        level = [] if touch is None else [Level(touch.mid, ENDLESS)]
        return Depth(level, level)

    async def candle_page(self, symbol: str, market: str, span_ms: int, span: Span) -> Sequence[CandleDigits]:
        """Nothing beyond what is stored."""
        return ()


@dataclass(slots=True)
class PaperRun:
    """What came of it."""

    lines: tuple[LedgerLine, ...]
    events: tuple[Event, ...]
    liquidations: int


async def trade_on(
    world: Sequence[Stream], setup: Setup, mode: Mode, span: Span, events: Sequence[int], restarts: frozenset[int]
) -> PaperRun:
    """A portfolio with its capital at the start of the span, through these events; before some it is begun anew."""
    journal, market = MemoryJournal(), OpenMarket()
    await journal.append(NAME, [deposit_line(span.start_ms, setup.capital)])
    desk = await desk_of(journal, market, setup, mode)
    for at_ms in (*events, span.end_ms):
        if at_ms in restarts:
            desk = await desk_of(journal, market, setup, mode)
        view = view_of(world, at_ms)
        market.quotes = {pair.symbol: quote for pair in view.picture.panel.pairs if (quote := view.quote(pair.symbol))}
        if at_ms == span.end_ms:
            desk.past.decided_ms = at_ms
        universe = [stream.pair.symbol for stream in world]
        await journal.record(await desk.take(view, FREE, universe))
    told = await journal.events(NAME, Span(0, LATEST))
    return PaperRun(await journal.ledger(NAME), told, remembered(told).incidents.liquidations)


async def desk_of(journal: MemoryJournal, market: OpenMarket, setup: Setup, mode: Mode) -> Desk:
    """The portfolio as its journal has it."""

    async def recall(what: str) -> str | None:
        return await journal.recall(NAME, what)

    async def remember(what: str, value: str) -> None:
        await journal.remember(NAME, what, value)

    async def opening(at_ms: int) -> LedgerLine:
        return deposit_line(at_ms, setup.capital)

    rules = PaperRules(simulation_rules(setup), None, HOUR)
    prices = Prices(float(round_trip_bp(costs_by_pair(setup.costs)(""))), charge_bp(setup))
    return Desk(
        name=NAME,
        terms=DeskTerms(
            opening,
            margin_terms(setup.margin),
            lambda panel, from_ms, score, sticky: cycle_rules(setup, panel, mode, from_ms, score, sticky=sticky),
            lambda lines, previous_ms, _: PaperExecutor(market, rules, lines, previous_ms),
        ),
        thinking=Thinking(mode, setup.strategy, prices, Memory(recall, remember)),
        ledger=await open_ledger(journal, NAME),
        past=remembered(await journal.events(NAME, Span(0, LATEST))),
    )


def view_of(world: Sequence[Stream], at_ms: int) -> LiveView:
    """What is known at an event, the opens of that moment as live prices."""
    picture = picture_of(panel_of(world, at_ms), spot_from_perp=False)
    quotes = {}
    for pair in picture.panel.pairs:
        market = picture.market.of(pair.symbol)
        perp, spot = market.perp.opening(at_ms), market.spot.opening(at_ms)
        ticker = Ticker(pair.symbol, at_ms, None, None, None, None, None, None)
        quotes[pair.symbol] = PairQuote(ticker, _touch(perp), _touch(spot))
    return LiveView(at_ms, picture, quotes, at_ms)


def _touch(price: Decimal | None) -> Touch | None:
    return None if price is None else Touch(price, price)
