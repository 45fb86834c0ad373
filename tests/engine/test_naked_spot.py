"""A spot leg left alone by a liquidation: sold when it can be, tried at each later event, gone with its pair."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fundarb.domain.instants import HOUR
from fundarb.domain.instrument import LotRule, Pair
from fundarb.domain.result import RunResult
from tests.engine.parity import both, differences
from tests.engine.worlds import Bar, Stream

T0 = 1_704_067_200_000
LOTS = LotRule(Decimal("0.001"), Decimal(0), Decimal(0))
SETS = {"costs.fee_spot": "0", "costs.fee_perp": "0", "costs.slippage_bps": "0", "margin.guard": "0"}
DAYS = 2


def bars(hours: list[int], spikes: tuple[int, ...] = ()) -> tuple[Bar, ...]:
    price = Decimal(100)
    return tuple(
        Bar(T0 + hour * HOUR, HOUR, price, Decimal(200) if hour in spikes else price, price, price, None)
        for hour in hours
    )


def pair_of(name: str, spike_h: int, spot_h: list[int], gone_h: int | None = None) -> Stream:
    """Pays 10 bp every 8 h; its perp touches 200 in the hour after `spike_h`; its spot trades only at `spot_h`."""
    gone = None if gone_h is None else T0 + gone_h * HOUR
    pair = Pair(f"{name}/USDT:USDT", f"{name}/USDT", Decimal(1), LOTS, LOTS, None, gone)
    settled = tuple((T0 + hour * HOUR, Decimal("0.001")) for hour in range(-8, DAYS * 24 + 1, 8))
    perp = bars(list(range(-1, DAYS * 24 + 1)), (spike_h,))
    return Stream(pair, settled, perp=perp, spot=bars([-1, 0, *spot_h]))


def run(*world: Stream, **sets: str) -> RunResult:
    """As both implementations have it."""
    given = SETS | {name.replace("__", "."): text for name, text in sets.items()}
    run, plain = both(world, given, (T0, T0 + DAYS * 24 * HOUR), "simple")
    assert differences(run, plain) == []
    return run


def sold_h(run: RunResult, name: str) -> list[tuple[str, int]]:
    """Kind and hour of the spot sales of a pair."""
    return [
        (str(line.kind), (line.at_ms - T0) // HOUR)
        for line in run.ledger
        if line.pair == f"{name}/USDT:USDT" and str(line.side) == "sell" and str(line.leg) == "spot"
    ]


def test_it_is_sold_at_the_open_of_the_instant_of_the_touch() -> None:
    found = run(pair_of("A", 3, [4, 5]), strategy__simple__min_consecutive="1")
    assert sold_h(found, "A")[0] == ("liquidation", 4)
    assert found.trades[0].closed_ms == T0 + 4 * HOUR
    assert found.trades[0].close_reason == "liquidation"


def test_it_is_sold_at_the_first_open_after_the_touch_up_to_the_event() -> None:
    assert sold_h(run(pair_of("A", 3, [6, 7])), "A")[0] == ("liquidation", 6)
    assert sold_h(run(pair_of("A", 3, [8])), "A")[0] == ("liquidation", 8)


def test_failing_that_it_waits_for_an_event_with_a_candle_not_for_a_candle_between_events() -> None:
    found = run(pair_of("A", 3, [10, 24]))
    assert sold_h(found, "A")[0] == ("liquidation", 24)
    assert found.counts.no_price == 1 + 2  # the exit at 16 h; then entries of the pair at 32 h and 40 h


def test_only_legs_alone_since_an_earlier_event_are_tried() -> None:
    """A since 8 h, B since 16 h: at 16 h A alone is tried and fails, at 24 h both are sold."""
    late = [24, *range(25, 49)]
    found = run(pair_of("A", 3, late), pair_of("B", 11, late))
    assert sold_h(found, "A")[0] == ("liquidation", 24)
    assert sold_h(found, "B")[0] == ("liquidation", 24)
    assert found.counts.no_price == 1


def test_it_keeps_its_slot_and_is_paid_nothing() -> None:
    found = run(pair_of("A", 3, [24]), pair_of("B", 99, []), risk__max_positions="1")
    assert found.counts.refused["max_positions"] == 3  # B at 0 h, 8 h and 16 h
    assert not [line for line in found.ledger if str(line.kind) == "funding" and line.at_ms <= T0 + 24 * HOUR]


def test_it_leaves_by_the_delisting_of_its_pair_and_stays_a_liquidation() -> None:
    found = run(pair_of("A", 3, [], gone_h=15))
    assert sold_h(found, "A") == [("delisting", 16)]
    assert found.counts.delistings == found.counts.liquidations == 1
    assert [trade.close_reason for trade in found.trades] == ["liquidation"]


@pytest.mark.parametrize("close_at_end", ["true", "false"])
def test_it_is_sold_at_the_end_even_where_nothing_else_is_closed(close_at_end: str) -> None:
    found = run(pair_of("A", 35, [48]), backtest__close_at_end=close_at_end)
    assert sold_h(found, "A") == [("liquidation", 48)]
    assert found.open == ()


@pytest.mark.parametrize("close_at_end", ["true", "false"])
def test_a_leg_alone_since_the_last_span_stays_and_only_closing_at_the_end_tries_it(close_at_end: str) -> None:
    """The perp went at 45 h; no spot opens after that, and 48 h is no later event than the one of its span."""
    found = run(pair_of("A", 44, []), backtest__close_at_end=close_at_end)
    assert sold_h(found, "A") == []
    assert [row.pair for row in found.open] == ["A/USDT:USDT"]
    assert found.counts.no_price == (close_at_end == "true")


def test_at_the_event_of_the_span_in_which_the_perp_went_no_sale_is_tried() -> None:
    """Gone at 4 h: tried and failed at 16 h and 24 h, sold at 32 h; at 8 h, in whose span it went, nothing fails."""
    found = run(pair_of("A", 3, [32]))
    assert sold_h(found, "A") == [("liquidation", 32)]
    assert found.counts.no_price == 2 + 1  # and the pair's own entry at 40 h
