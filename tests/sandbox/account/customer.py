"""An account on a scripted market under a stepped clock, asked as over the wire but without one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from fundarb.sandbox.account import Account, AccountSettings, routes
from fundarb.sandbox.clock import SteppedClock
from fundarb.sandbox.envelope import Refusal, Request
from tests.sandbox.account.scripted import T0, ScriptedMarket


class Wall:
    """The wall's nanoseconds, moved by hand."""

    def __init__(self) -> None:
        self.now_ns = 5_000_000_000

    def __call__(self) -> int:
        return self.now_ns


class Customer:
    """Asks routes by path; `isolated` before anything else unless told otherwise."""

    def __init__(self, *, isolated: bool = True, start_ms: int = T0, market: Any = None, **settings: Any) -> None:
        self.wall = Wall()
        self.market: Any = market or ScriptedMarket()
        self.clock = SteppedClock(start_ms, self.wall)
        self.settings = AccountSettings(**{"accept_ms": 0} | settings)
        self.use(Account(self.market, self.clock, self.settings))
        if isolated:
            self.post("/v5/account/set-margin-mode", setMarginMode="ISOLATED_MARGIN")

    def use(self, account: Account) -> None:
        """Go on with another account."""
        self.account = account
        self._routes = {(each.method, each.path): each for each in routes(account)}

    def get(self, path: str, **params: Any) -> Any:
        """The result of a GET; every parameter goes as text."""
        return self._ask("GET", path, {name: str(value) for name, value in params.items()})

    def post(self, path: str, **params: Any) -> Any:
        """The result of a POST."""
        return self._ask("POST", path, params)

    def control(self, name: str, **params: Any) -> Any:
        """What a control answers."""
        return self.post(f"/sandbox/account/{name}", **params)

    def _ask(self, method: str, path: str, params: dict[str, Any]) -> Any:
        return self._routes[method, path].answer(Request(params, self.clock.now_ms(), "1"))

    def order(self, category: str, side: str, qty: str, price: str | None = None, **more: Any) -> dict[str, Any]:
        """Send an order, let it be taken up, and tell its row."""
        kind: dict[str, Any] = {"orderType": "Market"} if price is None else {"orderType": "Limit", "price": price}
        asked = {"category": category, "symbol": "BTCUSDT", "side": side, "qty": qty} | kind | more
        if category == "spot" and price is None:
            asked.setdefault("marketUnit", "baseCoin")
        return self.row(category, self.post("/v5/order/create", **asked)["orderId"])

    def row(self, category: str, order_id: str) -> dict[str, Any]:
        """An order as realtime tells it."""
        (row,) = self.get("/v5/order/realtime", category=category, orderId=order_id)["list"]
        assert isinstance(row, dict)
        return row

    def sell_perp(self, qty: str = "1", **more: Any) -> dict[str, Any]:
        """A short by a market order."""
        return self.order("linear", "Sell", qty, **more)

    def step(self, to_ms: int) -> None:
        """Let venue time pass."""
        self.clock.step_to(to_ms)
        self.account.advance()

    def pass_wall(self, ms: int) -> None:
        """Let the wall's time pass."""
        self.wall.now_ns += ms * 1_000_000

    def coin(self, name: str = "USDT") -> Decimal:
        """A wallet balance."""
        self.account.advance()
        return self.account.desk.state.trading.get(name, Decimal(0))

    def position(self, symbol: str = "BTCUSDT") -> dict[str, Any]:
        """The first position row of a contract."""
        row = self.get("/v5/position/list", category="linear", symbol=symbol)["list"][0]
        assert isinstance(row, dict)
        return row

    def log(self, **params: Any) -> list[dict[str, Any]]:
        """The newest lines of the transaction log."""
        return list(self.get("/v5/account/transaction-log", **{"limit": 50} | params)["list"])

    def executions(self, category: str = "linear", **params: Any) -> list[dict[str, Any]]:
        """The newest executions of a category."""
        return list(self.get("/v5/execution/list", category=category, **params)["list"])

    def refused(self, path: str, **params: Any) -> int:
        """The code a POST is refused with."""
        with pytest.raises(Refusal) as caught:
            self.post(path, **params)
        return caught.value.code

    def refused_order(self, category: str, side: str, qty: str, price: str | None = None, **more: Any) -> int:
        """The code an order is refused with."""
        with pytest.raises(Refusal) as caught:
            self.order(category, side, qty, price, **more)
        return caught.value.code
