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


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the command got its configuration from, so that it can be read again and handed on to a job.

    `words` are the shared options of its command line, `files` those named with -c."""

    database: Path
    files: tuple[Path, ...]
    sets: tuple[str, ...]
    resolve: Callable[[], Resolved]
    keys: Callable[[], Keys | None]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One running dashboard."""

    sources: Sources
    door: Door
    onlooker: Onlooker
    job: Job
    now_ms: Callable[[], int]
    note: Callable[[str], None]


def dashboard(connection: HTTPConnection) -> Dashboard:
    """The one that a request came to."""
    found: Dashboard = connection.app.state.dashboard
    return found
