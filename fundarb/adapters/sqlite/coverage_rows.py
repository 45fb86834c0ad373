"""Coverage in and out of its table: a stream's spans are few, so each change rewrites them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import aiosqlite

from fundarb.adapters.sqlite.spans import covered
from fundarb.domain.instrument import Kind
from fundarb.domain.market import Coverage, Span

SELECT = """
SELECT symbol, kind, span_ms, from_ms, to_ms, rows, asked_at_ms, confirmed
FROM coverage JOIN instruments ON instruments.id = instrument_id"""


async def put(connection: aiosqlite.Connection, instrument_id: int, asked: Coverage) -> None:
    """Add what was asked for to what is known of its stream."""
    stream = (instrument_id, asked.kind.value, asked.span_ms)
    rows = await connection.execute_fetchall(f"{SELECT} WHERE (instrument_id, kind, span_ms) = (?, ?, ?)", stream)
    await connection.execute("DELETE FROM coverage WHERE (instrument_id, kind, span_ms) = (?, ?, ?)", stream)
    await connection.executemany(
        "INSERT INTO coverage VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (*stream, one.asked.start_ms, one.asked.end_ms, one.rows, one.asked_at_ms, one.confirmed)
            for one in covered([coverage_of(row) for row in rows], asked)
        ],
    )


async def known(connection: aiosqlite.Connection, as_of_ms: int) -> list[Coverage]:
    """Everything that had been asked for by then, by stream and time."""
    rows = await connection.execute_fetchall(
        f"{SELECT} WHERE asked_at_ms <= ? ORDER BY symbol, kind, span_ms, from_ms", (as_of_ms,)
    )
    return [coverage_of(row) for row in rows]


async def known_of(connection: aiosqlite.Connection, symbol: str, kind: Kind, as_of_ms: int) -> list[Coverage]:
    """What had been asked for by then of one pair and kind."""
    rows = await connection.execute_fetchall(
        f"{SELECT} WHERE symbol = ? AND kind = ? AND asked_at_ms <= ?", (symbol, kind.value, as_of_ms)
    )
    return [coverage_of(row) for row in rows]


def coverage_of(row: Iterable[Any]) -> Coverage:
    """A Coverage from a row of SELECT."""
    symbol, kind, span_ms, start, end, count, asked_at_ms, confirmed = row
    return Coverage(symbol, Kind(kind), span_ms, Span(start, end), count, asked_at_ms, bool(confirmed))
