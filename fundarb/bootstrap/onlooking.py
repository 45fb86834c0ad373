"""What another process sees of trading: the scene a running trader shows, else what the journal remembers of portfolios.

Only read: a connection that can change nothing, for as long as a look takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from fundarb.accounting.book import Book
from fundarb.accounting.valuation import Mark, margin_of, marked, totals
from fundarb.adapters import scene_file
from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.adapters.sqlite.locks import Holder, holder
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.bootstrap.setup import setup_of
from fundarb.bootstrap.watching import HEARTBEAT, halted_words, venue_words
from fundarb.config import Resolved
from fundarb.domain.instants import DAY, HOUR, LATEST
from fundarb.domain.market import Span
from fundarb.domain.money import ONE
from fundarb.engine.trading.remembering import remembered
from fundarb.ports.journal import Event, Halt, Journal
from fundarb.ports.market import MarketReader
from fundarb.reporting.held import held_by
from fundarb.reporting.scene import Health, Scene, SeenPortfolio, SeenPosition
from fundarb.reporting.scene_document import read_scene
from fundarb.research.rules import margin_terms
from fundarb.risk.delta import net_delta

SHOWN_EVENTS = 100
_WINDOWS = (HOUR, 6 * HOUR, DAY, 30 * DAY)  # a busy day is not read at every look


@dataclass(frozen=True, slots=True)
class Look:
    """The scene, whether it is a running trader's own and of now, who holds the trade lock, and the newest events."""

    scene: Scene
    live: bool
    trader: Holder | None
    halt: Halt | None
    events: Sequence[Event]


@dataclass(slots=True)
class Onlooker:
    """Looks at one database, as often as it is asked."""

    database: Path
    resolve: Callable[[], Resolved]
    now_ms: Callable[[], int]
    _known: tuple[object, list[SeenPortfolio]] = field(default=((), []))

    async def look(self) -> Look:
        """All there is to see now."""
        trader = holder(self.database, "trade")
        shown = None if trader is None else self._shown(trader)
        async with open_store(self.database, "read") as connection:
            journal = SqliteJournal(connection)
            beat_ms, halt = await journal.heartbeat(HEARTBEAT), await journal.halt()
            now_ms = max(self.now_ms(), beat_ms or 0) if shown is None else max(self.now_ms(), shown.health.now_ms)
            events = await _newest(journal, now_ms)
            if shown is None:
                reader = SqliteMarketReader(connection)
                scene = await self._remembered(journal, reader, now_ms, (beat_ms, events[-1:]))
            else:
                scene = shown
        health = replace(scene.health, now_ms=now_ms, beat_ms=beat_ms, halted=halted_words(halt))
        return Look(replace(scene, health=health), shown is not None, trader, halt, events)

    def _shown(self, trader: Holder) -> Scene | None:
        """What that process shows; None while it shows nothing yet, or another version's."""
        text = scene_file.shown_by(self.database, trader.pid)
        try:
            return None if text is None else read_scene(text)
        except (ValueError, KeyError, TypeError, ArithmeticError):
            return None

    async def _remembered(self, journal: Journal, reader: MarketReader, now_ms: int, newest: object) -> Scene:
        """The portfolios as their last cycles left them, put together anew only after something happened."""
        resolved = self.resolve()
        if self._known[0] != newest:
            sizes = {pair.symbol: pair.multiplier for pair in await reader.pairs(LATEST)}
            names = await held_by(journal)
            self._known = (newest, [await _portfolio(journal, name, resolved, sizes) for name in names])
        health = Health(now_ms, resolved.settings.trade.poll)
        return Scene(self._known[1], (), 0, health, venue_words(resolved.settings))


async def _newest(journal: Journal, now_ms: int) -> Sequence[Event]:
    """The last events, oldest first, from the shortest window that holds enough of them."""
    found: Sequence[Event] = ()
    for window_ms in _WINDOWS:
        found = await journal.events(None, Span(max(0, now_ms - window_ms), LATEST))
        if len(found) >= SHOWN_EVENTS:
            break
    return found[-SHOWN_EVENTS:]


async def _portfolio(journal: Journal, name: str, resolved: Resolved, sizes: Mapping[str, Decimal]) -> SeenPortfolio:
    """Valued at the marks of its last cycle; what was opened since, at what it was entered at."""
    book = Book()
    book.apply_all(await journal.ledger(name))
    past = remembered(await journal.events(name, Span(0, LATEST)))
    marks = {pair: past.marks.get(pair, Mark(held.fair_spot, held.fair_perp)) for pair, held in book.positions.items()}
    split = totals(book, marks, past.dust)
    return SeenPortfolio(
        name=name,
        mode=past.mode or "",
        equity=book.contributed + split.net,
        contributed=book.contributed,
        cash=book.cash,
        split=split,
        positions=_positions(book, marks, resolved, sizes),
    )


def _positions(
    book: Book, marks: Mapping[str, Mark], resolved: Resolved, sizes: Mapping[str, Decimal]
) -> list[SeenPosition]:
    """What is not known without a look at the venue stays empty. `sizes` are base units in one unit of a perp."""
    terms = margin_terms(setup_of(resolved.settings).margin)
    return [
        SeenPosition(
            pair=held.pair,
            opened_ms=held.opened_ms,
            spot=held.spot,
            perp=-held.qty,
            delta=net_delta(held.spot, held.qty, sizes.get(held.pair, ONE)),
            value=held.qty * marks[held.pair].perp,
            margin=margin_of(held, terms),
            room=None,
            next_ms=None,
            rate=None,
            expected=None,
            split=marked(held, marks[held.pair]),
        )
        for held in book.in_order()
    ]
