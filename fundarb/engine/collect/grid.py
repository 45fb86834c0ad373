"""Candles and open interest: each page knows what it must hold. What lacks is asked for once more before it is believed."""

from __future__ import annotations

from fundarb.domain.market import Span
from fundarb.engine.collect.asking import Asker
from fundarb.engine.collect.contiguity import answered, lacking
from fundarb.engine.collect.plan import Task
from fundarb.engine.collect.shelf import Shelf
from fundarb.engine.collect.tally import Tally


async def fill(asker: Asker, shelf: Shelf, task: Task, page: Span, tally: Tally, now_ms: int) -> None:
    """Ask for one page and store it with what it proves."""
    stream = task.stream
    rows = await asker.page(stream, page, tally)
    empty = lacking(page, stream.span_ms, rows)
    if empty:
        rows |= await asker.page(stream, Span(empty[0].start_ms, empty[-1].end_ms), tally)
        empty = lacking(page, stream.span_ms, rows)
    found = answered(stream, page, sorted(rows), empty, task.stored.doubted(now_ms), now_ms)
    tally.add(await shelf.put_page(stream, rows, found))
