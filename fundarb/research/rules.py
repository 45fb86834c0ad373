"""From parameters to what the engine is bound by: costs by pair, margin terms, the gate, sizes, swaps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache

from fundarb.accounting.costs import CostParams
from fundarb.accounting.fees import PairCosts, round_trip_bp
from fundarb.accounting.margin import MarginTerms
from fundarb.accounting.margin_params import MarginParams
from fundarb.domain.instants import HOUR
from fundarb.domain.money import ZERO
from fundarb.engine.cycle import CycleRules
from fundarb.engine.decide import HoldingRules
from fundarb.engine.simulation import SimulationRules
from fundarb.ports.feed import View
from fundarb.research.backtest_params import BacktestParams
from fundarb.risk.gate import GateRules
from fundarb.risk.limits import RiskParams
from fundarb.risk.sizing import SizingParams
from fundarb.signals.carry import capital_charge_bp
from fundarb.signals.panel import Panel
from fundarb.strategy.params import StrategyParams


@dataclass(frozen=True, slots=True)
class Setup:
    """Every parameter that can change a result, and their canonical texts."""

    capital: Decimal
    strategy: StrategyParams
    sizing: SizingParams
    risk: RiskParams
    margin: MarginParams
    costs: CostParams
    backtest: BacktestParams
    flat: dict[str, str | None]


def costs_by_pair(costs: CostParams) -> Callable[[str], PairCosts]:
    """What each pair costs, by its symbol."""

    return cache(costs.of)


def both_round_trips_bp(costs: Callable[[str], PairCosts]) -> Callable[[str, str], Decimal]:
    """What leaving one pair for another costs in the long run: the round trips of both."""
    return lambda entering, leaving: round_trip_bp(costs(entering)) + round_trip_bp(costs(leaving))


def margin_terms(margin: MarginParams) -> MarginTerms:
    """How perp legs are margined."""
    return MarginTerms(margin.mode, margin.leverage)


def charge_bp(setup: Setup) -> float:
    """The charge for idle capital, bp per 8 h; margin counts when isolated."""
    leverage = float(setup.margin.leverage) if setup.margin.mode == "isolated" else None
    return capital_charge_bp(float(setup.costs.idle_apr), leverage)


def simulation_rules(setup: Setup) -> SimulationRules:
    """What fills and accidents cost."""
    guard = (setup.margin.guard or ZERO) if setup.margin.mode == "isolated" else ZERO
    return SimulationRules(
        costs=costs_by_pair(setup.costs),
        margin=margin_terms(setup.margin),
        mmr=setup.margin.mmr,
        guard=guard,
        liquidation_loses_all=setup.margin.liq_loss == "all",
        delist_haircut=setup.costs.delist_haircut,
        idle_apr=setup.costs.idle_apr,
        tiers=setup.margin.tiers or (),
        impact_k=setup.costs.impact_k,
    )


def holding_rules(setup: Setup) -> HoldingRules:
    """How long positions are kept, and how many there may be."""
    keep, leave = setup.strategy.min_hold_h, setup.strategy.exit_after_h
    return HoldingRules(
        min_hold_ms=int(keep * HOUR) if keep else None,
        exit_after_ms=int(leave * HOUR) if leave else None,
        slots=setup.risk.max_positions or None,
    )


def cycle_rules(
    setup: Setup, panel: Panel, mode: str, from_ms: int, score: Callable[[View, str], Decimal | None], *, sticky: bool
) -> CycleRules:
    """What a cycle is bound by in this mode; `sticky` plans know no limit on positions."""
    costs, pairs = costs_by_pair(setup.costs), {pair.symbol: pair for pair in panel.pairs}
    gate = GateRules(setup.risk, costs, pairs.__getitem__, margin_terms(setup.margin), unlimited_positions=sticky)
    return CycleRules(
        gate=gate,
        holding=holding_rules(setup),
        sizing=setup.sizing,
        requested=requested_size(setup, panel, mode, from_ms),
        both_round_trips_bp=both_round_trips_bp(costs),
        score=score,
        close_at_end=setup.backtest.close_at_end,
    )


def requested_size(setup: Setup, panel: Panel, mode: str, from_ms: int) -> Decimal | Fraction:
    """`size_usd`; hold spreads as many as fit over all pairs listed at the start."""
    size, slots = setup.sizing.size_usd, setup.risk.max_positions
    if mode != "hold" or not slots:
        return size
    listed = sum(pair.listed(from_ms) for pair in panel.pairs)
    return Fraction(size) * min(slots, listed) / listed if listed else size
