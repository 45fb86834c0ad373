"""A portfolio on paper is watched at each look: what is lost halts entries, what is in danger is left, the rest is told."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

from fundarb.accounting.lines import deposit_line
from fundarb.domain.decision import ExitReason
from fundarb.domain.instants import DAY
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.money import quotient12
from fundarb.engine.trading.danger import Danger
from fundarb.engine.trading.live_view import LiveView
from fundarb.engine.trading.sentry import Sentry
from fundarb.engine.trading.thinking import Memory
from fundarb.ports.journal import Event, Halt
from fundarb.risk.gate import FREE, Standing
from fundarb.risk.halting import with_more
from fundarb.risk.losses import LossLimits
from tests.engine.paper_scene import RULES, A, D, Scene, a_scene
from tests.engine.scenes import at
from tests.fakes.journal import MemoryJournal

TENTH = LossLimits(drawdown=D("0.1"), day=D("0.1"))
OFF = LossLimits()
UPKEEP = RULES.mmr + D("0.00055")


class Watched:
    """A scene, its journal, and what its sentry told; `restart` forgets all but the journal."""

    def __init__(self, scene: Scene, limits: LossLimits, most: Decimal | None = None) -> None:
        self.scene, self.journal, self.told = scene, MemoryJournal(), list[Event]()
        self._limits, self._danger = limits, Danger(most, RULES.margin, RULES.mmr, RULES.costs)
        self.restart()

    def restart(self) -> None:
        async def recall(what: str) -> str | None:
            return await self.journal.recall("paper", what)

        async def remember(what: str, value: str) -> None:
            await self.journal.remember("paper", what, value)

        memory = Memory(recall, remember)
        self.sentry = Sentry("paper", self.journal, memory, self._limits, self._danger, self.told.append)

    async def look(self, view: LiveView, standing: Standing = FREE) -> tuple[Standing, dict[str, ExitReason]]:
        """What stops entries, and what is to be left for what."""
        demands = await self.sentry.look(view, self.scene.ledger.book, standing)
        return demands.standing, {request.pair: request.reason for request in demands.exits}

    def named(self, name: str) -> list[tuple[str | None, dict[str, Any]]]:
        return [(one.reason, json.loads(one.data or "{}")) for one in self.told if one.name == name]


def spread(view: LiveView, spot: str) -> LiveView:
    """The same look with the spot at another price: a loss, since the legs no longer offset."""
    quote = view.quote(A)
    assert quote is not None
    assert quote.spot is not None
    moved = quote.spot._replace(bid=D(spot), ask=D(spot))
    return LiveView(view.at_ms, view.picture, {A: replace(quote, spot=moved)}, view.boundary_ms)


async def test_a_loss_halts_entries_through_the_journal_and_a_restart_changes_nothing() -> None:
    watched = Watched(await a_scene(), TENTH)
    calm, loss = watched.scene.view(2, "100"), spread(watched.scene.view(3, "200"), "90")
    assert await watched.look(calm) == (FREE, {})
    standing, _ = await watched.look(loss)
    assert standing.stops(A)
    halt = await watched.journal.halt()
    assert halt is not None
    assert "trade.drawdown_stop: equity 88" in halt.reason
    assert halt.reason.endswith("(paper)")
    watched.restart()
    await watched.look(spread(watched.scene.view(4, "200"), "90"))
    assert len(watched.named("halted")) == 1
    assert await watched.journal.halt() == halt


async def test_who_resumes_is_not_halted_by_the_same_loss_again() -> None:
    watched = Watched(await a_scene(), TENTH)
    await watched.look(watched.scene.view(2, "100"))
    await watched.look(spread(watched.scene.view(3, "200"), "90"))
    await watched.journal.change_halt(lambda _: None)
    watched.restart()
    assert await watched.look(spread(watched.scene.view(4, "200"), "90")) == (FREE, {})
    assert await watched.journal.halt() is None
    await watched.look(spread(watched.scene.view(5, "200"), "0.1"))
    assert await watched.journal.halt() is not None


async def test_a_crash_between_the_halt_and_its_note_does_not_lose_the_stop() -> None:
    watched = Watched(await a_scene(), TENTH)
    await watched.look(watched.scene.view(2, "100"))
    before = await watched.journal.recall("paper", "losses")
    await watched.look(spread(watched.scene.view(3, "200"), "90"))
    assert before is not None
    await watched.journal.remember("paper", "losses", before)
    watched.restart()
    standing, _ = await watched.look(spread(watched.scene.view(4, "200"), "90"))
    assert standing.stops(A)
    assert await watched.journal.halt() is not None


class Interrupted(MemoryJournal):
    """Somebody halts by hand right after the halt was looked at."""

    async def halt(self) -> Halt | None:
        """As it stood; it stands no more."""
        stood = await super().halt()
        await self.change_halt(lambda stands: with_more(stands, (), 1, "by hand"))
        return stood


async def test_a_halt_by_hand_in_the_midst_of_a_stop_is_not_overwritten() -> None:
    watched = Watched(await a_scene(), TENTH)
    await watched.look(watched.scene.view(2, "100"))
    kept = await watched.journal.recall("paper", "losses")
    assert kept is not None
    watched.journal = Interrupted()
    await watched.journal.remember("paper", "losses", kept)
    watched.restart()
    standing, _ = await watched.look(spread(watched.scene.view(3, "200"), "90"))
    assert standing.all_halted
    assert [reason for reason, _ in watched.named("halted")]
    assert await watched.journal.halt() == Halt(1, "by hand")


async def test_a_halt_of_one_pair_gives_way_to_the_stop_of_all() -> None:
    watched = Watched(await a_scene(), TENTH)
    await watched.journal.change_halt(lambda _: Halt(1, "maintenance", ("B/USDT:USDT",)))
    await watched.look(watched.scene.view(2, "100"))
    await watched.look(spread(watched.scene.view(3, "200"), "90"))
    halt = await watched.journal.halt()
    assert halt is not None
    assert halt.pairs == ()


async def test_money_taken_out_is_no_loss_and_put_in_no_cure() -> None:
    watched = Watched(await a_scene(), TENTH)
    await watched.look(watched.scene.view(2, "100"))
    await watched.scene.ledger.post([deposit_line(at(2), D(-5000))._replace(kind=LineKind.WITHDRAWAL)])
    assert await watched.look(watched.scene.view(3, "100")) == (FREE, {})
    deposit: LedgerLine = deposit_line(at(3), D(100_000))
    await watched.scene.ledger.post([deposit])
    await watched.look(watched.scene.view(4, "100"))
    assert await watched.journal.halt() is None
    await watched.look(spread(watched.scene.view(5, "2000"), "900"))
    assert await watched.journal.halt() is not None


async def test_the_day_s_loss_is_that_of_the_utc_day() -> None:
    watched = Watched(await a_scene(), LossLimits(day=D("0.05")))
    await watched.look(watched.scene.view(2, "100"))
    day_h = (DAY - at(0) % DAY) / 3_600_000
    await watched.look(spread(watched.scene.view(day_h - 1, "140"), "100"))
    assert await watched.journal.halt() is None
    await watched.look(spread(watched.scene.view(day_h + 1, "170"), "100"))
    assert await watched.journal.halt() is None
    await watched.look(spread(watched.scene.view(day_h + 2, "191"), "100"))
    halt = await watched.journal.halt()
    assert halt is not None
    assert halt.reason.startswith("trade.daily_loss")


async def test_a_short_near_its_liquidation_is_left_by_the_mark() -> None:
    watched = Watched(await a_scene(), OFF, most=D("0.8"))
    near = quotient12(D(150) * D("0.8"), D("0.8") + UPKEEP)
    assert await watched.look(watched.scene.view(2, "100", mark=f"{float(near) - 0.001:.6f}")) == (FREE, {})
    _, exits = await watched.look(watched.scene.view(2.1, "100", mark=f"{float(near) + 0.001:.6f}"))
    assert exits == {A: ExitReason.MARGIN}
    _, exits = await watched.look(watched.scene.view(2.2, "149.9"))
    assert exits == {A: ExitReason.MARGIN}
    assert [reason for reason, _ in watched.named("leaving")] == ["margin"]


async def test_a_pair_that_is_to_be_delisted_is_left_ahead_of_it() -> None:
    watched = Watched(await a_scene(), OFF)
    notice = Standing(notices=frozenset({A, "B/USDT:USDT"}))
    assert await watched.look(watched.scene.view(2, "100"), notice) == (notice, {A: ExitReason.DELISTING})


async def test_a_rate_that_turned_is_told_once_a_settlement() -> None:
    watched = Watched(await a_scene(), OFF)
    for hour, rate in ((2, "0.0001"), (3, "-0.0001"), (4, "0.0001"), (5, "-0.0002"), (9, "-0.0003")):
        await watched.look(watched.scene.view(hour, "100", predicted=rate))
    told = [data for _, data in watched.named("flipped")]
    assert [(one["rate"], one["before"]) for one in told] == [("-0.0001", "0.0002"), ("-0.0003", "0.0002")]


async def test_legs_that_do_not_match_are_told_until_they_do() -> None:
    watched = Watched(await a_scene(), OFF)
    book = watched.scene.ledger.book
    held = book.positions[A]
    whole = held.spot
    await watched.look(watched.scene.view(2, "100"))
    held.spot = whole - D("0.5")
    await watched.look(watched.scene.view(3, "100"))
    await watched.look(watched.scene.view(4, "100"))
    held.spot = whole
    await watched.look(watched.scene.view(5, "100"))
    assert watched.named("unhedged") == [(None, {"delta": "-0.5", "allowed": "0.2"})]
    assert len(watched.named("hedged")) == 1
