"""`band`: enter and leave on the forecast rate, at the edges of the band that is optimal for the cost of trading."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator

from fundarb.domain.decision import EntryReason, ExitReason
from fundarb.domain.money import canonical
from fundarb.parameters import NumberOrNull, Parameters, crossing
from fundarb.strategy.composite import CompositeParams, score
from fundarb.strategy.plan import ABSENT, Plan, Regime, Setting, at_least_units

if TYPE_CHECKING:
    from fundarb.signals.band_fit import FittedEdges
    from fundarb.signals.panel import Panel, Stamps


class BandParams(Parameters):
    """Edges of the band as fractions per 8 h (0.0001 = 1 bp); null is fitted each UTC month from what is known then."""

    enter: NumberOrNull = Field(
        None, ge=-1, le=1, description="enter at a forecast rate per 8 h of at least this; null: fitted"
    )
    exit: NumberOrNull = Field(
        None, ge=-1, le=1, description="leave when the forecast rate per 8 h is below this; null: fitted"
    )

    @model_validator(mode="after")
    def _exit_below_enter(self) -> Self:
        if self.enter is not None and self.exit is not None and self.exit >= self.enter:
            words = f"exit {canonical(self.exit)} is not below enter {canonical(self.enter)}; allowed: exit below enter"
            raise crossing(words, "exit", "enter")
        return self


def prepare(panel: Panel, params: tuple[BandParams, CompositeParams], setting: Setting) -> Plan:
    """As composite, but entering and leaving on the forecast, at edges refitted at the first event of each UTC month."""
    import numpy as np

    from fundarb.signals.band_fit import READY_AFTER, ready_at
    from fundarb.signals.forecast import MIN_HISTORY

    own, shared = params
    found = score(panel, shared.weights, setting)
    ready_ms, regimes = ready_at(panel.settlements, found.forecast), []
    key = ("edges", own, setting.charge_bp, setting.cost_bp)
    for since_ms, edges in setting.remember(key, lambda: _fitted(panel, found.forecast, own, setting)):
        regimes += _month(found.forecast, edges, since_ms, ready_ms)
    rank = np.where(found.score != ABSENT, found.score, 0)
    return Plan(
        in_force(regimes),
        rank,
        found.score,
        found.forecast,
        EntryReason.BAND,
        ExitReason.BAND,
        rotates=shared.rotate,
        ready_ms=ready_ms,
        history_ms=READY_AFTER + MIN_HISTORY,
    )


def _fitted(panel: Panel, forecast: Stamps, own: BandParams, setting: Setting) -> list[tuple[int, FittedEdges]]:
    """When each month begins, and its edges: fitted where none are given."""
    from fundarb.signals.band_fit import Edges, fit_edges, month_starts

    given, fitted = Edges(as_bp(own.enter), as_bp(own.exit)), []
    for since_ms in month_starts(setting.event_times):
        setting.checkpoint()
        edges = fit_edges(panel.settlements, forecast, since_ms, setting.charge_bp, setting.cost_bp, given)
        fitted.append((since_ms, edges))
    return fitted


def _month(forecast: Stamps, edges: FittedEdges, since_ms: int, ready_ms: int) -> list[Regime]:
    """What edges ask for from a moment on; nothing enters before the band is ready."""
    there = forecast != ABSENT
    enter = there & (forecast >= at_least_units(edges.enter))
    leave = there & (forecast < at_least_units(edges.exit))
    return [Regime(since_ms, there & ~there, leave), Regime(max(since_ms, ready_ms), enter, leave)]


def as_bp(rate: Decimal | None) -> Decimal | None:
    """A fraction per 8 h in basis points."""
    return None if rate is None else rate * 10_000


def in_force(regimes: list[Regime]) -> tuple[Regime, ...]:
    """Regimes that ever hold: those whose successor does not begin before or with them."""
    later = [regime.since_ms for regime in regimes[1:]]
    return tuple(
        regime
        for regime, until in zip(regimes, [*later, None], strict=True)
        if until is None or regime.since_ms < until
    )
