"""Stored runs in SQLite: a group is one transaction; a run that is already there gains a membership, nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence

import aiosqlite

from fundarb.adapters.sqlite import run_rows
from fundarb.adapters.sqlite.symbols import symbol_ids
from fundarb.adapters.sqlite.trading_rows import LINE_COLUMNS, Row, digits, insert_into, line_row, row_line, select
from fundarb.adapters.sqlite.transaction import immediate, snapshot
from fundarb.domain.money import canonical
from fundarb.domain.result import RunResult, TradeRow
from fundarb.ports.runs import RunSummary

_SYMBOLS = "JOIN symbols ON symbols.id = symbol_id WHERE run_id = ?"


class SqliteRuns:
    """Fills the port `Runs` on one connection, which other tasks may share."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def save(self, group_id: str, stored_ms: int, runs: Sequence[tuple[str, RunResult]]) -> None:
        """Store a group, all or none; saved again it becomes the newest and gains the members it lacked."""
        async with immediate(self._connection):
            await self._connection.execute(
                "INSERT INTO run_groups (group_id, stored_ms) VALUES (?, ?) "
                "ON CONFLICT (group_id) DO UPDATE SET stored_ms = excluded.stored_ms",
                (group_id, stored_ms),
            )
            for role, run in runs:
                if not await self._query("SELECT 1 FROM runs WHERE run_id = ?", run.run_id):
                    await self._insert(run)
                await self._connection.execute(
                    "INSERT INTO run_members (group_id, run_id, role) "
                    "SELECT run_groups.id, runs.id, ? FROM run_groups, runs WHERE group_id = ? AND run_id = ? "
                    "ON CONFLICT DO NOTHING",
                    (role, group_id, run.run_id),
                )

    async def load(self, run_id: str) -> RunResult | None:
        """A stored run, value for value as it was saved."""
        async with snapshot(self._connection):
            return await self._load(run_id)

    async def group(self, group_id: str) -> tuple[tuple[str, RunResult], ...]:
        """A group in the order it was saved; empty where there is none."""
        async with snapshot(self._connection):
            loaded: dict[str, RunResult] = {}
            members = []
            for role, run_id in await self._query(
                "SELECT role, runs.run_id FROM run_members JOIN runs ON runs.id = run_members.run_id "
                "JOIN run_groups ON run_groups.id = run_members.group_id "
                "WHERE run_groups.group_id = ? ORDER BY run_members.id",
                group_id,
            ):
                run = loaded.get(run_id) or await self._load(run_id)
                assert run is not None
                loaded[run_id] = run
                members.append((role, run))
            return tuple(members)

    async def latest_group(self) -> str | None:
        """The newest group's id."""
        async with snapshot(self._connection):
            found = await self._query("SELECT group_id FROM run_groups ORDER BY stored_ms DESC, id DESC LIMIT 1")
        return found[0][0] if found else None

    async def summaries(self, limit: int = 50) -> tuple[RunSummary, ...]:
        """One line a member, newest group first, a group in the order it was saved."""
        async with snapshot(self._connection):
            found = await self._query(
                "SELECT runs.run_id, run_groups.group_id, role, mode, from_ms, to_ms, stored_ms, counts, "
                "funding, price, fees, slippage, other FROM run_members "
                "JOIN runs ON runs.id = run_members.run_id JOIN run_groups ON run_groups.id = run_members.group_id "
                "ORDER BY stored_ms DESC, run_groups.id DESC, run_members.id LIMIT ?",
                limit,
            )
        return tuple(_summary(row) for row in found)

    async def _insert(self, run: RunResult) -> None:
        cursor = await self._connection.execute(insert_into("runs", run_rows.RUN_COLUMNS), run_rows.run_row(run))
        key = cursor.lastrowid
        traded = {trade.pair for trade in (*run.trades, *run.open)}
        ids = await symbol_ids(self._connection, traded.union(line.pair for line in run.ledger))
        trades = [
            (key, still_open, place, *run_rows.trade_row(trade, ids))
            for still_open, listed in enumerate((run.trades, run.open))
            for place, trade in enumerate(listed)
        ]
        ledger = [(key, place, *line_row(line, ids)) for place, line in enumerate(run.ledger)]
        equity = [(key, place, at_ms, digits(value)) for place, (at_ms, value) in enumerate(run.equity)]
        trade_columns = f"run_id, still_open, place, {run_rows.TRADE_COLUMNS}"
        await self._connection.executemany(insert_into("run_trades", trade_columns), trades)
        await self._connection.executemany(insert_into("run_ledger", f"run_id, place, {LINE_COLUMNS}"), ledger)
        await self._connection.executemany(insert_into("run_equity", "run_id, place, at_ms, value"), equity)

    async def _load(self, run_id: str) -> RunResult | None:
        found = await self._query(select(f"id, {run_rows.RUN_COLUMNS}", "FROM runs WHERE run_id = ?"), run_id)
        if not found:
            return None
        key, _, mode, from_ms, to_ms, data_hash, params, flags, metrics, counts, universe, excluded, *totals = found[0]
        lines = select(LINE_COLUMNS, f"FROM run_ledger LEFT {_SYMBOLS} ORDER BY place")
        equity = "SELECT at_ms, value FROM run_equity WHERE run_id = ? ORDER BY place"
        return RunResult(
            run_id=run_id,
            mode=mode,
            from_ms=from_ms,
            to_ms=to_ms,
            params=json.loads(params),
            data_hash=data_hash,
            flags=tuple(json.loads(flags)),
            totals=run_rows.row_totals(totals),
            metrics=json.loads(metrics),
            counts=run_rows.row_counts(counts),
            universe=tuple(json.loads(universe)),
            excluded=json.loads(excluded),
            trades=await self._trades(key, still_open=False),
            open=await self._trades(key, still_open=True),
            equity=tuple(map(run_rows.row_sample, await self._query(equity, key))),
            ledger=tuple(map(row_line, await self._query(lines, key))),
        )

    async def _trades(self, key: int, *, still_open: bool) -> tuple[TradeRow, ...]:
        source = f"FROM run_trades {_SYMBOLS} AND still_open = ? ORDER BY place"
        found = await self._query(select(run_rows.TRADE_COLUMNS, source), key, still_open)
        return tuple(map(run_rows.row_trade, found))

    async def _query(self, sql: str, *values: object) -> list[Row]:
        return list(await self._connection.execute_fetchall(sql, values))


def _summary(row: Row) -> RunSummary:
    run_id, group_id, role, mode, from_ms, to_ms, stored_ms, counts, *split = row
    net = canonical(run_rows.row_split(split).net)
    return RunSummary(run_id, group_id, role, mode, from_ms, to_ms, stored_ms, net, run_rows.row_counts(counts).trades)
