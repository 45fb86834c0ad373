"""Many rows in at once: inserted blindly, compared with what is stored only where the count says some were there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import aiosqlite

from fundarb.domain.instants import iso
from fundarb.errors import Conflicting
from fundarb.ports.market import OnConflict, Written

Row = tuple[Any, ...]
STATEMENT_ROWS = 500  # times nine columns: within the 32,766 parameters every SQLite since 3.32 takes


@dataclass(frozen=True, slots=True)
class Table:
    """A table of market facts: its key and its values. `kind`, `at`, `span` are SQL that names a row in corrections."""

    name: str
    key: tuple[str, ...]
    values: tuple[str, ...]
    kind: str
    at: str
    span: str

    @property
    def columns(self) -> tuple[str, ...]:
        """Key, then values: the order in which rows are handed over."""
        return self.key + self.values


SETTLEMENTS = Table("settlements", ("instrument_id", "settled_at"), ("rate",), "'funding'", "settled_at", "0")
CANDLES = Table(
    "candles",
    ("instrument_id", "market", "open_at", "span_ms"),
    ("open", "high", "low", "close", "volume"),
    "CASE market WHEN 0 THEN 'spot' WHEN 1 THEN 'perp' ELSE 'mark' END",
    "open_at",
    "span_ms",
)
PREDICTED = Table(
    "predicted",
    ("instrument_id", "observed_at", "for_settlement"),
    ("rate",),
    "'predicted'",
    "observed_at",
    "for_settlement - observed_at",
)
SNAPSHOTS = Table(
    "snapshots",
    ("instrument_id", "observed_at"),
    ("quote_volume", "open_interest", "mark"),
    "'snapshot'",
    "observed_at",
    "0",
)


@dataclass(frozen=True, slots=True)
class _Difference:
    row: int
    instrument_id: int
    kind: str
    at_ms: int
    span_ms: int
    before: str
    offered: str


async def put_rows(
    connection: aiosqlite.Connection, table: Table, rows: Sequence[Row], on_conflict: OnConflict, seen_ms: int
) -> Written:
    """Insert rows that are not there; of those that are, say how many are equal, and treat the others as told."""
    new = await _insert(connection, table.name, table.columns, rows)
    if new == len(rows):
        return Written(new=new)
    differences = await _differences(connection, table, rows)
    if differences:
        await _settle(connection, table, rows, differences, on_conflict, seen_ms)
    return Written(new=new, same=len(rows) - new - len(differences), conflicting=len(differences))


async def _settle(
    connection: aiosqlite.Connection,
    table: Table,
    rows: Sequence[Row],
    differences: Sequence[_Difference],
    on_conflict: OnConflict,
    seen_ms: int,
) -> None:
    """Refuse, replace or keep; whatever loses stays readable in `corrections`."""
    if on_conflict is OnConflict.REFUSE:
        raise Conflicting(differences[0].row, await _words(connection, table, differences[0]))
    outcome = "kept"
    if on_conflict is OnConflict.REPLACE:
        outcome = "replaced"
        await connection.executemany(_upsert(table), rows)  # all of them: of two rows of one key the last one stays
    await connection.executemany(
        "INSERT INTO corrections (seen_ms, instrument_id, kind, at_ms, span_ms, before, offered, outcome) "
        "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE ?8 = 'replaced' OR NOT EXISTS (SELECT 1 FROM corrections "
        "WHERE (instrument_id, kind, at_ms, span_ms, before, offered, outcome) = (?2, ?3, ?4, ?5, ?6, ?7, ?8))",
        [(seen_ms, d.instrument_id, d.kind, d.at_ms, d.span_ms, d.before, d.offered, outcome) for d in differences],
    )


async def _differences(connection: aiosqlite.Connection, table: Table, rows: Sequence[Row]) -> list[_Difference]:
    """The rows whose values are not those stored under their key, in the order they came."""
    offered = f"temp.offered_{table.name}"
    columns = ", ".join(table.columns)
    await connection.execute(
        f"CREATE TEMP TABLE IF NOT EXISTS offered_{table.name} (row INTEGER PRIMARY KEY, {columns})"
    )
    await connection.execute(f"DELETE FROM {offered}")  # noqa: S608  (names of this module, not input)
    await _insert(connection, offered, table.columns, rows)
    found = await connection.execute_fetchall(
        f"SELECT offered.row - 1, instrument_id, {table.kind}, {table.at}, {table.span}, {_joined('stored', table)}, "  # noqa: S608  (names of this module, not input)
        f"{_joined('offered', table)} FROM {offered} AS offered JOIN {table.name} AS stored USING ({', '.join(table.key)}) "
        f"WHERE {_joined('stored', table)} <> {_joined('offered', table)} ORDER BY offered.row"
    )
    return [_Difference(*row) for row in found]


async def _words(connection: aiosqlite.Connection, table: Table, difference: _Difference) -> str:
    """Both values under the key they share."""
    rows = list(
        await connection.execute_fetchall("SELECT symbol FROM instruments WHERE id = ?", (difference.instrument_id,))
    )
    names = "/".join(table.values)
    return (
        f"{rows[0][0]} {difference.kind} at {iso(difference.at_ms)} ({difference.at_ms}) has {names} "
        f"{difference.before} already and {difference.offered} here; remove one of the two"
    )


async def _insert(connection: aiosqlite.Connection, table: str, columns: Sequence[str], rows: Sequence[Row]) -> int:
    """Add what is not there, hundreds of rows a statement; how many were new.

    Many rows a statement, because SQLite then works through them without taking Python's lock for each."""
    one = f"({', '.join('?' * len(columns))})"
    head = f"INSERT INTO {table} ({', '.join(columns)}) VALUES "  # noqa: S608  (names of this module, not input)
    many = f"{head}{', '.join([one] * STATEMENT_ROWS)} ON CONFLICT DO NOTHING"
    whole = len(rows) - len(rows) % STATEMENT_ROWS
    new = 0
    for start in range(0, whole, STATEMENT_ROWS):
        values = list(chain.from_iterable(rows[start : start + STATEMENT_ROWS]))
        new += (await connection.execute(many, values)).rowcount
    if whole < len(rows):
        new += (await connection.executemany(f"{head}{one} ON CONFLICT DO NOTHING", rows[whole:])).rowcount
    return new


def _upsert(table: Table) -> str:
    changes = ", ".join(f"{name} = excluded.{name}" for name in table.values)
    return (
        f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES ({_marks(table)}) "  # noqa: S608  (names of this module, not input)
        f"ON CONFLICT DO UPDATE SET {changes}"
    )


def _marks(table: Table) -> str:
    return ", ".join("?" * len(table.columns))


def _joined(source: str, table: Table) -> str:
    """The values of a row as one text; both sides are canonical, so equal text is equal value."""
    return " || '/' || ".join(f"coalesce({source}.{name}, '')" for name in table.values)
