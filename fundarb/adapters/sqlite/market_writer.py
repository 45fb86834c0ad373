"""MarketWriter over SQLite: everything inside `transaction()`, which also renews the revision if market data changed."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal

import aiosqlite

from fundarb.adapters.sqlite import bulk, coverage_rows, instrument_rows
from fundarb.adapters.sqlite.prune import prune_predicted, prune_rows
from fundarb.adapters.sqlite.transaction import immediate
from fundarb.domain.instrument import MARKETS, Kind, ListingChange, Pair
from fundarb.domain.market import Coverage, PredictedRate, Snapshot
from fundarb.domain.money import canonical
from fundarb.errors import UnknownPair
from fundarb.ports.market import CandleDigits, OnConflict, RateDigits, Written

_MARKET_NUMBER = {market: number for number, market in enumerate(MARKETS)}


def wall_ms() -> int:
    """The machine's time, for when a correction was seen; callers that keep another clock pass theirs."""
    return time.time_ns() // 1_000_000


class SqliteMarketWriter:
    """Writes market facts through a connection opened for writing."""

    def __init__(self, connection: aiosqlite.Connection, now_ms: Callable[[], int] = wall_ms) -> None:
        self._connection = connection
        self._now_ms = now_ms
        self._ids: dict[str, int] = {}
        self._open = False
        self._changed = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Commit at the end, roll back on any exception."""
        async with immediate(self._connection):
            self._open, self._changed = True, False
            self._ids.clear()
            try:
                yield
                if self._changed:
                    await self._renew_revision()
            finally:
                self._open = False

    async def put_pairs(self, pairs: Iterable[Pair], seen_ms: int, on_conflict: OnConflict) -> Written:
        """Instruments; a change of lot rules is recorded with the time it was seen."""
        self._require_transaction()
        outcomes = [
            await instrument_rows.put(self._connection, row, pair, seen_ms, on_conflict)
            for row, pair in enumerate(pairs)
        ]
        counts = {outcome: outcomes.count(outcome) for outcome in ("new", "same", "conflicting")}
        return self._counted(Written(**counts), on_conflict)

    async def put_settlements(self, rows: Sequence[RateDigits], on_conflict: OnConflict) -> Written:
        """Settled rates."""
        if not rows:
            return Written()
        symbols, settled_at, rates = zip(*rows, strict=True)
        return await self._put(
            bulk.SETTLEMENTS, zip(await self._many(symbols), settled_at, rates, strict=True), on_conflict
        )

    async def put_candles(self, rows: Sequence[CandleDigits], on_conflict: OnConflict) -> Written:
        """Finished candles."""
        if not rows:
            return Written()
        symbols, markets, spans, open_at, *numbers = zip(*rows, strict=True)
        keys = (await self._many(symbols), map(_MARKET_NUMBER.__getitem__, markets), open_at, spans)
        return await self._put(bulk.CANDLES, zip(*keys, *numbers, strict=True), on_conflict)

    async def put_predicted(self, rows: Iterable[PredictedRate]) -> Written:
        """Predicted rates, apart from settled ones."""
        given = list(rows)
        ids = await self._many([row.symbol for row in given])
        values = ((row.observed_at_ms, row.for_settlement_ms, canonical(row.rate)) for row in given)
        digits = ((key, *value) for key, value in zip(ids, values, strict=True))
        return await self._put(bulk.PREDICTED, digits, OnConflict.KEEP)

    async def put_snapshots(self, rows: Iterable[Snapshot]) -> Written:
        """Snapshots."""
        given = list(rows)
        ids = await self._many([row.symbol for row in given])
        values = (
            (row.observed_at_ms, _digits(row.quote_volume), _digits(row.open_interest), _digits(row.mark))
            for row in given
        )
        digits = ((key, *value) for key, value in zip(ids, values, strict=True))
        return await self._put(bulk.SNAPSHOTS, digits, OnConflict.KEEP)

    async def put_coverage(self, rows: Iterable[Coverage]) -> None:
        """What was asked for, merged with what touches it."""
        self._require_transaction()
        for asked in rows:
            await coverage_rows.put(self._connection, await self._id(asked.symbol), asked)

    async def put_interval(self, symbol: str, seen_ms: int, interval_ms: int) -> None:
        """The announced funding interval as seen; recorded only when it changed."""
        self._require_transaction()
        before = await instrument_rows.last_interval(self._connection, await self._id(symbol))
        if before != str(interval_ms):
            change = ListingChange(symbol, seen_ms, instrument_rows.INTERVAL, before, str(interval_ms))
            await instrument_rows.record(self._connection, [change])

    async def put_universe(self, symbols: Sequence[str], chosen_ms: int | None) -> None:
        """The stored universe; `chosen_ms` when it was chosen by turnover."""
        self._require_transaction()
        await self._connection.execute("DELETE FROM universe")
        await self._connection.executemany(
            "INSERT INTO universe (position, instrument_id) VALUES (?, ?)", list(enumerate(await self._many(symbols)))
        )
        await self._connection.execute("DELETE FROM meta WHERE key = 'universe_chosen_ms'")
        if chosen_ms is not None:
            await self._connection.execute("INSERT INTO meta VALUES ('universe_chosen_ms', ?)", (str(chosen_ms),))

    async def prune(
        self, symbols: Sequence[str], kinds: Sequence[Kind], before_ms: int, *, dry_run: bool
    ) -> dict[str, dict[str, int]]:
        """Delete market rows older than `before_ms`; rows per pair and kind, deleted or (dry run) only counted."""
        self._require_transaction()
        ids = dict(zip(symbols, await self._many(symbols), strict=True))
        counts = await prune_rows(self._connection, ids, kinds, before_ms, dry_run=dry_run)
        self._changed |= not dry_run and any(any(rows.values()) for rows in counts.values())
        return counts

    async def forget_predicted(self, symbols: Sequence[str], before_ms: int) -> int:
        """Delete rates predicted before `before_ms`, settled ones staying; how many."""
        self._require_transaction()
        deleted = await prune_predicted(self._connection, await self._many(symbols), before_ms)
        self._changed |= bool(deleted)
        return deleted

    async def _put(self, table: bulk.Table, rows: Iterable[bulk.Row], on_conflict: OnConflict) -> Written:
        self._require_transaction()
        written = await bulk.put_rows(self._connection, table, list(rows), on_conflict, self._now_ms())
        return self._counted(written, on_conflict)

    def _counted(self, written: Written, on_conflict: OnConflict) -> Written:
        replaced = written.conflicting if on_conflict is OnConflict.REPLACE else 0
        self._changed |= bool(written.new or replaced)
        return written

    async def _many(self, symbols: Sequence[str]) -> list[int]:
        """The id of each symbol."""
        for symbol in set(symbols) - self._ids.keys():
            self._ids[symbol] = await self._id(symbol)
        return list(map(self._ids.__getitem__, symbols))

    async def _id(self, symbol: str) -> int:
        rows = list(await self._connection.execute_fetchall("SELECT id FROM instruments WHERE symbol = ?", (symbol,)))
        if not rows:
            raise UnknownPair(f"{symbol}: no instrument of that symbol is stored; store it before its rows")
        return int(rows[0][0])

    def _require_transaction(self) -> None:
        if not self._open:
            raise RuntimeError("market data is written inside `transaction()`")

    async def _renew_revision(self) -> None:
        await self._connection.execute(
            "UPDATE meta SET value = lower(hex(randomblob(16))) WHERE key = 'market_revision'"
        )


def _digits(value: Decimal | None) -> str | None:
    return None if value is None else canonical(value)
