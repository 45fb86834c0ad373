"""What a simulation is bound by, and what happened in it that nobody decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from fundarb.accounting.fees import PairCosts
from fundarb.accounting.margin import MarginTerms, Tiers
from fundarb.domain.money import ZERO


@dataclass(frozen=True, slots=True)
class SimulationRules:
    """Everything but prices that decides what a fill or an accident costs."""

    costs: Callable[[str], PairCosts]
    margin: MarginTerms
    mmr: Decimal
    guard: Decimal
    liquidation_loses_all: bool
    delist_haircut: Decimal
    idle_apr: Decimal
    tiers: Tiers = ()
    impact_k: Decimal = ZERO


@dataclass(slots=True)
class Incidents:
    """What happened without anyone deciding it."""

    stale_marks: int = 0
    liquidations: int = 0
    guards: int = 0
    delistings: int = 0
