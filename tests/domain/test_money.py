from __future__ import annotations

import decimal
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundarb.domain.money import (
    MAX_DIGITS,
    ONE,
    canonical,
    ceil_to,
    floor_to,
    of_float,
    parse,
    quotient12,
    round6,
    score12,
)

amounts = st.decimals(min_value="-1e15", max_value="1e15", allow_nan=False, places=12)
steps = st.decimals(min_value="0.000001", max_value="1000", allow_nan=False, places=6)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", "1"),
        (" 1.50 ", "1.5"),
        ("-0.0", "0"),
        ("+2", "2"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1e-7", "0.0000001"),
        ("1E3", "1000"),
    ],
)
def test_parse_reads_plain_and_exponent_numbers(text: str, value: str) -> None:
    assert canonical(parse(text)) == value


@pytest.mark.parametrize(
    "text", ["", "abc", "nan", "NaN", "inf", "-Infinity", "1,5", "1_000", "0x1", "1e", "--1", "1 2", "١"]
)
def test_parse_refuses_what_is_not_a_finite_number_and_shows_it(text: str) -> None:
    with pytest.raises(ValueError, match="not a number") as refusal:
        parse(text)
    assert repr(text) in str(refusal.value)


@pytest.mark.parametrize("text", ["1e30", "1e999", "1e-31", "9" * 31])
def test_parse_refuses_what_cannot_be_stored(text: str) -> None:
    with pytest.raises(ValueError, match="outside what can be stored"):
        parse(text)


def test_parse_takes_the_widest_number_and_refuses_one_digit_more() -> None:
    widest = "9" * MAX_DIGITS + "." + "9" * MAX_DIGITS
    assert canonical(parse(widest)) == widest
    with pytest.raises(ValueError, match="more than 30 decimals"):
        parse("0.1" + "0" * (MAX_DIGITS - 1) + "1")


@given(amounts)
def test_canonical_text_keeps_the_value_and_is_its_own_canonical_form(value: Decimal) -> None:
    text = canonical(value)
    assert Decimal(text) == value
    assert canonical(parse(text)) == text
    assert "e" not in text.lower()
    assert text == "0" or not text.startswith("-0") or "." in text
    assert "." not in text or not text.endswith(("0", "."))


@given(amounts, amounts)
def test_sums_and_products_lose_no_digit(a: Decimal, b: Decimal) -> None:
    assert Fraction(a + b) == Fraction(a) + Fraction(b)
    assert Fraction(a * b) == Fraction(a) * Fraction(b)


def test_an_inexact_result_raises() -> None:
    with pytest.raises(decimal.Inexact):
        ONE / 3


def test_floats_do_not_mix_with_money() -> None:
    tenth = 0.1
    with pytest.raises(decimal.FloatOperation):
        Decimal(tenth)
    with pytest.raises(decimal.FloatOperation):
        assert Decimal("0.5") < 0.7


def test_zero_by_zero_and_overflow_raise() -> None:
    with pytest.raises(decimal.DivisionByZero):
        ONE / 0
    with pytest.raises(decimal.InvalidOperation):
        Decimal(0) / 0


@given(amounts, steps)
def test_quotient12_is_the_nearest_twelve_decimals(numerator: Decimal, denominator: Decimal) -> None:
    error = Fraction(quotient12(numerator, denominator)) - Fraction(numerator) / Fraction(denominator)
    assert abs(error) <= Fraction(1, 2 * 10**12)


@pytest.mark.parametrize(
    ("tie", "rounded"),
    [("0.5", "0"), ("1.5", "2"), ("2.5", "2"), ("-0.5", "0"), ("-1.5", "-2"), ("-2.5", "-2")],
)
def test_quotient12_rounds_ties_to_even(tie: str, rounded: str) -> None:
    unit = Decimal("1e-12")
    assert quotient12(Decimal(tie) * unit, ONE) == Decimal(rounded) * unit
    assert quotient12(Decimal(tie) * unit * 7, Decimal(7)) == Decimal(rounded) * unit


def test_score12_takes_the_exact_binary_value() -> None:
    assert score12(0.1) == Decimal("0.1")
    assert score12(6.5e-12) == Decimal("7e-12")  # as written a tie, as stored above it
    assert score12(7.5e-12) == Decimal("7e-12")  # as written a tie, as stored below it
    assert score12(2.0**-13) == Decimal("0.000122070312")  # 0.0001220703125 exactly: a tie, to even
    assert score12(3 * 2.0**-13) == Decimal("0.000366210938")  # 0.0003662109375: a tie, to even


@given(st.floats(min_value=-1e6, max_value=1e6))
def test_score12_is_the_nearest_twelve_decimals(value: float) -> None:
    assert abs(Fraction(score12(value)) - Fraction(value)) <= Fraction(1, 2 * 10**12)


def test_round6_rounds_the_exact_value_half_even() -> None:
    assert round6(Fraction(1, 3)) == Decimal("0.333333")
    assert round6(Decimal("0.0000005")) == 0
    assert round6(Decimal("0.0000015")) == Decimal("0.000002")
    assert round6(0.6) == Decimal("0.6")


@given(st.decimals(min_value="-1e9", max_value="1e9", allow_nan=False, places=8), steps)
def test_floor_and_ceiling_are_the_neighbours_on_the_grid(value: Decimal, step: Decimal) -> None:
    below, above = floor_to(value, step), ceil_to(value, step)
    assert below <= value < below + step
    assert above - step < value <= above
    assert Fraction(below) % Fraction(step) == Fraction(above) % Fraction(step) == 0


def test_floor_takes_an_exact_fraction() -> None:
    assert floor_to(Fraction(1, 3), Decimal("0.001")) == Decimal("0.333")
    assert ceil_to(Fraction(1, 3), Decimal("0.001")) == Decimal("0.334")


@given(st.integers(min_value=-(10**15) + 1, max_value=10**15 - 1), st.integers(min_value=-12, max_value=6))
def test_a_float_of_fifteen_digits_gives_its_decimal_back(digits: int, exponent: int) -> None:
    written = Decimal(digits).scaleb(exponent)
    assert of_float(float(written)) == written
