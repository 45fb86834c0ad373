"""The panel of a world holds what was known at its end, digit for digit, and nothing else."""

from __future__ import annotations

from decimal import Decimal

from fundarb.domain.instants import HOUR
from fundarb.domain.instrument import LotRule, Pair
from tests.engine.worlds import Bar, Stream, panel_of

T0 = 1_704_067_200_000
LOTS = LotRule(Decimal(1), Decimal(0), Decimal(0))
WIDE = Decimal("0.00030000000000000000001")


def test_digits_of_later_settlements_do_not_stray_into_the_next_pair() -> None:
    first = Stream(_pair("A"), tuple((T0 + n * HOUR, WIDE) for n in range(4)))
    second = Stream(_pair("B"), tuple((T0 + n * HOUR, Decimal("0.0006")) for n in range(4)))
    settled = panel_of((first, second), T0 + HOUR).settlements
    assert [settled.rate_exact(row) for row in range(4)] == [WIDE, WIDE, Decimal("0.0006"), Decimal("0.0006")]
    assert set(settled.wide["rate"]) == {0, 1}


def test_digits_of_later_candles_do_not_stray_into_the_next_pair() -> None:
    first, second = Stream(_pair("A"), ((T0, WIDE),), perp=_bars(WIDE)), Stream(_pair("B"), (), perp=_bars(Decimal(2)))
    perp = panel_of((first, second), T0 + HOUR).perp
    assert [perp.price_exact("open", row) for row in range(4)] == [WIDE, WIDE, Decimal(2), Decimal(2)]
    assert set(perp.wide["open"]) == {0, 1}
    assert set(perp.wide["close"]) == {0}


def _bars(price: Decimal) -> tuple[Bar, ...]:
    return tuple(Bar(T0 + n * HOUR, HOUR, price, price, price, price, Decimal(1)) for n in range(4))


def _pair(name: str) -> Pair:
    return Pair(f"{name}/USDT:USDT", f"{name}/USDT", Decimal(1), LOTS, LOTS)
