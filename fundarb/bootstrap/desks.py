"""Portfolios at work: what a desk begins with, thinks by, is bound and watched by; and the executor that the mode means."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial

from fundarb.accounting.fees import round_trip_bp
from fundarb.accounting.lines import deposit_line
from fundarb.bootstrap.live import Live
from fundarb.bootstrap.portfolios import PARAMS
from fundarb.bootstrap.setup import setup_of
from fundarb.config.settings import Settings
from fundarb.domain.instants import LATEST
from fundarb.domain.ledger import LedgerLine
from fundarb.domain.market import Span
from fundarb.domain.money import ZERO
from fundarb.engine.agreement import Agreement, Tell
from fundarb.engine.cycle import CycleRules
from fundarb.engine.glance import Glance
from fundarb.engine.journal_ledger import JournalLedger
from fundarb.engine.live import LiveExecutor, LiveRules
from fundarb.engine.opening import opening_of
from fundarb.engine.orders.desk import UNSETTLED
from fundarb.engine.paper import PaperExecutor, PaperRules
from fundarb.engine.topping import PostedMargin
from fundarb.engine.trading.danger import Danger
from fundarb.engine.trading.desk import Desk, DeskTerms, Score
from fundarb.engine.trading.remembering import remembered
from fundarb.engine.trading.sentry import Sentry
from fundarb.engine.trading.thinking import Memory, Prices, Thinking
from fundarb.ports.journal import Journal
from fundarb.ports.quotes import VenueQuotes
from fundarb.ports.venue import VenueData
from fundarb.research.rules import Setup, charge_bp, costs_by_pair, cycle_rules, margin_terms, simulation_rules
from fundarb.risk.losses import LossLimits
from fundarb.signals.panel import Panel
from fundarb.strategy.params import Mode

_BPS = Decimal("0.0001")
Bound = Callable[[Panel, int, Score, bool], CycleRules]


async def desk_of(journal: Journal, settings: Settings, mode: Mode, ledger: JournalLedger, terms: DeskTerms) -> Desk:
    """A portfolio as its ledger and its events left it."""
    setup, name = setup_of(settings), ledger.portfolio

    async def recall(what: str) -> str | None:
        return await journal.recall(name, what)

    async def remember(what: str, value: str) -> None:
        await journal.remember(name, what, value)

    memory = Memory(recall, remember)
    prices = Prices(float(round_trip_bp(costs_by_pair(setup.costs)(""))), charge_bp(setup))
    past = remembered(await journal.events(name, Span(0, LATEST)))
    await journal.remember(name, PARAMS, json.dumps(setup.flat))
    return Desk(
        name=name,
        terms=terms,
        thinking=Thinking(mode, setup.strategy, prices, memory),
        ledger=ledger,
        past=past,
        sentry=sentry_of(name, journal, memory, settings, setup),
        pending=frozenset(order.symbol for order in await journal.orders(name, UNSETTLED)),
    )


def sentry_of(name: str, journal: Journal, memory: Memory, settings: Settings, setup: Setup) -> Sentry:
    """The stops of the configuration, watching one portfolio."""
    trade, rules = settings.trade, simulation_rules(setup)
    danger = Danger(trade.flatten_margin, rules.margin, rules.mmr, rules.costs, rules.tiers)
    return Sentry(name, journal, memory, LossLimits(trade.drawdown_stop, trade.daily_loss), danger)


def paper_terms(settings: Settings, mode: Mode, venue: VenueData, quotes: VenueQuotes) -> DeskTerms:
    """Paper begins with `capital` and fills in live order books."""
    setup, market = setup_of(settings), _PaperMarket(venue, quotes)
    rules = PaperRules(simulation_rules(setup), settings.trade.max_spread_bps, settings.fetch.interval)

    def executor(lines: Iterable[LedgerLine], previous_ms: int, tell: Tell) -> PaperExecutor:
        return PaperExecutor(market, rules, lines, previous_ms)

    async def opening(at_ms: int) -> LedgerLine:
        return deposit_line(at_ms, setup.capital)

    return DeskTerms(opening, margin_terms(setup.margin), _bound(setup, mode), executor)


def live_terms(live: Live, mode: Mode, *, starting: bool) -> DeskTerms:
    """Live begins with the venue's wallet and places orders; what is not in the journal stops it when it is starting."""
    settings, account, setup, name = live.settings, live.account, setup_of(live.settings), live.ledger.portfolio
    spread = settings.trade.max_spread_bps
    rules = LiveRules(setup.margin.leverage, setup.margin.guard or ZERO, None if spread is None else spread * _BPS)
    glance = Glance(account.trading, live.desk, account.clock, live.healer.excluded)

    def executor(lines: Iterable[LedgerLine], previous_ms: int, tell: Tell) -> LiveExecutor:
        agreement = Agreement(live.healer, glance, account.clock, settings.trade.reconcile_every, tell)
        posted = PostedMargin(partial(live.journal.recall, name), partial(live.journal.remember, name))
        venue, orders = account.trading, account.orders
        return LiveExecutor(venue, live.hedger, agreement, live.pairs, rules, orders, starting=starting, posted=posted)

    async def opening(at_ms: int) -> LedgerLine:
        return await opening_of(account.trading, at_ms)

    return DeskTerms(opening, margin_terms(setup.margin), _bound(setup, mode), executor)


def _bound(setup: Setup, mode: Mode) -> Bound:
    """What the cycle is bound by, as of a panel."""

    def bound(panel: Panel, from_ms: int, score: Score, sticky: bool) -> CycleRules:
        return cycle_rules(setup, panel, mode, from_ms, score, sticky=sticky)

    return bound


class _PaperMarket:
    """What paper asks of a venue, from its two faces."""

    def __init__(self, venue: VenueData, quotes: VenueQuotes) -> None:
        self.candle_page, self.depth = venue.candle_page, quotes.depth
