"""Decisions: the first due reason of an exit, minimum and longest holding, and who is swapped for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from fundarb.accounting.book import Book
from fundarb.accounting.holding import Holding
from fundarb.domain.decision import EntryReason, ExitReason
from fundarb.domain.instants import DAY, HOUR
from fundarb.domain.money import UNIT
from fundarb.engine.decide import Decision, HoldingRules, decide, earns_swap

NOW = 1_704_067_200_000
ROUND_TRIPS = Decimal(90)  # bp, both trips: a gain of 2 bp earns them in 45 settlements


@dataclass
class Row:
    """A plan at one moment, said in words."""

    entering: Sequence[str] = ()
    leaving: frozenset[str] = frozenset()
    settled: dict[str, int] = field(default_factory=dict)
    forecasts: dict[str, Decimal] = field(default_factory=dict)
    entry_reason: EntryReason = EntryReason.SCORE
    exit_reason: ExitReason | None = ExitReason.SCORE
    sticky: bool = False
    rotates: bool = False

    def leaves(self, pair: str) -> bool:
        return pair in self.leaving

    def settled_at(self, pair: str) -> int | None:
        return self.settled.get(pair, NOW)

    def forecast(self, pair: str) -> int | None:
        value = self.forecasts.get(pair)
        return None if value is None else int(value * UNIT)


def book_of(**ages_h: float) -> Book:
    """Positions by name, opened so many hours ago; a negative age stands for a spot leg alone."""
    book = Book()
    for name, age in ages_h.items():
        held = Holding(name, NOW - round(abs(age) * HOUR), "score")
        held.spot = Decimal(1)
        held.qty = Decimal(0) if age < 0 else Decimal(1)
        book.positions[name] = held
    return book


def decided(row: Row, book: Book, keep_h: int = 0, leave_h: int = 0, slots: int | None = 2) -> Decision:
    rules = HoldingRules(keep_h * HOUR or None, leave_h * HOUR or None, slots)
    return decide(row, book, NOW, rules, lambda entering, leaving: ROUND_TRIPS)


def exits(*args: object, **kwargs: object) -> dict[str, str]:
    return {one.pair: str(one.reason) for one in decided(*args, **kwargs).exits}  # type: ignore[arg-type]  # passed on as they came


def test_stale_comes_before_the_strategys_own_and_that_before_time() -> None:
    every = {"A": NOW - DAY - 1}
    book = book_of(A=30)
    assert exits(Row(leaving=frozenset("A"), settled=every), book, leave_h=8) == {"A": "stale"}
    assert exits(Row(leaving=frozenset("A")), book, leave_h=8) == {"A": "score"}
    assert exits(Row(), book, leave_h=8) == {"A": "time"}
    assert exits(Row(), book) == {}


def test_a_settlement_is_not_stale_at_24_h() -> None:
    assert exits(Row(settled={"A": NOW - DAY}), book_of(A=30)) == {}


@pytest.mark.parametrize(("age_h", "left"), [(7.999, {}), (8, {"A": "time"}), (9, {"A": "time"})])
def test_time_is_due_at_its_age(age_h: float, left: dict[str, str]) -> None:
    assert exits(Row(), book_of(A=age_h), leave_h=8) == left


def test_minimum_holding_keeps_the_strategy_and_time_back_until_its_age() -> None:
    row = Row(leaving=frozenset("A"))
    assert exits(row, book_of(A=7.999), keep_h=8, leave_h=4) == {}
    assert exits(row, book_of(A=8), keep_h=8, leave_h=4) == {"A": "score"}


def test_minimum_holding_does_not_keep_stale_back() -> None:
    assert exits(Row(settled={"A": NOW - 2 * DAY}), book_of(A=1), keep_h=8) == {"A": "stale"}


def test_hold_leaves_for_no_reason_of_its_own() -> None:
    row = Row(sticky=True, leaving=frozenset("A"), settled={"A": 0})
    assert exits(row, book_of(A=500), leave_h=8) == {}


def test_exits_stand_in_symbol_order_and_spot_legs_alone_are_not_decided_on() -> None:
    found = decided(Row(leaving=frozenset("ABC")), book_of(C=9, A=9, B=-9))
    assert [one.pair for one in found.exits] == ["A", "C"]


def test_what_is_open_is_not_requested_even_where_it_leaves() -> None:
    row = Row(entering=("C", "A", "D", "B"), leaving=frozenset("A"))
    assert decided(row, book_of(A=9, B=-9)).entries == ["C", "D"]


def swap(
    book: Book, forecasts: dict[str, str], entering: Sequence[str] = ("X",), keep_h: int = 0, **changes: object
) -> str | None:
    found = {name: Decimal(text) for name, text in forecasts.items()}
    row = Row(entering=entering, forecasts=found, rotates=True, **changes)  # type: ignore[arg-type]  # fields by name, each of its own type
    return decided(row, book, keep_h=keep_h).swap_out


def test_the_weakest_forecast_is_swapped_for_the_best_candidate() -> None:
    assert swap(book_of(A=9, B=9), {"A": "2", "B": "1", "X": "9"}) == "B"


def test_among_equals_the_smallest_symbol_goes() -> None:
    assert swap(book_of(B=9, A=9), {"A": "1", "B": "1", "X": "9"}) == "A"


def test_a_swap_needs_more_than_both_round_trips_and_the_tolerance() -> None:
    held = book_of(A=9, B=9)
    assert swap(held, {"A": "1", "B": "5", "X": "3"}) is None
    assert swap(held, {"A": "1", "B": "5", "X": "3.000000000001"}) is None
    assert swap(held, {"A": "1", "B": "5", "X": "3.000000000002"}) == "A"
    assert not earns_swap(2 * UNIT + 1, ROUND_TRIPS)
    assert earns_swap(2 * UNIT + 2, ROUND_TRIPS)


def test_only_the_best_candidate_is_tried() -> None:
    assert swap(book_of(A=9, B=9), {"A": "1", "B": "5", "X": "2", "Y": "99"}, entering=("X", "Y")) is None


def test_no_swap_while_a_slot_is_free_or_becomes_free() -> None:
    forecasts = {"A": "1", "B": "5", "X": "9"}
    assert swap(book_of(A=9), forecasts) is None
    assert swap(book_of(A=9, B=9), forecasts, leaving=frozenset("B")) is None
    assert swap(book_of(A=9, B=-9), forecasts) is None


def test_no_swap_without_a_limit_on_positions() -> None:
    row = Row(entering=("X",), forecasts={"A": Decimal(1), "X": Decimal(9)}, rotates=True)
    assert decided(row, book_of(A=9), slots=None).swap_out is None


def test_the_young_take_no_part_and_the_next_lowest_is_looked_at() -> None:
    forecasts = {"A": "1", "B": "3", "X": "9"}
    assert swap(book_of(A=7, B=8), forecasts, keep_h=8) == "B"
    assert swap(book_of(A=7, B=7), forecasts, keep_h=8) is None


def test_a_pair_without_forecast_neither_comes_nor_goes_by_rotation() -> None:
    assert swap(book_of(A=9, B=9), {"B": "3", "X": "9"}) == "B"
    assert swap(book_of(A=9, B=9), {"A": "1", "B": "3"}) is None


def test_a_plan_that_does_not_rotate_swaps_nothing() -> None:
    assert swap(book_of(A=9, B=9), {"A": "1", "B": "3", "X": "9"}) == "A"
    row = Row(entering=("X",), forecasts={"A": Decimal(1), "B": Decimal(3), "X": Decimal(9)})
    assert decided(row, book_of(A=9, B=9)).swap_out is None
