"""Every fault of the sandbox at every endpoint that `fetch` asks, over HTTP and through the real adapter: struck twice, a
run must end complete; struck always, it must say so. `python -m tests.e2e.fetch_faults` prints the table."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fundarb.adapters.ccxt.opening import Manner, Where, open_venue_data
from fundarb.adapters.ccxt.reads import Patience
from fundarb.domain.instants import DAY, HOUR, LATEST
from fundarb.domain.instrument import Kind
from fundarb.domain.market import Span
from fundarb.engine.collect.choosing import Wish
from fundarb.engine.collect.order import Order
from fundarb.engine.collect.present import present_ms
from fundarb.engine.collect.run import Collector
from fundarb.errors import VenueError
from fundarb.sandbox.limits import Limits
from tests.engine.collect.markets import BTC, Store, opened
from tests.fakes.clock import SteppedClock
from tests.fakes.venue_market import NOW
from tests.sandbox.running import RunningSandbox, running_sandbox

ENDPOINTS = tuple(
    f"/v5/market/{name}"
    for name in ("time", "instruments-info", "tickers", "funding/history", "kline", "mark-price-kline", "open-interest")
)
FAULTS: Mapping[str, Mapping[str, Any]] = {
    "latency": {"fault": "latency", "ms": 50},
    "timeout": {"fault": "timeout"},
    "reset": {"fault": "reset"},
    "truncated body": {"fault": "truncate"},
    "HTML 200": {"fault": "html", "status": 200},
    "HTML 502": {"fault": "html", "status": 502},
    "HTML 524": {"fault": "html", "status": 524},
    "broken JSON": {"fault": "broken-json"},
    "null": {"fault": "null-body"},
    "empty body": {"fault": "empty-body"},
    "403 too frequent": {"fault": "forbidden"},
    "403 geo-block": {"fault": "geo-block"},
    "10002": {"fault": "code", "code": 10002},
    "10006": {"fault": "code", "code": 10006},
    "10016": {"fault": "code", "code": 10016},
    "170146": {"fault": "code", "code": 170146},
    "clock +2 h": {"fault": "skew", "ms": 2 * HOUR},
}
HARMLESS = ("latency", "clock +2 h")  # a run completes however often they strike
FINAL = ("403 geo-block", "10002", "170146")  # the venue says no, and is taken at its word the first time
KINDS = (Kind.FUNDING, Kind.SPOT, Kind.PERP, Kind.MARK, Kind.OPEN_INTEREST, Kind.SNAPSHOT)
DAYS = 45  # two pages of candles a market, six of open interest
_STEADY = Manner(timeout_s=60.0, patience=Patience(12, 0.01, 0.02), first_pause_s=0.05)
_HASTE = Manner(timeout_s=60.0, patience=Patience(2, 0.01, 0.02, throttle_s=0.2), first_pause_s=0.05)
_UNANSWERED_S = 0.4  # for the fault that does not answer; where an answer is slow by itself, one asks again

Rows = dict[str, dict[int, str]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run under a fault ended, how often the fault fired, and what was stored."""

    fired: int
    failure: str | None
    holes: int
    rows: Rows

    @property
    def words(self) -> str:
        """For the table."""
        return f"{self.failure or ('holes' if self.holes else 'complete')} ({self.fired} fired)"


async def undisturbed(folder: Path) -> Rows:
    """What a run without faults stores."""
    async with running_sandbox() as sandbox:
        return (await _run(sandbox, folder / "undisturbed.db", _STEADY)).rows


async def stormed(folder: Path, share: float, count: int) -> tuple[Outcome, Mapping[str, int]]:
    """One run during which the venue calls so large a share of requests too many; and every outcome of a request."""
    rule = {"path": "*", "name": "it", "fault": "code", "code": 10006, "probability": share, "count": count}
    async with running_sandbox(faults=[rule], limits=Limits()) as sandbox:
        return await _run(sandbox, folder / "stormed.db", _STEADY), sandbox.log.counts()["outcomes"]


async def struck(folder: Path, endpoint: str, fault: str, count: int | None, where: str = "before") -> Outcome:
    """One run while a fault strikes an endpoint, so many times or always."""
    rule = {"path": endpoint, "name": "it", **FAULTS[fault], **({} if count is None else {"count": count})}
    if FAULTS[fault]["fault"] != "skew":
        rule["where"] = where
    manner = _HASTE if count is None else _STEADY
    if FAULTS[fault]["fault"] == "timeout":
        manner = replace(manner, timeout_s=_UNANSWERED_S)
    async with running_sandbox(faults=[rule]) as sandbox:
        return await _run(sandbox, folder / "struck.db", manner)


async def _run(sandbox: RunningSandbox, database: Path, manner: Manner) -> Outcome:
    clock, holes = SteppedClock(NOW), 0
    failure: str | None = None
    async with (
        open_venue_data(Where(url=sandbox.url), clock.now_ms, manner) as venue,
        opened(database) as store,
    ):
        try:
            order = Order(KINDS, HOUR, await present_ms(venue, clock, _silent), DAYS * DAY, concurrency=4)
            collector = Collector(store.reader, store.writer, venue, order, lambda *_: None, _silent)
            report = await collector.run(lambda _: Wish([BTC]))
            failure = type(report.failure).__name__ if report.failure else None
            holes = len(report.all_holes())
        except VenueError as error:
            failure = type(error).__name__
        return Outcome(sandbox.fired.get("it", 0), failure, holes, await _rows(store))


async def _rows(store: Store) -> Rows:
    """Everything that history holds, as text by time."""
    if not await store.reader.pairs(LATEST):
        return {}
    everything = Span(0, LATEST)
    found: Rows = {"funding": {at: str(rate) for at, rate in await store.settled(BTC)}}
    for market in ("spot", "perp", "mark"):
        candles = store.reader.candles(BTC, market, everything, LATEST)
        found[market] = {row.open_at_ms: str(row) async for batch in candles for row in batch}
    seen = await store.reader.snapshots(BTC, everything, LATEST)
    found["open-interest"] = {row.observed_at_ms: str(row) for row in seen if row.mark is None}
    return found


def _silent(_words: str) -> None:
    """Nobody listens."""


async def table(folder: Path) -> str:
    """Faults × endpoints as markdown: struck twice / struck always."""
    lines = ["| fault | " + " | ".join(name.removeprefix("/v5/market/") for name in ENDPOINTS) + " |"]
    lines.append("|---" * (len(ENDPOINTS) + 1) + "|")
    for number, fault in enumerate(FAULTS):
        cells = []
        for place, endpoint in enumerate(ENDPOINTS):
            here = folder / f"{number}-{place}"
            outcomes = []
            for name, count in (("twice", 2), ("always", None)):
                (here / name).mkdir(parents=True)
                outcomes.append((await struck(here / name, endpoint, fault, count)).words)
            cells.append(" / ".join(outcomes))
        lines.append(f"| {fault} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder_name:
        sys.stdout.write(asyncio.run(table(Path(folder_name))))
