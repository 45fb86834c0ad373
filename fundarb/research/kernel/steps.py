"""The one twin of `decide` and of the cycle: a parameter set stepped through all events of a tape."""

from __future__ import annotations

from typing import Any

import numpy as np

from fundarb.accounting.fees import round_trip
from fundarb.domain.instants import HOUR
from fundarb.research.kernel.accidents import follow, pass_time
from fundarb.research.kernel.compiled import compiled, inlined, merged
from fundarb.research.kernel.gate import dust_worth, free_cash, review
from fundarb.research.kernel.mixing import UNIT
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
    FOUND,
    FREE,
    HIGHEST,
    IN_USE,
    IN_USE_H,
    INTEREST,
    LAST,
    LEFT,
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
    STALE_PRICES,
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
    STALE_ROW,
    Rows,
    Tape,
)
from fundarb.research.kernel.terms import FEE_PERP, FEE_SPOT, SLIPPAGE
from fundarb.research.kernel.voices import ENTER, FORECAST, LEAVE, RANK, SCORE, Voice
from fundarb.signals.panel import Floats, Stamps

YEAR_H = 8760.0


@merged
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
    state.by_pair[LEFT] = -1
    state.whole[:, FREE] = 1
    state.counts[WITHOUT] = NOBODY
    state.money[CASH] = state.money[HIGHEST] = state.money[LAST] = state.money[LOWEST] = terms.capital
    equity[0] = terms.capital


@inlined
def _time_means(state: State, before: float, in_use: float, hours: float) -> None:
    """Each sample weighs until the next."""
    state.money[EQUITY_H] += before * hours
    state.money[IN_USE_H] += in_use * hours
    if in_use > 0.0:
        state.money[USED_H] += hours


@inlined
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
    if room or terms.rotates:
        _gather(tape, voice, enter_edge, state, event)
    if terms.rotates and terms.slots > 0:
        best = _next_candidate(tape, voice, enter_edge, state, event)
        if best >= 0 and _find_swap(tape, voice, state, cost, terms, event, best):
            room = True
    for place in range(state.counts[OPEN] - 1, -1, -1):
        slot = state.order[place]
        if state.whole[slot, DUE] != NOT_YET:
            _leave(tape, state, cost, slot, event)
    if room:
        state.counts[TRIED] = 0
        _enter_all(tape, voice, enter_edge, state, cost, terms, event)


@inlined
def _enter_all(tape: Tape, voice: Voice, edge: float, state: State, cost: Floats, terms: Any, event: int) -> None:
    """Each entry passes the gate on the portfolio as it stands and executes before the next is judged."""
    while terms.slots == 0 or state.counts[OPEN] < terms.slots:
        pair = _next_candidate(tape, voice, edge, state, event)
        if pair < 0:
            return
        score = voice.values[voice.planes[SCORE], tape.asking[event, pair]]
        qty = review(tape, state, cost, terms, event, pair, score)
        if qty > 0.0:
            _enter(tape, state, cost, terms, event, pair, qty)


@inlined
def _find_exits(tape: Tape, voice: Voice, edge: float, state: State, terms: Any, event: int) -> int:
    """Why each position leaves, if it does, naked legs of earlier events among them; how many do."""
    count, at_ms, leave = 0, tape.times[event], voice.planes[LEAVE]
    for place in range(state.counts[OPEN]):
        whole = state.whole[state.order[place]]
        row = tape.held_row[whole[PAIR], event]
        if whole[NAKED_SINCE] >= 0:
            whole[DUE] = BY_LIQUIDATION if whole[NAKED_SINCE] < event else NOT_YET
        elif row == STALE_ROW:
            whole[DUE] = BY_STALE
        else:
            below = row >= 0 and voice.values[leave, row] < edge
            whole[DUE] = _own_reason(at_ms - whole[OPENED], below, terms)
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
def _gather(tape: Tape, voice: Voice, edge: float, state: State, event: int) -> None:
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
def _next_candidate(tape: Tape, voice: Voice, edge: float, state: State, event: int) -> int:
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
def _find_swap(tape: Tape, voice: Voice, state: State, cost: Floats, terms: Any, event: int, best: int) -> bool:
    """Mark the weakest held pair for rotation where all slots are taken and the best candidate pays both round trips."""
    staying, weakest, lowest, forecast = 0, NOBODY, np.inf, voice.values[voice.planes[FORECAST]]
    for place in range(state.counts[OPEN]):
        slot = state.order[place]
        whole = state.whole[slot]
        if state.whole[slot, DUE] != NOT_YET or whole[NAKED_SINCE] >= 0:
            continue
        staying += 1
        row = tape.held_row[whole[PAIR], event]
        young = terms.min_hold_ms > 0 and tape.times[event] - whole[OPENED] < terms.min_hold_ms
        if row >= 0 and not young and forecast[row] < lowest:
            weakest, lowest = slot, forecast[row]
    candidate = forecast[tape.asking[event, best]]
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
        if cell[P_OPEN] != cell[P_OPEN] or cell[S_OPEN] != cell[S_OPEN]:
            return False
    known = tape.known[held, event]
    if known[P_CLOSE] != known[P_CLOSE] or known[S_CLOSE] != known[S_CLOSE]:
        return False
    score = voice.values[voice.planes[SCORE], tape.asking[event, best]]
    return bool(review(tape, state, cost, terms, event, best, score) > 0.0)


@compiled
def _leave(tape: Tape, state: State, cost: Floats, slot: int, event: int) -> None:
    """Both legs at the opens of the event, or nothing; a leg left by a liquidation by itself."""
    cell, at_ms = tape.cells[state.whole[slot, PAIR], event], float(tape.times[event])
    spot, perp = cell[S_OPEN], cell[P_OPEN]
    state.by_pair[LEFT, state.whole[slot, PAIR]] = event
    naked = state.floats[slot, QTY] <= 0.0
    if spot != spot or (perp != perp and not naked):
        state.counts[NO_PRICE] += 1
    elif naked:
        sell_spot(tape, state, cost, slot, spot, -1.0)
        finish(state, slot, at_ms)
    else:
        close_position(tape, state, cost, slot, spot, perp, at_ms)
        state.counts[ROTATIONS] += state.whole[slot, DUE] == BY_ROTATION


@inlined
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


@inlined
def _sample(tape: Tape, state: State, terms: Any, event: int) -> tuple[float, float]:
    """Equity and capital in use at the event."""
    money = state.money
    total, funded, in_use = money[CASH], money[CASH], 0.0
    for place in range(state.counts[OPEN]):
        slot = state.order[place]
        row = state.floats[slot]
        pair = state.whole[slot, PAIR]
        spot, perp = marks(tape.cells[pair, event], tape.known[pair, event], row, state.counts)
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


@inlined
def marks(cell: Floats, known: Floats, row: Floats, counts: Stamps) -> tuple[float, float]:
    """(spot, perp) a position is valued at; a stale one, which is below 0 on the tape, is counted, and so is the lack of
    any, for which the un-slipped entry prices stand in."""
    naked = row[QTY] <= 0.0
    spot = known[LONE] if naked else cell[S_MARK]
    counts[STALE_PRICES] += not spot > 0.0
    if spot != spot:
        return float(row[FAIR_SPOT]), float(row[FAIR_PERP])
    return float(abs(spot)), 0.0 if naked else float(cell[P_MARK])
