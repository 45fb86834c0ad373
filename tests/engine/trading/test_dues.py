"""Whatever is learnt late is paid for what was held then, and nothing twice."""

from __future__ import annotations

from decimal import Decimal

from fundarb.accounting.lines import payment_line
from fundarb.domain.instants import HOUR
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.orders import Leg, Side
from fundarb.engine.trading.dues import Due, Dues

A = "A/USDT:USDT"


def perp(hour: float, side: Side, qty: int, kind: LineKind = LineKind.FILL) -> LedgerLine:
    """The perp leg of a fill."""
    return LedgerLine(round(hour * HOUR), kind, A, Decimal(0), Leg.PERP, side, Decimal(qty), Decimal(1))


def paid(hour: int) -> LedgerLine:
    """A payment booked."""
    return payment_line(hour * HOUR, A, Decimal(5), Decimal(1), Decimal("0.0001"))


def owed(dues: Dues, *hours: int) -> list[tuple[int, int]]:
    """(hour, quantity) of what is owed."""
    return [(due.at_ms // HOUR, int(due.qty)) for due in dues.owed(A, [hour * HOUR for hour in hours])]


def test_a_position_opened_at_a_settlement_is_owed_nothing_for_it() -> None:
    dues = Dues([perp(8, Side.SELL, 5)])
    assert owed(dues, 0, 8, 16) == [(16, 5)]


def test_what_is_closed_at_a_settlement_is_still_owed_it() -> None:
    dues = Dues([perp(1, Side.SELL, 5), perp(16, Side.BUY, 5)])
    assert owed(dues, 8, 16, 24) == [(8, 5), (16, 5)]


def test_what_the_venue_took_at_the_instant_of_a_settlement_is_owed_nothing() -> None:
    dues = Dues([perp(1, Side.SELL, 5), perp(8, Side.BUY, 5, LineKind.LIQUIDATION)])
    assert owed(dues, 8, 16) == []


def test_a_cut_changes_what_is_owed_from_the_next_settlement_on() -> None:
    dues = Dues([perp(1, Side.SELL, 5), perp(8, Side.BUY, 2, LineKind.GUARD)])
    assert owed(dues, 8, 16) == [(8, 5), (16, 3)]


def test_nothing_is_owed_twice_over_any_restart() -> None:
    lines = [perp(1, Side.SELL, 5), paid(8)]
    dues = Dues(lines)
    assert owed(dues, 8, 16) == [(16, 5)]
    dues.follow([paid(16)])
    assert owed(dues, 8, 16, 24) == [(24, 5)]
    assert owed(Dues([*lines, paid(16)]), 8, 16, 24) == [(24, 5)]


def test_a_pair_never_held_is_owed_nothing() -> None:
    dues = Dues()
    assert dues.pairs() == []
    assert dues.owed("B", [8 * HOUR]) == []


def test_between_two_positions_nothing_was_held() -> None:
    dues = Dues([perp(1, Side.SELL, 5), perp(9, Side.BUY, 5), perp(17, Side.SELL, 7)])
    assert dues.owed(A, [8 * HOUR, 16 * HOUR, 24 * HOUR]) == [Due(8 * HOUR, Decimal(5)), Due(24 * HOUR, Decimal(7))]
