"""Numbers keep the digits that came, in canonical form, the quick way and the careful way alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundarb.adapters.ccxt.digits import candle_digits, digits, number, stamp, whole
from fundarb.domain.money import canonical, parse

OPENED = "1738627200000"
WRITTEN = st.from_regex(r"(0|[1-9][0-9]{0,12})(\.[0-9]{0,14})?", fullmatch=True)


@given(st.lists(st.tuples(WRITTEN, WRITTEN, WRITTEN, WRITTEN, WRITTEN, WRITTEN), min_size=1, max_size=5))
def test_a_page_read_at_once_is_every_number_read_by_itself(rows: list[tuple[str, ...]]) -> None:
    found = candle_digits([[OPENED, *row] for row in rows], 5)
    assert [tuple(row) for row in found] == [(OPENED, *(canonical(parse(text)) for text in row[:5])) for row in rows]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1.50", "1.5"), ("2.0", "2"), ("1e-7", "0.0000001"), ("-0.0", "0"), ("007", "7"), ("100", "100")],
)
def test_what_is_written_otherwise_is_read_carefully(text: str, expected: str) -> None:
    assert list(candle_digits([[OPENED, text, "1", "1", "1", "1"]], 5)[0])[1] == expected


@pytest.mark.parametrize(
    "cells",
    [
        ["1,2", "3", "4", "5", "6"],
        ["1\n1738627200000", "3", "4", "5", "6"],
        ["1.5.0", "3", "4", "5", "6"],
        ["1" + "0" * 31, "3", "4", "5", "6"],
        ["", "3", "4", "5", "6"],
        ["nan", "3", "4", "5", "6"],
        [1.5, "3", "4", "5", "6"],
        [True, "3", "4", "5", "6"],
        [None, "3", "4", "5", "6"],
    ],
)
def test_what_is_no_number_is_refused_in_any_company(cells: list[object]) -> None:
    good = [OPENED, "1", "2", "3", "4", "5"]
    with pytest.raises(ValueError, match=r"number|stored"):
        candle_digits([good, [OPENED, *cells], good], 5)


def test_a_row_that_is_too_short_is_refused() -> None:
    with pytest.raises(IndexError):
        candle_digits([[OPENED, "1", "2", "3", "4"]], 5)


def test_no_rows_are_none() -> None:
    assert list(candle_digits([], 5)) == []


@pytest.mark.parametrize("value", [1.0, True, None, b"1", [1]])
def test_a_float_or_worse_is_no_digits(value: object) -> None:
    with pytest.raises(ValueError, match="not a number"):
        digits(value)


def test_blanks_are_absent_and_stamps_of_0_are_never() -> None:
    assert (number(""), number(None), stamp(""), stamp("0"), stamp(0), stamp("17")) == (
        None,
        None,
        None,
        None,
        None,
        17,
    )
    assert (digits(5), whole("1700000000000"), str(number("0.00010"))) == ("5", 1_700_000_000_000, "0.0001")
    with pytest.raises(ValueError, match=r"invalid literal"):
        whole("1.5")


@pytest.mark.parametrize("value", ["-1", "100000000000000000000", "1.5", "soon"])
def test_a_stamp_that_is_no_time_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"time|number|literal"):
        stamp(value)
