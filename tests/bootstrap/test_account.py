"""What a live portfolio knows of pairs: those listed while it trades, and those that may turn out to be held."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from fundarb.bootstrap.desks import desk_of, live_terms
from fundarb.bootstrap.live import open_live
from tests.bootstrap.reconciled import Killed, found_at_a_sandbox
from tests.contract.tradings import BTC

NEW = replace(BTC, symbol="NEW/USDT:USDT", spot="NEW/USDT")


async def test_a_pair_that_is_listed_while_one_trades_is_known_to_whoever_places_orders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        found_at_a_sandbox(tmp_path) as found,
        open_live(found.database, found.resolved, found.keys, "append") as live,
    ):
        listed = await live.account.data.listings()
        assert NEW.symbol not in live.pairs

        async def more() -> object:
            return (*listed, replace(listed[0], pair=NEW))

        monkeypatch.setattr(live.account.data, "listings", more)
        await live.account.listed()
        assert live.pairs[NEW.symbol] == NEW
        assert live.hedger._pairs[NEW.symbol] == NEW


async def test_a_spot_market_that_the_venue_forgot_is_known_from_the_store_until_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        found_at_a_sandbox(tmp_path) as found,
        open_live(found.database, found.resolved, found.keys, "append") as live,
    ):
        account = live.account
        (first, *others) = listed = await account.data.listings()
        theirs = replace(NEW, symbol="THEIRS/USDT:USDT")
        account.remember([first.pair, NEW, theirs])
        bare = replace(first, pair=replace(first.pair, spot=None, multiplier=Decimal(1), gone_ms=1))
        answers = iter([(bare, *others), listed])

        async def told() -> object:
            return next(answers)

        monkeypatch.setattr(account.data, "listings", told)
        pairs = await account.listed([NEW.symbol])
        assert pairs[first.pair.symbol] == replace(first.pair, gone_ms=1)
        assert (pairs[NEW.symbol], theirs.symbol in pairs) == (NEW, False)
        assert account.spotless == {first.pair.symbol, NEW.symbol}
        await account.listed()
        assert (pairs[first.pair.symbol], account.spotless) == (first.pair, {NEW.symbol})


async def test_a_pair_whose_order_was_cut_short_is_looked_at_though_nothing_of_it_is_booked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with found_at_a_sandbox(tmp_path) as found:
        await found.live.look()
        monkeypatch.setattr(found.live.opened.trading, "submit", killed)
        with pytest.raises(Killed):
            await found.live.enter(looking=False)
        async with open_live(found.database, found.resolved, found.keys, "append") as live:
            assert live.ledger.book.positions == {}
            terms = live_terms(live, "hold", starting=True)
            desk = await desk_of(live.journal, live.settings, "hold", live.ledger, terms)
            assert desk.held() == {BTC.symbol}


async def killed(*asked: object) -> str:
    """An order goes out, and nobody is there for the answer."""
    raise Killed
