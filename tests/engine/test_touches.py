"""Which candles can liquidate, at which opens the guard looks, and in which order alarms are raised."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundarb.accounting.holding import Holding
from fundarb.domain.instants import HOUR
from fundarb.engine.touches import NEVER
from fundarb.engine.watch import Alarm, Watch
from tests.engine.plain_market import Candle, hurting
from tests.engine.test_prices import at, bar, market_of
from tests.engine.worlds import Bar

LEVEL = Decimal(150)
FIFTH = Decimal("0.2")
EVER = (at(-1), at(1000))


def counting(perp: list[Bar], mark: list[Bar] | None = None) -> list[tuple[int, int]]:
    """(opens, closes) in hours of the candles that count."""
    touches = market_of(perp, mark=mark).touches
    spans = zip(touches.open_at.tolist(), touches.closed_at.tolist(), strict=True)
    return [((opened - at(0)) // HOUR, (closed - at(0)) // HOUR) for opened, closed in spans]


def test_a_longer_candle_gives_way_to_shorter_ones_inside_it() -> None:
    assert counting([bar(0, 4, "1", "1"), bar(1, 1, "1", "1"), bar(4, 4, "1", "1")]) == [(1, 2), (4, 8)]


def test_a_shorter_candle_that_reaches_out_of_a_longer_one_displaces_nothing() -> None:
    assert counting([bar(0, 4, "1", "1"), bar(3, 2, "1", "1")]) == [(0, 4), (3, 5)]


def test_a_perp_candle_gives_way_to_mark_candles_of_its_span_or_inside_it() -> None:
    perp = [bar(0, 4, "1", "1"), bar(4, 4, "1", "1"), bar(8, 4, "1", "1")]
    assert counting(perp, [bar(0, 4, "1", "1"), bar(6, 1, "1", "1")]) == [(0, 4), (6, 7), (8, 12)]


def test_a_longer_mark_candle_stands_beside_shorter_perp_candles() -> None:
    assert counting([bar(1, 1, "1", "1")], [bar(0, 4, "1", "1")]) == [(1, 2), (0, 4)]


def test_a_mark_candle_counts_without_a_perp_candle() -> None:
    assert counting([], [bar(0, 4, "1", "1"), bar(0, 1, "1", "1")]) == [(0, 1)]


@pytest.mark.parametrize(("high", "touched"), [("149.999999999999", False), ("150", True), ("150.000000000001", True)])
def test_a_high_touches_at_the_very_level(high: str, touched: bool) -> None:
    touches = market_of([bar(0, 1, "100", "100", high)]).touches
    assert touches.next_liquidation(LEVEL, at(0), *EVER) == (at(1) if touched else None)


def test_digits_beyond_a_float_decide_at_the_level() -> None:
    level = Decimal("150.00000000000000000001")
    touches = market_of([bar(0, 1, "1", "1", "150"), bar(1, 1, "1", "1", "150.00000000000000000001")]).touches
    assert touches.next_liquidation(level, at(0), *EVER) == at(2)


def test_a_candle_that_opened_before_the_entry_cannot_touch() -> None:
    touches = market_of([bar(0, 4, "1", "1", "200"), bar(4, 4, "1", "1", "200")]).touches
    assert touches.next_liquidation(LEVEL, at(1), *EVER) == at(8)
    assert touches.next_liquidation(LEVEL, at(0), *EVER) == at(4)


def test_a_touch_is_looked_for_after_a_moment_and_up_to_another() -> None:
    touches = market_of([bar(hour, 1, "1", "1", "200") for hour in range(5)]).touches
    assert touches.next_liquidation(LEVEL, at(0), at(2), at(9)) == at(3)
    assert touches.next_liquidation(LEVEL, at(0), at(2), at(3)) == at(3)
    assert touches.next_liquidation(LEVEL, at(0), at(2), at(2.9)) is None


def test_the_guard_looks_at_opens_alone_also_of_candles_that_close_later() -> None:
    touches = market_of([bar(0, 1, "100", "130", "130"), bar(1, 8, "120", "90"), bar(2, 1, "119.99", "1")]).touches
    assert touches.next_guard(Decimal(100), FIFTH, at(-1), at(1)) == at(1)
    assert touches.next_guard(Decimal(100), FIFTH, at(1), at(99)) is None


def test_the_guard_reads_the_shortest_of_candles_opening_together() -> None:
    touches = market_of([bar(0, 8, "200", "1"), bar(0, 1, "100", "1"), bar(8, 8, "100", "1")]).touches
    assert touches.next_guard(Decimal(100), FIFTH, *EVER) is None


def test_a_touch_far_away_is_found() -> None:
    quiet = [bar(hour, 1, "100", "100") for hour in range(3000)]
    touches = market_of([*quiet, bar(3000, 1, "100", "100", "150")]).touches
    assert touches.next_liquidation(LEVEL, at(0), at(0), at(9999)) == at(3001)
    assert touches.next_guard(Decimal(101), Decimal(0), at(0), at(9999)) is None


spans = st.lists(
    st.builds(bar, st.integers(0, 24), st.sampled_from([1, 2, 3, 4, 8]), st.just("1"), st.just("1")),
    max_size=15,
    unique_by=lambda one: (one.open_at, one.span),
)


@settings(max_examples=150, deadline=None)
@given(spans, spans)
def test_what_counts_is_what_the_second_implementation_counts(perp: list[Bar], mark: list[Bar]) -> None:
    def plain(bars: list[Bar]) -> list[Candle]:
        return sorted(Candle(one.open_at, one.span, *([0] * 4)) for one in bars)  # type: ignore[arg-type]  # four numbers, which a star hides

    wanted = [(one.open_at, one.closed_at) for one in hurting(plain(perp), plain(mark))]
    found = [((at(0) + HOUR * opened), (at(0) + HOUR * closed)) for opened, closed in counting(perp, mark)]
    assert sorted(found) == sorted(wanted)


def held(pair: str = "A/USDT:USDT", opened_h: float = 0) -> Holding:
    position = Holding(pair, at(opened_h), "rate")
    position.qty, position.entry = Decimal(1), Decimal(100)
    return position


def test_an_alarm_of_the_guard_at_the_end_of_a_span_waits_for_its_own_step() -> None:
    market = market_of([bar(hour, 1, "120", "120", "120") for hour in range(1, 4)])
    watch = Watch(at(99))
    watch.follow(market, held(), LEVEL, Decimal("0.2"), at(0))
    assert watch.next_ms == at(1)
    assert watch.due(at(1)) is None
    assert watch.guards_at(at(1)) == ["A/USDT:USDT"]
    assert watch.due(at(1.5)) == Alarm(at(1), "A/USDT:USDT", guard=True)


def test_a_touch_is_due_at_the_end_of_a_span_and_before_the_guard_of_that_instant() -> None:
    market = market_of([bar(1, 1, "100", "120", "150"), bar(2, 1, "120", "120")])
    watch = Watch(at(99))
    watch.follow(market, held(), LEVEL, Decimal("0.2"), at(0))
    assert watch.due(at(2)) == Alarm(at(2), "A/USDT:USDT", guard=False)
    assert watch.due(at(3)) == Alarm(at(2), "A/USDT:USDT", guard=False)


def test_alarms_come_by_time_then_symbol() -> None:
    market = market_of([bar(1, 1, "120", "120", "120")])
    watch = Watch(at(99))
    for name in ("B", "A"):
        watch.follow(market, held(name), LEVEL, Decimal("0.2"), at(0))
    due = watch.due(at(2))
    assert due is not None
    assert due.pair == "A"
    watch.forget("A")
    assert watch.due(at(2)) == Alarm(at(1), "B", guard=True)
    watch.forget("B")
    assert watch.next_ms == NEVER


def test_nothing_beyond_the_range_is_an_alarm() -> None:
    market = market_of([bar(1, 1, "120", "120", "200")])
    watch = Watch(at(0.5))
    watch.follow(market, held(), LEVEL, Decimal("0.2"), at(0))
    assert watch.next_ms == NEVER


def test_guard_and_liquidation_can_be_off() -> None:
    market = market_of([bar(1, 1, "120", "120", "200")])
    watch = Watch(at(99))
    watch.follow(market, held(), None, Decimal(0), at(0))
    assert watch.next_ms == NEVER
