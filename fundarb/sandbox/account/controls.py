"""What a test does to an account from outside: money in and out, misfortune, and the venue's bad days.

Every control takes a mapping (numbers as text or whole numbers) and answers one; `POST /sandbox/account/NAME` calls it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from fundarb.domain.money import ONE, parse
from fundarb.sandbox.account.codes import bad_parameter
from fundarb.sandbox.account.desk import Desk
from fundarb.sandbox.account.passing import do_scheduled
from fundarb.sandbox.account.records import SETTLE_COIN, Order, Scheduled
from fundarb.sandbox.account.rows import text
from fundarb.sandbox.account.transfers import ACCOUNTS, give, take
from fundarb.sandbox.account.wallet import balance
from fundarb.sandbox.market.source import HORIZON_MS
from fundarb.sandbox.market.thinned import share_key
from fundarb.sandbox.public.asking import required
from fundarb.sandbox.public.catalogue import category_of

Control = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class Controls:
    """The controls of one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def table(self) -> dict[str, Control]:
        """Every control by its name."""
        return {
            "deposit": self.deposit, "withdraw": self.withdraw, "adl": self.adl, "bust": self.bust,
            "interest": self.interest, "rebate": self.rebate, "fill-next": self.fill_next, "accept-ms": self.accept_ms,
            "hide": self.hide, "liquidity": self.liquidity, "fee-coin": self.fee_coin, "forget-closed": self.forget_closed,
        }  # fmt: skip

    def deposit(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """{"coin", "amount", "account": "UNIFIED"}: coins from outside."""
        coin, account = required(asked, "coin"), _account(asked)
        give(self._desk, account, coin, _number(asked, "amount"))
        return self._held(account, coin)

    def withdraw(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """{"coin", "amount", "account": "UNIFIED"}: coins to outside, as far as they are free."""
        coin, account = required(asked, "coin"), _account(asked)
        take(self._desk, account, coin, _number(asked, "amount"))
        return self._held(account, coin)

    def adl(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """{"symbol", "fraction", "price", "positionIdx", "at"}: deleverage, now or at a venue time; the mark's price."""
        fraction = _number(asked, "fraction")
        if fraction > ONE:
            raise bad_parameter("fraction must be at most 1")
        extra = {"price": text(_number(asked, "price"))} if asked.get("price") else {}
        return self._schedule("adl", asked, self._place(asked) | {"fraction": text(fraction)} | extra)

    def bust(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """{"symbol", "positionIdx", "at"}: liquidate at the bankruptcy price."""
        return self._schedule("bust", asked, self._place(asked))

    def interest(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """{"coin": "USDT", "amount", "at"}: interest charged."""
        return self._schedule("interest", asked, _money(asked))

    def rebate(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """{"coin": "USDT", "amount", "at"}: fees handed back."""
        return self._schedule("rebate", asked, _money(asked))

    def fill_next(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """{"fraction"}: of the next order taken up at most that share is filled at once."""
        fraction = _number(asked, "fraction", zero=True)
        if fraction > ONE:
            raise bad_parameter("fraction must be at most 1")
        self._desk.state.knobs.next_fraction = fraction
        return {"fraction": text(fraction)}

    def accept_ms(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """{"ms"}: wall milliseconds from the answer of create or cancel to its being taken up."""
        self._desk.state.knobs.accept_ms = _ms(asked, "ms", zero=True)
        return {"ms": self._desk.state.knobs.accept_ms}

    def hide(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """{"category", "orderId" or "orderLinkId", "ms"}: realtime and history deny an order for so much of the wall."""
        order = self._order(asked)
        order.hidden_until_wall_ms = self._desk.clock.wall_ms() + _ms(asked, "ms", zero=True)
        return {"orderId": order.order_id}

    def liquidity(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """{"category", "symbol", "share"}: the share of every level of a book that is to be had; 1 undoes it."""
        key = share_key(category_of(asked), required(asked, "symbol"))
        share = _number(asked, "share", zero=True)
        if share == ONE:
            self._desk.state.knobs.liquidity.pop(key, None)
        else:
            self._desk.state.knobs.liquidity[key] = share
        return {"share": text(share)}

    def fee_coin(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """{"coin"}: the third coin spot fees are paid in; "" for none."""
        self._desk.state.knobs.fee_coin = str(asked.get("coin") or "")
        return {"coin": self._desk.state.knobs.fee_coin}

    def forget_closed(self, _asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """Realtime loses every order closed by now, as after a restart of the venue's service."""
        closed = [each for each in self._desk.state.orders.values() if not (each.pending or each.open)]
        for order in closed:
            order.forgotten = True
        return {"forgotten": len(closed)}

    def _schedule(self, doing: str, asked: Mapping[str, Any], arguments: dict[str, str]) -> Mapping[str, Any]:
        now_ms = self._desk.state.now_ms
        at_ms = _ms(asked, "at") if asked.get("at") else now_ms
        due = Scheduled(at_ms, self._desk.number(), doing, arguments)
        if at_ms > now_ms:
            self._desk.state.scheduled.append(due)
        else:
            due.at_ms = now_ms
            do_scheduled(self._desk, due)
        return {"at": due.at_ms}

    def _place(self, asked: Mapping[str, Any]) -> dict[str, str]:
        symbol, idx = required(asked, "symbol"), str(asked.get("positionIdx") or 0)
        if idx not in ("0", "1", "2"):
            raise bad_parameter("positionIdx invalid")
        if not asked.get("at") and self._desk.held(symbol, int(idx)) is None:
            raise bad_parameter(f"no position in {symbol} with positionIdx {idx}")
        return {"symbol": symbol, "idx": idx}

    def _order(self, asked: Mapping[str, Any]) -> Order:
        found = self._desk.state.orders.get(str(asked.get("orderId") or ""))
        found = found or self._desk.linked(category_of(asked), str(asked.get("orderLinkId") or ""))
        if found is None:
            raise bad_parameter("no such order")
        return found

    def _held(self, account: str, coin: str) -> Mapping[str, Any]:
        held = self._desk.state.funding[coin] if account == "FUND" else balance(self._desk, coin)
        return {"coin": coin, "balance": text(held)}


def _money(asked: Mapping[str, Any]) -> dict[str, str]:
    return {"coin": str(asked.get("coin") or SETTLE_COIN), "amount": text(_number(asked, "amount"))}


def _account(asked: Mapping[str, Any]) -> str:
    given = str(asked.get("account") or "UNIFIED")
    if given not in ACCOUNTS:
        raise bad_parameter(f"account must be one of {', '.join(ACCOUNTS)}")
    return given


def _number(asked: Mapping[str, Any], name: str, *, zero: bool = False) -> Decimal:
    given = asked.get(name)
    try:
        value = parse(str(given))
    except ValueError as error:
        raise bad_parameter(f"{name} must be a number") from error
    if value < 0 or not (value or zero):
        raise bad_parameter(f"{name} must be positive")
    return value


def _ms(asked: Mapping[str, Any], name: str, *, zero: bool = False) -> int:
    """Milliseconds: a time of the venue, or a while."""
    value = _number(asked, name, zero=zero)
    if value > HORIZON_MS:
        raise bad_parameter(f"{name} must be milliseconds, at most {HORIZON_MS}")
    return int(value)
