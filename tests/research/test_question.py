"""What of a store a question turns out to be about: its range, the rows beyond it, and who chose its pairs."""

from __future__ import annotations

import pytest

from fundarb.domain.instants import HOUR, iso
from fundarb.domain.market import Span
from fundarb.errors import DataError, UsageError
from fundarb.ports.market import OnConflict
from fundarb.research.question import Defaults, Question, Scope, find_scope, later_settlements
from fundarb.research.universe import Universe
from tests.adapters.panel_store import BOTH, BTC, ETH, NIL, PAIRS, T0, candle, rate
from tests.fakes.market import MemoryMarket
from tests.fakes.market_reader import MemoryMarketReader
from tests.fakes.market_writer import MemoryMarketWriter

NOW = T0 + 1000 * HOUR
ANYTHING = Defaults((), (), spot_from_perp=False)


async def store(chosen: tuple[str, ...] = ()) -> MemoryMarketReader:
    """BTC settles until 40 h, ETH until 16 h; candles of both legs of both until 23 h."""
    market = MemoryMarket()
    writer = MemoryMarketWriter(market)
    async with writer.transaction():
        await writer.put_pairs(PAIRS, T0, OnConflict.REFUSE)
        rates = [rate(BTC, hour) for hour in range(0, 41, 8)] + [rate(ETH, hour) for hour in (0, 8, 16)]
        await writer.put_settlements(rates, OnConflict.REFUSE)
        legs = [candle(pair, leg, hour) for pair in BOTH for leg in ("perp", "spot") for hour in range(24)]
        await writer.put_candles(legs, OnConflict.REFUSE)
        if chosen:
            await writer.put_universe(chosen, T0 + HOUR)
    return MemoryMarketReader(market)


async def test_what_settles_at_the_end_is_in_the_range_and_not_beyond_it() -> None:
    scope = Scope(Universe(BOTH, {}, ()), Span(T0, T0 + 24 * HOUR), None)
    found = await later_settlements(await store(), scope)
    assert {symbol: ((stamps - T0) // HOUR).tolist() for symbol, stamps in found.items()} == {BTC: [32, 40]}


async def test_without_an_end_the_range_stops_where_both_legs_open_for_the_last_time() -> None:
    scope = await find_scope(await store(), Question(("simple",)), ANYTHING, NOW)
    assert scope.span == Span(T0, T0 + 23 * HOUR)
    assert scope.words == f"{iso(T0)} to {iso(T0 + 23 * HOUR)}, 2 pairs"
    assert (scope.universe.symbols, scope.universe.excluded, scope.beyond) == (BOTH, {}, None)
    named = await find_scope(await store(), Question(("simple",), pairs="NIL,BTC"), ANYTHING, NOW)
    assert (named.universe.symbols, named.universe.excluded) == ((BTC,), {NIL: "no_spot_market"})


@pytest.mark.parametrize(("hour", "said"), [(23, False), (24, True)])
async def test_an_end_is_beyond_the_data_from_after_the_last_common_open(hour: int, said: bool) -> None:
    scope = await find_scope(await store(), Question(("simple",), end=iso(T0 + hour * HOUR)), ANYTHING, NOW)
    assert (scope.beyond is not None) is said


async def test_a_universe_chosen_by_turnover_tells_when_unless_none_of_it_is_meant() -> None:
    reader = await store(chosen=(ETH,))
    assert (await find_scope(reader, Question(("simple",)), ANYTHING, NOW)).by_turnover_ms == T0 + HOUR
    assert (await find_scope(reader, Question(("simple",), pairs="BTC"), ANYTHING, NOW)).by_turnover_ms is None


@pytest.mark.parametrize("pairs", ["BTC", None])
async def test_where_everything_is_excluded_this_is_said(pairs: str | None) -> None:
    without = Defaults((), ("BTC", "ETH"), spot_from_perp=False)
    with pytest.raises(DataError, match=r"no pair is left: universe.exclude leaves out BTC/USDT:USDT"):
        await find_scope(await store(), Question(("simple",), pairs=pairs), without, NOW)


def test_pairs_that_name_none_are_refused() -> None:
    with pytest.raises(UsageError, match="--pairs names no pair"):
        Question(("simple",), pairs=" , ")
