"""What a page must be before it is believed, and which time a run goes by."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest

from fundarb.domain.instants import HOUR
from fundarb.domain.instrument import Kind
from fundarb.domain.market import Span
from fundarb.engine.collect.present import present_ms
from fundarb.engine.collect.rows import ask
from fundarb.engine.collect.streams import Stream
from fundarb.engine.collect.tickers import last_due, predicted
from fundarb.errors import VenueUnreadable
from fundarb.ports.market import CandleDigits
from fundarb.ports.venue import Ticker
from tests.engine.collect.markets import BTC, T0
from tests.fakes.clock import SteppedClock
from tests.fakes.venue import MemoryVenue

CANDLES = Stream(BTC, Kind.PERP, HOUR)
PAGE = Span(T0, T0 + 3 * HOUR)


class Careless(MemoryVenue):
    """Hands out whatever it was given."""

    given: Sequence[CandleDigits] = ()

    async def candle_page(self, symbol: str, market: str, span_ms: int, span: Span) -> Sequence[CandleDigits]:
        """As given."""
        return self.given


def candle(at_ms: int, price: str = "1") -> CandleDigits:
    return CandleDigits(BTC, "perp", HOUR, at_ms, price, price, price, price, "1")


async def asked(*rows: CandleDigits) -> list[int]:
    venue = Careless(T0)
    venue.given = rows
    return list(await ask(venue, CANDLES, PAGE))


async def test_rows_come_in_order_once_each_and_of_the_span_only() -> None:
    rows = [candle(T0 + n * HOUR) for n in (2, 0, 1, 0, 3, -1)]
    assert await asked(*rows) == [T0, T0 + HOUR, T0 + 2 * HOUR]


async def test_a_row_off_the_grid_or_two_of_one_time_are_no_answer() -> None:
    with pytest.raises(
        VenueUnreadable, match=r"BTC/USDT:USDT perp: a row at 2024-01-01T00:00:00[.]001Z, which is off its grid"
    ):
        await asked(candle(T0), candle(T0 + 1))
    with pytest.raises(VenueUnreadable, match="two different rows of one time"):
        await asked(candle(T0), candle(T0, "2"))


@pytest.mark.parametrize(
    "numbers",
    [
        ("-5", "1", "1", "1", "1"),
        ("1", "1", "0", "1", "1"),
        ("1", "2", "1", "-0.1", "1"),
        ("2", "1", "2", "1", "1"),
        ("1", "9", "10", "1", "1"),
        ("1", "1", "1", "1", "-1"),
    ],
)
async def test_a_candle_that_an_import_would_refuse_is_no_answer(numbers: tuple[str, str, str, str, str]) -> None:
    sound = CandleDigits(BTC, "perp", HOUR, T0, "0.000001", "10", "0.0000009", "9", "0")
    assert await asked(sound) == [T0]
    with pytest.raises(VenueUnreadable, match=r"cannot be, at 2024-01-01T01:00:00Z: .*CandleDigits"):
        await asked(sound, CandleDigits(BTC, "perp", HOUR, T0 + HOUR, *numbers))


async def test_open_interest_below_nothing_is_no_answer() -> None:
    venue = MemoryVenue(PAGE.end_ms)
    venue.list_pair(BTC)
    venue.hold(BTC, HOUR, PAGE, "0")
    assert len(await ask(venue, Stream(BTC, Kind.OPEN_INTEREST, HOUR), PAGE)) == 3
    venue.hold(BTC, HOUR, Span(T0, T0 + HOUR), "-1")
    with pytest.raises(VenueUnreadable, match="cannot be"):
        await ask(venue, Stream(BTC, Kind.OPEN_INTEREST, HOUR), PAGE)


@pytest.mark.parametrize(("venue_ms", "own_ms"), [(T0, T0 + 2 * HOUR), (T0 + 2 * HOUR, T0), (T0, T0 + 5)])
async def test_the_earlier_of_two_clocks_counts_and_a_difference_is_said(venue_ms: int, own_ms: int) -> None:
    notes: list[str] = []
    assert await present_ms(MemoryVenue(venue_ms), SteppedClock(own_ms), notes.append) == T0
    assert len(notes) == (abs(venue_ms - own_ms) > 60_000)


def ticker(next_ms: int | None, interval_ms: int | None = 8 * HOUR) -> Ticker:
    return Ticker(BTC, T0 + 1, Decimal("0.0001"), next_ms, interval_ms, None, None, None)


def test_what_is_predicted_is_for_a_settlement_to_come() -> None:
    rate = predicted(ticker(T0 + 8 * HOUR))
    assert rate is not None
    assert (rate.observed_at_ms, rate.for_settlement_ms) == (T0 + 1, T0 + 8 * HOUR)
    assert predicted(ticker(T0)) is None
    assert predicted(ticker(None)) is None


def test_when_it_settled_last_follows_from_the_next_settlement() -> None:
    assert last_due(ticker(T0 + 8 * HOUR)) == T0
    assert last_due(ticker(T0, None)) is None
