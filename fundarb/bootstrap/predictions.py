"""Predicted and settled rates of what runs looked at, and how late the settled ones were to be had, from the store."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.domain.instants import LATEST, LONGEST_INTERVAL
from fundarb.domain.market import PredictedRate, Span
from fundarb.domain.result import RunResult
from fundarb.engine.trading.live_feed import SETTLED


async def seen_rates(
    database: Path, runs: Sequence[RunResult]
) -> tuple[list[PredictedRate], dict[tuple[str, int], float]]:
    """What was predicted while the runs lasted, and what then settled, by pair and time."""
    predicted: list[PredictedRate] = []
    settled: dict[tuple[str, int], float] = {}
    span = _lasted(runs)
    async with open_store(database, "read") as connection:
        reader = SqliteMarketReader(connection)
        for symbol in sorted({symbol for run in runs for symbol in run.universe}):
            predicted += await reader.predicted(symbol, span, LATEST)
            later = Span(span.start_ms, span.end_ms + LONGEST_INTERVAL)
            rows = await reader.settlement_columns(symbol, later, LATEST)
            settled |= {
                (symbol, at_ms): rate for at_ms, rate in zip(rows.settled_at.tolist(), rows.rate.tolist(), strict=True)
            }
    return predicted, settled


async def publishing_delays(database: Path, runs: Sequence[RunResult]) -> list[int]:
    """How many milliseconds after each settlement, while the runs lasted, its rates were to be had or waited for no more."""
    async with open_store(database, "read") as connection:
        told = await SqliteJournal(connection).events(None, _lasted(runs))
    return [json.loads(one.data or "{}")["delay_ms"] for one in told if one.name == SETTLED]


def _lasted(runs: Sequence[RunResult]) -> Span:
    return Span(min(run.from_ms for run in runs), max(run.to_ms for run in runs) + 1)
