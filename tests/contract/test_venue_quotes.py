"""What every VenueQuotes promises: both legs of the pairs asked for, uncrossed, and books that begin where tickers end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from decimal import Decimal
from itertools import pairwise

import pytest

from fundarb.errors import VenueRefused
from fundarb.ports.quotes import Touch, VenueQuotes
from fundarb.ports.venue import Ticker
from tests.adapters.ccxt.asking import bybit_data
from tests.contract.venues import BTC, COMING, DEAD, MARKET, MOVE, in_memory
from tests.fakes.quotes import MemoryQuotes
from tests.fakes.venue import MemoryVenue
from tests.fakes.venue_market import NOW, price
from tests.sandbox.running import running_sandbox

CENT = Decimal("0.01")
SPOT, PERP = price("spot", NOW), price("linear", NOW)


@asynccontextmanager
async def bybit_at_a_sandbox() -> AsyncIterator[VenueQuotes]:
    """The adapter, asking the sandbox."""
    async with running_sandbox(market=MARKET) as sandbox, bybit_data(sandbox.url, now_ms=NOW) as data:
        assert isinstance(data, VenueQuotes)
        yield data


@asynccontextmanager
async def memory() -> AsyncIterator[VenueQuotes]:
    """The fake, told the same facts."""
    async with in_memory() as venue:
        assert isinstance(venue, MemoryVenue)
        venue.quotes = [Ticker(symbol, NOW, None, None, None, None, None, None) for symbol in (BTC, MOVE)]
        touches = {(BTC, "spot"): SPOT, (BTC, "perp"): PERP, (MOVE, "perp"): PERP}
        yield MemoryQuotes(venue, {key: Touch(mid - CENT, mid + CENT) for key, mid in touches.items()})


QUOTES: dict[str, Callable[[], AbstractAsyncContextManager[VenueQuotes]]] = {
    "bybit": bybit_at_a_sandbox,
    "memory": memory,
}


@pytest.fixture(params=sorted(QUOTES))
async def quotes(request: pytest.FixtureRequest) -> AsyncIterator[VenueQuotes]:
    """Quotes of each kind."""
    async with QUOTES[request.param]() as opened:
        yield opened


async def test_both_legs_are_told_of_what_trades(quotes: VenueQuotes) -> None:
    found = {quote.ticker.symbol: quote for quote in await quotes.quotes([BTC, MOVE, DEAD, COMING])}
    assert set(found) == {BTC, MOVE}
    assert found[BTC].perp == Touch(PERP - CENT, PERP + CENT)
    assert found[BTC].spot == Touch(SPOT - CENT, SPOT + CENT)
    assert found[MOVE].spot is None
    assert {quote.ticker.observed_at_ms for quote in found.values()} == {NOW}


async def test_only_what_is_asked_for_is_told(quotes: VenueQuotes) -> None:
    assert [quote.ticker.symbol for quote in await quotes.quotes([BTC])] == [BTC]
    assert await quotes.quotes([]) == ()


@pytest.mark.parametrize(("market", "mid"), [("spot", SPOT), ("perp", PERP)])
async def test_a_book_is_best_first_and_uncrossed(quotes: VenueQuotes, market: str, mid: Decimal) -> None:
    book = await quotes.depth(BTC, market)
    assert book.touch == Touch(mid - CENT, mid + CENT)
    assert all(better.price > worse.price for better, worse in pairwise(book.bids))
    assert all(better.price < worse.price for better, worse in pairwise(book.asks))
    assert all(level.qty > 0 for level in (*book.bids, *book.asks))


async def test_a_perp_nobody_lists_has_no_book(quotes: VenueQuotes) -> None:
    with pytest.raises(VenueRefused, match="lists no NONE/USDT:USDT"):
        await quotes.depth("NONE/USDT:USDT", "perp")


def test_a_touch_knows_its_middle_exactly() -> None:
    touch = Touch(Decimal("0.00000001"), Decimal("0.00000002"))
    assert (touch.mid, touch.spread) == (Decimal("0.000000015"), Decimal("0.00000001"))
