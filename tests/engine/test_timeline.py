"""Events are settlements and the end; each shows what every pair had settled by then, and who asks to enter, in order."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np

from fundarb.domain.decision import EntryReason, ExitReason
from fundarb.domain.instants import HOUR
from fundarb.domain.instrument import LotRule, Pair
from fundarb.engine.timeline import Timeline, build_timeline, lay
from fundarb.signals.panel import Panel
from fundarb.strategy.plan import Plan, Regime
from tests.engine.worlds import Stream, panel_of

T0 = 1_704_067_200_000
LOTS = LotRule(Decimal(1), Decimal(0), Decimal(0))
SETTLED_H = {"A": (0, 8, 16, 24), "B": (4, 8, 12), "C": (8, 30)}


def stream(name: str, first_h: int | None = None, gone_h: int | None = None) -> Stream:
    first, gone = (None if hour is None else T0 + hour * HOUR for hour in (first_h, gone_h))
    pair = Pair(f"{name}/USDT:USDT", f"{name}/USDT", Decimal(1), LOTS, LOTS, first, gone)
    return Stream(pair, tuple((T0 + hour * HOUR, Decimal(0)) for hour in SETTLED_H[name]))


def laid_out(from_h: int = 4, to_h: int = 24, **pairs: Stream) -> tuple[Panel, Timeline]:
    world = [pairs.get(name, stream(name)) for name in "ABC"]
    panel = panel_of(world, T0 + to_h * HOUR)
    return panel, build_timeline(panel, T0 + from_h * HOUR, T0 + to_h * HOUR)


def hours(timeline: Timeline) -> list[int]:
    return [(at - T0) // HOUR for at in timeline.times.tolist()]


def test_events_are_the_settlements_of_all_pairs_in_the_range_then_its_end() -> None:
    assert hours(laid_out()[1]) == [4, 8, 12, 16, 24]
    assert hours(laid_out(5, 23)[1]) == [8, 12, 16, 23]
    assert hours(laid_out(25, 29)[1]) == [29]


def test_a_pair_that_is_not_listed_makes_events_and_asks_for_nothing() -> None:
    _, timeline = laid_out(B=stream("B", first_h=12, gone_h=16))
    assert hours(timeline) == [4, 8, 12, 16, 24]
    assert timeline.listed[:, 1].tolist() == [False, False, True, False, False]


def test_each_event_shows_the_last_row_settled_by_then() -> None:
    panel, timeline = laid_out()
    settled = panel.settlements.settled_at
    last = [[-1 if row < 0 else (int(settled[row]) - T0) // HOUR for row in rows] for rows in timeline.row_at.tolist()]
    assert last == [[0, 4, -1], [8, 8, 8], [8, 12, 8], [16, 12, 8], [24, 12, 8]]


def plan_of(panel: Panel, enter: str, exit_: str = "", since_h: int = 0, ranks: tuple[int, ...] = (0, 0, 0)) -> Plan:
    """Pairs that enter and leave at every settlement of theirs."""
    nth = np.repeat(np.arange(3), np.diff(panel.settlements.offsets))
    flags = [np.array([name in words for name in "ABC"])[nth] for words in (enter, exit_)]
    regime = Regime(T0 + since_h * HOUR, *flags)
    return Plan((regime,), np.array(ranks)[nth], None, None, EntryReason.RATE, ExitReason.RATE)


def test_who_asks_stands_by_rank_then_symbol_and_keeps_asking_until_its_next_settlement() -> None:
    panel, timeline = laid_out()
    agenda = lay(plan_of(panel, "ABC", ranks=(1, 5, 1)), timeline)
    assert [agenda.candidates(event) for event in range(4)] == [[1, 0], [1, 0, 2], [1, 0, 2], [1, 0, 2]]


def test_a_delisted_pair_asks_no_more() -> None:
    panel, timeline = laid_out(A=stream("A", gone_h=12))
    agenda = lay(plan_of(panel, "AC"), timeline)
    assert [agenda.candidates(event) for event in range(4)] == [[0], [0, 2], [2], [2]]


def test_a_regime_begins_at_its_time_and_nothing_holds_before_it() -> None:
    panel, timeline = laid_out()
    first, then = plan_of(panel, "A", "B", since_h=8), plan_of(panel, "B", "A", since_h=16)
    agenda = lay(replace(first, regimes=(*first.regimes, *then.regimes)), timeline)
    assert [agenda.candidates(event) for event in range(4)] == [[], [0], [0], [1]]
    assert agenda.exit_due[:, :2].tolist() == [
        [False, False],
        [False, True],
        [False, True],
        [True, False],
        [True, False],
    ]


def test_who_always_asks_asks_before_its_first_settlement_too() -> None:
    panel, timeline = laid_out()
    plan = replace(plan_of(panel, ""), always=np.array([False, False, True]))
    assert [lay(plan, timeline).candidates(event) for event in range(4)] == [[2]] * 4
