"""Kelly with a jump: golden values Z04 and Z05, and a cap that never asks for a bad bet."""

from __future__ import annotations

import math

import pytest
from scipy.optimize import minimize_scalar

from fundarb.risk.kelly import jump_kelly, venue_cap

Z04 = [(0.08, 0.3, 0.05, 2.541666667), (0.08, 0.5, 0.1, 0.55), (0.08, 0.65, 0.1, 0.1346153846), (0.05, 0.5, 0.1, -0.2)]


@pytest.mark.parametrize(("carry", "loss", "probability", "fraction"), Z04)
def test_the_fraction_is_that_of_the_published_cases(
    carry: float, loss: float, probability: float, fraction: float
) -> None:
    assert jump_kelly(carry, loss, probability) == pytest.approx(fraction, rel=1e-9)


def test_the_fraction_maximises_expected_log_growth() -> None:
    def shrinking(fraction: float) -> float:
        return -(0.9 * math.log1p(0.08 * fraction) + 0.1 * math.log1p(-0.5 * fraction))

    best = minimize_scalar(shrinking, bounds=(0.0, 1.9), method="bounded", options={"xatol": 1e-9})
    assert jump_kelly(0.08, 0.5, 0.1) == pytest.approx(best.x, abs=1e-6)


def test_a_bad_bet_gets_no_room_and_a_good_one_at_most_all() -> None:
    assert venue_cap(0.05, 0.5, 0.1) == 0.0
    assert venue_cap(0.08, 0.5, 0.1) == pytest.approx(0.1375)
    assert venue_cap(0.5, 0.05, 0.01) == 1.0
