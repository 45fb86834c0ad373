"""Carries out the leg policy: looks at the books, sends what the policy asks for within a bound on slippage, looks again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, Protocol

from fundarb.accounting.fees import PairCosts
from fundarb.domain.instrument import Pair
from fundarb.domain.money import ONE, ZERO
from fundarb.domain.orders import Leg, Side
from fundarb.engine.orders.booking import leftover_line
from fundarb.engine.orders.desk import OrderDesk
from fundarb.engine.orders.legs import Bounds, Move, Stand, Step, Terms, leftover, next_move, stand_of
from fundarb.engine.orders.naming import Doing, trade_id
from fundarb.engine.orders.task import Task, keep
from fundarb.errors import VenueRefused
from fundarb.ports.clock import Clock
from fundarb.ports.executor import FillLedger
from fundarb.ports.journal import Journal
from fundarb.ports.quotes import Depth

ENTERING: Bounds = {Step.FIRST: 1, Step.COMPLETE: 3, Step.REDUCE: 8}
LEAVING: Bounds = {Step.FIRST: 4, Step.COMPLETE: 0, Step.REDUCE: 8}
REDUCING: Bounds = {Step.FIRST: 4, Step.COMPLETE: 0, Step.REDUCE: 8}
COMPLETING: Bounds = {Step.FIRST: 0, Step.COMPLETE: 3, Step.REDUCE: 8}
_BREATH_S = 0.2  # of the wall, for a book to fill again


class Books(Protocol):
    """Shows the order books of a venue."""

    async def depth(self, symbol: str, market: str) -> Depth:
        """The book of the `spot` or `perp` of a pair."""
        ...


@dataclass(frozen=True, slots=True)
class Slippage:
    """How far from the best price an order may reach, as a fraction; taking back reaches twice as far each time."""

    bound: Decimal = Decimal("0.003")
    widest: Decimal = Decimal("0.04")

    def of(self, step: Step, tried: int) -> Decimal:
        """The bound of a try, the first being 1."""
        return min(self.widest, self.bound * 2 ** (tried - 1)) if step is Step.REDUCE else self.bound


class Look(NamedTuple):
    """Both books of a pair."""

    spot: Depth
    perp: Depth

    def of(self, leg: Leg) -> Depth:
        """One of them."""
        return self.spot if leg is Leg.SPOT else self.perp

    @property
    def priced(self) -> bool:
        """Whether both legs can be bought and sold."""
        return self.spot.touch is not None and self.perp.touch is not None

    def serves(self, stand: Stand) -> bool:
        """Whether what is held can be dealt with: spot whose perp is gone from the venue needs the spot's book alone."""
        return self.priced or (not stand.short and stand.spot > 0 and self.spot.touch is not None)


class Hedger:
    """Brings pairs to where they should be, both legs together."""

    def __init__(
        self,
        journal: Journal,
        books: Books,
        desk: OrderDesk,
        clock: Clock,
        wall: Clock,
        portfolio: str,
        pairs: Mapping[str, Pair],
        costs: Callable[[str], PairCosts],
        slippage: Slippage,
    ) -> None:
        self._journal, self._books, self._desk, self._clock, self._wall = journal, books, desk, clock, wall
        self._portfolio, self._pairs, self._costs, self._slippage = portfolio, pairs, costs, slippage

    def within(self, slippage: Slippage) -> Hedger:
        """The same hedger, reaching as far as this."""
        other = copy(self)
        other._slippage = slippage
        return other

    async def look(self, pair: str) -> Look:
        """Both books, now; that of a market which is no more is empty."""
        return Look(await self._book(pair, "spot"), await self._book(pair, "perp"))

    async def busy(self, pair: str) -> bool:
        """Whether it is not known what became of an order of this pair."""
        return any(order.symbol == pair for order in await self._desk.unsettled())

    async def pursue(
        self, pair: str, doing: Doing, goal: Decimal, reason: str, bounds: Bounds, look: Look, ledger: FillLedger
    ) -> None:
        """Go for a short of `goal` and its hedge; what was meant is written down before anything is sent."""
        spot, perp = look.spot.touch, look.perp.touch
        if spot is None or not look.serves(stand_of(pair, ledger.book)):
            return
        at_ms = self._clock.now_ms()
        name = trade_id(self._portfolio, pair, doing, at_ms)
        perp_price = spot.mid * self._pairs[pair].multiplier if perp is None else perp.mid
        task = Task(name, pair, goal, reason, at_ms, spot.mid, perp_price)
        await keep(self._journal, self._portfolio, task)
        with ledger.together():
            await self._legs(task, bounds, look, ledger)
            await self._leave_dust(task, ledger)

    async def _book(self, pair: str, market: str) -> Depth:
        """A market of which the venue says that it has none is one in which nobody trades."""
        try:
            return await self._books.depth(pair, market)
        except VenueRefused:
            return Depth((), ())

    async def _legs(self, task: Task, bounds: Bounds, look: Look, ledger: FillLedger) -> None:
        tried: Counter[Step] = Counter()
        terms, first = (
            self._terms(task),
            self._illiquid(look, growing=task.goal > stand_of(task.pair, ledger.book).short),
        )
        while move := next_move(terms, stand_of(task.pair, ledger.book), task.goal, first, tried, bounds):
            tried[move.step] += 1
            if sum(tried.values()) > 1:
                await self._breathe(tried[move.step])
                look = await self.look(task.pair)
            limit = self._limit(move, look, tried[move.step])
            if limit is not None:
                await self._desk.place(task, move.leg, move.side, move.qty, limit, ledger)

    async def _leave_dust(self, task: Task, ledger: FillLedger) -> None:
        """Where only spot is left, too little to be sold, the position is over."""
        if leftover(self._terms(task), stand_of(task.pair, ledger.book)):
            pair = self._pairs[task.pair]
            line = leftover_line(self._clock.now_ms(), pair, task.spot_price, task.reason)
            await ledger.post([line])

    async def _breathe(self, tried: int) -> None:
        if tried > 1:
            await self._wall.sleep(_BREATH_S)

    def _terms(self, task: Task) -> Terms:
        costs = self._costs(task.pair)
        return Terms(self._pairs[task.pair], costs.fee_spot, costs.fee_in_base, task.spot_price, task.perp_price)

    def _limit(self, move: Move, look: Look, tried: int) -> Decimal | None:
        """The best price and the bound beyond it; None where nobody is on the other side."""
        touch, bound = look.of(move.leg).touch, self._slippage.of(move.step, tried)
        if touch is None:
            return None
        return touch.ask * (ONE + bound) if move.side is Side.BUY else touch.bid * (ONE - bound)

    def _illiquid(self, look: Look, *, growing: bool) -> Leg:
        """The leg of which less can be had within the bound goes first: if it fails, nothing has happened yet."""
        spot = self._to_be_had(look.spot, buying=growing)
        perp = self._to_be_had(look.perp, buying=not growing)
        return Leg.SPOT if spot <= perp else Leg.PERP

    def _to_be_had(self, book: Depth, *, buying: bool) -> Decimal:
        """What rests within the bound, in quote."""
        side = book.asks if buying else book.bids
        if not side:
            return ZERO
        reach = side[0].price * self._slippage.bound
        return sum((price * qty for price, qty in side if abs(price - side[0].price) <= reach), ZERO)
