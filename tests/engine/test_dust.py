"""Dust is worth what its spots last closed at, exactly, however many digits that takes."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundarb.accounting.book import Book
from fundarb.domain.instants import HOUR
from fundarb.domain.instrument import LotRule, Pair
from fundarb.domain.money import ZERO
from fundarb.engine.dust import DustLine
from fundarb.engine.market import Market
from fundarb.engine.replay import ReplayFeed
from fundarb.engine.timeline import Timeline, build_timeline
from tests.engine.worlds import Bar, Stream, panel_of

START = 1_704_067_200_000
EVENTS = 6
LOTS = LotRule(Decimal(1), Decimal(1), Decimal(0))
A, B = "A/USDT:USDT", "B/USDT:USDT"


def line_of(closes: dict[str, list[str]]) -> DustLine:
    """Hourly events; spot candle k closes at event k."""
    market, timeline = replay_of(closes)
    return DustLine(market, timeline)


def replay_of(closes: dict[str, list[str]]) -> tuple[Market, Timeline]:
    panel = panel_of([stream(symbol, values) for symbol, values in sorted(closes.items())], START + EVENTS * HOUR)
    return Market(panel, spot_from_perp=False), build_timeline(panel, START, START + (EVENTS - 1) * HOUR)


def stream(symbol: str, closes: list[str]) -> Stream:
    pair = Pair(symbol, symbol.partition(":")[0], Decimal(1), LOTS, LOTS)
    bars = []
    for event, text in enumerate(closes):
        price = Decimal(text)
        bars.append(Bar(START + (event - 1) * HOUR, HOUR, price, price, price, price, None))
    return Stream(pair, tuple((START + event * HOUR, ZERO) for event in range(EVENTS)), spot=tuple(bars))


def test_dust_follows_its_spot_from_when_it_was_left() -> None:
    dust = line_of({A: ["10", "11", "12", "13", "14", "15"]})
    left = [(A, Decimal("0.5"))]
    assert dust.worth(left, 2) == 6
    assert dust.worth(left, 3) == Decimal("6.5")
    left.append((A, Decimal("0.25")))
    assert dust.worth(left, 4) == Decimal("10.5")


def test_no_dust_is_worth_nothing() -> None:
    assert line_of({A: ["10"]}).worth([], 0) == ZERO


@pytest.mark.parametrize(
    ("qty", "close"),
    [
        ("1e-20", "1e-9"),
        ("0.000000000000000000001", "123456789.123456"),
        ("999999999999", "999999999999999"),
        ("5e-30", "7e-30"),
        ("0.001", "0.1234567890123456789"),
    ],
)
def test_digits_beyond_64_bits_stay_exact(qty: str, close: str) -> None:
    dust = line_of({A: [close] * EVENTS, B: ["3"] * EVENTS})
    left = [(A, Decimal(qty))]
    assert dust.worth(left, 0) == Decimal(qty) * Decimal(close)
    left.append((B, Decimal("0.1")))
    assert dust.worth(left, 1) == Decimal(qty) * Decimal(close) + Decimal("0.3")


def test_finer_dust_after_coarse_dust_keeps_both() -> None:
    dust = line_of({A: ["400000"] * EVENTS, B: ["1e-12"] * EVENTS})
    left = [(A, Decimal("70000"))]
    assert dust.worth(left, 0) == 28_000_000_000
    left.append((B, Decimal("3e-9")))
    assert dust.worth(left, 1) == 28_000_000_000 + Decimal("3e-21")


def test_a_trial_leaves_no_trace() -> None:
    dust = line_of({A: ["10"] * EVENTS, B: ["3"] * EVENTS})
    left: list[tuple[str, Decimal]] = []
    assert dust.worth(left, 0) == ZERO
    assert dust.worth([*left, (A, Decimal(2))], 1) == 20
    left.append((B, Decimal(1)))
    assert dust.worth(left, 2) == 3
    assert dust.worth([*left, (A, Decimal(2))], 2) == 23
    assert dust.worth(left, 3) == 3


async def test_a_view_keeps_a_trial_apart_from_the_portfolio_before_there_is_any_dust() -> None:
    book, found = Book(), []
    async for view in ReplayFeed(*replay_of({A: ["10"] * EVENTS, B: ["3"] * EVENTS})).views():
        trial = Book()
        trial.dust_left = [*book.dust_left, (A, Decimal(2))]
        found.append((view.dust_worth(book), view.dust_worth(trial)))
        book.dust_left.append((B, Decimal(1)))
    assert found == [(ZERO + 3 * n, Decimal(20 + 3 * n)) for n in range(EVENTS)]


def test_a_trial_sees_what_was_left_since_the_last_sample() -> None:
    dust = line_of({A: ["10"] * EVENTS, B: ["3"] * EVENTS})
    left: list[tuple[str, Decimal]] = []
    assert dust.worth(left, 0) == ZERO
    left.append((B, Decimal(1)))
    assert dust.worth([*left, (A, Decimal(2))], 1) == 23
    assert dust.worth(left, 1) == 3


quantities = st.decimals(min_value=0, max_value=1000, places=9, allow_nan=False)
prices = st.one_of(
    st.decimals(min_value=Decimal("1e-9"), max_value=10**6, places=9, allow_nan=False),
    st.decimals(min_value=Decimal("1e-25"), max_value=1, places=25, allow_nan=False),
)


@settings(max_examples=60, deadline=None)
@given(
    st.fixed_dictionaries({A: st.lists(prices, min_size=EVENTS, max_size=EVENTS), B: st.lists(prices, min_size=3)}),
    st.lists(st.tuples(st.integers(0, EVENTS - 1), st.sampled_from([A, B]), quantities), max_size=8),
)
def test_dust_is_the_sum_over_what_was_left(
    closes: dict[str, list[Decimal]], leavings: list[tuple[int, str, Decimal]]
) -> None:
    closes[B] = closes[B][:EVENTS]
    dust = line_of({symbol: [str(price) for price in values] for symbol, values in closes.items()})
    left: list[tuple[str, Decimal]] = []
    for event in range(EVENTS):
        left.extend((symbol, qty) for at, symbol, qty in leavings if at == event)
        last = {symbol: values[min(event, len(values) - 1)] for symbol, values in closes.items()}
        assert dust.worth(left, event) == sum((qty * last[symbol] for symbol, qty in left), ZERO)
