"""Delta is judged in base units against lots, never as a percentage of something (X03: a limit of 0.02 that meant .02 %)."""

from __future__ import annotations

from decimal import Decimal

from fundarb.domain.instrument import LotRule, Pair
from fundarb.risk.delta import allowed_delta, hedged, net_delta

PEPE = Pair(
    "1000PEPE/USDT:USDT",
    "PEPE/USDT",
    Decimal(1000),
    perp_lots=LotRule(Decimal(100), Decimal(100), Decimal(5)),
    spot_lots=LotRule(Decimal("0.1"), Decimal(1), Decimal(1)),
)


def test_a_perp_of_a_thousand_coins_counts_a_thousand() -> None:
    assert net_delta(Decimal(200_050), Decimal(200), Decimal(1000)) == 50


def test_less_than_a_lot_of_each_leg_is_hedged_and_a_lot_is_not() -> None:
    assert allowed_delta(PEPE) == Decimal("100000.1")
    assert hedged(PEPE, Decimal(200_000) + Decimal("100000.0"), Decimal(200))
    assert not hedged(PEPE, Decimal(200_000) + Decimal("100000.1"), Decimal(200))


def test_a_drift_of_one_percent_of_a_large_position_is_no_hedge() -> None:
    qty = Decimal(100_000)
    assert not hedged(PEPE, qty * PEPE.multiplier * Decimal("1.01"), qty)
