"""A campaign of kill -9 against `fetch`: after each, the same command again leaves exactly what an undisturbed run leaves,
and asks for no page that was stored."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qs

from fundarb.domain.instants import HOUR
from tests.e2e.fetch_runs import history, rows, started
from tests.sandbox.running import RunningSandbox, running_sandbox

WORDS = ("BTC", "ETH", "MOVE", "--days", "300", "--set", "fetch.concurrency=3")
DATABASE = Path("data/fundarb.db")
_PAGES = 3 * 3 * 8 + 2 * 5 + 9  # candles of three pairs and three markets, their settlements
_SYMBOLS = {"BTCUSDT": "BTC/USDT:USDT", "ETHUSDT": "ETH/USDT:USDT", "MOVEUSDT": "MOVE/USDT:USDT"}


async def campaign(folder: Path, rounds: int, seed: int) -> Counter[str]:
    """Kill so many runs, each at a random moment; how often each phase was hit."""
    random, hits = Random(seed), Counter[str]()
    places = [folder / f"round-{number}" for number in range(rounds)]
    for here in (folder / "whole", *places):
        here.mkdir()
    async with running_sandbox() as sandbox:
        whole = await undisturbed(sandbox, folder / "whole")
        for here in places:
            await killed(sandbox, here, random)
            phase, covered = stored_before(here / DATABASE)
            first = len(sandbox.requests)
            await finished(sandbox, here)
            assert history(here / DATABASE) == whole
            assert_not_asked_again(sandbox.requests[first:], covered)
            hits[phase] += 1
    return hits


async def undisturbed(sandbox: RunningSandbox, here: Path) -> dict[str, list[Any]]:
    """What a run that nobody kills leaves."""
    await finished(sandbox, here)
    found = history(here / DATABASE)
    assert len(found["settlements"]) > 2000
    assert len(found["candles"]) > 50_000
    return found


async def killed(sandbox: RunningSandbox, here: Path, random: Random) -> None:
    """Start a run and kill it once it has asked so much, and a moment later."""
    first, wanted = len(sandbox.requests), random.choice((0, 1, 8, *[random.randint(9, _PAGES)] * 5))
    process = await started(sandbox.url, here, *WORDS)
    while len(sandbox.requests) - first < wanted and process.returncode is None:  # noqa: ASYNC110  (the log has no event)
        await asyncio.sleep(0.001)
    await asyncio.sleep(random.uniform(0, 0.05))
    if process.returncode is None:
        process.kill()
    await process.communicate()


async def finished(sandbox: RunningSandbox, here: Path) -> None:
    """Run the command to its end."""
    process = await started(sandbox.url, here, *WORDS)
    _, words = await process.communicate()
    assert process.returncode == 0, words.decode()


def stored_before(database: Path) -> tuple[str, dict[tuple[str, str], list[tuple[int, int]]]]:
    """In which phase a run was killed, by what it left, and the stretches it had stored."""
    covered: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    if not database.exists() or not rows(database, "SELECT 1 FROM sqlite_master WHERE name = 'coverage'"):
        return "opening", covered
    asked = "SELECT symbol, kind, from_ms, to_ms FROM coverage JOIN instruments ON id = instrument_id"
    for symbol, kind, start, end in rows(database, asked):
        covered[symbol, kind].append((start, end))
    if not covered:
        return "registering" if rows(database, "SELECT 1 FROM instruments LIMIT 1") else "opening", covered
    late = sum(end - start for parts in covered.values() for start, end in parts) > 12 * 290 * 24 * HOUR
    return "at the end" if late else "fetching", covered


def assert_not_asked_again(requests: Iterable[Any], covered: dict[tuple[str, str], list[tuple[int, int]]]) -> None:
    """No page lies in a stretch that was stored; a page of settlements may end with the row it continues from."""
    for one in requests:
        query = {name: values[0] for name, values in parse_qs(one.query).items()}
        symbol = _SYMBOLS.get(query.get("symbol", ""), "")
        if one.path.endswith("funding/history"):
            parts = covered.get((symbol, "funding"), [])
            assert all(int(query["endTime"]) <= start for start, _ in parts), query
        elif one.path.endswith("kline"):
            kind = "mark" if "mark" in one.path else "spot" if query["category"] == "spot" else "perp"
            first, last = int(query["start"]), int(query["end"])
            assert all(last < start or first >= end for start, end in covered.get((symbol, kind), [])), query
