"""Trading nouns as table rows and back: money as canonical text, enums as their words, symbols as ids."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from fundarb.adapters.sqlite.symbols import SymbolIds
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.money import canonical
from fundarb.domain.orders import Fill, Leg, Order, OrderState, Side
from fundarb.ports.journal import Halt

Row = Sequence[Any]

LINE_COLUMNS = "at_ms, kind, symbol_id, cash, leg, side, qty, price, fair, fee, fee_ccy, rate, stale_mark, reason"
ORDER_COLUMNS = (
    "client_id, trade_id, symbol_id, leg, side, qty, limit_price, reduce_only, created_ms, state, venue_id, reason"
)
FILL_COLUMNS = "execution_id, client_id, symbol_id, leg, side, qty, price, fair, fee, fee_ccy, filled_ms"
HALT = (
    "SELECT since_ms, reason, symbol FROM halts LEFT JOIN halted_pairs ON halt_id = halts.id "
    "LEFT JOIN symbols ON symbols.id = symbol_id ORDER BY place"
)

_KINDS = {str(kind): kind for kind in LineKind}
_LEGS: dict[str | None, Leg | None] = {None: None, **{str(leg): leg for leg in Leg}}
_SIDES: dict[str | None, Side | None] = {None: None, **{str(side): side for side in Side}}


def insert_into(table: str, columns: str) -> str:
    """The statement that inserts one row."""
    marks = ", ".join("?" * (columns.count(",") + 1))
    return f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608  (constants of this package only)


def select(columns: str, rest: str) -> str:
    """The query for `columns`, with symbols in place of their ids."""
    return f"SELECT {columns.replace('symbol_id', 'symbol')} {rest}"


def digits(value: Decimal | None) -> str | None:
    """Canonical text of a number; what is not finite would poison every later sum, so it is refused."""
    if value is None:
        return None
    if not value.is_finite():
        raise ValueError(f"not a finite number: {value}")
    return canonical(value)


def number(text: str | None) -> Decimal | None:
    """The number that `digits` wrote."""
    return None if text is None else Decimal(text)


def line_row(line: LedgerLine, ids: SymbolIds) -> Row:
    """LINE_COLUMNS of a ledger line."""
    return (
        line.at_ms,
        str(line.kind),
        ids[line.pair],
        digits(line.cash),
        line.leg and str(line.leg),
        line.side and str(line.side),
        digits(line.qty),
        digits(line.price),
        digits(line.fair),
        digits(line.fee),
        line.fee_ccy,
        digits(line.rate),
        line.stale_mark,
        line.reason,
    )


def row_line(row: Row) -> LedgerLine:
    """The ledger line of LINE_COLUMNS, the symbol in place of its id."""
    at_ms, kind, pair, cash, leg, side, qty, price, fair, fee, fee_ccy, rate, stale_mark, reason = row
    return LedgerLine(
        at_ms,
        _KINDS[kind],
        pair,
        Decimal(cash),
        _LEGS[leg],
        _SIDES[side],
        number(qty),
        number(price),
        number(fair),
        number(fee),
        fee_ccy,
        number(rate),
        bool(stale_mark),
        reason,
    )


def order_row(order: Order, ids: SymbolIds) -> Row:
    """ORDER_COLUMNS of an order."""
    return (
        order.client_id,
        order.trade_id,
        ids[order.symbol],
        str(order.leg),
        str(order.side),
        digits(order.qty),
        digits(order.limit),
        order.reduce_only,
        order.created_ms,
        str(order.state),
        order.venue_id,
        order.reason,
    )


def row_order(row: Row) -> Order:
    """The order of ORDER_COLUMNS, the symbol in place of its id."""
    client_id, trade_id, symbol, leg, side, qty, limit, reduce_only, created_ms, state, venue_id, reason = row
    return Order(
        client_id=client_id,
        trade_id=trade_id,
        symbol=symbol,
        leg=Leg(leg),
        side=Side(side),
        qty=Decimal(qty),
        limit=number(limit),
        reduce_only=bool(reduce_only),
        created_ms=created_ms,
        state=OrderState(state),
        venue_id=venue_id,
        reason=reason,
    )


def fill_row(fill: Fill, ids: SymbolIds) -> Row:
    """FILL_COLUMNS of a fill."""
    return (
        fill.execution_id,
        fill.client_id,
        ids[fill.symbol],
        str(fill.leg),
        str(fill.side),
        digits(fill.qty),
        digits(fill.price),
        digits(fill.fair),
        digits(fill.fee),
        fill.fee_currency,
        fill.filled_at_ms,
    )


def row_fill(row: Row) -> Fill:
    """The fill of FILL_COLUMNS, the symbol in place of its id."""
    execution_id, client_id, symbol, leg, side, qty, price, fair, fee, fee_currency, filled_at_ms = row
    return Fill(
        execution_id=execution_id,
        client_id=client_id,
        symbol=symbol,
        leg=Leg(leg),
        side=Side(side),
        qty=Decimal(qty),
        price=Decimal(price),
        fair=Decimal(fair),
        fee=Decimal(fee),
        fee_currency=fee_currency,
        filled_at_ms=filled_at_ms,
    )


def halt_of(found: Sequence[Row]) -> Halt | None:
    """The halt of HALT, a row a pair; None where nothing is halted."""
    if not found:
        return None
    since_ms, reason, _ = found[0]
    return Halt(since_ms, reason, tuple(pair for _, _, pair in found if pair is not None))
