"""Seeded faults over live trading: whatever went wrong, after a restart both sides agree, hedged, nothing sent twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

import pytest

from fundarb.domain.orders import Leg, Order, OrderState, Side
from fundarb.engine.orders.desk import OrderDesk
from fundarb.engine.orders.naming import client_id
from fundarb.engine.orders.task import Task
from fundarb.errors import FundarbError
from fundarb.ports.executor import FillLedger
from tests.engine.live.episodes import Episode, violations
from tests.engine.live.trader import PORTFOLIO

SEEDS = range(500)


def lived(seed: int, desk: type[OrderDesk] = OrderDesk) -> tuple[Episode, list[str]]:
    """An episode to its end, and what was wrong then."""

    async def live() -> tuple[Episode, list[str]]:
        episode = Episode(seed, desk)
        await episode.run()
        return episode, await violations(episode)

    return asyncio.run(live())


def caught(seeds: Iterable[int], desk: type[OrderDesk]) -> int | None:
    """The first seed that shows something wrong."""
    for seed in seeds:
        try:
            _, wrong = lived(seed, desk)
        except FundarbError:
            return seed
        if wrong:
            return seed
    return None


@pytest.mark.slow
def test_after_any_episode_of_faults_journal_and_venue_agree() -> None:
    fired, happened = Counter[str](), Counter[str]()
    for seed in SEEDS:
        episode, wrong = lived(seed)
        assert wrong == [], f"seed {seed}"
        fired += episode.misfortune.fired
        happened += episode.happened
    struck = " ".join(fired)
    for point in ("submit landed", "submit not landed", "find not landed", "fills fails", "intent fails"):
        assert point in struck
    for moment in (
        "before submit",
        "after submit",
        "after intent",
        "after move to acked",
        "before fills",
        "after fills",
    ):
        assert fired[f"killed {moment}"], moment
    assert min(happened[each] for each in ("entered", "left", "venue deleveraged", "venue bankrupt")) > 50


def test_an_episode_is_the_same_each_time() -> None:
    for seed in range(20, 30):
        first, again = lived(seed)[0], lived(seed)[0]
        assert first.misfortune.fired == again.misfortune.fired
        assert first.venue.account.executions == again.venue.account.executions
        ledgers = [asyncio.run(each.journal.ledger(PORTFOLIO)) for each in (first, again)]
        assert ledgers[0] == ledgers[1]


class SendsBeforeWriting(OrderDesk):
    """The mistake: the intent is written once the venue has answered."""

    async def place(self, task: Task, leg: Leg, side: Side, qty: Decimal, limit: Decimal, ledger: FillLedger) -> None:
        number = await self._next_attempt(task.trade_id, leg)
        name, reduces = client_id(task.trade_id, leg, number), leg is Leg.PERP and side is Side.BUY
        order = Order(name, task.trade_id, task.pair, leg, side, qty, limit, reduces, self._clock.now_ms())
        await self._venue.submit(order)
        await self._journal.put_order(self._portfolio, order)
        await self._move(order, OrderState.SENT)
        await self._inquiry.conclude(order, ledger)


class TakesDoubtForRefusal(OrderDesk):
    """The mistake: an order without an answer is taken for one that was not placed."""

    async def _send(self, order: Order) -> bool:
        try:
            return await super()._send(order)
        finally:
            (now,) = [each for each in await self._journal.orders(self._portfolio) if each.client_id == order.client_id]
            if now.state is OrderState.UNKNOWN:
                await self._move(order, OrderState.REJECTED, words="no answer")

    async def settle(self, order: Order, ledger: FillLedger) -> None:
        await self._move(order, OrderState.REJECTED, words="a restart")


class SendsAgain(OrderDesk):
    """The mistake: what was not acknowledged is sent once more."""

    async def _send(self, order: Order) -> bool:
        sent = await super()._send(order)
        (now,) = [each for each in await self._journal.orders(self._portfolio) if each.client_id == order.client_id]
        if now.state is OrderState.UNKNOWN:
            await self._venue.submit(order)
        return sent


@pytest.mark.slow
@pytest.mark.parametrize("desk", [SendsBeforeWriting, TakesDoubtForRefusal, SendsAgain])
def test_a_planted_mistake_is_caught_within_a_thousand_episodes(desk: type[OrderDesk]) -> None:
    assert caught(range(1000), desk) is not None
