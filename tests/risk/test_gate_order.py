"""Requests that break several rules are refused for the first of them, in the order of semantics §7."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from fundarb.accounting.fees import PairCosts
from fundarb.accounting.margin import MarginTerms
from fundarb.domain.decision import Refusal, Refused
from fundarb.domain.instants import DAY, HOUR
from fundarb.domain.instrument import LotRule
from fundarb.domain.money import ZERO
from fundarb.ports.executor import Approved
from fundarb.ports.feed import Known, Quote
from fundarb.risk.gate import GateRules, Standing, review
from tests.fakes.feed import FixedView
from tests.risk.views import (
    FRESH,
    NOW,
    UNMARGINED,
    book_with,
    pair_named,
    request_for,
    rules_with,
    symbol,
    view_of,
)

COSTLY = PairCosts(Decimal("0.001"), Decimal("0.001"), ZERO, fee_in_base=False)
HUGE = LotRule(Decimal(1000), Decimal(1000), Decimal(5))


class Trouble:
    """A request that breaks every rule; each `mend` puts one right."""

    def __init__(self) -> None:
        self.standing = Standing(all_halted=True, notices=frozenset({symbol("A")}))
        self.limits: dict[str, Any] = {
            "max_positions": 1,
            "max_break_even_h": Decimal(1),
            "min_volume": Decimal(10**12),
            "max_portfolio": Decimal("0.1"),
            "venue_cap": Decimal("0.05"),
            "min_free_cash": Decimal("0.99"),
        }
        self.view = view_of(FRESH._replace(settled_at_ms=None))
        self.book = book_with("10000", A="50")
        self.pair = replace(pair_named("A"), perp_lots=HUGE)

    def verdict(self) -> Approved | Refused:
        rules = rules_with(COSTLY, UNMARGINED, self.pair, **self.limits)
        return review(request_for("A"), Decimal(1000), self.view, self.book, rules, self.standing)

    def mend(self, refusal: Refusal) -> None:
        """Take away what stands in the way."""
        off = {
            Refusal.MAX_POSITIONS: "max_positions",
            Refusal.BELOW_BREAK_EVEN: "max_break_even_h",
            Refusal.ILLIQUID: "min_volume",
            Refusal.PORTFOLIO_CAP: "max_portfolio",
            Refusal.VENUE_CAP: "venue_cap",
            Refusal.INSUFFICIENT_CASH: "min_free_cash",
        }
        if refusal in off:
            self.limits[off[refusal]] = None
        elif refusal is Refusal.HALTED:
            self.standing = replace(self.standing, all_halted=False)
        elif refusal is Refusal.DELISTING_NOTICE:
            self.standing = replace(self.standing, notices=frozenset())
        elif refusal is Refusal.ALREADY_OPEN:
            self.book = book_with("10000", B="50")
        elif refusal is Refusal.STALE_DATA:
            self.view = view_of()
        elif refusal is Refusal.BELOW_MINIMUM:
            self.pair = pair_named("A")


def test_the_first_rule_broken_is_the_one_named_down_to_approval() -> None:
    trouble, found = Trouble(), []
    while isinstance(verdict := trouble.verdict(), Refused):
        found.append(verdict.reason)
        trouble.mend(verdict.reason)
    assert found == list(Refusal)
    assert isinstance(verdict, Approved)


@pytest.mark.parametrize("refusal", Refusal)
def test_no_rule_is_asked_before_its_turn(refusal: Refusal) -> None:
    """With only this rule and those after it broken, this one is named."""
    trouble = Trouble()
    for earlier in list(Refusal)[: list(Refusal).index(refusal)]:
        trouble.mend(earlier)
    verdict = trouble.verdict()
    assert isinstance(verdict, Refused)
    assert (verdict.pair, verdict.reason) == (symbol("A"), refusal)


def verdict_of(rules: GateRules, target: str = "1000", view: FixedView | None = None, cash: str = "10000") -> str:
    found = review(request_for("A"), Decimal(target), view or view_of(), book_with(cash), rules)
    return str(found.reason) if isinstance(found, Refused) else f"{found.qty.normalize():f}"


@pytest.mark.parametrize(
    ("late_ms", "refused"), [(8 * HOUR, False), (8 * HOUR + 1, True)], ids=["at its interval", "past it"]
)
def test_a_settlement_is_stale_past_its_own_interval(late_ms: int, refused: bool) -> None:
    view = view_of(FRESH._replace(settled_at_ms=NOW - late_ms))
    assert (verdict_of(rules_with(), view=view) == "stale_data") is refused


def test_a_settlement_without_interval_is_stale_past_8_h() -> None:
    for late_ms, wanted in ((8 * HOUR, "10"), (8 * HOUR + 1, "stale_data")):
        view = view_of(FRESH._replace(settled_at_ms=NOW - late_ms, interval_ms=0))
        assert verdict_of(rules_with(), view=view) == wanted


@pytest.mark.parametrize("leg", ["perp", "spot"])
def test_a_close_is_stale_past_24_h_and_none_is_stale_at_once(leg: str) -> None:
    for quote, wanted in (
        (Quote(Decimal(100), NOW - DAY), "10"),
        (Quote(Decimal(100), NOW - DAY - 1), "stale_data"),
        (None, "stale_data"),
    ):
        known = FRESH._replace(perp=quote) if leg == "perp" else FRESH._replace(spot=quote)
        assert verdict_of(rules_with(), view=view_of(known)) == wanted


def test_break_even_is_exact_at_its_limit() -> None:
    """A round trip of 40 bp at 10 bp per 8 h takes 32 h."""
    assert verdict_of(rules_with(COSTLY, max_break_even_h=Decimal(32))) == "10"
    assert verdict_of(rules_with(COSTLY, max_break_even_h=Decimal("31.999999999999"))) == "below_break_even"


@pytest.mark.parametrize(
    "known",
    [FRESH._replace(rate=ZERO), FRESH._replace(rate=Decimal("-0.001")), FRESH._replace(interval_ms=0)],
    ids=["no rate", "a rate to pay", "no interval"],
)
def test_what_never_breaks_even_is_below_it(known: Known) -> None:
    rules = rules_with(COSTLY, max_break_even_h=Decimal(10**6))
    assert verdict_of(rules, view=view_of(known)) == "below_break_even"


def test_volume_at_the_minimum_passes() -> None:
    rules = rules_with(min_volume=Decimal(2400))
    assert verdict_of(rules, view=view_of(volume="2400")) == "10"
    assert verdict_of(rules, view=view_of(volume="2399.99")) == "illiquid"


def test_caps_shrink_to_what_is_left_and_refuse_at_nothing() -> None:
    assert verdict_of(rules_with(pair_cap=Decimal(700))) == "7"
    assert verdict_of(rules_with(max_portfolio=Decimal("0.05"))) == "5"
    held = book_with("10000", B="49")
    for cap, wanted in (("0.5", Decimal(1)), ("0.49", Refusal.PORTFOLIO_CAP)):
        rules = rules_with(max_portfolio=Decimal(cap))
        found = review(request_for("A"), Decimal(1000), view_of(), held, rules)
        assert (found.reason if isinstance(found, Refused) else found.qty) == wanted


def test_cash_refuses_and_never_shrinks() -> None:
    """1000 of spot and 500 of margin at a leverage of 2, beside 10 % kept free."""
    rules = rules_with(margin=MarginTerms("isolated", Decimal(2)), min_free_cash=Decimal("0.25"))
    assert verdict_of(rules, cash="2000") == "10"
    assert verdict_of(rules, cash="1999.99") == "insufficient_cash"


def test_a_quote_fee_and_slippage_need_cash_too() -> None:
    costs = PairCosts(Decimal("0.001"), Decimal("0.0005"), Decimal("0.01"), fee_in_base=False)
    needed = Decimal(1010) + Decimal("1.01") + Decimal("0.5")
    assert verdict_of(rules_with(costs), cash=str(needed)) == "10"
    assert verdict_of(rules_with(costs), cash=str(needed - Decimal("0.0001"))) == "insufficient_cash"


def test_nothing_is_too_small_even_without_minimums() -> None:
    bare = LotRule(Decimal(1), ZERO, ZERO)
    pair = replace(pair_named("A"), perp_lots=bare, spot_lots=bare)
    assert verdict_of(rules_with(pair=pair), target="99") == "below_minimum"
    assert verdict_of(rules_with(pair=pair), target="0") == "below_minimum"
    assert verdict_of(rules_with(pair=pair), target="100") == "1"


@pytest.mark.parametrize("leg", ["perp", "spot"])
def test_equality_with_a_minimum_passes(leg: str) -> None:
    lots, plain = LotRule(Decimal("0.001"), ZERO, Decimal(1000)), pair_named("A")
    pair = replace(plain, perp_lots=lots) if leg == "perp" else replace(plain, spot_lots=lots)
    assert verdict_of(rules_with(pair=pair)) == "10"
    assert verdict_of(rules_with(pair=pair), target="999.99") == "below_minimum"


def test_hold_knows_no_limit_on_positions() -> None:
    rules = replace(rules_with(max_positions=1), unlimited_positions=True)
    found = review(request_for("A"), Decimal(1000), view_of(), book_with("10000", B="1"), rules)
    assert isinstance(found, Approved)


def test_dust_is_equity_and_widens_what_the_portfolio_cap_leaves() -> None:
    """A cap of half: 10 000 cash and dust worth 1 000 leave room for 5 500, so 5 200 passes with the dust only."""
    rules = rules_with(COSTLY, UNMARGINED, pair_named("A"), max_portfolio=Decimal("0.5"), pair_cap=None)
    known = FRESH._replace(spot=Quote(Decimal(100), NOW), perp=Quote(Decimal(100), NOW))
    view = FixedView(NOW, {symbol("A"): known, symbol("B"): known}, fillable=frozenset({symbol("A")}))
    sizes = []
    for dust in ("0", "10"):
        book = book_with("10000")
        if dust != "0":
            book.dust[symbol("B")] = Decimal(dust)
            book.dust_left.append((symbol("B"), Decimal(dust)))
        approved = review(request_for("A"), Decimal(5200), view, book, rules)
        assert isinstance(approved, Approved)
        sizes.append(approved.qty)
    assert sizes == [Decimal(50), Decimal(52)]
