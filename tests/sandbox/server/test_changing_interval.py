"""A symbol whose interval went from 8 h to 1 h to 4 h, walked through the real ccxt both ways."""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import Any

from fundarb.sandbox.clock import SteppedClock
from fundarb.sandbox.market.made import MadeMarket
from fundarb.sandbox.market.source import HOUR
from fundarb.sandbox.market.universe import CHANGING, CHANGING_LAUNCH_MS, CHANGING_SHAPE
from tests.sandbox.clients import ccxt_client
from tests.sandbox.running import RunningSandbox, running_sandbox

SYMBOL = f"{CHANGING}/USDT:USDT"
FIRST = CHANGING_LAUNCH_MS + CHANGING_SHAPE[0][0] * HOUR
LAST = CHANGING_LAUNCH_MS + sum(hours * count for hours, count in CHANGING_SHAPE) * HOUR


def history_asked(sandbox: RunningSandbox) -> int:
    return int(sandbox.log.counts()["paths"]["/v5/market/funding/history"])


async def test_the_naive_forward_loop_loses_669_and_the_backward_walk_none_of_1700() -> None:
    clock = SteppedClock(LAST + HOUR // 2, lambda: 0)
    async with (
        running_sandbox(market=MadeMarket(1, pairs=10), clock=clock) as sandbox,
        ccxt_client(sandbox.url) as client,
    ):
        await client.load_markets()
        forward = await walk_forward(client)
        asked = history_asked(sandbox)
        backward = await walk_backward(client)
        requests = history_asked(sandbox) - asked
    assert (len(backward), len(set(backward)), requests) == (1700, 1700, 9)
    gaps = [CHANGING_SHAPE[0][0], *((after - before) // HOUR for before, after in pairwise(backward))]
    assert tuple((hours, len(list(run))) for hours, run in groupby(gaps)) == CHANGING_SHAPE
    assert set(forward) < set(backward)
    assert len(set(backward) - set(forward)) == 669


async def walk_forward(client: Any) -> list[int]:
    """What most people write: on from the newest row, until nothing newer comes."""
    found: list[int] = []
    since = FIRST
    while rows := await client.fetch_funding_rate_history(SYMBOL, since, 200):
        found += [row["timestamp"] for row in rows]
        since = rows[-1]["timestamp"] + 1
    return found


async def walk_backward(client: Any) -> list[int]:
    """The right walk: `until` only, on from before the oldest row, until the launch."""
    found: list[int] = []
    until = LAST
    while until >= FIRST:
        rows = await client.fetch_funding_rate_history(SYMBOL, None, 200, {"until": until})
        found = [row["timestamp"] for row in rows] + found
        until = found[0] - 1
    return found
