"""The order and execution paths: create, cancel, realtime, history, executions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fundarb.sandbox.account.codes import bad_parameter, no_such_order
from fundarb.sandbox.account.desk import Desk
from fundarb.sandbox.account.intake import order_of
from fundarb.sandbox.account.pages import WEEK, page_of, window_of
from fundarb.sandbox.account.records import SETTLE_COIN, Order
from fundarb.sandbox.account.rows import execution_row, order_row
from fundarb.sandbox.envelope import Request
from fundarb.sandbox.market.source import DAY, Category
from fundarb.sandbox.public.asking import required
from fundarb.sandbox.public.catalogue import category_of

KEPT_CLOSED = 500
CLOSED_UNFILLED_MS = DAY


class Trading:
    """Answers about one desk's orders."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def create(self, request: Request) -> Mapping[str, Any]:
        """`/v5/order/create`: acknowledged at once, taken up a while later."""
        order = order_of(self._desk, request.params, self._desk.state.now_ms)
        order.order_id = self._desk.order_id(order.category)
        order.number = self._desk.state.counter
        order.taken_up_wall_ms = self._desk.clock.wall_ms() + self._desk.state.knobs.accept_ms
        self._desk.enter(order)
        return {"orderId": order.order_id, "orderLinkId": order.link_id}

    def cancel(self, request: Request) -> Mapping[str, Any]:
        """`/v5/order/cancel`: acknowledged if the order is open, taken up a while later."""
        category, symbol = category_of(request.params), required(request.params, "symbol")
        if not (request.params.get("orderId") or request.params.get("orderLinkId")):
            raise bad_parameter("orderId or orderLinkId is required")
        order = self._named(category, request.params)
        if order is None or not order.open or order.symbol != symbol:
            raise no_such_order(category)
        self._ask_cancel(order)
        return {"orderId": order.order_id, "orderLinkId": order.link_id}

    def cancel_all(self, request: Request) -> Mapping[str, Any]:
        """`/v5/order/cancel-all` of a symbol, a coin or the category."""
        category = category_of(request.params)
        asked = [each for each in self._filtered(category, request.params) if each.open]
        for order in asked:
            self._ask_cancel(order)
        return {"list": [{"orderId": o.order_id, "orderLinkId": o.link_id} for o in asked], "success": "1"}

    def realtime(self, request: Request) -> Mapping[str, Any]:
        """`/v5/order/realtime`: open orders; by id also the 500 closed last, all of these with openOnly=1."""
        category, params = category_of(request.params), request.params
        if _names_one(params):
            named = self._named(category, params)
            rows = [named] if named is not None and (named.open or named in self._kept(category)) else []
        else:
            if category == "linear" and not any(params.get(each) for each in ("symbol", "baseCoin", "settleCoin")):
                raise bad_parameter("symbol, baseCoin or settleCoin is required")
            closed = str(params.get("openOnly") or "0") != "0"
            pool = self._kept(category) if closed else [each for each in self._visible(category) if each.open]
            rows = self._filtered(category, params, pool)
        return self._page(category, params, rows)

    def history(self, request: Request) -> Mapping[str, Any]:
        """`/v5/order/history`: closed orders; one that was cancelled without a fill is gone after a day."""
        category, params, now_ms = category_of(request.params), request.params, self._desk.state.now_ms
        closed = [each for each in self._visible(category) if not each.open and _in_history(each, now_ms)]
        if _names_one(params):
            named = self._named(category, params)
            return self._page(category, params, [each for each in closed if each is named])
        first_ms, last_ms = window_of(params, now_ms, WEEK)
        status = params.get("orderStatus")
        rows = [
            each
            for each in self._filtered(category, params, closed)
            if first_ms <= each.created_ms <= last_ms and status in (None, "", each.status)
        ]
        return self._page(category, params, rows)

    def executions(self, request: Request) -> Mapping[str, Any]:
        """`/v5/execution/list`: by order whatever the time, else in a window of a week."""
        category, params = category_of(request.params), request.params
        kind, order_id, link_id = (params.get(each) for each in ("execType", "orderId", "orderLinkId"))
        first_ms, last_ms = window_of(params, self._desk.state.now_ms, WEEK)
        rows = (
            each
            for each in reversed(self._desk.state.executions)
            if each.category == category
            and kind in (None, "", each.exec_type)
            and (
                (each.order_id == order_id if order_id else each.link_id == link_id)
                if _names_one(params)
                else first_ms <= each.time_ms <= last_ms and self._of_symbol(category, each.symbol, params)
            )
        )
        page, cursor = page_of(params, rows, lambda each: each.seq, 50, 100)
        return {"category": category, "nextPageCursor": cursor, "list": [execution_row(each) for each in page]}

    def _ask_cancel(self, order: Order) -> None:
        if order.cancel_wall_ms is None:
            order.cancel_wall_ms = self._desk.clock.wall_ms() + self._desk.state.knobs.accept_ms

    def _visible(self, category: Category) -> Iterator[Order]:
        """Orders taken up and not hidden, newest first."""
        wall_ms = self._desk.clock.wall_ms()
        for each in reversed(self._desk.state.orders.values()):
            if each.category == category and not each.pending and each.hidden_until_wall_ms <= wall_ms:
                yield each

    def _kept(self, category: Category) -> list[Order]:
        """The closed orders that realtime still knows: those closed last."""
        closed = [each for each in self._visible(category) if not each.open and not each.forgotten]
        latest = sorted(closed, key=lambda each: (each.updated_ms, each.number), reverse=True)[:KEPT_CLOSED]
        return sorted(latest, key=lambda each: each.number, reverse=True)

    def _named(self, category: Category, params: Mapping[str, Any]) -> Order | None:
        """The order an id names; the id outranks the link, even an id that is nonsense."""
        order_id = params.get("orderId")
        if order_id:
            found = self._desk.state.orders.get(str(order_id))
        else:
            found = self._desk.linked(category, str(params.get("orderLinkId") or ""))
        if found is None or found.category != category:
            return None
        return found if found.hidden_until_wall_ms <= self._desk.clock.wall_ms() else None

    def _filtered(self, category: Category, params: Mapping[str, Any], pool: list[Order] | None = None) -> list[Order]:
        pool = list(self._visible(category)) if pool is None else pool
        if params.get("orderFilter") not in (None, "", "Order"):
            return []
        return [each for each in pool if self._of_symbol(category, each.symbol, params)]

    def _of_symbol(self, category: Category, symbol: str, params: Mapping[str, Any]) -> bool:
        asked, base, settle = (str(params.get(each) or "") for each in ("symbol", "baseCoin", "settleCoin"))
        if asked:
            return symbol == asked
        if base:
            return self._desk.instrument(category, symbol).base == base
        return settle in ("", SETTLE_COIN)

    def _page(self, category: Category, params: Mapping[str, Any], rows: list[Order]) -> Mapping[str, Any]:
        page, cursor = page_of(params, rows, lambda each: each.number, 20, 50)
        return {"list": [order_row(each) for each in page], "nextPageCursor": cursor, "category": category}


def _names_one(params: Mapping[str, Any]) -> bool:
    return bool(params.get("orderId") or params.get("orderLinkId"))


def _in_history(order: Order, now_ms: int) -> bool:
    return order.filled > 0 or now_ms - order.updated_ms <= CLOSED_UNFILLED_MS
