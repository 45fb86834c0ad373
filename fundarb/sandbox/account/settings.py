"""What the exchange grants one customer: what he starts with, his fees, and how the venue treats his orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from fundarb.sandbox.market.source import Category

MarginMode = Literal["ISOLATED_MARGIN", "REGULAR_MARGIN"]


@dataclass(frozen=True, slots=True)
class FeeRates:
    """Shares of the traded value; a negative maker rate would be a rebate and is not served."""

    taker: Decimal
    maker: Decimal


SPOT_FEES = FeeRates(taker=Decimal("0.001"), maker=Decimal("0.001"))
LINEAR_FEES = FeeRates(taker=Decimal("0.00055"), maker=Decimal("0.0002"))


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """Everything that is fixed for the life of the account; what may change while it lives is in `Knobs`."""

    seed: int = 1
    user_id: int = 1
    balances: Mapping[str, Decimal] = field(default_factory=lambda: {"USDT": Decimal(10_000)})
    spot_fees: FeeRates = SPOT_FEES
    linear_fees: FeeRates = LINEAR_FEES
    special_fees: Mapping[tuple[Category, str], FeeRates] = field(default_factory=dict)
    fee_coin: str = ""  # a third coin spot fees are paid in while there is enough of it: MNT
    fee_coin_price: Decimal | None = None  # in USDT; None: the last price of its spot market
    accept_ms: int = 150  # of the wall, from the answer of create to the order's being there
    price_band: Decimal = Decimal("0.05")  # how far from mark (spot: last) an order may take
    book_depth: int = 200
    leverage: Decimal = Decimal(10)  # of a contract nobody has set one for
    maintenance: Decimal = Decimal("0.005")  # where the instrument names no rate of its own
    margin_mode: MarginMode = "REGULAR_MARGIN"
    borrow_rate_hourly: Decimal = Decimal("0.00001")
    settle_fee: Decimal = Decimal(0)  # of a position closed by the delisting of its contract
    adl_fee: Decimal = Decimal(0)
    trade_only: bool = False  # the key lacks the permissions that coin information asks for
    read_only: bool = False  # what the key is told of itself; the server refuses what it may not do

    def fees(self, category: Category, symbol: str) -> FeeRates:
        """The rates of one market."""
        usual = self.spot_fees if category == "spot" else self.linear_fees
        return self.special_fees.get((category, symbol), usual)
