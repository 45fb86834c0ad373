"""What changes on an open page: parts of it over a WebSocket, each sent again only when it is other than before."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from starlette.websockets import WebSocket, WebSocketDisconnect

from fundarb.errors import FundarbError
from fundarb.reporting.page.markup import Html, together
from fundarb.web.dashboard import dashboard
from fundarb.web.refusals import trouble, unforeseen

EVERY_S = 1.0
MOST = 32
_TROUBLE = "trouble"
Parts = Mapping[str, Html]
_open: set[WebSocket] = set()


async def follow(socket: WebSocket, parts: Callable[[], Awaitable[Parts]]) -> None:
    """Send what is other, every so often, for as long as the page is open. Words from the page are not listened to."""
    if len(_open) >= MOST:
        await socket.close(1013, "too many pages are open")
        return
    await socket.accept()
    _open.add(socket)
    try:
        await _send_on(socket, parts)
    except WebSocketDisconnect:
        pass
    finally:
        _open.discard(socket)


async def _send_on(socket: WebSocket, parts: Callable[[], Awaitable[Parts]]) -> None:
    sent: dict[str, Html] = {_TROUBLE: trouble()}
    gone, door = asyncio.create_task(_closed(socket)), dashboard(socket).door
    try:
        while not gone.done():
            if door.shut and door.who(socket) is None:  # signed out, or too long ago
                await socket.close(1008, "sign in again")
                return
            found = await _parts(parts, sent[_TROUBLE])
            fresh = {name: part for name, part in found.items() if sent.get(name) != part}
            if fresh:
                await socket.send_text(together(*fresh.values()))
                sent |= fresh
            await asyncio.wait([gone], timeout=EVERY_S)
    finally:
        gone.cancel()


async def _parts(parts: Callable[[], Awaitable[Parts]], before: Html) -> Parts:
    """What is to be seen; where it cannot be seen, why. What nobody foresaw is logged once, not at every look."""
    try:
        return {**await parts(), _TROUBLE: trouble()}
    except FundarbError as error:
        return {_TROUBLE: trouble(str(error))}
    except Exception as error:
        name = type(error).__name__
        return {_TROUBLE: before if name in before else trouble(unforeseen("a look", error))}


async def _closed(socket: WebSocket) -> None:
    """Return once the page is gone."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass
