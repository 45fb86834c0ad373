"""What the pages share: the store they read, who is at the door, and the one job that may run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import HTTPConnection

from fundarb.bootstrap.onlooking import Onlooker
from fundarb.config import Resolved
from fundarb.config.keys import Keys
from fundarb.web.guard import Door
from fundarb.web.job import Job
from fundarb.web.shared import Shared


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the command got its configuration from, so that it can be read again and handed on to a job.

    `words` are the shared options of its command line, for a command that is to have the same; `edited` is the configuration
    that would be, were a file in the place of the one that this dashboard writes."""

    database: Path
    resolve: Callable[[], Resolved]
    keys: Callable[[], Keys | None]
    words: tuple[str, ...]
    edited: Callable[[Path], Resolved]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One running dashboard."""

    sources: Sources
    door: Door
    onlooker: Onlooker
    job: Job
    offers: Shared
    now_ms: Callable[[], int]


def dashboard(connection: HTTPConnection) -> Dashboard:
    """The one that a request came to."""
    found: Dashboard = connection.app.state.dashboard
    return found
