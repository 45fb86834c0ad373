"""Everything the signals know of one pair at its last settlement, by name and in the unit the name says; None is absent.

Nothing here weighs in any score: it is what a person reads beside it. Rates and forecasts are bp per 8 h."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from fundarb.domain.instants import HOUR, iso
from fundarb.signals.band import NO_NOISE_BP, carry_value, fit, worth
from fundarb.signals.band_fit import samples
from fundarb.signals.basis import WINDOW, basis_bp, convergence_bp, mean_before
from fundarb.signals.cross import cross, strength
from fundarb.signals.dispersion import dispersion, trend
from fundarb.signals.ema import ema
from fundarb.signals.forecast import forecast
from fundarb.signals.har import PERIODS, har
from fundarb.signals.known import last_closes
from fundarb.signals.lookback import PERIOD, Lookback, apart, eight_hourly, lookback
from fundarb.signals.open_interest import OpenInterest, open_interest
from fundarb.signals.panel import Floats, Panel
from fundarb.signals.percentile import percentile, regime
from fundarb.signals.persistence import run_length
from fundarb.signals.rates import apr
from fundarb.signals.regression import line
from fundarb.signals.reversion import ar1, half_life, robust_z, z_score
from fundarb.signals.rounding import twelve
from fundarb.signals.volume import volume

MONTH, WEEK = 90, 21  # periods of 8 h
READABLE_BP = 1e-6
Facts = dict[str, float | str | None]


class Terms(NamedTuple):
    """What the answer depends on beside the panel: the charge for idle capital, the one-way cost, what stands in."""

    charge_bp: float
    cost_bp: float
    stand_ins: frozenset[str] = frozenset()


def explain(panel: Panel, pair_index: int, at_ms: int, terms: Terms, interest: OpenInterest | None = None) -> Facts:
    """Every reading at the pair's last settlement at or before `at_ms`; empty where there is none."""
    rows = panel.settlements
    own = rows.rows(pair_index)
    row = own.start + int(np.searchsorted(rows.settled_at[own], at_ms, side="right")) - 1
    if row < own.start:
        return {}
    look, at = lookback(rows), int(rows.settled_at[row])
    interval_h = int(rows.interval_ms[row]) / HOUR or math.nan
    found: dict[str, object] = {"settled_at": iso(at), "interval_h": interval_h, "apr": apr(rows)[row]}
    level = forecast(look)
    found |= _averages(look, row) | {"forecast_bp": level[row]} | _statistics(eight_hourly(look, row, PERIODS))
    found |= _band(panel, level, row, terms)
    found |= _basis(panel, pair_index, row, stands_in=panel.pairs[pair_index].symbol in terms.stand_ins)
    found["volume"] = volume(panel.perp, pair_index, rows.settled_at[row : row + 1])[0]
    found["open_interest"] = math.nan if interest is None else open_interest(interest, at)
    return {name: _plain(value) for name, value in found.items()}


def _averages(look: Lookback, row: int) -> dict[str, object]:
    """The level, its averages, how they cross and how long it has not been negative."""
    share = float(trend(look, dispersion(look))[row])
    return {
        "rate_8h_bp": look.rate_bp[row],
        **{f"ema_{periods}_bp": ema(look, periods)[row] for periods in (3, 9, 21, 90)},
        "cross": cross(share),
        "cross_strength": strength(share),
        "not_negative_h": run_length(look)[row] * 8.0,
    }


def _statistics(levels: Floats) -> dict[str, object]:
    """How unusual the last 8 h are in their last month, how fast that fades, where it drifts, what is to come."""
    month, now = levels[-MONTH - 1 : -1], float(levels[-1])
    share, straight, own = percentile(month, now), line(levels[-MONTH:]), ar1(levels[-MONTH - 1 : -1], levels[-MONTH:])
    return {
        "robust_z_30d": robust_z(month, now),
        "percentile_30d": share,
        "regime_30d": regime(share),
        "half_life_h": math.nan if own is None else 8.0 * half_life(own.phi, MONTH),
        "slope_30d_bp_per_day": math.nan if straight is None else 3.0 * straight.slope,
        "slope_30d_p_value": math.nan if straight is None else straight.p_value,
        "slope_30d_p_value_if_independent": math.nan if straight is None else straight.p_independent,
        **{f"har_next_{days}d_bp": har(levels, 3 * days) / (3 * days) for days in (3, 7, 21)},
    }


def _band(panel: Panel, level: Floats, row: int, terms: Terms) -> dict[str, object]:
    """What being in is worth over being out, with the process fitted on all pairs as `band` does."""
    process = fit(*samples(panel.settlements, twelve(level), int(panel.settlements.settled_at[row])))
    if process is None or process.sigma <= NO_NOISE_BP or process.phi <= -1.0 or math.isnan(level[row]):
        return {"carry_worth_bp": None, "carry_value": None}
    found = worth(process, terms.charge_bp, terms.cost_bp, terms.cost_bp, moved=READABLE_BP)
    now = float(level[row])
    return {"carry_worth_bp": found.at(now), "carry_value": carry_value(found, now, terms.cost_bp, terms.cost_bp)}


def _basis(panel: Panel, pair_index: int, row: int, *, stands_in: bool) -> dict[str, object]:
    """The basis, how far it stands from its mean of the 90 settlements before, what of that should be gone in a week."""
    rows = slice(max(row - WINDOW, int(panel.settlements.offsets[pair_index])), row + 1)
    at = panel.settlements.settled_at[rows]
    perp, spot = last_closes(panel.perp, pair_index, at)[0], last_closes(panel.spot, pair_index, at)[0]
    level = basis_bp(perp, spot, float(panel.pairs[pair_index].multiplier))
    if stands_in:
        level = np.full(len(at), np.nan)
    before, after = apart(at, PERIOD)
    own, excess = ar1(level[before], level[after]), float(level[-1] - mean_before(level)[-1])
    return {
        "basis_bp": level[-1],
        "basis_excess_bp": excess,
        "basis_z": math.nan if math.isnan(excess) else z_score(level[:-1], float(level[-1])),
        "basis_convergence_7d_bp": math.nan if own is None else convergence_bp(excess, own.phi, WEEK),
    }


def _plain(value: object) -> float | str | None:
    """A float, a word, or None for what is absent."""
    if value is None or isinstance(value, str):
        return None if value is None else str(value)
    number = float(value)  # type: ignore[arg-type]  # numpy's and Python's own numbers only
    return number if math.isfinite(number) else None
