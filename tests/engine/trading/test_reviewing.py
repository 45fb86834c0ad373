"""Once a day: one portfolio beside another, a score that trails, a quarter that begins."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

import pytest

from fundarb.domain.instants import DAY, HOUR, parse_instant
from fundarb.domain.position import ClosedTrade, Split
from fundarb.engine.trading.desk import Desk
from fundarb.engine.trading.reviewing import TRADES, Reviews
from fundarb.ports.journal import Event
from tests.fakes.journal import MemoryJournal

BEGIN = parse_instant("2026-03-10")
CYCLE = {
    "boundary": 0,
    "cash": "0",
    "positions": 0,
    "in_use": 0.0,
    "highest": "1",
    "contributed": "1",
    "lowest_cash": "0",
    "stale_prices": 0,
    "tally": [0, 0, 0, {}],
    "incidents": [0, 0, 0, 0],
    "marks": {},
    "dust": "0",
}


@dataclass
class Booked:
    """As much of a book as is read."""

    closed: list[ClosedTrade] = field(default_factory=list)


@dataclass
class Kept:
    """As much of a ledger as is read."""

    book: Booked = field(default_factory=Booked)


@dataclass
class Side:
    """As much of a desk as is read."""

    mode: str
    ledger: Kept = field(default_factory=Kept)

    @property
    def name(self) -> str:
        return f"paper:{self.mode}"

    def close(self, count: int, opened_ms: int) -> None:
        """So many trades more."""
        for number in range(count):
            self.ledger.book.closed.append(
                ClosedTrade(f"P{number}", opened_ms, opened_ms + HOUR, Decimal(1), "rate", "rate", Split())
            )


async def days(journal: MemoryJournal, side: Side, *equities: int) -> None:
    """What a portfolio was worth at each midnight."""
    cycles = [
        Event(
            BEGIN + day * DAY, side.name, "cycle", data=json.dumps({**CYCLE, "mode": side.mode, "equity": str(worth)})
        )
        for day, worth in enumerate(equities)
    ]
    await journal.record(cycles)


def reviews(journal: MemoryJournal, *sides: Side) -> Reviews:
    return Reviews(journal, [cast("Desk", side) for side in sides])


def of(told: list[Event], name: str) -> list[tuple[str | None, dict[str, Any]]]:
    return [(one.reason, json.loads(one.data or "{}")) for one in told if one.name == name]


async def test_each_side_is_told_beside_the_first_once_a_day() -> None:
    journal, simple, other = MemoryJournal(), Side("simple"), Side("band")
    await days(journal, simple, *([1000] * 16))
    await days(journal, other, *(1000 + day for day in range(16)))
    asked = reviews(journal, simple, other)
    assert of(await asked.news(BEGIN + 14 * DAY), "ab") == []
    told = await asked.news(BEGIN + 15 * DAY)
    ((words, figures),) = of(told, "ab")
    assert words is not None
    assert words.startswith("band less simple: +36.")
    assert "over 15 days" in words
    assert "two weeks" not in words
    assert (figures["ours"], figures["theirs"], figures["days"], figures["decided"]) == ("band", "simple", 15, True)
    assert await asked.news(BEGIN + 15 * DAY + 23 * HOUR) == []


async def test_before_two_weeks_it_is_said_that_it_is_early() -> None:
    journal, simple, other = MemoryJournal(), Side("simple"), Side("band")
    for side in (simple, other):
        await days(journal, side, 1000, 1001, 1002)
    asked = reviews(journal, simple, other)
    await asked.news(BEGIN + DAY)
    ((words, figures),) = of(await asked.news(BEGIN + 2 * DAY), "ab")
    assert words is not None
    assert words.endswith("over 2 days; two weeks have not passed, which is too early to tell")
    assert not figures["enough"]


@pytest.mark.parametrize("better", ["simple", "composite"])
async def test_a_score_that_trails_the_plain_rule_is_told_once_a_batch_of_trades(better: str) -> None:
    journal, simple, scored = MemoryJournal(), Side("simple"), Side("composite")
    for side in (simple, scored):
        await days(journal, side, *(1000 + day * (2 if side.mode == better else 1) for day in range(6)))
    asked = reviews(journal, simple, scored)
    await asked.news(BEGIN)
    scored.close(TRADES - 1, BEGIN + DAY)
    assert of(await asked.news(BEGIN + 2 * DAY), "trails") == []
    scored.close(1, BEGIN + DAY)
    told = of(await asked.news(BEGIN + 3 * DAY), "trails")
    if better == "composite":
        assert told == []
    else:
        ((words, figures),) = told
        assert words is not None
        assert words.startswith("over its last 50 trades composite made +4.00, simple +8.00 in the same time")
        assert figures == {"trades": 50, "since": "2026-03-11T00:00:00Z", "composite": 4.0, "simple": 8.0}
    again = reviews(journal, simple, scored)
    await again.news(BEGIN + 3 * DAY)
    assert of(await again.news(BEGIN + 4 * DAY), "trails") == []


async def test_a_quarter_that_begins_is_told_once_over_restarts_and_never_at_the_very_first() -> None:
    journal, simple = MemoryJournal(), Side("simple")
    assert await reviews(journal, simple).news(BEGIN) == []
    assert await reviews(journal, simple).news(BEGIN + 21 * DAY) == []
    april = await reviews(journal, simple).news(BEGIN + 22 * DAY)
    assert [one.name for one in april] == ["review"]
    assert "2026-Q2 has begun" in (april[0].reason or "")
    assert await reviews(journal, simple).news(BEGIN + 23 * DAY) == []
