"""MarketWriter in memory."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from fundarb.adapters.sqlite.instrument_rows import INTERVAL, changes
from fundarb.adapters.sqlite.spans import covered
from fundarb.domain.instrument import MARKETS, Kind, ListingChange, Pair
from fundarb.domain.market import Coverage, PredictedRate, Snapshot, Span
from fundarb.errors import Conflicting
from fundarb.ports.market import CandleDigits, OnConflict, RateDigits, Written
from tests.fakes.market import MemoryMarket, Rows, kind_of, seen


class MemoryMarketWriter:
    """Fills the port `MarketWriter`."""

    def __init__(self, market: MemoryMarket) -> None:
        self._market = market
        self._open = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Commit at the end, roll back on any exception."""
        before, self._open = copy.deepcopy(self._market.now), True
        try:
            yield
        except BaseException:
            self._market.now = before
            raise
        finally:
            self._open = False
        if replace(self._market.now, coverage={}, universe=((), None)) != replace(
            before, coverage={}, universe=((), None)
        ):
            self._market.now.revision = before.revision + 1

    async def put_pairs(self, pairs: Iterable[Pair], seen_ms: int, on_conflict: OnConflict) -> Written:
        """Instruments; a change of lot rules is recorded with the time it was seen."""
        self._require_transaction()
        outcomes = [self._put_pair(row, pair, seen_ms, on_conflict) for row, pair in enumerate(pairs)]
        return Written(*(outcomes.count(outcome) for outcome in ("new", "same", "conflicting")))

    async def put_settlements(self, rows: Sequence[RateDigits], on_conflict: OnConflict) -> Written:
        """Settled rates."""
        return self._put(
            self._market.now.settlements, {n: (row[:2], row.rate) for n, row in enumerate(rows)}, on_conflict
        )

    async def put_candles(self, rows: Sequence[CandleDigits], on_conflict: OnConflict) -> Written:
        """Finished candles."""
        return self._put(self._market.now.candles, {n: (row[:4], row[4:]) for n, row in enumerate(rows)}, on_conflict)

    async def put_predicted(self, rows: Iterable[PredictedRate]) -> Written:
        """Predicted rates, apart from settled ones."""
        keyed = {n: (row[:3], row.rate) for n, row in enumerate(rows)}
        return self._put(self._market.now.predicted, keyed, OnConflict.KEEP)

    async def put_snapshots(self, rows: Iterable[Snapshot]) -> Written:
        """Snapshots."""
        return self._put(self._market.now.snapshots, {n: (row[:2], row) for n, row in enumerate(rows)}, OnConflict.KEEP)

    async def put_coverage(self, rows: Iterable[Coverage]) -> None:
        """What was asked for, merged with what touches it."""
        self._require_transaction()
        for asked in rows:
            self._market.require_pair(asked.symbol)
            stream = (asked.symbol, asked.kind, asked.span_ms)
            self._market.now.coverage[stream] = covered(self._market.now.coverage.get(stream, []), asked)

    async def put_interval(self, symbol: str, seen_ms: int, interval_ms: int) -> None:
        """The announced funding interval as seen; recorded only when it changed."""
        self._require_transaction()
        self._market.require_pair(symbol)
        known = sorted((c for c in self._market.now.changes if (c.symbol, c.field) == (symbol, INTERVAL)), key=seen)
        before = known[-1].after if known else None
        if before != str(interval_ms):
            self._market.now.changes.append(ListingChange(symbol, seen_ms, INTERVAL, before, str(interval_ms)))

    async def put_universe(self, symbols: Sequence[str], chosen_ms: int | None) -> None:
        """The stored universe; `chosen_ms` when it was chosen by turnover."""
        self._require_transaction()
        for symbol in symbols:
            self._market.require_pair(symbol)
        self._market.now.universe = (tuple(symbols), chosen_ms)

    async def prune(
        self, symbols: Sequence[str], kinds: Sequence[Kind], before_ms: int, *, dry_run: bool
    ) -> dict[str, dict[str, int]]:
        """Delete market rows older than `before_ms`; rows per pair and kind, deleted or (dry run) only counted."""
        self._require_transaction()
        counts: dict[str, dict[str, int]] = {}
        for symbol in symbols:
            self._market.require_pair(symbol)
            counts[symbol] = {kind.value: self._prune(symbol, kind, before_ms, dry_run) for kind in kinds}
        return counts

    async def forget_predicted(self, symbols: Sequence[str], before_ms: int) -> int:
        """Delete rates predicted before `before_ms`, settled ones staying; how many."""
        self._require_transaction()
        for symbol in symbols:
            self._market.require_pair(symbol)
        table = self._market.now.predicted
        old = [key for key in table if key[0] in symbols and key[1] < before_ms]
        for key in old:
            del table[key]
        return len(old)

    def _put_pair(self, row: int, pair: Pair, seen_ms: int, on_conflict: OnConflict) -> str:
        stored = self._market.now.pairs.setdefault(pair.symbol, pair)
        if stored is pair:
            return "new"
        found = changes(stored, pair, seen_ms)
        if found and on_conflict is OnConflict.REFUSE:
            raise Conflicting(row, f"{pair.symbol} differs in {found[0].field}")
        if found and on_conflict is OnConflict.REPLACE:
            self._market.now.pairs[pair.symbol] = pair
            self._market.now.changes += found
        return "conflicting" if found else "same"

    def _put(self, table: Rows, rows: dict[int, tuple[Any, Any]], on_conflict: OnConflict) -> Written:
        self._require_transaction()
        new = same = conflicting = 0
        for number, (key, value) in rows.items():
            self._market.require_pair(key[0])
            if key not in table:
                table[key] = value
                new += 1
            elif table[key] == value:
                same += 1
            else:
                if on_conflict is OnConflict.REFUSE:
                    raise Conflicting(number, f"{key} has {table[key]} already and {value} here")
                conflicting += 1
                if on_conflict is OnConflict.REPLACE:
                    table[key] = value
        return Written(new, same, conflicting)

    def _prune(self, symbol: str, kind: Kind, before_ms: int, dry_run: bool) -> int:
        count = 0
        for table, old in self._older(symbol, kind, before_ms):
            count += len(old)
            if not dry_run:
                for key in old:
                    del table[key]
        if not dry_run:
            for stream in [one for one in self._market.now.coverage if one[:2] == (symbol, kind)]:
                self._market.now.coverage[stream] = [
                    replace(one, asked=Span(max(one.asked.start_ms, before_ms), one.asked.end_ms))
                    for one in self._market.now.coverage[stream]
                    if one.asked.end_ms > before_ms
                ]
        return count

    def _older(self, symbol: str, kind: Kind, before_ms: int) -> list[tuple[Rows, list[Any]]]:
        if kind is Kind.FUNDING:
            tables: tuple[Rows, ...] = (self._market.now.settlements, self._market.now.predicted)
            return [(table, [key for key in table if key[0] == symbol and key[1] < before_ms]) for table in tables]
        if kind.value in MARKETS:
            stream = (symbol, kind.value)
            candles = self._market.now.candles
            return [(candles, [key for key in candles if key[:2] == stream and key[2] + key[3] <= before_ms])]
        rows = self._market.now.snapshots
        return [
            (
                rows,
                [key for key, row in rows.items() if key[0] == symbol and key[1] < before_ms and kind_of(row) is kind],
            )
        ]

    def _require_transaction(self) -> None:
        if not self._open:
            raise RuntimeError("market data is written inside `transaction()`")
