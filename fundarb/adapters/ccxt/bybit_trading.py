"""Trading at Bybit in its own words: an order is sent once, whatever its reply; what is only read is asked again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from decimal import Decimal
from functools import partial
from typing import Any

from fundarb.adapters.ccxt import bybit_account as rows
from fundarb.adapters.ccxt.bybit_asking import BybitAsking, Call, Instruments, Row, windows
from fundarb.adapters.ccxt.bybit_rows import rows_of
from fundarb.adapters.ccxt.bybit_terms import BybitTerms
from fundarb.adapters.ccxt.reads import Reads
from fundarb.adapters.ccxt.verdicts import ordering
from fundarb.domain.market import Span
from fundarb.domain.money import canonical, ceil_to, floor_to
from fundarb.domain.orders import Leg, Order, Side
from fundarb.errors import OrderRefused, OrderUnknown, VenueRefused
from fundarb.ports.trading import (
    AccountModes,
    Execution,
    Flow,
    KeyRights,
    TakerFees,
    VenueOrder,
    VenuePosition,
)

_UNIFIED = {"accountType": "UNIFIED"}
_Executed = tuple[int, Execution]


class BybitTrading:
    """Fills the port `VenueTrading`."""

    def __init__(self, exchange: Any, reads: Reads, instruments: Instruments) -> None:
        self._exchange, self._asking = exchange, BybitAsking(exchange, reads, instruments)
        self._terms = BybitTerms(self._asking)

    async def submit(self, order: Order) -> str:
        """A limit order, immediate or cancel."""
        venue_id, tick = await self._asking.market(order.symbol, order.leg)
        if order.limit is None or tick is None:
            raise OrderRefused(f"order {order.client_id} has no limit, or {order.symbol} no grid of prices: not sent")
        limit = floor_to(order.limit, tick) if order.side is Side.BUY else ceil_to(order.limit, tick)
        asked = _request(order, venue_id, limit)
        with ordering(f"order {order.client_id}"):
            placed = (await self._exchange.privatePostV5OrderCreate(asked))["result"]
            if placed["orderLinkId"] == order.client_id and placed["orderId"]:
                return str(placed["orderId"])
        raise OrderUnknown(f"order {order.client_id}: the reply speaks of another; ask for its client id")

    async def find(self, order: Order) -> VenueOrder | None:
        """The venue forgets closed orders in one list first, then in the other: both are asked."""
        name = await self._asking.namer(order.leg)
        for call in (self._exchange.privateGetV5OrderRealtime, self._exchange.privateGetV5OrderHistory):
            found = await self._look_in(call, order, name)
            if found is not None:
                return found
        return None

    async def cancel(self, order: Order) -> None:
        """Asked once; the caller looks what became of it, so neither a lost reply nor an order that is over matters."""
        asked = {**await self._asking.query(order.symbol, order.leg), "orderLinkId": order.client_id}
        with suppress(OrderUnknown), ordering(f"cancel {order.client_id}"):
            await self._exchange.privatePostV5OrderCancel(asked)

    async def open_orders(self) -> tuple[VenueOrder, ...]:
        """Both categories."""
        found: list[VenueOrder] = []
        for leg, category in rows.CATEGORIES.items():
            query = {"category": category, "limit": 50} | ({"settleCoin": rows.SETTLES} if leg is Leg.PERP else {})
            name, call = await self._asking.namer(leg), self._exchange.privateGetV5OrderRealtime
            found += await self._asking.all(f"{category} orders", call, query, partial(_order, name, leg))
        return tuple(order for order in found if order.open)

    async def positions(self) -> tuple[VenuePosition, ...]:
        """All that settle in USDT; both sides of hedge mode come as two."""
        name, call = await self._asking.namer(Leg.PERP), self._exchange.privateGetV5PositionList
        query = {"category": "linear", "settleCoin": rows.SETTLES, "limit": 200}
        held = await self._asking.all("positions", call, query, lambda row: rows.position_of(row, name(row)))
        return tuple(sorted((each for each in held if each.qty), key=lambda position: position.market))

    async def coins(self) -> Mapping[str, Decimal]:
        """The unified account."""
        call = self._exchange.privateGetV5AccountWalletBalance
        return await self._asking.one("wallet", call, _UNIFIED, lambda reply: rows.coins_of(rows_of(reply)))

    async def executions(self, span: Span) -> tuple[Execution, ...]:
        """Both categories, a week at a time."""
        found = [each for leg in rows.CATEGORIES for week in windows(span) for each in await self._executed(leg, week)]
        return _once([each for each in found if span.start_ms <= each[1].at_ms < span.end_ms])

    async def executions_of(self, order: Order) -> tuple[Execution, ...]:
        """By client id, whatever the time; one of another order makes no sense."""
        found = _once(await self._executed(order.leg, {"orderLinkId": order.client_id}))
        if any(one.client_id != order.client_id for one in found):
            raise VenueRefused(f"asked for executions of {order.client_id}, answered with those of other orders")
        return found

    async def flows(self, span: Span) -> tuple[Flow, ...]:
        """The transaction log, a week at a time; the venue tells the newest first."""
        found: dict[str, Flow] = {}
        named = {leg: await self._asking.namer(leg) for leg in Leg}
        for week in windows(span):
            query, call = {**_UNIFIED, "limit": 50, **week}, self._exchange.privateGetV5AccountTransactionLog
            listed = await self._asking.all("transaction log", call, query, lambda row: _flow(row, named))
            for flow in reversed(listed):
                if span.start_ms <= flow.at_ms < span.end_ms:
                    found[flow.flow_id] = flow
        return tuple(sorted(found.values(), key=lambda flow: flow.at_ms))

    async def prepare(self, pair: str, leverage: Decimal) -> None:
        """Isolated, one-way, this leverage."""
        await self._terms.prepare(pair, leverage)

    async def modes(self, pair: str) -> AccountModes:
        """As the venue tells them."""
        return await self._terms.modes(pair)

    async def add_margin(self, pair: str, amount: Decimal) -> None:
        """Of an isolated position."""
        await self._terms.add_margin(pair, amount)

    async def fees(self, pair: str) -> TakerFees:
        """The account's own."""
        return await self._terms.fees(pair)

    async def rights(self) -> KeyRights:
        """What the key may do."""
        return await self._terms.rights()

    async def _look_in(self, call: Call, order: Order, name: Callable[[Row], str]) -> VenueOrder | None:
        def the_one(reply: Row) -> VenueOrder | None:
            listed = rows_of(reply)
            if not listed:
                return None
            (row,) = listed
            if row["orderLinkId"] != order.client_id:
                raise ValueError(f"asked about {order.client_id}, answered about {row['orderLinkId']}")
            return rows.order_of(row, name(row), order.leg)

        query = {"category": rows.CATEGORIES[order.leg], "orderLinkId": order.client_id}
        return await self._asking.one(f"order {order.client_id}", call, query, the_one)

    async def _executed(self, leg: Leg, more: Row) -> list[_Executed]:
        """As listed, the newest first, each with its place in the venue's own sequence."""
        name, category = await self._asking.namer(leg), rows.CATEGORIES[leg]
        query, call = {"category": category, "limit": 100, **more}, self._exchange.privateGetV5ExecutionList
        return await self._asking.all(
            f"{category} executions",
            call,
            query,
            lambda row: (rows.sequence_of(row), rows.execution_of(row, name(row), leg)),
        )


def _request(order: Order, venue_id: str, limit: Decimal) -> Row:
    """An order as the venue takes it: every number as digits."""
    asked = {
        "category": rows.CATEGORIES[order.leg],
        "symbol": venue_id,
        "side": rows.SIDES[order.side],
        "orderType": "Limit",
        "timeInForce": "IOC",
        "qty": canonical(order.qty),
        "price": canonical(limit),
        "orderLinkId": order.client_id,
    }
    return asked if order.leg is Leg.SPOT else asked | {"positionIdx": 0, "reduceOnly": order.reduce_only}


def _order(name: Callable[[Row], str], leg: Leg, row: Row) -> VenueOrder:
    return rows.order_of(row, name(row), leg)


def _flow(row: Row, named: Mapping[Leg, Callable[[Row], str]]) -> Flow:
    leg = Leg.SPOT if row.get("category") == rows.CATEGORIES[Leg.SPOT] else Leg.PERP
    return rows.flow_of(row, named[leg](row) if row.get("symbol") else None)


def _once(found: list[_Executed]) -> tuple[Execution, ...]:
    """Oldest first, each id once; those of one moment in the venue's own sequence, as listed where that says nothing. Spot
    and perp are listed apart, so that only the sequence tells the end of one trade from the beginning of the next."""
    unique = {one.execution_id: (one.at_ms, place, one) for place, one in reversed(found)}
    return tuple(one for _, _, one in sorted(unique.values(), key=lambda each: each[:2]))
