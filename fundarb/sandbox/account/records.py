"""What the exchange remembers of a customer: orders, executions, positions and the lines of his transaction log."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal

from fundarb.sandbox.market.source import Category

Side = Literal["Buy", "Sell"]
OrderKind = Literal["Market", "Limit"]
TimeInForce = Literal["GTC", "IOC", "FOK", "PostOnly"]
Unit = Literal["", "baseCoin", "quoteCoin"]
Status = Literal["Created", "New", "PartiallyFilled", "Filled", "Cancelled", "PartiallyFilledCanceled", "Rejected"]
ExecType = Literal["Trade", "Funding", "AdlTrade", "BustTrade", "Settle"]

OPEN: Final = ("New", "PartiallyFilled")
ZERO: Final = Decimal(0)
SETTLE_COIN: Final = "USDT"


@dataclass(slots=True)
class Order:
    """One order; `Created` until the venue has taken it up, which is when it begins to exist for its owner."""

    number: int
    order_id: str
    link_id: str
    category: Category
    symbol: str
    side: Side
    kind: OrderKind
    time_in_force: TimeInForce
    qty: Decimal  # in quote where `unit` says so
    unit: Unit
    price: Decimal  # of a market order the limit the venue protects it with
    reduce_only: bool
    position_idx: int
    created_ms: int
    taken_up_wall_ms: int
    reserve: Decimal  # of a market order: the coins set aside for it at first
    last_price: Decimal
    status: Status = "Created"
    updated_ms: int = 0
    resting_ms: int = 0  # since when it lies in the book
    filled: Decimal = ZERO
    value: Decimal = ZERO
    fees: dict[str, Decimal] = field(default_factory=dict)
    reject_reason: str = "EC_NoError"
    cancel_type: str = "UNKNOWN"
    cancel_wall_ms: int | None = None  # a cancel was asked for and is taken up then
    hidden_until_wall_ms: int = 0
    forgotten: bool = False  # closed before the venue's last restart: only history knows it

    @property
    def pending(self) -> bool:
        """Acknowledged, not taken up yet."""
        return self.status == "Created"

    @property
    def open(self) -> bool:
        """Lying in the book."""
        return self.status in OPEN

    @property
    def left(self) -> Decimal:
        """What is still to be executed, in the unit of `qty`; of an order that ended, nothing."""
        if not (self.pending or self.open):
            return ZERO
        return self.qty - (self.value if self.unit == "quoteCoin" else self.filled)


@dataclass(slots=True)
class Execution:
    """One execution, or what the venue books as one: funding, deleveraging, bankruptcy, delisting."""

    exec_id: str
    seq: int
    category: Category
    symbol: str
    side: Side
    exec_type: ExecType
    order_id: str
    link_id: str
    order_kind: str
    create_type: str
    order_price: Decimal
    order_qty: Decimal
    leaves: Decimal
    price: Decimal
    qty: Decimal
    value: Decimal
    fee: Decimal
    fee_coin: str
    fee_rate: Decimal
    maker: bool
    closed: Decimal
    pnl: Decimal
    mark: Decimal | None
    time_ms: int


@dataclass(slots=True)
class Entry:
    """One line of the transaction log: change = cash + funding − fee, of one coin."""

    number: int
    time_ms: int
    kind: str
    coin: str
    cash: Decimal
    funding: Decimal | None
    fee: Decimal
    balance: Decimal
    symbol: str = ""
    category: str = ""
    side: str = "None"
    qty: Decimal = ZERO
    size: Decimal = ZERO
    price: Decimal = ZERO
    fee_rate: Decimal = ZERO
    trade_id: str = ""
    order_id: str = ""
    link_id: str = ""

    @property
    def change(self) -> Decimal:
        """What it did to the wallet."""
        return self.cash + (self.funding or ZERO) - self.fee


@dataclass(slots=True)
class Position:
    """A contract position: a signed size at an average price, with the margin that is its own when isolated."""

    symbol: str
    idx: int  # 0 one-way, 1 and 2 the buy and sell side of hedge mode
    size: Decimal
    average: Decimal
    leverage: Decimal
    extra: Decimal  # margin beside the initial one; negative once funding had to be taken from it
    created_ms: int
    changed_ms: int  # its liquidation price stands since
    current_pnl: Decimal = ZERO
    total_pnl: Decimal = ZERO
    seq: int = -1


@dataclass(slots=True)
class Transfer:
    """Coins moved between the funding and the trading account."""

    transfer_id: str
    number: int
    coin: str
    amount: Decimal
    source: str
    target: str
    time_ms: int


@dataclass(slots=True)
class Scheduled:
    """A control's doing that is due at a time to come."""

    at_ms: int
    number: int
    doing: str
    arguments: dict[str, str]


@dataclass(slots=True)
class Knobs:
    """What the controls turn while the exchange runs."""

    accept_ms: int
    fee_coin: str
    next_fraction: Decimal | None = None  # of the next order taken up, what is filled at most
    liquidity: dict[str, Decimal] = field(default_factory=dict)  # share of each book level by "category:symbol"
