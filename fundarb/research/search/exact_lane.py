"""The exact lane: whole backtests one after another. What several have in common is made once: a plan for all sets of its
parameters, the signals under it for all plans, the prices along the timeline for all runs."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np

from fundarb.domain.result import METRICS, RunResult
from fundarb.domain.uncollected import uncollected
from fundarb.engine.strips import Strips
from fundarb.research.backtest import make_plan, run_mode
from fundarb.research.rules import Setup, charge_bp
from fundarb.research.search.lanes import COUNTS, TOTALS, Outcomes
from fundarb.research.stage import Stage
from fundarb.signals.panel import Floats
from fundarb.statistics.performance import daily_values, returns
from fundarb.strategy.plan import Plan

T = TypeVar("T")
PLANS, SIGNALS = 4, 8  # kept, of the newest use
MOST_QUOTES = 2_000_000  # events of strips that are kept, some 200 MB


class ExactLane:
    """Runs sets of any mode on one stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._plans, self._signals = Newest(PLANS), Newest(SIGNALS)
        self._strips = Strips(stage.market, stage.timeline)
        self._turn = threading.Lock()

    def run(self, setups: Sequence[Setup]) -> Outcomes:
        """The outcomes of these sets, in their order."""
        return _joined(self._each(setups, lambda run: outcomes([run])))  # a ledger is let go of before the next is made

    def results(self, setups: Sequence[Setup]) -> list[RunResult]:
        """Each set as a backtest would tell it."""
        return self._each(setups, lambda run: run)

    def _each(self, setups: Sequence[Setup], of: Callable[[RunResult], T]) -> list[T]:
        """What is wanted of each run."""

        async def every() -> list[T]:
            return [of(await self._one(setup)) for setup in setups]

        with self._turn, uncollected():  # a pair's prices are made when first looked at
            return asyncio.run(every())

    async def _one(self, setup: Setup) -> RunResult:
        if len(self._strips) * len(self._stage.timeline.times) > MOST_QUOTES:
            self._strips = Strips(self._stage.market, self._stage.timeline)
        return await run_mode(self._stage, setup, setup.strategy.mode, self._plan(setup), self._strips)

    def _plan(self, setup: Setup) -> Plan:
        return self._plans(
            plan_key(setup), lambda: make_plan(self._stage, setup, setup.strategy.mode, remember=self._signals)
        )


class Newest:
    """Fills `Remember`: so many things, those last used."""

    def __init__(self, most: int) -> None:
        self._most, self._kept = most, OrderedDict[Hashable, Any]()

    def __call__(self, key: Hashable, make: Callable[[], T]) -> T:
        """What the key stands for, made where it is not kept."""
        found: T = self._kept.pop(key) if key in self._kept else make()
        self._kept[key] = found
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return found


def plan_key(setup: Setup) -> tuple[Any, ...]:
    """All that a plan depends on beside its stage: sets that agree in it share one. Without a line here that is whatever
    a strategy may look at."""
    strategy, mode = setup.strategy, setup.strategy.mode
    own: dict[str, tuple[Any, ...]] = {
        "cash": (),
        "hold": (),
        "simple": (strategy.simple,),
        "composite": (strategy.composite, charge_bp(setup)),
        "band": (strategy.band, strategy.composite, charge_bp(setup), _one_way(setup)),
    }
    return (mode, *own.get(mode, (strategy, charge_bp(setup), _one_way(setup))))


def _one_way(setup: Setup) -> tuple[Any, ...]:
    costs = setup.costs
    return (costs.fee_spot, costs.fee_perp, costs.slippage_bps)


def outcomes(results: Sequence[RunResult]) -> Outcomes:
    """Results as rows."""
    return Outcomes(
        metrics=np.array([[_number(run.metrics[name]) for name in METRICS] for run in results], dtype=np.float64),
        totals=np.array([_totals(run) for run in results], dtype=np.float64),
        counts=np.array([[getattr(run.counts, name) for name in COUNTS] for run in results], dtype=np.int64),
        daily=np.array([daily_returns(run) for run in results], dtype=np.float64),
    )


def _joined(parts: Sequence[Outcomes]) -> Outcomes:
    columns = ([getattr(part, field.name) for part in parts] for field in fields(Outcomes))
    return Outcomes(*map(np.concatenate, columns))


def daily_returns(run: RunResult) -> Floats:
    """From midnight to midnight; NaN throughout where equity fell to 0 or below."""
    times, equity = [at_ms for at_ms, _ in run.equity], [value for _, value in run.equity]
    daily = daily_values(times, equity, run.from_ms, run.to_ms)
    found = returns(daily)
    return np.full(len(daily) - 1, np.nan) if found is None else found


def _totals(run: RunResult) -> list[float]:
    split = run.totals.split
    assert set(TOTALS) == {"net", *(field.name for field in fields(split))}
    return [float(getattr(split, name)) for name in TOTALS]


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
