"""What `signals --explain` shows: each reading by hand, absent where history is missing, silent about nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundarb.domain.instants import DAY, HOUR, iso
from fundarb.signals.composite import composite
from fundarb.signals.explain import Terms, explain
from fundarb.signals.har import features, har, predict, refit
from fundarb.signals.lookback import PERIOD, apart, eight_hourly, lookback
from fundarb.signals.percentile import Regime, mid_rank, percentile, regime
from fundarb.signals.regression import line
from fundarb.signals.reversion import ar1, half_life, robust_z, z_score
from tests.signals.making import NOTHING, T0, built, candles, pair, settlements
from tests.signals.markets import market, rows_of
from tests.signals.reference import Streams

TERMS = Terms(0.3, 20.5)
levels = st.floats(-100, 100)
histories = st.lists(levels, min_size=21, max_size=90).map(np.array)


def autoregression(phi: float, count: int, seed: int = 5) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    level, out = 0.0, np.empty(count)
    for n, shock in enumerate(np.random.default_rng(seed).normal(size=count)):
        level = phi * level + shock
        out[n] = level
    return out


@given(histories, levels, st.floats(0, 50))
def test_robust_z_and_percentile_are_bounded_and_rise_with_the_level(
    history: np.ndarray[tuple[int], np.dtype[np.float64]], level: float, more: float
) -> None:
    assert -10 <= robust_z(history, level) <= robust_z(history, level + more) <= 10
    assert 0 <= percentile(history, level) <= percentile(history, level + more) <= 1


def test_a_level_is_held_against_a_history_without_it() -> None:
    history = np.array([1.0, 2.0, 3.0] * 7)
    assert robust_z(history, 2.0) == 0
    assert robust_z(history, 2.0 + 1.4826) == pytest.approx(1)
    assert robust_z(np.full(30, 1.0), 4.0) == 3  # no spread at all counts as 1 bp
    assert z_score(np.array([1.0, 3.0]), 2 + math.sqrt(2)) == pytest.approx(1)
    assert math.isnan(z_score(np.full(9, 1.0), 2.0))
    assert math.isnan(robust_z(history[:20], 2.0))
    assert math.isnan(percentile(history[:20], 2.0))


def test_ties_count_half() -> None:
    assert mid_rank(np.array([1.0, 1.0, 1.0, 2.0]), 1.0) == 0.375
    assert [regime(share) for share in (0.19, 0.2, 0.8, 0.81)] == [
        Regime.LOW,
        Regime.NORMAL,
        Regime.NORMAL,
        Regime.HIGH,
    ]
    assert regime(math.nan) is None


def test_a_half_life_rises_with_persistence_and_is_absent_where_nothing_returns() -> None:
    assert half_life(0.5) == 1
    assert half_life(0.9) > half_life(0.8)
    assert half_life(0.9999, 90) == 90
    assert all(math.isnan(half_life(phi)) for phi in (-0.2, 0.0, 1.0, 1.2))
    assert ar1(np.array([1.0, 1.0, 1.0]), np.array([1.0, 2.0, 1.0])) is None
    assert ar1(np.array([1.0, 2.0, math.nan]), np.array([1.0, 2.0, 3.0])) is None


def test_levels_of_eight_hours_weigh_by_the_time_they_cover() -> None:
    rows = rows_of([(0, 0), (8, 1e-4), (16, 2e-4), (18, 1e-4), (24, 6e-4), (40, 1e-4)])
    found = eight_hourly(lookback(rows), 5, 6)
    np.testing.assert_allclose(found, [np.nan, 1, 2, (4 * 2 + 8 * 6) / 8, np.nan, 8 / 6])
    look = lookback(rows_of([(h, 1e-4 / 8) for h in range(50)]))
    np.testing.assert_allclose(eight_hourly(look, 49, 6), 1.0)


def test_rows_apart_are_exactly_that_far_apart() -> None:
    at = np.array([0, 4, 8, 13, 16, 21]) * HOUR
    before, after = apart(at, PERIOD)
    assert (before.tolist(), after.tolist()) == ([0, 2, 3], [2, 4, 5])
    assert all(len(rows) == 0 for rows in apart(at[:0], PERIOD))


def test_har_learns_a_persistent_process_and_stays_within_its_bound() -> None:
    slow = 1 + autoregression(0.97, 1200) * 0.3
    assert har(slow, 21) / 21 == pytest.approx(1 + (slow[-1] - 1) * 0.728, abs=0.3)
    assert har(slow * 1e4, 21) == pytest.approx(math.copysign(21 * 20, har(slow, 21)))
    assert math.isnan(har(slow[: 44 + 89 + 21], 21))
    assert not math.isnan(har(slow[: 44 + 90 + 21], 21))
    assert math.isnan(har(np.append(slow, np.nan), 21))
    assert math.isnan(har(slow[:3], 21))


@given(st.integers(0, 2**32), st.sampled_from([9, 21, 63]))
@settings(max_examples=10)
def test_har_refits_on_samples_that_had_come_true(seed: int, horizon: int) -> None:
    """By hand: every sample whose whole horizon has settled, and no other."""
    history = np.random.default_rng(seed).normal(size=400)
    known = features(history)
    found = refit(history, known, horizon)
    rows = range(44, len(history) - horizon)  # half of the longest average is there
    design = np.array([[1.0, *known[row]] for row in rows])
    target = np.array([history[row + 1 : row + 1 + horizon].mean() for row in rows])
    assert found is not None
    np.testing.assert_allclose(found, np.linalg.lstsq(design, target, rcond=None)[0], atol=1e-9)
    np.testing.assert_allclose(known[300], [history[301 - span : 301].mean() for span in (1, 9, 21, 90)], atol=1e-12)
    assert har(history, horizon) == pytest.approx(predict(found, known[-1], horizon))


@pytest.mark.parametrize("phi", [0.0, 0.77])
def test_an_honest_p_value_calls_few_trendless_series_a_trend(phi: float) -> None:
    """Of 300 autoregressions without a trend, ninety values each: about one in twenty; the usual p-value says far more."""
    found = [line(autoregression(phi, 290, seed)[-90:]) for seed in range(300)]
    honest = np.mean([one is not None and one.p_value < 0.05 for one in found])
    usual = np.mean([one is not None and one.p_independent < 0.05 for one in found])
    assert honest < 0.09
    assert usual > 0.4 if phi else usual < 0.09


def test_a_clear_trend_is_one_and_a_line_without_noise_has_no_p_value() -> None:
    noise = autoregression(0.5, 90)
    clear = line(noise + np.arange(90) * 0.2)
    assert clear is not None
    assert clear.slope == pytest.approx(0.2, abs=0.03)
    assert clear.p_value < 1e-6
    assert line(np.arange(90.0)) is None
    assert line(np.full(90, 1.0)) is None
    assert line(noise[:20]) is None


def test_an_explanation_names_every_reading_and_its_moment() -> None:
    made = market(11, days=420)
    panel = made.panel()
    at_ms = made.until_ms
    facts = explain(panel, 1, at_ms, TERMS)
    settled = panel.settlements.settled_at[panel.settlements.rows(1)]
    assert facts["settled_at"] == iso(int(settled[-1]))
    assert facts["cross"] in ("RISING", "FALLING", "STABLE")
    assert facts["regime_30d"] in ("LOW", "NORMAL", "HIGH")
    assert facts["open_interest"] is None
    absent = {name for name, value in facts.items() if value is None}
    assert absent <= {"open_interest", "half_life_h", "har_next_21d_bp"}
    weights = dict.fromkeys(("carry", "persistence", "trend", "stability", "basis", "volume"), 1.0)
    scored = composite(panel, weights, 0.3, frozenset())
    assert facts["forecast_bp"] == pytest.approx(int(scored.forecast[-1]) / 1e12, abs=1e-12)
    assert facts["volume"] == scored.components["volume"][-1]
    assert {type(value) for value in facts.values()} <= {float, str, type(None)}
    assert explain(panel, 1, int(settled[-1]) - 1, TERMS)["settled_at"] == iso(int(settled[-2]))


def test_the_last_month_does_not_contain_the_level_it_is_held_against() -> None:
    rising = settlements(*((8.0 * n, n * 1e-6) for n in range(120)))
    panel = built([pair("BTC")], [Streams(rising, NOTHING, NOTHING, NOTHING)], T0 + 40 * DAY)
    facts = explain(panel, 0, T0 + 40 * DAY, TERMS)
    assert facts["percentile_30d"] == 1.0
    assert facts["robust_z_30d"] == pytest.approx(
        (1.19 - 0.735) / 1
    )  # 90 levels before: .29 to 1.18, at most 1 bp wide


def test_a_pair_that_has_just_begun_has_a_rate_and_little_else() -> None:
    rows = settlements((0, 1e-4), (8, 2e-4))
    panel = built([pair("BTC")], [Streams(rows, NOTHING, NOTHING, NOTHING)], T0 + DAY)
    assert explain(panel, 0, T0 - 1, TERMS) == {}
    first, second = explain(panel, 0, T0, TERMS), explain(panel, 0, T0 + DAY, TERMS)
    assert {name for name, value in first.items() if value is not None} == {"settled_at", "not_negative_h"}
    assert (second["rate_8h_bp"], second["interval_h"]) == (2.0, 8.0)
    assert second["apr"] == pytest.approx(0.219)
    assert second["forecast_bp"] is second["robust_z_30d"] is second["har_next_7d_bp"] is second["basis_bp"] is None


def test_a_stand_in_has_no_basis() -> None:
    rows = settlements(*((8.0 * n, 1e-4) for n in range(60)))
    perp = candles(*((8 * n, 8, 10 + n % 3, 10 + n % 4, 1) for n in range(60)))
    spot = candles(*((8 * n, 8, 9, 9 + n % 5, 1) for n in range(60)))
    panel = built([pair("BTC")], [Streams(rows, perp, spot, NOTHING)], T0 + 30 * DAY)
    plain = explain(panel, 0, T0 + 30 * DAY, TERMS)
    stood_in = explain(panel, 0, T0 + 30 * DAY, TERMS._replace(stand_ins=frozenset({"BTC/USDT:USDT"})))
    named = [name for name in plain if name.startswith("basis")]
    assert len(named) == 4
    assert all(isinstance(plain[name], float) and stood_in[name] is None for name in named)
