"""The score: a weighted mean of the components that are present, carry among them, at every settlement of every pair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fundarb.signals.basis import basis, basis_bp
from fundarb.signals.carry import carry
from fundarb.signals.dispersion import dispersion, stability, trend
from fundarb.signals.forecast import forecast
from fundarb.signals.known import last_closes
from fundarb.signals.lookback import lookback
from fundarb.signals.panel import Floats, Panel, Stamps
from fundarb.signals.persistence import persistence
from fundarb.signals.rounding import twelve
from fundarb.signals.volume import volume

COMPONENTS = ("carry", "persistence", "trend", "stability", "basis", "volume")


@dataclass(frozen=True, slots=True, eq=False)
class Composite:
    """Beside the panel's settlements: score and forecast in units of 1e-12 (ABSENT where missing), components as found."""

    score: Stamps
    forecast: Stamps
    components: Mapping[str, Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Circumstances:
    """What a score is made of that depends on no parameter: the forecast, which carry comes from, and the other
    components in their order."""

    level: Floats
    forecast: Stamps
    components: Mapping[str, Floats]


def composite(panel: Panel, weights: Mapping[str, float], charge_bp: float, stand_ins: frozenset[str]) -> Composite:
    """Everything a score is made of; stand-ins have no basis."""
    return scored(circumstances(panel, stand_ins, volume=weights["volume"] > 0), weights, charge_bp)


def circumstances(panel: Panel, stand_ins: frozenset[str], *, volume: bool) -> Circumstances:
    """All that weights and charges are applied to; volume only where it is weighed."""
    look = lookback(panel.settlements)
    level, spread = forecast(look), dispersion(look)
    components = {
        "persistence": persistence(look),
        "trend": trend(look, spread),
        "stability": stability(spread),
        "basis": _basis(panel, stand_ins),
        "volume": _volume(panel) if volume else np.full(len(level), np.nan),
    }
    return Circumstances(level, twelve(level), components)


def scored(found: Circumstances, weights: Mapping[str, float], charge_bp: float) -> Composite:
    """The score of these weights and this charge for idle capital."""
    components = {"carry": carry(found.level, charge_bp), **found.components}
    return Composite(twelve(weighted(components, weights)), found.forecast, components)


def weighted(components: Mapping[str, Floats], weights: Mapping[str, float]) -> Floats:
    """The weighted mean of what is present; absent without carry."""
    top = np.zeros(len(components["carry"]))
    bottom = np.zeros(len(top))
    for name, values in components.items():
        there = np.isfinite(values)
        top += np.where(there, weights[name] * np.where(there, values, 0.0), 0.0)
        bottom += np.where(there, weights[name], 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(np.isfinite(components["carry"]), top / bottom, np.nan)


def _basis(panel: Panel, stand_ins: frozenset[str]) -> Floats:
    """Each pair's basis component; stand-ins have none."""
    rows = panel.settlements
    out = np.full(len(rows.settled_at), np.nan)
    for index, pair in enumerate(panel.pairs):
        if pair.symbol not in stand_ins:
            at = rows.settled_at[rows.rows(index)]
            perp, spot = last_closes(panel.perp, index, at)[0], last_closes(panel.spot, index, at)[0]
            out[rows.rows(index)] = basis(basis_bp(perp, spot, float(pair.multiplier)))
    return out


def _volume(panel: Panel) -> Floats:
    """Each pair's volume component."""
    rows = panel.settlements
    parts = [volume(panel.perp, index, rows.settled_at[rows.rows(index)]) for index in range(len(panel.pairs))]
    return np.concatenate(parts) if parts else np.empty(0)
