"""`composite`: a weighted score of carry and its circumstances, with rotation into better carry."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from pydantic import Field

from fundarb.domain.decision import EntryReason, ExitReason
from fundarb.parameters import Flag, Number, Parameters
from fundarb.strategy.plan import ABSENT, Plan, Regime, Setting, at_least_units

if TYPE_CHECKING:
    from fundarb.signals.composite import Composite
    from fundarb.signals.panel import Panel


class Weights(Parameters):
    """What each component counts in the score; only their ratios matter, absent components are left out."""

    carry: Number = Field(Decimal("0.70"), gt=0, le=1000, description="forecast rate above the cost of idle capital")
    persistence: Number = Field(Decimal("0.08"), ge=0, le=1000, description="how long the rate has not been below zero")
    trend: Number = Field(Decimal("0.06"), ge=0, le=1000, description="the fast average of the rate above the slow one")
    stability: Number = Field(Decimal("0.08"), ge=0, le=1000, description="how little the rate scatters")
    basis: Number = Field(Decimal("0.08"), ge=0, le=1000, description="the perp's premium above its own average")
    volume: Number = Field(Decimal(0), ge=0, le=1000, description="the day's volume above that of the 30 days before")

    def named(self) -> dict[str, float]:
        """The weights by component."""
        return {name: float(getattr(self, name)) for name in type(self).model_fields}


class CompositeParams(Parameters):
    """Scores run from 0 to 1. `band` takes its score, weights and rotation from here too."""

    enter: Number = Field(Decimal("0.60"), ge=0, le=1, description="enter at a score of at least this")
    exit: Number = Field(Decimal("0.40"), ge=0, le=1, description="leave when the score is below this")
    weights: Weights = Field(default_factory=Weights)
    rotate: Flag = Field(
        True, description="when all slots are taken, replace the weakest held pair by a better one that earns the swap"
    )


def prepare(panel: Panel, params: CompositeParams, setting: Setting) -> Plan:
    """Enter and leave on the score; the highest score comes first; rotation on the forecast."""
    import numpy as np

    from fundarb.signals.forecast import MIN_HISTORY, first_at

    found = score(panel, params.weights, setting)
    there = found.score != ABSENT
    enter = there & (found.score >= at_least_units(params.enter))
    leave = there & (found.score < at_least_units(params.exit))
    rank = np.where(there, found.score, 0)
    regime = Regime(setting.from_ms, enter, leave)
    return Plan(
        (regime,),
        rank,
        found.score,
        found.forecast,
        EntryReason.SCORE,
        ExitReason.SCORE,
        rotates=params.rotate,
        ready_ms=first_at(panel.settlements, there),
        history_ms=MIN_HISTORY,
    )


def score(panel: Panel, weights: Weights, setting: Setting) -> Composite:
    """The score by these weights; what it is made of is shared by all weights, itself by all thresholds."""
    from fundarb.signals.composite import circumstances, scored

    volume, charge = weights.volume > 0, setting.charge_bp
    found = setting.remember(("circumstances", volume), lambda: circumstances(panel, setting.stand_ins, volume=volume))
    return setting.remember(("score", weights, charge), lambda: scored(found, weights.named(), charge))
