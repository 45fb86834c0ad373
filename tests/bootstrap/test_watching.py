"""What an onlooker sees of a trader is what its ledger, its quotes and the same opportunity table say."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from fundarb.accounting.book import Book
from fundarb.accounting.lines import deposit_line
from fundarb.bootstrap.trading import Trading
from fundarb.bootstrap.watching import Watching
from fundarb.config import resolve
from fundarb.config.settings import Settings
from fundarb.domain.instants import HOUR
from fundarb.engine.breaker import CircuitBreaker
from fundarb.engine.trading.breakers import Breakers
from fundarb.engine.trading.live_view import LiveView
from fundarb.engine.trading.trader import Trader
from fundarb.engine.trading.worth import worth_of
from fundarb.ports.journal import Halt
from fundarb.reporting.opportunities import opportunities
from fundarb.reporting.outlook import look
from fundarb.research.rules import charge_bp, costs_by_pair
from fundarb.risk.gate import FREE
from tests.engine.running import setup_of
from tests.fakes.journal import MemoryJournal
from tests.parity.paper import NAME, OpenMarket, desk_of, view_of
from tests.parity.test_paper import ALIKE, example

MARKET = example(1).market()
PAIRS = [stream.pair for stream in MARKET.world]
SETS = MARKET.sets | ALIKE
SETUP = setup_of(SETS, PAIRS)
RATE = Decimal("0.00012")


async def a_trader(events: int) -> tuple[Any, LiveView]:
    """A desk in mode hold that has lived through so many settlements; the last view foresees a rate."""
    journal, market = MemoryJournal(), OpenMarket()
    await journal.append(NAME, [deposit_line(MARKET.span[0], SETUP.capital)])
    desk = await desk_of(journal, market, SETUP, "hold")
    times = sorted({at for stream in MARKET.world for at, _ in stream.settled if MARKET.span[0] <= at < MARKET.span[1]})
    view = view_of(MARKET.world, times[0])
    for at_ms in times[:events]:
        view = view_of(MARKET.world, at_ms)
        market.quotes = {pair.symbol: quote for pair in PAIRS if (quote := view.quote(pair.symbol))}
        await desk.take(view, FREE, [pair.symbol for pair in PAIRS])
    quotes = {
        symbol: replace(quote, ticker=replace(quote.ticker, predicted_rate=RATE, next_settlement_ms=view.at_ms + HOUR))
        for symbol, quote in market.quotes.items()
    }
    seen = LiveView(view.at_ms, view.picture, quotes)
    feed = SimpleNamespace(latest=seen, in_hand=False, poll_ms=10_000, silent_since_ms=None)
    breakers = Breakers({"venue": CircuitBreaker(lambda: seen.at_ms, failures=1)})
    return SimpleNamespace(feed=feed, desks=[desk], journal=journal, now_ms=lambda: seen.at_ms, breakers=breakers), seen


def settings(**other: str) -> Settings:
    sets = [f"{path}={text}" for path, text in (SETS | other).items()]
    return resolve([], {}, sets, {}, Path("nowhere.db")).canonical(PAIRS)


def onlooker(trader: Any) -> Watching:
    return Watching(Trading(cast("Trader", trader), settings()))


async def test_a_portfolio_is_worth_what_its_ledger_and_the_quotes_make_of_it() -> None:
    trader, view = await a_trader(12)
    (seen,) = (await onlooker(trader).scene()).portfolios
    book = trader.desks[0].ledger.book
    assert seen.equity == worth_of(view, book) == seen.contributed + seen.split.net
    assert (seen.name, seen.mode, seen.cash) == (NAME, "hold", book.cash)
    assert [one.pair for one in seen.positions] == sorted(book.positions)
    assert seen.positions


async def test_a_position_shows_both_legs_its_delta_and_what_the_next_settlement_pays() -> None:
    trader, view = await a_trader(12)
    (seen,) = (await onlooker(trader).scene()).portfolios
    for one in seen.positions:
        held, pair = trader.desks[0].ledger.book.positions[one.pair], view.pair(one.pair)
        mark = view.marked(one.pair)
        assert mark is not None
        assert (one.spot, one.perp) == (held.spot, -held.qty)
        assert one.delta == held.spot - held.qty * pair.multiplier
        assert one.value == held.qty * mark.perp
        assert one.expected == one.value * RATE
        assert one.next_ms == view.at_ms + HOUR
        assert (one.room is None) == (SETUP.margin.mode == "none")


async def test_the_table_is_that_of_signals_with_what_is_held_now() -> None:
    trader, view = await a_trader(12)
    watching, held = onlooker(trader), trader.desks[0].held()
    chances = (await watching.scene()).chances
    outlook = look(
        view.picture.panel,
        "hold",
        SETUP.strategy,
        costs_by_pair(SETUP.costs),
        charge_bp(SETUP),
        stand_ins=view.picture.market.stand_ins,
        held=held,
    )
    assert [one.row for one in chances] == opportunities(outlook)
    assert {one.row.pair for one in chances if one.row.held} == held
    trader.desks[0].ledger = SimpleNamespace(book=Book())
    assert not any(one.row.held for one in (await watching.scene()).chances)


async def test_after_a_change_of_configuration_it_is_seen_by_the_costs_in_force() -> None:
    trader, _ = await a_trader(12)
    watching = onlooker(trader)
    before = await watching.scene()
    changed = {"costs.fee_spot": "0.02", "margin.mmr": "0.05"}
    watching.trading.settings = settings(**changed)
    after, anew = await watching.scene(), onlooker(trader)
    anew.trading.settings = watching.trading.settings
    assert after == await anew.scene()
    assert [one.row for one in after.chances] != [one.row for one in before.chances]
    assert await watching.scene() == after


async def test_what_is_wrong_is_seen() -> None:
    trader, view = await a_trader(1)
    trader.feed.silent_since_ms = view.at_ms - HOUR
    await trader.journal.change_halt(lambda _: Halt(view.at_ms, "maintenance", ("BTC/USDT:USDT",)))
    await trader.journal.beat("trade", view.at_ms - 5_000)
    trader.breakers.each["venue"].failed("no answer")
    health = (await onlooker(trader).scene()).health
    assert (health.halted, health.beat_age_ms) == ("of BTC maintenance", 5_000)
    assert health.silent_since_ms == view.at_ms - HOUR
    assert health.breaker == "venue open: no answer"


async def test_before_the_first_look_there_is_health_and_nothing_else() -> None:
    trader, _ = await a_trader(1)
    trader.feed.latest = None
    scene = await onlooker(trader).scene()
    assert (scene.portfolios, scene.chances, scene.health.looked_ms) == ((), (), None)
