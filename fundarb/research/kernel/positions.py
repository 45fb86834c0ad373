"""Positions and money of the fast lane: the ledger's effects without its lines.

A position is a row of floats and one of whole numbers; what it booked stays with it until it closes. Why it closes stands
in its row beforehand: a constant handed over would have each callee compiled anew for every value of it."""

from __future__ import annotations

from typing import NamedTuple

from fundarb.accounting.fees import arrived, fee_value
from fundarb.accounting.lots import guard_excess, sellable, spot_order
from fundarb.accounting.pricing import bought_at, haircut_price, sold_at
from fundarb.research.kernel.compiled import compiled
from fundarb.research.kernel.tape import MULTIPLIER, P_FILL, S_FILL, SPOT_STEP, Tape
from fundarb.research.kernel.terms import FEE_PERP, FEE_SPOT, SLIPPAGE
from fundarb.signals.panel import Floats, Stamps

EPS = 1e-9  # of a step; of very many of them also what a float of their size may be off by:
DRIFT = 1e-15
TIE = 1e-12  # of an amount: what two ways of adding it up may differ by; of a product of a few numbers less
CLOSE = 1e-14
# Floats of a position.
QTY, ENTRY, REF, PERP_COST, SPOT, SPOT_AT_ENTRY, SPOT_COST, FUNDING, PRICE, FEES, SLIPS, OTHER = range(12)
FAIR_PERP, FAIR_SPOT, OPENED_QTY, LEVEL, IN_USE = range(12, 17)
WIDTH = 17
# Whole numbers of a position.
PAIR, OPENED, NAKED_SINCE, REASON, FREE, DUE = range(6)
# By pair.
SLOT, TRADED, LEFT = range(3)
# Floats of an account.
CASH, INTEREST, DUST_VALUE, TURNOVER, RATES, WON, LOST, HELD_MS = range(8)
SUM_FUNDING, SUM_PRICE, SUM_FEES, SUM_SLIPS, SUM_OTHER = range(8, 13)
HIGHEST, LAST, LOWEST, DEEPEST, IN_USE_H, USED_H, EQUITY_H = range(13, 20)
# Counts of an account: first those that are told (`COUNTS` of a trial), then what only a run itself needs.
TRADES, ENTRIES, NO_PRICE, STALE_MARKS, STALE_PRICES, LIQUIDATIONS, GUARDS, DELISTINGS, ROTATIONS = range(9)
WINS, OPEN, TRIED, FOUND, WITHOUT, NOW = range(9, 15)
COUNTED, MONEY, WHOLE, BY_PAIR, TRADE_COLUMNS = 15, 20, 6, 3, 10
NOBODY = -1
# Reasons, as numbers.
NOT_YET, BY_RULE, BY_TIME, BY_STALE, BY_ROTATION, BY_END, BY_LIQUIDATION, BY_GUARD, BY_DELISTING = range(9)
# Columns of the trades that are written down.
T_PAIR, T_OPENED, T_CLOSED, T_REASON, T_QTY, T_FUNDING, T_PRICE, T_FEES, T_SLIPS, T_OTHER = range(10)


class State(NamedTuple):
    """One portfolio while it runs; the first `counts[OPEN]` rows of `order` are the open positions, by pair."""

    floats: Floats  # (slots, WIDTH)
    whole: Stamps  # (slots, 6)
    order: Stamps  # slots of open positions, in symbol order
    by_pair: Stamps  # (3, pairs): the slot or -1; whether it was ever traded; the event of its last exit
    dust: Floats  # by event: what all that is left so far is worth
    money: Floats
    counts: Stamps
    trades: Floats  # (at most, 10); more trades than rows are not written down
    candidates: Stamps  # pairs that ask to enter at this event


@compiled
def near(value: float, step: float) -> float:
    """The `eps` for counting the steps in a value."""
    return float(EPS + DRIFT * abs(value) / step)


@compiled
def open_position(tape: Tape, state: State, cost: Floats, fee_in_base: bool, event: int, pair: int, qty: float) -> int:
    """Spot bought, perp sold at the opens of when it fills; the slot taken."""
    own = cost[pair]
    spot_open, perp_open = tape.cells[pair, event, S_FILL], tape.cells[pair, event, P_FILL]
    multiplier, step = tape.pairs[pair, MULTIPLIER], tape.pairs[pair, SPOT_STEP]
    order = spot_order(qty, multiplier, own[FEE_SPOT], step, near(qty * multiplier, step), fee_in_base)
    paid, got = bought_at(spot_open, own[SLIPPAGE]), sold_at(perp_open, own[SLIPPAGE])
    came = arrived(order, own[FEE_SPOT]) if fee_in_base else order
    spot_fee, perp_fee = fee_value(order, paid, own[FEE_SPOT]), fee_value(qty, got, own[FEE_PERP])
    slot = _take_slot(state, pair)
    row, whole = state.floats[slot], state.whole[slot]
    row[:] = 0.0
    row[QTY], row[OPENED_QTY], row[ENTRY], row[REF], row[PERP_COST] = qty, qty, got, got, qty * got
    row[SPOT], row[SPOT_AT_ENTRY], row[SPOT_COST] = came, came, order * paid
    row[PRICE] = qty * perp_open - came * spot_open
    row[SLIPS] = came * (paid - spot_open) + qty * (perp_open - got)
    row[FEES] = spot_fee + perp_fee
    row[FAIR_PERP], row[FAIR_SPOT] = perp_open, spot_open
    whole[PAIR], whole[OPENED], whole[NAKED_SINCE], whole[REASON] = pair, tape.times[event], -1, NOT_YET
    state.money[CASH] -= order * paid + perp_fee + (0.0 if fee_in_base else spot_fee)
    state.money[TURNOVER] += order * paid + qty * got
    state.by_pair[TRADED, pair] = 1
    return slot


@compiled
def _take_slot(state: State, pair: int) -> int:
    """A free row; the list of open ones stays in symbol order."""
    count = state.counts[OPEN]
    slot = 0
    while not state.whole[slot, FREE]:
        slot += 1
    place = count
    while place > 0 and state.whole[state.order[place - 1], PAIR] > pair:
        state.order[place] = state.order[place - 1]
        place -= 1
    state.order[place] = slot
    state.by_pair[SLOT, pair] = slot
    state.whole[slot, FREE] = 0
    state.counts[OPEN] = count + 1
    return slot


@compiled
def sell_spot(tape: Tape, state: State, cost: Floats, slot: int, fair: float, haircut: float) -> None:
    """All spot that can be sold, at the fair price with slippage, or with a haircut instead where there is one."""
    row, whole = state.floats[slot], state.whole[slot]
    pair = whole[PAIR]
    own, step = cost[pair], tape.pairs[pair, SPOT_STEP]
    eps = near(row[SPOT], step)
    qty = sellable(row[SPOT], step, eps)
    price = haircut_price(fair, haircut) if haircut >= 0.0 else sold_at(fair, own[SLIPPAGE])
    fee = fee_value(qty, price, own[FEE_SPOT])
    left = max(row[SPOT] - qty, 0.0)
    if left < eps * step:
        left = 0.0
    if haircut >= 0.0:
        row[OTHER] += qty * (price - fair)
    else:
        row[SLIPS] += qty * (fair - price)
    row[PRICE] += qty * fair + left * fair
    row[FEES] += fee
    row[SPOT] = 0.0
    _leave_dust(state.dust, tape.dust_close[pair], state.counts[NOW], left)
    state.money[DUST_VALUE] += left * fair
    state.money[CASH] += qty * price - fee
    state.money[TURNOVER] += qty * price
    if whole[REASON] == NOT_YET:
        whole[REASON] = whole[DUE]


@compiled
def _leave_dust(worth: Floats, closes: Floats, event: int, left: float) -> None:
    """Price a leaving once for this and all later events, rather than all leavings anew at each."""
    if left > 0.0:
        for later in range(event, len(worth)):
            worth[later] += left * closes[later]


@compiled
def buy_perp(state: State, slot: int, qty: float, price: float, fair: float, fee: float) -> None:
    """A short bought back, in part or whole; what price and fair price differ by is slippage."""
    row = state.floats[slot]
    all_of_it = qty >= row[QTY]
    released = row[PERP_COST] if all_of_it else row[ENTRY] * qty
    row[PERP_COST] = 0.0 if all_of_it else row[PERP_COST] - released
    row[QTY] = 0.0 if all_of_it else row[QTY] - qty
    row[PRICE] -= qty * fair
    row[SLIPS] += qty * (price - fair)
    row[FEES] += fee
    state.money[CASH] += released - qty * price - fee
    state.money[TURNOVER] += qty * price


@compiled
def close_position(tape: Tape, state: State, cost: Floats, slot: int, spot: float, perp: float, at_ms: float) -> None:
    """Both legs at fair prices with slippage; where the perp is gone already only the spot."""
    pair, qty = state.whole[slot, PAIR], state.floats[slot, QTY]
    sell_spot(tape, state, cost, slot, spot, -1.0)
    if qty > 0.0:
        price = bought_at(perp, cost[pair, SLIPPAGE])
        buy_perp(state, slot, qty, price, perp, fee_value(qty, price, cost[pair, FEE_PERP]))
    finish(state, slot, at_ms)


@compiled
def cut_position(tape: Tape, state: State, cost: Floats, slot: int, left: float, spot: float, perp: float) -> None:
    """The guard's cut: the spot excess sold, the perp difference bought back, the reference moved."""
    row, pair = state.floats[slot], state.whole[slot, PAIR]
    own = cost[pair]
    step = tape.pairs[pair, SPOT_STEP]
    sold = guard_excess(row[SPOT], left, tape.pairs[pair, MULTIPLIER], step, near(row[SPOT], step))
    got, paid, cut = sold_at(spot, own[SLIPPAGE]), bought_at(perp, own[SLIPPAGE]), row[QTY] - left
    fee = fee_value(sold, got, own[FEE_SPOT])
    row[SPOT] -= sold
    row[PRICE] += sold * spot
    row[SLIPS] += sold * (spot - got)
    row[FEES] += fee
    state.money[CASH] += sold * got - fee
    state.money[TURNOVER] += sold * got
    buy_perp(state, slot, cut, paid, perp, fee_value(cut, paid, own[FEE_PERP]))
    row[REF] = perp


@compiled
def finish(state: State, slot: int, at_ms: float) -> None:
    """The position is over: its split goes to the account's, its row is free."""
    row, whole, money, counts = state.floats[slot], state.whole[slot], state.money, state.counts
    net = row[FUNDING] + row[PRICE] - row[FEES] - row[SLIPS] + row[OTHER]
    nothing = TIE * row[SPOT_COST]
    for total, part in ((SUM_FUNDING, FUNDING), (SUM_PRICE, PRICE), (SUM_FEES, FEES), (SUM_SLIPS, SLIPS)):
        money[total] += row[part]
    money[SUM_OTHER] += row[OTHER]
    money[HELD_MS] += at_ms - whole[OPENED]
    if net > nothing:
        counts[WINS] += 1
        money[WON] += net
    elif net < -nothing:
        money[LOST] -= net
    _write_down(state, slot, at_ms)
    counts[TRADES] += 1
    whole[FREE] = 1
    state.by_pair[SLOT, whole[PAIR]] = -1
    place = 0
    while state.order[place] != slot:
        place += 1
    counts[OPEN] -= 1
    for later in range(place, counts[OPEN]):
        state.order[later] = state.order[later + 1]


@compiled
def _write_down(state: State, slot: int, at_ms: float) -> None:
    """Keep the trade where there is room for it."""
    number = state.counts[TRADES]
    if number >= len(state.trades):
        return
    row, whole, trade = state.floats[slot], state.whole[slot], state.trades[number]
    trade[T_PAIR], trade[T_OPENED], trade[T_CLOSED] = whole[PAIR], whole[OPENED], at_ms
    trade[T_REASON], trade[T_QTY], trade[T_FUNDING] = whole[REASON], row[OPENED_QTY], row[FUNDING]
    trade[T_PRICE], trade[T_FEES], trade[T_SLIPS], trade[T_OTHER] = row[PRICE], row[FEES], row[SLIPS], row[OTHER]
