"""The symbols trading rows point at, so that no row repeats their text; any symbol may stand here, listed or not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import aiosqlite

SymbolIds = Mapping[str | None, int | None]


async def symbol_ids(connection: aiosqlite.Connection, symbols: Iterable[str | None]) -> SymbolIds:
    """The id of each symbol, given one where it had none; None stays None. Call inside a write transaction."""
    wanted = sorted({symbol for symbol in symbols if symbol is not None})
    ids: dict[str | None, int | None] = {None: None}
    if wanted:
        await connection.executemany(
            "INSERT INTO symbols (symbol) VALUES (?) ON CONFLICT DO NOTHING", [(symbol,) for symbol in wanted]
        )
        rows = await connection.execute_fetchall(
            "SELECT symbol, id FROM symbols WHERE symbol IN (SELECT value FROM json_each(?))", (json.dumps(wanted),)
        )
        ids |= {symbol: key for symbol, key in rows}  # noqa: C416  (a sqlite3 row is no pair to a type checker)
    return ids
