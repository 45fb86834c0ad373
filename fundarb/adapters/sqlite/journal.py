"""The trading journal in SQLite: every call is one immediate transaction and returns after its commit.

Give it a connection of `open_store(…, durable=True)`: what it acknowledged then survives a kill and a power cut."""

from __future__ import annotations

import json
from collections.abc import Sequence

import aiosqlite

from fundarb.adapters.sqlite import trading_rows as rows
from fundarb.adapters.sqlite.symbols import symbol_ids
from fundarb.adapters.sqlite.transaction import immediate, snapshot
from fundarb.domain.ledger import LedgerLine
from fundarb.domain.market import Span
from fundarb.domain.orders import NEXT_STATES, Fill, Order, OrderState
from fundarb.errors import JournalConflict
from fundarb.ports.journal import Change, Event, Halt

_OWNED = "WHERE portfolio_id = (SELECT id FROM portfolios WHERE name = ?)"


class SqliteJournal:
    """Fills the port `Journal` on one connection, which other tasks may share."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def append(self, portfolio: str, lines: Sequence[LedgerLine]) -> None:
        """Add ledger lines in order, all or none."""
        async with immediate(self._connection):
            await self._book(await self._owner(portfolio), lines)

    async def ledger(self, portfolio: str) -> tuple[LedgerLine, ...]:
        """The whole ledger of a portfolio, in the order it was written."""
        source = f"FROM ledger LEFT JOIN symbols ON symbols.id = symbol_id {_OWNED} ORDER BY ledger.id"
        found = await self._read(rows.select(rows.LINE_COLUMNS, source), portfolio)
        return tuple(map(rows.row_line, found))

    async def close_portfolio(self, portfolio: str, under: str) -> None:
        """Move all that was written under one id to another, unused one; nothing happens where nothing was."""
        async with immediate(self._connection):
            if await self._query("SELECT 1 FROM portfolios WHERE name = ?", under):
                raise JournalConflict(
                    f"portfolio {portfolio} cannot be closed as {under}: that id is taken, use another"
                )
            await self._connection.execute("UPDATE portfolios SET name = ? WHERE name = ?", (under, portfolio))

    async def portfolios(self) -> tuple[str, ...]:
        """Every portfolio that has a line, by name."""
        having_lines = "WHERE EXISTS (SELECT 1 FROM ledger WHERE portfolio_id = portfolios.id)"
        found = await self._read(rows.select("name", f"FROM portfolios {having_lines} ORDER BY name"))
        return tuple(name for (name,) in found)

    async def put_order(self, portfolio: str, order: Order) -> None:
        """Write a new intent; any other state, and a client id that is already there, are refused."""
        if order.state is not OrderState.INTENT:
            raise JournalConflict(f"order {order.client_id} is {order.state}: only an intent can be new; move it later")
        async with immediate(self._connection):
            for (state,) in await self._query("SELECT state FROM orders WHERE client_id = ?", order.client_id):
                raise JournalConflict(
                    f"order {order.client_id} is already in the journal, state {state}; "
                    "ask the venue what became of it instead of placing it again"
                )
            ids = await symbol_ids(self._connection, [order.symbol])
            row = (await self._owner(portfolio), *rows.order_row(order, ids))
            await self._connection.execute(rows.insert_into("orders", f"portfolio_id, {rows.ORDER_COLUMNS}"), row)

    async def move_order(
        self, client_id: str, to: OrderState, at_ms: int, venue_id: str | None, words: str | None
    ) -> None:
        """Advance an order along NEXT_STATES; no venue id keeps the one that is there, words stand with the move alone."""
        async with immediate(self._connection):
            found = await self._query("SELECT id, state FROM orders WHERE client_id = ?", client_id)
            if not found:
                raise JournalConflict(f"order {client_id} is not in the journal; write its intent first")
            order_id, state = found[0]
            if to not in (allowed := NEXT_STATES[OrderState(state)]):
                choices = f"it can become {' or '.join(sorted(allowed))}" if allowed else "that is final"
                raise JournalConflict(f"order {client_id} is {state} and cannot become {to}: {choices}")
            await self._connection.execute(
                "UPDATE orders SET state = ?, venue_id = coalesce(?, venue_id) WHERE id = ?",
                (str(to), venue_id, order_id),
            )
            await self._connection.execute(
                rows.insert_into("order_moves", "order_id, at_ms, state, venue_id, reason"),
                (order_id, at_ms, str(to), venue_id, words),
            )

    async def orders(self, portfolio: str, states: Sequence[OrderState] = ()) -> tuple[Order, ...]:
        """Orders in these states (all where none is named), oldest first."""
        wanted = json.dumps([str(state) for state in states or OrderState])
        in_states = "AND state IN (SELECT value FROM json_each(?))"
        source = (
            f"FROM orders JOIN symbols ON symbols.id = symbol_id {_OWNED} {in_states} ORDER BY created_ms, orders.id"
        )
        found = await self._read(rows.select(rows.ORDER_COLUMNS, source), portfolio, wanted)
        return tuple(map(rows.row_order, found))

    async def put_fills(self, portfolio: str, fills: Sequence[Fill], lines: Sequence[LedgerLine]) -> int:
        """Fills not seen before, each with the line beside it, in one commit; the number that was new."""
        if len(fills) != len(lines):
            raise JournalConflict(f"{len(fills)} fills with {len(lines)} lines: each fill books the one line beside it")
        async with immediate(self._connection):
            owner = await self._owner(portfolio)
            seen = await self._seen(owner, fills)
            new = []
            for fill, line in zip(fills, lines, strict=True):
                if fill.execution_id not in seen:
                    seen.add(fill.execution_id)
                    new.append((fill, line))
            ids = await symbol_ids(self._connection, (fill.symbol for fill, _ in new))
            await self._connection.executemany(
                rows.insert_into("fills", f"portfolio_id, {rows.FILL_COLUMNS}"),
                [(owner, *rows.fill_row(fill, ids)) for fill, _ in new],
            )
            await self._book(owner, [line for _, line in new])
            return len(new)

    async def fills(self, portfolio: str) -> tuple[Fill, ...]:
        """Every fill, oldest first."""
        source = f"FROM fills JOIN symbols ON symbols.id = symbol_id {_OWNED} ORDER BY filled_ms, fills.id"
        found = await self._read(rows.select(rows.FILL_COLUMNS, source), portfolio)
        return tuple(map(rows.row_fill, found))

    async def record(self, events: Sequence[Event]) -> None:
        """Add events, all or none."""
        async with immediate(self._connection):
            ids = await symbol_ids(self._connection, (event.pair for event in events))
            owners = {name: name and await self._owner(name) for name in {event.portfolio for event in events}}
            await self._connection.executemany(
                rows.insert_into("events", "at_ms, portfolio_id, name, symbol_id, reason, data"),
                [(e.at_ms, owners[e.portfolio], e.name, ids[e.pair], e.reason, e.data) for e in events],
            )

    async def events(self, portfolio: str | None, span: Span) -> tuple[Event, ...]:
        """Events in the span, oldest first; of one portfolio, or of all."""
        found = await self._read(
            "SELECT at_ms, portfolios.name, events.name, symbol, reason, data FROM events "
            "LEFT JOIN portfolios ON portfolios.id = portfolio_id LEFT JOIN symbols ON symbols.id = symbol_id "
            "WHERE at_ms >= ? AND at_ms < ? AND (? IS NULL OR portfolios.name = ?) ORDER BY at_ms, events.id",
            span.start_ms,
            span.end_ms,
            portfolio,
            portfolio,
        )
        return tuple(Event(*row) for row in found)

    async def beat(self, name: str, at_ms: int) -> None:
        """Say that `name` is alive."""
        async with immediate(self._connection):
            await self._connection.execute(
                "INSERT OR REPLACE INTO heartbeats (name, at_ms) VALUES (?, ?)", (name, at_ms)
            )

    async def heartbeat(self, name: str) -> int | None:
        """When `name` last said so."""
        found = await self._read("SELECT at_ms FROM heartbeats WHERE name = ?", name)
        return found[0][0] if found else None

    async def change_halt(self, change: Change) -> Halt | None:
        """Put what `change` makes of the halt that stands in its place, read and written in one transaction."""
        async with immediate(self._connection):
            halt = change(rows.halt_of(await self._query(rows.HALT)))
            await self._connection.execute("DELETE FROM halted_pairs")
            await self._connection.execute("DELETE FROM halts")
            if halt is not None:
                await self._write_halt(halt)
            return halt

    async def halt(self) -> Halt | None:
        """What stops entries now."""
        return rows.halt_of(await self._read(rows.HALT))

    async def remember(self, portfolio: str, name: str, value: str) -> None:
        """Keep small state that must survive a restart, in place of what stood under that name."""
        async with immediate(self._connection):
            await self._connection.execute(
                "INSERT OR REPLACE INTO remembered (portfolio_id, name, value) VALUES (?, ?, ?)",
                (await self._owner(portfolio), name, value),
            )

    async def recall(self, portfolio: str, name: str) -> str | None:
        """What `remember` kept."""
        found = await self._read(rows.select("value", f"FROM remembered {_OWNED} AND name = ?"), portfolio, name)
        return found[0][0] if found else None

    async def _write_halt(self, halt: Halt) -> None:
        ids = await symbol_ids(self._connection, halt.pairs)
        await self._connection.execute(
            "INSERT INTO halts (id, since_ms, reason) VALUES (1, ?, ?)", (halt.since_ms, halt.reason)
        )
        await self._connection.executemany(
            "INSERT INTO halted_pairs (halt_id, place, symbol_id) VALUES (1, ?, ?)",
            [(place, ids[pair]) for place, pair in enumerate(halt.pairs)],
        )

    async def _book(self, owner: int, lines: Sequence[LedgerLine]) -> None:
        ids = await symbol_ids(self._connection, (line.pair for line in lines))
        await self._connection.executemany(
            rows.insert_into("ledger", f"portfolio_id, {rows.LINE_COLUMNS}"),
            [(owner, *rows.line_row(line, ids)) for line in lines],
        )

    async def _seen(self, owner: int, fills: Sequence[Fill]) -> set[str]:
        asked = json.dumps([fill.execution_id for fill in fills])
        found = await self._query(
            "SELECT execution_id FROM fills WHERE portfolio_id = ? AND execution_id IN (SELECT value FROM json_each(?))",
            owner,
            asked,
        )
        return {execution_id for (execution_id,) in found}

    async def _owner(self, portfolio: str) -> int:
        """The row of a portfolio, made where there is none."""
        await self._connection.execute("INSERT INTO portfolios (name) VALUES (?) ON CONFLICT DO NOTHING", (portfolio,))
        return int((await self._query("SELECT id FROM portfolios WHERE name = ?", portfolio))[0][0])

    async def _read(self, sql: str, *values: object) -> list[rows.Row]:
        async with snapshot(self._connection):
            return await self._query(sql, *values)

    async def _query(self, sql: str, *values: object) -> list[rows.Row]:
        return list(await self._connection.execute_fetchall(sql, values))
