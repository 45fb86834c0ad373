"""The one twin of the cycle: a parameter set stepped through all events of a tape."""

from __future__ import annotations

from typing import Any

from fundarb.domain.instants import HOUR
from fundarb.research.kernel.accidents import follow, pass_time
from fundarb.research.kernel.compiled import compiled, inlined, merged
from fundarb.research.kernel.deciding import find_exits, find_swap, gather, next_candidate
from fundarb.research.kernel.gate import free_cash, review
from fundarb.research.kernel.positions import (
    BY_END,
    BY_ROTATION,
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
    LEFT,
    LOWEST,
    NAKED_SINCE,
    NO_PRICE,
    NOBODY,
    NOT_YET,
    NOW,
    OPEN,
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
from fundarb.research.kernel.tape import LONE, P_FILL, P_MARK, S_FILL, S_MARK, Tape
from fundarb.research.kernel.voices import SCORE, Voice
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
        state.counts[NOW] = event
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
    leaving = find_exits(tape, voice, leave_edge, state, terms, event)
    room = terms.slots == 0 or open_before - leaving < terms.slots
    if room or terms.rotates:
        gather(tape, voice, enter_edge, state, event)
    if terms.rotates and terms.slots > 0:
        best = next_candidate(tape, voice, enter_edge, state, event)
        if best >= 0 and find_swap(tape, voice, state, cost, terms, event, best):
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
        pair = next_candidate(tape, voice, edge, state, event)
        if pair < 0:
            return
        score = voice.values[voice.planes[SCORE], tape.asking[event, pair]]
        qty = review(tape, state, cost, terms, event, pair, score)
        if qty > 0.0:
            _enter(tape, state, cost, terms, event, pair, qty)


@compiled
def _leave(tape: Tape, state: State, cost: Floats, slot: int, event: int) -> None:
    """Both legs at the opens of when it fills, or nothing; a leg left by a liquidation by itself."""
    cell, at_ms = tape.cells[state.whole[slot, PAIR], event], float(tape.times[event])
    spot, perp = cell[S_FILL], cell[P_FILL]
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
    """Both legs at the opens of when it fills, or nothing."""
    cell = tape.cells[pair, event]
    if cell[P_FILL] != cell[P_FILL] or cell[S_FILL] != cell[S_FILL]:
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
    total += state.dust[event]
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
