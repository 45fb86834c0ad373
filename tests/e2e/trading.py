"""`trade` as a process against `fundarb sandbox` as a process, and what it left in the journal."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.domain.instants import LATEST
from fundarb.domain.instrument import Pair
from fundarb.domain.ledger import LedgerLine
from fundarb.domain.market import Span
from fundarb.ports.journal import Event
from tests.cli.processes import environment, fundarb

PATIENCE_S = 240.0  # a loop that does not come to what is waited for is ended
DATABASE = Path("data/fundarb.db")
PAIRS = "universe.pairs=[BTC,ETH,SOL,DOGE,1000PEPE]"


PAPER = ("--paper",)
LIVE = ("--live", "--yes-i-mean-it", "--rehearsal")
KEYS = {"FUNDARB_API_KEY": "sandbox-key", "FUNDARB_API_SECRET": "sandbox-secret"}  # a sandbox's own, in its help


def words(url: str, *more: str) -> list[str]:
    """The command line of a trader of five pairs, on paper unless it says otherwise."""
    way = () if "--live" in more else PAPER
    return ["trade", *way, "--set", f"venue.url={url}", "--set", PAIRS, "--format", "jsonl", *more]


def once(url: str, cwd: Path, *more: str, code: int = 0) -> list[dict[str, Any]]:
    """One whole cycle, which must end with this code; its events."""
    done = fundarb(*words(url, "--once", *more), cwd=cwd, **_keys(more))
    assert done.returncode == code, (done.returncode, done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def _keys(options: Sequence[str]) -> dict[str, str]:
    """Keys for those who need them, and nobody else."""
    return KEYS if "--live" in options else {}


@contextmanager
def running(url: str, cwd: Path, *more: str, patience_s: float = PATIENCE_S) -> Iterator[subprocess.Popen[str]]:
    """The loop; killed at the end of the block if it still runs."""
    argv = [sys.executable, "-m", "fundarb", *words(url, *more)]
    pipe = subprocess.PIPE
    env = environment(**_keys(more))
    with subprocess.Popen(argv, cwd=cwd, env=env, stdout=pipe, stderr=pipe, text=True) as process:
        limit = threading.Timer(patience_s, process.kill)
        limit.start()
        try:
            yield process
        finally:
            limit.cancel()
            process.kill()


def until(process: subprocess.Popen[str], name: str, since: str = "") -> list[dict[str, Any]]:
    """The events a loop tells up to the first of this name at or after a time."""
    assert process.stdout is not None
    told = []
    for line in process.stdout:
        told.append(json.loads(line))
        if told[-1]["event"] == name and told[-1]["t"] >= since:
            return told
    raise AssertionError(f"the loop ended without {name!r} after {since}: {process.communicate()[1]}")


def stopped(process: subprocess.Popen[str], number: signal.Signals = signal.SIGINT) -> list[dict[str, Any]]:
    """Told to stop, the loop ends well; what it told meanwhile."""
    process.send_signal(number)
    out, said = process.communicate(timeout=60)
    assert process.returncode == 128 + number, said
    assert said.splitlines()[-1] == f"stopped by {number.name}"
    return [json.loads(line) for line in out.splitlines()]


def ledger(cwd: Path, portfolio: str = "paper") -> tuple[LedgerLine, ...]:
    """Every line of a portfolio."""

    async def read() -> tuple[LedgerLine, ...]:
        async with open_store(cwd / DATABASE, "read") as connection:
            return await SqliteJournal(connection).ledger(portfolio)

    return asyncio.run(read())


def pairs(cwd: Path) -> tuple[Pair, ...]:
    """Every pair that is stored, with its lots."""

    async def read() -> tuple[Pair, ...]:
        async with open_store(cwd / DATABASE, "read") as connection:
            return tuple(await SqliteMarketReader(connection).pairs(LATEST))

    return asyncio.run(read())


def journal_events(cwd: Path, portfolio: str | None = None) -> tuple[Event, ...]:
    """Every event of a portfolio, or of all."""

    async def read() -> tuple[Event, ...]:
        async with open_store(cwd / DATABASE, "read") as connection:
            return await SqliteJournal(connection).events(portfolio, Span(0, LATEST))

    return asyncio.run(read())


def control(url: str, name: str, **asked: str) -> None:
    """One of the sandbox's controls."""
    posted(f"{url}/sandbox/{name}", asked)


def faulty(url: str, *faults: Mapping[str, Any]) -> None:
    """Other faults from now on; none: all is well again."""
    posted(f"{url}/sandbox/faults", list(faults))


def posted(address: str, document: object) -> None:
    """A document sent to the sandbox, which must take it."""
    request = urllib.request.Request(address, json.dumps(document).encode())
    with urllib.request.urlopen(request, timeout=30) as response:
        assert response.status == 200


def named(events: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Those of one name."""
    return [one for one in events if one["event"] == name]
