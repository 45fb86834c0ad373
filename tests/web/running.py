"""A dashboard as a process of its own, and a browser that has signed in to it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.browser.chromium import Chromium
from tests.browser.page import WIDE, Page
from tests.cli.processes import environment


@dataclass(frozen=True, slots=True)
class RunningDashboard:
    """Where it is, the token it made, and the process."""

    url: str
    token: str
    process: subprocess.Popen[str]


@contextmanager
def spawned_dashboard(cwd: Path, *words: str) -> Iterator[RunningDashboard]:
    """The command on a free port, once it listens; killed at the end of the block if it still runs."""
    argv = [sys.executable, "-m", "fundarb", "dashboard", "--port", "0", *words]
    pipe, env = subprocess.PIPE, environment(FUNDARB_DASHBOARD_TOKEN="")
    with subprocess.Popen(argv, cwd=cwd, env=env, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            assert process.stdout is not None
            url, word = process.stdout.readline().strip(), process.stdout.readline().split()
            assert url.startswith("http://"), process.communicate()[1]
            yield RunningDashboard(url, word[1], process)
        finally:
            process.kill()


@contextmanager
def signed_in(
    chromium: Chromium, shown: RunningDashboard, size: tuple[int, int] = WIDE, *, dark: bool = False
) -> Iterator[Page]:
    """A tab whose reader typed the token, and sees the first page live."""
    with chromium.page(*size, dark=dark) as page:
        page.open(f"{shown.url}/sign-in")
        page.click("input[name=token]")
        page.type(shown.token)
        page.press("Enter")
        page.arrive()
        page.wait("document.querySelector('#wire').dataset.state === 'on'")
        yield page
