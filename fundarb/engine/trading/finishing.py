"""What was begun is finished, whoever wants to stop meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def finished(work: Coroutine[Any, Any, T]) -> T:
    """Run work to its end; the wish to stop holds afterwards."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await _ended(task)
        raise


async def _ended(task: Awaitable[Any]) -> None:
    await asyncio.gather(task, return_exceptions=True)
