"""Parameters as the kernel takes them: one record of plain numbers a set, costs by pair, and where they do not fit."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from fundarb.domain.instants import HOUR
from fundarb.research.rules import Setup, costs_by_pair, requested_size
from fundarb.signals.panel import Floats, Panel

FEE_SPOT, FEE_PERP, SLIPPAGE = range(3)
FIELDS = (
    ("capital", "f8"),
    ("size_usd", "f8"),
    ("conviction", "?"),
    ("size_min", "f8"),
    ("size_max", "f8"),
    ("c_min", "f8"),
    ("c_max", "f8"),
    ("drawdown_start", "f8"),
    ("drawdown_stop", "f8"),
    ("rho", "f8"),
    ("slots", "i8"),  # 0: any number
    ("max_portfolio", "f8"),
    ("venue_cap", "f8"),
    ("pair_cap", "f8"),
    ("min_free_cash", "f8"),
    ("max_break_even_h", "f8"),
    ("min_volume", "f8"),
    ("min_hold_ms", "i8"),
    ("exit_after_ms", "i8"),
    ("rotates", "?"),
    ("isolated", "?"),
    ("leverage", "f8"),
    ("mmr", "f8"),
    ("guard", "f8"),
    ("loses_all", "?"),
    ("haircut", "f8"),
    ("idle_apr", "f8"),
    ("fee_in_base", "?"),
    ("close_at_end", "?"),
)
RECORD = np.dtype([(name, kind) for name, kind in FIELDS], align=True)


def unsupported(setup: Setup) -> str | None:
    """Why the kernel cannot run these parameters; None where it can."""
    if setup.margin.mode == "cross":
        return "margin.mode cross"
    return "costs.impact_k" if setup.costs.impact_k else None


def terms_of(setups: Sequence[Setup], panel: Panel, mode: str, from_ms: int) -> NDArray[np.void]:
    """One record a parameter set."""
    return np.array([_record(setup, panel, mode, from_ms) for setup in setups], dtype=RECORD)


def costs_of(setups: Sequence[Setup], panel: Panel) -> Floats:
    """(sets, pairs, 3): spot fee, perp fee and slippage as fractions."""
    found = np.empty((len(setups), len(panel.pairs), 3))
    for row, setup in enumerate(setups):
        general = (float(setup.costs.fee_spot), float(setup.costs.fee_perp), float(setup.costs.slippage_bps) / 1e4)
        found[row] = general
        if setup.costs.pairs:
            costs = costs_by_pair(setup.costs)
            for i, pair in enumerate(panel.pairs):
                own = costs(pair.symbol)
                found[row, i] = (float(own.fee_spot), float(own.fee_perp), float(own.slippage))
    return found


def _record(setup: Setup, panel: Panel, mode: str, from_ms: int) -> tuple[object, ...]:
    sizing, risk, margin, costs, strategy = setup.sizing, setup.risk, setup.margin, setup.costs, setup.strategy
    isolated = margin.mode == "isolated"
    return (
        float(setup.capital),
        float(requested_size(setup, panel, mode, from_ms)),
        sizing.mode == "conviction",
        float(sizing.size_min),
        float(sizing.size_max),
        float(sizing.c_min),
        float(sizing.c_max),
        float(sizing.drawdown_start),
        float(sizing.drawdown_stop),
        float(sizing.rho),
        risk.max_positions or 0,
        _off(risk.max_portfolio),
        _off(risk.venue_cap),
        _off(risk.pair_cap),
        _off(risk.min_free_cash),
        _off(risk.max_break_even_h),
        _off(risk.min_volume),
        int((strategy.min_hold_h or 0) * HOUR),
        int((strategy.exit_after_h or 0) * HOUR),
        strategy.composite.rotate and mode in ("composite", "band"),
        isolated,
        float(margin.leverage),
        float(margin.mmr),
        _off(margin.guard) if isolated else 0.0,
        margin.liq_loss == "all" and isolated,
        float(costs.delist_haircut),
        float(costs.idle_apr),
        costs.spot_fee_in == "base",
        setup.backtest.close_at_end,
    )


def _off(limit: Decimal | None) -> float:
    """A limit that is off is 0."""
    return float(limit or 0)
