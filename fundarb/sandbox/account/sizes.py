"""The venue's grids and bounds of price and size, each with the code it refuses with."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from fundarb.sandbox.account.codes import bad_parameter, refusal
from fundarb.sandbox.account.records import Order, Side
from fundarb.sandbox.market.source import Instrument, Quote

QUOTE_STEP: Final = Decimal("1e-8")  # of an amount of quote coins


def require_price(price: Decimal, instrument: Instrument, side: Side, band: Decimal) -> Decimal:
    """A limit price on the grid that takes nothing beyond the band."""
    spot = instrument.category == "spot"
    if price % instrument.tick:
        raise refusal(170134) if spot else bad_parameter("price is not a multiple of the tick size")
    if side == "Buy" and price > band:
        raise refusal(170193 if spot else 110003)
    if side == "Sell" and price < band:
        raise refusal(170194 if spot else 110003)
    return price


def require_size(order: Order, instrument: Instrument, quote: Quote) -> None:
    """A quantity on the grid within the bounds of its kind of order, and worth enough."""
    if order.unit == "quoteCoin":
        _require_amount(order, instrument)
    elif instrument.category == "spot":
        _require_spot(order, instrument, quote)
    else:
        _require_linear(order, instrument, quote)


def _require_amount(order: Order, instrument: Instrument) -> None:
    if order.qty % QUOTE_STEP:
        raise refusal(170137)
    if order.qty < instrument.min_notional:
        raise refusal(170140)


def _require_spot(order: Order, instrument: Instrument, quote: Quote) -> None:
    if order.qty % instrument.step:
        raise refusal(170137)
    if order.qty < instrument.min_qty:
        raise refusal(170136)
    if order.qty > _most(order, instrument):
        raise refusal(170135)
    if order.qty * _valued_at(order, quote) < instrument.min_notional:
        raise refusal(170140)


def _require_linear(order: Order, instrument: Instrument, quote: Quote) -> None:
    if order.qty < instrument.min_qty:
        raise refusal(10001, "The number of contracts exceeds minimum limit allowed")
    if order.qty % instrument.step:
        raise refusal(10001, "Qty invalid")
    if order.qty > _most(order, instrument):
        raise refusal(10001, "The number of contracts exceeds maximum limit allowed: too large")
    if not order.reduce_only and order.qty * _valued_at(order, quote) < instrument.min_notional:
        least = format(instrument.min_notional.normalize(), "f")
        raise refusal(110094, f"Order does not meet minimum order value {least}{instrument.quote}")


def _most(order: Order, instrument: Instrument) -> Decimal:
    return instrument.max_market_qty if order.kind == "Market" else instrument.max_qty


def _valued_at(order: Order, quote: Quote) -> Decimal:
    return quote.last if order.kind == "Market" else order.price
