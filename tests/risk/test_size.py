"""Targets: fixed or by conviction. Golden values Z01, Z02, Z06, Z07, X05, X06 of the strategy facts."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundarb.domain.decision import Refusal, Refused
from fundarb.risk.gate import review
from fundarb.risk.size import clipped6, correlation_scale, drawdown_of, target_of
from fundarb.risk.sizing import SizingParams
from tests.risk.views import book_with, request_for, rules_with, view_of

CONVICTION = SizingParams(mode="conviction")
CALM = Fraction(0)


def target(score: str | None, params: SizingParams = CONVICTION, drawdown: Fraction = CALM, nth: int = 1) -> Decimal:
    found = target_of(Decimal(1000), None if score is None else Decimal(score), params, lambda: drawdown, nth)
    assert isinstance(found, Decimal)
    return found


def test_a_stronger_score_aims_higher_from_the_smallest_size_to_the_cap() -> None:
    """Z01, X05: the old rule could neither shrink below its base nor reach its cap."""
    found = [target(score) for score in ("0.50", "0.60", "0.65", "0.70", "0.75", "0.80", "0.95")]
    assert found == [200, 200, 650, 1100, 1550, 2000, 2000]


def test_a_smallest_size_of_nothing_shrinks_to_nothing() -> None:
    """Z02: what is not wanted is not traded, rather than raised to a minimum."""
    assert target("0.6", SizingParams(mode="conviction", size_min=Decimal(0))) == 0


def test_drawdown_shrinks_sizes_between_its_two_ends() -> None:
    """Z07: 1, 1, .625, .25, 0, 0."""
    losses = ("0", "0.02", "0.05", "0.08", "0.1", "0.3")
    found = [target("0.8", drawdown=Fraction(loss)) / 2000 for loss in losses]
    assert found == [1, 1, Decimal("0.625"), Decimal("0.25"), 0, 0]


def test_the_fifth_of_correlated_positions_is_scaled_by_one_over_root_of_its_bets() -> None:
    """Z06: n = 5, ρ = .6 → .5423261445, at 6 places."""
    assert correlation_scale(5, Decimal("0.6")) == Decimal("0.542326")
    assert correlation_scale(1, Decimal("0.6")) == 1
    assert correlation_scale(9, Decimal(0)) == 1
    assert correlation_scale(4, Decimal(1)) == Decimal("0.5")
    assert 5 * float(correlation_scale(5, Decimal("0.6"))) ** 2 == pytest.approx(
        1.470588235, abs=1e-5
    )  # bets, not five


def test_scales_multiply() -> None:
    params = SizingParams(mode="conviction", rho=Decimal("0.6"))
    found = target("0.7", params, Fraction("0.05"), 5)
    assert found == Decimal(1100) * Decimal("0.625") * Decimal("0.542326")


def test_without_a_score_sizes_stay_fixed() -> None:
    assert target(None, drawdown=Fraction(1), nth=9) == 1000
    assert target("0.9", SizingParams(mode="fixed")) == 1000


def test_multipliers_carry_6_places_half_even() -> None:
    assert clipped6(Fraction(1, 3)) == Decimal("0.333333")
    assert clipped6(Fraction(5, 10**7)) == 0
    assert clipped6(Fraction(15, 10**7)) == Decimal("0.000002")
    assert [clipped6(Fraction(-1)), clipped6(Fraction(2))] == [0, 1]


@pytest.mark.parametrize(
    ("last", "highest", "loss"), [("100", "100", "0"), ("90", "100", "0.1"), ("-5", "100", "1.05"), ("1", "0", "1")]
)
def test_drawdown_is_of_the_highest_sample(last: str, highest: str, loss: str) -> None:
    assert drawdown_of(Decimal(last), Decimal(highest)) == Fraction(loss)


@given(
    st.decimals(0, 1, places=12),
    st.decimals(0, 1, places=12),
    st.fractions(0, 1),
    st.integers(1, 30),
    st.decimals(0, 1, places=3),
)
def test_targets_rise_with_the_score_and_stay_inside_their_bounds(
    one: Decimal, other: Decimal, drawdown: Fraction, nth: int, rho: Decimal
) -> None:
    params = SizingParams(mode="conviction", rho=rho)
    low, high = (target(str(score), params, drawdown, nth) for score in sorted((one, other)))
    assert 0 <= low <= high <= 2000


def test_more_exposure_than_the_cap_leaves_nothing_not_less_than_nothing() -> None:
    """X06: what is left of a cap never goes below zero, and equity is not reduced by what is in use."""
    rules = rules_with(max_portfolio=Decimal("0.1"))
    found = review(request_for("A"), Decimal(1000), view_of(), book_with("10000", B="50"), rules)
    assert isinstance(found, Refused)
    assert found.reason is Refusal.PORTFOLIO_CAP
    found = review(request_for("A"), Decimal(1000), view_of(), book_with("10000", B="6"), rules)
    assert not isinstance(found, Refused)
    assert found.qty == 4


def test_what_a_cap_leaves_below_a_minimum_is_refused_not_raised() -> None:
    """The old rule applied the minimum before the cap."""
    rules = rules_with(max_portfolio=Decimal("0.0004"))
    found = review(request_for("A"), Decimal(1000), view_of(), book_with("10000"), rules)
    assert isinstance(found, Refused)
    assert found.reason is Refusal.BELOW_MINIMUM
