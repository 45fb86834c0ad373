from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from fundarb.accounting.grid import covering_steps, floored, whole_steps
from fundarb.domain.money import ZERO, ceil_to, floor_to
from tests.accounting.worlds import steps

values = st.decimals(min_value="0", max_value="50", places=6, allow_nan=False)
FAST = 1e-9


@given(values, steps)
def test_floors_and_ceilings_are_those_of_exact_fractions(value: Decimal, step: Decimal) -> None:
    assert floored(value, step, ZERO) == floor_to(value, step)
    assert covering_steps(value, step, ZERO) * step == ceil_to(value, step)


@given(values, steps)
def test_floats_count_the_same_steps_as_decimals(value: Decimal, step: Decimal) -> None:
    assert whole_steps(float(value), float(step), FAST) == int(whole_steps(value, step, ZERO))
    assert covering_steps(float(value), float(step), FAST) == int(covering_steps(value, step, ZERO))


def test_a_float_just_below_a_whole_step_is_that_step() -> None:
    assert 0.3 // 0.1 == 2.0
    assert whole_steps(0.3, 0.1, FAST) == 3
    assert covering_steps(0.1 + 0.2, 0.1, FAST) == 3
    assert 3 * 0.7 < 2.1
    assert covering_steps(2.1, 0.7, FAST) == 3
