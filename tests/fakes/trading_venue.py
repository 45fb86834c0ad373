"""A venue in memory that takes orders as a real one does: acknowledged first, there a while later, filled as far as its
book and their limit go. `before` and `after` are told of every call and may raise: what they raise is what was heard."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from fundarb.domain.instrument import Pair
from fundarb.domain.market import Span
from fundarb.domain.money import ZERO, floor_to
from fundarb.domain.orders import Leg, Order, Side
from fundarb.errors import OrderRefused, OrderUnknown
from fundarb.ports.quotes import Depth, Level
from fundarb.ports.trading import (
    AccountModes,
    Cause,
    Execution,
    Flow,
    FlowKind,
    KeyRights,
    TakerFees,
    VenueOrder,
    VenuePosition,
)
from tests.fakes.trading_account import CASH, Contract, MemoryAccount

ONE = Decimal(1)
TICKS = {Leg.SPOT: Decimal("0.01"), Leg.PERP: Decimal("0.1")}
Hook = Callable[[str], None]


def quiet(_call: str) -> None:
    """Nothing happens."""


@dataclass
class Kept:
    """An order of the venue, and since when it exists for its owner."""

    order: Order
    there_ms: int
    seen: VenueOrder | None = None


@dataclass
class MemoryTrading:
    """Fills the port `VenueTrading`, and shows its books."""

    pairs: Sequence[Pair]
    now_ms: Callable[[], int]
    account: MemoryAccount = field(init=False)
    accept_ms: int = 0
    before: Hook = quiet
    after: Hook = quiet
    share: Decimal | None = None  # of the next order, what is filled at most
    duplicates: int = 0
    asked: list[str] = field(default_factory=list)
    sent: list[Order] = field(default_factory=list)
    orders: dict[str, Kept] = field(default_factory=dict)
    books: dict[tuple[str, Leg], Depth] = field(default_factory=dict)
    marks: dict[str, Decimal] = field(default_factory=dict)
    leverages: dict[str, Decimal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._by_symbol = {pair.symbol: pair for pair in self.pairs}
        self.account = MemoryAccount(self.now_ms)

    def quote(self, symbol: str, price: str, size: str = "1000", legs: Collection[Leg] = tuple(Leg)) -> None:
        """Prices a tick around `price` per base unit, so much on either side; 0 leaves the sides empty."""
        pair = self._by_symbol[symbol]
        for leg in legs:
            units = ONE if leg is Leg.SPOT else pair.multiplier
            middle, tick, most = Decimal(price) * units, TICKS[leg] * Decimal(price) / 1000, Decimal(size) / units
            sides = ((Level(middle - tick, most),), (Level(middle + tick, most),)) if most else ((), ())
            self.books[symbol, leg] = Depth(*sides)
            if leg is Leg.PERP:
                self.marks[symbol] = middle

    def settle(self, symbol: str, rate: str) -> None:
        """A settlement, now."""
        self._advance()
        self.account.settle(self._by_symbol[symbol], self.marks[symbol], Decimal(rate))

    def take_away(self, symbol: str, fraction: str, cause: Cause) -> None:
        """The venue closes a part of a position, in whole steps, at the mark."""
        self._advance()
        pair, held = self._by_symbol[symbol], self.account.contracts.get(symbol, Contract()).qty
        qty = floor_to(abs(held) * Decimal(fraction), pair.perp_lots.step)
        if qty:
            self.account.close(pair, qty, self.marks[symbol], cause)

    def move(self, coin: str, amount: str, kind: FlowKind, words: str) -> None:
        """A coin comes in or leaves."""
        self.account.change(coin, Decimal(amount), kind, words)

    async def submit(self, order: Order) -> str:
        """Acknowledged, or refused for what a venue refuses."""
        self._hear("submit")
        self.sent.append(order)
        if order.client_id in self.orders:
            self.duplicates += 1
            raise OrderUnknown(f"order {order.client_id}: duplicate")
        self._judge(order)
        self.orders[order.client_id] = Kept(order, self.now_ms() + self.accept_ms)
        self._advance()
        self.after("submit")
        return self._venue_id(order)

    async def find(self, order: Order) -> VenueOrder | None:
        """None until it was taken up."""
        self._hear("find")
        kept = self.orders.get(order.client_id)
        self.after("find")
        return None if kept is None else kept.seen

    async def cancel(self, order: Order) -> None:
        """None of these orders rests."""
        self._hear("cancel")
        self.after("cancel")

    async def open_orders(self) -> tuple[VenueOrder, ...]:
        """None of these orders rests."""
        self._hear("open_orders")
        self.after("open_orders")
        return ()

    async def positions(self) -> tuple[VenuePosition, ...]:
        """In symbol order."""
        self._hear("positions")
        self.after("positions")
        return tuple(
            VenuePosition(symbol, held.qty, held.average, self.marks[symbol], self._leverage(symbol), None, held.added)
            for symbol, held in sorted(self.account.contracts.items())
            if held.qty
        )

    async def coins(self) -> Mapping[str, Decimal]:
        """Not the zeros."""
        self._hear("coins")
        self.after("coins")
        return {coin: held for coin, held in sorted(self.account.coins.items()) if held}

    async def executions(self, span: Span) -> tuple[Execution, ...]:
        """In the order they happened."""
        self._hear("executions")
        self.after("executions")
        return tuple(one for one in self.account.executions if span.start_ms <= one.at_ms < span.end_ms)

    async def executions_of(self, order: Order) -> tuple[Execution, ...]:
        """Of one client id."""
        self._hear("executions_of")
        self.after("executions_of")
        return tuple(one for one in self.account.executions if one.client_id == order.client_id)

    async def flows(self, span: Span) -> tuple[Flow, ...]:
        """In the order they happened."""
        self._hear("flows")
        self.after("flows")
        return tuple(flow for flow in self.account.flows if span.start_ms <= flow.at_ms < span.end_ms)

    async def prepare(self, pair: str, leverage: Decimal) -> None:
        """Kept."""
        self._hear("prepare")
        self.leverages[pair] = leverage
        self.after("prepare")

    async def add_margin(self, pair: str, amount: Decimal) -> None:
        """As long as there are coins to post."""
        self._hear("add_margin")
        held = self.account.contracts.get(pair, Contract())
        if not held.qty or amount > self.account.coins.get("USDT", ZERO):
            raise OrderRefused(f"margin of {pair}: no position, or less than {amount} to post")
        held.added += amount
        self.after("add_margin")

    async def modes(self, pair: str) -> AccountModes:
        """Isolated and one-way, as it has no others."""
        self._hear("modes")
        return AccountModes(isolated=True, one_way=True, leverage=self._leverage(pair))

    async def fees(self, pair: str) -> TakerFees:
        """The account's."""
        self._hear("fees")
        self.after("fees")
        return self.account.fees

    async def rights(self) -> KeyRights:
        """A good key."""
        self._hear("rights")
        self.after("rights")
        return KeyRights(trades=True, withdraws=False, expires_ms=None)

    async def depth(self, symbol: str, market: str) -> Depth:
        """The book that was quoted."""
        self._hear("depth")
        self.after("depth")
        return self.books.get((symbol, Leg(market)), Depth((), ()))

    def _hear(self, call: str) -> None:
        self.asked.append(call)
        self.before(call)
        self._advance()

    def _advance(self) -> None:
        """Take up what is due, in the order it came."""
        for kept in self.orders.values():
            if kept.seen is None and kept.there_ms <= self.now_ms():
                kept.seen = self._execute(kept.order)

    def _execute(self, order: Order) -> VenueOrder:
        pair, limit = self._by_symbol[order.symbol], order.limit or ZERO
        share, self.share = self.share, None
        qty = self._reducible(order)
        wanted = floor_to(qty if share is None else qty * share, self._lots(order))
        filled = ZERO
        for price, size in self._side(order):
            beyond = price > limit if order.side is Side.BUY else price < limit
            part = min(wanted - filled, floor_to(size, self._lots(order)))
            if beyond or part <= 0:
                break
            self.account.trade(pair, order, part, price)
            filled += part
        words = "Filled" if filled == order.qty else "Cancelled"
        market = order.symbol if order.leg is Leg.PERP else pair.spot or ""
        return VenueOrder(
            market, order.leg, order.client_id, self._venue_id(order), order.side, qty, filled, False, words
        )

    def _judge(self, order: Order) -> None:
        """What a venue refuses before it acknowledges."""
        pair, book = self._by_symbol[order.symbol], self._side(order)
        rule = pair.spot_lots if order.leg is Leg.SPOT else pair.perp_lots
        best = book[0].price if book else order.limit or ZERO
        if order.limit is None or order.qty % rule.step or order.qty < rule.min_qty:
            raise OrderRefused(f"order {order.client_id}: limit or quantity {order.qty}")
        if not order.reduce_only and order.qty * best < rule.min_notional:
            raise OrderRefused(f"order {order.client_id}: worth less than {rule.min_notional}")
        if order.reduce_only and not self._reducible(order):
            raise OrderRefused(f"order {order.client_id}: nothing to reduce")
        if order.leg is Leg.SPOT and not self._covered(pair, order, order.qty * order.limit):
            raise OrderRefused(f"order {order.client_id}: too little money")
        if order.leg is Leg.PERP and not order.reduce_only and order.qty * best / 10 > self.account.coins[CASH]:
            raise OrderRefused(f"order {order.client_id}: too little money")

    def _covered(self, pair: Pair, order: Order, worth: Decimal) -> bool:
        if order.side is Side.BUY:
            return worth <= self.account.coins[CASH]
        return order.qty <= self.account.coins.get((pair.spot or "").partition("/")[0], ZERO)

    def _reducible(self, order: Order) -> Decimal:
        if not order.reduce_only:
            return order.qty
        held = self.account.contracts.get(order.symbol, Contract()).qty
        opposite = -held if order.side is Side.BUY else held
        return min(order.qty, max(opposite, ZERO))

    def _side(self, order: Order) -> Sequence[Level]:
        book = self.books.get((order.symbol, order.leg), Depth((), ()))
        return book.asks if order.side is Side.BUY else book.bids

    def _lots(self, order: Order) -> Decimal:
        pair = self._by_symbol[order.symbol]
        return pair.spot_lots.step if order.leg is Leg.SPOT else pair.perp_lots.step

    def _leverage(self, symbol: str) -> Decimal:
        return self.leverages.get(symbol, Decimal(10))

    def _venue_id(self, order: Order) -> str:
        return f"venue-{order.client_id}"
