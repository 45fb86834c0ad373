"""Ledger lines: append-only, each carrying all the fold needs. A named tuple, because a backtest writes thousands."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from fundarb.domain.orders import Leg, Side


class LineKind(StrEnum):
    """Everything that can move cash or a position."""

    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    TRANSFER = "transfer"
    INTEREST = "interest"
    REBATE = "rebate"
    FILL = "fill"
    FUNDING = "funding"
    LIQUIDATION = "liquidation"
    DELISTING = "delisting"
    GUARD = "guard"
    ADJUSTMENT = "adjustment"

    __hash__ = str.__hash__  # as it is equal to its text; that of an enum is many times slower


EXTERNAL_FLOWS = frozenset({LineKind.DEPOSIT, LineKind.WITHDRAWAL, LineKind.TRANSFER})
LEG_KINDS = frozenset({LineKind.FILL, LineKind.LIQUIDATION, LineKind.DELISTING, LineKind.GUARD})


class LedgerLine(NamedTuple):
    """One line. For a leg: `qty` gross, `price` as booked, `fair` before slippage, haircut or penalty, `fee` in `fee_ccy`.

    `reason` is that of the decision (entry, exit) or the words of an adjustment; a funding line's `price` is the mark.
    """

    at_ms: int
    kind: LineKind
    pair: str | None
    cash: Decimal
    leg: Leg | None = None
    side: Side | None = None
    qty: Decimal | None = None
    price: Decimal | None = None
    fair: Decimal | None = None
    fee: Decimal | None = None
    fee_ccy: str | None = None
    rate: Decimal | None = None
    stale_mark: bool = False
    reason: str | None = None
