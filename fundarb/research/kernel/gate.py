"""Size and gate of the fast lane: the quantity an entry may have on the portfolio as it stands, 0 where it is refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fundarb.accounting.fees import fee_value, round_trip
from fundarb.accounting.lots import affordable_qty, sellable, spot_order
from fundarb.accounting.pricing import bought_at, sold_at
from fundarb.domain.instants import HOUR
from fundarb.research.kernel.accidents import below_minimum, posted
from fundarb.research.kernel.compiled import compiled, inlined
from fundarb.research.kernel.mixing import UNIT
from fundarb.research.kernel.positions import (
    CASH,
    CLOSE,
    ENTRY,
    HIGHEST,
    LAST,
    NOBODY,
    OPEN,
    PAIR,
    PERP_COST,
    QTY,
    SPOT,
    TIE,
    WITHOUT,
    State,
    near,
)
from fundarb.research.kernel.tape import EARNS, FRESH, MULTIPLIER, P_CLOSE, S_CLOSE, SPOT_STEP, STEP, VOLUME, Tape
from fundarb.research.kernel.terms import FEE_PERP, FEE_SPOT, SLIPPAGE
from fundarb.signals.panel import Floats


@compiled
def target_of(state: State, terms: Any, score: float, nth: int) -> float:
    """What to aim for: as requested, or by conviction where there is a score."""
    if not terms.conviction or score != score:
        return float(terms.size_usd)
    conviction = _clipped6((score / UNIT - terms.c_min) / (terms.c_max - terms.c_min))
    highest = state.money[HIGHEST]
    drawdown = 1.0 - state.money[LAST] / highest if highest > 0.0 else 1.0
    calm = _clipped6(1.0 - (drawdown - terms.drawdown_start) / (terms.drawdown_stop - terms.drawdown_start))
    alone = _clipped6(1.0 / math.sqrt(1.0 + (nth - 1) * terms.rho))
    return float((terms.size_min + (terms.size_max - terms.size_min) * conviction) * calm * alone)


@compiled
def _clipped6(value: float) -> float:
    """Clipped to [0, 1] and rounded to 6 places, half-even."""
    return float(np.rint(min(max(value, 0.0), 1.0) * 1e6) / 1e6)


@inlined
def free_cash(state: State, terms: Any) -> float:
    """Cash less posted margins."""
    free = state.money[CASH]
    if terms.isolated:
        for place in range(state.counts[OPEN]):
            free -= posted(state.floats[state.order[place]], terms)
    return float(free)


@compiled
def worth_at_closes(row: Floats, known: Floats) -> float:
    """What a position adds to the gate's equity: each leg at its own last close."""
    total = 0.0
    if known[S_CLOSE] == known[S_CLOSE]:
        total += row[SPOT] * known[S_CLOSE]
    if row[QTY] > 0.0:
        perp = known[P_CLOSE] if known[P_CLOSE] == known[P_CLOSE] else row[ENTRY]
        total += row[PERP_COST] - row[QTY] * perp
    return float(total)


@compiled
def review(
    tape: Tape,
    state: State,
    cost: Floats,
    terms: Any,
    event: int,
    pair: int,
    score: float,
) -> float:
    """The quantity approved, 0 where refused; the slot in `counts[WITHOUT]`, if any, is taken for sold at last closes."""
    without = state.counts[WITHOUT]
    count = state.counts[OPEN] - (0 if without == NOBODY else 1)
    own, known = cost[pair], tape.known[pair, event]
    if (0 < terms.slots <= count) or known[FRESH] != 1.0:
        return 0.0
    if terms.max_break_even_h > 0.0 and _slow(own, terms, known[EARNS]):
        return 0.0
    if terms.min_volume > 0.0 and known[VOLUME] * (1.0 + TIE) < terms.min_volume:
        return 0.0
    cash, margins, exposure, equity = _standing(tape, state, cost, terms, event, without)
    target = target_of(state, terms, score, count + 1)
    if terms.pair_cap > 0.0:
        target = min(target, terms.pair_cap)
    for cap in (terms.max_portfolio, terms.venue_cap):
        if cap == cap:
            left = cap * equity - exposure
            if left <= 0.0:
                return 0.0
            target = min(target, left)
    ref = known[P_CLOSE]
    step = tape.pairs[pair, STEP]
    qty = affordable_qty(target, ref, step, near(target, ref * step)) if target > 0.0 else 0.0
    spare = cash - margins - terms.min_free_cash * equity
    if not _affordable(tape, own, terms, pair, qty, known, spare) or below_minimum(tape, pair, qty, ref):
        return 0.0
    return float(qty)


@compiled
def _standing(
    tape: Tape, state: State, cost: Floats, terms: Any, event: int, without: int
) -> tuple[float, float, float, float]:
    """Cash, posted margins, exposure at cost and equity at closes, `without` sold."""
    cash, margins, exposure = float(state.money[CASH]), 0.0, 0.0
    equity = float(state.dust[event])
    for place in range(state.counts[OPEN]):
        slot = state.order[place]
        if slot != without:
            margins += posted(state.floats[slot], terms)
            exposure += state.floats[slot, PERP_COST]
            equity += worth_at_closes(state.floats[slot], tape.known[state.whole[slot, PAIR], event])
    if without != NOBODY:
        row, pair = state.floats[without], state.whole[without, PAIR]
        own, known = cost[pair], tape.known[pair, event]
        step = tape.pairs[pair, SPOT_STEP]
        sold = sellable(row[SPOT], step, near(row[SPOT], step))
        got, paid = sold_at(known[S_CLOSE], own[SLIPPAGE]), bought_at(known[P_CLOSE], own[SLIPPAGE])
        cash += sold * got - fee_value(sold, got, own[FEE_SPOT])
        cash += row[PERP_COST] - row[QTY] * paid - fee_value(row[QTY], paid, own[FEE_PERP])
        equity += (row[SPOT] - sold) * known[S_CLOSE]
    return cash, margins, exposure, equity + cash


@compiled
def _affordable(tape: Tape, own: Floats, terms: Any, pair: int, qty: float, known: Floats, spare: float) -> bool:
    """Whether spare cash covers the spot with slippage and its quote fee, the perp's fee, and margin if isolated."""
    multiplier, step = tape.pairs[pair, MULTIPLIER], tape.pairs[pair, SPOT_STEP]
    order = spot_order(qty, multiplier, own[FEE_SPOT], step, near(qty * multiplier, step), terms.fee_in_base)
    price, notional = bought_at(known[S_CLOSE], own[SLIPPAGE]), qty * known[P_CLOSE]
    need = order * price + fee_value(qty, known[P_CLOSE], own[FEE_PERP])
    if not terms.fee_in_base:
        need += fee_value(order, price, own[FEE_SPOT])
    if terms.isolated:
        need += notional / terms.leverage
    return bool(need <= spare + TIE * (need + abs(spare)))


@compiled
def _slow(own: Floats, terms: Any, earns: float) -> bool:
    """Whether the last rate takes too long to earn the round trip."""
    trip = round_trip(own[FEE_SPOT], own[FEE_PERP], own[SLIPPAGE])
    return not (earns > 0.0 and trip <= terms.max_break_even_h * HOUR * earns * (1.0 + CLOSE))
