"""Which events are told away from the screen, under which name, and in words a person reads at a glance."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest

from fundarb.config.notify import EventName
from fundarb.ports.journal import Event
from fundarb.reporting.news import NAMES, News
from fundarb.reporting.quantities import quantity

LEGS = {"spot": {"qty": "0.0670009", "price": "14907.3"}, "perp": {"qty": "0.067", "price": "14900"}}


def told(name: str, data: dict[str, Any], pair: str | None = "BTC/USDT:USDT", reason: str | None = None) -> Any:
    return list(News().of(Event(0, "paper", name, pair, reason, json.dumps(data))))


def cycle(refused: dict[str, int]) -> Event:
    data = {"boundary": 0, "equity": "5", "cash": "4", "positions": 1, "tally": [0, 0, 0, refused], "marks": {}}
    return Event(0, "paper", "cycle", data=json.dumps(data))


def test_every_name_can_be_asked_for() -> None:
    assert set(NAMES.values()) | {"refused", "trade_failed", "fetch_failed"} == set(get_args(EventName))


@pytest.mark.parametrize(
    ("name", "data", "reason", "as_name", "words"),
    [
        ("opened", LEGS, "rate", "opened", "BTC  spot 0.0670009 at 14,907.3, perp 0.067 at 14,900  (rate)"),
        (
            "liquidated",
            {**LEGS, "net": "-12.345"},
            "liquidation",
            "closed",
            "liquidated BTC  spot 0.0670009 at 14,907.3, perp 0.067 at 14,900, net -12.35  (liquidation)",
        ),
        ("leaving", {}, "delisting", "closed", "leaving BTC  (delisting)"),
        (
            "funding",
            {"booked": "0.93", "expected": "0.9", "difference": "0.03", "rate": "0.0001", "mark": "1", "qty": "1"},
            None,
            "funding",
            "BTC  +0.93 at a rate of 0.0100%, 0.03 from what was expected",
        ),
        (
            "unhedged",
            {"delta": "0.5", "allowed": "0.001"},
            None,
            "unhedged",
            "BTC  legs differ by 0.5, lots explain 0.001",
        ),
    ],
)
def test_what_happened_is_told_in_a_line(
    name: str, data: dict[str, Any], reason: str | None, as_name: str, words: str
) -> None:
    assert told(name, data, reason=reason) == [(as_name, f"paper: {words}")]


def test_figures_nobody_foresaw_are_told_as_they_are() -> None:
    assert told("unhedged", {"delta": None, "size": "3"}) == [("unhedged", "paper: BTC  size 3")]


def test_outages_are_told_with_their_end() -> None:
    assert told("outage", {"why": "no answer"}, None) == [("outage", "paper: the venue does not answer: no answer")]
    assert told("back", {"after_s": 90.0}, None) == [("outage", "paper: back the venue answers again after 90 s")]


def test_a_settlement_that_was_published_is_no_news() -> None:
    assert told("settled", {"delay_ms": 5, "missing": []}, None) == []


def test_refusals_are_news_when_they_begin_and_not_while_they_go_on() -> None:
    news = News()
    steps = [{"max_positions": 3}, {"max_positions": 3}, {"max_positions": 5}, {"max_positions": 9}]
    steps += [{"max_positions": 9}, {"max_positions": 10, "illiquid": 1}]
    found = [list(news.of(cycle(step))) for step in steps]
    assert found == [
        [],
        [],
        [("refused", "paper: 2 entries by max_positions")],
        [],
        [],
        [("refused", "paper: 1 entries by illiquid, 1 entries by max_positions")],
    ]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("0.06700093", "0.06700093"),
        ("0.000000932", "0.000000932"),
        ("-10200.79", "-10,200.79"),
        ("3008608380", "3,008.608M"),
        ("0", "0"),
        ("8380", "8,380"),
        ("1E+2", "100"),
    ],
)
def test_amounts_show_the_digits_that_matter_and_never_an_exponent(number: str, words: str) -> None:
    assert quantity(number) == words
