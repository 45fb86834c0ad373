"""Differences and the steps that heal them, as data: shown first, done after."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from fundarb.domain.ledger import LedgerLine
from fundarb.domain.orders import Fill, Order


class Kind(StrEnum):
    """What differs."""

    UNSETTLED_ORDER = "unsettled order"
    UNBOOKED_FILL = "unbooked fill"
    UNBOOKED_FUNDING = "unbooked funding"
    UNBOOKED_FLOW = "unbooked flow"
    UNHEDGED = "unhedged"
    FOREIGN_EXECUTION = "foreign execution"
    FOREIGN_ORDER = "foreign order"
    STRAY_ORDER = "stray order"
    POSITION = "position"
    COIN = "coin"
    CASH = "cash"
    LEDGER = "ledger"
    PAID_TWICE = "paid twice"


class Act(StrEnum):
    """What heals it."""

    SETTLE = "settle"  # find out what became of an order
    BOOK = "book"  # write down what happened
    HEDGE = "hedge"  # complete, or take back what stands alone
    CANCEL = "cancel"  # withdraw an order of ours that should not be open
    ADOPT = "adopt"  # take over what is at the venue
    EXCLUDE = "exclude"  # leave it to its owner
    ADJUST = "adjust"  # book the rest of a difference in cash


@dataclass(frozen=True, slots=True)
class Difference:
    """What the venue says beside what the journal says; `subject` is a pair, a coin, an order or a log line."""

    kind: Kind
    subject: str
    venue: str
    journal: str


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do; `by_itself` where policy lets the trader do it without asking a person."""

    act: Act
    subject: str
    words: str
    by_itself: bool
    order: Order | None = None
    fills: tuple[Fill, ...] = ()
    lines: tuple[LedgerLine, ...] = ()

    @property
    def pair(self) -> str | None:
        """The pair it is about, where it is about one."""
        named = self.order.symbol if self.order is not None else self.subject
        return named if ":" in named else None


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """All that differs and the plan, in the order in which it is to be done."""

    differences: tuple[Difference, ...]
    plan: tuple[Step, ...]

    @property
    def agreed(self) -> bool:
        """Whether nothing differs."""
        return not self.differences
