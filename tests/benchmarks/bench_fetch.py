"""`fetch --days 90` of 100 pairs, funding and both legs' hourly candles, against the sandbox with its real limit; where
its CPU goes; and the memory of 500 pairs. The sandbox is a process of its own and shares the machine's cores."""

from __future__ import annotations

import json
import os
import pstats
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.timing import Figure
from tests.cli.processes import environment
from tests.e2e.fetch_runs import rows
from tests.sandbox.running import SpawnedSandbox, spawned_sandbox

LIMIT = 600 / 5.0  # requests a second of one address
PAIRS, DAYS = 100, 90
MANY = 500
WORDS = ("--days", str(DAYS), "--kinds", "funding,candles")
_DATABASE = Path("data/fundarb.db")
_PARTS = {
    "HTTP and asyncio": ("aiohttp", "asyncio", "selectors", "yarl", "multidict", "ssl", "aiolimiter"),
    "the adapter: replies to rows of digits": ("fundarb/adapters/ccxt",),
    "ccxt and JSON": ("ccxt", "orjson"),
    "handing over to the store": ("fundarb/adapters/sqlite", "aiosqlite", "sqlite3"),
    "collecting": ("fundarb/engine", "fundarb/domain"),
}


@dataclass(frozen=True, slots=True)
class Run:
    """A run as a process: its answer, and what it cost."""

    answer: dict[str, Any]
    wall_s: float
    cpu_s: float
    peak_mb: float


def run() -> list[Figure]:
    """Requests, their rate, CPU and memory."""
    with tempfile.TemporaryDirectory() as folder:
        figures = _hundred(Path(folder, "hundred"))
        figures += _where(Path(folder, "profiled"))
        return figures + _many(Path(folder, "many"))


def _hundred(here: Path) -> list[Figure]:
    here.mkdir()
    with spawned_sandbox("--pairs", str(PAIRS + 30)) as sandbox:
        _warm(sandbox, here)
        before, started = _told(sandbox), _cpu_s(sandbox.process.pid)
        with _watching(sandbox) as seen:
            first = _fetch(sandbox, here, "--top", str(PAIRS), *WORDS)
        after, busy = _told(sandbox), _cpu_s(sandbox.process.pid) - started
        second = _fetch(sandbox, here, *WORDS)
        last = _told(sandbox)
        asked = sum(one["requests"] for one in first.answer["streams"])
        seconds, least = first.answer["seconds"], _least(here / _DATABASE)
        [(candles,)] = rows(here / _DATABASE, "SELECT count(*) FROM candles")
    bad = {name: count for name, count in last["outcomes"].items() if name != "200/0"}
    return [
        (f"{PAIRS} pairs, {DAYS} days: requests of history", f"{asked:,}"),
        ("over the least that page sizes permit (aim 2 %)", f"{asked / least - 1:.1%}"),
        ("requests/s while it asks for history", f"{_rate(seen):.0f}"),
        ("of what the limit allows (aim 90 %)", f"{_rate(seen) / LIMIT:.0%}"),
        (
            "requests/s over all, imports and summary too",
            f"{first.answer['requests'] / seconds:.0f} in {seconds:.1f} s",
        ),
        ("cores busy meanwhile: fetch, sandbox", f"{first.cpu_s / first.wall_s:.2f}, {busy / first.wall_s:.2f}"),
        ("answers other than 200 with retCode 0", str(bad or "none")),
        ("second run at once: funding and candle requests", str(_history(last) - _history(after))),
        ("first run: funding and candle requests the sandbox counted", str(_history(after) - _history(before))),
        ("second run: seconds", f"{second.answer['seconds']:.1f}"),
        ("CPU per 1,000 candles stored", f"{first.cpu_s / candles * 1e6:.1f} ms"),
    ]


def _where(here: Path) -> list[Figure]:
    """How the CPU of a run divides: the thread of the database, and the packages the rest is spent in, by a profiler."""
    here.mkdir()
    with spawned_sandbox("--pairs", "30", "--limit", "0") as sandbox:
        _warm(sandbox, here)
        argv = ["fetch", "--top", "20", *WORDS, "--set", f"venue.url={sandbox.url}", "-q"]
        _script(here, [*argv, "--db", "first.db"], [*argv, "--db", "second.db"])
    main_s, all_s = map(float, (here / "times").read_text().split())
    shares = _shares(pstats.Stats(str(here / "profile")))
    return [("  of it the thread of SQLite", f"{1 - main_s / all_s:.0%}"), *shares]


def _script(here: Path, first: list[str], second: list[str]) -> None:
    """Two runs in one process: the first imports everything and is timed without, the second is profiled."""
    code = f"""
import cProfile, pathlib, time
from fundarb.cli.app import main
main({[*first[:-1], "imports.db"]!r})
thread, process = time.thread_time(), time.process_time()
main({first!r})
text = f"{{time.thread_time() - thread}} {{time.process_time() - process}}"
pathlib.Path("times").write_text(text)
profile = cProfile.Profile()
profile.runcall(main, {second!r})
profile.dump_stats("profile")
"""
    argv = [sys.executable, "-c", code]
    subprocess.run(argv, cwd=here, env=environment(), check=True, stdout=subprocess.DEVNULL)


def _shares(stats: pstats.Stats) -> list[Figure]:
    """Own time by the package it is spent in, that of built-ins by who calls them; waiting does not count."""
    spent = dict.fromkeys([*_PARTS, "everything else"], 0.0)
    for (file, _, name), (_, _, own_s, _, callers) in stats.stats.items():  # type: ignore[attr-defined]  # pstats has no types
        if "poll" in name or "select" in name:
            continue
        if file != "~":
            spent[_part(file)] += own_s
            continue
        for (caller, _, _), (_, _, here_s, _) in callers.items():
            spent[_part(caller)] += here_s
    total = sum(spent.values())
    return [(f"  of the rest {part}", f"{own_s / total:.0%}") for part, own_s in spent.items()]


def _part(file: str) -> str:
    return next((part for part, words in _PARTS.items() if any(word in file for word in words)), "everything else")


def _many(here: Path) -> list[Figure]:
    here.mkdir()
    words = ("--top", str(MANY), "--days", "10", "--kinds", "funding,candles")
    with spawned_sandbox("--pairs", str(MANY), "--limit", "0") as sandbox:
        few = _fetch(sandbox, here, "--top", "20", "--days", "10", "--kinds", "funding,candles")
        many = _fetch(sandbox, here, *words)
    return [
        ("peak memory, 20 pairs", f"{few.peak_mb:.0f} MB"),
        (f"peak memory, {len({one['pair'] for one in many.answer['streams']})} pairs", f"{many.peak_mb:.0f} MB"),
    ]


def _warm(sandbox: SpawnedSandbox, here: Path) -> None:
    """Let the sandbox make its market up once, so that it is fetch that is measured."""
    folder = here / "warm"
    folder.mkdir()
    _fetch(sandbox, folder, "--top", str(PAIRS), *WORDS)
    time.sleep(5.0)  # one window of the limit


def _fetch(sandbox: SpawnedSandbox, here: Path, *words: str) -> Run:
    """One run to its end."""
    argv = [
        sys.executable,
        "-m",
        "fundarb",
        "fetch",
        *words,
        "--set",
        f"venue.url={sandbox.url}",
        "--format",
        "json",
        "-q",
    ]
    began = time.perf_counter()
    with subprocess.Popen(argv, cwd=here, env=environment(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        answer = json.loads(process.stdout.read())
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return Run(answer, time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


@contextmanager
def _watching(sandbox: SpawnedSandbox) -> Iterator[list[tuple[float, int]]]:
    """The sandbox's own count of requests for history as time goes by, looked at from beside."""
    seen: list[tuple[float, int]] = []
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.05):
            seen.append((time.perf_counter(), _history(_told(sandbox))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()


def _rate(seen: list[tuple[float, int]]) -> float:
    """Requests a second from the first look that saw one to the first that saw them all."""
    first, last = seen[0][1], seen[-1][1]
    began_s = max(at for at, count in seen if count == first)
    ended_s = min(at for at, count in seen if count == last)
    return (last - first) / (ended_s - began_s)


def _told(sandbox: SpawnedSandbox) -> dict[str, Any]:
    with urllib.request.urlopen(f"{sandbox.url}/sandbox/requests", timeout=60) as response:
        found: dict[str, Any] = json.load(response)
        return found


def _history(told: dict[str, Any]) -> int:
    paths: dict[str, int] = told["paths"]
    return sum(count for path, count in paths.items() if path.endswith(("history", "kline")))


def _least(database: Path) -> int:
    """Full pages only: 200 settlements, 1000 candles."""
    settled = rows(database, "SELECT count(*) FROM settlements GROUP BY instrument_id")
    candles = rows(database, "SELECT count(*) FROM candles GROUP BY instrument_id, market")
    pages = [-(-int(count) // 200) for (count,) in settled] + [-(-int(count) // 1000) for (count,) in candles]
    return sum(pages)


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
