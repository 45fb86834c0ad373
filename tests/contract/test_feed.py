"""What every Feed promises: time only moves forward, and no view holds anything later than itself, then or afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from itertools import pairwise

import pytest

from fundarb.accounting.book import Book
from fundarb.domain.instants import HOUR
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.orders import Leg, Side
from fundarb.ports.feed import Known, View
from tests.contract.feeds import FEEDS, Channel, known_at
from tests.contract.trading_samples import BTC
from tests.fakes.feed import FixedView

ENOUGH = 50  # a live feed has no end
DUST = Decimal("0.05")

Seen = tuple[Channel, list[View]]


def assert_time_moves_forward(views: list[View]) -> None:
    """Strictly increasing, and only the last view of all says that it is the last."""
    assert all(earlier.at_ms < later.at_ms for earlier, later in pairwise(views))
    assert not any(view.last for view in views[:-1])


def assert_nothing_later(view: View, pair: str) -> None:
    """Every time stated is past or present."""
    known = view.known(pair)
    quoted = [quote.at_ms for quote in (known.perp, known.spot) if quote is not None]
    for told_ms in (*quoted, known.settled_at_ms):
        assert told_ms is None or told_ms <= view.at_ms


def assert_complete(known: Known) -> None:
    """A rate comes with its settlement, and an interval unless it is its perp's first; prices are above zero."""
    assert (known.rate is None) == (known.settled_at_ms is None)
    assert known.interval_ms >= 0
    assert known.rate is not None or known.interval_ms == 0
    for quote in (known.perp, known.spot):
        assert quote is None or quote.price > 0


def assert_marks_agree(view: View, pair: str) -> None:
    """Volume is never below zero, prices are above it, and a lone spot leg has no perp price."""
    assert view.quote_volume(pair) >= 0
    for marked in (view.marked(pair), view.spot_marked(pair)):
        assert marked is None or marked.spot > 0
    alone = view.spot_marked(pair)
    assert alone is None or alone.perp == 0


def book_with_dust(pair: str) -> Book:
    """A trade that is over and left `DUST`."""
    ten, none = Decimal(10), Decimal(0)
    bought = LedgerLine(
        1, LineKind.FILL, pair, -(ten + DUST), Leg.SPOT, Side.BUY, ten + DUST, Decimal(1), Decimal(1), none, "quote"
    )
    sold = bought._replace(side=Side.SELL, qty=ten, cash=ten, reason="rate")
    shorted = sold._replace(leg=Leg.PERP, cash=none)
    book = Book()
    book.apply_all([bought, shorted, sold, shorted._replace(side=Side.BUY)])
    assert dict(book.dust) == {pair: DUST}
    return book


@pytest.fixture(params=sorted(FEEDS))
async def seen(request: pytest.FixtureRequest) -> AsyncIterator[Seen]:
    """The first views of a feed of each kind, each checked as it came, while the feed knew nothing later."""
    async with FEEDS[request.param]() as channel:
        views: list[View] = []
        async for view in channel.feed.views():
            for pair in channel.pairs:
                assert_nothing_later(view, pair)
            views.append(view)
            if len(views) == ENOUGH:
                break
        yield channel, views


async def test_time_moves_forward(seen: Seen) -> None:
    _, views = seen
    assert len(views) >= 3
    assert_time_moves_forward(views)


async def test_a_view_holds_nothing_later_than_itself_even_when_asked_later(seen: Seen) -> None:
    channel, views = seen
    for view in views:
        for pair in channel.pairs:
            assert_nothing_later(view, pair)


async def test_facts_are_complete(seen: Seen) -> None:
    channel, views = seen
    told = [view.known(pair) for view in views for pair in channel.pairs]
    for known in told:
        assert_complete(known)
    assert any(None not in (known.perp, known.spot, known.rate) for known in told)


async def test_marks_and_volumes_agree_with_what_is_known(seen: Seen) -> None:
    channel, views = seen
    for view in views:
        for pair in channel.pairs:
            assert_marks_agree(view, pair)
    assert any(view.marked(pair) for view in views for pair in channel.pairs)


async def test_dust_is_worth_its_spots_last_close(seen: Seen) -> None:
    channel, views = seen
    priced = 0
    for pair in channel.pairs:
        book = book_with_dust(pair)
        for view in views:
            if spot := view.known(pair).spot:
                assert view.dust_worth(book) == DUST * spot.price
                priced += 1
    assert priced > 0


async def test_without_dust_there_is_no_worth(seen: Seen) -> None:
    _, views = seen
    assert [view.dust_worth(Book()) for view in views] == [0] * len(views)


@pytest.mark.parametrize("times", [(1, 1), (1, 3, 2)])
def test_the_contract_notices_time_that_does_not_move_forward(times: tuple[int, ...]) -> None:
    with pytest.raises(AssertionError):
        assert_time_moves_forward([FixedView(at_ms) for at_ms in times])


def test_the_contract_notices_views_after_the_last() -> None:
    with pytest.raises(AssertionError):
        assert_time_moves_forward([FixedView(1, last=True), FixedView(2)])


@pytest.mark.parametrize("field", ["perp", "spot", "settled_at_ms"])
def test_the_contract_notices_a_look_ahead(field: str) -> None:
    later, now = known_at(HOUR + 1), known_at(HOUR)
    ahead = Known(*(getattr(later if name == field else now, name) for name in Known._fields))
    assert_nothing_later(FixedView(HOUR, {BTC: now}), BTC)
    with pytest.raises(AssertionError):
        assert_nothing_later(FixedView(HOUR, {BTC: ahead}), BTC)


def test_the_contract_notices_a_settlement_without_its_rate() -> None:
    with pytest.raises(AssertionError):
        assert_complete(known_at(HOUR)._replace(rate=None))
    with pytest.raises(AssertionError):
        assert_complete(known_at(HOUR)._replace(interval_ms=-1))
