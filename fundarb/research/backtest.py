"""A backtest: a plan laid on the panel, the one cycle stepped through its events, and everything it says afterwards."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fundarb.accounting.fees import round_trip_bp
from fundarb.accounting.holding import Holding
from fundarb.accounting.lines import deposit_line
from fundarb.accounting.valuation import Mark, marked, totals
from fundarb.domain.instrument import Pair
from fundarb.domain.result import Counts, RunResult, Totals, TradeRow
from fundarb.engine.cycle import Cycle, CycleRules
from fundarb.engine.market import Market
from fundarb.engine.memory_ledger import MemoryLedger
from fundarb.engine.planned import PlannedReplay
from fundarb.engine.replay import ReplayFeed, ReplayView
from fundarb.engine.sampling import Samples
from fundarb.engine.simulated import Incidents, SimulatedExecutor
from fundarb.engine.timeline import Timeline, build_timeline
from fundarb.ports.feed import View
from fundarb.research.metrics import Evidence, metrics
from fundarb.research.rules import (
    Setup,
    both_round_trips_bp,
    charge_bp,
    costs_by_pair,
    holding_rules,
    margin_terms,
    requested_size,
    simulation_rules,
)
from fundarb.risk.gate import FREE, GateRules
from fundarb.signals.gaps import missing_settlements
from fundarb.signals.panel import Flags, Panel, Stamps
from fundarb.strategy.plan import Plan, Setting
from fundarb.strategy.table import PREPARE


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """What all modes of one backtest share: panel, market, timeline, and what the data lacks."""

    panel: Panel
    market: Market
    timeline: Timeline
    missing: int
    untradable: tuple[str, ...]
    excluded: Mapping[str, str]
    code_version: str
    by_turnover: bool


def set_stage(
    panel: Panel,
    setup: Setup,
    from_ms: int,
    to_ms: int,
    excluded: Mapping[str, str],
    code_version: str,
    chosen_by_turnover_ms: int | None = None,
) -> Stage:
    """Lay out the range once for every mode. `excluded` are instruments left out before (no spot market)."""
    market = Market(panel, spot_from_perp=setup.backtest.spot_source == "perp")
    untradable = tuple(_untradable(panel, market, from_ms, to_ms))
    return Stage(
        panel,
        market,
        build_timeline(panel, from_ms, to_ms),
        _missing(panel, from_ms, to_ms),
        untradable,
        {**excluded, **dict.fromkeys(untradable, "untradable")},
        code_version,
        chosen_by_turnover_ms is not None and from_ms < chosen_by_turnover_ms,
    )


def make_plan(stage: Stage, setup: Setup, mode: str) -> Plan:
    """What a strategy thinks of every settlement."""
    general = costs_by_pair(setup.costs)("")
    setting = Setting(
        from_ms=stage.timeline.from_ms,
        event_times=stage.timeline.times[:-1],
        round_trip_bp=float(round_trip_bp(general)),
        charge_bp=charge_bp(setup),
        stand_ins=stage.market.stand_ins,
    )
    return PREPARE[mode](stage.panel, setup.strategy, setting)


async def run_mode(stage: Stage, setup: Setup, mode: str, prepared: Plan | None = None) -> RunResult:
    """One mode over the whole range, by the plan it makes (or was made before)."""
    plan = PlannedReplay(prepared or make_plan(stage, setup, mode), stage.panel, stage.timeline)
    ledger, timeline = MemoryLedger(), stage.timeline
    await ledger.post((deposit_line(timeline.from_ms, setup.capital),))
    samples = Samples(timeline.from_ms, setup.capital, margin_terms(setup.margin))
    executor = SimulatedExecutor(stage.market, simulation_rules(setup), timeline.from_ms, timeline.to_ms)
    cycle = Cycle(_cycle_rules(stage, setup, mode, plan), executor, ledger, samples)
    view: View | None = None
    async for view in ReplayFeed(stage.market, timeline).views():
        await cycle.step(view, plan.row(_event(view)), FREE)
    assert view is not None, "a timeline ends with `to`"
    return _result(stage, setup, mode, cycle, ledger, executor.incidents, view)


def _event(view: View) -> int:
    assert isinstance(view, ReplayView)
    return view.event


def _cycle_rules(stage: Stage, setup: Setup, mode: str, plan: PlannedReplay) -> CycleRules:
    costs = costs_by_pair(setup.costs)
    return CycleRules(
        gate=GateRules(
            limits=setup.risk,
            costs=costs,
            pairs=_pair_of(stage.panel),
            margin=margin_terms(setup.margin),
            unlimited_positions=plan.plan.sticky,
        ),
        holding=holding_rules(setup),
        sizing=setup.sizing,
        requested=requested_size(setup, stage.panel, mode, stage.timeline.from_ms),
        both_round_trips_bp=both_round_trips_bp(costs),
        score=lambda view, pair: plan.score(_event(view), pair),
        close_at_end=setup.backtest.close_at_end,
    )


def _pair_of(panel: Panel) -> Callable[[str], Pair]:
    found = {pair.symbol: pair for pair in panel.pairs}
    return found.__getitem__


def _result(
    stage: Stage,
    setup: Setup,
    mode: str,
    cycle: Cycle,
    ledger: MemoryLedger,
    incidents: Incidents,
    view: View,
) -> RunResult:
    """Everything a run says."""
    book, samples, timeline = ledger.book, cycle.samples, stage.timeline
    marks = {pair: _mark(samples, view, held) for pair, held in book.positions.items()}
    split = totals(book, marks, view.dust_worth(book))
    trades = tuple(
        TradeRow(t.pair, t.opened_ms, t.closed_ms, t.qty, t.open_reason, t.close_reason, t.split) for t in book.closed
    )
    still_open = tuple(
        TradeRow(pair, held.opened_ms, None, held.opened_qty, held.open_reason, None, marked(held, marks[pair]))
        for pair, held in sorted(book.positions.items())
    )
    evidence = Evidence(
        timeline.from_ms,
        timeline.to_ms,
        samples.times,
        samples.equity,
        samples.in_use,
        split,
        trades,
        still_open,
        ledger.lines,
    )
    counts = _counts(cycle, incidents, stage, len(trades))
    return RunResult(
        run_id=_run_id(stage, setup, mode),
        mode=mode,
        from_ms=timeline.from_ms,
        to_ms=timeline.to_ms,
        params=setup.flat,
        data_hash=stage.panel.data_hash,
        flags=_flags(stage, setup, counts, samples, bool(still_open)),
        totals=Totals(split, samples.last, samples.lowest_cash),
        metrics=metrics(evidence, stage.panel),
        counts=counts,
        universe=tuple(pair.symbol for pair in stage.panel.pairs),
        excluded=stage.excluded,
        trades=trades,
        open=still_open,
        equity=tuple(zip(samples.times, samples.equity, strict=True)),
        ledger=tuple(ledger.lines),
    )


def _mark(samples: Samples, view: View, held: Holding) -> Mark:
    found = samples.mark(view, held)
    return Mark(found.spot, found.perp)


def _counts(cycle: Cycle, incidents: Incidents, stage: Stage, trades: int) -> Counts:
    tally = cycle.tally
    return Counts(
        trades=trades,
        entries=tally.entries,
        refused=dict(sorted(tally.refused.items())),
        no_price=tally.no_price,
        missing_settlements=stage.missing,
        stale_marks=incidents.stale_marks,
        stale_prices=cycle.samples.stale_prices,
        liquidations=incidents.liquidations,
        guards=incidents.guards,
        delistings=incidents.delistings,
        rotations=tally.rotations,
    )


def _flags(stage: Stage, setup: Setup, counts: Counts, samples: Samples, open_at_end: bool) -> tuple[str, ...]:
    """What a reader must know before believing the figures, in the order of the contract."""
    raised = {
        "spot_source_perp": bool(stage.market.stand_ins),
        "missing_settlements": counts.missing_settlements > 0,
        "untradable": bool(stage.untradable),
        "open_at_end": open_at_end,
        "stale_price": counts.stale_prices > 0,
        "unfunded": setup.margin.mode == "none" and samples.lowest_cash < 0,
        "universe_by_turnover": stage.by_turnover,
    }
    return tuple(flag for flag, there in raised.items() if there)


def _run_id(stage: Stage, setup: Setup, mode: str) -> str:
    """Hash of parameters, range, pairs, code version and data."""
    identity = {
        "mode": mode,
        "from": stage.timeline.from_ms,
        "to": stage.timeline.to_ms,
        "pairs": [pair.symbol for pair in stage.panel.pairs],
        "params": setup.flat,
        "code": stage.code_version,
        "data": stage.panel.data_hash,
    }
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]


def _missing(panel: Panel, from_ms: int, to_ms: int) -> int:
    """Settlements that should have been and are not, of all pairs; known with hindsight, used by no decision."""
    settled = panel.settlements
    return sum(
        len(
            missing_settlements(
                settled.settled_at[settled.rows(index)], from_ms, to_ms, pair.gone_ms, pair.first_seen_ms
            )
        )
        for index, pair in enumerate(panel.pairs)
    )


def _untradable(panel: Panel, market: Market, from_ms: int, to_ms: int) -> Sequence[str]:
    """Pairs of which no settlement in [from, to) finds candles of both legs opening."""
    out = []
    for index, pair in enumerate(panel.pairs):
        start, end = int(panel.settlements.offsets[index]), int(panel.settlements.offsets[index + 1])
        at = panel.settlements.settled_at[start:end]
        at = at[(at >= from_ms) & (at < to_ms)]
        perp, spot = panel.perp.open_at[panel.perp.rows(index)], panel.spot.open_at[panel.spot.rows(index)]
        alone = pair.symbol in market.stand_ins
        some = any((_among(part, perp) & (alone or _among(part, spot))).any() for part in (at[:8], at[8:]))
        if not some:
            out.append(pair.symbol)
    return out


def _among(wanted: Stamps, there: Stamps) -> Flags:
    """Which of the wanted times stand in a sorted list."""
    found = np.searchsorted(there, wanted)
    hit = found < len(there)
    hit[hit] = there[found[hit]] == wanted[hit]
    return hit
