"""`data gaps`: the holes inside every stored series, as half-open stretches of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from fundarb.cli.invocation import invocation
from fundarb.cli.render import Answer, Cell
from fundarb.domain.instants import iso
from fundarb.errors import DataError

if TYPE_CHECKING:
    from fundarb.domain.market import Gap

COLUMNS = ("pair", "kind", "from", "to", "missing", "reason")


async def run(
    ctx: typer.Context,
    pairs: Annotated[list[str] | None, typer.Argument(metavar="PAIRS", help="Only these; without, all.")] = None,
) -> int:
    """Show what is missing inside the stored series; exit code 3 if anything is.

    Each series is judged between its first and its last row, never up to now. from is inclusive, to is not.
    """
    from fundarb.bootstrap.stores import open_reader
    from fundarb.bootstrap.venue import clock_ms
    from fundarb.domain.naming import resolve_pairs

    call = invocation(ctx)
    now_ms = await clock_ms(call.resolve().settings, call.note)
    async with open_reader(call.database) as reader:
        wanted = resolve_pairs(pairs or (), await reader.pairs(now_ms))
        gaps = [gap for gap in await reader.gaps(now_ms) if not wanted or gap.symbol in wanted]
    call.answer(Answer(COLUMNS, [_row(gap) for gap in gaps], empty="nothing is missing"))
    return DataError.exit_code if gaps else 0


def _row(gap: Gap) -> dict[str, Cell]:
    return {
        "pair": gap.symbol,
        "kind": str(gap.kind),
        "from": iso(gap.span.start_ms),
        "to": iso(gap.span.end_ms),
        "missing": gap.missing,
        "reason": gap.reason,
    }
