"""Deleting old market rows, counted by pair and kind; ledger, orders, runs and instruments are never touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import aiosqlite

from fundarb.domain.instrument import Kind

# What is older than a moment, per kind: a candle only once it had closed by then. The first bound uses the primary key.
_OLDER: Mapping[Kind, Sequence[tuple[str, str]]] = {
    Kind.FUNDING: (("settlements", "settled_at < :before"), ("predicted", "observed_at < :before")),
    Kind.SPOT: (("candles", "market = 0 AND open_at < :before AND open_at + span_ms <= :before"),),
    Kind.PERP: (("candles", "market = 1 AND open_at < :before AND open_at + span_ms <= :before"),),
    Kind.MARK: (("candles", "market = 2 AND open_at < :before AND open_at + span_ms <= :before"),),
    Kind.OPEN_INTEREST: (("snapshots", "observed_at < :before AND quote_volume IS NULL AND mark IS NULL"),),
    Kind.SNAPSHOT: (("snapshots", "observed_at < :before AND NOT (quote_volume IS NULL AND mark IS NULL)"),),
}


async def prune_rows(
    connection: aiosqlite.Connection, ids: Mapping[str, int], kinds: Sequence[Kind], before_ms: int, *, dry_run: bool
) -> dict[str, dict[str, int]]:
    """Rows per pair and kind, deleted or (dry run) only counted; coverage is cut, so that nothing pruned is a gap."""
    counts: dict[str, dict[str, int]] = {}
    for symbol, instrument in ids.items():
        counts[symbol] = {}
        for kind in kinds:
            bounds = {"instrument": instrument, "before": before_ms, "kind": kind.value}
            counts[symbol][kind.value] = sum(
                [await _prune_one(connection, table, where, bounds, dry_run) for table, where in _OLDER[kind]]
            )
            if not dry_run:
                await _cut_coverage(connection, bounds)
    return counts


async def prune_predicted(connection: aiosqlite.Connection, ids: Sequence[int], before_ms: int) -> int:
    """Rates predicted before then, deleted and counted; they prove nothing of what was asked for."""
    older = "DELETE FROM predicted WHERE instrument_id = ? AND observed_at < ?"
    return sum([(await connection.execute(older, (key, before_ms))).rowcount for key in ids])


async def _prune_one(
    connection: aiosqlite.Connection, table: str, where: str, bounds: Mapping[str, int | str], dry_run: bool
) -> int:
    rows = f"FROM {table} WHERE instrument_id = :instrument AND {where}"
    if not dry_run:
        return (await connection.execute(f"DELETE {rows}", bounds)).rowcount
    async with connection.execute(f"SELECT count(*) {rows}", bounds) as cursor:
        row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def _cut_coverage(connection: aiosqlite.Connection, bounds: Mapping[str, int | str]) -> None:
    stream = "instrument_id = :instrument AND kind = :kind"
    await connection.execute(f"DELETE FROM coverage WHERE {stream} AND to_ms <= :before", bounds)  # noqa: S608  (a text of this function, not input)
    await connection.execute(
        f"UPDATE coverage SET from_ms = :before WHERE {stream} AND from_ms < :before",  # noqa: S608  (a text of this function, not input)
        bounds,
    )
