"""One decision for every strategy: exits, the swap, ordered entries, each with its reason. It acts on nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from fundarb.accounting.book import Book
from fundarb.accounting.holding import Holding
from fundarb.domain.decision import EntryReason, ExitReason, ExitRequest
from fundarb.domain.instants import DAY
from fundarb.domain.money import UNIT


class PlanRow(Protocol):
    """A plan at one moment."""

    @property
    def entering(self) -> Sequence[str]:
        """Pairs asking to enter, best first, ties in symbol order."""
        ...

    @property
    def entry_reason(self) -> EntryReason:
        """Why they ask."""
        ...

    @property
    def exit_reason(self) -> ExitReason | None:
        """Why pairs leave, where `leaves` says so."""
        ...

    @property
    def sticky(self) -> bool:
        """True for a plan that leaves only when it is made to."""
        ...

    @property
    def rotates(self) -> bool:
        """Whether a better candidate may replace the weakest held pair."""
        ...

    def leaves(self, pair: str) -> bool:
        """Whether the strategy wants out of this pair."""
        ...

    def settled_at(self, pair: str) -> int | None:
        """The pair's last settlement."""
        ...

    def forecast(self, pair: str) -> int | None:
        """The pair's forecast in units of 1e-12 bp, if it has one."""
        ...


@dataclass(frozen=True, slots=True)
class HoldingRules:
    """How long positions are kept; None is off. Milliseconds."""

    min_hold_ms: int | None
    exit_after_ms: int | None
    slots: int | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do now: exits in symbol order, a swap that may be tried, and entries best first."""

    exits: tuple[ExitRequest, ...]
    swap_out: str | None
    entries: Sequence[str]


def decide(
    row: PlanRow, book: Book, at_ms: int, rules: HoldingRules, both_round_trips_bp: Callable[[str, str], Decimal]
) -> Decision:
    """Apply a plan row to the portfolio. `swap_out` is the held pair the best candidate would replace."""
    exits = [
        ExitRequest(held.pair, reason)
        for held in (() if row.sticky else book.in_order())
        if held.qty and (reason := exit_reason(row, held, at_ms, rules)) is not None
    ]
    entries = [pair for pair in row.entering if pair not in book.positions]
    leaving = {request.pair for request in exits}
    swap = weakest(row, book, at_ms, rules, leaving, entries, both_round_trips_bp) if row.rotates else None
    return Decision(tuple(exits), swap, entries)


def exit_reason(row: PlanRow, held: Holding, at_ms: int, rules: HoldingRules) -> ExitReason | None:
    """The first due of stale, the strategy's own, time."""
    settled_at = row.settled_at(held.pair)
    if settled_at is not None and at_ms - settled_at > DAY:
        return ExitReason.STALE
    age = at_ms - held.opened_ms
    if rules.min_hold_ms is not None and age < rules.min_hold_ms:
        return None
    if row.exit_reason is not None and row.leaves(held.pair):
        return row.exit_reason
    if rules.exit_after_ms is not None and age >= rules.exit_after_ms:
        return ExitReason.TIME
    return None


def weakest(
    row: PlanRow,
    book: Book,
    at_ms: int,
    rules: HoldingRules,
    leaving: set[str],
    entries: Sequence[str],
    both_round_trips_bp: Callable[[str, str], Decimal],
) -> str | None:
    """The held pair with the lowest forecast, if all slots are taken and the best candidate's gain pays both trips."""
    if rules.slots is None or not entries or len(book.positions) < rules.slots:
        return None
    staying = [held for held in book.in_order() if held.pair not in leaving and held.qty]
    if len(staying) < rules.slots:
        return None
    own = [
        (forecast, held.pair)
        for held in staying
        if (forecast := row.forecast(held.pair)) is not None
        and not (rules.min_hold_ms is not None and at_ms - held.opened_ms < rules.min_hold_ms)
    ]
    candidate = row.forecast(entries[0])
    if not own or candidate is None:
        return None
    lowest, pair = min(own)
    return pair if earns_swap(candidate - lowest, both_round_trips_bp(entries[0], pair)) else None


def earns_swap(gain_units: int, both_round_trips_bp: Decimal) -> bool:
    """f_cand − f_held > both round trips / 45, by more than 1e-12; the gain is in units of 1e-12 bp."""
    return (gain_units - 1) * 45 > both_round_trips_bp * UNIT
