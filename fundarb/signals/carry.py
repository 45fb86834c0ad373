"""Carry: what the forecast leaves after the charge for idle capital, squeezed into (0, 1); rises with the forecast."""

from __future__ import annotations

import numpy as np

from fundarb.signals.panel import Floats

HALF_WIDTH_BP = 3.0
PERIODS_A_YEAR = 1095.0


def capital_charge_bp(idle_apr: float, leverage: float | None) -> float:
    """k in bp per 8 h: what the capital in use would earn idle; the margin counts when it is isolated."""
    return idle_apr * 1e4 * (1.0 + 1.0 / leverage if leverage else 1.0) / PERIODS_A_YEAR


def carry(forecast_bp: Floats, charge_bp: float) -> Floats:
    """½(1 + g/(|g| + 3)) with g = forecast − charge; NaN where there is no forecast."""
    gain = forecast_bp - charge_bp
    return 0.5 * (1.0 + gain / (np.abs(gain) + HALF_WIDTH_BP))
