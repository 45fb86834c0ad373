"""Assembly against hand-made panels, and every matrix against a row-by-row reference."""

from __future__ import annotations

from dataclasses import fields, replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundarb.domain.instants import HOUR
from fundarb.domain.instrument import Pair
from fundarb.errors import DataError
from fundarb.signals.panel import NO_TIME, CandleColumns, Matrices
from tests.signals.making import NOTHING, T0, built, candles, hours, pair, settlements, worlds
from tests.signals.reference import Streams, row_of

LATE = T0 + 200 * HOUR
COLUMN_NAMES = ("open_at", "span_ms", "open", "high", "low", "close", "volume")


def intervals_h(*hours_after: float) -> list[float]:
    """Intervals in hours of one pair settling at these hours."""
    streams = Streams(settlements(*((hour, 1e-4) for hour in hours_after)), NOTHING, NOTHING, NOTHING)
    return [interval / HOUR for interval in built([pair("BTC")], [streams], LATE).settlements.interval_ms.tolist()]


def test_an_interval_is_the_gap_to_the_row_before_and_the_first_has_none() -> None:
    assert intervals_h(0, 8, 12, 13, 21) == [0, 8, 4, 1, 8]


def test_a_hole_keeps_the_interval_of_the_row_before_it_however_many_follow() -> None:
    assert intervals_h(0, 4, 13, 22, 24, 40) == [0, 4, 4, 4, 2, 2]


def test_a_hole_after_the_first_row_counts_as_eight_hours() -> None:
    assert intervals_h(0, 16, 32, 36) == [0, 8, 8, 4]


def test_intervals_of_one_pair_do_not_reach_into_the_next() -> None:
    pairs = [pair("AAA"), pair("BTC"), pair("ZED")]
    settled = [settlements((0, 1e-4), (1, 1e-4)), settlements(), settlements((2, 1e-4), (20, 1e-4), (24, 1e-4))]
    panel = built(pairs, [Streams(one, NOTHING, NOTHING, NOTHING) for one in settled], LATE)
    assert panel.settlements.offsets.tolist() == [0, 2, 2, 5]
    assert (panel.settlements.interval_ms / HOUR).tolist() == [0, 1, 0, 8, 4]


def test_rows_are_the_distinct_settlement_times_of_all_pairs() -> None:
    settled = [settlements((0, 1e-4), (8, 2e-4)), settlements((4, 3e-4), (8, 4e-4))]
    panel = built([pair("AAA"), pair("BTC")], [Streams(one, NOTHING, NOTHING, NOTHING) for one in settled], LATE)
    assert ((panel.matrices.times - T0) / HOUR).tolist() == [0, 4, 8]
    np.testing.assert_array_equal(panel.matrices.rate, [[1e-4, np.nan], [np.nan, 3e-4], [2e-4, 4e-4]])
    assert (panel.matrices.interval_ms / HOUR).tolist() == [[0, 0], [0, 0], [8, 4]]


def test_of_several_spans_the_shortest_opens_and_closes() -> None:
    perp = candles((0, 4, 10, 11, 1), (0, 1, 20, 21, 1), (4, 4, 12, 13, 1), (7, 1, 22, 23, 1))
    panel = built([pair("BTC")], [Streams(settlements((0, 0), (4, 0), (8, 0)), perp, NOTHING, NOTHING)], LATE)
    np.testing.assert_array_equal(panel.matrices.perp_open[:, 0], [20, 12, np.nan])
    np.testing.assert_array_equal(panel.matrices.perp_close[:, 0], [np.nan, 11, 23])
    assert panel.matrices.perp_closed_at[:, 0].tolist() == [NO_TIME, T0 + 4 * HOUR, T0 + 8 * HOUR]


def test_a_long_candle_that_closes_later_is_the_last_close_known() -> None:
    spot = candles((0, 1, 20, 21, 1), (0, 8, 30, 31, 1))
    panel = built([pair("BTC")], [Streams(settlements((4, 0), (8, 0)), NOTHING, spot, NOTHING)], LATE)
    assert panel.matrices.spot_close[:, 0].tolist() == [21, 31]


def test_the_mark_is_the_mark_candles_open_else_the_perps() -> None:
    perp, mark = candles((0, 1, 10, 10, 1), (8, 1, 11, 11, 1)), candles((8, 1, 99, 99, np.nan))
    panel = built([pair("BTC")], [Streams(settlements((0, 0), (8, 0), (16, 0)), perp, NOTHING, mark)], LATE)
    np.testing.assert_array_equal(panel.matrices.mark[:, 0], [10, 99, np.nan])


def test_the_days_volume_takes_the_shortest_span_that_closed_in_the_day() -> None:
    perp = candles((0, 24, 10, 10, 100), (20, 1, 10, 30, 2), (23, 1, 10, 10, 5), (30, 1, 10, 10, np.nan))
    panel = built(
        [pair("BTC")], [Streams(settlements((21, 0), (24, 0), (47.5, 0), (48, 0)), perp, NOTHING, NOTHING)], LATE
    )
    np.testing.assert_array_equal(panel.matrices.quote_volume_24h[:, 0], [40, 90, 50, np.nan])


def test_a_pair_that_vanished_stays_and_is_unlisted_from_its_end() -> None:
    streams = Streams(settlements((0, 0), (8, 0), (16, 0), (24, 0)), NOTHING, NOTHING, NOTHING)
    panel = built([pair("OLD", first=T0 + 8 * HOUR, gone=T0 + 16 * HOUR)], [streams], LATE)
    assert panel.matrices.listed[:, 0].tolist() == [False, True, False, False]


def test_an_end_that_has_not_come_is_not_known() -> None:
    streams = Streams(settlements((0, 0), (8, 0)), NOTHING, NOTHING, NOTHING)
    gone = [pair("OLD", gone=T0 + 8 * HOUR)]
    assert built(gone, [streams], T0 + 8 * HOUR - 1).pairs[0].gone_ms is None
    assert built(gone, [streams], T0 + 8 * HOUR).pairs[0].gone_ms == T0 + 8 * HOUR


def test_of_a_candle_unfinished_at_the_end_only_the_open_is_there() -> None:
    perp = candles((0, 4, 10, 11, 1), (2, 1, 12, 13, 2), (3, 1, 14, 15, 3), (4, 1, 16, 17, 4))
    wide = {"open": {3: Decimal("16.00000000000000001")}, "close": {0: Decimal("11.00000000000000001"), 1: Decimal(1)}}
    streams = Streams(settlements((3, 0)), replace(perp, wide=wide), NOTHING, NOTHING)
    rows = built([pair("BTC")], [streams], T0 + 3 * HOUR).perp
    assert rows.open.tolist() == [10, 12, 14]
    np.testing.assert_array_equal(rows.close, [np.nan, 13, np.nan])
    np.testing.assert_array_equal(rows.high, [np.nan, 14, np.nan])
    np.testing.assert_array_equal(rows.volume, [np.nan, 2, np.nan])
    assert rows.wide == {"close": {1: Decimal(1)}}


def test_wide_numbers_follow_their_rows_into_the_whole() -> None:
    digits = Decimal("0.00012345678901234567")
    one, two = settlements((0, 1e-4)), settlements((0, 1e-4), (8, float(digits)))
    streams = [Streams(kept, NOTHING, NOTHING, NOTHING) for kept in (one, replace(two, wide={"rate": {1: digits}}))]
    rows = built([pair("AAA"), pair("BTC")], streams, LATE).settlements
    assert rows.wide == {"rate": {2: digits}}
    assert [rows.rate_exact(row) for row in range(3)] == [Decimal("0.0001"), Decimal("0.0001"), digits]


def test_a_panel_of_nothing_has_no_rows() -> None:
    panel = built([], [], LATE)
    assert panel.matrices.rate.shape == (0, 0)
    assert panel.matrices.listed.shape == (0, 0)
    assert panel.perp.offsets.tolist() == [0]


def test_the_arrays_of_a_panel_cannot_be_written() -> None:
    panel = built([pair("BTC")], [Streams(settlements((0, 0)), NOTHING, NOTHING, NOTHING)], LATE)
    for array in (panel.settlements.rate, panel.perp.open, panel.times):
        assert not array.flags.writeable


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ([pair("AAA"), pair("BTC", spot=False)], "BTC/USDT:USDT has no spot market"),
        ([pair("BTC"), pair("AAA")], "symbol order"),
        ([pair("BTC"), pair("BTC")], "symbol order"),
        ([pair("BTC")], "rows of 2"),
    ],
)
def test_what_cannot_be_a_panel_is_refused(pairs: list[Pair], words: str) -> None:
    with pytest.raises(DataError, match=words):
        built(pairs, [Streams(settlements(), NOTHING, NOTHING, NOTHING)] * 2, LATE)


@pytest.mark.parametrize("stamps", [[T0, T0], [T0 + HOUR, T0]])
def test_columns_out_of_order_are_refused(stamps: list[int]) -> None:
    settled = replace(settlements((0, 0), (1, 0)), settled_at=np.array(stamps, dtype=np.int64))
    first = Streams(settlements((5, 0)), NOTHING, NOTHING, NOTHING)
    with pytest.raises(DataError, match="rising order"):
        built([pair("AAA"), pair("BTC")], [first, Streams(settled, NOTHING, NOTHING, NOTHING)], LATE)


def test_candles_opening_together_must_rise_in_span() -> None:
    perp = candles((0, 1, 10, 10, 1), (0, 4, 10, 10, 1))
    swapped = replace(perp, span_ms=perp.span_ms[::-1].copy())
    with pytest.raises(DataError, match="rising order"):
        built([pair("BTC")], [Streams(settlements(), swapped, NOTHING, NOTHING)], LATE)


@given(worlds())
def test_every_matrix_holds_what_the_reference_says(world: tuple[list[Pair], list[Streams]]) -> None:
    pairs, streams = world
    panel = built(pairs, streams, LATE)
    for column, (one, has) in enumerate(zip(panel.pairs, streams, strict=True)):
        for row, t in enumerate(panel.matrices.times.tolist()):
            for name, expected in row_of(t, one, has).items():
                found = getattr(panel.matrices, name)[row, column]
                np.testing.assert_allclose(found, expected, rtol=1e-12, atol=0, err_msg=f"{name} at {t}")


@given(worlds(), hours)
def test_a_row_needs_nothing_that_comes_after_it(world: tuple[list[Pair], list[Streams]], hour: int) -> None:
    pairs, streams = world
    whole, cut = built(pairs, streams, LATE), built(pairs, streams, T0 + hour * HOUR)
    rows = len(cut.matrices.times)
    assert rows == np.count_nonzero(whole.matrices.times <= T0 + hour * HOUR)
    for member in fields(Matrices):
        np.testing.assert_array_equal(getattr(cut.matrices, member.name), getattr(whole.matrices, member.name)[:rows])


@given(st.lists(st.floats(0, 1e9), min_size=60, max_size=60), st.integers(0, 20))
def test_a_days_volume_does_not_feel_what_came_before_its_day(traded: list[float], dropped: int) -> None:
    """Bit for bit, so that a trailing window decides as the whole history does."""
    perp = candles(*((hour, 1, 10.1, 10.3, volume) for hour, volume in enumerate(traded)))
    settled = settlements(*((hour, 0) for hour in range(44, 61)))
    whole = built([pair("BTC")], [Streams(settled, perp, NOTHING, NOTHING)], LATE)
    kept = CandleColumns(**{name: getattr(perp, name)[dropped:] for name in COLUMN_NAMES})
    window = built([pair("BTC")], [Streams(settled, kept, NOTHING, NOTHING)], LATE)
    np.testing.assert_array_equal(window.matrices.quote_volume_24h, whole.matrices.quote_volume_24h)


def with_another_future(columns: CandleColumns, until_ms: int) -> CandleColumns:
    """The same candles up to `until_ms`; what closes after it closes elsewhere."""
    finished = columns.open_at + columns.span_ms <= until_ms
    return replace(
        columns, close=np.where(finished, columns.close, 77.0), volume=np.where(finished, columns.volume, 7.0)
    )


@given(worlds())
def test_what_comes_later_changes_neither_content_nor_hash(world: tuple[list[Pair], list[Streams]]) -> None:
    pairs, streams = world
    until = T0 + 40 * HOUR
    others = [replace(one, perp=with_another_future(one.perp, until)) for one in streams]
    assert built(pairs, others, until).data_hash == built(pairs, streams, until).data_hash


def test_the_hash_names_instruments_rows_and_wide_digits() -> None:
    one = Streams(settlements((0, 1e-4), (8, 2e-4)), candles((0, 1, 10, 11, 1)), NOTHING, NOTHING)
    wide = replace(one.settlements, wide={"rate": {1: Decimal("0.00020000000000000001")}})
    versions = [
        ([pair("BTC")], one),
        ([pair("ETH")], one),
        ([replace(pair("BTC"), multiplier=Decimal(1000))], one),
        ([pair("BTC")], replace(one, settlements=settlements((0, 1e-4), (8, 3e-4)))),
        ([pair("BTC")], replace(one, settlements=wide)),
        ([pair("BTC")], Streams(one.settlements, NOTHING, one.perp, NOTHING)),
    ]
    hashes = [built(pairs, [streams], LATE).data_hash for pairs, streams in versions]
    assert len(set(hashes)) == len(versions)
    assert built([replace(pair("BTC"), multiplier=Decimal("1.000"))], [one], LATE).data_hash == hashes[0]


def test_the_hash_is_the_same_on_every_machine_and_in_every_version_of_this_program() -> None:
    one = Streams(settlements((0, 1e-4), (8, 2e-4)), candles((0, 1, 10, 11, np.nan)), NOTHING, NOTHING)
    assert built([pair("BTC")], [one], LATE).data_hash == (
        "054c3238866d85b1be5528388cfe8e5206db3b0abd43789ca2db2b67aaa2f97f"  # changes only with fingerprint.FORMAT
    )
