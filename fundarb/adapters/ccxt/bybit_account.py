"""Rows of Bybit's private replies as ours. A word that is not known here makes the reply unreadable: ValueError."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from fundarb.adapters.ccxt.digits import digits, number, whole
from fundarb.domain.money import ZERO
from fundarb.domain.orders import Leg, Side
from fundarb.ports.trading import (
    Cause,
    Execution,
    Flow,
    FlowKind,
    KeyRights,
    VenueOrder,
    VenuePosition,
)

SETTLES = "USDT"
CATEGORIES: Mapping[Leg, str] = {Leg.SPOT: "spot", Leg.PERP: "linear"}
SIDES: Mapping[Side, str] = {Side.BUY: "Buy", Side.SELL: "Sell"}
_SIDES = {word: side for side, word in SIDES.items()}
_OPEN = frozenset({"Created", "New", "PartiallyFilled", "Untriggered"})
_OVER = frozenset({"Filled", "Cancelled", "PartiallyFilledCanceled", "Rejected", "Deactivated"})
_CAUSES = {
    "Trade": Cause.TRADE,
    "Funding": Cause.FUNDING,
    "AdlTrade": Cause.DELEVERAGED,
    "BustTrade": Cause.BANKRUPT,
    "Settle": Cause.DELIVERED,
    "Delivery": Cause.DELIVERED,
}
_FLOWS = {
    **dict.fromkeys(("TRADE", "SETTLEMENT", "ADL", "LIQUIDATION", "DELIVERY"), FlowKind.BOOKED),
    **dict.fromkeys(("TRANSFER_IN", "TRANSFER_OUT"), FlowKind.TRANSFER),
    "INTEREST": FlowKind.INTEREST,
    **dict.fromkeys(("FEE_REFUND", "BONUS"), FlowKind.REBATE),
}

Row = Mapping[str, Any]


def order_of(row: Row, market: str, leg: Leg) -> VenueOrder:
    """An order of realtime or history."""
    status = row["orderStatus"]
    if status not in _OPEN | _OVER:
        raise ValueError(f"an order is {status!r}")
    return VenueOrder(
        market=market,
        leg=leg,
        client_id=row["orderLinkId"] or None,
        venue_id=_named(row["orderId"]),
        side=_SIDES[row["side"]],
        qty=Decimal(digits(row["qty"])),
        filled=Decimal(digits(row["cumExecQty"])),
        open=status in _OPEN,
        words=f"{status}, {row['rejectReason']}" if row.get("rejectReason", "EC_NoError") != "EC_NoError" else status,
    )


def execution_of(row: Row, market: str, leg: Leg) -> Execution:
    """An execution; a short that receives funding shows a rate below 0, which is turned back."""
    cause = _CAUSES.get(row["execType"], Cause.OTHER)
    side, rate = _SIDES[row["side"]], number(row.get("feeRate"))
    own = rate if side is Side.BUY or rate is None else -rate
    return Execution(
        execution_id=_named(row["execId"]),
        cause=cause,
        market=market,
        leg=leg,
        side=side,
        qty=Decimal(digits(row["execQty"])),
        price=Decimal(digits(row["execPrice"])),
        fee=number(row["execFee"]) or ZERO,
        fee_coin=row.get("feeCurrency") or SETTLES,
        at_ms=whole(row["execTime"]),
        client_id=row["orderLinkId"] or None,
        mark=number(row.get("markPrice")),
        rate=own if cause is Cause.FUNDING else None,
    )


def sequence_of(row: Row) -> int:
    """The venue's own order of what it executed in a moment; blank where an account is not told, which orders nothing."""
    return int(number(row.get("seq")) or ZERO)


def flow_of(row: Row, market: str | None = None) -> Flow:
    """A line of the transaction log, and the market it belongs to."""
    return Flow(
        flow_id=_named(row["id"]),
        kind=_FLOWS.get(row["type"], FlowKind.OTHER),
        coin=_named(row["currency"]),
        change=Decimal(digits(row["change"])),
        at_ms=whole(row["transactionTime"]),
        words=row["type"],
        market=market,
        execution_id=row.get("tradeId") or None,
    )


def position_of(row: Row, market: str) -> VenuePosition:
    """A position; one of 0 is flat."""
    size = Decimal(digits(row["size"]))
    return VenuePosition(
        market=market,
        qty=_signed(size, row["side"]),
        entry=Decimal(digits(row["avgPrice"])),
        mark=Decimal(digits(row["markPrice"])),
        leverage=Decimal(digits(row["leverage"])),
        liquidation=number(row.get("liqPrice")),
        added=_added(row),
    )


def _added(row: Row) -> Decimal | None:
    """What stands beside the initial margin, of an isolated position. Not every account is told what is posted in all: that
    is blank then, which is no zero."""
    posted, initial = number(row.get("positionBalance")), number(row.get("positionIM"))
    return None if posted is None or initial is None else posted - initial


def coins_of(accounts: Sequence[Row]) -> dict[str, Decimal]:
    """The coins of the one account asked for."""
    if len(accounts) != 1:
        raise ValueError(f"one unified account is wanted, {len(accounts)} came")
    held = {_named(row["coin"]): Decimal(digits(row["walletBalance"])) for row in accounts[0]["coin"]}
    return {coin: held[coin] for coin in sorted(held) if held[coin]}


def rights_of(result: Row) -> KeyRights:
    """What a key may do: both markets, and nothing that takes coins out."""
    permissions = result["permissions"]
    granted = {str(word).lower() for words in permissions.values() for word in words or ()}
    trades = "Order" in permissions["ContractTrade"] and "SpotTrade" in permissions["Spot"]
    return KeyRights(
        trades=trades and not int(result["readOnly"]),
        withdraws=any("withdraw" in word for word in granted),
        expires_ms=_end_of(result.get("expiredAt")),
    )


def _end_of(written: str | None) -> int | None:
    """When a key ends. One that is bound to an address does not, which may be written as the beginning of time."""
    ends_ms = int(datetime.fromisoformat(written).timestamp() * 1000) if written else 0
    return ends_ms if ends_ms > 0 else None


def _signed(size: Decimal, side: str) -> Decimal:
    """A size that is not 0 has a side."""
    if size and side not in _SIDES:
        raise ValueError(f"a side of {size} is wanted, not {side!r}")
    return -size if _SIDES.get(side) is Side.SELL else size


def _named(name: object) -> str:
    """A name that is one: an order without an id is no order."""
    if not isinstance(name, str) or not name:
        raise ValueError(f"a name is wanted, not {name!r}")
    return name
