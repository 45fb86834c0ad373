"""Added margin is believed only where it shows: a venue that shows something else, or nothing, drains no account."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, cast

from fundarb.engine.topping import MarginKeeper, PostedMargin, forgetful, owed
from fundarb.ports.trading import VenuePosition
from tests.engine.live.episodes import BTC
from tests.engine.live.scene import Scene
from tests.engine.live.trader import RULES

D = Decimal


class Short:
    """As much of a position as is read, and the book it stands in."""

    def __init__(self) -> None:
        self.pair, self.qty, self.entry, self.reference, self.opened_ms = BTC.symbol, D(2), D(100), D(120), 1

    def in_order(self) -> list[Short]:
        """It alone."""
        return [self]


class Posting:
    """A guarded short, and what a keeper of its margin tells; `shown` is what the venue says was added, if anything."""

    def __init__(self, scene: Scene, record: PostedMargin) -> None:
        self.scene, self.record, self.short = scene, record, Short()
        self.told: list[str] = []
        self.shown: Decimal | None = None
        self._positions = scene.venue.positions
        scene.venue.positions = self._as_shown  # type: ignore[method-assign]  # what it shows is the test's own
        self.restart()

    def restart(self) -> None:
        """Nothing is known but the record."""
        tell = lambda name, pair, reason, data: self.told.append(name)  # noqa: E731  (of one line)
        self._keeper = MarginKeeper(self.scene.venue, RULES.leverage, tell, self.record)

    async def look(self) -> Decimal:
        """What is really posted after a look."""
        await self._keeper.keep(cast("Any", self.short))
        return self.scene.venue.account.contracts[BTC.symbol].added

    def rise(self) -> None:
        """The reference, as after another guard."""
        self.short.reference += 24

    @property
    def owed(self) -> Decimal:
        """By the ledger."""
        return owed(cast("Any", self.short), RULES.leverage)

    async def _as_shown(self) -> tuple[VenuePosition, ...]:
        return tuple(replace(each, added=self.shown) for each in await self._positions())


async def a_guarded_short() -> Posting:
    """Of which the reference has risen, and nothing was posted yet."""
    scene = Scene()
    trader = await scene.trader(replace(RULES, guard=D(0)))
    assert await scene.enter(trader)
    return Posting(scene, forgetful())


async def test_where_what_was_added_does_not_show_nothing_more_is_added_and_that_is_told_once() -> None:
    posting = await a_guarded_short()
    posting.shown = D(0)
    first = await posting.look()
    assert 0 <= first - posting.owed < D("0.01")
    assert posting.told == ["margin_added", "margin_lacking"]
    posting.rise()
    assert await posting.look() == await posting.look() == first
    assert posting.told == ["margin_added", "margin_lacking"]


async def test_a_venue_that_does_not_tell_gets_what_lacks_by_the_record_over_a_restart_too() -> None:
    posting = await a_guarded_short()
    for _ in range(3):
        assert 0 <= await posting.look() - posting.owed < D("0.01")
    posting.restart()
    assert 0 <= await posting.look() - posting.owed < D("0.01")
    posting.rise()
    posting.restart()
    assert 0 <= await posting.look() - posting.owed < D("0.02")
    assert posting.told == ["margin_added", "margin_added"]


async def test_the_record_of_another_position_is_none_and_a_cut_takes_its_share() -> None:
    posting = await a_guarded_short()
    short, record = cast("Any", posting.short), posting.record
    await record.add(short, D(30))
    short.qty /= 2
    assert await record.of(short) == 15
    short.opened_ms += 1
    assert await record.of(short) == 0
