"""A step that was begun is finished, whoever wants to stop; and what it remembers is what it knew."""

from __future__ import annotations

import asyncio
import json

import pytest

from fundarb.domain.instants import DAY, HOUR, LATEST
from fundarb.domain.market import Span
from fundarb.engine.trading.finishing import finished
from fundarb.engine.trading.remembering import remembered
from fundarb.ports.journal import Event
from fundarb.signals.lookback import Reach
from tests.engine.markets import T0
from tests.engine.running import setup_of
from tests.fakes.journal import MemoryJournal
from tests.parity.paper import NAME, OpenMarket, desk_of, trade_on
from tests.parity.test_paper import ALIKE, example


async def test_a_step_is_finished_before_the_stop_is_heeded() -> None:
    done = []

    async def step() -> None:
        for number in range(3):
            await asyncio.sleep(0.01)
            done.append(number)

    task = asyncio.create_task(finished(step()))
    await asyncio.sleep(0.005)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done == [0, 1, 2]


async def test_what_a_step_fails_with_is_told() -> None:
    async def step() -> None:
        raise ValueError("as it was")

    with pytest.raises(ValueError, match="as it was"):
        await finished(step())


async def test_a_portfolio_remembers_its_samples_counts_and_marks() -> None:
    market = example(1).market()
    setup = setup_of(market.sets | ALIKE, [stream.pair for stream in market.world])
    span = Span(*market.span)
    events = sorted({at for stream in market.world for at, _ in stream.settled if span.start_ms <= at < span.end_ms})
    run = await trade_on(market.world, setup, "hold", span, events, frozenset())
    past = remembered(run.events)
    assert (past.mode, past.decided_ms, past.times) == ("hold", events[-1], events)
    assert past.tally.entries == len([one for one in run.events if one.name == "opened"]) > 0
    assert set(past.marks) == {stream.pair.symbol for stream in market.world}
    assert len(past.equity) == len(past.in_use) == len(events)
    assert T0 < past.decided_ms < LATEST
    rates = {(stream.pair.symbol, at): rate for stream in market.world for at, rate in stream.settled}
    for cycle in (one for one in run.events if one.name == "cycle"):
        for pair, (rate, score, forecast, wish) in json.loads(cycle.data or "")["saw"].items():
            last = max(at for symbol, at in rates if symbol == pair and at <= cycle.at_ms)
            assert float(rate) == float(rates[pair, last])
            assert (score, forecast) == (None, None)
            assert wish in ("enter", None)


async def test_while_anything_is_open_it_looks_back_to_what_it_decided_last() -> None:
    """However long nobody looked: all that was settled since is owed, whatever the mode itself looks at."""
    market = example(1).market()
    setup, span = setup_of(market.sets | ALIKE, [stream.pair for stream in market.world]), Span(*market.span)
    events = sorted({at for stream in market.world for at, _ in stream.settled if span.start_ms <= at < span.end_ms})
    run = await trade_on(market.world, setup, "hold", span, events, frozenset())
    journal = MemoryJournal()
    await journal.append(NAME, run.lines)
    await journal.record(run.events)
    holding = await desk_of(journal, OpenMarket(), setup, "hold")
    assert holding.open()
    assert await holding.reach(events[-1] + 20 * DAY) == Reach(20 * DAY, 1)
    assert await holding.reach(events[-1] + HOUR) == Reach(DAY, 1)
    idle = await desk_of(MemoryJournal(), OpenMarket(), setup, "hold")
    assert await idle.reach(events[-1] + 20 * DAY) == Reach(DAY, 1)


def test_events_that_are_no_cycles_are_passed_over() -> None:
    cycle = {
        "boundary": 7,
        "mode": "cash",
        "equity": "5",
        "cash": "5",
        "positions": 0,
        "in_use": 0.0,
        "highest": "6",
        "contributed": "5",
        "lowest_cash": "4",
        "stale_prices": 2,
        "tally": [1, 2, 3, {"halted": 4}],
        "incidents": [1, 2, 3, 4],
        "marks": {},
        "dust": "0",
    }
    events = [Event(1, "paper", "opened", "A", "rate", "{}"), Event(8, "paper", "cycle", data=json.dumps(cycle))]
    past = remembered(events)
    assert (past.decided_ms, past.times, past.stale_prices) == (7, [8], 2)
    assert (past.tally.rotations, past.tally.refused["halted"], past.incidents.guards) == (3, 4, 3)
