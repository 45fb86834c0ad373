"""Settlements and candles as arrays: SQLite joins a chunk of rows into one text a column, `digits` parses the texts.

Chunks follow the primary key, so memory is bounded by the arrays themselves and every chunk is one index seek."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import aiosqlite

from fundarb.adapters.sqlite.digits import NumberColumn, StampColumn
from fundarb.domain.instrument import MARKETS
from fundarb.domain.market import Span
from fundarb.errors import DatabaseCorrupt
from fundarb.signals.panel import CandleColumns, SettlementColumns

CHUNK_ROWS = 20_000
FAR = 2**62

SETTLEMENTS = """
SELECT group_concat(settled_at), group_concat(rate) FROM (
  SELECT settled_at, rate FROM settlements
  WHERE instrument_id = :instrument AND settled_at > :after AND settled_at < :end AND settled_at <= :as_of
  ORDER BY settled_at LIMIT :rows)"""

CANDLES = """
SELECT group_concat(open_at), group_concat(span_ms), group_concat(open), group_concat(high), group_concat(low),
  group_concat(close), group_concat(coalesce(volume, 'nan'))
FROM (
  SELECT * FROM candles
  WHERE instrument_id = :instrument AND market = :market
    AND (open_at, span_ms) > (:after, :after_span) AND open_at < :end AND open_at + span_ms <= :as_of
  ORDER BY open_at, span_ms LIMIT :rows)"""


async def settlement_columns(
    connection: aiosqlite.Connection, instrument_id: int, span: Span, as_of_ms: int, *, chunk_rows: int = CHUNK_ROWS
) -> SettlementColumns:
    """Settled rates of one instrument in the span, known at `as_of_ms`, oldest first."""
    bounds = {"instrument": instrument_id, "end": span.end_ms, "as_of": as_of_ms, "rows": chunk_rows}
    settled_at, rate = StampColumn(), NumberColumn()
    await _fill((settled_at, rate), connection, SETTLEMENTS, bounds, {"after": span.start_ms - 1})
    return SettlementColumns(settled_at.joined(), rate.joined(), _present({"rate": rate}))


async def candle_columns(
    connection: aiosqlite.Connection,
    instrument_id: int,
    market: str,
    span: Span,
    as_of_ms: int,
    *,
    chunk_rows: int = CHUNK_ROWS,
) -> CandleColumns:
    """Candles of one market that open in the span and had closed by `as_of_ms`, by open time, the shorter first."""
    bounds = {"instrument": instrument_id, "end": span.end_ms, "as_of": as_of_ms, "rows": chunk_rows}
    bounds |= {"market": MARKETS.index(market)}
    open_at, span_ms = StampColumn(), StampColumn()
    numbers = {name: NumberColumn() for name in ("open", "high", "low", "close", "volume")}
    after = {"after": span.start_ms - 1, "after_span": FAR}
    await _fill((open_at, span_ms, *numbers.values()), connection, CANDLES, bounds, after)
    return CandleColumns(
        open_at=open_at.joined(),
        span_ms=span_ms.joined(),
        **{name: column.joined() for name, column in numbers.items()},
        wide=_present(numbers),
    )


async def _fill(
    columns: Sequence[StampColumn | NumberColumn],
    connection: aiosqlite.Connection,
    query: str,
    bounds: Mapping[str, int],
    after: Mapping[str, int],
) -> None:
    """Read chunk after chunk into `columns`; each begins after the key, the first columns, of the last row before."""
    while True:
        async with connection.execute(query, {**bounds, **after}) as cursor:
            texts = await cursor.fetchone()
        if texts is None or texts[0] is None:
            return
        _add(columns, tuple(texts))
        after = {name: int(text.rpartition(",")[2]) for name, text in zip(after, texts, strict=False)}


def _add(columns: Sequence[StampColumn | NumberColumn], texts: Sequence[str]) -> None:
    try:
        for column, text in zip(columns, texts, strict=True):
            column.add(text)
    except ValueError as error:
        raise _not_numbers() from error
    if len({column.rows for column in columns}) > 1:
        raise _not_numbers()


def _not_numbers() -> DatabaseCorrupt:
    return DatabaseCorrupt(
        "the store holds something that is no number among its prices or rates; restore a backup of it"
    )


def _present(numbers: Mapping[str, NumberColumn]) -> dict[str, dict[int, Decimal]]:
    """The wide numbers of the columns that have any."""
    return {name: column.wide for name, column in numbers.items() if column.wide}
