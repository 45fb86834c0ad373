"""Trading as a scene: what a trader holds and what it last saw, put together for whoever looks on.

Nothing is asked of a venue. The opportunity table is worked out once a picture, in a thread; all else at each drawing."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from fundarb.accounting.holding import Holding
from fundarb.accounting.valuation import Mark, margin_of, marked, totals
from fundarb.bootstrap.setup import setup_of
from fundarb.config.settings import Settings
from fundarb.domain.money import ONE, quotient12
from fundarb.engine.breaker import State
from fundarb.engine.trading.breakers import Breakers
from fundarb.engine.trading.desk import Desk
from fundarb.engine.trading.levels import Levels
from fundarb.engine.trading.live_view import LiveView
from fundarb.engine.trading.picture import Picture
from fundarb.engine.trading.trader import Trader
from fundarb.engine.trading.worth import mark_of
from fundarb.ports.journal import Halt
from fundarb.reporting.opportunities import Opportunity, opportunities
from fundarb.reporting.outlook import look
from fundarb.reporting.scene import Chance, Health, Scene, SeenPortfolio, SeenPosition
from fundarb.research.rules import Setup, charge_bp, costs_by_pair, simulation_rules
from fundarb.risk.delta import net_delta

if TYPE_CHECKING:
    from fundarb.bootstrap.trading import Trading

HEARTBEAT = "trade"
SHOWN_CHANCES = 100  # more than any terminal is high
SHOWN_SETTLEMENTS = 24  # of a pair, as a trend


@dataclass(slots=True)
class Watching:
    """Looks on at one trader."""

    trading: Trading
    _table: Sequence[Opportunity] = ()
    _of: tuple[Picture, Settings] | None = None
    _setup: tuple[Settings, Setup] | None = field(default=None, repr=False)

    @property
    def trader(self) -> Trader:
        """Whom it looks on at."""
        return self.trading.trader

    @property
    def at_work(self) -> bool:
        """Whether a step is in hand, which nothing is to be taken from."""
        return self.trader.feed.in_hand

    @property
    def seen(self) -> tuple[object, ...]:
        """What is other as soon as there is something else to see, ages apart."""
        view = self.trader.feed.latest
        return (None if view is None else view.at_ms, self.trader.feed.silent_since_ms, self.trader.feed.poll_ms)

    async def scene(self) -> Scene:
        """All there is to see now."""
        found, view = await self.held(), self.trader.feed.latest
        if view is None:
            return found
        await self._worked_out(view)
        held = self.trader.desks[0].held()
        best = [_chance(row, view, held) for row in self._table[:SHOWN_CHANCES]]
        return replace(found, chances=best, offered=len(self._table))

    async def held(self) -> Scene:
        """As `scene`, without what is on offer."""
        view = self.trader.feed.latest
        health = Health(
            now_ms=self.trader.now_ms(),
            poll_ms=self.trader.feed.poll_ms,
            looked_ms=None if view is None else view.at_ms,
            beat_ms=await self.trader.journal.heartbeat(HEARTBEAT),
            silent_since_ms=self.trader.feed.silent_since_ms,
            halted=halted_words(await self.trader.journal.halt()),
            breaker=_tripped(self.trader.breakers),
        )
        where = venue_words(self.trading.settings)
        if view is None:
            return Scene((), (), 0, health, where)
        levels = Levels(simulation_rules(self._terms()))
        return Scene([_portfolio(desk, view, levels) for desk in self.trader.desks], (), 0, health, where)

    def _terms(self) -> Setup:
        """By the settings in force, made once for each."""
        settings = self.trading.settings
        if self._setup is None or self._setup[0] is not settings:
            self._setup = settings, setup_of(settings)
        return self._setup[1]

    async def _worked_out(self, view: LiveView) -> None:
        """The opportunity table of this picture and these settings, as the first portfolio's mode sees it."""
        picture, desk, setup, settings = view.picture, self.trader.desks[0], self._terms(), self.trading.settings
        if self._of is not None and self._of[0] is picture and self._of[1] is settings:
            return
        params = await desk.thinking.in_force(view.at_ms)
        outlook = await asyncio.to_thread(
            look,
            picture.panel,
            desk.mode,
            params,
            costs_by_pair(setup.costs),
            charge_bp(setup),
            stand_ins=picture.market.stand_ins,
            held=desk.held(),
        )
        table = await asyncio.to_thread(opportunities, outlook)
        self._of, self._table = (picture, settings), table


def _portfolio(desk: Desk, view: LiveView, levels: Levels) -> SeenPortfolio:
    book = desk.ledger.book
    marks = {pair: mark_of(view, held) for pair, held in book.positions.items()}
    split = totals(book, marks, view.dust_worth(book))
    return SeenPortfolio(
        name=desk.name,
        mode=desk.mode,
        equity=book.contributed + split.net,
        contributed=book.contributed,
        cash=book.cash,
        split=split,
        positions=[_position(desk, view, held, marks[held.pair], levels) for held in book.in_order()],
    )


def _position(desk: Desk, view: LiveView, held: Holding, mark: Mark, levels: Levels) -> SeenPosition:
    quote = view.quote(held.pair)
    ticker = None if quote is None else quote.ticker
    rate = None if ticker is None else ticker.predicted_rate
    price = mark.perp if ticker is None or ticker.mark is None else ticker.mark
    level = levels.level(view, desk.ledger.book, held) if held.qty else None
    return SeenPosition(
        pair=held.pair,
        opened_ms=held.opened_ms,
        spot=held.spot,
        perp=-held.qty,
        delta=net_delta(held.spot, held.qty, view.pair(held.pair).multiplier),
        value=held.qty * price,
        margin=margin_of(held, desk.terms.margin),
        room=None if level is None or not price else quotient12(level, price) - ONE,
        next_ms=None if ticker is None else ticker.next_settlement_ms,
        rate=rate,
        expected=None if rate is None else held.qty * price * rate,
        split=marked(held, mark),
    )


def _chance(row: Opportunity, view: LiveView, held: Collection[str]) -> Chance:
    """A row of the table as of its settlement; what is held is what is held now."""
    quote, settled = view.quote(row.pair), view.picture.panel.settlements
    rates = settled.rate[settled.rows(view.market(row.pair).index)]
    return Chance(
        row=replace(row, held=row.pair in held),
        predicted=None if quote is None else quote.ticker.predicted_rate,
        next_ms=None if quote is None else quote.ticker.next_settlement_ms,
        settled=[float(rate) for rate in rates[-SHOWN_SETTLEMENTS:]],
    )


def _tripped(breakers: Breakers) -> str | None:
    """The breakers that are not closed, and what opened them."""
    found = [f"{name} {one.state}: {one.why}" for name, one in breakers.each.items() if one.state is not State.CLOSED]
    return "; ".join(found) or None


def venue_words(settings: Settings) -> str:
    """Which venue, in a few words."""
    venue = settings.venue
    return f"{venue.id} {venue.environment}" if venue.url is None else f"{venue.id} at {venue.url}"


def halted_words(halt: Halt | None) -> str | None:
    """What stops entries, in a few words."""
    if halt is None:
        return None
    of = f" of {', '.join(pair.partition('/')[0] for pair in halt.pairs)}" if halt.pairs else ""
    return f"{of.strip()} {halt.reason}".strip()
