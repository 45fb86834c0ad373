"""A replayed store answers with the digits it holds, and fills what lies between them without contradicting them."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundarb.adapters.layout.importing import import_files
from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.adapters.sqlite.market_writer import SqliteMarketWriter
from fundarb.domain.market import Span
from fundarb.sandbox.market.replayed import ReplayedMarket
from fundarb.sandbox.market.source import DAY, HOUR, MINUTE, Category, Series
from tests.sandbox.market.stores import HOLE, LONE, LONG, PEPE, T0, candles_of, rates_of, reader
from tests.sandbox.market.worlds import added_up

LATER = T0 + 200 * HOUR
MARKETS: tuple[tuple[Series, str, str], ...] = (
    ("linear", "1000PEPEUSDT", "perp"),
    ("spot", "PEPEUSDT", "spot"),
    ("mark", "1000PEPEUSDT", "mark"),
)


async def _loaded() -> ReplayedMarket:
    return await ReplayedMarket.of(await reader())


@pytest.fixture(scope="module")
def replay() -> ReplayedMarket:
    return asyncio.run(_loaded())


@pytest.mark.parametrize(("series", "symbol", "stored"), MARKETS)
def test_candles_come_back_digit_for_digit(replay: ReplayedMarket, series: Series, symbol: str, stored: str) -> None:
    rows = replay.candles(symbol, series, HOUR, 0, LATER, LATER)
    expected = [(row.open_at_ms, *row[4:8], row.volume or "") for row in candles_of(PEPE, stored)]
    assert [(*row[:5], row.volume) for row in rows] == expected
    assert any(row.close == LONG for row in rows) == (series == "linear")


def test_settlements_come_back_digit_for_digit_newest_first(replay: ReplayedMarket) -> None:
    stored = [(row.settled_at_ms, row.rate) for row in rates_of(PEPE)]
    assert replay.settlements("1000PEPEUSDT", 0, LATER, 1000) == stored[::-1]
    assert replay.settlements("1000PEPEUSDT", stored[2][0], stored[9][0], 3) == stored[7:10][::-1]


def test_a_stored_span_is_given_as_stored_and_others_are_added_up(replay: ReplayedMarket) -> None:
    (day, *_) = replay.candles("1000PEPEUSDT", "linear", DAY, T0, T0, LATER)
    assert (day.open, day.high, day.close, day.volume) == ("0.011", "0.2", "0.012", "7")
    hours = replay.candles("1000PEPEUSDT", "linear", HOUR, T0, T0 + 16 * HOUR - 1, LATER)
    assert replay.candles("1000PEPEUSDT", "linear", 4 * HOUR, T0, T0 + 15 * HOUR, LATER) == added_up(hours, 4 * HOUR)


@pytest.mark.parametrize(("series", "symbol", "stored"), MARKETS)
def test_minutes_stay_inside_the_stored_hours_and_make_them(
    replay: ReplayedMarket, series: Series, symbol: str, stored: str
) -> None:
    minutes = replay.candles(symbol, series, MINUTE, T0, T0 + 20 * HOUR - 1, LATER)
    assert len(minutes) == 20 * 60
    hours = replay.candles(symbol, series, HOUR, T0, T0 + 20 * HOUR - 1, LATER)
    assert added_up(minutes, HOUR) == hours


def test_a_hole_stays_a_hole_but_there_is_still_a_last_price(replay: ReplayedMarket) -> None:
    hole = T0 + HOLE * HOUR
    assert replay.candles("1000PEPEUSDT", "linear", HOUR, hole, hole, LATER) == []
    assert replay.candles("1000PEPEUSDT", "linear", MINUTE, hole, hole + HOUR - 1, LATER) == []
    before = replay.quote("1000PEPEUSDT", "linear", hole - 1)
    assert replay.quote("1000PEPEUSDT", "linear", hole + 1000).last == before.last


def test_without_a_mark_the_perp_serves(replay: ReplayedMarket) -> None:
    mark = replay.candles("LONEUSDT", "mark", HOUR, 0, LATER, LATER)
    perp = replay.candles("LONEUSDT", "linear", HOUR, 0, LATER, LATER)
    assert [row[:5] for row in mark] == [row[:5] for row in perp]
    assert {row.volume for row in mark} == {""}
    quote = replay.quote("LONEUSDT", "linear", T0 + 7 * HOUR + 5)
    assert quote.mark == quote.last


def test_instruments_are_those_of_the_store_that_have_candles(replay: ReplayedMarket) -> None:
    found = {(one.category, one.symbol): one for one in replay.instruments()}
    assert set(found) == {("linear", "1000PEPEUSDT"), ("spot", "PEPEUSDT"), ("linear", "LONEUSDT")}
    perp = found["linear", "1000PEPEUSDT"]
    assert (perp.base, perp.step, perp.min_qty, perp.maintenance) == (
        "1000PEPE",
        Decimal(25),
        Decimal(50),
        Decimal("0.015"),
    )
    assert (perp.launch_ms, perp.gone_ms) == (T0 - HOUR, T0 + 96 * HOUR)
    assert found["spot", "PEPEUSDT"].base == "PEPE"


def test_the_interval_is_that_of_the_stamps_even_beside_a_missing_one(replay: ReplayedMarket) -> None:
    def hours(hour: int) -> tuple[int, int]:
        quote = replay.quote("1000PEPEUSDT", "linear", T0 + hour * HOUR)
        return (quote.next_funding_ms or 0) // HOUR - T0 // HOUR, (quote.interval_ms or 0) // HOUR

    assert [hours(hour) for hour in (9, 17, 47, 48, 53)] == [(16, 8), (32, 8), (48, 8), (52, 4), (56, 4)]
    assert replay.announced_interval_ms("1000PEPEUSDT", T0 + 53 * HOUR) == 8 * HOUR
    assert replay.announced_interval_ms("1000PEPEUSDT", T0 + 54 * HOUR) == 4 * HOUR


def test_after_the_end_of_the_store_the_last_interval_and_rate_go_on(replay: ReplayedMarket) -> None:
    quote = replay.quote("1000PEPEUSDT", "linear", T0 + 197 * HOUR)
    assert quote.next_funding_ms == T0 + 200 * HOUR
    assert quote.interval_ms == 4 * HOUR
    assert quote.funding_rate == Decimal("0.0001963")


def test_the_estimate_moves_from_the_last_rate_to_the_next(replay: ReplayedMarket) -> None:
    def estimate(at: int) -> Decimal:
        found = replay.quote("1000PEPEUSDT", "linear", at).funding_rate
        assert found is not None
        return found

    before, after = (Decimal(rate) for _, rate in replay.settlements("1000PEPEUSDT", 0, T0 + 64 * HOUR, 2)[::-1])
    assert estimate(T0 + 60 * HOUR) == before
    assert abs(estimate(T0 + 64 * HOUR - 1) - after) < Decimal("1e-7")


def test_a_perp_without_settlements_has_a_default(replay: ReplayedMarket) -> None:
    quote = replay.quote(f"{LONE.partition('/')[0]}USDT", "linear", T0 + HOUR)
    assert quote.funding_rate == 0
    assert (quote.interval_ms, quote.next_funding_ms) == (8 * HOUR, T0 + 8 * HOUR)


def test_open_interest_is_what_was_seen_last(replay: ReplayedMarket) -> None:
    found = replay.open_interest("1000PEPEUSDT", HOUR, 0, LATER)
    assert found == [
        (T0 + hour * HOUR, text) for hour, text in ((6, "105"), (7, "106"), (8, "106"), (9, "106"), (10, "109"))
    ]
    assert replay.quote("1000PEPEUSDT", "linear", T0 + 6 * HOUR).open_interest == 105
    assert replay.quote("1000PEPEUSDT", "linear", T0).open_interest is None
    assert replay.open_interest("LONEUSDT", HOUR, 0, LATER) == []


@settings(max_examples=40)
@given(at=st.integers(T0, T0 + 90 * HOUR), market=st.sampled_from([("1000PEPEUSDT", "linear"), ("PEPEUSDT", "spot")]))
def test_quotes_and_books_lie_on_the_stored_path(replay: ReplayedMarket, at: int, market: tuple[str, Category]) -> None:
    symbol, category = market
    quote = replay.quote(symbol, category, at)
    rows = replay.candles(symbol, category, HOUR, at // HOUR * HOUR, at, LATER)
    assert all(Decimal(row.low) <= quote.last <= Decimal(row.high) or row.close == LONG for row in rows)
    bids, asks = replay.book(symbol, category, at, 20)
    assert (bids[0], asks[0]) == (quote.bid, quote.ask)
    assert quote.bid.price <= quote.last <= quote.ask.price
    step = Decimal(25) if category == "linear" else Decimal("0.1")
    assert all(level.size % step == 0 for level in bids + asks)


async def test_real_history_comes_back_as_it_is_stored(tmp_path: Path) -> None:

    data = Path(__file__).parents[4] / "shared" / "data" / "bybit-wide-2024"
    if not data.is_dir():
        pytest.skip(f"no {data}")
    funding, instruments = data / "funding.csv.gz", data / "instruments.csv"
    candles = data / "candles.csv.gz"
    async with open_store(tmp_path / "store.db", "write") as connection:
        stored, writer = SqliteMarketReader(connection), SqliteMarketWriter(connection)
        await import_files(stored, writer, funding=funding, candles=candles, instruments=instruments, seen_ms=LATER)
        replay = await ReplayedMarket.of(stored)
        everything, end = Span(0, 2 * 10**12), 2 * 10**12
        for pair in (await stored.pairs(end))[::6]:
            rates = [row async for batch in stored.settlements(pair.symbol, everything, end) for row in batch]
            told = replay.settlements(pair.compact, 0, end, 10**6)[::-1]
            assert [(stamp, Decimal(text)) for stamp, text in told] == [(row.settled_at_ms, row.rate) for row in rates]
            bars = [row async for batch in stored.candles(pair.symbol, "perp", everything, end) for row in batch]
            rows = replay.candles(pair.compact, "linear", HOUR, 0, end, end)
            assert [(row.start_ms, *map(Decimal, row[1:6])) for row in rows] == [
                (row.open_at_ms, *row[4:9]) for row in bars
            ]
