"""The fast way reads exactly what the careful way reads, or leaves the chunk to it; never anything else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fundarb.adapters.layout.candles import CandleParser
from fundarb.adapters.layout.fields import Fields
from fundarb.adapters.layout.funding import FundingParser
from tests.adapters.layout.files import BTC, CANDLES, FUNDING, T0

KNOWN = frozenset({BTC})
RATES = FundingParser(FUNDING.split(","), KNOWN)
PRICES = CandleParser(CANDLES.split(","), KNOWN)
Row = TypeVar("Row", covariant=True)


class Parser(Protocol[Row]):
    """Both ways of reading."""

    def plain(self, text: str) -> Sequence[Row] | None:
        """All rows at once."""
        ...

    def careful(self, row: Fields) -> Row:
        """One row."""
        ...


def both_ways(parser: Parser[Row], header: str, line: str) -> tuple[Sequence[Row] | None, Row | None]:
    """What the fast way makes of a line, and what the careful way does; None where they refuse."""
    fields = line.split(",")
    names = header.split(",")
    try:
        careful = parser.careful(dict(zip(names, fields, strict=True)))
    except ValueError:
        careful = None
    return parser.plain(line + "\n"), careful


numbers = st.one_of(
    st.text("0123456789.-+e_ ", min_size=0, max_size=8),
    st.from_regex(r"-?[0-9]{1,4}(\.[0-9]{0,6})?0{0,3}", fullmatch=True),
    st.decimals(allow_nan=True, allow_infinity=True, places=8).map(str),
    st.floats().map(repr),
    st.integers(-(10**32), 10**32).map(str),
)
times = st.one_of(st.integers(T0 - 10**13, T0 + 10**13).map(str), st.just(str(T0)), numbers)


@settings(max_examples=500)
@given(time=times, rate=numbers)
@example(time=str(T0), rate="-0")
@example(time=str(T0), rate="-0.000")
@example(time=str(T0), rate="10.05.00")
@example(time=str(T0), rate="1.")
@example(time=str(T0), rate="1" + "0" * 30)
@example(time=str(T0), rate="1" + "0" * 40)
@example(time=str(T0), rate="0.5" + "0" * 40)
@example(time=str(T0), rate="0.5" + "0" * 30 + "1")
@example(time=str(T0), rate="0." + "0" * 29 + "1")
@example(time=str(T0), rate="0." + "0" * 30 + "1")
@example(time="946684800000", rate="1")
@example(time="946684799999", rate="1")
@example(time="4102444800000", rate="1")
def test_a_rate_is_read_alike_both_ways(time: str, rate: str) -> None:
    plain, careful = both_ways(RATES, FUNDING, f"{BTC},{time},{rate}")
    assert plain is None or plain == [careful]


@settings(max_examples=500)
@given(
    market=st.sampled_from(["spot", "perp", "mark", "swap", ""]),
    interval=st.sampled_from(["1h", "5m", "1d", "0h", "01h", "1M", "60"]),
    time=times,
    prices=st.lists(numbers, min_size=4, max_size=4),
    volume=st.one_of(numbers, st.just("")),
)
@example(market="mark", interval="1h", time=str(T0), prices=["1", "1", "1", "1"], volume="")
@example(market="perp", interval="1h", time=str(T0), prices=["1", "1", "1", "1"], volume="")
@example(market="perp", interval="1h", time=str(T0), prices=["1", "1", "1", "1"], volume="-0")
@example(market="perp", interval="1h", time=str(T0), prices=["1", "0.1", "0.10000000000000001", "1"], volume="1")
@example(market="perp", interval="1h", time=str(T0), prices=["1", "0.10000000000000001", "0.1", "1"], volume="1")
@example(market="perp", interval="1h", time=str(T0), prices=["1", "1", "1", "0.0"], volume="1")
def test_a_candle_is_read_alike_both_ways(
    market: str, interval: str, time: str, prices: list[str], volume: str
) -> None:
    line = ",".join((BTC, market, interval, time, *prices, volume))
    plain, careful = both_ways(PRICES, CANDLES, line)
    assert plain is None or plain == [careful]


@pytest.mark.parametrize("rate", ["0.0001", "-0.0001", "0.00010", "1.0", "12", "0", "0.0", "100"])
def test_common_rates_go_the_fast_way(rate: str) -> None:
    plain, careful = both_ways(RATES, FUNDING, f"{BTC},{T0},{rate}")
    assert plain == [careful]


def test_common_candles_go_the_fast_way() -> None:
    lines = [f"{BTC},perp,1h,{T0},1.50,2,1.25,1.75,10.0", f"{BTC},mark,1d,{T0},1,1,1,1,"]
    plain = PRICES.plain("".join(f"{line}\r\n" for line in lines))
    assert plain is not None
    assert list(plain) == [both_ways(PRICES, CANDLES, line)[1] for line in lines]


@pytest.mark.parametrize(
    "line", ["", "x", f"{BTC},{T0},0.1,", f"x,{BTC},{T0},0.1", f'{BTC},{T0},"0.1"', f"DOGE,{T0},0.1"]
)
def test_one_odd_line_sends_the_whole_chunk_the_careful_way(line: str) -> None:
    assert RATES.plain(f"{BTC},{T0},0.1\n{line}\n{BTC},{T0},0.1\n") is None
