"""A dashboard from its options to its end: bound, wired, served; its job ended with it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from fundarb.bootstrap.clocks import clock as wall_clock
from fundarb.bootstrap.clocks import stopwatch
from fundarb.bootstrap.onlooking import Onlooker
from fundarb.bootstrap.stores import open_reader
from fundarb.bootstrap.venue import open_clock
from fundarb.config.settings import Settings
from fundarb.errors import ConfigError, VenueUnreachable
from fundarb.ports.clock import Clock
from fundarb.web.app import make_app
from fundarb.web.dashboard import Dashboard, Sources
from fundarb.web.guard import Door
from fundarb.web.job import Job
from fundarb.web.origins import origins_of
from fundarb.web.server import bound, serve, url_of
from fundarb.web.shared import Shared
from fundarb.web.token import TOKEN_NAME, Doorkeeper, new_token

SHORTEST_TOKEN, FEWEST_SIGNS = 16, 6


@dataclass(frozen=True, slots=True)
class Options:
    """Where to listen, and by which names beside its address it may be called."""

    host: str
    port: int
    names: Sequence[str]


def given_token(environ: Mapping[str, str]) -> str | None:
    """The token of the environment; one that could be guessed or not be typed is refused."""
    token = environ.get(TOKEN_NAME, "").strip()
    if not (token.isascii() and token.isprintable()):
        raise ConfigError(f"{TOKEN_NAME} has signs that a form may not hand on; letters, digits and dashes do")
    if token and len(token) < SHORTEST_TOKEN:
        raise ConfigError(f"{TOKEN_NAME} has {len(token)} signs; at least {SHORTEST_TOKEN}, or none for one of our own")
    if token and len(set(token)) < FEWEST_SIGNS:
        raise ConfigError(f"{TOKEN_NAME} repeats {len(set(token))} signs; at least {FEWEST_SIGNS} different ones")
    return token or None


async def run_dashboard(
    options: Options, sources: Sources, told: Callable[[str, str | None], None], note: Callable[[str], None]
) -> None:
    """Serve until cancelled. `told` hears the address, and the token where it was made here."""
    settings, given = sources.resolve().settings, given_token(os.environ)
    async with open_reader(sources.database):
        pass  # a database that is not there, or of another schema, is refused before anything listens
    listening = bound(options.host, options.port)
    token, (address, port) = given or new_token(), listening.getsockname()[:2]
    door = Door(Doorkeeper(token, _going_on), origins_of(address, options.names), f"fundarb_{port}")
    job = Job()
    async with _clock(settings, note) as clock:
        onlooker = Onlooker(sources.database, sources.resolve, clock.now_ms)
        app = make_app(Dashboard(sources, door, onlooker, job, Shared(), clock.now_ms))
        told(url_of(listening), None if given else token)
        try:
            await serve(app, listening)
        finally:
            await job.cancel()


def _going_on() -> float:
    return stopwatch().now_ms() / 1000


@asynccontextmanager
async def _clock(settings: Settings, note: Callable[[str], None]) -> AsyncIterator[Clock]:
    """The clock of the configuration; this machine's where a sandbox is meant and none answers."""
    async with AsyncExitStack() as stack:
        try:
            chosen = await stack.enter_async_context(open_clock(settings))
        except VenueUnreachable as error:
            note(f"{error}; until the next start the clock of this machine counts")
            chosen = wall_clock()
        yield chosen
