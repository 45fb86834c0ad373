"""The store as trading uses it: brought up to date before anything is decided, read as a trailing panel, and added to by
what is seen, thinned, so that what was traded on can be backtested."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field

from fundarb.domain.instants import DAY, LATEST, MINUTE
from fundarb.domain.instrument import Kind, Pair
from fundarb.domain.naming import resolve_pairs
from fundarb.engine.collect.choosing import Wish
from fundarb.engine.collect.order import Order
from fundarb.engine.collect.run import Collector
from fundarb.engine.collect.shelf import Shelf
from fundarb.engine.collect.tickers import store_tickers
from fundarb.engine.trading.picture import Picture, picture_of
from fundarb.errors import DataError, UnknownPair
from fundarb.ports.market import MarketReader, MarketWriter
from fundarb.ports.quotes import PairQuote
from fundarb.ports.venue import VenueData
from fundarb.signals.lookback import Reach
from fundarb.signals.panel import Panel

KINDS = (Kind.FUNDING, Kind.SPOT, Kind.PERP, Kind.MARK)
SEEN_EVERY = 15 * MINUTE  # of a pair at most one ticker so often is kept
SEEN_FOR = 180 * DAY  # and for so long; 30 pairs make 50 MB of it
_NOTHING = (
    "no pair to trade: none that is stored or named is listed with a spot market; "
    "`fundarb fetch --top 30` brings some, or name them in universe.pairs"
)
Load = Callable[[MarketReader, Sequence[str], int, Reach], Awaitable[Panel]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which pairs are traded (none named: the stored universe), which never, and how candles are kept."""

    names: Sequence[str]
    exclude: Sequence[str]
    interval_ms: int
    concurrency: int
    spot_from_perp: bool


@dataclass(frozen=True, slots=True)
class Stock:
    """What trading stands on: a picture of now, the pairs that may be entered, and those about to leave the venue."""

    picture: Picture
    universe: tuple[str, ...]
    leaving: frozenset[str]

    @property
    def symbols(self) -> tuple[str, ...]:
        """Every pair that is looked at: the universe, and what is held beside it."""
        return tuple(pair.symbol for pair in self.picture.panel.pairs)


@dataclass(slots=True)
class Archive:
    """One venue's data in one store."""

    reader: MarketReader
    writer: MarketWriter
    venue: VenueData
    load: Load
    wanted: Wanted
    note: Callable[[str], None]
    _shelf: Shelf = field(init=False)
    _collected: frozenset[str] = frozenset()
    _seen_ms: int = 0
    _forgot_ms: int = 0

    def __post_init__(self) -> None:
        self._shelf = Shelf(self.reader, self.writer)

    async def restock(self, now_ms: int, held: Collection[str], reach: Reach, *, anything_open: bool = False) -> Stock:
        """Bring the store up to date and look at it. A VenueError means that nothing may be decided on it. With nothing to
        enter it goes on for as long as there is something to leave."""
        names = await self._names(held)
        back_ms = reach.span_ms + 2 * DAY  # for what the oldest row in reach hangs on, and the volume of a day
        order = Order(KINDS, self.wanted.interval_ms, now_ms, back_ms, concurrency=self.wanted.concurrency)
        collector = Collector(self.reader, self.writer, self.venue, order, _silently, self.note)
        report = await collector.run(lambda pairs: Wish(names, None, False, _excluded(self.wanted, pairs, held)))
        if report.stopped is not None:
            raise report.stopped
        self._collected = frozenset(one.stream.symbol for one in report.streams)
        universe = await self._universe(self.wanted, now_ms)
        if not universe and not anything_open:
            raise DataError(_NOTHING)
        panel = await self.load(self.reader, sorted({*universe, *held}), now_ms, reach)
        failed = frozenset(stream.symbol for stream in report.failures)
        picture = picture_of(panel, spot_from_perp=self.wanted.spot_from_perp, doubtful=failed)
        listed = await self.venue.listings()
        leaving = [one.pair.symbol for one in listed if one.leaves_ms is not None or one.ending]
        return Stock(picture, universe, frozenset(leaving))

    async def require(self, wanted: Wanted, now_ms: int) -> None:
        """Refuse what the next look could not bring: UnknownPair."""
        if not await self._universe(wanted, now_ms):
            raise UnknownPair(_NOTHING)

    async def record(self, quotes: Sequence[PairQuote], now_ms: int) -> None:
        """Keep what tickers say, if it is time, and forget once a day what was kept for long enough."""
        if now_ms - self._seen_ms < SEEN_EVERY or not quotes:
            return
        tickers = [quote.ticker for quote in quotes]
        symbols = sorted({one.symbol for one in tickers})
        await store_tickers(self._shelf, tickers, symbols)
        self._seen_ms = now_ms
        if now_ms - self._forgot_ms >= DAY:
            await self._forget(symbols, now_ms - SEEN_FOR)
            self._forgot_ms = now_ms

    async def _forget(self, symbols: Sequence[str], before_ms: int) -> None:
        """Settlements and candles stay: they are the history that anything is decided on."""
        async with self._shelf.transaction() as writer:
            await writer.forget_predicted(symbols, before_ms)
            await writer.prune(symbols, (Kind.SNAPSHOT,), before_ms, dry_run=False)

    async def _names(self, held: Collection[str]) -> list[str]:
        """What is collected: the pairs named or stored as the universe, with those held; nothing lets the venue choose."""
        universe, _ = await self.reader.universe()
        names = list(self.wanted.names) or list(universe)
        return [*names, *held] if names else []

    async def _universe(self, wanted: Wanted, now_ms: int) -> tuple[str, ...]:
        """The pairs that may be entered: those meant that are listed, have a spot market and are not excluded."""
        pairs = await self.reader.pairs(LATEST)
        stored, _ = await self.reader.universe()
        meant = set(resolve_pairs(wanted.names, pairs) or stored or self._collected)
        meant -= set(resolve_pairs(wanted.exclude, pairs))
        return tuple(pair.symbol for pair in pairs if pair.symbol in meant and _open(pair, now_ms))


def _excluded(wanted: Wanted, pairs: Sequence[Pair], held: Collection[str]) -> tuple[str, ...]:
    """What is held is kept up to date whatever is excluded: it still is paid, and has to be left."""
    return tuple(symbol for symbol in resolve_pairs(wanted.exclude, pairs) if symbol not in held)


def _open(pair: Pair, now_ms: int) -> bool:
    return pair.spot is not None and pair.listed(now_ms)


def _silently(what: str, done: int, total: int | None, unit: str) -> None:
    """Nobody watches."""
