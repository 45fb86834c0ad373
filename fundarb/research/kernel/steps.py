"""The one twin of `decide` and of the cycle: a parameter set stepped through all events of a tape."""

from __future__ import annotations

from typing import Any

import numpy as np

from fundarb.domain.instants import DAY, HOUR
from fundarb.research.kernel.accidents import follow, pass_time
from fundarb.research.kernel.compiled import compiled
from fundarb.research.kernel.gate import dust_worth, free_cash, review
from fundarb.research.kernel.positions import (
    BY_END,
    BY_LIQUIDATION,
    BY_ROTATION,
    BY_RULE,
    BY_STALE,
    BY_TIME,
    CASH,
    DEEPEST,
    DUE,
    ENTRIES,
    EQUITY_H,
    FAIR_PERP,
    FAIR_SPOT,
    FREE,
    HIGHEST,
    IN_USE,
    IN_USE_H,
    INTEREST,
    LAST,
    LOWEST,
    NAKED_SINCE,
    NO_PRICE,
    NOBODY,
    NOT_YET,
    OPEN,
    OPENED,
    PAIR,
    PERP_COST,
    QTY,
    ROTATIONS,
    SLOT,
    SPOT,
    TRADED,
    TRIED,
    USED_H,
    WITHOUT,
    State,
    close_position,
    finish,
    open_position,
    sell_spot,
)
from fundarb.research.kernel.tape import (
    LONE,
    P_CLOSE,
    P_MARK,
    P_OPEN,
    S_CLOSE,
    S_MARK,
    S_OPEN,
    SETTLED_AT,
    Tape,
)
from fundarb.research.kernel.terms import FEE_PERP, FEE_SPOT, SLIPPAGE
from fundarb.research.kernel.voices import ENTER, FORECAST, LEAVE, RANK, SCORE, TOLERANCE, Voice
from fundarb.signals.panel import Floats, Stamps

YEAR_H = 8760.0


@compiled
def run(
    tape: Tape,
    voice: Voice,
    regime_of: Stamps,
    thresholds: Floats,
    cost: Floats,
    terms: Any,
    from_ms: int,
    state: State,
    equity: Floats,
) -> None:
    """All events; `equity` gets sample zero and one sample an event, `thresholds` are (regimes, 2): enter, leave."""
    _begin(state, terms, equity)
    last = len(tape.times) - 1
    previous_ms, in_use = from_ms, 0.0
    for event in range(last + 1):
        at_ms = tape.times[event]
        hours = (at_ms - previous_ms) / HOUR
        _time_means(state, equity[event], in_use, hours)
        if terms.idle_apr > 0.0:
            earned = max(free_cash(state, terms), 0.0) * terms.idle_apr * hours / YEAR_H
            state.money[CASH] += earned
            state.money[INTEREST] += earned
        pass_time(tape, state, cost, terms, event, previous_ms)
        if event < last:
            regime = regime_of[event]
            _act(tape, voice, thresholds[regime, 0], thresholds[regime, 1], state, cost, terms, event)
        else:
            _end(tape, state, cost, terms, event)
        equity[event + 1], in_use = _sample(tape, state, terms, event)
        previous_ms = at_ms


@compiled
def _begin(state: State, terms: Any, equity: Floats) -> None:
    state.money[:] = 0.0
    state.counts[:] = 0
    state.dust[:] = 0.0
    state.by_pair[SLOT] = -1
    state.by_pair[TRADED] = 0
    state.whole[:, FREE] = 1
    state.counts[WITHOUT] = NOBODY
    state.money[CASH] = state.money[HIGHEST] = state.money[LAST] = state.money[LOWEST] = terms.capital
    equity[0] = terms.capital


@compiled
def _time_means(state: State, before: float, in_use: float, hours: float) -> None:
    """Each sample weighs until the next."""
    state.money[EQUITY_H] += before * hours
    state.money[IN_USE_H] += in_use * hours
    if in_use > 0.0:
        state.money[USED_H] += hours


@compiled
def _act(
    tape: Tape,
    voice: Voice,
    enter_edge: float,
    leave_edge: float,
    state: State,
    cost: Floats,
    terms: Any,
    event: int,
) -> None:
    """Exits, the swap, then each entry on the portfolio as it stands."""
    open_before = state.counts[OPEN]
    leaving = _find_exits(tape, voice, leave_edge, state, terms, event)
    room = terms.slots == 0 or open_before - leaving < terms.slots
    found = 0
    if room or terms.rotates:
        found = _find_candidates(tape, voice, enter_edge, state, event, room)
    if terms.rotates and found > 0 and terms.slots > 0:
        _bring_best(voice, tape.row_at[event], state, found)
        swapped = _find_swap(tape, voice, state, cost, terms, event, state.candidates[0])
        if swapped and not room:
            found = _find_candidates(tape, voice, enter_edge, state, event, swapped)
    for place in range(state.counts[OPEN] - 1, -1, -1):
        slot = state.order[place]
        if state.whole[slot, DUE] != NOT_YET:
            _leave(tape, state, cost, slot, event)
    _enter_all(tape, voice, state, cost, terms, event, found)


@compiled
def _enter_all(tape: Tape, voice: Voice, state: State, cost: Floats, terms: Any, event: int, found: int) -> None:
    """Each entry passes the gate on the portfolio as it stands and executes before the next is judged."""
    while state.counts[TRIED] < found:
        if 0 < terms.slots <= state.counts[OPEN]:
            return
        _bring_best(voice, tape.row_at[event], state, found)
        pair = state.candidates[state.counts[TRIED]]
        state.counts[TRIED] += 1
        score = voice.values[tape.row_at[event, pair], SCORE]
        qty = review(tape, state, cost, terms, event, pair, score)
        if qty > 0.0:
            _enter(tape, state, cost, terms, event, pair, qty)


@compiled
def _find_exits(tape: Tape, voice: Voice, edge: float, state: State, terms: Any, event: int) -> int:
    """Why each position leaves, if it does, naked legs of earlier events among them; how many do."""
    count, at_ms = 0, tape.times[event]
    for place in range(state.counts[OPEN]):
        whole = state.whole[state.order[place]]
        row = tape.row_at[event, whole[PAIR]]
        if whole[NAKED_SINCE] >= 0:
            whole[DUE] = BY_LIQUIDATION if whole[NAKED_SINCE] < event else NOT_YET
        elif row >= 0 and at_ms - tape.rows[row, SETTLED_AT] > DAY:
            whole[DUE] = BY_STALE
        else:
            below = row >= 0 and voice.values[row, LEAVE] < edge - TOLERANCE
            whole[DUE] = _own_reason(at_ms - whole[OPENED], below, terms)
        count += whole[DUE] != NOT_YET
    return count


@compiled
def _own_reason(age_ms: int, below: bool, terms: Any) -> int:
    """The strategy's own, then time; neither while held for less than the least."""
    if terms.min_hold_ms > 0 and age_ms < terms.min_hold_ms:
        return NOT_YET
    if below:
        return BY_RULE
    return BY_TIME if terms.exit_after_ms > 0 and age_ms >= terms.exit_after_ms else NOT_YET


@compiled
def _find_candidates(tape: Tape, voice: Voice, edge: float, state: State, event: int, room: bool) -> int:
    """Listed pairs that ask to enter and are not open; of a sorted voice only the best where there is no room."""
    state.counts[TRIED] = 0
    if edge != edge:
        return 0
    if len(voice.order):
        return _from_order(tape, voice, edge, state, event, room)
    found, bound = 0, edge - TOLERANCE
    rows = tape.asking[event]
    for pair in range(len(rows)):
        row = rows[pair]
        if row >= 0 and voice.values[row, ENTER] >= bound and state.by_pair[SLOT, pair] < 0:
            state.candidates[found] = pair
            found += 1
    return found


@compiled
def _from_order(tape: Tape, voice: Voice, edge: float, state: State, event: int, room: bool) -> int:
    """The same from a list that is sorted already."""
    found, bound = 0, edge - TOLERANCE
    order, best_after = voice.order[event], voice.best_after[event]
    rows = tape.asking[event]
    for place in range(len(order)):
        if not best_after[place] >= bound:
            break
        pair = order[place]
        row = rows[pair]
        if row >= 0 and voice.values[row, ENTER] >= bound and state.by_pair[SLOT, pair] < 0:
            state.candidates[found] = pair
            found += 1
            if not room:
                break
    return found


@compiled
def _bring_best(voice: Voice, rows: Any, state: State, found: int) -> None:
    """The best of those not tried yet to the first place of them, by rank, then symbol; few are ever needed of many."""
    if len(voice.order):
        return
    best = first = state.counts[TRIED]
    for other in range(first + 1, found):
        ahead = voice.values[rows[state.candidates[other]], RANK] - voice.values[rows[state.candidates[best]], RANK]
        if ahead > 0.0 or (ahead == 0.0 and state.candidates[other] < state.candidates[best]):
            best = other
    state.candidates[first], state.candidates[best] = state.candidates[best], state.candidates[first]


@compiled
def _find_swap(tape: Tape, voice: Voice, state: State, cost: Floats, terms: Any, event: int, best: int) -> bool:
    """Mark the weakest held pair for rotation where all slots are taken and the best candidate pays both round trips."""
    staying, weakest, lowest = 0, NOBODY, np.inf
    for place in range(state.counts[OPEN]):
        slot = state.order[place]
        whole = state.whole[slot]
        if state.whole[slot, DUE] != NOT_YET or whole[NAKED_SINCE] >= 0:
            continue
        staying += 1
        row = tape.row_at[event, whole[PAIR]]
        young = terms.min_hold_ms > 0 and tape.times[event] - whole[OPENED] < terms.min_hold_ms
        if row >= 0 and not young and voice.values[row, FORECAST] < lowest:
            weakest, lowest = slot, voice.values[row, FORECAST]
    candidate = voice.values[tape.row_at[event, best], FORECAST]
    if staying < terms.slots or weakest == NOBODY or candidate != candidate:
        return False
    held = state.whole[weakest, PAIR]
    trips = _round_trip_bp(cost[best]) + _round_trip_bp(cost[held])
    if (candidate - lowest - TOLERANCE) * 45.0 > trips and _swap_passes(
        tape, voice, state, cost, terms, event, weakest, best
    ):
        state.whole[weakest, DUE] = BY_ROTATION
        return True
    return False


@compiled
def _round_trip_bp(own: Floats) -> float:
    return float(1e4 * (2.0 * (own[FEE_SPOT] + own[FEE_PERP]) + 4.0 * own[SLIPPAGE]))


@compiled
def _swap_passes(
    tape: Tape, voice: Voice, state: State, cost: Floats, terms: Any, event: int, weakest: int, best: int
) -> bool:
    """All four legs open now, and the gate takes the candidate with the held pair sold at last closes."""
    held = state.whole[weakest, PAIR]
    for pair in (held, best):
        cell = tape.cells[pair, event]
        if cell[P_OPEN] != cell[P_OPEN] or cell[S_OPEN] != cell[S_OPEN]:
            return False
    known = tape.known[held, event]
    if known[P_CLOSE] != known[P_CLOSE] or known[S_CLOSE] != known[S_CLOSE]:
        return False
    score = voice.values[tape.row_at[event, best], SCORE]
    state.counts[WITHOUT] = weakest
    qty = review(tape, state, cost, terms, event, best, score)
    state.counts[WITHOUT] = NOBODY
    return qty > 0.0


@compiled
def _leave(tape: Tape, state: State, cost: Floats, slot: int, event: int) -> None:
    """Both legs at the opens of the event, or nothing; a leg left by a liquidation by itself."""
    cell, at_ms = tape.cells[state.whole[slot, PAIR], event], float(tape.times[event])
    spot, perp = cell[S_OPEN], cell[P_OPEN]
    naked = state.floats[slot, QTY] <= 0.0
    if spot != spot or (perp != perp and not naked):
        state.counts[NO_PRICE] += 1
    elif naked:
        sell_spot(tape, state, cost, slot, spot, -1.0)
        finish(state, slot, at_ms)
    else:
        close_position(tape, state, cost, slot, spot, perp, at_ms)
        state.counts[ROTATIONS] += state.whole[slot, DUE] == BY_ROTATION


@compiled
def _enter(tape: Tape, state: State, cost: Floats, terms: Any, event: int, pair: int, qty: float) -> None:
    """Both legs at the opens of the event, or nothing."""
    cell = tape.cells[pair, event]
    if cell[P_OPEN] != cell[P_OPEN] or cell[S_OPEN] != cell[S_OPEN]:
        state.counts[NO_PRICE] += 1
        return
    slot = open_position(tape, state, cost, terms.fee_in_base, event, pair, qty)
    state.counts[ENTRIES] += 1
    follow(tape, state, cost, terms, slot)


@compiled
def _end(tape: Tape, state: State, cost: Floats, terms: Any, event: int) -> None:
    """Every position leaves, or only naked legs of earlier events where none is to be closed."""
    for place in range(state.counts[OPEN] - 1, -1, -1):
        slot = state.order[place]
        naked_since = state.whole[slot, NAKED_SINCE]
        if terms.close_at_end or 0 <= naked_since < event:
            state.whole[slot, DUE] = BY_END
            _leave(tape, state, cost, slot, event)


@compiled
def _sample(tape: Tape, state: State, terms: Any, event: int) -> tuple[float, float]:
    """Equity and capital in use at the event."""
    money = state.money
    total, funded, in_use = money[CASH], money[CASH], 0.0
    for place in range(state.counts[OPEN]):
        slot = state.order[place]
        row = state.floats[slot]
        pair = state.whole[slot, PAIR]
        spot, perp = marks(tape.cells[pair, event], tape.known[pair, event, LONE], row)
        gain = row[PERP_COST] - row[QTY] * perp
        total += row[SPOT] * spot + gain
        funded += gain
        in_use += row[IN_USE]
    total += dust_worth(tape.dust_close[event], state.dust)
    money[LAST] = total
    money[HIGHEST] = max(money[HIGHEST], total)
    money[LOWEST] = min(money[LOWEST], funded)
    money[DEEPEST] = max(money[DEEPEST], (money[HIGHEST] - total) / money[HIGHEST])
    return float(total), float(in_use)


@compiled
def marks(cell: Floats, lone: float, row: Floats) -> tuple[float, float]:
    """(spot, perp) a position is valued at; its un-slipped entry prices where there never was a common price."""
    if row[QTY] <= 0.0:
        return (float(lone), 0.0) if lone == lone else (float(row[FAIR_SPOT]), 0.0)
    if cell[P_MARK] != cell[P_MARK]:
        return float(row[FAIR_SPOT]), float(row[FAIR_PERP])
    return float(cell[S_MARK]), float(cell[P_MARK])
