"""`fetch`: the store under its lock, the venue and its clock, and what was asked for in terms of the engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fundarb.bootstrap.stores import Market, open_collecting
from fundarb.bootstrap.venue import listings_file, open_clock, open_venue
from fundarb.config import Resolved
from fundarb.config.settings import Settings
from fundarb.domain.instants import DAY, LATEST
from fundarb.domain.instrument import Kind, Pair
from fundarb.domain.market import Span
from fundarb.domain.naming import parse_kinds, resolve_pairs
from fundarb.domain.when import parse_when
from fundarb.engine.collect.asking import Asker, Progress
from fundarb.engine.collect.checking import Checker, CheckOrder, CheckReport
from fundarb.engine.collect.choosing import Wish
from fundarb.engine.collect.order import Order
from fundarb.engine.collect.present import present_ms
from fundarb.engine.collect.report import FetchReport
from fundarb.engine.collect.run import Collector
from fundarb.engine.collect.shelf import Shelf
from fundarb.engine.collect.survey import look
from fundarb.errors import DataError, UsageError, VenueUnreadable
from fundarb.ports.venue import VenueData


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks: pairs as typed, the range as typed, and whether `--days` was."""

    names: Sequence[str] = ()
    top: int | None = None
    everything: bool = False
    since: str | None = None
    until: str | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Telling:
    """Where words and progress go."""

    note: Callable[[str], None]
    progress: Progress


@dataclass(frozen=True, slots=True)
class _Open:
    market: Market
    venue: VenueData
    now_ms: int


async def fetch(database: Path, resolved: Resolved, asked: Asked, telling: Telling) -> tuple[FetchReport, int]:
    """Bring the store up to date; the report, and the venue's time it is of."""
    async with _opened(database, resolved.settings, telling, create=True) as opened:
        order = _order(resolved.settings, asked, opened.now_ms)

        def wish_of(pairs: Sequence[Pair]) -> Wish:
            universe = resolved.canonical(pairs).universe
            by_turnover = asked.everything or asked.top is not None
            names = asked.names or (() if by_turnover else universe.pairs)
            return Wish(names, asked.top, asked.everything, universe.exclude)

        market = opened.market
        collector = Collector(market.reader, market.writer, opened.venue, order, telling.progress, telling.note)
        try:
            return await collector.run(wish_of), opened.now_ms
        except VenueUnreadable:  # a list that is not believed is not kept for the day
            listings_file(database, resolved.settings.venue.id).unlink(missing_ok=True)
            raise


async def check(
    database: Path, resolved: Resolved, asked: Asked, telling: Telling, *, repair: bool
) -> tuple[CheckReport, int]:
    """Compare a sample of what is stored with the venue; the report, and the seed of the sample."""
    async with _opened(database, resolved.settings, telling, create=False) as opened:
        reader, settings = opened.market.reader, resolved.settings
        survey = await look(reader)
        pairs = await reader.pairs(LATEST)
        universe = resolved.canonical(pairs).universe
        symbols = resolve_pairs(asked.names or universe.pairs, pairs) or tuple(survey.symbols())
        seed = opened.now_ms // DAY
        order = CheckOrder(
            symbols=[symbol for symbol in symbols if symbol not in universe.exclude],
            kinds=_kinds(settings),
            span=_checked_span(settings, asked, opened.now_ms),
            seed=seed,
            repair=repair,
            concurrency=settings.fetch.concurrency,
        )
        asker = Asker(opened.venue, telling.progress)
        report = await Checker(reader, Shelf(reader, opened.market.writer), asker, order).run(survey)
        if not report.streams:
            raise DataError(
                "nothing of what was asked for is stored, so there is nothing to check; run `fundarb fetch`"
            )
        return report, seed


@asynccontextmanager
async def _opened(database: Path, settings: Settings, telling: Telling, *, create: bool) -> AsyncIterator[_Open]:
    """The store first, since its lock may be taken; then the venue, by whose time everything goes."""
    async with (
        open_collecting(database, open_clock(settings), create=create) as (market, clock),
        open_venue(settings, clock, database=database) as venue,
    ):
        yield _Open(market, venue, await present_ms(venue, clock, telling.note))


def _order(settings: Settings, asked: Asked, now_ms: int) -> Order:
    fetch = settings.fetch
    until_ms = None if asked.until is None else parse_when(asked.until, now_ms)
    since_ms = None if asked.since is None else parse_when(asked.since, now_ms, until_ms)
    order = Order(_kinds(settings), fetch.interval, now_ms, fetch.days * DAY, since_ms, until_ms, fetch.concurrency)
    if asked.days is not None:
        order = Order(
            order.kinds, fetch.interval, now_ms, fetch.days * DAY, order.usual_start_ms, until_ms, fetch.concurrency
        )
    if order.usual_start_ms >= order.end_ms:
        raise UsageError("the range is empty: --since lies not before --until")
    return order


def _checked_span(settings: Settings, asked: Asked, now_ms: int) -> Span:
    """The range that was asked for; without one, all that is stored."""
    order = _order(settings, asked, now_ms)
    explicit = asked.since is not None or asked.days is not None
    return Span(order.usual_start_ms if explicit else 0, order.end_ms)


def _kinds(settings: Settings) -> tuple[Kind, ...]:
    return parse_kinds(",".join(settings.fetch.kinds))
