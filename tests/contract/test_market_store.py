"""What every market store keeps: digits, keys, points in time, transactions whole or not at all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from fundarb.domain.instants import HOUR, MINUTE
from fundarb.domain.instrument import Kind, ListingChange, LotRule
from fundarb.domain.market import Candle, PredictedRate, Snapshot, Span
from fundarb.errors import Conflicting, UnknownPair
from fundarb.ports.market import OnConflict, Written
from tests.contract.market_samples import (
    ALWAYS,
    BTC,
    LATER,
    PEPE,
    T0,
    candle,
    opens,
    rate,
    rates,
    store_candles,
    store_pairs,
    store_rates,
)
from tests.contract.markets import STORES, Store


@pytest.fixture(params=sorted(STORES))
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store of each kind."""
    async with STORES[request.param](tmp_path) as opened:
        yield opened


async def change_everything_and_stop(store: Store) -> None:
    """A transaction that fails after it has written to every large table."""
    async with store.writer.transaction():
        await store.writer.put_pairs([PEPE], T0, OnConflict.REFUSE)
        await store.writer.put_settlements([rate(0, "2"), rate(8)], OnConflict.REPLACE)
        await store.writer.put_candles([candle(0)], OnConflict.REFUSE)
        raise RuntimeError("stop")


async def test_an_empty_store_answers_with_nothing(store: Store) -> None:
    assert await store.reader.pairs(LATER) == ()
    assert await store.reader.streams(LATER) == ()
    assert await store.reader.gaps(LATER) == ()
    assert await store.reader.universe() == ((), None)


async def test_pairs_come_back_value_for_value_in_symbol_order(store: Store) -> None:
    await store_pairs(store, BTC, PEPE)
    assert await store.reader.pairs(LATER) == (PEPE, BTC)


async def test_a_pair_is_unknown_before_it_was_seen_and_its_end_before_it_came(store: Store) -> None:
    await store_pairs(store)
    assert await store.reader.pairs(T0 - 1) == (BTC,)
    assert await store.reader.pairs(T0 + 100 * HOUR - 1) == (replace(PEPE, gone_ms=None), BTC)
    assert await store.reader.pairs(T0 + 100 * HOUR) == (PEPE, BTC)


async def test_a_changed_lot_rule_is_kept_with_the_time_it_was_seen(store: Store) -> None:
    await store_pairs(store)
    changed = replace(BTC, perp_lots=LotRule(Decimal("0.01"), Decimal("0.002"), Decimal(5)))
    async with store.writer.transaction():
        assert await store.writer.put_pairs([changed], T0 + 5, OnConflict.REPLACE) == Written(conflicting=1)
    assert (await store.reader.pairs(LATER))[1] == changed
    change = ListingChange(BTC.symbol, T0 + 5, "perp_step", "0.001", "0.01")
    assert await store.reader.listing_changes(BTC.symbol, ALWAYS, LATER) == (change,)
    assert await store.reader.listing_changes(BTC.symbol, ALWAYS, T0 + 4) == ()


async def test_a_changed_pair_is_refused_or_kept_out_as_told(store: Store) -> None:
    await store_pairs(store)
    changed = replace(BTC, multiplier=Decimal(10))
    with pytest.raises(Conflicting, match=r"BTC/USDT:USDT.*multiplier"):
        async with store.writer.transaction():
            await store.writer.put_pairs([PEPE, changed], T0, OnConflict.REFUSE)
    async with store.writer.transaction():
        assert await store.writer.put_pairs([changed], T0, OnConflict.KEEP) == Written(conflicting=1)
    assert (await store.reader.pairs(LATER))[1] == BTC


async def test_an_announced_interval_is_recorded_only_when_it_changes(store: Store) -> None:
    await store_pairs(store)
    async with store.writer.transaction():
        for seen_ms, hours in ((T0, 8), (T0 + 1, 8), (T0 + 2, 4)):
            await store.writer.put_interval(BTC.symbol, seen_ms, hours * HOUR)
    found = await store.reader.listing_changes(BTC.symbol, ALWAYS, LATER)
    assert [(one.seen_ms, one.before, one.after) for one in found] == [
        (T0, None, str(8 * HOUR)),
        (T0 + 2, str(8 * HOUR), str(4 * HOUR)),
    ]


@pytest.mark.parametrize("digits", ["0", "0.0001", "-0.00001234", "0.123456789012345678901234567891", "7"])
async def test_a_rate_comes_back_digit_for_digit(store: Store, digits: str) -> None:
    await store_pairs(store)
    await store_rates(store, rate(0, digits))
    assert await rates(store.reader) == [digits]


async def test_settlements_come_in_time_order_within_span_and_as_of(store: Store) -> None:
    await store_pairs(store)
    await store_rates(store, rate(16, "3"), rate(0, "1"), rate(8, "2"), rate(24, "4"))
    assert await rates(store.reader) == ["1", "2", "3", "4"]
    assert await rates(store.reader, Span(T0 + 8 * HOUR, T0 + 24 * HOUR)) == ["2", "3"]
    assert await rates(store.reader, as_of_ms=T0 + 16 * HOUR) == ["1", "2", "3"]
    assert await rates(store.reader, symbol=PEPE.symbol) == []


async def test_a_candle_comes_back_digit_for_digit(store: Store) -> None:
    await store_pairs(store)
    row = candle(0)._replace(close="1.123456789012345678", volume="12345678901234567890.5")
    await store_candles(store, row, candle(0, "mark"))
    [[found]] = [batch async for batch in store.reader.candles(BTC.symbol, "perp", ALWAYS, LATER)]
    numbers = [Decimal(text) for text in ("1", "2", "0.5", "1.123456789012345678", "12345678901234567890.5")]
    assert found == Candle(BTC.symbol, "perp", HOUR, T0, *numbers)
    assert str(found.volume) == "12345678901234567890.5"
    [[mark]] = [batch async for batch in store.reader.candles(BTC.symbol, "mark", ALWAYS, LATER)]
    assert mark.volume is None


async def test_candles_come_by_open_time_the_shorter_first(store: Store) -> None:
    await store_pairs(store)
    await store_candles(store, candle(4), candle(0, span_ms=4 * HOUR), candle(0), candle(1))
    assert await opens(store.reader) == [(0, 1), (0, 4), (1, 1), (4, 1)]
    assert await opens(store.reader, "spot") == []


async def test_a_candle_is_unknown_until_it_has_closed(store: Store) -> None:
    await store_pairs(store)
    await store_candles(store, candle(0), candle(1), candle(0, span_ms=4 * HOUR))
    assert await opens(store.reader, as_of_ms=T0 + 2 * HOUR - 1) == [(0, 1)]
    assert await opens(store.reader, as_of_ms=T0 + 2 * HOUR) == [(0, 1), (1, 1)]
    assert await opens(store.reader, span=Span(T0 + 1, T0 + HOUR)) == []


async def test_columns_say_what_the_rows_say(store: Store) -> None:
    await store_pairs(store)
    await store_rates(store, rate(0, "0.0001"), rate(8, "0.12345678901234567"))
    await store_candles(store, candle(1), candle(0), candle(0, "mark"))
    settlements = await store.reader.settlement_columns(BTC.symbol, ALWAYS, LATER)
    assert settlements.settled_at.tolist() == [T0, T0 + 8 * HOUR]
    assert settlements.rate.tolist() == [0.0001, 0.12345678901234567]
    assert settlements.wide == {"rate": {1: Decimal("0.12345678901234567")}}
    candles = await store.reader.candle_columns(BTC.symbol, "perp", ALWAYS, LATER)
    assert candles.open_at.tolist() == [T0, T0 + HOUR]
    assert candles.close.tolist() == [1.5, 1.5]
    mark = await store.reader.candle_columns(BTC.symbol, "mark", ALWAYS, LATER)
    assert np.isnan(mark.volume).all()


async def test_equal_rows_are_one(store: Store) -> None:
    await store_pairs(store)
    async with store.writer.transaction():
        assert await store.writer.put_settlements([rate(0), rate(0), rate(8)], OnConflict.REFUSE) == Written(2, 1)
        assert await store.writer.put_settlements([rate(8)], OnConflict.REFUSE) == Written(0, 1)
        assert await store.writer.put_candles([candle(0), candle(0)], OnConflict.REFUSE) == Written(1, 1)
        assert await store.writer.put_candles([candle(0, "mark"), candle(0, "mark")], OnConflict.REFUSE) == Written(
            1, 1
        )


@pytest.mark.parametrize("stored_before", [True, False])
async def test_a_differing_row_is_refused_by_its_number(store: Store, stored_before: bool) -> None:
    await store_pairs(store)
    rows = [rate(0), rate(8), rate(0, "0.0002")]
    if stored_before:
        await store_rates(store, *rows[:1])
    with pytest.raises(Conflicting, match=r"0\.0001.*0\.0002") as refused:
        await store_rates(store, *rows)
    assert refused.value.row == 2
    assert await rates(store.reader) == (["0.0001"] if stored_before else [])


async def test_a_differing_candle_is_refused_replaced_or_kept_out_as_told(store: Store) -> None:
    await store_pairs(store)
    await store_candles(store, candle(0))
    other = candle(0, close="1.75")
    with pytest.raises(Conflicting, match=r"1\.75"):
        await store_candles(store, other)
    for on_conflict, close in ((OnConflict.KEEP, "1.5"), (OnConflict.REPLACE, "1.75")):
        async with store.writer.transaction():
            assert await store.writer.put_candles([other, candle(1)], on_conflict)
        [batch, *_] = [batch async for batch in store.reader.candles(BTC.symbol, "perp", ALWAYS, LATER)]
        assert str(batch[0].close) == close


async def test_of_two_differing_rows_the_last_one_replaces(store: Store) -> None:
    await store_pairs(store)
    await store_rates(store, rate(0, "1"))
    async with store.writer.transaction():
        await store.writer.put_settlements([rate(0, "2"), rate(0, "1")], OnConflict.REPLACE)
    assert await rates(store.reader) == ["1"]


async def test_rows_of_an_unknown_symbol_are_refused(store: Store) -> None:
    await store_pairs(store)
    with pytest.raises(UnknownPair, match="DOGE"):
        await store_rates(store, rate(0), rate(0, symbol="DOGE/USDT:USDT"))
    assert await rates(store.reader) == []


async def test_a_failed_transaction_leaves_everything_as_it_was(store: Store) -> None:
    await store_pairs(store, BTC)
    await store_rates(store, rate(0, "1"))
    before = await store.reader.revision()
    with pytest.raises(RuntimeError, match="stop"):
        await change_everything_and_stop(store)
    assert await store.reader.pairs(LATER) == (BTC,)
    assert await rates(store.reader) == ["1"]
    assert await opens(store.reader) == []
    assert await store.reader.revision() == before


async def test_nothing_is_written_outside_a_transaction(store: Store) -> None:
    await store_pairs(store)
    with pytest.raises(RuntimeError, match="transaction"):
        await store.writer.put_settlements([rate(0)], OnConflict.REFUSE)
    assert await rates(store.reader) == []


async def test_the_revision_changes_with_market_data_and_with_nothing_else(store: Store) -> None:
    seen = [await store.reader.revision()]
    await store_pairs(store)
    seen.append(await store.reader.revision())
    await store_rates(store, rate(0))
    seen.append(await store.reader.revision())
    assert len(set(seen)) == 3
    await store_rates(store, rate(0))
    async with store.writer.transaction():
        await store.writer.put_universe([BTC.symbol], None)
        await store.writer.put_settlements([rate(0, "2")], OnConflict.KEEP)
    assert await store.reader.revision() == seen[-1]
    async with store.writer.transaction():
        await store.writer.put_settlements([rate(0, "2")], OnConflict.REPLACE)
    assert await store.reader.revision() not in seen


async def test_predicted_rates_stay_apart_from_settled_ones(store: Store) -> None:
    await store_pairs(store)
    row = PredictedRate(BTC.symbol, T0, T0 + 8 * HOUR, Decimal("0.00012"))
    async with store.writer.transaction():
        assert await store.writer.put_predicted([row, row]) == Written(1, 1)
        assert await store.writer.put_predicted([row._replace(rate=Decimal(1))]) == Written(conflicting=1)
    assert await store.reader.predicted(BTC.symbol, ALWAYS, LATER) == (row,)
    assert await store.reader.predicted(BTC.symbol, ALWAYS, T0 - 1) == ()
    assert await rates(store.reader) == []


async def test_snapshots_come_back_as_seen(store: Store) -> None:
    await store_pairs(store)
    whole = Snapshot(BTC.symbol, T0, Decimal("1.5"), Decimal(2), Decimal("3.25"))
    interest = Snapshot(BTC.symbol, T0 + MINUTE, None, Decimal(7), None)
    async with store.writer.transaction():
        assert await store.writer.put_snapshots([interest, whole]) == Written(2)
    assert await store.reader.snapshots(BTC.symbol, ALWAYS, LATER) == (whole, interest)
    assert await store.reader.snapshots(BTC.symbol, ALWAYS, T0) == (whole,)
    kinds = {one.kind: one.rows for one in await store.reader.streams(LATER)}
    assert kinds == {Kind.SNAPSHOT: 1, Kind.OPEN_INTEREST: 1}


async def test_the_universe_is_kept_in_order_with_the_time_it_was_chosen(store: Store) -> None:
    await store_pairs(store)
    for chosen_ms in (T0, None):
        async with store.writer.transaction():
            await store.writer.put_universe([PEPE.symbol, BTC.symbol], chosen_ms)
        assert await store.reader.universe() == ((PEPE.symbol, BTC.symbol), chosen_ms)
