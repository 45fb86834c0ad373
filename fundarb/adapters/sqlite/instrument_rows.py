"""Instruments in and out of their table, and the history of what changed about them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import aiosqlite

from fundarb.domain.instrument import ListingChange, LotRule, Pair
from fundarb.domain.money import canonical, parse
from fundarb.errors import Conflicting
from fundarb.ports.market import OnConflict

FIELDS = (
    "spot",
    "multiplier",
    "perp_step",
    "perp_min_qty",
    "perp_min_notional",
    "spot_step",
    "spot_min_qty",
    "spot_min_notional",
    "first_seen_ms",
    "gone_ms",
    "mmr",
)
SELECT = f"SELECT symbol, {', '.join(FIELDS)} FROM instruments"  # noqa: S608  (names of this module, not input)
INTERVAL = "funding_interval_ms"


def pair_of(row: Iterable[Any]) -> Pair:
    """A Pair from a row of SELECT."""
    symbol, spot, multiplier, *lots, first_seen_ms, gone_ms, mmr = row
    numbers = [parse(text) for text in lots]
    return Pair(
        symbol=symbol,
        spot=spot,
        multiplier=parse(multiplier),
        perp_lots=LotRule(*numbers[:3]),
        spot_lots=LotRule(*numbers[3:]),
        first_seen_ms=first_seen_ms,
        gone_ms=gone_ms,
        mmr=None if mmr is None else parse(mmr),
    )


def row_of(pair: Pair) -> tuple[Any, ...]:
    """The values of FIELDS."""
    lots = (pair.perp_lots, pair.spot_lots)
    numbers = [canonical(number) for lot in lots for number in (lot.step, lot.min_qty, lot.min_notional)]
    mmr = None if pair.mmr is None else canonical(pair.mmr)
    return (pair.spot, canonical(pair.multiplier), *numbers, pair.first_seen_ms, pair.gone_ms, mmr)


async def put(connection: aiosqlite.Connection, row: int, pair: Pair, seen_ms: int, on_conflict: OnConflict) -> str:
    """Store an instrument as number `row` of what was handed over: `new`, `same` or `conflicting`."""
    known = await stored(connection, pair.symbol)
    if known is None:
        await connection.execute(
            f"INSERT INTO instruments (symbol, {', '.join(FIELDS)}, last_seen_ms) VALUES (?{', ?' * len(FIELDS)}, ?)",  # noqa: S608  (names of this module, not input)
            (pair.symbol, *row_of(pair), seen_ms),
        )
        return "new"
    await connection.execute(
        "UPDATE instruments SET last_seen_ms = max(last_seen_ms, ?) WHERE symbol = ?", (seen_ms, pair.symbol)
    )
    found = changes(known, pair, seen_ms)
    if found:
        await _settle(connection, row, pair, found, on_conflict)
    return "conflicting" if found else "same"


async def stored(connection: aiosqlite.Connection, symbol: str) -> Pair | None:
    """An instrument with all that is stored about it, whenever it came to be known."""
    async with connection.execute(f"{SELECT} WHERE symbol = ?", (symbol,)) as cursor:
        row = await cursor.fetchone()
    return None if row is None else pair_of(row)


async def known(connection: aiosqlite.Connection, as_of_ms: int) -> tuple[Pair, ...]:
    """Every instrument first seen by then, in symbol order; `gone_ms` only where it had come."""
    rows = await connection.execute_fetchall(f"{SELECT} ORDER BY symbol")
    pairs = [pair_of(row) for row in rows]
    return tuple(
        replace(pair, gone_ms=None) if pair.gone_ms is not None and pair.gone_ms > as_of_ms else pair
        for pair in pairs
        if pair.first_seen_ms is None or pair.first_seen_ms <= as_of_ms
    )


def changes(before: Pair, seen: Pair, seen_ms: int) -> list[ListingChange]:
    """What differs between an instrument as stored and as seen."""
    pairs = zip(FIELDS, row_of(before), row_of(seen), strict=True)
    return [
        ListingChange(seen.symbol, seen_ms, field, _text(before), _text(after))
        for field, before, after in pairs
        if before != after
    ]


async def _settle(
    connection: aiosqlite.Connection, row: int, pair: Pair, found: Sequence[ListingChange], on_conflict: OnConflict
) -> None:
    """Refuse, replace or keep an instrument that changed; what loses stays readable."""
    if on_conflict is OnConflict.REFUSE:
        first = found[0]
        raise Conflicting(
            row,
            f"{pair.symbol} has {first.field} {first.before or 'blank'} already and {first.after or 'blank'} here; "
            "remove one of the two",
        )
    if on_conflict is OnConflict.REPLACE:
        settings = ", ".join(f"{field} = ?" for field in FIELDS)
        await connection.execute(f"UPDATE instruments SET {settings} WHERE symbol = ?", (*row_of(pair), pair.symbol))  # noqa: S608  (names of this module, not input)
        await record(connection, found)
    else:
        await connection.executemany(
            "INSERT INTO corrections (seen_ms, instrument_id, kind, at_ms, span_ms, before, offered, outcome) "
            "SELECT ?, id, ?, ?, 0, ?, ?, 'kept' FROM instruments WHERE symbol = ?",
            [(c.seen_ms, c.field, c.seen_ms, c.before or "", c.after or "", c.symbol) for c in found],
        )


async def record(connection: aiosqlite.Connection, found: Sequence[ListingChange]) -> None:
    """Add to the listing history."""
    await connection.executemany(
        "INSERT INTO listing_changes (instrument_id, seen_ms, field, before, after) "
        "SELECT id, ?, ?, ?, ? FROM instruments WHERE symbol = ?",
        [(c.seen_ms, c.field, c.before, c.after, c.symbol) for c in found],
    )


async def last_interval(connection: aiosqlite.Connection, instrument_id: int) -> str | None:
    """The funding interval as it was last announced."""
    async with connection.execute(
        "SELECT after FROM listing_changes WHERE instrument_id = ? AND field = ? ORDER BY seen_ms DESC, id DESC LIMIT 1",
        (instrument_id, INTERVAL),
    ) as cursor:
        row = await cursor.fetchone()
    return None if row is None else str(row[0])


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
