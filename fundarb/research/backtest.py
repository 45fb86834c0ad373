"""A backtest: a plan laid on the panel, and the one cycle stepped through its events."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from fundarb.accounting.fees import round_trip_bp
from fundarb.accounting.lines import deposit_line
from fundarb.domain.result import RunResult
from fundarb.domain.uncollected import uncollected
from fundarb.engine.cycle import Cycle
from fundarb.engine.memory_ledger import MemoryLedger
from fundarb.engine.planned import PlannedReplay
from fundarb.engine.replay import ReplayFeed, ReplayView
from fundarb.engine.sampling import Samples
from fundarb.engine.simulated import SimulatedExecutor
from fundarb.engine.strips import Strips
from fundarb.ports.feed import View
from fundarb.research.outcome import run_result
from fundarb.research.rules import (
    Setup,
    charge_bp,
    costs_by_pair,
    cycle_rules,
    margin_terms,
    simulation_rules,
)
from fundarb.research.stage import Stage
from fundarb.risk.gate import FREE
from fundarb.strategy.plan import Plan, Remember, Setting, make_anew, nothing
from fundarb.strategy.table import PREPARE


async def plan_mode(stage: Stage, setup: Setup, mode: str) -> Plan:
    """As `make_plan`, in a thread: the band fits for seconds, and Ctrl-C must work meanwhile."""
    abandoned = threading.Event()

    def checkpoint() -> None:
        if abandoned.is_set():
            raise asyncio.CancelledError

    try:
        return await asyncio.to_thread(make_plan, stage, setup, mode, checkpoint)
    except asyncio.CancelledError:
        abandoned.set()
        raise


def make_plan(
    stage: Stage, setup: Setup, mode: str, checkpoint: Callable[[], None] = nothing, remember: Remember = make_anew
) -> Plan:
    """What a strategy thinks of every settlement."""
    general = costs_by_pair(setup.costs)("")
    setting = Setting(
        from_ms=stage.timeline.from_ms,
        event_times=stage.timeline.times[:-1],
        round_trip_bp=float(round_trip_bp(general)),
        charge_bp=charge_bp(setup),
        stand_ins=stage.market.stand_ins,
        checkpoint=checkpoint,
        remember=remember,
    )
    return PREPARE[mode](stage.panel, setup.strategy, setting)


async def run_mode(
    stage: Stage, setup: Setup, mode: str, prepared: Plan | None = None, strips: Strips | None = None
) -> RunResult:
    """One mode over the whole range, by the plan it makes (or was made before), along strips that others may share."""
    plan = PlannedReplay(prepared or await plan_mode(stage, setup, mode), stage.panel, stage.timeline)
    ledger, timeline = MemoryLedger(), stage.timeline
    await ledger.post((deposit_line(timeline.from_ms, setup.capital),))
    samples = Samples(timeline.from_ms, setup.capital, margin_terms(setup.margin))
    executor = SimulatedExecutor(stage.market, simulation_rules(setup), timeline.from_ms, timeline.to_ms)
    rules = cycle_rules(
        setup,
        stage.panel,
        mode,
        timeline.from_ms,
        lambda view, pair: plan.score(_event(view), pair),
        sticky=plan.plan.sticky,
    )
    cycle = Cycle(rules, executor, ledger, samples)
    view: View | None = None
    with uncollected():
        async for view in ReplayFeed(stage.market, timeline, strips).views():
            await cycle.step(view, plan.row(_event(view)), FREE)
        assert view is not None, "a timeline ends with `to`"
        return run_result(stage, setup, mode, cycle, ledger, executor.incidents, view)


def _event(view: View) -> int:
    assert isinstance(view, ReplayView)
    return view.event
