"""A paper portfolio against itself: its ledger must fold, hold its hedges, and have every payment the store knows of.

There is no venue to ask: what differs is what a crash or a hand in the database left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from fundarb.accounting.book import Book
from fundarb.accounting.holding import LedgerBroken
from fundarb.accounting.lines import payment_line
from fundarb.domain.instants import iso
from fundarb.domain.instrument import Pair
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.money import canonical
from fundarb.domain.orders import Order
from fundarb.engine.orders.booking import base_coin
from fundarb.engine.reconcile.facts import SETTLED
from fundarb.engine.reconcile.plan import Act, Difference, Kind, Reconciliation, Step
from fundarb.risk.delta import hedged, net_delta


class Payment(NamedTuple):
    """A settlement of the store that found a position, and what is paid by."""

    at_ms: int
    pair: str
    qty: Decimal
    mark: Decimal
    rate: Decimal
    stale: bool


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """One portfolio as the journal has it; `owed` are payments it lacks."""

    name: str
    lines: Sequence[LedgerLine]
    orders: Sequence[Order]
    pairs: Mapping[str, Pair]
    owed: Sequence[Payment] = ()


def reconcile_paper(facts: PaperFacts) -> Reconciliation:
    """What differs, and the plan; what cannot be healed by booking has none."""
    book, differences = _folded(facts)
    differences += _paid_twice(facts.lines)
    differences += [
        Difference(Kind.UNSETTLED_ORDER, one.client_id, "paper sends none", one.state)
        for one in facts.orders
        if one.state not in SETTLED
    ]
    differences += _unhedged(book, facts.pairs)
    owed = [_owed(one) for one in facts.owed]
    return Reconciliation((*differences, *(one for one, _ in owed)), tuple(step for _, step in owed))


def _folded(facts: PaperFacts) -> tuple[Book, list[Difference]]:
    """The book as far as the lines make one."""
    book = Book()
    for place, line in enumerate(facts.lines, 1):
        try:
            book.apply(line)
        except LedgerBroken as error:
            where = f"line {place} of {len(facts.lines)}, {iso(line.at_ms)}"
            return book, [Difference(Kind.LEDGER, facts.name, "a ledger that folds", f"{where}: {error}")]
    return book, []


def _paid_twice(lines: Sequence[LedgerLine]) -> list[Difference]:
    paid = Counter((line.pair or "", line.at_ms) for line in lines if line.kind is LineKind.FUNDING)
    return [
        Difference(Kind.PAID_TWICE, pair, f"once at {iso(at_ms)}", f"{count} times")
        for (pair, at_ms), count in paid.items()
        if count > 1
    ]


def _unhedged(book: Book, pairs: Mapping[str, Pair]) -> list[Difference]:
    """Spot that a liquidation left is sold by the next look; any other leg alone should not be."""
    found = []
    for held in book.in_order():
        pair = pairs.get(held.pair)
        if pair is None or held.naked_spot or hedged(pair, held.spot, held.qty):
            continue
        delta = canonical(net_delta(held.spot, held.qty, pair.multiplier))
        words = f"net delta {delta} {base_coin(pair)}"
        found.append(Difference(Kind.UNHEDGED, held.pair, "both legs", words))
    return found


def _owed(one: Payment) -> tuple[Difference, Step]:
    line = payment_line(one.at_ms, one.pair, one.qty, one.mark, one.rate, one.stale)
    words = f"book funding of {canonical(line.cash)}, settled {iso(one.at_ms)}"
    differs = Difference(Kind.UNBOOKED_FUNDING, one.pair, canonical(line.cash), "none")
    return differs, Step(Act.BOOK, one.pair, words, by_itself=True, lines=(line,))
