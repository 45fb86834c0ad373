"""Bringing an account up to now, event by event in the order of venue time, however far the clock jumped.

At one instant: touches of candles that close there, funding, interest, delisting, what controls scheduled, orders taken up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from fundarb.sandbox.account.desk import Desk
from fundarb.sandbox.account.margin import liquidation_price
from fundarb.sandbox.account.matching import end, fill_resting, take_up
from fundarb.sandbox.account.passing import charge_interest, delist, do_scheduled, liquidate, pay_funding
from fundarb.sandbox.account.records import Order, Position
from fundarb.sandbox.account.touch import Watch, first_touch, touched_now
from fundarb.sandbox.clock import SteppedClock
from fundarb.sandbox.market.source import HOUR

MANY = 1_000_000
ALL_WALL_MS = 2**63  # later than any moment of a wall
TOUCH, FUNDING, INTEREST, DELISTING, SCHEDULED, TAKING = range(6)  # the order at one instant


class Done(NamedTuple):
    """Everything that was due before a time has happened, and at that time everything up to a rank."""

    at_ms: int
    rank: int

    def before(self, rank: int) -> int:
        """The last time at which nothing of a rank is open any more."""
        return self.at_ms if rank <= self.rank else self.at_ms - 1


class Event(NamedTuple):
    """Something due: when, its rank among what is due at once, a key that makes the order unique, and the doing."""

    at_ms: int
    rank: int
    key: str
    happen: Callable[[], None]


def _order(event: Event) -> tuple[int, int, str]:
    return event[:3]


def advance(desk: Desk) -> int:
    """Let everything happen that is due by now; how much it was."""
    now_ms, wall_ms = desk.clock.now_ms(), _wall_ms(desk)
    done = Done(desk.state.now_ms, TAKING)
    settlements, happened = Settlements(desk, now_ms), 0
    while events := _next(desk, settlements, done, now_ms, wall_ms):
        for event in events:
            event.happen()
        happened += len(events)
        done = Done(events[0].at_ms, events[0].rank)
        desk.state.now_ms = done.at_ms
    desk.state.now_ms = max(done.at_ms, now_ms)
    touches = sorted(_touches_of_now(desk, now_ms), key=_order)
    for touch in touches:
        touch.happen()
    return happened + len(touches)


def _wall_ms(desk: Desk) -> int:
    """The wall. Once a stepped clock was moved its delays are over, and were so where it stood before: how soon a client
    moves it decides nothing."""
    moved = isinstance(desk.clock, SteppedClock) and desk.clock.now_ms() > desk.state.now_ms
    return ALL_WALL_MS if moved else desk.clock.wall_ms()


def _next(desk: Desk, settlements: Settlements, done: Done, now_ms: int, wall_ms: int) -> list[Event]:
    """All touches of the first minute that has any before something else is due, else that one thing; none at the end."""
    due = min(_due(desk, settlements, done, now_ms, wall_ms), default=None, key=_order)
    touches = sorted(_touches(desk, done.at_ms, now_ms if due is None else due.at_ms), key=_order)
    if touches:
        return [each for each in touches if each.at_ms == touches[0].at_ms]
    return [] if due is None else [due]


class Settlements:
    """The settlements up to now of every contract asked for, read once an advance."""

    def __init__(self, desk: Desk, now_ms: int) -> None:
        self._desk, self._now_ms = desk, now_ms
        self._read: dict[str, list[tuple[int, str]]] = {}

    def next_of(self, symbol: str, after_ms: int) -> tuple[int, Decimal] | None:
        """The first (stamp, rate) after a time."""
        if symbol not in self._read:
            rows = self._desk.market.settlements(symbol, after_ms + 1, self._now_ms, MANY)
            self._read[symbol] = rows  # newest first, so that the next one is popped from the end
        rows = self._read[symbol]
        while rows and rows[-1][0] <= after_ms:
            rows.pop()
        return (rows[-1][0], Decimal(rows[-1][1])) if rows else None


def _due(desk: Desk, settlements: Settlements, done: Done, now_ms: int, wall_ms: int) -> Iterator[Event]:
    """The next of each kind of thing that has a time of its own."""
    held, after_ms = {each.symbol for each in desk.open_positions()}, done.before(FUNDING)
    rates = {symbol: settlements.next_of(symbol, after_ms) for symbol in held}
    stamp_ms = min((found[0] for found in rates.values() if found), default=None)
    if stamp_ms is not None:
        paid = {symbol: found[1] for symbol, found in rates.items() if found and found[0] == stamp_ms}
        yield Event(stamp_ms, FUNDING, "", partial(pay_funding, desk, stamp_ms, paid))
    hour_ms = (done.before(INTEREST) // HOUR + 1) * HOUR
    if hour_ms <= now_ms and any(each < 0 for each in desk.state.trading.values()):
        yield Event(hour_ms, INTEREST, "", partial(charge_interest, desk, hour_ms))
    yield from _delistings(desk, now_ms)
    for due in desk.state.scheduled:
        if due.at_ms <= now_ms:
            yield Event(max(due.at_ms, done.at_ms), SCHEDULED, f"{due.number:012}", partial(_scheduled, desk, due))
    yield from _takings(desk, done.at_ms, now_ms, wall_ms)


def _delistings(desk: Desk, now_ms: int) -> Iterator[Event]:
    """Markets that ended while something of the account was in them."""
    concerned = {("linear", each.symbol) for each in desk.open_positions()}
    concerned |= {(each.category, each.symbol) for each in desk.live_orders() if each.open}
    for category, symbol in sorted(concerned):
        instrument = desk.instrument("spot" if category == "spot" else "linear", symbol)
        if instrument.gone_ms is not None and instrument.gone_ms <= now_ms:
            at_ms = max(instrument.gone_ms, desk.state.now_ms)
            yield Event(at_ms, DELISTING, f"{category}:{symbol}", partial(delist, desk, instrument, at_ms))


def _scheduled(desk: Desk, due: object) -> None:
    found = next(each for each in desk.state.scheduled if each is due)
    desk.state.scheduled = [each for each in desk.state.scheduled if each is not found]
    do_scheduled(desk, found)


def _takings(desk: Desk, after_ms: int, now_ms: int, wall_ms: int) -> Iterator[Event]:
    """Orders and cancels whose wall delay is over, at the venue time at which it was over."""
    for order in desk.live_orders():
        if order.pending and order.taken_up_wall_ms <= wall_ms:
            at_ms = _venue_time(desk, order.taken_up_wall_ms, wall_ms, after_ms, now_ms)
            key = f"{order.taken_up_wall_ms:020}:{order.number:012}"
            yield Event(at_ms, TAKING, key, partial(take_up, desk, order, at_ms))
        elif order.open and order.cancel_wall_ms is not None and order.cancel_wall_ms <= wall_ms:
            at_ms = _venue_time(desk, order.cancel_wall_ms, wall_ms, after_ms, now_ms)
            cancel = partial(end, order, at_ms, cancel_type="CancelByUser")
            yield Event(at_ms, TAKING, f"{order.cancel_wall_ms:020}:{order.number:012}", cancel)


def _venue_time(desk: Desk, due_wall_ms: int, wall_ms: int, after_ms: int, now_ms: int) -> int:
    """Venue time at a moment of the wall gone by; never before what has already happened."""
    since = (Decimal(wall_ms - due_wall_ms) * desk.clock.wall_speed()).to_integral_value("ROUND_FLOOR")
    return min(max(now_ms - int(since), after_ms), now_ms)


def _touches(desk: Desk, after_ms: int, until_ms: int) -> Iterator[Event]:
    """The first touch of every liquidation price and every resting order in (after, until]."""
    for rank_key, watch, happen in _watched(desk):
        at_ms = first_touch(desk.market, watch, after_ms, until_ms)
        if at_ms is not None:
            yield Event(at_ms, TOUCH, rank_key, partial(happen, at_ms))


def _touches_of_now(desk: Desk, now_ms: int) -> Iterator[Event]:
    for rank_key, watch, happen in list(_watched(desk)):
        if touched_now(desk.market, watch, now_ms):
            yield Event(now_ms, TOUCH, rank_key, partial(happen, now_ms))


def _watched(desk: Desk) -> Iterator[tuple[str, Watch, Callable[[int], None]]]:
    if desk.state.margin_mode == "ISOLATED_MARGIN":
        for position in desk.open_positions():
            yield (
                f"0:{position.symbol}:{position.idx}",
                _liquidation_of(desk, position),
                partial(_liquidate, desk, position),
            )
    for order in desk.live_orders():
        if order.open:
            yield f"1:{order.number:012}", _arrival_at(order), partial(_fill, desk, order)


def _liquidation_of(desk: Desk, position: Position) -> Watch:
    symbol = position.symbol
    price = liquidation_price(position, desk.taker(symbol), desk.maintenance(symbol))
    return Watch(symbol, "mark", price, position.size < 0, position.changed_ms)


def _arrival_at(order: Order) -> Watch:
    return Watch(order.symbol, order.category, order.price, order.side == "Sell", order.resting_ms, through=True)


def _liquidate(desk: Desk, position: Position, at_ms: int) -> None:
    if position.size:
        liquidate(desk, position, at_ms)


def _fill(desk: Desk, order: Order, at_ms: int) -> None:
    if order.open:
        fill_resting(desk, order, at_ms)
