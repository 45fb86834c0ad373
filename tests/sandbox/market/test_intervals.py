"""Funding intervals: by plan, hourly after a settlement at the cap until the rates are quiet, never of majors; and what
instruments-info says of them is old for a while."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby, pairwise

import numpy as np
import pytest

from fundarb.sandbox.market.coins import Coin
from fundarb.sandbox.market.intervals import QUIET_CYCLES, Pace, settle
from fundarb.sandbox.market.made import MadeMarket
from fundarb.sandbox.market.quotes import STALE_MS
from fundarb.sandbox.market.source import DAY, EPOCH_MS, HOUR
from fundarb.sandbox.market.universe import CHANGING, CHANGING_LAUNCH_MS, CHANGING_SHAPE
from tests.sandbox.market.worlds import BTC, small

FIVE_YEARS = EPOCH_MS + 1825 * DAY


def hours_between(rows: list[tuple[int, str]]) -> list[int]:
    """The gaps of settlements given newest first, oldest gap first."""
    stamps = [stamp for stamp, _ in reversed(rows)]
    return [(after - before) // HOUR for before, after in pairwise(stamps)]


def test_the_named_symbol_goes_from_8_to_1_to_4_hours_in_seventeen_hundred_settlements() -> None:
    market = MadeMarket(1, pairs=10)
    symbol = f"{CHANGING}USDT"
    end = CHANGING_LAUNCH_MS + sum(hours * count for hours, count in CHANGING_SHAPE) * HOUR
    rows = market.settlements(symbol, 0, end, 10**6)
    assert len(rows) == 1700
    gaps = [8, *hours_between(rows)]
    assert [(hours, len(list(run))) for hours, run in groupby(gaps)] == [(8, 300), (1, 900), (4, 500)]
    assert set(hours_between(market.settlements(symbol, end, end + 300 * DAY, 10**6))) == {4}


def test_walking_it_forwards_by_todays_interval_loses_669_and_backwards_nothing() -> None:
    market = MadeMarket(1, pairs=10)
    symbol = f"{CHANGING}USDT"
    end = CHANGING_LAUNCH_MS + sum(hours * count for hours, count in CHANGING_SHAPE) * HOUR
    every = {stamp for stamp, _ in market.settlements(symbol, 0, end, 10**6)}
    naive: set[int] = set()
    since = min(every)
    while page := market.settlements(symbol, since, min(since + 200 * 4 * HOUR, end), 200):
        naive |= {stamp for stamp, _ in page}
        since = page[0][0] + 1
    assert len(every - naive) == 669
    walked: set[int] = set()
    until, pages = end, 0
    while page := market.settlements(symbol, 0, until, 200):
        walked |= {stamp for stamp, _ in page}
        until, pages = page[-1][0] - 1, pages + 1
    assert walked == every
    assert pages == 9


def test_a_settlement_at_the_cap_is_followed_hourly_until_the_rates_are_quiet() -> None:
    rows = small().settlements("HOTUSDT", 0, FIVE_YEARS, 10**6)[::-1]
    gaps = hours_between(rows[::-1])
    assert {1, 4, 8} == set(gaps)
    cap = Decimal("0.0015")
    for at in range(1, len(gaps)):
        capped, closed, opens = abs(Decimal(rows[at][1])) == cap, gaps[at - 1], gaps[at]
        if closed > 1:
            assert opens == (1 if capped else closed)
        elif opens > 1:
            quiet = [abs(Decimal(rate)) <= Decimal("0.00002") for _, rate in rows[at - QUIET_CYCLES + 1 : at + 1]]
            assert quiet == [True] * QUIET_CYCLES
            assert (opens, rows[at][0] % (4 * HOUR)) == (4, 0)
    assert all(abs(Decimal(rate)) <= cap for _, rate in rows)


def test_majors_never_switch_not_even_at_the_cap() -> None:
    capped = Coin("BTC", 16500.0, 1e10, major=True, cap=0.0002)
    rows = MadeMarket(2, coins=[capped]).settlements("BTCUSDT", 0, FIVE_YEARS, 10**6)
    assert any(Decimal(rate) == Decimal("0.0002") for _, rate in rows)
    assert set(hours_between(rows)) == {8}


def test_the_announced_interval_is_old_for_some_hours_after_a_change() -> None:
    stamps = [stamp for stamp, _ in small().settlements("TIAUSDT", 0, FIVE_YEARS, 10**6)][::-1]
    changed, announced = stamps[299], small().announced_interval_ms
    assert small().quote("TIAUSDT", "linear", changed).interval_ms == HOUR
    assert small().quote("TIAUSDT", "linear", changed).next_funding_ms == changed + HOUR
    assert announced("TIAUSDT", changed) == 8 * HOUR
    assert announced("TIAUSDT", changed + STALE_MS - 1) == 8 * HOUR
    assert announced("TIAUSDT", changed + STALE_MS) == HOUR
    assert announced("BTC-23AUG24", changed) == 0


@pytest.mark.parametrize("pieces", [1, 2, 5])
def test_funding_does_not_depend_on_how_its_time_is_cut(pieces: int) -> None:
    coin = Coin("ANY", 1.0, 1e6, cap=0.0005)
    rng = np.random.default_rng(4)
    knots = np.repeat(rng.choice([0.0, 10**6, 5_000.0], 60, p=[0.5, 0.05, 0.45]), 80)[:4801]
    whole = settle(coin, Pace(EPOCH_MS, 8), knots, EPOCH_MS)
    assert {1, 4, 8} <= set(whole.hours.tolist())
    pace = Pace(EPOCH_MS, 8)
    stamps: list[int] = []
    found: list[int] = []
    for first in range(0, 4800, 4800 // pieces):
        part = settle(coin, pace, knots[first : first + 4800 // pieces + 1], EPOCH_MS + first * HOUR)
        stamps, found, pace = stamps + part.stamps.tolist(), found + part.rates.tolist(), part.pace
    assert (stamps, found) == (whole.stamps.tolist(), whole.rates.tolist())


def test_intervals_are_mixed_from_the_start() -> None:
    market = MadeMarket(1, coins=[BTC, Coin("A", 1.0, 1e6, interval_h=4), Coin("B", 1.0, 1e6, interval_h=1)])
    found = {market.quote(symbol, "linear", EPOCH_MS + 1).interval_ms for symbol in ("BTCUSDT", "AUSDT", "BUSDT")}
    assert found == {8 * HOUR, 4 * HOUR, HOUR}


def test_some_coins_of_the_venue_reach_their_caps_and_most_settlements_do_not() -> None:
    market = MadeMarket(1, pairs=40)
    staying = [one for one in market.instruments() if one.contract == "LinearPerpetual" and one.gone_ms is None]
    capped = {
        one.symbol: sum(abs(Decimal(rate)) >= one.funding_cap for _, rate in rows) / len(rows)
        for one in staying
        if (rows := market.settlements(one.symbol, 0, FIVE_YEARS, 10**6))
    }
    assert 0.15 < sum(share > 0 for share in capped.values()) / len(capped) < 0.75
    assert max(capped.values()) < 0.01
    assert capped["BTCUSDT"] == capped["ETHUSDT"] == 0
