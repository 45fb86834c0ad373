"""What happens to a position between two events without anyone deciding it: touches, guards, settlements, delistings."""

from __future__ import annotations

from typing import Any

import numpy as np

from fundarb.accounting.fees import fee_value
from fundarb.accounting.funding import payment
from fundarb.accounting.lots import guard_qty
from fundarb.accounting.margin import guard_due, liquidation_due
from fundarb.research.kernel.compiled import compiled, inlined
from fundarb.research.kernel.positions import (
    BY_DELISTING,
    BY_GUARD,
    BY_LIQUIDATION,
    CASH,
    DELISTINGS,
    DUE,
    ENTRY,
    EPS,
    FUNDING,
    GUARDS,
    IN_USE,
    LEVEL,
    LIQUIDATIONS,
    NAKED_SINCE,
    OPEN,
    OPENED,
    OTHER,
    PAIR,
    QTY,
    RATES,
    REASON,
    REF,
    SLIPS,
    SPOT,
    SPOT_AT_ENTRY,
    SPOT_COST,
    STALE_MARKS,
    TIE,
    State,
    buy_perp,
    close_position,
    cut_position,
    finish,
    near,
    sell_spot,
)
from fundarb.research.kernel.tape import (
    FOREVER,
    GONE,
    GUARD_FIRST,
    GUARD_LAST,
    GUARD_PERP,
    GUARD_SPOT,
    HIGH,
    HIGHEST_PRICE,
    MMR,
    MOMENT,
    MULTIPLIER,
    OPENED_AT,
    P_CLOSE,
    PAY,
    PERP_MIN,
    PERP_NOTIONAL,
    RATE,
    S_CLOSE,
    SALE_FIRST,
    SALE_LAST,
    SALE_PRICE,
    SPOT_MIN,
    SPOT_NOTIONAL,
    STEP,
    TOP,
    TOUCH_FIRST,
    TOUCH_LAST,
    Tape,
)
from fundarb.research.kernel.terms import FEE_PERP
from fundarb.signals.panel import Floats, Stamps


@inlined
def pass_time(tape: Tape, state: State, cost: Floats, terms: Any, event: int, previous_ms: int) -> None:
    """Everything between the event before and this one, position by position: none of it looks at another's."""
    at_ms = tape.times[event]
    for place in range(state.counts[OPEN] - 1, -1, -1):
        slot = state.order[place]
        pair = state.whole[slot, PAIR]
        cell = tape.cells[pair, event]
        guarded = terms.guard > 0.0 and guard_due(cell[TOP], state.floats[slot, REF], terms.guard, TIE)
        alarmed = guarded or (terms.isolated and liquidation_due(cell[HIGH], state.floats[slot, LEVEL], TIE))
        open_still = True
        if alarmed and state.floats[slot, QTY] > 0.0:
            open_still = _margin(tape, state, cost, terms, slot, event, previous_ms)
        if not open_still:
            continue
        if cell[RATE] == cell[RATE] and state.floats[slot, QTY] > 0.0 and state.whole[slot, OPENED] < at_ms:
            _settle(state.floats[slot], state.money, state.counts, cell[RATE], cell[PAY])
        if alarmed and terms.guard > 0.0 and state.floats[slot, QTY] > 0.0:
            open_still = _guard_at_event(tape, state, cost, terms, slot, event)
        if open_still and at_ms >= tape.pairs[pair, GONE]:
            _delist(tape, state, cost, terms, slot, event)


@compiled
def follow(tape: Tape, state: State, cost: Floats, terms: Any, slot: int) -> None:
    """After an entry, a cut or a liquidation: the level at which an isolated short is taken, and the capital in use."""
    row, pair = state.floats[slot], state.whole[slot, PAIR]
    mmr = tape.pairs[pair, MMR]
    if mmr != mmr:  # NaN: the general one
        mmr = terms.mmr
    row[LEVEL] = twelve(loss_at(row, terms) / (1.0 + mmr + cost[pair, FEE_PERP]))
    row[IN_USE] = row[SPOT_COST] * row[SPOT] / row[SPOT_AT_ENTRY] + posted(row, terms)


@compiled
def loss_at(row: Floats, terms: Any) -> float:
    """The price at which the whole posted margin is gone."""
    return float(row[REF] * (terms.leverage + 1.0) / terms.leverage)


@compiled
def twelve(price: float) -> float:
    """Rounded at 12 decimals, which only small prices notice."""
    return float(np.rint(price * 1e12) / 1e12) if price < 1e3 else price


@inlined
def posted(row: Floats, terms: Any) -> float:
    """Margin posted for one position."""
    return float(row[QTY] * (row[REF] / terms.leverage + row[REF] - row[ENTRY])) if terms.isolated else 0.0


@compiled
def _margin(tape: Tape, state: State, cost: Floats, terms: Any, slot: int, event: int, previous_ms: int) -> bool:
    """Touches up to the event and guards before it, in time order; False once the position is over."""
    at_ms, touched_after, guarded_after = float(tape.times[event]), float(previous_ms), float(previous_ms)
    while True:
        touch, guard = FOREVER, -1
        if terms.isolated:
            touch = _next_touch(tape, state, slot, touched_after, at_ms)
        if terms.guard > 0.0:
            guard = _next_guard(tape, state, terms, slot, guarded_after, at_ms)
        guard_ms = tape.candles[guard, MOMENT] if guard >= 0 else FOREVER
        if touch == FOREVER and guard_ms == FOREVER:
            return True
        if touch <= guard_ms:
            return not _liquidate(tape, state, cost, terms, slot, touch, event)
        guarded_after = guard_ms
        if tape.candles[guard, GUARD_SPOT] == tape.candles[guard, GUARD_SPOT]:
            if _guard(tape, state, cost, terms, slot, guard):
                return False
            touched_after = guard_ms


@compiled
def _first_after(candles: Floats, first: int, last: int, at_ms: float) -> int:
    """The first row of [first, last) after a moment."""
    while first < last:
        middle = (first + last) // 2
        if candles[middle, MOMENT] <= at_ms:
            first = middle + 1
        else:
            last = middle
    return first


@compiled
def _next_touch(tape: Tape, state: State, slot: int, after_ms: float, until_ms: float) -> float:
    """The close of the first candle in (after, until] that opened at or after the entry and reaches the level."""
    own, candles = tape.pairs[state.whole[slot, PAIR]], tape.candles
    level, opened, last = state.floats[slot, LEVEL], state.whole[slot, OPENED], int(own[TOUCH_LAST])
    row = _first_after(candles, int(own[TOUCH_FIRST]), last, after_ms)
    while row < last and candles[row, MOMENT] <= until_ms:
        if liquidation_due(candles[row, HIGHEST_PRICE], level, TIE) and candles[row, OPENED_AT] >= opened:
            return float(candles[row, MOMENT])
        row += 1
    return FOREVER


@compiled
def _next_guard(tape: Tape, state: State, terms: Any, slot: int, after_ms: float, before_ms: float) -> int:
    """The row of the first perp open in (after, before) at or above the trigger, -1 if there is none."""
    own, candles = tape.pairs[state.whole[slot, PAIR]], tape.candles
    reference, last = state.floats[slot, REF], int(own[GUARD_LAST])
    row = _first_after(candles, int(own[GUARD_FIRST]), last, after_ms)
    while row < last and candles[row, MOMENT] < before_ms:
        if guard_due(candles[row, GUARD_PERP], reference, terms.guard, TIE):
            return row
        row += 1
    return -1


@compiled
def _liquidate(tape: Tape, state: State, cost: Floats, terms: Any, slot: int, touch_ms: float, event: int) -> bool:
    """The perp is gone, the spot sold at the first open up to the event; True if there was one."""
    row, whole = state.floats[slot], state.whole[slot]
    pair, qty, level = whole[PAIR], row[QTY], row[LEVEL]
    state.counts[LIQUIDATIONS] += 1
    whole[REASON] = whole[DUE] = BY_LIQUIDATION
    if terms.loses_all:
        price = twelve(loss_at(row, terms))
        buy_perp(state, slot, qty, price, level, 0.0)
        row[SLIPS] -= qty * (price - level)
        row[OTHER] -= qty * (price - level)
    else:
        buy_perp(state, slot, qty, level, level, fee_value(qty, level, cost[pair, FEE_PERP]))
    last = int(tape.pairs[pair, SALE_LAST])
    sale = _first_after(tape.candles, int(tape.pairs[pair, SALE_FIRST]), last, touch_ms - 1.0)
    if sale >= last or tape.candles[sale, MOMENT] > tape.times[event]:
        whole[NAKED_SINCE] = event
        follow(tape, state, cost, terms, slot)
        return False
    sell_spot(tape, state, cost, slot, tape.candles[sale, SALE_PRICE], -1.0)
    finish(state, slot, tape.candles[sale, MOMENT])
    return True


@compiled
def _guard(tape: Tape, state: State, cost: Floats, terms: Any, slot: int, guard: int) -> bool:
    """Cut a short that rose too far; True if what would be left is below a minimum and it left altogether."""
    row, pair = state.floats[slot], state.whole[slot, PAIR]
    perp, spot = tape.candles[guard, GUARD_PERP], tape.candles[guard, GUARD_SPOT]
    step = tape.pairs[pair, STEP]
    left = guard_qty(row[QTY], row[REF], perp, step, near(row[QTY], step))
    state.counts[GUARDS] += 1
    if below_minimum(tape, pair, left, perp):
        state.whole[slot, DUE] = BY_GUARD
        close_position(tape, state, cost, slot, spot, perp, tape.candles[guard, MOMENT])
        return True
    cut_position(tape, state, cost, slot, left, spot, perp)
    follow(tape, state, cost, terms, slot)
    return False


@compiled
def _guard_at_event(tape: Tape, state: State, cost: Floats, terms: Any, slot: int, event: int) -> bool:
    """The guard at the event itself; False if the position left."""
    at_ms = float(tape.times[event])
    guard = _next_guard(tape, state, terms, slot, at_ms - 1, at_ms + 1)
    if guard < 0 or tape.candles[guard, GUARD_SPOT] != tape.candles[guard, GUARD_SPOT]:
        return True
    return not _guard(tape, state, cost, terms, slot, guard)


@compiled
def below_minimum(tape: Tape, pair: int, qty: float, ref: float) -> bool:
    """Whether a quantity fails a minimum of either leg; equality passes, nothing at all does not."""
    own = tape.pairs[pair]
    least, notional = qty * (1.0 + EPS), qty * ref * (1.0 + EPS)
    return (
        qty <= 0.0
        or least < own[PERP_MIN]
        or least * own[MULTIPLIER] < own[SPOT_MIN]
        or notional < own[PERP_NOTIONAL]
        or notional < own[SPOT_NOTIONAL]
    )


@inlined
def _settle(row: Floats, money: Floats, counts: Stamps, rate: float, mark: float) -> None:
    """What a short gets; without a mark it is paid on its entry."""
    if mark != mark:
        mark = row[ENTRY]
        counts[STALE_MARKS] += 1
    paid = payment(row[QTY], mark, rate)
    row[FUNDING] += paid
    money[CASH] += paid
    money[RATES] += rate


@compiled
def _delist(tape: Tape, state: State, cost: Floats, terms: Any, slot: int, event: int) -> None:
    """Both legs at the last closes known, the spot with a haircut; nothing while a leg never closed."""
    row, whole = state.floats[slot], state.whole[slot]
    pair, qty = whole[PAIR], row[QTY]
    spot, perp = tape.known[pair, event, S_CLOSE], tape.known[pair, event, P_CLOSE]
    if spot != spot or (perp != perp and qty > 0.0):
        return
    state.counts[DELISTINGS] += 1
    whole[DUE] = BY_DELISTING
    sell_spot(tape, state, cost, slot, spot, terms.haircut)
    if qty > 0.0:
        buy_perp(state, slot, qty, perp, perp, fee_value(qty, perp, cost[pair, FEE_PERP]))
    finish(state, slot, float(tape.times[event]))
