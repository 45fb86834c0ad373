"""What every part of the private side works on: the state, the market behind it, and numbers never given twice."""

from __future__ import annotations

from decimal import Decimal
from hashlib import blake2b
from uuid import UUID

from fundarb.sandbox.account.records import Order, Position
from fundarb.sandbox.account.settings import AccountSettings, FeeRates
from fundarb.sandbox.account.state import State
from fundarb.sandbox.clock import VenueClock
from fundarb.sandbox.market.source import Category, Instrument, Level, MarketSource
from fundarb.sandbox.market.thinned import ThinnedMarket

FIRST_SPOT_ORDER = 1_321_003_749_386_327_552
FIRST_SPOT_EXECUTION = 2_210_000_000_101_610_464


class Desk:
    """State, market, clock and settings of one account; looks things up, gives numbers and keeps orders."""

    def __init__(self, state: State, market: MarketSource, clock: VenueClock, settings: AccountSettings) -> None:
        self.state, self.clock, self.settings = state, clock, settings
        self.market = ThinnedMarket(market, state.knobs.liquidity)  # as the controls leave it
        self._instruments = {(each.category, each.symbol): each for each in market.instruments()}
        self._live = [each for each in state.orders.values() if each.pending or each.open]
        self._linked = {(each.category, each.link_id): each for each in state.orders.values() if each.link_id}

    def find(self, category: Category, symbol: str) -> Instrument | None:
        """The instrument of that name, whether it trades or not."""
        return self._instruments.get((category, symbol))

    def instrument(self, category: Category, symbol: str) -> Instrument:
        """The instrument of an order or a position, which therefore exists."""
        return self._instruments[category, symbol]

    def trades(self, instrument: Instrument, at_ms: int) -> bool:
        """Launched, not delivering and not gone."""
        return instrument.trades(at_ms)

    def mark(self, symbol: str, at_ms: int) -> Decimal:
        """The mark price of a contract; of one that is gone, the last there was."""
        quote = self.market.quote(symbol, "linear", self._last_moment("linear", symbol, at_ms))
        return quote.last if quote.mark is None else quote.mark

    def last(self, category: Category, symbol: str, at_ms: int) -> Decimal:
        """The last price of a market."""
        return self.market.quote(symbol, category, self._last_moment(category, symbol, at_ms)).last

    def worth(self, coin: str, at_ms: int) -> Decimal | None:
        """A coin's price in USDT; None where no spot market of it trades."""
        if coin == "USDT":
            return Decimal(1)
        spot = self.find("spot", f"{coin}USDT")
        return self.last("spot", spot.symbol, at_ms) if spot is not None and self.trades(spot, at_ms) else None

    def book(self, category: Category, symbol: str, at_ms: int) -> tuple[list[Level], list[Level]]:
        """Bids and asks as an order meets them."""
        return self.market.book(symbol, category, at_ms, self.settings.book_depth)

    def fees(self, category: Category, symbol: str) -> FeeRates:
        """The customer's rates in a market."""
        return self.settings.fees(category, symbol)

    def taker(self, symbol: str) -> Decimal:
        """The taker rate of a contract."""
        return self.fees("linear", symbol).taker

    def maintenance(self, symbol: str) -> Decimal:
        """The maintenance rate of a contract."""
        return self.instrument("linear", symbol).maintenance or self.settings.maintenance

    def leverage(self, symbol: str) -> Decimal:
        """The leverage set for a contract."""
        usual = min(self.settings.leverage, self.instrument("linear", symbol).max_leverage or self.settings.leverage)
        return self.state.leverages.get(symbol, usual)

    def hedged(self, symbol: str) -> bool:
        """Whether a contract is held in hedge mode."""
        return self.state.hedged.get(symbol, self.state.hedged_by_default)

    def held(self, symbol: str, idx: int) -> Position | None:
        """The open position, None when flat."""
        position = self.state.positions.get(f"{symbol}:{idx}")
        return position if position is not None and position.size else None

    def open_positions(self) -> list[Position]:
        """Every position that is not flat, in symbol order."""
        held = (each for each in self.state.positions.values() if each.size)
        return sorted(held, key=lambda each: (each.symbol, each.idx))

    def live_orders(self) -> list[Order]:
        """Orders acknowledged or in the book, oldest first."""
        self._live = [each for each in self._live if each.pending or each.open]
        return list(self._live)

    def enter(self, order: Order) -> None:
        """Keep a new order."""
        self.state.orders[order.order_id] = order
        self._live.append(order)
        if order.link_id:
            self._linked[order.category, order.link_id] = order

    def linked(self, category: Category, link_id: str) -> Order | None:
        """The order that ever carried a link id in a category."""
        return self._linked.get((category, link_id))

    def number(self) -> int:
        """The next number; ids are functions of it and the seed."""
        self.state.counter += 1
        return self.state.counter

    def order_id(self, category: Category) -> str:
        """Digits for spot, a UUID for contracts, as the venue has them."""
        number = self.number()
        return str(FIRST_SPOT_ORDER + number) if category == "spot" else self._uuid("order", number)

    def execution_id(self, category: Category, number: int) -> str:
        """Likewise for an execution, whose number is its `seq`."""
        return str(FIRST_SPOT_EXECUTION + number) if category == "spot" else self._uuid("execution", number)

    def _uuid(self, what: str, number: int) -> str:
        digest = blake2b(f"{self.settings.seed}:{what}:{number}".encode(), digest_size=16).digest()
        return str(UUID(bytes=digest, version=4))

    def _last_moment(self, category: Category, symbol: str, at_ms: int) -> int:
        gone_ms = self.instrument(category, symbol).gone_ms
        return at_ms if gone_ms is None else min(at_ms, gone_ms - 1)
