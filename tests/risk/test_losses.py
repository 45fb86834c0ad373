"""Stops count what was lost, whatever was put in or taken out, and go on where they were."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundarb.domain.instants import DAY, HOUR
from fundarb.risk.losses import Losses, LossLimits

TENTH = Decimal("0.1")
money = st.decimals(min_value=1, max_value=10**6, places=4)


def losses(*equities: int | str) -> Losses:
    """Nothing put in or taken out, an hour between two looks."""
    first, *others = equities
    found = Losses.beginning(0, Decimal(first), Decimal(first))
    for hour, equity in enumerate(others, 1):
        found.look(hour * HOUR, Decimal(equity), Decimal(first))
    return found


def test_a_drawdown_is_counted_from_the_peak_and_the_bound_itself_stops() -> None:
    limits = LossLimits(drawdown=TENTH)
    assert losses(1000, 2000, "1800.01").beyond(limits) is None
    words = losses(1000, 2000, 1800).beyond(limits)
    assert words == "trade.drawdown_stop: equity 1800.00 is 10.00% below its peak (2000.00), and 10% halts entries"
    assert losses(1000, 2000, 1).beyond(LossLimits()) is None


def test_a_day_begins_with_what_was_last_seen_before_it() -> None:
    found, limits = losses(1000, 990), LossLimits(day=TENTH)
    assert found.look(DAY + HOUR, Decimal(950), Decimal(1000))
    assert found.opening == 990
    assert found.beyond(limits) is None
    assert not found.look(DAY + 2 * HOUR, Decimal(891), Decimal(1000))
    words = found.beyond(limits)
    assert words is not None
    assert words.startswith("trade.daily_loss: equity 891.00 is 10.00% below where the UTC day began (990.00)")
    found.look(2 * DAY, Decimal(891), Decimal(1000))
    assert found.beyond(limits) is None


def test_a_peak_is_worth_writing_down_before_the_next_settlement_since_a_restart_would_forget_it() -> None:
    found = losses(1000)
    assert not found.look(HOUR, Decimal("1000.9"), Decimal(1000))
    assert found.look(2 * HOUR, Decimal(1050), Decimal(1000))
    again = Losses.read(found.written())
    assert not found.look(3 * HOUR, Decimal("1050.5"), Decimal(1000))
    again.look(3 * HOUR, Decimal(945), Decimal(1000))
    assert again.beyond(LossLimits(drawdown=TENTH)) is not None


@given(money, money, st.decimals(min_value=-(10**6), max_value=10**6, places=2))
def test_a_flow_is_neither_gain_nor_loss(peak: Decimal, equity: Decimal, flow: Decimal) -> None:
    found = losses(str(peak), str(min(peak, equity)))
    lost = found.equity / found.peak if _exact(found.equity, found.peak) else None
    after = found.equity + flow
    assert found.look(2 * HOUR, after, peak + flow) is bool(flow)
    if after <= 0:
        assert found.peak == found.opening == after
    elif lost is not None:
        assert abs(after - lost * found.peak) < Decimal("1e-6") * (1 + abs(after))
    assert found.peak >= found.equity


def test_who_lets_entries_through_again_has_seen_the_loss() -> None:
    found, limits = losses(1000, 800), LossLimits(TENTH, TENTH)
    found.stopped = True
    found.forgive()
    assert found.beyond(limits) is None
    assert not found.stopped
    found.look(3 * HOUR, Decimal(720), Decimal(1000))
    assert found.beyond(limits) is not None


@pytest.mark.parametrize("stopped", [False, True])
def test_what_is_written_is_read(stopped: bool) -> None:
    found = losses("1000.000000000001", "1200.5", "0.000001")
    found.stopped = stopped
    assert Losses.read(found.written()) == found


def _exact(top: Decimal, bottom: Decimal) -> bool:
    """Whether the quotient ends, so that the test itself needs no rounding."""
    digits = bottom.as_integer_ratio()[0] * top.as_integer_ratio()[1]
    for prime in (2, 5):
        while digits % prime == 0:
            digits //= prime
    return top.as_integer_ratio()[0] % digits == 0
