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
from fundarb.signals.lookback import Lookback, lookbacks
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


def composite(panel: Panel, weights: Mapping[str, float], charge_bp: float, stand_ins: frozenset[str]) -> Composite:
    """Everything a score is made of; stand-ins have no basis."""
    rows = len(panel.settlements.settled_at)
    level = np.full(rows, np.nan)
    found = {name: np.full(rows, np.nan) for name in COMPONENTS}
    for pair, look in enumerate(lookbacks(panel.settlements)):
        here = slice(look.start, look.start + len(look.settled_at))
        level[here] = forecast(look)
        for name, values in _of_pair(panel, pair, look, stand_ins, with_volume=weights["volume"] > 0).items():
            found[name][here] = values
    forecast_units = twelve(level)
    found["carry"] = carry(level, charge_bp)
    return Composite(twelve(weighted(found, weights)), forecast_units, found)


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


def _of_pair(
    panel: Panel, pair: int, look: Lookback, stand_ins: frozenset[str], *, with_volume: bool
) -> dict[str, Floats]:
    """The components of one pair, carry apart."""
    spread = dispersion(look)
    out = {"persistence": persistence(look), "trend": trend(look, spread), "stability": stability(spread)}
    instrument = panel.pairs[pair]
    if instrument.symbol not in stand_ins:
        perp = last_closes(panel.perp, pair, look.settled_at)[0]
        spot = last_closes(panel.spot, pair, look.settled_at)[0]
        out["basis"] = basis(basis_bp(perp, spot, float(instrument.multiplier)))
    if with_volume:
        out["volume"] = volume(panel.perp, pair, look.settled_at)
    return out
