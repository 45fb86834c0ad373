"""What the `data` commands do to a store: CSV in and out, pruning, migration, backup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fundarb.adapters.layout.exporting import export_files
from fundarb.adapters.layout.importing import Progress, import_files
from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.copy import copy_to
from fundarb.adapters.sqlite.upgrade import Upgraded, upgrade
from fundarb.bootstrap.clocks import clock
from fundarb.bootstrap.stores import open_market, open_reader
from fundarb.domain.instants import LATEST
from fundarb.domain.instrument import Kind
from fundarb.domain.naming import resolve_pairs
from fundarb.ports.market import Written
from fundarb.reporting.held import KEPT_BEFORE_MS, held_since


async def import_market(
    database: Path, files: Mapping[str, Path], *, replace: bool, seen_ms: int | None = None, progress: Progress
) -> dict[str, Written]:
    """The CSV files of the import layout into the store, all or nothing; what each of them brought. Changes were seen at
    `seen_ms`, by default now."""
    async with open_market(database, create=True) as market:
        return await import_files(
            market.reader,
            market.writer,
            **files,
            replace=replace,
            seen_ms=clock().now_ms() if seen_ms is None else seen_ms,
            progress=progress,
        )


async def export_market(
    database: Path, files: Mapping[str, Path], *, names: Sequence[str], progress: Progress
) -> dict[str, int]:
    """What is stored of these pairs (of all, without names) into CSV files; the rows written to each."""
    async with open_reader(database) as reader:
        symbols = resolve_pairs(names, await reader.pairs(LATEST))
        return await export_files(
            reader,
            funding=files.get("funding"),
            candles=files.get("candles"),
            instruments=files.get("instruments"),
            symbols=symbols,
            progress=progress,
        )


@dataclass(frozen=True, slots=True)
class Pruning:
    """What to prune: pairs as typed (none: all), kinds, and the time before which rows go."""

    names: Sequence[str]
    kinds: Sequence[Kind]
    before_ms: int


@dataclass(frozen=True, slots=True)
class Pruned:
    """Rows by pair and kind, and the pairs of which less went because they are held, each with the time that stayed."""

    rows: Mapping[str, Mapping[str, int]]
    spared: Mapping[str, int]


async def prune_market(database: Path, asked: Pruning, *, dry_run: bool) -> Pruned:
    """Delete old market rows, or only count them; the lookback of an open position stays."""
    async with open_market(database, create=False) as market:
        known = await market.reader.pairs(LATEST)
        symbols = resolve_pairs(asked.names, known) if asked.names else [pair.symbol for pair in known]
        held = await held_since(market.journal)  # nobody trades meanwhile
        oldest = {pair: since_ms - KEPT_BEFORE_MS for pair, since_ms in held.items() if pair in symbols}
        spared = {pair: kept_ms for pair, kept_ms in oldest.items() if kept_ms < asked.before_ms}
        rows: dict[str, dict[str, int]] = {}
        async with market.writer.transaction():
            for symbol in symbols:
                before_ms = spared.get(symbol, asked.before_ms)
                rows |= await market.writer.prune([symbol], asked.kinds, before_ms, dry_run=dry_run)
        return Pruned(rows, spared)


async def migrate(database: Path) -> Upgraded:
    """Back up an older database and bring it to the present schema."""
    return await upgrade(database)


async def back_up(database: Path, target: Path | None) -> Path:
    """A complete copy, while others go on using the database; where it went."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    chosen = target or database.parent / f"{database.name}.backup-{stamp}"
    async with open_store(database, "read") as connection:
        await copy_to(connection, chosen)
    return chosen
