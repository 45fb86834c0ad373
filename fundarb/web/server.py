"""Puts the application onto a socket, and ends with the command: a signal is the command's business, not the server's."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Generator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address, ip_address

import uvicorn
from starlette.types import ASGIApp

from fundarb.errors import UsageError

_PATIENCE_S = 2  # for answers under way when the command ends
_LARGEST_WORD = 64 * 1024  # over a WebSocket; pages say nothing


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """None: whoever runs the command heeds them, and cancels it."""
        yield


def bound(host: str, port: int) -> socket.socket:
    """A socket bound to an address of this machine; UsageError says why there is none."""
    address = address_of(host)
    listening = socket.socket(socket.AF_INET6 if address.version == 6 else socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((str(address), port))
        listening.listen()
    except OSError as error:
        listening.close()
        reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be had: {error.strerror}"
        raise UsageError(f"--port {port} of {address} {reason}; choose another, or 0 for any that is free") from None
    return listening


def address_of(host: str) -> IPv4Address | IPv6Address:
    """The address that is meant."""
    try:
        return ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise UsageError(f"--host {host} is no address; write 127.0.0.1, ::1, or another of this machine") from None


def url_of(listening: socket.socket) -> str:
    """Where it is found; on all addresses of the machine, the loopback one."""
    host, port = listening.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  (compared, not bound)
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


async def serve(app: ASGIApp, listening: socket.socket) -> None:
    """Until cancelled; then pages that are open are told so."""
    config = uvicorn.Config(
        app,
        lifespan="off",
        ws="websockets-sansio",
        ws_max_size=_LARGEST_WORD,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_PATIENCE_S,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve([listening]))
    try:
        await asyncio.shield(task)
    finally:
        server.should_exit = True
        await asyncio.wait([task])
        listening.close()
