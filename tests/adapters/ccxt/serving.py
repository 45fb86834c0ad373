"""Small servers on loopback: one that answers what it is told to, one that does to a connection what it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web
from aiohttp.test_utils import RawTestServer

Answer = Callable[[Mapping[str, Any]], Any]  # query or body to a document
Rude = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Served:
    """A running server: its address, and each request as method, path and what was asked."""

    url: str
    answers: dict[str, Answer]
    asked: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def queries(self, path: str) -> list[dict[str, Any]]:
        """What was asked of one path."""
        return [query for _, asked, query in self.asked if asked == path]


@asynccontextmanager
async def serving(answers: Mapping[str, Answer]) -> AsyncIterator[Served]:
    """Answers by path, as JSON; a path without one is a mistake of the test, answered 599."""
    served = Served("", dict(answers))

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        query = dict(orjson.loads(body)) if body else dict(request.query)
        served.asked.append((request.method, request.path, query))
        answer = served.answers.get(request.path)
        if answer is None:
            return web.Response(status=599, text=f"no answer for {request.path}")
        said = answer(query)
        return (
            said
            if isinstance(said, web.Response)
            else web.Response(body=orjson.dumps(said), content_type="application/json")
        )

    async with RawTestServer(handle) as server:
        served.url = str(server.make_url("")).rstrip("/")
        yield served


@asynccontextmanager
async def misbehaving(conduct: Rude) -> AsyncIterator[str]:
    """A bare socket that reads a request's head and then does as told; its address."""

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await conduct(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()[:2]
        yield f"http://{host}:{port}"


def plain(status: int, body: bytes, content_type: str = "text/html", announced: int | None = None) -> bytes:
    """A reply as bytes; `announced` is a length that is not its own."""
    length = len(body) if announced is None else announced
    head = f"HTTP/1.1 {status} Word\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


def saying(status: int, body: bytes, content_type: str = "text/html", announced: int | None = None) -> Rude:
    """The conduct of a server that says this."""

    async def conduct(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(plain(status, body, content_type, announced))
        await writer.drain()

    return conduct
