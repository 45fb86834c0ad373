"""The ratio at which a short is left meets the level at which the venue takes it."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from fundarb.accounting.holding import Holding
from fundarb.accounting.margin import cross_level, liquidation_level
from fundarb.accounting.valuation import Mark
from fundarb.domain.money import ONE, ZERO
from fundarb.risk.margin_use import cross_beyond, isolated_beyond

MMR, FEE = Decimal("0.005"), Decimal("0.00055")
TIERS = ((Decimal(1000), Decimal("0.9")), (None, Decimal("0.5")))


def short(qty: str, entry: str) -> Holding:
    """A hedged short."""
    held = Holding("BTC/USDT:USDT", 0, "hold")
    held.bought_spot(Decimal(qty), Decimal(entry), Decimal(entry), ZERO, in_base=False)
    held.sold_perp(Decimal(qty), Decimal(entry), Decimal(entry), ZERO)
    return held


@given(st.integers(1, 20), st.decimals(min_value="0.01", max_value=10**5, places=2))
def test_isolated_the_whole_ratio_is_the_liquidation_level(leverage: int, entry: Decimal) -> None:
    held, level = short("2", str(entry)), liquidation_level(entry, Decimal(leverage), MMR, FEE)
    rounding = Decimal("1e-11")

    def beyond(mark: Decimal, most: Decimal) -> bool:
        return isolated_beyond(held, mark, Decimal(leverage), MMR + FEE, most)

    assert beyond(level + rounding, ONE)
    assert not beyond(level - rounding, ONE)
    assert beyond(level - rounding, Decimal("0.8"))
    assert not beyond(entry, Decimal("0.8"))


def test_isolated_half_of_the_ratio_at_leverage_two() -> None:
    held = short("1", "100")  # at 149: 149 * 0.00555 = 0.82695 of a balance of 150 - 149 = 1
    ratios = [
        isolated_beyond(held, Decimal(149), Decimal(2), MMR + FEE, Decimal(most)) for most in ("0.82695", "0.82696")
    ]
    assert ratios == [True, False]


def test_cross_the_whole_ratio_is_the_level_of_the_account() -> None:
    held, cash = short("10", "100"), Decimal(50)
    level = cross_level(held.entry, held.qty, cash, MMR, TIERS)
    assert level is not None
    for price, taken in ((level + Decimal("1e-9"), True), (level - Decimal("1e-9"), False)):
        assert cross_beyond(cash, [(held, Mark(price, price), MMR)], TIERS, ONE) is taken


def test_cross_without_shorts_nothing_is_near() -> None:
    assert not cross_beyond(Decimal(-5), [], TIERS, ONE)
