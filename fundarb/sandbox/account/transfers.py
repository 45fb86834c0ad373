"""Moving coins between the funding and the unified account, as a customer asks for it and as the controls do."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from fundarb.domain.money import ZERO, parse
from fundarb.sandbox.account.codes import bad_parameter, refusal
from fundarb.sandbox.account.desk import Desk
from fundarb.sandbox.account.pages import WEEK, page_of, window_of
from fundarb.sandbox.account.records import Transfer
from fundarb.sandbox.account.rows import text, transfer_row
from fundarb.sandbox.account.wallet import available, balance, post
from fundarb.sandbox.envelope import Request
from fundarb.sandbox.public.asking import required

ACCOUNTS = ("UNIFIED", "FUND")


class Transfers:
    """Answers about one desk's transfers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def transfer(self, request: Request) -> Mapping[str, Any]:
        """`/v5/asset/transfer/inter-transfer`."""
        source, target = (_account(request.params, each) for each in ("fromAccountType", "toAccountType"))
        transfer_id, coin = required(request.params, "transferId"), required(request.params, "coin")
        if source == target:
            raise refusal(131211)
        if any(each.transfer_id == transfer_id for each in self._desk.state.transfers):
            raise refusal(131214)
        amount = _amount(request.params)
        take(self._desk, source, coin, amount)
        give(self._desk, target, coin, amount)
        number, at_ms = self._desk.number(), self._desk.state.now_ms
        self._desk.state.transfers.append(Transfer(transfer_id, number, coin, amount, source, target, at_ms))
        return {"transferId": transfer_id, "status": "SUCCESS"}

    def listed(self, request: Request) -> Mapping[str, Any]:
        """`/v5/asset/transfer/query-inter-transfer-list`."""
        params = request.params
        first_ms, last_ms = window_of(params, self._desk.state.now_ms, WEEK)
        coin, transfer_id = params.get("coin"), params.get("transferId")
        rows = (
            each
            for each in reversed(self._desk.state.transfers)
            if first_ms <= each.time_ms <= last_ms
            and coin in (None, "", each.coin)
            and transfer_id in (None, "", each.transfer_id)
        )
        page, cursor = page_of(params, rows, lambda each: each.number, 20, 50)
        return {"list": [transfer_row(each) for each in page], "nextPageCursor": cursor}

    def balances(self, request: Request) -> Mapping[str, Any]:
        """`/v5/asset/transfer/query-account-coins-balance`: what an account holds and could hand over."""
        account, named = _account(request.params, "accountType"), request.params.get("coin")
        state = self._desk.state
        coins = str(named).split(",") if named else sorted(state.funding if account == "FUND" else state.trading)
        rows = [self._balance(account, each) for each in coins]
        return {"memberId": str(self._desk.settings.user_id), "accountType": account, "balance": rows}

    def _balance(self, account: str, coin: str) -> dict[str, str]:
        if account == "FUND":
            held = free = self._desk.state.funding.get(coin, ZERO)
        else:
            held, free = balance(self._desk, coin), max(available(self._desk, coin), ZERO)
        return {"coin": coin, "walletBalance": text(held), "transferBalance": text(free), "bonus": ""}


def give(desk: Desk, account: str, coin: str, amount: Decimal) -> None:
    """Coins come into an account."""
    if account == "FUND":
        desk.state.funding[coin] = desk.state.funding.get(coin, ZERO) + amount
    else:
        post(desk, "TRANSFER_IN", coin, desk.state.now_ms, amount, qty=amount)


def take(desk: Desk, account: str, coin: str, amount: Decimal) -> None:
    """Coins leave an account, as far as nothing holds them back."""
    free = desk.state.funding.get(coin, ZERO) if account == "FUND" else available(desk, coin)
    if amount > free:
        raise refusal(131212)
    if account == "FUND":
        desk.state.funding[coin] = free - amount
    else:
        post(desk, "TRANSFER_OUT", coin, desk.state.now_ms, -amount, qty=-amount)


def _account(params: Mapping[str, Any], name: str) -> str:
    given = required(params, name)
    if given not in ACCOUNTS:
        raise bad_parameter(f"{name} invalid")
    return given


def _amount(params: Mapping[str, Any]) -> Decimal:
    try:
        amount = parse(required(params, "amount"))
    except ValueError as error:
        raise refusal(131215) from error
    if amount <= 0:
        raise refusal(131215)
    return amount
