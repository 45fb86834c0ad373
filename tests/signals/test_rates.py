"""Thresholds on rates are exact: rationals of any interval, a tolerance of 1e-12, any number of digits."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundarb.domain.instants import HOUR
from fundarb.domain.money import canonical
from fundarb.signals.panel import SettlementRows
from fundarb.signals.rates import RateKeys, apr, consecutive, rate_keys
from tests.signals.making import T0
from tests.signals.markets import rows_of

TINY = Fraction(1, 10**12)
wholes = st.integers(-(10**9), 10**9)
spans = st.sampled_from([1, 2, 4, 8, 3, 5, 7])


def settled(rates: list[str], gaps_ms: list[int]) -> SettlementRows:
    """One pair: a first row without interval, then these rates, each after its gap (at most 8 h)."""
    values = [Decimal(0), *map(Decimal, rates)]
    at = np.cumsum([T0, *gaps_ms]).astype(np.int64)
    digits = {row: value for row, value in enumerate(values) if len(value.as_tuple().digits) > 15}
    rows = rows_of([((int(t) - T0) / HOUR, float(v)) for t, v in zip(at, values, strict=True)])
    assert rows.settled_at.tolist() == at.tolist()
    return replace(rows, wide={"rate": digits} if digits else {})


def one(rate: str, hours: float = 8) -> RateKeys:
    return rate_keys(settled([rate], [round(hours * HOUR)]))


@pytest.mark.parametrize(
    ("rate", "hours", "at_least"),
    [
        ("0.0003", 8, True),
        ("0.000299999999", 8, True),  # 1e-12 below: the tolerance, included
        ("0.00029999999899", 8, False),
        ("0.0002999999989999999999", 8, False),
        ("0.00015", 4, True),
        ("0.0001499999995", 4, True),  # half of the tolerance, since it is held against the rate per 8 h
        ("0.00014999999949", 4, False),
        ("0.0000375", 1, True),
        ("0.000037499999875", 1, True),
        ("0.000037499999874", 1, False),
        ("0.0001125", 3, True),
        ("0.00026249999999", 7, True),
        ("0.0002624999991", 7, False),
        ("0.00031249999", 8 + 1 / 3, True),  # a hole: the row keeps 8 h, so this is more than 3 bp
    ],
)
def test_at_least_holds_to_a_trillionth_at_any_interval(rate: str, hours: float, at_least: bool) -> None:
    keys = one(rate, hours)
    assert keys.at_least(Decimal("0.0003")).tolist() == [False, at_least]
    assert keys.below(Decimal("0.0003")).tolist() == [False, not at_least]


def test_the_venues_default_does_not_leave_at_one_basis_point_whatever_the_interval() -> None:
    rows = settled(["0.0001", "0.00005", "0.000025", "0.0000125"], [8 * HOUR, 4 * HOUR, 2 * HOUR, HOUR])
    keys = rate_keys(rows)
    assert keys.below(Decimal("0.0001")).tolist() == [False] * 5
    assert keys.at_least(Decimal("0.0001")).tolist() == [False, True, True, True, True]
    assert len(set(keys.key[1:].tolist())) == 1  # equal aprs tie
    np.testing.assert_allclose(apr(rows)[1:], 0.1095, rtol=1e-15)


def test_a_settlement_without_interval_is_neither_high_nor_low() -> None:
    keys = rate_keys(settled(["0.5"], [8 * HOUR]))
    assert not keys.at_least(Decimal(-1))[0]
    assert not keys.below(Decimal(1))[0]


def test_rates_of_more_than_fifteen_digits_keep_them_all() -> None:
    keys = rate_keys(settled(["0.00029999999900000000001", "0.00029999999899999999999"], [8 * HOUR] * 2))
    assert keys.at_least(Decimal("0.0003")).tolist() == [False, True, False]
    assert keys.key[1] > keys.key[2]


def test_stamps_off_any_grid_compare_exactly_too() -> None:
    gaps = [27_000_001 + 977 * n * n for n in range(1, 30)]
    rates = [canonical(Decimal(gap) * Decimal("1e-11")) for gap in gaps]  # the same rate an hour, whatever the gap
    keys = rate_keys(settled(rates, gaps))
    assert len(set(keys.key[1:].tolist())) == 1
    exact = Decimal("0.000288")  # 8 h of it
    assert keys.at_least(exact).tolist() == [False] + [True] * 29
    assert not keys.at_least(exact + Decimal("1.0000001e-12")).any()
    assert keys.below(exact + Decimal("1.0000001e-12")).tolist() == [False] + [True] * 29


def test_products_beyond_sixty_four_bits_stay_exact() -> None:
    gaps = [minutes * 60_000 for minutes in (479, 478, 477, 479)]
    rates = ["0.000123456789012345", "0.000123456789012345", "-0.000999999999999999", "0.000123456789012346"]
    keys = rate_keys(settled(rates, gaps))
    levels = [Fraction(rate) * 8 * HOUR / gap for rate, gap in zip(rates, gaps, strict=True)]
    assert [Fraction(key) / keys.scale for key in keys.key.tolist()[1:]] == levels
    assert keys.below(Decimal("0.000123")).tolist() == [False, False, False, True, False]


@given(st.lists(st.tuples(wholes, spans), min_size=1, max_size=12), wholes, st.integers(6, 22))
def test_thresholds_and_order_are_those_of_fractions(rows: list[tuple[int, int]], threshold: int, places: int) -> None:
    rates = [canonical(Decimal(whole).scaleb(-places)) for whole, _ in rows]
    keys = rate_keys(settled(rates, [hours * HOUR for _, hours in rows]))
    levels = [Fraction(rate) * 8 / hours for rate, (_, hours) in zip(rates, rows, strict=True)]
    bound = Decimal(threshold).scaleb(-places)
    assert keys.at_least(bound).tolist()[1:] == [level >= Fraction(bound) - TINY for level in levels]
    assert keys.below(bound).tolist()[1:] == [level < Fraction(bound) - TINY for level in levels]
    assert [Fraction(key) / keys.scale for key in keys.key.tolist()[1:]] == levels


@given(st.lists(st.lists(st.booleans(), max_size=9), max_size=4), st.integers(1, 5))
def test_consecutive_counts_within_a_pair_and_the_newest_row_included(pairs: list[list[bool]], count: int) -> None:
    flags = np.array([flag for rows in pairs for flag in rows], dtype=np.bool_)
    offsets = np.concatenate(([0], np.cumsum([len(rows) for rows in pairs]))).astype(np.int64)
    expected = [row + 1 >= count and all(rows[row + 1 - count : row + 1]) for rows in pairs for row in range(len(rows))]
    assert consecutive(flags, offsets, count).tolist() == expected
