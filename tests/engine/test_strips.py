"""One pair event by event: opens and payments to the last digit, marks where they are stored, nothing where nothing is."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import pytest

from fundarb.domain.instants import MINUTE
from fundarb.engine.market import Market
from fundarb.engine.strips import Strip, Strips
from fundarb.engine.timeline import build_timeline
from tests.engine.scenes import at, bar, hourly, pair
from tests.engine.worlds import Bar, panel_of

RATES: dict[float, str] = {0: "1", 8: "-2.5", 16: "3", 24: "1"}
HOURS = range(25)
HUNDRED = Decimal(100)


def strip_of(
    rates: dict[float, str], perp: Iterable[Bar], spot: Iterable[Bar] = (), mark: Iterable[Bar] = (), until_h: int = 24
) -> Strip:
    """Events of a pair and of another that settles every 4 h; without spot candles the perp stands in."""
    world = (pair("A", rates, perp, spot, mark), pair("B", dict.fromkeys(range(0, 25, 4), "1")))
    panel = panel_of(world, at(until_h))
    market = Market(panel, spot_from_perp=True)
    return Strips(market, build_timeline(panel, at(0), at(until_h)))["A/USDT:USDT"]


def test_orders_fill_a_delay_later_and_all_else_is_of_the_event() -> None:
    halves = [bar(half / 2, f"{100 + half}", span_h=0.5) for half in range(21)]
    panel = panel_of((pair("A", {0: "1", 8: "2", 9.75: "1"}, halves, halves),), at(10))
    timeline = build_timeline(panel, at(0), at(10), 30 * MINUTE)
    strip = Strips(Market(panel, spot_from_perp=False), timeline)["A/USDT:USDT"]
    assert [strip.opens(event)[0] for event in range(4)] == [100, 116, None, 120]
    assert [strip.fills(event) for event in range(4)] == [
        (price, price) for price in map(Decimal, (101, 117, 120, 120))
    ]
    assert strip.settling(1, at(8)) == (Decimal("0.0002"), Decimal(116))


def settled(strip: Strip) -> list[tuple[Decimal, Decimal | None] | None]:
    """What settles at 0, 4 … 24 h."""
    return [strip.settling(event, at(4 * event)) for event in range(7)]


def test_a_rate_settles_at_its_own_moment_only() -> None:
    found = settled(strip_of(RATES, hourly(HOURS)))
    assert [None if one is None else one[0].scaleb(4) for one in found] == [
        1,
        None,
        Decimal("-2.5"),
        None,
        3,
        None,
        1,
    ]


def test_a_payment_falls_on_the_mark_where_one_opens_and_else_on_the_perp() -> None:
    found = settled(strip_of(RATES, hourly(HOURS), mark=[bar(0, "90"), bar(16, "91")]))
    assert [one[1] for one in found if one is not None] == [90, 100, 91, 100]


def test_a_payment_without_an_open_falls_on_a_close_of_the_last_day() -> None:
    found = settled(strip_of(RATES, hourly([0, 1, 9], opens={1: "101", 9: "109"})))
    assert [one[1] for one in found if one is not None] == [100, 101, 109, 109]
    assert settled(strip_of(RATES, [])) == [
        None if rate is None else (Decimal(rate).scaleb(-4), None) for rate in ("1", None, "-2.5", None, "3", None, "1")
    ]


@pytest.mark.parametrize("digits", ["1.00000000000000000001", "0.30000000000000004", "123456789.123456789123"])
def test_digits_beyond_a_float_stay(digits: str) -> None:
    """The float nearest to such a number may name a shorter one."""
    strip = strip_of(RATES | {8: digits}, hourly(HOURS, opens={8: digits}), hourly(HOURS, opens={8: digits}))
    assert strip.opens(2) == (Decimal(digits), Decimal(digits))
    assert strip.settling(2, at(8)) == (Decimal(digits).scaleb(-4), Decimal(digits))
    assert strip.opens(1) == (HUNDRED, HUNDRED)


@pytest.mark.parametrize(
    ("price", "stands_in"),
    [
        ("98.1234567890125", "98.123456789012"),
        ("98.12345678901250000001", "98.123456789013"),
        ("98.5", "98.5"),
        ("7", "7"),
    ],
)
def test_a_stand_in_is_the_perp_at_12_decimals(price: str, stands_in: str) -> None:
    strip = strip_of(RATES, hourly(HOURS, "2", opens={4: price}))
    assert strip.opens(1) == (Decimal(price), Decimal(stands_in))


def test_nothing_opens_beside_the_candles() -> None:
    strip = strip_of(RATES, hourly([0, 1, 2, 3, 4]), hourly([4, 5, 6, 7, 8]))
    assert [strip.opens(event) for event in range(4)] == [
        (HUNDRED, None),
        (HUNDRED, HUNDRED),
        (None, HUNDRED),
        (None, None),
    ]


def test_a_pair_without_settlements_settles_nothing() -> None:
    assert settled(strip_of({}, hourly(HOURS))) == [None] * 7
