"""A paper ledger against itself: what a crash or a hand could leave is told, a payment it lacks is booked."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from fundarb.accounting.lines import deposit_line, payment_line, perp_sell_line, spot_buy_line
from fundarb.domain.ledger import LedgerLine
from fundarb.domain.orders import Leg, Order, Side
from fundarb.engine.reconcile.paper import PaperFacts, Payment, reconcile_paper
from fundarb.engine.reconcile.plan import Kind
from tests.engine.live.episodes import BTC

D = Decimal
T = 1_700_000_000_000
LINES = (
    deposit_line(T, D(10_000)),
    spot_buy_line(T, BTC.symbol, D(2), D(100), D(100), D(0), "quote", "rate"),
    perp_sell_line(T, BTC.symbol, D(2), D(100), D(100), D(0), "rate"),
)
PAID = payment_line(T + 8, BTC.symbol, D(2), D(100), D("0.0003"))
OWED = Payment(T + 8, BTC.symbol, D(2), D(100), D("0.0003"), stale=False)
FINE = PaperFacts("paper", LINES, (), {BTC.symbol: BTC})


def kinds(facts: PaperFacts) -> list[Kind]:
    return [one.kind for one in reconcile_paper(facts).differences]


def test_a_whole_ledger_needs_nothing() -> None:
    assert reconcile_paper(FINE).agreed
    assert reconcile_paper(replace(FINE, lines=(*LINES, PAID))).agreed


def test_a_payment_it_lacks_is_booked() -> None:
    found = reconcile_paper(replace(FINE, owed=(OWED,)))
    assert [one.kind for one in found.differences] == [Kind.UNBOOKED_FUNDING]
    assert found.plan[0].lines == (PAID,)


def test_a_ledger_that_does_not_fold_names_the_line() -> None:
    sold = replace(FINE, lines=(LINES[0], reduced(LINES[2]), LINES[1]))
    (found,) = [one for one in reconcile_paper(sold).differences if one.kind is Kind.LEDGER]
    assert found.journal.startswith("line 2 of 3, ")


def reduced(line: LedgerLine) -> LedgerLine:
    """A reduction of what is not held."""
    return line._replace(side=Side.BUY)


def test_a_leg_alone_a_payment_twice_and_an_order_are_told() -> None:
    assert kinds(replace(FINE, lines=LINES[:2])) == []
    assert kinds(replace(FINE, lines=(LINES[0], LINES[2]))) == [Kind.UNHEDGED]
    assert kinds(replace(FINE, lines=(*LINES, PAID, PAID))) == [Kind.PAID_TWICE]
    order = Order("fa-1-00000000e-p1", "1-00000000e", BTC.symbol, Leg.PERP, Side.SELL, D(2), D(99), False, T)
    assert kinds(replace(FINE, orders=(order,))) == [Kind.UNSETTLED_ORDER]
