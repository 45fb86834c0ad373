"""The live feed: what a view rests on, when it comes, what is waited for, and what becomes of it without a venue."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from fundarb.domain.instants import DAY, HOUR, LATEST, MINUTE, iso
from fundarb.domain.market import PredictedRate, Span
from fundarb.engine.trading.archive import SEEN_FOR
from fundarb.errors import DatabaseBusy, DataError, UnknownPair, VenueThrottled, VenueUnreachable
from fundarb.ports.feed import Marked
from fundarb.ports.quotes import PairQuote
from tests.engine.trading.looking import BTC, ETH, INTERVAL, START, Looking, announce, late, looking
from tests.fakes.quotes import MemoryQuotes
from tests.fakes.venue import Asked


async def test_the_first_view_is_of_the_last_settlement_and_knows_all_of_the_lookback(tmp_path: Path) -> None:
    async with looking(tmp_path / "m.db") as here:
        (view,) = await here.views(1)
        assert (view.at_ms, view.boundary_ms) == (START + HOUR, START)
        known = view.known(BTC)
        assert (known.settled_at_ms, known.interval_ms, known.rate) == (START, INTERVAL, Decimal("0.0001"))
        assert known.perp is not None
        assert known.perp.at_ms == START + HOUR
        assert view.marked(BTC) == Marked(Decimal(100), Decimal(100), stale=False)
        assert view.tradable(BTC)
        stamps = [row async for batch in here.store.reader.settlements(BTC, Span(0, LATEST), LATEST) for row in batch]
        assert stamps[0].settled_at_ms <= START - 48 * HOUR


async def test_between_settlements_it_polls_and_at_one_it_decides(tmp_path: Path) -> None:
    async with looking(tmp_path / "m.db") as here:
        views = await here.views(10)
        boundaries = [(view.at_ms, view.boundary_ms) for view in views if view.boundary_ms is not None]
        assert boundaries == [(START + HOUR, START), (START + INTERVAL, START + INTERVAL)]
        assert all(earlier.at_ms < later.at_ms for earlier, later in pairwise(views))
        assert here.named("settled") == [{"delay_ms": 0, "missing": []}]
        assert len(here.beats) == 10
        assert here.wish.foreseen == [START + HOUR, START + INTERVAL]


async def test_a_rate_that_is_published_late_is_waited_for(tmp_path: Path) -> None:
    async with looking(tmp_path / "m.db", START + 7 * HOUR) as here:
        here.clock.moved.append(late(here.venue, ETH, START + INTERVAL, START + INTERVAL + 20_000))
        _, view = await here.views(2)
        assert (view.boundary_ms, view.at_ms) == (START + INTERVAL, START + INTERVAL + 20_000)
        assert view.known(ETH).settled_at_ms == START + INTERVAL
        assert here.named("settled") == [{"delay_ms": 20_000, "missing": []}]


async def test_but_not_for_ever(tmp_path: Path) -> None:
    async with looking(tmp_path / "m.db", START + 7 * HOUR) as here:
        here.clock.moved.append(late(here.venue, ETH, START + INTERVAL, LATEST))
        _, view = await here.views(2)
        assert view.at_ms - START - INTERVAL == MINUTE
        assert (view.known(BTC).settled_at_ms, view.known(ETH).settled_at_ms) == (START + INTERVAL, START)
        assert here.named("settled") == [{"delay_ms": MINUTE, "missing": [ETH]}]


def failing_from(here: Looking, *, calls: Collection[str], first_ms: int, last_ms: int) -> None:
    """These requests fail between two moments."""

    def before(asked: Asked) -> None:
        if asked.call in calls and first_ms <= here.venue.now_ms <= last_ms:
            raise VenueUnreachable(f"{asked.call} is not answered")

    here.venue.before = before


async def test_what_was_missed_in_an_outage_is_made_up_for_before_anything_is_decided(tmp_path: Path) -> None:
    async with looking(tmp_path / "m.db", START + 7 * HOUR, poll_ms=10 * MINUTE) as here:
        first_ms, last_ms = START + INTERVAL - 5 * MINUTE, START + INTERVAL + 25 * MINUTE
        failing_from(here, calls={"tickers", "funding", "candles"}, first_ms=first_ms, last_ms=last_ms)
        views = await here.views(7)
        assert (views[-1].boundary_ms, views[-1].at_ms) == (START + INTERVAL, START + INTERVAL + 30 * MINUTE)
        assert views[-1].known(BTC).settled_at_ms == START + INTERVAL
        assert [data["why"] for data in here.named("outage")] == ["funding is not answered"]
        assert here.named("back") == [{"after_s": 1800.0}]


async def test_a_settlement_that_comes_while_prices_are_asked_for_is_decided_on_next(tmp_path: Path) -> None:
    async with looking(tmp_path / "m.db", START + 7 * HOUR + 30 * MINUTE + 100, poll_ms=29 * MINUTE) as here:

        def before(asked: Asked) -> None:
            if asked.call == "tickers" and 0 < START + INTERVAL - here.venue.now_ms < 2 * MINUTE:
                here.venue.now_ms = START + INTERVAL + 400
                announce(here.venue)

        here.venue.before = before
        views = await here.views(3)
        told = [(view.at_ms - START - INTERVAL, view.boundary_ms) for view in views[1:]]
        assert told == [(400, None), (401, START + INTERVAL)]


@pytest.mark.parametrize("calls", [{"funding"}, {"funding", "candles"}])
async def test_while_a_settlement_cannot_be_learnt_the_market_is_watched_and_nothing_decided(
    tmp_path: Path, calls: set[str]
) -> None:
    async with looking(tmp_path / "m.db", START + 7 * HOUR, poll_ms=10 * MINUTE) as here:
        first_ms, last_ms = START + INTERVAL, START + INTERVAL + 25 * MINUTE
        failing_from(here, calls=calls, first_ms=first_ms, last_ms=last_ms)
        views = await here.views(10)
        after = [(view.at_ms - START - INTERVAL, view.boundary_ms) for view in views[6:]]
        assert after == [(0, None), (10 * MINUTE, None), (20 * MINUTE, None), (30 * MINUTE, START + INTERVAL)]
        assert all(view.tradable(BTC) for view in views)
        assert here.named("outage") == [{"why": "funding is not answered"}]
        assert here.named("back") == [{"after_s": 1800.0}]


async def test_one_pair_that_cannot_be_asked_keeps_the_others_waiting_no_longer_than_one_that_is_late(
    tmp_path: Path,
) -> None:
    async with looking(tmp_path / "m.db", START + 7 * HOUR) as here:

        def before(asked: Asked) -> None:
            if asked.symbol == ETH and asked.call == "funding" and here.venue.now_ms >= START + INTERVAL:
                raise VenueUnreachable("no rates")

        here.venue.before = before
        _, view = await here.views(2)
        assert (view.at_ms - START - INTERVAL, view.boundary_ms) == (MINUTE, START + INTERVAL)
        assert view.known(BTC).settled_at_ms == START + INTERVAL
        assert view.known(ETH).settled_at_ms is None


async def test_at_the_start_a_venue_that_does_not_answer_is_an_error(tmp_path: Path) -> None:
    async with looking(tmp_path / "m.db") as here:
        failing_from(here, calls={"listings"}, first_ms=0, last_ms=LATEST)
        with pytest.raises(VenueUnreachable, match="listings is not answered"):
            await here.views(1)


async def test_after_an_hour_without_a_look_it_gives_up(tmp_path: Path) -> None:
    async with looking(tmp_path / "m.db", poll_ms=10 * MINUTE) as here:
        failing_from(here, calls={"tickers"}, first_ms=START + 2 * HOUR, last_ms=LATEST)
        with pytest.raises(VenueUnreachable, match="tickers is not answered"):
            await here.views(100)
        assert here.venue.now_ms == START + 3 * HOUR
        assert len(here.named("outage")) == 1
        assert here.beats[-1] == START + 3 * HOUR - 10 * MINUTE


async def test_whoever_has_an_account_looks_at_it_wherever_prices_were_asked_for_in_vain(tmp_path: Path) -> None:
    async with looking(tmp_path / "m.db", poll_ms=10 * MINUTE) as here:
        first_ms, last_ms = START + 2 * HOUR, START + 2 * HOUR + 25 * MINUTE
        failing_from(here, calls={"tickers"}, first_ms=first_ms, last_ms=last_ms)
        looked: list[int] = []

        async def unpriced() -> None:
            looked.append(here.venue.now_ms)

        here.feed.unpriced = unpriced
        views = await here.views(7)
        assert looked == [first_ms, first_ms + 10 * MINUTE, first_ms + 20 * MINUTE]
        assert [view.at_ms for view in views[5:]] == [first_ms - 10 * MINUTE, last_ms + 5 * MINUTE]


async def test_a_database_that_is_kept_hinders_the_look_at_the_account_as_any_other(tmp_path: Path) -> None:
    async with looking(tmp_path / "m.db", poll_ms=10 * MINUTE) as here:
        failing_from(here, calls={"tickers"}, first_ms=START + 2 * HOUR, last_ms=START + 2 * HOUR)
        met: list[DatabaseBusy] = []

        async def unpriced() -> None:
            raise DatabaseBusy("kept")

        async def hindered(error: DatabaseBusy) -> None:
            met.append(error)

        here.feed.unpriced, here.feed.hindered = unpriced, hindered
        views = await here.views(7)
        assert (len(met), views[-1].at_ms) == (1, START + 2 * HOUR + 10 * MINUTE)
        assert START + 2 * HOUR not in here.beats


async def test_what_was_known_without_prices_tells_none(tmp_path: Path) -> None:
    async with looking(tmp_path / "m.db") as here:
        (view,) = await here.views(1)
        blind = view.unpriced(view.at_ms + 1).later(0)
        assert (blind.at_ms, blind.boundary_ms, blind.tradable(BTC)) == (view.at_ms + 1, None, False)
        assert (blind.marked(BTC), blind.spot_marked(BTC), blind.quote(BTC)) == (None, None, None)
        assert blind.known(BTC) == view.known(BTC)


async def test_a_ban_is_told_with_its_end_again_when_that_moves_and_the_heart_beats_on(tmp_path: Path) -> None:
    async with looking(tmp_path / "m.db", poll_ms=10 * MINUTE) as here:
        first_ms = START + 2 * HOUR

        def before(asked: Asked) -> None:
            since_ms = here.venue.now_ms - first_ms
            if asked.call == "tickers" and 0 <= since_ms <= 30 * MINUTE:
                raise VenueThrottled("too much", 600.0 if since_ms < 20 * MINUTE else 1200.0)

        here.venue.before = before
        await here.views(10)
        ends = [first_ms + minutes * MINUTE for minutes in (10, 20, 40, 50)]
        assert [data["until"] for data in here.named("outage")] == [iso(at_ms) for at_ms in ends]
        assert len(here.named("back")) == 1
        assert all(later - earlier <= 10 * MINUTE for earlier, later in pairwise(here.beats))


async def test_of_a_pair_that_could_not_be_asked_nothing_is_known(tmp_path: Path) -> None:
    async with looking(tmp_path / "m.db") as here:

        def before(asked: Asked) -> None:
            if asked.symbol == ETH and asked.call == "candles" and asked.market == "spot":
                raise VenueUnreachable("no spot candles")

        here.venue.before = before
        (view,) = await here.views(1)
        assert view.known(ETH).settled_at_ms is None
        assert view.known(BTC).settled_at_ms == START


class OldNews(MemoryQuotes):
    """As the venue answers from a cache: the prices of ETH are older than a minute."""

    async def quotes(self, symbols: Collection[str]) -> tuple[PairQuote, ...]:
        """Stamped with when they were made."""
        told = await super().quotes(symbols)
        made_ms = self.venue.now_ms - MINUTE - 1
        return tuple(
            replace(one, ticker=replace(one.ticker, observed_at_ms=made_ms)) if one.ticker.symbol == ETH else one
            for one in told
        )


async def test_prices_of_long_ago_are_none(tmp_path: Path) -> None:
    async with looking(tmp_path / "m.db") as here:
        here.feed.quotes = OldNews(here.venue, here.quotes.touches)
        (view,) = await here.views(1)
        assert view.tradable(BTC)
        assert not view.tradable(ETH)


async def test_what_is_held_is_kept_up_to_date_though_it_is_excluded(tmp_path: Path) -> None:
    async with looking(tmp_path / "m.db", held=[ETH]) as here:
        here.feed.archive.wanted = replace(here.feed.archive.wanted, exclude=[ETH])
        (view,) = await here.views(1)
        assert here.feed.stock is not None
        assert here.feed.stock.universe == (BTC,)
        assert view.known(ETH).rate == view.known(BTC).rate


async def test_what_no_look_could_bring_is_refused_before_it_is_wanted(tmp_path: Path) -> None:
    async with looking(tmp_path / "m.db") as here:
        await here.views(1)
        archive, now_ms = here.feed.archive, here.clock.now_ms()
        for names, exclude, words in (
            ([BTC, "NOPE"], [], "NOPE"),
            ([], ["NOPE"], "NOPE"),
            ([], [BTC, ETH], "no pair to"),
        ):
            with pytest.raises(UnknownPair, match=words):
                await archive.require(replace(archive.wanted, names=names, exclude=exclude), now_ms)
        await archive.require(replace(archive.wanted, names=[], exclude=[BTC]), now_ms)


@pytest.mark.parametrize("held", [(), (ETH,)])
async def test_with_nothing_to_enter_it_looks_on_while_something_is_open(held: Collection[str], tmp_path: Path) -> None:
    """Its end at the venue has to be booked, and what is left of it to be sold."""
    async with looking(tmp_path / "m.db", held=held) as here:
        for symbol in (BTC, ETH):
            here.venue.list_pair(symbol, first_seen_ms=START - 10 * DAY, gone_ms=START)
        if held:
            (view,) = await here.views(1)
            assert view.pair(ETH).gone_ms == START
        else:
            with pytest.raises(DataError, match="no pair to trade"):
                await here.views(1)


async def test_what_is_held_is_looked_at_though_it_is_not_wanted_any_more(tmp_path: Path) -> None:
    async with looking(tmp_path / "m.db", held=[ETH]) as here:
        here.feed.archive.wanted = replace(here.feed.archive.wanted, names=[BTC])
        (view,) = await here.views(1)
        assert here.feed.stock is not None
        assert here.feed.stock.universe == (BTC,)
        assert here.feed.stock.symbols == (BTC, ETH)
        assert view.tradable(ETH)


async def test_what_is_ending_is_looked_at_and_left_and_not_taken_for_gone(tmp_path: Path) -> None:
    async with looking(tmp_path / "m.db", held=[ETH]) as here:
        here.venue.listed[1] = replace(here.venue.listed[1], trading=False, ending=True)
        (view,) = await here.views(1)
        stock = here.feed.stock
        assert stock is not None
        assert (list(stock.leaving), ETH in stock.symbols) == ([ETH], True)
        assert view.pair(ETH).listed(view.at_ms)


async def test_prices_tell_at_the_next_look_which_pairs_end(tmp_path: Path) -> None:
    async with looking(tmp_path / "m.db") as here:

        def ends(now_ms: int) -> None:
            here.venue.quotes = [
                replace(one, leaves_ms=LATEST) if one.symbol == ETH else one for one in here.venue.quotes
            ]

        here.clock.moved.append(ends)
        assert [view.leaving for view in await here.views(2)] == [frozenset(), {ETH}]
        assert here.feed.stock is not None
        assert here.feed.stock.leaving == frozenset()


async def test_what_is_seen_is_kept_but_not_all_of_it(tmp_path: Path) -> None:
    async with looking(tmp_path / "m.db", poll_ms=MINUTE) as here:
        await here.views(46)
        seen = await here.store.reader.predicted(BTC, Span(0, LATEST), LATEST)
        assert [rate.observed_at_ms - START - HOUR for rate in seen] == [n * 15 * MINUTE for n in range(4)]
        assert {rate.for_settlement_ms for rate in seen} == {START + INTERVAL}


async def test_what_was_seen_long_ago_is_forgotten_once_a_day_and_the_history_is_not(tmp_path: Path) -> None:
    async with looking(tmp_path / "m.db") as here:
        now_ms = START + HOUR
        ages = (SEEN_FOR + DAY, SEEN_FOR + 1, SEEN_FOR - 1)
        old = [PredictedRate(BTC, now_ms - age, now_ms, Decimal(1)) for age in ages]
        await here.views(1)
        async with here.store.writer.transaction():
            await here.store.writer.put_predicted(old)
        settled = len((await here.store.reader.settlement_columns(BTC, Span(0, LATEST), LATEST)).settled_at)
        quotes = await here.quotes.quotes([BTC])
        await here.feed.archive.record(quotes, now_ms + HOUR)
        assert len(await here.store.reader.predicted(BTC, Span(0, LATEST), LATEST)) == 4
        await here.feed.archive.record(quotes, now_ms + DAY)
        kept = await here.store.reader.predicted(BTC, Span(0, LATEST), LATEST)
        assert [one.observed_at_ms for one in kept] == [now_ms]
        assert len((await here.store.reader.settlement_columns(BTC, Span(0, LATEST), LATEST)).settled_at) == settled
