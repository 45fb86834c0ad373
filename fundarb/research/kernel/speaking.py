"""Strategies as voices: which values they compare, at which edges. One without a line here is swept in the exact lane."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from fundarb.domain.instants import HOUR
from fundarb.research.kernel.voices import Voice, from_units, in_order, voice
from fundarb.research.rules import Setup, charge_bp
from fundarb.research.stage import Stage
from fundarb.signals.panel import Floats, SettlementRows, Stamps
from fundarb.signals.rates import rate_keys
from fundarb.strategy.plan import ABSENT, Setting

ONE_REGIME = 0


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What one parameter set says: a voice (shared with others of the same key) and its edges by regime."""

    voice: Voice
    regime_of: Stamps
    edges: Floats  # (regimes, 2): enter, leave; NaN never


def simple(stage: Stage, setup: Setup, _: Setting) -> Said:
    """The lowest of the last `min_consecutive` rates against `entry`, the last against `exit`."""
    rows, params = stage.panel.settlements, setup.strategy.simple
    with np.errstate(divide="ignore", invalid="ignore"):
        level = np.where(rows.interval_ms > 0, rows.rate * (8 * HOUR) / rows.interval_ms, np.nan)
    keys = rate_keys(rows).key
    rank = (
        keys.astype(np.float64)
        if keys.dtype == np.int64
        else np.unique(keys, return_inverse=True)[1].astype(np.float64)
    )
    said = voice(lowest_of_last(rows, level, params.min_consecutive), level, rank, None, None)
    return Said(_sorted(said, stage), _always(stage), np.array([[float(params.entry), float(params.exit)]]))


def composite(stage: Stage, setup: Setup, setting: Setting) -> Said:
    """The score against `enter` and `exit`."""
    from fundarb.signals.composite import composite as compose

    params = setup.strategy.composite
    found = compose(stage.panel, params.weights.named(), setting.charge_bp, setting.stand_ins)
    score = from_units(found.score, ABSENT)
    said = voice(score, score, score, from_units(found.forecast, ABSENT), score)
    return Said(said, _always(stage), np.array([[float(params.enter), float(params.exit)]]))


def band(stage: Stage, setup: Setup, setting: Setting) -> Said:
    """The forecast against the edges fitted (or given) for each UTC month."""
    from fundarb.signals.band_fit import Edges, fit_edges, month_starts, ready_at
    from fundarb.signals.composite import composite as compose

    own, shared, rows = setup.strategy.band, setup.strategy.composite, stage.panel.settlements
    found = compose(stage.panel, shared.weights.named(), setting.charge_bp, setting.stand_ins)
    forecast, score = from_units(found.forecast, ABSENT), from_units(found.score, ABSENT)
    given, ready_ms = Edges(_bp(own.enter), _bp(own.exit)), ready_at(rows, found.forecast)
    starts = month_starts(setting.event_times)
    edges = []
    for since_ms in starts:
        setting.checkpoint()
        fitted = fit_edges(rows, found.forecast, since_ms, setting.charge_bp, setting.cost_bp, given)
        edges.append((float(fitted.enter), float(fitted.exit)))
    leave_only = [(np.nan, leave) for _, leave in edges]
    month = np.searchsorted(np.asarray(starts), stage.timeline.times, side="right") - 1
    early = stage.timeline.times < ready_ms
    said = voice(forecast, forecast, np.nan_to_num(score), forecast, score)
    regime_of = np.where(early, month + len(edges), month)
    return Said(_sorted(said, stage), regime_of, np.array(edges + leave_only).reshape(-1, 2))


SPEAK: dict[str, Callable[[Stage, Setup, Setting], Said]] = {"simple": simple, "composite": composite, "band": band}


def voice_key(setup: Setup, mode: str, setting: Setting) -> tuple[object, ...]:
    """Parameter sets with the same key share a voice; what they compare it with may differ."""
    weights = tuple(sorted(setup.strategy.composite.weights.named().items()))
    if mode == "simple":
        return (mode, setup.strategy.simple.min_consecutive)
    if mode == "composite":
        return (mode, weights, charge_bp(setup))
    own = setup.strategy.band
    return (mode, weights, charge_bp(setup), setting.cost_bp, own.enter, own.exit)


def edges_of(setup: Setup, mode: str, said: Said) -> Floats:
    """A set's own edges on a voice it shares."""
    if mode == "simple":
        return np.array([[float(setup.strategy.simple.entry), float(setup.strategy.simple.exit)]])
    if mode == "composite":
        return np.array([[float(setup.strategy.composite.enter), float(setup.strategy.composite.exit)]])
    return said.edges


def lowest_of_last(rows: SettlementRows, level: Floats, count: int) -> Floats:
    """The lowest of the last `count` levels of a pair, NaN where one is missing."""
    lowest = level.copy()
    first = np.repeat(rows.offsets[:-1], np.diff(rows.offsets))
    at = np.arange(len(level))
    for back in range(1, count):
        there = at - back >= first
        lowest = np.where(there, np.minimum(lowest, level[np.maximum(at - back, 0)]), np.nan)
    return lowest


def _always(stage: Stage) -> Stamps:
    return np.zeros(len(stage.timeline.times), dtype=np.int64)


def _sorted(said: Voice, stage: Stage) -> Voice:
    return in_order(said, stage.timeline.row_at, stage.timeline.listed)


def _bp(rate: Decimal | None) -> Decimal | None:
    return None if rate is None else rate * 10_000
