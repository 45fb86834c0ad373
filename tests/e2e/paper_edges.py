"""A paper trader led over the edges of a recording (months, darkness, absence, the end of a pair), and what sets its ledger
apart from a backtest of what it recorded."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.domain.instants import iso, parse_instant
from tests.cli.processes import fundarb
from tests.e2e.trading import DATABASE, faulty, posted, running, stopped, until

UNREACHABLE = {"path": "/v5/*", "fault": "code", "code": 10001, "name": "dark"}


@dataclass
class PaperTrader:
    """One portfolio from stretch to stretch; `told` is everything it told."""

    url: str
    cwd: Path
    options: tuple[str, ...]
    patience_s: float = 240.0
    told: list[dict[str, Any]] = field(default_factory=list)

    def trade(self, until_t: str, looks_that_fail: int = 0) -> None:
        """To the first cycle at or after a time, then stopped; on the way so many questions for prices may fail."""
        with self._running() as process:
            if looks_that_fail:
                self.told += until(process, "cycle")
                faulty(self.url, {**UNREACHABLE, "path": "/v5/market/tickers", "count": looks_that_fail})
                self.told += until(process, "back")
            self.told += until(process, "cycle", iso(parse_instant(until_t)))
            self.told += stopped(process, signal.SIGTERM)

    def trade_into_the_dark(self, from_t: str) -> int:
        """From a time on the venue cannot be reached: how the trader ends, for it gives up."""
        with self._running() as process:
            self.told += until(process, "cycle", iso(parse_instant(from_t)))
            faulty(self.url, UNREACHABLE)
            out, _ = process.communicate(timeout=self.patience_s)
            self.told += [json.loads(line) for line in out.splitlines()]
        faulty(self.url)
        return int(process.returncode)

    def rest(self, until_t: str) -> None:
        """Nobody is there."""
        posted(f"{self.url}/sandbox/clock", {"to": parse_instant(until_t)})

    def compared(self) -> dict[str, Any]:
        """What a report says of the ledger beside a backtest of the recording."""
        return dict(self._reported("--replayed")["replayed"][0])

    def by_month(self) -> list[dict[str, Any]]:
        """What each month of the portfolio made."""
        rows: list[dict[str, Any]] = self._reported("--by", "month")["runs"][0]["by"]["month"]
        return rows

    def fitted(self, *months: str) -> list[str | None]:
        """The edges of the band that were fitted for these months; None where none were."""

        async def read() -> list[str | None]:
            async with open_store(self.cwd / DATABASE, "read") as connection:
                journal = SqliteJournal(connection)
                return [await journal.recall("paper", f"band {month}") for month in months]

        return asyncio.run(read())

    def _running(self) -> Any:
        return running(self.url, self.cwd, *self.options, patience_s=self.patience_s)

    def _reported(self, *asked: str) -> Any:
        done: subprocess.CompletedProcess[str] = fundarb("report", "paper", *asked, "--format", "json", cwd=self.cwd)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def unexplained(compared: dict[str, Any]) -> list[dict[str, Any]]:
    """Lines that differ for no stated reason."""
    return [row for row in compared["lines"] if row["why"] != "same" and row["because"] is None]


def said_of(compared: dict[str, Any], kind: str) -> Counter[str]:
    """Of lines of one kind: how many are the same, or differ for which reason."""
    return Counter(row["because"] or row["why"] for row in compared["lines"] if row["kind"] == kind)
