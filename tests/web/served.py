"""A dashboard served by this process on a free port, over a small store, and an HTTP client beside it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from fundarb.bootstrap.onlooking import Onlooker
from fundarb.bootstrap.stores import open_market
from fundarb.config import Resolved, resolve
from fundarb.config.keys import Keys
from fundarb.domain.instants import parse_instant
from fundarb.web.app import make_app
from fundarb.web.dashboard import Dashboard, Sources
from fundarb.web.guard import Door
from fundarb.web.job import Job
from fundarb.web.origins import origins_of
from fundarb.web.server import bound, serve, url_of
from fundarb.web.shared import Shared
from fundarb.web.token import Doorkeeper

TOKEN = "a-token-of-the-test"
NOW = parse_instant("2026-01-12T12:00:30Z")
_PROOF = re.compile(r'name="proof" value="([^"]+)"')


@dataclass
class Answer:
    """What came back."""

    status: int
    text: str
    headers: Mapping[str, str]


@dataclass
class Client:
    """Asks one dashboard, as a page of its own would, unless told otherwise."""

    url: str
    database: Path
    door: Door
    http: aiohttp.ClientSession
    proof: str = ""
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> dict[str, str]:
        """What a browser says of the page that asks."""
        return {"Origin": self.url}

    async def get(self, path: str, **headers: str) -> Answer:
        """Read."""
        async with self.http.get(self.url + path, headers=headers, allow_redirects=False) as answer:
            return Answer(answer.status, await answer.text(), answer.headers)

    async def post(self, path: str, form: Mapping[str, str], **headers: str) -> Answer:
        """Change, with the proof of the sign-in beside the form."""
        told, fields = {**self.origin, **headers}, {"proof": self.proof, **form}
        async with self.http.post(self.url + path, data=fields, headers=told, allow_redirects=False) as answer:
            return Answer(answer.status, await answer.text(), answer.headers)

    async def sign_in(self) -> None:
        """With the token, as a person does."""
        assert (await self.post("/sign-in", {"token": TOKEN})).status == 303
        found = _PROOF.search((await self.get("/settings")).text)
        assert found is not None
        self.proof = found[1]


@asynccontextmanager
async def served(directory: Path, *sets: str, beyond: bool = False) -> AsyncIterator[Client]:
    """For the block. `beyond`: as if it listened beyond loopback, where nothing is seen without a sign-in."""
    database, environ = directory / "fundarb.db", dict[str, str]()
    if not database.exists():
        async with open_market(database, create=True):
            pass

    def edited(runtime: Path | None) -> Resolved:
        return resolve([], environ, sets, {}, database, runtime)

    def no_keys() -> Keys | None:
        return None

    listening = bound("127.0.0.1", 0)
    sources = Sources(database, lambda: edited(None), no_keys, ("--db", str(database)), edited)
    loop = asyncio.get_running_loop()
    port = listening.getsockname()[1]
    door = Door(Doorkeeper(TOKEN, loop.time), origins_of("192.0.2.1" if beyond else "127.0.0.1", ()), f"fundarb_{port}")
    onlooker = Onlooker(database, sources.resolve, lambda: NOW)
    app = make_app(Dashboard(sources, door, onlooker, Job(), Shared(), lambda: NOW))
    serving = asyncio.create_task(serve(app, listening))
    jar = aiohttp.CookieJar(unsafe=True)  # cookies of an address, too
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        yield Client(url_of(listening), database, door, http, environ=environ)
    serving.cancel()
    with suppress(asyncio.CancelledError):
        await serving


def host_of(url: str) -> str:
    """`address:port`."""
    return urlsplit(url).netloc
