"""What is asked of an exchange with keys. Nothing that moves money is ever sent twice, and every answer was checked to be
one: an adapter raises VenueError for what it cannot read, so "none" means that the venue said there is none.

A market is named by its unified symbol, `BTC/USDT` on spot and `BTC/USDT:USDT` for a perp; one that belongs to no pair by
the name the venue has for it. A pair is named by its perp."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from fundarb.domain.market import Span
from fundarb.domain.money import ZERO
from fundarb.domain.orders import Leg, Order, Side


@dataclass(frozen=True, slots=True)
class VenueOrder:
    """An order as the venue tells it; once it is no longer open nothing will be added to `filled`."""

    market: str
    leg: Leg
    client_id: str | None
    venue_id: str
    side: Side
    qty: Decimal
    filled: Decimal
    open: bool
    words: str


class Cause(StrEnum):
    """Why something was executed; all but `trade` is the venue's own doing."""

    TRADE = "trade"
    FUNDING = "funding"
    DELEVERAGED = "deleveraged"
    BANKRUPT = "bankrupt"
    DELIVERED = "delivered"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Execution:
    """One execution. A fee paid is above 0; of funding it is the payment, and `rate` is what longs pay shorts."""

    execution_id: str
    cause: Cause
    market: str
    leg: Leg
    side: Side
    qty: Decimal
    price: Decimal
    fee: Decimal
    fee_coin: str
    at_ms: int
    client_id: str | None
    mark: Decimal | None = None
    rate: Decimal | None = None


class FlowKind(StrEnum):
    """What a line of the venue's log did to a coin; `booked` is what an execution tells already."""

    BOOKED = "booked"
    TRANSFER = "transfer"
    INTEREST = "interest"
    REBATE = "rebate"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Flow:
    """One line of the venue's log: a coin's balance changed by `change`. `words` is the venue's own name for it; one that an
    execution caused names it and its market."""

    flow_id: str
    kind: FlowKind
    coin: str
    change: Decimal
    at_ms: int
    words: str
    market: str | None = None
    execution_id: str | None = None


@dataclass(frozen=True, slots=True)
class VenuePosition:
    """A perp that is not flat: `qty` below 0 when short; `added` is margin beside what its leverage asks for, None where the
    venue does not tell."""

    market: str
    qty: Decimal
    entry: Decimal
    mark: Decimal
    leverage: Decimal
    liquidation: Decimal | None
    added: Decimal | None = ZERO


@dataclass(frozen=True, slots=True)
class TakerFees:
    """What the account really pays, as fractions."""

    spot: Decimal
    perp: Decimal


@dataclass(frozen=True, slots=True)
class KeyRights:
    """What the key may do; `expires_ms` None where it does not."""

    trades: bool
    withdraws: bool
    expires_ms: int | None


@dataclass(frozen=True, slots=True)
class AccountModes:
    """How an account stands to a pair's perp before anything is set; margin mode is of the whole account."""

    isolated: bool
    one_way: bool
    leverage: Decimal


class VenueTrading(Protocol):
    """One account of an exchange."""

    async def submit(self, order: Order) -> str:
        """Send an order once, immediate or cancel, its limit moved to the grid of prices but never beyond it; the
        venue's id. OrderRefused: certainly not placed. Any other VenueError, and a cancellation: perhaps placed."""
        ...

    async def find(self, order: Order) -> VenueOrder | None:
        """What became of an order, asked for by client id; None: the venue knows none, which soon after sending says
        nothing yet."""
        ...

    async def cancel(self, order: Order) -> None:
        """Withdraw what is left of an order; one that is over, or not there, is none to withdraw."""
        ...

    async def open_orders(self) -> tuple[VenueOrder, ...]:
        """Orders in the books, of all markets."""
        ...

    async def positions(self) -> tuple[VenuePosition, ...]:
        """Perps that are not flat, in symbol order."""
        ...

    async def coins(self) -> Mapping[str, Decimal]:
        """The wallet: coins that are not zero. Gains of open positions are not in it."""
        ...

    async def executions(self, span: Span) -> tuple[Execution, ...]:
        """Everything executed in the span, oldest first, each id once."""
        ...

    async def executions_of(self, order: Order) -> tuple[Execution, ...]:
        """What was executed of one order, oldest first."""
        ...

    async def flows(self, span: Span) -> tuple[Flow, ...]:
        """The log of the wallet in the span, oldest first."""
        ...

    async def prepare(self, pair: str, leverage: Decimal) -> None:
        """Isolated margin, one-way, this leverage: set where it is not so, read back, VenueRefused where it is not so
        then."""
        ...

    async def add_margin(self, pair: str, amount: Decimal) -> None:
        """Post so much more for an isolated position, asked once. OrderRefused: certainly not done; any other VenueError:
        perhaps done, which `added` of the position tells."""
        ...

    async def modes(self, pair: str) -> AccountModes:
        """Margin mode, position mode and leverage as they are; nothing is set."""
        ...

    async def fees(self, pair: str) -> TakerFees:
        """The account's own taker fees."""
        ...

    async def rights(self) -> KeyRights:
        """What the key may do."""
        ...
