"""A service on loopback at an address that is a secret, and what it was told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
SECRET = "not-a-real-token"


@asynccontextmanager
async def listening(answer: Answer) -> AsyncIterator[str]:
    """Its host, port and path."""
    app = web.Application()
    app.router.add_post(f"/hook/{SECRET}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"127.0.0.1:{runner.addresses[0][1]}/hook/{SECRET}"
    finally:
        await runner.cleanup()


def hearing(into: list[Any]) -> Answer:
    """Takes every message."""

    async def answer(request: web.Request) -> web.Response:
        into.append(await request.json())
        return web.Response()

    return answer


async def hanging(_: web.Request) -> web.StreamResponse:
    """Never answers."""
    await asyncio.sleep(600)
    raise AssertionError


async def refusing(_: web.Request) -> web.StreamResponse:
    """Takes nothing."""
    raise web.HTTPForbidden
