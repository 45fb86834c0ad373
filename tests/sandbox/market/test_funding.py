"""Funding follows the venue's formula, can be computed from the premium candles, and is distributed as the model says."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundarb.sandbox.market.coins import Coin
from fundarb.sandbox.market.funding import INTEREST, rates, weighted, weighted_so_far
from fundarb.sandbox.market.made import MadeMarket
from fundarb.sandbox.market.source import DAY, EPOCH_MS, HOUR, MINUTE
from tests.sandbox.market.worlds import BTC, ETH, NOW, small

SIX_YEARS = EPOCH_MS + 2190 * DAY
CAPS = {"BTCUSDT": Decimal("0.00375"), "1000PEPEUSDT": Decimal("0.005"), "HOTUSDT": Decimal("0.0015")}


@pytest.mark.parametrize(
    ("premium_bp", "rate_bp"),
    [(-40, -35), (-9, -4), (-5, 0), (-4, 1), (0, 1), (6, 1), (7, 2), (12, 7), (50, 37.5)],
)
def test_constant_premiums_make_the_published_rates(premium_bp: float, rate_bp: float) -> None:
    knots = np.full(9, premium_bp * 10_000.0)
    assert rates(weighted(knots, 8), 8, 375_000).tolist() == [round(rate_bp * 10_000)]


@pytest.mark.parametrize(("hours", "rate"), [(8, 10_000), (4, 5_000), (2, 2_500), (1, 1_250)])
def test_the_default_rate_is_pro_rata_of_eight_hours(hours: int, rate: int) -> None:
    assert rates(np.array([0.0, float(INTEREST)]), hours, 10**7).tolist() == [rate, rate]


@given(st.lists(st.integers(-(10**6), 10**6), min_size=9, max_size=9))
def test_later_minutes_weigh_more_and_the_running_estimate_ends_at_the_whole(premiums: list[int]) -> None:
    knots = np.array(premiums, dtype=float)
    assert weighted_so_far(knots, 480) == pytest.approx(float(weighted(knots, 8)[0]), abs=1e-3)
    plain = Fraction(0)
    for minute in range(1, 481):
        hour, passed = divmod(minute, 60)
        after = premiums[min(hour + 1, 8)]
        plain += minute * (premiums[hour] + Fraction(passed, 60) * (after - premiums[hour]))
    assert float(weighted(knots, 8)[0]) == pytest.approx(float(plain / (240 * 481)), abs=1e-3)


@settings(max_examples=25)
@given(symbol=st.sampled_from(sorted(CAPS)), at=st.integers(EPOCH_MS + DAY, EPOCH_MS + 2000 * DAY))
def test_a_settled_rate_follows_from_the_minutes_of_the_premium(symbol: str, at: int) -> None:
    (stamp, rate), (before, _) = small().settlements(symbol, 0, at, 2)
    rows = small().candles(symbol, "premium", MINUTE, before, stamp - MINUTE, stamp)
    closes = [Decimal(row.close) for row in rows]
    weights = range(1, len(closes) + 1)
    premium = Fraction(sum((weight * close for weight, close in zip(weights, closes, strict=True)), Decimal(0))) / sum(
        weights
    )
    damped = premium + min(max(Fraction(1, 10_000) - premium, Fraction(-5, 10_000)), Fraction(5, 10_000))
    expected = damped * (stamp - before) / (8 * HOUR)
    cap = Fraction(CAPS[symbol])
    assert abs(Fraction(rate) - min(max(expected, -cap), cap)) <= Fraction(2, 10**8)


@settings(max_examples=40)
@given(symbol=st.sampled_from(["BTCUSDT", "1000PEPEUSDT", "TIAUSDT"]), at=st.integers(NOW, NOW + 900 * DAY))
def test_the_estimate_converges_to_the_rate_that_settles(symbol: str, at: int) -> None:
    quote = small().quote(symbol, "linear", at)
    next_ms, interval_ms = quote.next_funding_ms, quote.interval_ms
    assert next_ms is not None
    assert interval_ms is not None
    assert at < next_ms <= at + interval_ms
    ((stamp, rate),) = small().settlements(symbol, at + 1, next_ms, 10)
    assert stamp == next_ms
    errors = []
    for left in (interval_ms // 2, 20 * MINUTE, MINUTE):
        estimate = small().quote(symbol, "linear", next_ms - left).funding_rate
        assert estimate is not None
        errors.append(abs(estimate - Decimal(rate)))
    assert errors[2] <= Decimal("0.00003")
    assert errors[1] <= Decimal("0.0008")


def test_pages_of_settlements_are_newest_first_inclusive_and_keep_the_newest() -> None:
    everything = small().settlements("BTCUSDT", 0, NOW, 10**6)
    stamps = [stamp for stamp, _ in everything]
    assert stamps == list(range(NOW // (8 * HOUR) * 8 * HOUR, EPOCH_MS, -8 * HOUR))
    assert small().settlements("BTCUSDT", stamps[700], stamps[300], 200) == everything[300:500]
    assert small().settlements("BTCUSDT", stamps[310], stamps[300], 200) == everything[300:311]
    assert small().settlements("BTCUSDT", stamps[5] + 1, stamps[4] - 1, 200) == []


def _majors(seed: int) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], ...]:
    market = MadeMarket(seed, coins=[BTC, ETH])
    return tuple(
        np.array([float(rate) for _, rate in market.settlements(symbol, 0, SIX_YEARS, 10**6)][::-1]) * 1e4
        for symbol in ("BTCUSDT", "ETHUSDT")
    )


def test_majors_are_distributed_as_the_premium_model_says() -> None:
    seen, correlations = [], []
    for seed in range(1, 9):
        pair = _majors(seed)
        correlations.append(np.corrcoef(pair[0], pair[1])[0, 1])
        for rate in pair:
            default = np.isclose(rate, 1.0, atol=1e-9)
            lags = [np.corrcoef(rate[lag:], rate[:-lag])[0, 1] for lag in (1, 9, 63)]
            shares = [default.mean(), (rate < 0).mean(), ((rate > 1) & ~default).mean()]
            seen.append([rate.mean(), rate.std(), *shares, *lags, np.quantile(rate, 0.99)])
    mean, deviation, default_share, negative, above, lag1, lag9, lag63, high = np.mean(seen, axis=0)
    assert 0.9 < mean < 1.9
    assert 1.6 < deviation < 3.2
    assert 0.40 < default_share < 0.58
    assert 0.06 < negative < 0.18
    assert 0.08 < above < 0.22
    assert 0.78 < lag1 < 0.92
    assert 0.50 < lag9 < 0.75
    assert 0.15 < lag63 < 0.45
    assert 8 < high < 17
    assert 0.75 < np.mean(correlations) < 0.95


def test_smaller_coins_move_with_the_market_but_less_and_jump() -> None:
    alts = [Coin(f"ALT{at}", 1.0, 1e7) for at in range(8)]
    market = MadeMarket(3, coins=[BTC, *alts])
    series = {
        symbol: np.array([float(rate) for _, rate in market.settlements(symbol, 0, SIX_YEARS, 10**6)])
        for symbol in ["BTCUSDT", *(f"{alt.name}USDT" for alt in alts)]
    }
    btc = series.pop("BTCUSDT")
    together = [np.corrcoef(btc, alt[: len(btc)])[0, 1] for alt in series.values() if len(alt) == len(btc)]
    assert together
    assert 0.1 < float(np.mean(together)) < 0.7
    assert min(alt.min() for alt in series.values()) < -0.004
    assert btc.min() > -0.004
