"""The difference of two portfolios: paired by day, wider where days hang together, and nothing is said too early."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from fundarb.domain.instants import DAY, HOUR
from fundarb.statistics.difference import Curve, Difference, difference_of, paired_difference


def noise(days: int, seed: int = 3) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.random.default_rng(seed).normal(0, 1e-3, days)


def found(ours: object, theirs: object) -> Difference:
    difference = paired_difference(np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64))
    assert difference is not None
    return difference


def test_what_both_share_does_not_blur_what_differs() -> None:
    shared = noise(60) * 50
    one = found(shared + 1e-4 + noise(60, 4) * 0.1, shared)
    assert one.annual == pytest.approx(0.0365, abs=0.01)
    assert one.low < one.annual < one.high
    assert one.high - one.low < 0.03
    assert one.decided


def test_of_independent_days_the_interval_is_that_of_the_textbook() -> None:
    sample = noise(400)
    one = found(sample, np.zeros(400))
    width = 2 * 1.96 * float(sample.std(ddof=1)) / 20 * 365
    assert one.high - one.low == pytest.approx(width, rel=0.15)


def test_days_that_hang_together_say_less() -> None:
    slow = np.repeat(noise(40), 10)
    shuffled = np.random.default_rng(1).permutation(slow)
    wide, narrow = (found(sample, np.zeros(400)) for sample in (slow, shuffled))
    assert wide.annual == pytest.approx(narrow.annual)
    assert wide.high - wide.low > 1.8 * (narrow.high - narrow.low)


def test_before_two_weeks_nothing_is_decided_and_below_two_days_nothing_is_said() -> None:
    better = np.full(13, 1e-3) + noise(13) * 1e-3
    assert not found(better, np.zeros(13)).decided
    assert found(np.append(better, 1e-3), np.zeros(14)).decided
    assert paired_difference(np.ones(1), np.zeros(1)) is None
    with pytest.raises(ValueError, match="3 days beside 2"):
        paired_difference(np.ones(3), np.zeros(2))


def test_two_that_are_the_same_do_not_differ() -> None:
    assert found(noise(30), noise(30)) == Difference(30, 0.0, 0.0, 0.0)


def curve(begin_h: int, *equities: int) -> Curve:
    """A value every 12 hours."""
    return Curve([(begin_h + 12 * n) * HOUR for n in range(len(equities))], [Decimal(each) for each in equities])


def test_of_two_curves_only_the_days_count_that_both_have_seen() -> None:
    ours = curve(0, 100, 101, 110, 110, 121, 121)
    theirs = curve(24, 500, 500, 500, 500, 1, 1)
    one = difference_of(ours, theirs)
    assert one is None  # a day and a half: one return
    longer = curve(0, 100, 101, 110, 110, 121, 121, 121, 121)
    two = difference_of(longer, theirs)
    assert two is not None
    assert two.days == 2
    assert two.annual == pytest.approx((0.1 + 0.998) / 2 * 365)
    assert longer.since(DAY + HOUR).equity[0] == 110


def test_curves_that_never_met_and_curves_worth_nothing_have_no_difference() -> None:
    assert difference_of(curve(0, 1, 1, 1), curve(48, 1, 1, 1)) is None
    assert difference_of(curve(0, 1, 0, 1, 1, 1), curve(0, 1, 1, 1, 1, 1)) is not None
    assert difference_of(curve(0, 1, 1, -1, 1, 1), curve(0, 1, 1, 1, 1, 1)) is None
