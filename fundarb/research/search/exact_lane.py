"""The exact lane: whole backtests one after another, a strategy's plan made once for all sets that share it."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from fundarb.domain.result import METRICS, RunResult
from fundarb.research.backtest import make_plan, run_mode
from fundarb.research.rules import Setup, charge_bp
from fundarb.research.search.lanes import COUNTS, TOTALS, Outcomes
from fundarb.research.stage import Stage
from fundarb.signals.panel import Floats
from fundarb.statistics.performance import daily_values, returns
from fundarb.strategy.plan import Plan

PLANS = 4  # kept, of the newest use


class ExactLane:
    """Runs sets of any mode on one stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._plans: OrderedDict[object, Plan] = OrderedDict()
        self._turn = threading.Lock()

    def run(self, setups: Sequence[Setup]) -> Outcomes:
        """The outcomes of these sets, in their order."""
        return outcomes(self.results(setups))

    def results(self, setups: Sequence[Setup]) -> list[RunResult]:
        """Each set as a backtest would tell it."""
        with self._turn:  # a pair's prices are made when first looked at
            return asyncio.run(self._all(setups))

    async def _all(self, setups: Sequence[Setup]) -> list[RunResult]:
        return [await run_mode(self._stage, setup, setup.strategy.mode, self._plan(setup)) for setup in setups]

    def _plan(self, setup: Setup) -> Plan:
        key = plan_key(setup)
        plan = self._plans.pop(key, None) or make_plan(self._stage, setup, setup.strategy.mode)
        self._plans[key] = plan
        while len(self._plans) > PLANS:
            self._plans.popitem(last=False)
        return plan


def plan_key(setup: Setup) -> tuple[Any, ...]:
    """All that a plan depends on beside its stage: sets that agree in it share one."""
    strategy, mode = setup.strategy, setup.strategy.mode
    own: dict[str, tuple[Any, ...]] = {
        "simple": (strategy.simple,),
        "composite": (strategy.composite, charge_bp(setup)),
        "band": (strategy.band, strategy.composite, charge_bp(setup), _one_way(setup)),
    }
    return (mode, *own.get(mode, ()))


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
