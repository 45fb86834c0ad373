"""What every market store says of its streams: extents, holes, what was asked for, and what pruning leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from fundarb.domain.instants import HOUR
from fundarb.domain.instrument import MARKETS, Kind
from fundarb.domain.market import Coverage, Gap, PredictedRate, Span, StreamSummary
from fundarb.errors import UnknownPair
from fundarb.ports.market import OnConflict
from tests.contract.market_samples import (
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
    """A store of each kind that knows BTC and PEPE."""
    async with STORES[request.param](tmp_path) as opened:
        await store_pairs(opened)
        yield opened


def hours(start: int, end: int) -> Span:
    """From `start` to `end` hours after T0."""
    return Span(T0 + start * HOUR, T0 + end * HOUR)


def asked(span: Span, rows: int, kind: Kind = Kind.PERP, *, at: int = LATER, confirmed: bool = False) -> Coverage:
    """An answer about BTC's hourly candles."""
    return Coverage(BTC.symbol, kind, HOUR if kind is Kind.PERP else 0, span, rows, at, confirmed)


async def put_coverage(store: Store, *rows: Coverage) -> None:
    async with store.writer.transaction():
        await store.writer.put_coverage(rows)


async def test_a_stream_is_summed_up_per_pair_kind_and_interval(store: Store) -> None:
    await store_rates(store, rate(0), rate(8), rate(24), rate(0, symbol=PEPE.symbol))
    await store_candles(store, candle(0), candle(1), candle(3), candle(0, span_ms=4 * HOUR), candle(2, "spot"))
    btc = BTC.symbol
    assert await store.reader.streams(LATER) == (
        StreamSummary(PEPE.symbol, Kind.FUNDING, 0, T0, T0, 1, 0),
        StreamSummary(btc, Kind.FUNDING, 0, T0, T0 + 24 * HOUR, 3, 1),
        StreamSummary(btc, Kind.SPOT, HOUR, T0 + 2 * HOUR, T0 + 2 * HOUR, 1, 0),
        StreamSummary(btc, Kind.PERP, HOUR, T0, T0 + 3 * HOUR, 3, 1),
        StreamSummary(btc, Kind.PERP, 4 * HOUR, T0, T0, 1, 0),
    )


async def test_a_summary_knows_only_what_was_known(store: Store) -> None:
    await store_rates(store, rate(0), rate(8), rate(24))
    await store_candles(store, candle(0), candle(3))
    found = await store.reader.streams(T0 + 8 * HOUR - 1)
    assert [(one.kind, one.rows, one.gaps) for one in found] == [(Kind.FUNDING, 1, 0), (Kind.PERP, 2, 1)]
    assert await store.reader.gaps(T0 + 3 * HOUR) == ()


async def test_holes_are_listed_by_pair_kind_and_time(store: Store) -> None:
    await store_rates(store, rate(0), rate(8), rate(32), rate(40))
    await store_candles(store, candle(0), candle(3), candle(4), candle(6))
    assert await store.reader.gaps(LATER) == (
        Gap(BTC.symbol, Kind.FUNDING, hours(16, 32), 2, "missing"),
        Gap(BTC.symbol, Kind.PERP, hours(1, 3), 2, "missing"),
        Gap(BTC.symbol, Kind.PERP, hours(5, 6), 1, "missing"),
    )


async def test_rows_off_the_grid_do_not_hide_a_hole(store: Store) -> None:
    shifted = candle(1)._replace(open_at_ms=T0 + HOUR + 1)
    await store_candles(store, candle(0), shifted, candle(3))
    [gap] = await store.reader.gaps(LATER)
    assert gap.missing == 1


async def test_time_before_listing_and_after_delisting_is_no_hole(store: Store) -> None:
    async with store.writer.transaction():
        await store.writer.put_pairs(
            [replace(BTC, first_seen_ms=T0 + 8 * HOUR, gone_ms=T0 + 24 * HOUR)], T0, OnConflict.REPLACE
        )
    await store_rates(store, rate(-24), rate(-16), rate(32), rate(40))
    assert await store.reader.gaps(LATER) == (Gap(BTC.symbol, Kind.FUNDING, hours(8, 24), 2, "missing"),)


async def test_what_was_asked_for_and_never_came_is_a_hole(store: Store) -> None:
    await store_candles(store, candle(5), candle(6))
    await put_coverage(store, asked(hours(3, 9), 2))
    assert [(gap.span, gap.missing) for gap in await store.reader.gaps(LATER)] == [(hours(3, 5), 2), (hours(7, 9), 2)]


async def test_a_candle_unfinished_when_asked_for_is_no_hole(store: Store) -> None:
    await store_candles(store, candle(0))
    await put_coverage(store, asked(hours(0, 9), 1, at=T0 + 3 * HOUR - 1))
    assert [gap.span for gap in await store.reader.gaps(LATER)] == [hours(1, 2)]


async def test_a_series_asked_for_of_which_nothing_came_is_a_hole(store: Store) -> None:
    await put_coverage(store, asked(hours(0, 3), 0), asked(hours(0, 48), 0, Kind.FUNDING))
    assert [(gap.kind, gap.missing) for gap in await store.reader.gaps(LATER)] == [(Kind.FUNDING, 6), (Kind.PERP, 3)]
    assert await store.reader.streams(LATER) == ()


async def test_funding_is_judged_up_to_half_an_interval_before_what_was_asked(store: Store) -> None:
    await store_rates(store, rate(16), rate(20))
    await put_coverage(store, asked(hours(6, 29), 2, Kind.FUNDING))
    assert [(gap.span, gap.missing) for gap in await store.reader.gaps(LATER)] == [
        (hours(8, 16), 2),
        (hours(24, 28), 1),
    ]


async def test_a_confirmed_empty_stretch_stays_listed_as_confirmed(store: Store) -> None:
    await store_candles(store, candle(0), candle(6))
    await put_coverage(store, asked(hours(2, 4), 0, confirmed=True))
    found = [(gap.span, gap.missing, gap.reason) for gap in await store.reader.gaps(LATER)]
    assert found == [(hours(1, 2), 1, "missing"), (hours(2, 4), 2, "confirmed"), (hours(4, 6), 2, "missing")]


async def test_coverage_is_merged_and_known_from_when_it_was_asked(store: Store) -> None:
    await put_coverage(
        store, asked(hours(0, 2), 2, at=T0), asked(hours(4, 6), 2, at=T0), asked(hours(2, 4), 2, at=T0 + 5)
    )
    [whole] = await store.reader.coverage(BTC.symbol, Kind.PERP, LATER)
    assert (whole.asked, whole.rows, whole.asked_at_ms) == (hours(0, 6), 6, T0 + 5)
    assert await store.reader.coverage(BTC.symbol, Kind.PERP, T0 + 4) == ()
    assert await store.reader.coverage(BTC.symbol, Kind.SPOT, LATER) == ()


async def test_pruning_first_counts_then_deletes_what_is_older(store: Store) -> None:
    await store_rates(store, rate(0), rate(8), rate(16), rate(0, symbol=PEPE.symbol))
    await store_candles(store, candle(6), candle(7), candle(8), candle(6, span_ms=4 * HOUR), candle(6, "spot"))
    kinds = (Kind.FUNDING, Kind.PERP)
    for dry_run in (True, False):
        async with store.writer.transaction():
            counts = await store.writer.prune([BTC.symbol], kinds, T0 + 8 * HOUR, dry_run=dry_run)
        assert counts == {BTC.symbol: {"funding": 1, "perp": 2}}
        assert len(await rates(store.reader)) == (3 if dry_run else 2)
    assert await opens(store.reader) == [(6, 4), (8, 1)]
    assert await opens(store.reader, "spot") == [(6, 1)]
    assert len(await rates(store.reader, symbol=PEPE.symbol)) == 1


@pytest.mark.parametrize("market", MARKETS)
async def test_pruning_keeps_a_candle_that_had_not_closed_by_then(store: Store, market: str) -> None:
    spans = [(6, HOUR), (6, 2 * HOUR), (6, 3 * HOUR), (7, 2 * HOUR), (8, HOUR)]
    await store_candles(store, *(candle(hour, market, span_ms=span_ms) for hour, span_ms in spans))
    for dry_run in (True, False):
        async with store.writer.transaction():
            counts = await store.writer.prune([BTC.symbol], (Kind(market),), T0 + 8 * HOUR, dry_run=dry_run)
        assert counts == {BTC.symbol: {market: 2}}
    assert await opens(store.reader, market) == [(6, 3), (7, 2), (8, 1)]


async def test_lot_rules_are_those_known_now_and_listing_is_as_of(store: Store) -> None:
    listed = replace(BTC, first_seen_ms=T0, gone_ms=T0 + 9 * HOUR)
    corrected = replace(listed, perp_lots=replace(BTC.perp_lots, min_notional=Decimal(77)))
    for pair, at_ms in ((listed, T0), (corrected, T0 + 5 * HOUR)):
        async with store.writer.transaction():
            await store.writer.put_pairs([pair], at_ms, OnConflict.REPLACE)
    assert BTC.symbol not in [pair.symbol for pair in await store.reader.pairs(T0 - 1)]
    for as_of_ms, gone_ms in ((T0, None), (T0 + 9 * HOUR, T0 + 9 * HOUR)):
        [found] = [pair for pair in await store.reader.pairs(as_of_ms) if pair.symbol == BTC.symbol]
        assert (found.perp_lots.min_notional, found.gone_ms) == (Decimal(77), gone_ms)


async def test_what_was_pruned_is_no_hole(store: Store) -> None:
    await store_candles(store, *(candle(hour) for hour in range(6)))
    await put_coverage(store, asked(hours(0, 6), 6))
    async with store.writer.transaction():
        await store.writer.prune([BTC.symbol], tuple(Kind), T0 + 3 * HOUR, dry_run=False)
    assert await store.reader.gaps(LATER) == ()
    [left] = await store.reader.coverage(BTC.symbol, Kind.PERP, LATER)
    assert left.asked == hours(3, 6)


async def test_what_was_predicted_is_forgotten_and_what_settled_stays(store: Store) -> None:
    await store_rates(store, rate(0), rate(8), rate(0, symbol=PEPE.symbol))
    seen = [PredictedRate(one, T0 + n, T0 + HOUR, Decimal(1)) for one in (BTC.symbol, PEPE.symbol) for n in range(4)]
    async with store.writer.transaction():
        await store.writer.put_predicted(seen)
    before = await store.reader.revision()
    async with store.writer.transaction():
        assert await store.writer.forget_predicted([BTC.symbol], T0 + 3) == 3
    assert await store.reader.revision() != before
    kept = await store.reader.predicted(BTC.symbol, Span(0, LATER), LATER)
    assert [one.observed_at_ms for one in kept] == [T0 + 3]
    assert len(await store.reader.predicted(PEPE.symbol, Span(0, LATER), LATER)) == 4
    assert len(await rates(store.reader)) == 2
    with pytest.raises(UnknownPair):
        async with store.writer.transaction():
            await store.writer.forget_predicted(["DOGE/USDT:USDT"], T0)


async def test_pruning_funding_takes_predictions_along_and_renews_the_revision(store: Store) -> None:
    await store_rates(store, rate(0))
    async with store.writer.transaction():
        await store.writer.put_predicted([PredictedRate(BTC.symbol, T0, T0 + HOUR, Decimal(1))])
    before = await store.reader.revision()
    async with store.writer.transaction():
        counts = await store.writer.prune([BTC.symbol], (Kind.FUNDING,), T0 + 1, dry_run=False)
    assert counts == {BTC.symbol: {"funding": 2}}
    assert await store.reader.revision() != before


async def test_pruning_refuses_a_pair_it_does_not_know(store: Store) -> None:
    with pytest.raises(UnknownPair, match="DOGE"):
        async with store.writer.transaction():
            await store.writer.prune(["DOGE/USDT:USDT"], (Kind.FUNDING,), T0, dry_run=True)
