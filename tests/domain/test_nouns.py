"""The few nouns that carry a rule of their own."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from fundarb.domain.instrument import LotRule, Pair
from fundarb.domain.ledger import EXTERNAL_FLOWS, LEG_KINDS, LineKind
from fundarb.domain.market import Span
from fundarb.domain.money import parse
from fundarb.domain.orders import NEXT_STATES, OrderState
from fundarb.domain.position import Split

LOTS = LotRule(parse("1"), parse("1"), parse("5"))


def pair(first: int | None = None, gone: int | None = None) -> Pair:
    return Pair("1000PEPE/USDT:USDT", "PEPE/USDT", parse("1000"), LOTS, LOTS, first, gone)


def test_a_pair_is_listed_from_first_seen_until_just_before_gone() -> None:
    assert [pair(10, 20).listed(at) for at in (9, 10, 19, 20)] == [False, True, True, False]
    assert pair().listed(0)
    assert pair(first=10).listed(10**15)


def test_short_names_of_a_pair() -> None:
    assert (pair().base, pair().compact) == ("1000PEPE", "1000PEPEUSDT")


def test_nouns_cannot_be_edited() -> None:
    with pytest.raises(FrozenInstanceError):
        pair().symbol = "other"  # type: ignore[misc]  # what is refused is the assignment


def test_a_span_cannot_end_before_it_starts() -> None:
    assert Span(5, 5).end_ms == 5
    with pytest.raises(ValueError, match=r"cannot end \(4\) before it starts \(5\)"):
        Span(5, 4)


def test_net_is_what_a_split_adds_up_to() -> None:
    one = Split(parse("1"), parse("0.2"), parse("0.03"), parse("0.004"), parse("-0.0005"))
    assert one.net == parse("1.1655")
    assert (one + one).net == 2 * one.net
    assert one + Split() == one


def test_external_flows_and_legs_are_apart() -> None:
    assert not EXTERNAL_FLOWS & LEG_KINDS
    assert LineKind.FUNDING not in EXTERNAL_FLOWS | LEG_KINDS


def test_every_order_state_leads_somewhere_known_and_the_last_ones_nowhere() -> None:
    assert set(NEXT_STATES) == set(OrderState)
    final = {state for state, after in NEXT_STATES.items() if not after}
    assert final == {OrderState.FILLED, OrderState.REJECTED}
    reached = {OrderState.INTENT}
    while (more := reached.union(*(NEXT_STATES[state] for state in reached))) != reached:
        reached = more
    assert reached == set(OrderState)
    assert OrderState.INTENT not in set().union(*NEXT_STATES.values())
    assert OrderState.ACKED not in NEXT_STATES[OrderState.INTENT], "nothing is acknowledged before it was sent"
