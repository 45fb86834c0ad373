"""The ledger of trials in SQLite. A chunk is one transaction: its returns are written first, at places the write lock
keeps for it, so that a row of the database never promises returns that are not there."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import aiosqlite
import numpy as np

from fundarb.adapters.sqlite.backtests_tried import backtests_tried
from fundarb.adapters.sqlite.returns_file import ReturnsFile, checksums
from fundarb.adapters.sqlite.trading_rows import Row, select
from fundarb.adapters.sqlite.transaction import immediate, snapshot
from fundarb.domain.market import Span
from fundarb.domain.result import METRICS
from fundarb.domain.trial import COUNTS, TOTALS
from fundarb.ports.trials import Recalled, TrialRows, TrialScope, Tried
from fundarb.signals.panel import Flags, Floats, Stamps

AT_ONCE = 500  # identities in one query
_KNOWN = "trial_id, metrics, totals, counts, place, checksum"
_TRIAL = (
    "INSERT OR REPLACE INTO trials (trial_id, scope_id, base_id, params, lane, metrics, totals, counts, place, checksum, "
    "stored_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def trials_folder(database: Path) -> Path:
    """Where the returns of a database's trials are kept: beside the file itself, by whatever link it was named."""
    return Path(f"{os.path.realpath(database)}.trials")


class SqliteTrials:
    """Fills the port `Trials` on one connection, with returns in a folder beside its database."""

    def __init__(self, connection: aiosqlite.Connection, folder: Path) -> None:
        self._connection, self._folder = connection, folder

    async def record(self, scope: TrialScope, base: Mapping[str, str | None], rows: TrialRows, at_ms: int) -> None:
        """Store a finished chunk, whole or not at all; trials that are there unharmed stay as they are."""
        async with immediate(self._connection):
            known = await self._unharmed(scope, rows.ids)
            fresh = list({name: row for row, name in enumerate(rows.ids) if name not in known}.values())
            if not fresh:
                return
            key, base_key = await self._scope_key(scope), await self._base_key(base)
            place, daily = await self._next_place(key), rows.daily[fresh].astype(np.float32)
            await asyncio.to_thread(self._file(scope).write, place, daily)
            sums = checksums(daily)
            heads = [(rows.ids[row], key, base_key, _json(rows.params[row]), rows.lane) for row in fresh]
            figures = [(_floats(rows.metrics[row]), _floats(rows.totals[row]), _counts(rows, row)) for row in fresh]
            tails = [(place + number, checksum, at_ms) for number, checksum in enumerate(sums)]
            values = [(*head, *own, *tail) for head, own, tail in zip(heads, figures, tails, strict=True)]
            await self._connection.executemany(_TRIAL, values)

    async def recall(self, scope: TrialScope, ids: Sequence[str]) -> Recalled:
        """The figures of those that are stored with their returns unharmed."""
        async with snapshot(self._connection):
            found = await self._unharmed(scope, ids)
        known = np.array([name in found for name in ids], dtype=np.bool_)
        rows = [found[name] for name in ids if name in found]
        return Recalled(
            known,
            _spread(known, len(METRICS), [np.frombuffer(row[1], "<f8") for row in rows]),
            _spread(known, len(TOTALS), [np.frombuffer(row[2], "<f8") for row in rows]),
            np.nan_to_num(_spread(known, len(COUNTS), [np.frombuffer(row[3], "<i8") for row in rows])).astype(np.int64),
        )

    async def returns(self, scope: TrialScope, ids: Sequence[str]) -> Floats:
        """Daily returns, a row each in that order; NaN throughout for what is not stored."""
        async with snapshot(self._connection):
            stored = await self._stored(ids)
        found = np.full((len(ids), scope.days), np.nan)
        rows = [row for row, name in enumerate(ids) if name in stored]
        places = np.array([stored[ids[row]][4] for row in rows], dtype=np.int64)
        found[rows] = await asyncio.to_thread(self._file(scope).read, places)
        return found

    async def overlapping(self, pairs: Sequence[str], from_ms: int, to_ms: int, metric: str) -> Tried:
        """Everything ever tried on some of these pairs in a part of that range, each once; backtests last."""
        first, wanted = 1 + 8 * METRICS.index(metric), set(pairs)
        async with snapshot(self._connection):
            backtests, found = await backtests_tried(self._query, wanted, Span(from_ms, to_ms), metric), list[Tried]()
            for key, own, length in await self._query(
                "SELECT id, pairs, days FROM trial_scopes WHERE from_ms < ? AND to_ms > ? ORDER BY id", to_ms, from_ms
            ):
                if wanted & set(json.loads(own)):
                    values = await self._column(key, first)
                    found.append(Tried(values, np.full(len(values), length), np.full(len(values), key)))
        return Tried(*map(np.concatenate, zip(*found, backtests, strict=True)))

    async def save_sweep(self, sweep_id: str, at_ms: int, document: str) -> None:
        """Keep the answer of a search; asked again it is replaced."""
        async with immediate(self._connection):
            await self._connection.execute(
                "INSERT INTO sweeps (sweep_id, stored_ms, document) VALUES (?, ?, ?) ON CONFLICT (sweep_id) DO UPDATE "
                "SET stored_ms = excluded.stored_ms, document = excluded.document",
                (sweep_id, at_ms, document),
            )

    async def sweep(self, sweep_id: str) -> str | None:
        """The stored answer of a search."""
        found = await self._query("SELECT document FROM sweeps WHERE sweep_id = ?", sweep_id)
        return found[0][0] if found else None

    def _file(self, scope: TrialScope) -> ReturnsFile:
        return ReturnsFile(self._folder, scope.scope_id, scope.days)

    async def _unharmed(self, scope: TrialScope, ids: Sequence[str]) -> dict[str, Row]:
        """Rows whose returns are what was written."""
        stored = await self._stored(ids)
        names = list(stored)
        places = np.array([stored[name][4] for name in names], dtype=np.int64)
        daily = await asyncio.to_thread(self._file(scope).read, places)
        return {
            name: stored[name] for name, found in zip(names, checksums(daily), strict=True) if found == stored[name][5]
        }

    async def _stored(self, ids: Sequence[str]) -> dict[str, Row]:
        found: dict[str, Row] = {}
        for first in range(0, len(ids), AT_ONCE):
            some = ids[first : first + AT_ONCE]
            marks = ", ".join("?" * len(some))
            rows = await self._query(select(_KNOWN, f"FROM trials WHERE trial_id IN ({marks})"), *some)
            found |= {row[0]: row for row in rows}
        return found

    async def _column(self, scope_key: int, first: int) -> Floats:
        """One figure of every trial of a scope, read off the bytes of its metrics; there may be millions."""
        sql = "SELECT substr(metrics, ?, 8) FROM trials WHERE scope_id = ? ORDER BY place"
        return np.frombuffer(b"".join(row[0] for row in await self._query(sql, first, scope_key)), "<f8")

    async def _next_place(self, key: int) -> int:
        found = await self._query("SELECT COALESCE(MAX(place), -1) + 1 FROM trials WHERE scope_id = ?", key)
        return int(found[0][0])

    async def _scope_key(self, scope: TrialScope) -> int:
        values = (scope.scope_id, json.dumps(scope.pairs), scope.from_ms, scope.to_ms)
        await self._connection.execute(
            "INSERT INTO trial_scopes (scope_id, pairs, from_ms, to_ms, data_hash, code_version, days) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (*values, scope.data_hash, scope.code_version, scope.days),
        )
        return int((await self._query("SELECT id FROM trial_scopes WHERE scope_id = ?", scope.scope_id))[0][0])

    async def _base_key(self, base: Mapping[str, str | None]) -> int:
        text = _json(dict(sorted(base.items())))
        await self._connection.execute("INSERT INTO trial_bases (params) VALUES (?) ON CONFLICT DO NOTHING", (text,))
        return int((await self._query("SELECT id FROM trial_bases WHERE params = ?", text))[0][0])

    async def _query(self, sql: str, *values: object) -> list[Row]:
        return list(await self._connection.execute_fetchall(sql, values))


def _spread(known: Flags, width: int, rows: Sequence[Floats | Stamps]) -> Floats:
    """Rows at the places that are known, NaN elsewhere."""
    found = np.full((len(known), width), np.nan)
    if rows:
        found[known] = rows
    return found


def _floats(values: Floats) -> bytes:
    return values.astype("<f8").tobytes()


def _counts(rows: TrialRows, row: int) -> bytes:
    content: bytes = rows.counts[row].astype("<i8").tobytes()
    return content


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
