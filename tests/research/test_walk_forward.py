"""Walk-forward: what it chooses by, what it trades with, and what of it counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import numpy as np
import pytest

from fundarb.domain.folds import Fold, FoldResult, WalkForward
from fundarb.domain.instants import DAY
from fundarb.domain.market import Span
from fundarb.domain.result import METRICS
from fundarb.research.folds import lay_folds, read_windows
from fundarb.research.search.lanes import Outcomes
from fundarb.research.walk_forward import walk_forward
from fundarb.statistics.performance import YEAR_DAYS, sharpe
from tests.research.sweeps import DAYS, POINTS, T0, Floats, MadeUp, Point, made_up, outcomes

WHOLE = Span(T0, T0 + DAYS * DAY)
FOLDS = lay_folds(WHOLE, read_windows("300d", "60d", "7d"))
CAPITAL = Decimal(10_000)


@dataclass
class Recorded:
    """Runs that remember what they were asked."""

    made: MadeUp
    trained: list[Span] = field(default_factory=list)
    traded: list[tuple[Span, Decimal]] = field(default_factory=list)

    async def train(self, span: Span) -> Floats:
        self.trained.append(span)
        return await self.made.train(span)

    async def trade(self, span: Span, chosen: Point, capital: Decimal) -> Outcomes:
        self.traded.append((span, capital))
        return await self.made.trade(span, chosen, capital)


async def walked(made: MadeUp | Recorded, folds: Sequence[Fold] = FOLDS) -> WalkForward:
    """Every point on these folds."""
    return await walk_forward(folds, POINTS, made.train, made.trade, metric="sharpe_daily", capital=CAPITAL)


async def test_all_sets_are_tried_in_training_and_one_trades_after_it() -> None:
    made = Recorded(made_up(1))
    heard: list[FoldResult] = []
    walk = await walk_forward(
        FOLDS, POINTS, made.train, made.trade, metric="sharpe_daily", capital=CAPITAL, anchored=True, done=heard.append
    )
    assert made.trained == [fold.train for fold in FOLDS]
    assert [span for span, _ in made.traded] == [fold.test for fold in FOLDS]
    assert tuple(heard) == walk.folds
    assert walk.anchored


async def test_capital_is_carried_from_stretch_to_stretch_and_only_later_days_count() -> None:
    made = Recorded(made_up(2))
    walk = await walked(made)
    assert [capital for _, capital in made.traded] == [CAPITAL, *(one.equity for one in walk.folds[:-1])]
    out = walk.out_of_sample
    daily = np.array([value for one in walk.folds for value in one.daily])
    assert out.days == len(daily) == 60 * len(FOLDS)
    assert float(out.equity) == pytest.approx(10_000 * np.prod(1 + daily))
    assert out.net == sum(one.net for one in walk.folds)
    assert out.sharpe_daily == sharpe(daily, YEAR_DAYS)
    assert out.trades == sum(one.trades for one in walk.folds)


async def test_the_neighbourhood_decides_not_the_peak() -> None:
    """Sets that differ in their mean alone: a lonely peak in a corner, lower ground all around one other point."""
    means = np.zeros(len(POINTS))
    for place, mean in {
        (0, 0): 0.002,
        (5, 4): 0.001,
        (4, 4): 0.001,
        (6, 4): 0.001,
        (5, 3): 0.001,
        (5, 5): 0.001,
    }.items():
        means[POINTS.index(Point(place))] = mean
    market = np.random.default_rng(3).normal(0, 0.002, (DAYS, 1))
    made = MadeUp(market + means, np.zeros(DAYS))
    (fold,) = (await walked(made, FOLDS[:1])).folds
    sharpes = made.run(FOLDS[0].train, POINTS, CAPITAL).metrics[:, METRICS.index("sharpe_daily")]
    assert POINTS[int(sharpes.argmax())].place == (0, 0)
    assert fold.place == (5, 4)
    assert fold.in_sample == pytest.approx(fold.neighbourhood)


async def test_the_choice_never_sees_its_test_stretch() -> None:
    made = made_up(4)
    later = MadeUp(np.array(made.daily), made.hold)
    later.daily[(FOLDS[0].test.start_ms - T0) // DAY :] *= -3
    places = [(await walked(one, FOLDS[:1])).folds[0].place for one in (made, later)]
    assert places[0] == places[1]


async def test_less_is_better_of_a_drawdown_and_it_is_reported_as_it_is() -> None:
    def run(candidates: Sequence[Point], capital: Decimal) -> Outcomes:
        found = outcomes(np.full((60, len(candidates)), 0.001), float(capital))
        found.metrics[:, METRICS.index("max_drawdown")] = [0.1 + 0.01 * one.place[0] for one in candidates]
        return found

    async def train(span: Span) -> Floats:
        return run(POINTS, CAPITAL).metrics

    async def trade(span: Span, chosen: Point, capital: Decimal) -> Outcomes:
        return run([chosen], capital)

    (fold,) = (await walk_forward(FOLDS[:1], POINTS, train, trade, metric="max_drawdown", capital=CAPITAL)).folds
    assert fold.place is not None
    assert fold.place[0] == 0
    assert fold.in_sample == pytest.approx(0.1)
    assert fold.out_of_sample == pytest.approx(0.1)


async def test_where_no_set_has_a_score_the_capital_lies_idle() -> None:
    silent = MadeUp(np.zeros((DAYS, len(POINTS))), np.zeros(DAYS))
    walk = await walked(silent)
    assert all(one.params is None and one.daily == (0.0,) * 60 for one in walk.folds)
    out = walk.out_of_sample
    assert (out.equity, out.sharpe_daily, out.sharpe_low) == (CAPITAL, None, None)
    assert out.lacking == "the returns never move"
    assert walk.drift == ()


async def test_an_account_that_is_wiped_out_trades_no_more_and_has_no_figures() -> None:
    made = Recorded(made_up(5))

    async def ruin(span: Span, chosen: Point, capital: Decimal) -> Outcomes:
        found = await made.trade(span, chosen, capital)
        return replace(found, totals=np.full_like(found.totals, -2e4), daily=np.full_like(found.daily, np.nan))

    walk = await walk_forward(FOLDS, POINTS, made.train, ruin, metric="sharpe_daily", capital=CAPITAL)
    assert len(made.trained) == 1
    assert [one.params is None for one in walk.folds] == [False, *[True] * (len(FOLDS) - 1)]
    out = walk.out_of_sample
    assert (out.equity, out.sharpe_daily, out.sharpe_low, out.max_drawdown) == (Decimal(-10_000), None, None, None)
    assert out.lacking == "it lost all there was"


async def test_a_choice_that_stays_is_stable_and_noise_drifts() -> None:
    planted, noise = made_up(6, edge=8), made_up(6)
    steady, drifting = await walked(planted), await walked(noise)
    assert all(one.stable for one in steady.drift)
    assert sum(sum(one.steps) for one in drifting.drift) > sum(sum(one.steps) for one in steady.drift)


async def test_too_short_a_history_has_no_interval_and_says_how_long_it_must_be() -> None:
    made = made_up(7)
    (fold,) = lay_folds(Span(T0, T0 + 45 * DAY), read_windows("30d", "15d", "0d"))
    out = (await walked(made, [fold])).out_of_sample
    assert out.sharpe_low is None
    assert out.lacking == "15 daily returns; at least 30 are needed"
