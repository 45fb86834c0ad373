"""The private paths, who answers them, and the venue's limits per second of one user."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fundarb.sandbox.account.account import Account
from fundarb.sandbox.account.accounting import Accounting
from fundarb.sandbox.account.controls import Control
from fundarb.sandbox.account.holdings import Holdings
from fundarb.sandbox.account.trading import Trading
from fundarb.sandbox.account.transfers import Transfers
from fundarb.sandbox.envelope import Request, Route

Answer = Callable[[Request], Mapping[str, Any]]
BY_CATEGORY = {"per_second": {"linear": 10, "spot": 20}}  # what create and cancel allow of each


def routes(account: Account) -> Sequence[Route]:
    """Every private path of an account and its controls; each answer is of the account as it is by then."""
    controls = (
        Route("POST", f"/sandbox/account/{name}", _asked_of(control)) for name, control in account.controls().items()
    )
    return (*_private(account), *controls)


def _private(account: Account) -> tuple[Route, ...]:
    trading, holdings = Trading(account.desk), Holdings(account.desk)
    accounting, transfers = Accounting(account.desk), Transfers(account.desk)
    table: tuple[tuple[str, str, Answer, int], ...] = (
        ("POST", "/v5/order/create", trading.create, 10),
        ("POST", "/v5/order/cancel", trading.cancel, 10),
        ("POST", "/v5/order/cancel-all", trading.cancel_all, 10),
        ("GET", "/v5/order/realtime", trading.realtime, 50),
        ("GET", "/v5/order/history", trading.history, 50),
        ("GET", "/v5/execution/list", trading.executions, 50),
        ("GET", "/v5/position/list", holdings.positions, 50),
        ("POST", "/v5/position/set-leverage", holdings.set_leverage, 10),
        ("POST", "/v5/position/switch-mode", holdings.switch_mode, 10),
        ("POST", "/v5/position/add-margin", holdings.add_margin, 10),
        ("GET", "/v5/account/wallet-balance", accounting.wallet, 50),
        ("GET", "/v5/account/transaction-log", accounting.log, 25),
        ("GET", "/v5/account/fee-rate", accounting.fee_rates, 5),
        ("POST", "/v5/account/set-margin-mode", accounting.set_margin_mode, 5),
        ("GET", "/v5/account/info", accounting.info, 50),
        ("GET", "/v5/user/query-api", accounting.key, 10),
        ("GET", "/v5/asset/coin/query-info", accounting.coins, 5),
        ("POST", "/v5/asset/transfer/inter-transfer", transfers.transfer, 20),
        ("GET", "/v5/asset/transfer/query-inter-transfer-list", transfers.listed, 60),
        ("GET", "/v5/asset/transfer/query-account-coins-balance", transfers.balances, 5),
    )
    return tuple(
        Route(method, path, _of_now(account, answer), signed=True, per_second=limit, extra=_extra(path))
        for method, path, answer, limit in table
    )


def _of_now(account: Account, answer: Answer) -> Answer:
    def answered(request: Request) -> Mapping[str, Any]:
        account.advance()
        return answer(request)

    return answered


def _asked_of(control: Control) -> Answer:
    return lambda request: control(request.params)


def _extra(path: str) -> Mapping[str, Any]:
    return BY_CATEGORY if path in ("/v5/order/create", "/v5/order/cancel") else {}
