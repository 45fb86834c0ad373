"""Fits the band: one AR(1) for the forecasts of all pairs over the last year, refitted at the first event of each month."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from fundarb.domain.instants import DAY, HOUR
from fundarb.domain.money import UNIT, score12
from fundarb.signals.band import fit, thresholds
from fundarb.signals.lookback import apart
from fundarb.signals.panel import Floats, SettlementRows, Stamps
from fundarb.signals.rounding import ABSENT

WINDOW = 365 * DAY
READY_AFTER = 90 * DAY
STEP = 8 * HOUR
FALLBACK_ENTER_BP, FALLBACK_EXIT_BP = 0.33, -0.68
NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Edges:
    """Where to enter and to leave, bp per 8 h; in what is asked for, None is to be fitted."""

    enter: Decimal | None
    exit: Decimal | None


@dataclass(frozen=True, slots=True)
class FittedEdges:
    """Where to enter and to leave, bp per 8 h."""

    enter: Decimal
    exit: Decimal


def fit_edges(
    rows: SettlementRows, forecast: Stamps, at_ms: int, charge_bp: float, cost_bp: float, given: Edges
) -> FittedEdges:
    """The edges in force from `at_ms` on, from what was known then; given ones stand."""
    if given.enter is not None and given.exit is not None:
        return FittedEdges(given.enter, given.exit)
    process = fit(*samples(rows, forecast, at_ms))
    found = None if process is None else thresholds(process, charge_bp, cost_bp)
    enter, leave = found or (charge_bp + FALLBACK_ENTER_BP, charge_bp + FALLBACK_EXIT_BP)
    return FittedEdges(
        score12(enter) if given.enter is None else given.enter, score12(leave) if given.exit is None else given.exit
    )


def samples(rows: SettlementRows, forecast: Stamps, at_ms: int) -> tuple[Floats, Floats, Floats]:
    """(all forecasts of the last year, those 8 h before another of the same pair, those others), bp."""
    level = forecast / UNIT
    inside = (rows.settled_at > at_ms - WINDOW) & (rows.settled_at <= at_ms) & (forecast != ABSENT)
    before, after = [], []
    for start, end in zip(rows.offsets[:-1].tolist(), rows.offsets[1:].tolist(), strict=True):
        earlier, later = apart(rows.settled_at[start:end], STEP)
        both = inside[start + earlier] & inside[start + later]
        before.append(level[start + earlier[both]])
        after.append(level[start + later[both]])
    return level[inside], _joined(before), _joined(after)


def _joined(parts: list[Floats]) -> Floats:
    return np.concatenate(parts) if parts else np.empty(0)


def ready_at(rows: SettlementRows, forecast: Stamps) -> int:
    """When entries may begin: 90 days after the first forecast of any pair."""
    there = rows.settled_at[forecast != ABSENT]
    return int(there.min()) + READY_AFTER if len(there) else int(NEVER)


def month_starts(event_times: Stamps) -> list[int]:
    """The first event, and the first of each UTC month after it."""
    months = event_times.astype("datetime64[ms]").astype("datetime64[M]")
    first = np.concatenate(([True], months[1:] != months[:-1])) if len(months) else np.empty(0, np.bool_)
    return [int(at) for at in event_times[first]]
