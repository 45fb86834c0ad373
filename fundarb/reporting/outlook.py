"""The market at one moment as a strategy sees it: what the rows of `signals` are computed from, nothing later in it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from fundarb.accounting.fees import PairCosts, round_trip_bp
from fundarb.signals.composite import Composite, composite
from fundarb.signals.open_interest import OpenInterest
from fundarb.signals.panel import Panel, Stamps
from fundarb.strategy.band import as_bp
from fundarb.strategy.params import StrategyParams
from fundarb.strategy.plan import Plan, Regime, Setting
from fundarb.strategy.table import PREPARE

if TYPE_CHECKING:
    from fundarb.signals.band_fit import FittedEdges


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """Panel and plan at `at_ms`, the latest anything in them was known; `edges` are the band's, where the mode is band.

    `interest` is what was seen of open interest by then, of the pairs of which it was asked."""

    panel: Panel
    at_ms: int
    mode: str
    strategy: StrategyParams
    plan: Plan
    composite: Composite
    edges: FittedEdges | None
    costs: Callable[[str], PairCosts]
    charge_bp: float
    stand_ins: frozenset[str]
    held: frozenset[str]
    interest: Mapping[str, OpenInterest] = field(default_factory=dict)

    @property
    def regime(self) -> Regime:
        """What the strategy asks for now: the last regime that has begun."""
        return [regime for regime in self.plan.regimes if regime.since_ms <= self.at_ms][-1]


def look(
    panel: Panel,
    mode: str,
    strategy: StrategyParams,
    costs: Callable[[str], PairCosts],
    charge_bp: float,
    *,
    stand_ins: frozenset[str],
    held: Collection[str],
    interest: Mapping[str, OpenInterest] | None = None,
) -> Outlook:
    """The outlook at the panel's end. The band is the one fitted at the first settlement of the UTC month."""
    setting = _setting(panel, costs, charge_bp, stand_ins)
    found = composite(panel, strategy.composite.weights.named(), charge_bp, stand_ins)
    return Outlook(
        panel,
        panel.until_ms,
        mode,
        strategy,
        PREPARE[mode](panel, strategy, setting),
        found,
        _edges(panel, strategy, found, setting) if mode == "band" else None,
        costs,
        charge_bp,
        stand_ins,
        frozenset(held),
        interest or {},
    )


def _setting(panel: Panel, costs: Callable[[str], PairCosts], charge_bp: float, stand_ins: frozenset[str]) -> Setting:
    """A range that begins and ends at the panel's end, in which the month's decisions have fallen."""
    at_ms = panel.until_ms
    return Setting(
        from_ms=at_ms,
        event_times=this_month(panel.settlements.settled_at, at_ms),
        round_trip_bp=float(round_trip_bp(costs(""))),
        charge_bp=charge_bp,
        stand_ins=stand_ins,
    )


def this_month(settled_at: Stamps, at_ms: int) -> Stamps:
    """The settlements of the UTC month so far; where it has none yet, the moment itself."""
    month = np.array([at_ms], dtype="datetime64[ms]").astype("datetime64[M]")
    start_ms = int(month.astype("datetime64[ms]").astype(np.int64)[0])
    inside = np.unique(settled_at[(settled_at >= start_ms) & (settled_at <= at_ms)])
    return inside if len(inside) else np.array([at_ms], dtype=np.int64)


def _edges(panel: Panel, strategy: StrategyParams, found: Composite, setting: Setting) -> FittedEdges:
    """The edges of the band in force, as `band` fits them."""
    from fundarb.signals.band_fit import Edges, fit_edges  # brings scipy, which only a band needs

    given = Edges(as_bp(strategy.band.enter), as_bp(strategy.band.exit))
    since_ms = int(setting.event_times[0])
    return fit_edges(panel.settlements, found.forecast, since_ms, setting.charge_bp, setting.cost_bp, given)
