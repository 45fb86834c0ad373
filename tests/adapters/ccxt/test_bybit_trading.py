"""The trading adapter where its venue is odd: terms set by others, replies about something else, words nobody knows."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest
from ccxt.async_support.bybit import bybit

from fundarb.adapters.ccxt.account_opening import KeyPair, open_account
from fundarb.adapters.ccxt.bybit_account import coins_of, execution_of, flow_of, order_of, position_of, rights_of
from fundarb.adapters.ccxt.bybit_trading import BybitTrading
from fundarb.adapters.ccxt.opening import Manner, Where
from fundarb.adapters.ccxt.reads import Patience
from fundarb.domain.market import Span
from fundarb.domain.orders import Leg, Order, Side
from fundarb.errors import (
    ConfigError,
    OrderRefused,
    OrderUnknown,
    VenueError,
    VenueRefused,
    VenueThrottled,
    VenueUnreachable,
    VenueUnreadable,
)
from fundarb.ports.trading import Cause, FlowKind
from fundarb.sandbox.account import Account, AccountSettings, routes
from fundarb.sandbox.clock import SteppedClock
from fundarb.sandbox.signing import Key
from tests.adapters.ccxt.asking import BRISK
from tests.adapters.ccxt.serving import Served, serving
from tests.sandbox.account.scripted import T0, ScriptedMarket
from tests.sandbox.running import RunningSandbox, running_sandbox

D = Decimal
HASTY = Manner(patience=BRISK, first_pause_s=0.01)
BTC = "BTC/USDT:USDT"
SHORT = Order("fa-1", "t", BTC, Leg.PERP, Side.SELL, D(1), D(98), False, 1)
KEY = Key()


@asynccontextmanager
async def trading(key: Key = KEY, **settings: Any) -> AsyncIterator[tuple[BybitTrading, Account, RunningSandbox]]:
    """The adapter, the account behind it, and the sandbox between them."""
    market, clock = ScriptedMarket(), SteppedClock(T0, time.monotonic_ns)
    account = Account(market, clock, AccountSettings(**{"accept_ms": 0} | settings))
    sandboxed = running_sandbox(
        market=account.desk.market, clock=clock, key=KEY, routes=routes(account), advance=account.advance
    )
    async with sandboxed as sandbox:
        manner = Manner(patience=BRISK, first_pause_s=0.01)
        keys = KeyPair(key.name, key.secret)
        async with open_account(Where(url=sandbox.url), keys, clock.now_ms, manner) as opened:
            yield opened.trading, account, sandbox


async def test_terms_are_changed_where_they_are_not_so_and_asked_for_once() -> None:
    async with trading() as (venue, account, sandbox):
        account.desk.state.hedged["BTCUSDT"] = True
        await venue.prepare(BTC, D(2))
        assert (account.desk.state.margin_mode, account.desk.hedged("BTCUSDT")) == ("ISOLATED_MARGIN", False)
        assert account.desk.leverage("BTCUSDT") == 2
        posted = [each for each in sandbox.requests if each.method == "POST"]
        await venue.prepare(BTC, D(2))
        assert [each for each in sandbox.requests if each.method == "POST"] == posted
        assert len(posted) == 3


@pytest.mark.parametrize("where", ["before", "after"])
async def test_a_setting_whose_reply_is_lost_is_judged_by_what_is_so_then(where: str) -> None:
    async with trading() as (venue, account, sandbox):
        sandbox.set_faults({"path": "/v5/*", "fault": "html", "method": "POST", "where": where, "name": "it"})
        if where == "before":
            with pytest.raises(VenueRefused, match="margin mode is REGULAR_MARGIN where ISOLATED_MARGIN was asked for"):
                await venue.prepare(BTC, D(2))
        else:
            await venue.prepare(BTC, D(2))
            assert account.desk.leverage("BTCUSDT") == 2
        assert sandbox.fired["it"] >= 1


async def test_terms_the_venue_refuses_stop_trading() -> None:
    async with trading() as (venue, _, _):
        with pytest.raises(VenueRefused, match="110013"):
            await venue.prepare(BTC, D(500))


async def test_a_pair_or_leg_that_is_not_listed_is_refused_before_anything_is_sent() -> None:
    async with trading() as (venue, _, sandbox):
        elsewhere = Order("fa-1", "t", "NOPE/USDT:USDT", Leg.SPOT, Side.BUY, D(1), D(1), False, 1)
        with pytest.raises(OrderRefused, match="no spot market of NOPE"):
            await venue.submit(elsewhere)
        assert all(each.method == "GET" for each in sandbox.requests)


async def test_a_limit_goes_to_the_grid_of_prices_and_never_beyond_its_bound() -> None:
    async with trading() as (venue, account, _):
        await venue.prepare(BTC, D(2))
        for name, side, limit in (("fa-1", Side.SELL, "98.0100001"), ("fa-2", Side.BUY, "101.0199999")):
            await venue.submit(Order(name, "t", BTC, Leg.PERP, side, D(1), D(limit), False, 1))
        sent = {order.link_id: order.price for order in account.desk.state.orders.values()}
        assert sent == {"fa-1": D("98.1"), "fa-2": D(101)}  # the grid is one of 0.1


async def test_a_resting_order_is_shown_and_withdrawn() -> None:
    async with trading() as (venue, account, _):
        placed = {
            "category": "linear",
            "symbol": "BTCUSDT",
            "side": "Sell",
            "qty": "1",
            "price": "104",
            "orderLinkId": "fa-1",
        }
        await venue._exchange.privatePostV5OrderCreate({**placed, "orderType": "Limit"})
        (shown,) = await venue.open_orders()
        assert (shown.client_id, shown.market, shown.open, shown.filled) == ("fa-1", BTC, True, D(0))
        await venue.cancel(SHORT)
        account.advance()
        assert await venue.open_orders() == ()
        await venue.cancel(SHORT)


@pytest.mark.parametrize("fault", ["html", "null-body", "empty-body", "truncate", "broken-json"])
async def test_no_list_is_ever_empty_because_it_could_not_be_read(fault: str) -> None:
    async with trading() as (venue, _, sandbox):
        await venue.submit(SHORT)
        sandbox.set_faults({"path": "/v5/*", "fault": fault, "name": "it"})
        asks = [venue.positions, venue.coins, venue.open_orders, venue.rights]
        asks += [lambda: venue.find(SHORT), lambda: venue.executions_of(SHORT)]
        asks += [lambda: venue.executions(Span(T0, T0 + 1)), lambda: venue.flows(Span(T0, T0 + 1))]
        for ask in asks:
            with pytest.raises((VenueUnreadable, VenueUnreachable)):
                await ask()
        assert sandbox.fired["it"] >= len(asks) * BRISK.attempts


@asynccontextmanager
async def answering(answers: Mapping[str, Any], manner: Manner = HASTY) -> AsyncIterator[tuple[BybitTrading, Served]]:
    """The adapter over the sandbox's listings and replies written by a test."""
    async with running_sandbox(market=ScriptedMarket(), clock=SteppedClock(T0, time.monotonic_ns)) as sandbox:
        async with open_account(Where(url=sandbox.url), KeyPair("k", "s"), lambda: T0, Manner(patience=BRISK)) as real:
            listed = await real.data.instruments()
        replies = {path: (lambda _, said=said: envelope(said)) for path, said in answers.items()}
        async with (
            serving(replies) as served,
            open_account(Where(url=served.url), KeyPair("k", "s"), lambda: T0, manner) as opened,
        ):
            opened.trading._asking._instruments = lambda: told(listed)
            yield opened.trading, served


async def told(listed: Mapping[str, Any]) -> Mapping[str, Any]:
    """The listings, at once."""
    return listed


async def test_while_the_venue_lets_nobody_in_an_order_is_not_sent_and_every_request_is_a_sign_of_life() -> None:
    stirs, patience = list[int](), Patience(2, 0.001, 0.002, throttle_s=0.5)
    manner = Manner(patience=patience, first_pause_s=60, stirred=lambda: stirs.append(1))
    async with answering({"/v5/position/list": {}}, manner) as (venue, served):
        served.answers["/v5/position/list"] = lambda _: {"retCode": 10006, "retMsg": "Too many visits!", "result": {}}
        with pytest.raises(VenueThrottled) as throttled:
            await venue.positions()
        assert throttled.value.wait_s is not None
        assert 60 <= throttled.value.wait_s <= 66
        with pytest.raises(OrderRefused, match=r"nothing is sent for another \d+ s"):
            await venue.submit(SHORT)
        with pytest.raises(VenueThrottled, match="positions: throttled by the venue"):
            await venue.positions()
    assert len(served.asked) == len(stirs) == 1


def envelope(result: Any) -> Mapping[str, Any]:
    """A reply that is one."""
    return {"retCode": 0, "retMsg": "OK", "result": result, "retExtInfo": {}, "time": T0}


@pytest.mark.parametrize(
    "placed", [{"orderId": "1", "orderLinkId": "fa-2"}, {"orderId": "", "orderLinkId": "fa-1"}, {"orderId": "1"}, {}]
)
async def test_an_acknowledgement_of_something_else_is_a_doubt_and_sent_once(placed: Mapping[str, str]) -> None:
    async with answering({"/v5/order/create": placed}) as (venue, served):
        with pytest.raises(OrderUnknown):
            await venue.submit(SHORT)
        assert len(served.asked) == 1


@pytest.mark.parametrize("words", [None, "x" * 190])
async def test_a_key_that_the_venue_repeats_stands_in_no_error(words: str | None) -> None:
    wrong = Key(secret="canary-of-a-secret")
    async with trading(wrong) as (venue, _, sandbox):
        if words is not None:
            echo = f"{words}{wrong.name} {wrong.secret}"
            sandbox.set_faults({"path": "/v5/*", "fault": "code", "code": 10001, "message": echo, "name": "it"})
        with pytest.raises(VenueError) as refused:
            await venue.rights()
        told: BaseException | None = refused.value
        said = []
        while told is not None:
            said.append(str(told))
            told = told.__cause__
        assert len(said) > 1
        assert not [text for text in said if wrong.name[:6] in text or "canary" in text], said
        assert "***" in said[0] or words is not None


async def test_an_answer_about_another_order_is_no_answer() -> None:
    row = {"orderLinkId": "fa-2", "orderId": "1", "symbol": "BTCUSDT", "orderStatus": "Filled"}
    lists = {
        "/v5/order/realtime": {"list": [row]},
        "/v5/execution/list": {"list": [EXECUTION | {"orderLinkId": "fa-2"}]},
    }
    async with answering(lists) as (venue, _):
        with pytest.raises(VenueUnreadable, match="asked about fa-1, answered about fa-2"):
            await venue.find(SHORT)
        with pytest.raises(VenueRefused, match="answered with those of other orders"):
            await venue.executions_of(SHORT)


async def test_a_list_that_never_ends_is_given_up() -> None:
    answers = {"/v5/position/list": {"list": [FLAT], "nextPageCursor": "again"}}
    async with answering(answers) as (venue, _):
        venue._asking.most_pages = 3
        with pytest.raises(VenueRefused, match="does not end after 3 pages"):
            await venue.positions()


async def test_no_account_or_two_are_no_wallet() -> None:
    wrong: list[list[dict[str, Any]]] = [[], [{"coin": []}, {"coin": []}]]
    for accounts in wrong:
        async with answering({"/v5/account/wallet-balance": {"list": accounts}}) as (venue, _):
            with pytest.raises(VenueUnreadable, match="one unified account is wanted"):
                await venue.coins()


FLAT = {
    "symbol": "BTCUSDT",
    "side": "",
    "size": "0",
    "avgPrice": "0",
    "markPrice": "1",
    "leverage": "2",
    "positionIdx": 0,
}
EXECUTION = {
    "symbol": "BTCUSDT",
    "execId": "e",
    "execType": "Trade",
    "side": "Sell",
    "execQty": "1",
    "execPrice": "2.50",
    "execFee": "0.1",
    "execTime": "1700000000000",
    "feeCurrency": "",
    "feeRate": "-0.0003",
    "orderLinkId": "",
    "markPrice": "",
}


@pytest.mark.parametrize(
    ("places", "found"), [([7, 5, 5, 9], "bcda"), (["", "", "", ""], "abcd"), ([None, None, None, None], "abcd")]
)
async def test_executions_of_one_moment_follow_the_sequence_then_the_list_that_begins_with_the_newest(
    places: list[Any], found: str
) -> None:
    order = {"orderLinkId": SHORT.client_id}
    listed = [EXECUTION | order | {"execId": name, "seq": seq} for name, seq in zip("dcba", places, strict=True)]
    async with answering({"/v5/execution/list": {"list": listed}}) as (venue, _):
        assert "".join(one.execution_id for one in await venue.executions_of(SHORT)) == found


def test_a_flat_position_has_no_side_and_no_size() -> None:
    assert position_of(FLAT, BTC).qty == 0
    assert position_of(FLAT | {"side": "Sell", "size": "2.0"}, BTC).qty == -2
    with pytest.raises(ValueError, match="a side"):
        position_of(FLAT | {"size": "2.0"}, BTC)


def test_added_margin_that_is_not_told_is_not_known() -> None:
    held = FLAT | {"side": "Sell", "size": "2.0", "positionIM": "100"}
    assert position_of(held | {"positionBalance": "130.5"}, BTC).added == D("30.5")
    assert position_of(held | {"positionBalance": ""}, BTC).added is None


@pytest.mark.parametrize(
    ("written", "cause"),
    [("AdlTrade", Cause.DELEVERAGED), ("BustTrade", Cause.BANKRUPT), ("Settle", Cause.DELIVERED), ("New", Cause.OTHER)],
)
def test_every_kind_of_execution_is_told_and_an_unknown_one_is_other(written: str, cause: Cause) -> None:
    found = execution_of(EXECUTION | {"execType": written}, BTC, Leg.PERP)
    assert (found.cause, found.price, found.fee_coin, found.client_id, found.mark) == (
        cause,
        D("2.5"),
        "USDT",
        None,
        None,
    )
    assert found.rate is None


@pytest.mark.parametrize(("side", "rate"), [("Sell", "0.0003"), ("Buy", "-0.0003")])
def test_the_rate_of_a_funding_is_the_one_longs_pay(side: str, rate: str) -> None:
    found = execution_of(EXECUTION | {"execType": "Funding", "side": side}, BTC, Leg.PERP)
    assert found.rate == D(rate)


def test_words_nobody_knows_make_an_order_unreadable_and_a_log_line_other() -> None:
    with pytest.raises(ValueError, match="Sleeping"):
        order_of({"orderStatus": "Sleeping"}, BTC, Leg.PERP)
    line = {"id": "1", "type": "AIRDROP", "currency": "USDT", "change": "-3.10", "transactionTime": "5"}
    assert (flow_of(line).kind, flow_of(line).change, flow_of(line).words) == (FlowKind.OTHER, D("-3.1"), "AIRDROP")
    with pytest.raises(ValueError, match="a name is wanted"):
        flow_of(line | {"id": ""})


def test_coins_of_nothing_are_left_out() -> None:
    rows = [{"coin": "BTC", "walletBalance": "0"}, {"coin": "AAA", "walletBalance": "1.50"}]
    assert coins_of([{"coin": rows}]) == {"AAA": D("1.5")}


PERMISSIONS: Mapping[str, list[str]] = {"ContractTrade": ["Order", "Position"], "Spot": ["SpotTrade"], "Wallet": []}
RIGHTS: Mapping[str, Any] = {"readOnly": 0, "permissions": PERMISSIONS}


@pytest.mark.parametrize(
    ("changes", "trades", "withdraws", "expires_ms"),
    [
        ({}, True, False, None),
        ({"readOnly": 1}, False, False, None),
        ({"permissions": {**PERMISSIONS, "Spot": []}}, False, False, None),
        ({"permissions": {**PERMISSIONS, "Wallet": ["Withdraw"]}}, True, True, None),
        ({"expiredAt": "2027-01-01T00:00:00Z"}, True, False, 1_798_761_600_000),
        ({"expiredAt": "1970-01-01T00:00:00Z"}, True, False, None),
        ({"expiredAt": "0001-01-01T00:00:00Z"}, True, False, None),
    ],
)
def test_what_a_key_may_do(changes: Any, trades: bool, withdraws: bool, expires_ms: int | None) -> None:
    found = rights_of({**RIGHTS, **changes})
    assert (found.trades, found.withdraws, found.expires_ms) == (trades, withdraws, expires_ms)


async def test_a_key_the_venue_does_not_know_is_refused_in_words_without_it() -> None:
    async with trading(Key("canary-key", "canary-secret")) as (venue, _, _):
        with pytest.raises(VenueRefused, match="10003") as refused:
            await venue.coins()
        with pytest.raises(OrderRefused) as unplaced:
            await venue.submit(SHORT)
    for said in (refused, unplaced):
        assert "canary" not in json.dumps([str(said.value), repr(said.value), repr(said.value.__cause__)])
    assert "canary" not in repr(KeyPair("canary-key", "canary-secret"))


async def test_only_bybit_is_traded_on() -> None:
    with pytest.raises(ConfigError, match="trades on bybit only"):
        async with open_account(Where("okx"), KeyPair("k", "s"), lambda: T0, Manner()):
            pass


async def test_demo_trading_has_its_own_address_and_the_real_market() -> None:
    async with open_account(Where(environment="demo"), KeyPair("k", "s"), lambda: T0, Manner()) as opened:
        real, demo = opened.data._exchange.urls["api"], opened.trading._exchange.urls["api"]
        assert "demo" in demo["private"]
        assert "demo" not in json.dumps(real)
        assert real["public"] == bybit().urls["api"]["public"]
