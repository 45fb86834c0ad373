"""The one twin of `engine.decide`: exits, who asks to enter and in which order, the swap."""

from __future__ import annotations

from typing import Any

import numpy as np

from fundarb.accounting.fees import round_trip
from fundarb.research.kernel.compiled import compiled, inlined
from fundarb.research.kernel.gate import review
from fundarb.research.kernel.mixing import UNIT
from fundarb.research.kernel.positions import (
    BY_LIQUIDATION,
    BY_ROTATION,
    BY_RULE,
    BY_STALE,
    BY_TIME,
    DUE,
    FOUND,
    LEFT,
    NAKED_SINCE,
    NOBODY,
    NOT_YET,
    OPEN,
    OPENED,
    PAIR,
    SLOT,
    TRIED,
    WITHOUT,
    State,
)
from fundarb.research.kernel.tape import P_CLOSE, P_FILL, S_CLOSE, S_FILL, STALE_ROW, Rows, Tape
from fundarb.research.kernel.terms import FEE_PERP, FEE_SPOT, SLIPPAGE
from fundarb.research.kernel.voices import ENTER, FORECAST, LEAVE, RANK, SCORE, STALE, Voice
from fundarb.signals.panel import Floats


@inlined
def find_exits(tape: Tape, voice: Voice, edge: float, state: State, terms: Any, event: int) -> int:
    """Why each position leaves, if it does, naked legs of earlier events among them; how many do."""
    count, at_ms, leave = 0, tape.times[event], voice.planes[LEAVE]
    for place in range(state.counts[OPEN]):
        whole = state.whole[state.order[place]]
        if len(voice.leaving):
            value = voice.leaving[whole[PAIR], event]
        else:
            row = tape.held_row[whole[PAIR], event]
            value = voice.values[leave, row] if row >= 0 else (STALE if row == STALE_ROW else np.nan)
        if whole[NAKED_SINCE] >= 0:
            whole[DUE] = BY_LIQUIDATION if whole[NAKED_SINCE] < event else NOT_YET
        elif value == STALE:
            whole[DUE] = BY_STALE
        else:
            whole[DUE] = _own_reason(at_ms - whole[OPENED], value < edge, terms)
        count += whole[DUE] != NOT_YET
    return count


@inlined
def _own_reason(age_ms: int, below: bool, terms: Any) -> int:
    """The strategy's own, then time; neither while held for less than the least."""
    if terms.min_hold_ms > 0 and age_ms < terms.min_hold_ms:
        return NOT_YET
    if below:
        return BY_RULE
    return BY_TIME if terms.exit_after_ms > 0 and age_ms >= terms.exit_after_ms else NOT_YET


@inlined
def gather(tape: Tape, voice: Voice, edge: float, state: State, event: int) -> None:
    """Start over with this event's candidates; of a voice that is not sorted, find who asks to enter and is not open."""
    state.counts[TRIED] = state.counts[FOUND] = 0
    if len(voice.order) or edge != edge or not voice.values.shape[1]:
        return
    found, rows, enter, slot_of = 0, tape.asking[event], voice.values[voice.planes[ENTER]], state.by_pair[SLOT]
    for pair in range(len(rows)):
        row = rows[pair]
        state.candidates[found] = pair  # kept only if counted: a branch would be guessed wrong too often
        found += (enter[max(row, 0)] >= edge) & (row >= 0) & (slot_of[pair] < 0)
    state.counts[FOUND] = found


@inlined
def next_candidate(tape: Tape, voice: Voice, edge: float, state: State, event: int) -> int:
    """The best listed pair not tried yet that asks to enter and was not open when that was decided, -1 if none is left."""
    by_pair, counts = state.by_pair, state.counts
    most = len(voice.order[event]) if len(voice.order) else counts[FOUND]
    while counts[TRIED] < most:
        if len(voice.order):
            place = counts[TRIED]
            if not voice.best_after[event, place] >= edge:
                return -1
            pair, asks = voice.order[event, place], voice.asks[event, place] >= edge
        else:
            pair, asks = _bring_best(voice.values[voice.planes[RANK]], tape.asking[event], state), True
        counts[TRIED] += 1
        if asks and by_pair[SLOT, pair] < 0 and by_pair[LEFT, pair] != event:
            return int(pair)
    return -1


@compiled
def _bring_best(rank: Floats, rows: Rows, state: State) -> int:
    """The best of the gathered not tried yet, by rank, then symbol, to their first place; few are ever needed of many."""
    candidates = state.candidates
    best = first = state.counts[TRIED]
    for other in range(first + 1, state.counts[FOUND]):
        ahead = rank[rows[candidates[other]]] - rank[rows[candidates[best]]]
        if ahead > 0.0 or (ahead == 0.0 and candidates[other] < candidates[best]):
            best = other
    candidates[first], candidates[best] = candidates[best], candidates[first]
    return int(candidates[first])


@compiled
def find_swap(tape: Tape, voice: Voice, state: State, cost: Floats, terms: Any, event: int, best: int) -> bool:
    """Mark the weakest held pair for rotation where all slots are taken and the best candidate pays both round trips."""
    staying, weakest, lowest = 0, NOBODY, np.inf
    for place in range(state.counts[OPEN]):
        slot = state.order[place]
        whole = state.whole[slot]
        if state.whole[slot, DUE] != NOT_YET or whole[NAKED_SINCE] >= 0:
            continue
        staying += 1
        forecast = voice.forecasts[whole[PAIR], event]
        young = terms.min_hold_ms > 0 and tape.times[event] - whole[OPENED] < terms.min_hold_ms
        if not young and forecast < lowest:
            weakest, lowest = slot, forecast
    candidate = voice.values[voice.planes[FORECAST], tape.asking[event, best]]
    if staying < terms.slots or weakest == NOBODY or candidate != candidate:
        return False
    held = state.whole[weakest, PAIR]
    trips = _round_trip_units(cost[best]) + _round_trip_units(cost[held])
    earns = (candidate - lowest - 1.0) * 45.0 > trips + 0.25  # whole numbers, but for what was lost in making `trips`
    state.counts[WITHOUT] = weakest
    passes = earns and _swap_passes(tape, voice, state, cost, terms, event, best)
    state.counts[WITHOUT] = NOBODY
    if passes:
        state.whole[weakest, DUE] = BY_ROTATION
        return True
    return False


@compiled
def _round_trip_units(own: Floats) -> float:
    """In 1e-12 of a basis point."""
    return float(1e4 * UNIT * round_trip(own[FEE_SPOT], own[FEE_PERP], own[SLIPPAGE]))


@compiled
def _swap_passes(tape: Tape, voice: Voice, state: State, cost: Floats, terms: Any, event: int, best: int) -> bool:
    """All four legs open now, and the gate takes the candidate with the held pair sold at last closes."""
    held = state.whole[state.counts[WITHOUT], PAIR]
    for pair in (held, best):
        cell = tape.cells[pair, event]
        if cell[P_FILL] != cell[P_FILL] or cell[S_FILL] != cell[S_FILL]:
            return False
    known = tape.known[held, event]
    if known[P_CLOSE] != known[P_CLOSE] or known[S_CLOSE] != known[S_CLOSE]:
        return False
    score = voice.values[voice.planes[SCORE], tape.asking[event, best]]
    return bool(review(tape, state, cost, terms, event, best, score) > 0.0)
