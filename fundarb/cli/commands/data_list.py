"""`data list`: what the store holds, one row per pair, kind and interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from fundarb.cli.forms import Format
from fundarb.cli.invocation import invocation
from fundarb.cli.render import Answer, Cell
from fundarb.cli.run_answers import form_of
from fundarb.domain.instants import SECOND
from fundarb.reporting.stream_row import STREAM_COLUMNS, stream_row

if TYPE_CHECKING:
    from fundarb.domain.market import StreamSummary

COLUMNS = (*STREAM_COLUMNS, "age_s")


async def run(
    ctx: typer.Context,
    pairs: Annotated[list[str] | None, typer.Argument(metavar="PAIRS", help="Only these; without, all.")] = None,
) -> None:
    """List what is stored, per pair and kind.

    from and to are the times of the first and the last row (of a candle, its open), age_s the seconds since the last
    one was known (of a candle, its close). A pair is written BTC,
    BTCUSDT or BTC/USDT:USDT.
    """
    from fundarb.bootstrap.stores import open_reader
    from fundarb.bootstrap.venue import clock_ms
    from fundarb.domain.naming import resolve_pairs

    call = invocation(ctx)
    now_ms = await clock_ms(call.resolve().settings, call.note)
    async with open_reader(call.database) as reader:
        wanted = resolve_pairs(pairs or (), await reader.pairs(now_ms))
        streams = [row for row in await reader.streams(now_ms) if not wanted or row.symbol in wanted]
    rows = [_row(stream, now_ms) for stream in streams]
    if form_of(call) is Format.TABLE:
        from fundarb.reporting.figures import minute

        rows = [row | {name: minute(str(row[name])) for name in ("from", "to")} for row in rows]
    call.answer(Answer(COLUMNS, rows, empty="no market data is stored yet"))


def _row(stream: StreamSummary, now_ms: int) -> dict[str, Cell]:
    return {**stream_row(stream), "age_s": (now_ms - stream.last_ms - stream.span_ms) // SECOND}
