"""A running trader lets other processes see what it sees: after each look its scene goes into a file beside the database.

Whatever is wrong with that, trading goes on, and says so once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from fundarb.adapters import scene_file
from fundarb.bootstrap.watching import Watching
from fundarb.reporting.scene_document import scene_text

if TYPE_CHECKING:
    from fundarb.bootstrap.trading import Trading

LOOK_S = 0.5


@asynccontextmanager
async def showing(database: Path, trading: Trading, note: Callable[[str], None]) -> AsyncIterator[None]:
    """Shows for the block; afterwards nothing is left of it."""
    task = asyncio.create_task(_show_on(database, Watching(trading), note))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        scene_file.hide(database)


async def _show_on(database: Path, watching: Watching, note: Callable[[str], None]) -> None:
    """What changed since it was shown last, and never in the midst of a step."""
    shown: object = None
    try:
        while True:
            if not watching.at_work and watching.seen != shown:
                shown = await _show(database, watching, shown)
            await asyncio.sleep(LOOK_S)
    except Exception as error:  # whatever is wrong with what is shown, trading goes on
        note(f"what is traded cannot be shown to other processes any more: {error}")


async def _show(database: Path, watching: Watching, before: object) -> object:
    """What is shown then: nothing new where a step began meanwhile."""
    seen, text = watching.seen, scene_text(await watching.held())
    if watching.at_work or watching.seen != seen:
        return before
    scene_file.show(database, text)
    return seen
