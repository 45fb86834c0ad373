"""A request for an order becomes an order or one of the venue's refusals; nothing is executed here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, cast, get_args

from fundarb.domain.money import ONE, ZERO, ceil_to, parse, quotient12
from fundarb.sandbox.account.codes import bad_parameter, refusal
from fundarb.sandbox.account.desk import Desk
from fundarb.sandbox.account.records import SETTLE_COIN, Order, OrderKind, Side, TimeInForce, Unit
from fundarb.sandbox.account.sizes import require_price, require_size
from fundarb.sandbox.account.wallet import available, order_margin
from fundarb.sandbox.market.source import Category, Instrument, Quote
from fundarb.sandbox.public.asking import required
from fundarb.sandbox.public.catalogue import category_of

LINK: Final = re.compile(r"[A-Za-z0-9_-]{1,36}")
TOLERANCES: Final = {"TickSize": (Decimal(5), Decimal(2000)), "Percent": (Decimal("0.05"), ONE)}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for an order, read but not judged."""

    category: Category
    symbol: str
    side: Side
    kind: OrderKind
    time_in_force: TimeInForce
    qty: Decimal
    unit: Unit
    price: Decimal | None
    reduce_only: bool
    position_idx: int
    link_id: str
    tolerance: tuple[str, Decimal] | None


def order_of(desk: Desk, params: Mapping[str, Any], now_ms: int) -> Order:
    """The order asked for, judged by every rule that the venue applies before it acknowledges."""
    asked = _read(params)
    instrument = _tradable(desk, asked, now_ms)
    _require_new_link(desk, asked)
    _require_position_mode(desk, asked)
    quote = desk.market.quote(asked.symbol, asked.category, now_ms)
    band = _band(desk, asked, quote)
    price = require_price(asked.price, instrument, asked.side, band) if asked.price is not None else None
    protected = price if price is not None else _protection(asked, instrument, quote, band)
    order = Order(
        number=0, order_id="", link_id=asked.link_id, category=asked.category, symbol=asked.symbol, side=asked.side,
        kind=asked.kind, time_in_force=asked.time_in_force, qty=asked.qty, unit=asked.unit, price=protected,
        reduce_only=_reducing(desk, asked), position_idx=asked.position_idx, created_ms=now_ms, taken_up_wall_ms=0,
        reserve=ZERO, last_price=quote.last, updated_ms=now_ms,
    )  # fmt: skip
    require_size(order, instrument, quote)
    _require_something_to_reduce(desk, order)
    _require_funds(desk, order, instrument, quote)
    return order


def _read(params: Mapping[str, Any]) -> Asked:
    category = category_of(params)
    side, kind = required(params, "side"), required(params, "orderType")
    if side not in get_args(Side):
        raise bad_parameter("side invalid")
    if kind not in get_args(OrderKind):
        raise refusal(170116) if category == "spot" else bad_parameter("orderType invalid")
    if params.get("isLeverage") in (1, "1"):
        raise bad_parameter("margin trading is not enabled")
    unit = _unit(params, category, side, kind)
    return Asked(
        category=category, symbol=required(params, "symbol"), side=cast("Side", side), kind=cast("OrderKind", kind),
        time_in_force=_time_in_force(params, category, kind), qty=_number(params, "qty"), unit=unit,
        price=_number(params, "price") if kind == "Limit" else None,
        reduce_only=category == "linear" and params.get("reduceOnly") in (True, "true"),
        position_idx=_position_idx(params, category), link_id=_link(params), tolerance=_tolerance(params, kind),
    )  # fmt: skip


def _unit(params: Mapping[str, Any], category: Category, side: str, kind: str) -> Unit:
    """What `qty` counts: only a spot market order may count the quote, and a purchase does unless told otherwise."""
    if category != "spot" or kind != "Market":
        return ""
    given = params.get("marketUnit") or ("quoteCoin" if side == "Buy" else "baseCoin")
    if given not in ("baseCoin", "quoteCoin"):
        raise bad_parameter("marketUnit invalid")
    return cast("Unit", given)


def _time_in_force(params: Mapping[str, Any], category: Category, kind: str) -> TimeInForce:
    if kind == "Market":
        return "IOC"
    given = params.get("timeInForce") or "GTC"
    if given not in get_args(TimeInForce):
        raise refusal(170115) if category == "spot" else bad_parameter("timeInForce invalid")
    return cast("TimeInForce", given)


def _number(params: Mapping[str, Any], name: str) -> Decimal:
    try:
        value = parse(required(params, name))
    except ValueError as error:
        raise bad_parameter(f"{name} invalid") from error
    if value <= 0:
        raise bad_parameter(f"{name} must be greater than 0")
    return value


def _position_idx(params: Mapping[str, Any], category: Category) -> int:
    given = str(params.get("positionIdx") or 0)
    if given not in ("0", "1", "2"):
        raise bad_parameter("positionIdx invalid")
    return int(given) if category == "linear" else 0


def _link(params: Mapping[str, Any]) -> str:
    given = str(params.get("orderLinkId") or "")
    if given and not LINK.fullmatch(given):
        raise bad_parameter("orderLinkId invalid: at most 36 of letters, digits, - and _")
    return given


def _tolerance(params: Mapping[str, Any], kind: str) -> tuple[str, Decimal] | None:
    given = params.get("slippageToleranceType")
    if not given or kind != "Market":
        return None
    value = _number(params, "slippageTolerance")
    least, most = TOLERANCES.get(given, (ONE, ZERO))
    if not least <= value <= most:
        raise bad_parameter("slippageTolerance invalid")
    return str(given), value


def _tradable(desk: Desk, asked: Asked, now_ms: int) -> Instrument:
    instrument = desk.find(asked.category, asked.symbol)
    if instrument is not None and desk.trades(instrument, now_ms):
        return instrument
    if asked.category == "spot":
        raise refusal(170121)
    known = instrument is not None and instrument.announced_ms <= now_ms
    raise refusal(110074) if known else refusal(10001, "Not supported symbols")


def _require_new_link(desk: Desk, asked: Asked) -> None:
    if asked.link_id and desk.linked(asked.category, asked.link_id) is not None:
        raise refusal(170141 if asked.category == "spot" else 110072)


def _require_position_mode(desk: Desk, asked: Asked) -> None:
    if asked.category == "linear" and (asked.position_idx != 0) != desk.hedged(asked.symbol):
        raise refusal(10001, "position idx not match position mode")


def _reducing(desk: Desk, asked: Asked) -> bool:
    """Asked to, or on the closing side of hedge mode."""
    opener = {1: "Buy", 2: "Sell"}.get(asked.position_idx, asked.side)
    return asked.reduce_only or opener != asked.side


def _require_something_to_reduce(desk: Desk, order: Order) -> None:
    """An order that may only reduce is refused where there is no position on the other side."""
    if not order.reduce_only:
        return
    position = desk.held(order.symbol, order.position_idx)
    if position is None:
        raise refusal(110017)
    if (position.size > 0) == (order.side == "Buy"):
        raise refusal(110017, "Reduce-only rule not satisfied: the order has the side of the position")


def _band(desk: Desk, asked: Asked, quote: Quote) -> Decimal:
    """The farthest price that may be taken: from the mark of a contract, from the last price of a spot market."""
    centre = quote.last if asked.category == "spot" or quote.mark is None else quote.mark
    width = desk.settings.price_band
    return centre * (ONE + width if asked.side == "Buy" else ONE - width)


def _protection(asked: Asked, instrument: Instrument, quote: Quote, band: Decimal) -> Decimal:
    """The limit a market order is turned into, on the grid of ticks."""
    buying = asked.side == "Buy"
    limit = band
    if asked.tolerance is not None:
        kind, value = asked.tolerance
        best = (quote.ask if buying else quote.bid).price
        sign = 1 if buying else -1
        own = best + sign * (value * instrument.tick if kind == "TickSize" else best * value.scaleb(-2))
        limit = min(band, own) if buying else max(band, own)
    downwards = limit // instrument.tick * instrument.tick
    return downwards if buying else ceil_to(limit, instrument.tick)


def _require_funds(desk: Desk, order: Order, instrument: Instrument, quote: Quote) -> None:
    if order.category == "linear":
        needed = order_margin(desk, order)
        if needed > available(desk, SETTLE_COIN):
            raise refusal(110007)
        return
    buying = order.side == "Buy"
    free = available(desk, instrument.quote if buying else instrument.base)
    least = most = order.qty
    if buying and order.unit != "quoteCoin":
        least = most = order.qty * order.price
    elif not buying and order.unit == "quoteCoin":
        least = ceil_to(quotient12(order.qty, quote.bid.price), instrument.step)
        most = ceil_to(quotient12(order.qty, order.price), instrument.step)
    if least > free:
        raise refusal(170131)
    order.reserve = min(most, free)
