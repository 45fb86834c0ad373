"""`data prune`: delete old market data, after showing how much."""

from __future__ import annotations

from typing import Annotated

import typer

from fundarb.cli.invocation import invocation
from fundarb.cli.render import Answer, Cell

COLUMNS = ("pair", "kind", "rows")


async def run(
    ctx: typer.Context,
    before: Annotated[str, typer.Option("--before", metavar="TIME", help="2024-01-31, 2024-01-31T08:00Z or 90d.")],
    pairs: Annotated[list[str] | None, typer.Argument(metavar="PAIRS", help="Only these; without, all.")] = None,
    kinds: Annotated[
        str | None,
        typer.Option(
            "--kinds",
            metavar="KINDS",
            help="Only these, as in funding,candles: funding, spot, perp, mark, open-interest, snapshot, or candles.",
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Delete; without it the rows are only counted.")] = False,
) -> None:
    """Delete market data older than a time.

    Without --yes it only shows how many rows would go. Ledger, orders and runs are never touched.
    """
    from fundarb import bootstrap
    from fundarb.domain.instrument import Kind
    from fundarb.domain.naming import parse_kinds, resolve_pairs
    from fundarb.domain.when import parse_when

    call = invocation(ctx)
    call.resolve()
    now_ms = bootstrap.clock().now_ms()
    before_ms = parse_when(before, now_ms)
    chosen = parse_kinds(kinds) if kinds is not None else tuple(Kind)
    async with bootstrap.open_market(call.database, create=False) as market, market.writer.transaction():
        known = await market.reader.pairs(now_ms)
        symbols = resolve_pairs(pairs, known) if pairs else tuple(pair.symbol for pair in known)
        counts = await market.writer.prune(symbols, chosen, before_ms, dry_run=not yes)
    rows = _rows(counts)
    call.answer(Answer(COLUMNS, rows, empty="nothing is that old"))
    if rows and not yes:
        call.note("nothing was deleted; the same command with --yes deletes these rows")


def _rows(counts: dict[str, dict[str, int]]) -> list[dict[str, Cell]]:
    return [
        {"pair": pair, "kind": str(kind), "rows": rows}
        for pair, by_kind in counts.items()
        for kind, rows in by_kind.items()
        if rows
    ]
