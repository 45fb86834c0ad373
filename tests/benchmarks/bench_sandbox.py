"""How many pages of 1,000 candles a second the sandbox serves beside a client on another core. Aim: at least 150."""

from __future__ import annotations

import asyncio
import os
import time
from itertools import islice, product
from pathlib import Path

import aiohttp
from yarl import URL

from fundarb.sandbox.market.source import HOUR
from tests.benchmarks.timing import Figure
from tests.sandbox.running import spawned_sandbox

NOW = 1_767_225_600_000  # 2026-01-01
CANDLES, PAGES, AT_ONCE = 1_000, 800, 8
OLD_ENOUGH = NOW - 24 * CANDLES * HOUR


def run() -> list[Figure]:
    """Pages a second and the sandbox's own time a page, when months are made for the first time and when they are known."""
    figures: list[Figure] = []
    with spawned_sandbox("--speed", "step", "--start", "2026-01-01", "--limit", "0") as sandbox:
        pages = asyncio.run(_pages(sandbox.url))
        for label in ("first asked", "asked again"):
            busy, began = _cpu_s(sandbox.process.pid), time.perf_counter()
            asyncio.run(_fetch(pages))
            seconds, busy = time.perf_counter() - began, _cpu_s(sandbox.process.pid) - busy
            figures.append((f"pages a second, {label} (aim >= 150)", f"{len(pages) / seconds:.0f}"))
            figures.append((f"time of the sandbox's core a page, {label}", f"{busy / len(pages) * 1000:.2f} ms"))
    return figures


async def _pages(url: str) -> list[URL]:
    """Pages of every perp that is old enough, no two alike."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{url}/v5/market/instruments-info?category=linear&limit=1000") as response,
    ):
        listed = (await response.json())["result"]["list"]
    symbols = [each["symbol"] for each in listed if int(each["launchTime"]) < OLD_ENOUGH]
    ends = range(NOW - HOUR, OLD_ENOUGH, -CANDLES * HOUR)
    path = f"{url}/v5/market/kline?category=linear&interval=60&limit={CANDLES}"
    asked = (
        f"{path}&symbol={symbol}&end={end}&start={end - (CANDLES - 1) * HOUR}" for end, symbol in product(ends, symbols)
    )
    return [URL(page, encoded=True) for page in islice(asked, PAGES)]


async def _fetch(pages: list[URL]) -> None:
    """All of them, some at once."""
    waiting = iter(pages)

    async def work(session: aiohttp.ClientSession) -> None:
        for page in waiting:
            async with session.get(page) as response:
                body = await response.read()
            assert body.startswith(b'{"retCode":0,')

    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(work(session) for _ in range(AT_ONCE)))


def _cpu_s(pid: int) -> float:
    """Seconds of a core a process has used."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
