"""`data prune`: delete old market data, after showing how much."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from fundarb.cli.invocation import Invocation, invocation
from fundarb.cli.render import Answer, Cell

if TYPE_CHECKING:
    from fundarb.bootstrap.data import Pruned

COLUMNS = ("pair", "kind", "rows")


Before = Annotated[str, typer.Option("--before", metavar="TIME", help="2024-01-31, 2024-01-31T08:00Z or 90d.")]
Pairs = Annotated[list[str] | None, typer.Argument(metavar="PAIRS", help="Only these; without, all.")]
Kinds = Annotated[
    str | None,
    typer.Option(
        "--kinds",
        metavar="KINDS",
        help="Only these, as in funding,candles: funding, spot, perp, mark, open-interest, snapshot, or candles.",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Delete; without it the rows are only counted.")]


async def run(ctx: typer.Context, before: Before, pairs: Pairs = None, kinds: Kinds = None, yes: Yes = False) -> None:
    """Delete market data older than a time.

    Without --yes it only shows how many rows would go. Ledger, orders and runs are never touched, and of a pair that is
    held the 125 days before its position was opened stay, with all that came after.
    """
    from fundarb.bootstrap.data import Pruning, prune_market
    from fundarb.bootstrap.venue import clock_ms
    from fundarb.domain.instrument import Kind
    from fundarb.domain.naming import parse_kinds
    from fundarb.domain.when import parse_when

    call = invocation(ctx)
    before_ms = parse_when(before, await clock_ms(call.resolve().settings, call.note))
    chosen = parse_kinds(kinds) if kinds is not None else tuple(Kind)
    done = await prune_market(call.database, Pruning(pairs or (), chosen, before_ms), dry_run=not yes)
    _show(call, done, deleted=yes)


def _show(call: Invocation, done: Pruned, *, deleted: bool) -> None:
    """The rows that went or would go, and what stays although it is old."""
    from fundarb.domain.instants import iso

    rows = _rows(done.rows)
    call.answer(Answer(COLUMNS, rows, empty="nothing is that old"))
    for pair, kept_ms in sorted(done.spared.items()):
        call.note(f"{pair} is held: everything from {iso(kept_ms)} on stays, the lookback of its open position")
    if rows and not deleted:
        call.note("nothing was deleted; the same command with --yes deletes these rows")


def _rows(counts: Mapping[str, Mapping[str, int]]) -> list[dict[str, Cell]]:
    return [
        {"pair": pair, "kind": str(kind), "rows": rows}
        for pair, by_kind in counts.items()
        for kind, rows in by_kind.items()
        if rows
    ]
