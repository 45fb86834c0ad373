"""Predicted and settled rates of what runs looked at, from the store."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.domain.instants import LATEST, LONGEST_INTERVAL
from fundarb.domain.market import PredictedRate, Span
from fundarb.domain.result import RunResult


async def seen_rates(
    database: Path, runs: Sequence[RunResult]
) -> tuple[list[PredictedRate], dict[tuple[str, int], float]]:
    """What was predicted while the runs lasted, and what then settled, by pair and time."""
    predicted: list[PredictedRate] = []
    settled: dict[tuple[str, int], float] = {}
    span = Span(min(run.from_ms for run in runs), max(run.to_ms for run in runs) + 1)
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
