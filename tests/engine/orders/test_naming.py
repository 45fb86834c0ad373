"""Client ids: a pure function of trade, leg and attempt, short enough for any venue, and readable back."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundarb.domain.instants import LATEST
from fundarb.domain.orders import Leg
from fundarb.engine.orders.naming import Doing, client_id, doing_of, trade_id, trade_of

NAMES = st.text(st.characters(codec="utf-8"), max_size=40)


@given(
    NAMES, NAMES, st.sampled_from(list(Doing)), st.integers(0, LATEST), st.sampled_from(list(Leg)), st.integers(1, 999)
)
def test_a_client_id_fits_and_says_its_trade_and_purpose(
    portfolio: str, pair: str, doing: Doing, at_ms: int, leg: Leg, attempt: int
) -> None:
    trade = trade_id(portfolio, pair, doing, at_ms)
    client = client_id(trade, leg, attempt)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,36}", client)
    assert (trade_of(client), doing_of(trade)) == (trade, doing)
    assert client == client_id(trade_id(portfolio, pair, doing, at_ms), leg, attempt)


def test_no_two_orders_of_different_meaning_share_an_id() -> None:
    ids = [
        client_id(trade_id(portfolio, pair, doing, at_ms), leg, attempt)
        for portfolio in ("live", "paper")
        for pair in ("BTC/USDT:USDT", "ETH/USDT:USDT")
        for doing in Doing
        for at_ms in (1_700_000_000_000, 1_700_000_000_001)
        for leg in Leg
        for attempt in (1, 11)
    ]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    "foreign", [None, "", "fa-", "fa-1-p", "web-123", "fa-m5dj2h8w-3fa9c1d2e-x1", "FA-a-00000000e-s1"]
)
def test_an_id_of_somebody_else_belongs_to_no_trade(foreign: str | None) -> None:
    assert trade_of(foreign) is None
