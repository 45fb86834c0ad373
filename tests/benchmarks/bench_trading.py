"""What trading costs: a decision, its first order, an idle trader, a month of it.

Aims: 500 pairs from tickers in memory to requests within 50 ms; the first order out within 20 ms of the decision, the
venue's own time apart; below 2 % of a core between settlements at a poll of 10 s; memory that stays as it is."""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.domain.instants import DAY, iso, parse_instant
from fundarb.engine.trading.picture import Memo
from fundarb.risk.gate import FREE
from fundarb.signals.band_fit import WINDOW
from fundarb.signals.lookback import HORIZON
from fundarb.strategy.params import Mode
from tests.benchmarks.made_desk import HISTORY_DAYS, made_desk
from tests.benchmarks.timing import Figure
from tests.e2e.trading import DATABASE, running, stopped, until
from tests.engine.live.scene import Scene
from tests.sandbox.running import spawned_sandbox

PAIRS, ROUNDS, ORDERS = 500, 9, 30
MODES: tuple[Mode, ...] = ("simple", "composite", "band")
BEGIN = "2026-01-10T08:00Z"
IDLE_S, MONTH_DAYS = 60.0, 30
TRADED = ("--mode", "simple", "--set", "strategy.simple.entry=0.00009", "--set", "strategy.simple.exit=0.00005")


def run() -> list[Figure]:
    """Every figure."""
    with tempfile.TemporaryDirectory() as made:
        idle, month = Path(made, "idle"), Path(made, "month")
        idle.mkdir()
        month.mkdir()
        return [*_decisions(), *_first_orders(Path(made)), *_idle(idle), *_month(month)]


def _decisions() -> list[Figure]:
    figures = []
    for mode, month_edge in (*((mode, False) for mode in MODES), ("band", True)):
        foreseen, decided = asyncio.run(_decided(mode, month_edge=month_edge))
        name = f"{mode} at the turn of a month" if month_edge else mode
        figures.append((f"{name}, {PAIRS} pairs, tickers to requests (aim <= 50 ms)", _ms(decided)))
        figures.append((f"{name}, {PAIRS} pairs, signals made before prices are asked for", _ms(foreseen)))
    return figures


async def _decided(mode: Mode, *, month_edge: bool) -> tuple[list[float], list[float]]:
    """Seconds: the signals of a new picture, and from its tickers to the last entry that is asked for. `month_edge`: the
    first decision of a month, for which a band is fitted on the year before."""
    foreseen, decided = [], []
    days = (HORIZON + WINDOW) // DAY if month_edge else HISTORY_DAYS
    for number in range(ROUNDS):
        made = await made_desk(PAIRS, mode, days)
        if not month_edge:
            await made.desk.thinking.planned(replace(made.picture, memo=Memo()), 0, made.picture.panel.until_ms)
        began = time.perf_counter()
        await made.desk.thinking.foresee(made.picture)
        foreseen.append(time.perf_counter() - began)
        view = made.view(1000 + number, settled=True)
        began = time.perf_counter()
        await made.desk.take(view, FREE, made.universe)
        decided.append(made.asked_at[-1] - began)
    return foreseen, decided


def _first_orders(directory: Path) -> list[Figure]:
    seconds = [asyncio.run(_first_order(directory / f"{number}.db")) for number in range(ORDERS)]
    return [("approved entry to its first order, on disk before (aim <= 20 ms)", _ms(seconds))]


async def _first_order(database: Path) -> float:
    """Seconds from an approved entry to the order at a venue that takes no time."""
    async with open_store(database, "write", durable=True) as connection:
        scene, sent = Scene(), list[float]()
        scene.journal = SqliteJournal(connection)  # type: ignore[assignment]  # a scene's own journal is in memory
        trader = await scene.trader()
        scene.venue.before = lambda call: sent.append(time.perf_counter()) if call == "submit" else None
        began = time.perf_counter()
        assert await scene.enter(trader)
        return sent[0] - began


def _idle(directory: Path) -> list[Figure]:
    """A trader of five pairs at the pace of the wall, between two settlements."""
    with (
        spawned_sandbox("--pairs", "12", "--start", "2026-01-10T08:30Z", "--speed", "1") as venue,
        running(venue.url, directory, "--mode", "hold", "--set", "trade.max_skew_ms=60000") as process,
    ):
        until(process, "cycle")
        time.sleep(2.0)  # what follows the first cycle is not idling
        busy, began = _cpu_s(process.pid), time.perf_counter()
        time.sleep(IDLE_S)
        share = (_cpu_s(process.pid) - busy) / (time.perf_counter() - began)
        stopped(process)
    return [("a core's time while idle, poll of 10 s (aim < 2 %)", f"{share:.2%}")]


def _month(directory: Path) -> list[Figure]:
    """Five pairs hour by hour: resident memory at the end of each third, and what the file has become."""
    began = parse_instant(BEGIN)
    with (
        spawned_sandbox("--pairs", "12", "--start", BEGIN, "--speed", "step") as venue,
        running(venue.url, directory, *TRADED, "--set", "trade.poll=1h", patience_s=3600.0) as process,
    ):
        resident = []
        for third in (1, 2, 3):
            until(process, "cycle", iso(began + MONTH_DAYS * DAY * third // 3))
            resident.append(_resident_mb(process.pid))
        stopped(process)
    size = sum(file.stat().st_size for file in (directory / DATABASE).parent.iterdir())
    return [
        (f"resident after {MONTH_DAYS // 3}, {2 * MONTH_DAYS // 3}, {MONTH_DAYS} days, MB", _listed(resident)),
        (f"all files after {MONTH_DAYS} days", f"{size / 1e6:.1f} MB"),
    ]


def _ms(seconds: Sequence[float]) -> str:
    return f"{statistics.median(seconds) * 1000:.1f} ms (worst {max(seconds) * 1000:.1f})"


def _listed(figures: Sequence[float]) -> str:
    return ", ".join(f"{figure:.0f}" for figure in figures)


def _cpu_s(pid: int) -> float:
    """Processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1e3
