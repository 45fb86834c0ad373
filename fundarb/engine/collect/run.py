"""One run: register, choose, plan, ask with several requests in flight, prove, report. A page that is finished is stored, so
whatever ends a run loses nothing, and the next one continues where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from fundarb.domain.instants import HOUR, LATEST
from fundarb.domain.instrument import Kind, Pair
from fundarb.domain.market import Span
from fundarb.engine.collect.asking import Asker, Progress
from fundarb.engine.collect.choosing import Choice, Offer, Wish, choose
from fundarb.engine.collect.grid import fill
from fundarb.engine.collect.offered import Offered, offered, out_of_reach, within_stored
from fundarb.engine.collect.order import Order, require_offered, streams_of
from fundarb.engine.collect.plan import Task, expected_requests, missing
from fundarb.engine.collect.registry import merge, store_register
from fundarb.engine.collect.report import FetchReport, StreamReport
from fundarb.engine.collect.settlements import Walk
from fundarb.engine.collect.shelf import Shelf
from fundarb.engine.collect.spans import windows
from fundarb.engine.collect.streams import Stream, wanted
from fundarb.engine.collect.summing import snapshot_rows, sum_up
from fundarb.engine.collect.survey import Survey, look
from fundarb.engine.collect.tally import Tally
from fundarb.engine.collect.tickers import last_due, store_tickers
from fundarb.engine.collect.workers import Job, Workers
from fundarb.errors import VenueError
from fundarb.ports.market import MarketReader, MarketWriter
from fundarb.ports.venue import Listed, Ticker, VenueData

WishOf = Callable[[Sequence[Pair]], Wish]
_USUAL_INTERVAL = 8 * HOUR
_PATIENCE = 4  # failures in a row, beyond those that are in flight together


@dataclass(slots=True)
class Collector:
    """One run over one venue and one store."""

    reader: MarketReader
    writer: MarketWriter
    venue: VenueData
    order: Order
    progress: Progress
    note: Callable[[str], None]
    _shelf: Shelf = field(init=False)
    _asker: Asker = field(init=False)
    _tallies: dict[Stream, Tally] = field(default_factory=dict)
    _intervals: dict[str, int] = field(default_factory=dict)
    _last_due: dict[str, int] = field(default_factory=dict)
    _failures: dict[Stream, VenueError] = field(default_factory=dict)
    _offered: Offered = field(init=False)
    _no_tickers: VenueError | None = None

    def __post_init__(self) -> None:
        self._shelf = Shelf(self.reader, self.writer)
        self._asker = Asker(self.venue, self.progress)

    async def run(self, wish_of: WishOf) -> FetchReport:
        """Bring the store up to date; a VenueError here means that not even the list of instruments came."""
        require_offered(self.order, self.venue.rules)
        first = self.venue.requests
        pairs, listed = await self._register()
        survey = await look(self.reader)
        choice, snapshots = await self._choose(wish_of(pairs), pairs, listed, survey)
        chosen = [pair for pair in pairs if pair.symbol in set(choice.symbols)]
        tasks = await self._plan(chosen, survey)
        stopped = await self._work(tasks)
        streams = await sum_up(await look(self.reader), tasks, self._tallies, self.order.now_ms)
        failures = {stream: tally.failure for stream, tally in self._tallies.items() if tally.failure} | self._failures
        return FetchReport(
            streams=tuple(_in_order([*streams, *snapshots])),
            requests=self.venue.requests - first,
            universe=choice.words,
            failures=failures,
            stopped=stopped,
        )

    async def _register(self) -> tuple[tuple[Pair, ...], Sequence[Listed]]:
        """The register brought up to date."""
        now_ms = self.order.now_ms
        listed = await self.venue.listings()
        register = merge(await self.reader.pairs(LATEST), listed, now_ms)
        async with self._shelf.transaction() as writer:
            await store_register(writer, register, listed, now_ms)
        for symbol in register.vanished:
            self.note(f"{symbol} is not listed any more: kept as gone since now")
        self._intervals = {one.pair.symbol: one.interval_ms for one in listed if one.interval_ms}
        self._offered = offered(listed)
        return register.pairs, listed

    async def _choose(
        self, wish: Wish, pairs: Sequence[Pair], listed: Sequence[Listed], survey: Survey
    ) -> tuple[Choice, list[StreamReport]]:
        """The pairs of this run, and what their tickers say."""
        tickers = await self._tickers()
        self._last_due = {one.symbol: due for one in tickers if (due := last_due(one)) is not None}
        universe, _ = await self.reader.universe()
        offer = Offer(pairs, listed, tickers, sorted({*survey.symbols(), *universe}))
        span = Span(min(self.order.usual_start_ms, self.order.end_ms), self.order.end_ms)
        if self._no_tickers is not None and wish.by_turnover(offer.stored):
            raise self._no_tickers
        choice = choose(wish, offer, span, self.order.now_ms)
        if choice.stores_universe:
            async with self._shelf.transaction() as writer:
                await writer.put_universe(choice.symbols, choice.chosen_ms)
            self.note(f"chosen: {choice.words}")
        if Kind.SNAPSHOT not in self.order.kinds:
            return choice, []
        if self._no_tickers is not None:
            self._failures[Stream("all pairs", Kind.SNAPSHOT, 0)] = self._no_tickers
            return choice, []
        seen = await store_tickers(self._shelf, tickers, choice.symbols)
        trading = {one.pair.symbol for one in listed if one.trading}
        unseen = [symbol for symbol in choice.symbols if symbol in trading and symbol not in seen]
        return choice, snapshot_rows(seen, unseen, self.order.now_ms)

    async def _tickers(self) -> Sequence[Ticker]:
        """All tickers; history is brought without them, too, and the report says that they lack."""
        try:
            return await self.venue.tickers()
        except VenueError as error:
            self._no_tickers = error
            return ()

    async def _plan(self, pairs: Sequence[Pair], survey: Survey) -> list[Task]:
        """What is missing of every stream."""
        found: list[Task] = []
        for pair in pairs:
            for stream in streams_of(pair, self.order, self.venue.rules):
                stored = await survey.stored(stream)
                due = wanted(stream, pair, self.order.span(stored), self.order.now_ms)
                due_ms = self._last_due.get(pair.symbol) if stream.kind is Kind.FUNDING else None
                found.append(Task(due, missing(due, stored, self.order.now_ms, due_ms), stored, due_ms))
        unasked = [task.stream for task in found if task.missing and not self._offered.has(task.stream)]
        if Kind.SPOT in self.order.kinds:
            unasked += [Stream(pair.symbol, Kind.SPOT, self.order.interval_ms) for pair in pairs if pair.spot is None]
        for words in out_of_reach(unasked):
            self.note(words)
        found = [task if self._offered.has(task.stream) else _unaskable(task) for task in found]
        self._tallies = {task.stream: Tally(task.wanted) for task in found}
        return found

    async def _work(self, tasks: Sequence[Task]) -> VenueError | None:
        """Ask for all of it; what failed is planned and tried once more. Why asking was given up, if it was."""
        count = self.order.concurrency
        for task in tasks:
            interval_ms = self._intervals.get(task.stream.symbol)
            self._asker.expect(expected_requests(task.stream, task.missing, self.venue.rules, interval_ms))
        workers = Workers(count, count + _PATIENCE)
        await workers.run(self._jobs(tasks))
        failed = [task for task in tasks if self._tallies[task.stream].failure is not None]
        if failed and workers.stopped is None:
            again = await self._replan(failed)
            await workers.run(self._jobs(again))
        return workers.stopped

    async def _replan(self, failed: Sequence[Task]) -> list[Task]:
        """What failed streams still lack."""
        survey, found = await look(self.reader), []
        for task in failed:
            stored = await survey.stored(task.stream)
            self._tallies[task.stream].failure = None
            found.append(Task(task.wanted, missing(task.wanted, stored, self.order.now_ms), stored, task.due_ms))
        return found

    def _jobs(self, tasks: Sequence[Task]) -> Iterator[Job]:
        """Walks and pages, made when their turn comes."""
        now_ms, rules = self.order.now_ms, self.venue.rules
        for task in tasks:
            tally = self._tallies[task.stream]
            for span in reversed(task.missing):
                if task.stream.kind is Kind.FUNDING:
                    interval_ms = self._intervals.get(task.stream.symbol, _USUAL_INTERVAL)
                    walk = Walk(self._asker, self._shelf, task, tally, interval_ms, now_ms)
                    yield Job(tally, partial(walk.complete, span))
                    continue
                for page in windows(span, task.stream.span_ms, task.stream.page_rows(rules)):
                    yield Job(tally, partial(fill, self._asker, self._shelf, task, page, tally, now_ms))


def _unaskable(task: Task) -> Task:
    return Task(within_stored(task.wanted, task.stored), (), task.stored)


_KINDS = {kind: number for number, kind in enumerate(Kind)}


def _in_order(streams: Sequence[StreamReport]) -> list[StreamReport]:
    return sorted(streams, key=lambda one: (one.stream.symbol, _KINDS[one.stream.kind]))
