"""A portfolio before a market of any width, all in memory: what one decision costs, without store and venue."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal

import numpy as np

from fundarb.domain.instants import DAY, HOUR
from fundarb.domain.instrument import LotRule, Pair
from fundarb.domain.ledger import LedgerLine
from fundarb.engine.agreement import Tell
from fundarb.engine.trading.desk import Desk, TradingExecutor
from fundarb.engine.trading.live_view import LiveView
from fundarb.engine.trading.picture import Picture, picture_of
from fundarb.ports.executor import Approved, Ledger
from fundarb.ports.feed import View
from fundarb.ports.quotes import PairQuote, Touch
from fundarb.ports.venue import Ticker
from fundarb.signals.assembly import assemble, candle_rows, settlement_rows
from fundarb.signals.panel import CandleColumns, Panel, SettlementColumns
from fundarb.strategy.params import Mode
from tests.engine.running import setup_of
from tests.fakes.journal import MemoryJournal
from tests.parity.paper import OpenMarket, desk_of

BEGIN_MS = 1_767_225_600_000  # 2026-01-01
HISTORY_DAYS, CANDLE_DAYS = 125, 32  # what trading keeps in memory: the reach of composite, and that of volume
LOTS = LotRule(Decimal("0.001"), Decimal("0.001"), Decimal(5))
GENEROUS = {"strategy.composite.enter": "0.5", "strategy.composite.exit": "0.2", "strategy.simple.entry": "0.0002"}


@dataclass(slots=True)
class MadeDesk:
    """A desk, and looks at the market it stands before."""

    desk: Desk
    market: OpenMarket
    picture: Picture
    universe: tuple[str, ...]
    asked_at: list[float] = field(default_factory=list)

    def view(self, later_ms: int, *, settled: bool) -> LiveView:
        """A look some time after the last settlement, with fresh tickers of every pair."""
        at_ms, boundary_ms = self.picture.panel.until_ms + later_ms, self.picture.panel.until_ms
        quotes = {symbol: _quote(symbol, at_ms) for symbol in self.universe}
        self.market.quotes = quotes
        return LiveView(at_ms, self.picture, quotes, boundary_ms if settled else None)

    def listen(self) -> None:
        """Note when each entry is asked for."""
        terms = self.desk.terms

        def executor(lines: Iterable[LedgerLine], previous_ms: int, tell: Tell) -> TradingExecutor:
            made = terms.executor(lines, previous_ms, tell)
            enter = made.enter

            async def noted(view: View, ledger: Ledger, approved: Approved) -> bool:
                self.asked_at.append(time.perf_counter())
                return await enter(view, ledger, approved)

            made.enter = noted  # type: ignore[method-assign]  # the benchmark listens where the executor begins
            return made

        self.desk.terms = replace(terms, executor=executor)


async def made_desk(pairs: int, mode: Mode, days: int = HISTORY_DAYS) -> MadeDesk:
    """A portfolio that was never decided on, before a market that has just settled, with so many days of rates."""
    panel = made_panel(pairs, days)
    market = OpenMarket()
    desk = await desk_of(MemoryJournal(), market, setup_of(GENEROUS, panel.pairs), mode)
    universe = tuple(pair.symbol for pair in panel.pairs)
    made = MadeDesk(desk, market, picture_of(panel, spot_from_perp=False), universe)
    made.listen()
    return made


def made_panel(pairs: int, days: int = HISTORY_DAYS) -> Panel:
    """Rates that come back to a mean of their own, and hourly walks of both legs."""
    random, until_ms = np.random.default_rng(11), BEGIN_MS + HISTORY_DAYS * DAY
    names = [f"M{number:03}" for number in range(pairs)]
    legs = [[_candles(random, until_ms) for _ in names] for _ in ("perp", "spot")]
    return assemble(
        [Pair(f"{name}/USDT:USDT", f"{name}/USDT", Decimal(1), LOTS, LOTS) for name in names],
        settlement_rows([_settlements(random, until_ms, days) for _ in names], until_ms),
        perp=candle_rows(legs[0], until_ms),
        spot=candle_rows(legs[1], until_ms),
        mark=candle_rows([_candles(random, until_ms, days=0) for _ in names], until_ms),
        until_ms=until_ms,
    )


def _settlements(random: np.random.Generator, until_ms: int, days: int) -> SettlementColumns:
    stamps = np.arange(until_ms - days * DAY, until_ms + 1, 8 * HOUR, dtype=np.int64)
    rates = random.normal(random.normal(1e-4, 2e-4), 1e-4, len(stamps)).round(8)
    return SettlementColumns(stamps, rates)


def _candles(random: np.random.Generator, until_ms: int, days: int = CANDLE_DAYS) -> CandleColumns:
    opened = np.arange(until_ms - days * DAY, until_ms, HOUR, dtype=np.int64)
    walk = (100 * np.exp(np.cumsum(random.normal(0, 0.003, len(opened) + 1)))).round(3)
    first, last = walk[:-1], walk[1:]
    span = np.full(len(opened), HOUR, dtype=np.int64)
    high, low = np.maximum(first, last), np.minimum(first, last)
    return CandleColumns(opened, span, first, high, low, last, random.uniform(1e4, 9e4, len(opened)).round(1))


def _quote(symbol: str, at_ms: int) -> PairQuote:
    touch = Touch(Decimal("99.99"), Decimal("100.01"))
    due_ms = (at_ms // (8 * HOUR) + 1) * 8 * HOUR
    ticker = Ticker(symbol, at_ms, Decimal("0.0001"), due_ms, 8 * HOUR, Decimal(100), Decimal(10**6), Decimal(10**7))
    return PairQuote(ticker, touch, touch)
