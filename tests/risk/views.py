"""A view, a book made by lines, and rules that refuse nothing unless told to."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from fundarb.accounting.book import Book
from fundarb.accounting.fees import PairCosts
from fundarb.accounting.lines import deposit_line, open_lines
from fundarb.accounting.margin import MarginTerms
from fundarb.domain.decision import EntryReason, EntryRequest
from fundarb.domain.instants import HOUR
from fundarb.domain.instrument import LotRule, Pair
from fundarb.domain.money import ZERO
from fundarb.ports.feed import Known, Quote
from fundarb.risk.gate import GateRules
from fundarb.risk.limits import RiskParams
from tests.fakes.feed import FixedView

NOW = 1_704_067_200_000
LOTS = LotRule(Decimal("0.001"), Decimal("0.001"), Decimal(5))
FREE_OF_COST = PairCosts(ZERO, ZERO, ZERO, fee_in_base=False)
UNMARGINED = MarginTerms("none", Decimal(1))
EVERYTHING_OFF = {
    "max_positions": None,
    "max_portfolio": None,
    "pair_cap": None,
    "min_free_cash": None,
    "max_break_even_h": None,
    "min_volume": None,
}


def pair_named(name: str, **changes: Any) -> Pair:
    """A pair of small lots."""
    return replace(Pair(symbol(name), f"{name}/USDT", Decimal(1), LOTS, LOTS), **changes)


def symbol(name: str) -> str:
    """`A/USDT:USDT` of `A`."""
    return f"{name}/USDT:USDT"


FRESH = Known(
    perp=Quote(Decimal(100), NOW - HOUR),
    spot=Quote(Decimal(100), NOW - HOUR),
    settled_at_ms=NOW - 8 * HOUR,
    rate=Decimal("0.001"),
    interval_ms=8 * HOUR,
)


def view_of(known: Known = FRESH, volume: str = "1000000000") -> FixedView:
    """A view in which A is as given and B is fresh."""
    return FixedView(NOW, {symbol("A"): known, symbol("B"): FRESH}, {symbol("A"): Decimal(volume)})


def book_with(cash: str, **held: str) -> Book:
    """So much deposited; then so many units of each named pair bought and sold short at 100, free of cost."""
    book = Book()
    book.apply(deposit_line(NOW - HOUR, Decimal(cash)))
    for name, qty in held.items():
        lines = open_lines(NOW - HOUR, pair_named(name), Decimal(qty), Decimal(100), Decimal(100), FREE_OF_COST, "rate")
        book.apply_all(lines)
    return book


def rules_with(
    costs: PairCosts = FREE_OF_COST, margin: MarginTerms = UNMARGINED, pair: Pair | None = None, **limits: Any
) -> GateRules:
    """Every limit off but those given."""
    return GateRules(
        limits=RiskParams(**(EVERYTHING_OFF | limits)),
        costs=lambda _: costs,
        pairs=lambda name: pair or pair_named(name.partition("/")[0]),
        margin=margin,
    )


def request_for(name: str, target: str = "1000") -> EntryRequest:
    """An entry of so much quote currency."""
    return EntryRequest(symbol(name), Decimal(target), EntryReason.RATE)
