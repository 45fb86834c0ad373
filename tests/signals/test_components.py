"""The score and its components against a slow second writing of the semantics, on random markets; and by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundarb.signals.basis import basis
from fundarb.signals.composite import COMPONENTS, Composite, composite, weighted
from fundarb.signals.dispersion import dispersion
from fundarb.signals.ema import ema
from fundarb.signals.forecast import forecast
from fundarb.signals.lookback import lookback
from fundarb.signals.panel import CandleColumns
from fundarb.signals.persistence import persistence
from fundarb.signals.rounding import ABSENT
from tests.signals.causality import moments_of
from tests.signals.making import NOTHING, T0, built, candles, pair, settlements
from tests.signals.markets import Market, market, rows_of, steady
from tests.signals.plain import average, components, included, score
from tests.signals.reference import Streams

WEIGHTS = {"carry": 0.7, "persistence": 0.08, "trend": 0.06, "stability": 0.08, "basis": 0.08, "volume": 0.1}
NO_VOLUME = {**WEIGHTS, "volume": 0.0}
CHARGE = 0.3


def agrees(ours: float, plain: float | None, within: float) -> bool:
    return np.isnan(ours) if plain is None else abs(ours - plain) <= within


@given(st.integers(0, 2**32))
@settings(max_examples=8)
def test_score_forecast_and_components_are_those_of_the_plain_reading(seed: int) -> None:
    made = market(seed)
    panel = made.panel()
    found = composite(panel, WEIGHTS, CHARGE, frozenset())
    for index, row in moments_of(made, seed, 6):
        streams = made.streams[index]
        plain = components(streams, int(streams.settlements.settled_at[row]), CHARGE)
        at = panel.settlements.rows(index).start + row
        for name in COMPONENTS:
            assert agrees(float(found.components[name][at]), plain[name], 1e-13), name
        for units, value in ((found.forecast[at], plain["forecast"]), (found.score[at], score(plain, WEIGHTS))):
            assert units == ABSENT if value is None else abs(int(units) - value * 1e12) <= 0.6


@given(st.integers(0, 2**32))
@settings(max_examples=5)
def test_averages_differ_from_directly_weighted_sums_by_less_than_the_last_places(seed: int) -> None:
    made = market(seed, pairs=1)
    look, stream = lookback(made.panel().settlements), made.streams[0]
    columns = {n: ema(look, n) for n in (3, 9, 21, 90)}
    for _, row in moments_of(made, seed, 6):
        s = int(stream.settlements.settled_at[row])
        rows = included(stream, s)
        largest = max((abs(one.level) for one in rows), default=0.0)
        for n, column in columns.items():
            assert agrees(column[row], average(rows, s, n) if rows else None, 8 * np.finfo(float).eps * largest)


def test_an_average_does_not_depend_on_how_often_a_level_is_paid() -> None:
    eight, one = (lookback(rows_of([(h, 1e-4 * every / 8 * (1 if h <= 240 else 5)) for h in range(0, 480, every)]))
                  for every in (8, 1))  # fmt: skip
    for periods in (3, 9, 21, 90):
        slow = dict(zip(eight.settled_at.tolist(), ema(eight, periods).tolist(), strict=True))
        fast = dict(zip(one.settled_at.tolist(), ema(one, periods).tolist(), strict=True))
        first_h, last_h = 8, 472
        assert slow[T0 + last_h * 3_600_000] == pytest.approx(fast[T0 + last_h * 3_600_000], rel=0.02)
        assert slow[T0 + first_h * 3_600_000] == pytest.approx(1) == pytest.approx(fast[T0 + first_h * 3_600_000])


def test_a_gap_of_more_than_a_day_ends_the_look_back_and_one_of_a_day_does_not() -> None:
    before = [(8.0 * n, 1e-4) for n in range(10)]
    kept, cut = (rows_of([*before, (72 + gap, 5e-4)]) for gap in (24, 25))
    assert ema(lookback(kept), 3)[-1] < 5
    assert ema(lookback(cut), 3)[-1] == pytest.approx(5)
    assert lookback(cut).oldest[-1] == 10


def test_the_first_settlement_of_a_pair_has_no_level_and_no_component() -> None:
    look = lookback(rows_of([(0, 1e-4), (8, 1e-4)], [(0, 1e-4)]))
    assert np.isnan(ema(look, 3)).tolist() == [True, False, True]
    assert np.isnan(persistence(look)).tolist() == [True, False, True]


def test_a_forecast_needs_seven_days_and_no_more() -> None:
    there = np.isfinite(forecast(lookback(steady([1.0] * 30))))
    assert there.tolist() == [False] * 22 + [True] * 9  # row 1 is the oldest with an interval; row 22 is 7 d after it


def test_dispersion_needs_six_settlements_of_the_last_ten_days() -> None:
    assert np.isfinite(dispersion(lookback(steady([1.0] * 8))).median).tolist() == [False] * 6 + [True] * 3


def test_a_basis_needs_twenty_one_of_the_ninety_before() -> None:
    level = np.full(60, np.nan)
    level[10:] = 3.0
    assert np.flatnonzero(np.isfinite(basis(level)))[0] == 10 + 21
    assert basis(level)[40] == 0.5


def test_a_price_of_zero_gives_no_basis() -> None:
    perp = candles(*((8 * n, 8, 10, 0 if n == 25 else 10, 1) for n in range(30)))
    spot = candles(*((8 * n, 8, 10, 10, 1) for n in range(30)))
    found = _found(perp, spot)
    assert np.flatnonzero(np.isnan(found.components["basis"])).tolist() == [*range(22), 26]


def _found(perp: CandleColumns, spot: CandleColumns, stand_ins: frozenset[str] = frozenset()) -> Composite:
    rows = settlements(*((8.0 * n, 1e-4) for n in range(30)))
    panel = built([pair("BTC")], [Streams(rows, perp, spot, NOTHING)], T0 + 10**10)
    return composite(panel, NO_VOLUME, 0.0, stand_ins)


def test_a_pair_whose_spot_is_stood_in_for_has_no_basis() -> None:
    one = candles(*((8 * n, 8, 10, 10, 1) for n in range(30)))
    assert np.isfinite(_found(one, one).components["basis"]).sum() == 30 - 22
    assert not np.isfinite(_found(one, one, frozenset({"BTC/USDT:USDT"})).components["basis"]).any()


def test_absent_components_leave_their_weight_to_the_others() -> None:
    values: dict[str, Any] = {name: np.array([0.5]) for name in COMPONENTS}
    values |= {"carry": np.array([0.9]), "basis": np.array([np.nan]), "trend": np.array([np.nan])}
    expected = (0.7 * 0.9 + 0.16 * 0.5) / 0.86
    assert weighted(values, NO_VOLUME)[0] == pytest.approx(expected)
    assert np.isnan(weighted({**values, "carry": np.array([np.nan])}, NO_VOLUME)[0])


def test_volume_is_not_computed_while_it_weighs_nothing() -> None:
    panel = market(3).panel()
    assert np.isfinite(composite(panel, WEIGHTS, 0.0, frozenset()).components["volume"]).any()
    assert not np.isfinite(composite(panel, NO_VOLUME, 0.0, frozenset()).components["volume"]).any()


def test_a_market_without_settlements_has_no_scores() -> None:
    empty = Market([pair("BTC")], [Streams(settlements(), NOTHING, NOTHING, NOTHING)], T0).panel()
    assert len(composite(empty, WEIGHTS, 0.0, frozenset()).score) == 0
    assert len(composite(built([], [], T0), WEIGHTS, 0.0, frozenset()).score) == 0
