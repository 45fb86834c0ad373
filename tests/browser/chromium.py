"""A real Chromium, headless, driven over pipes; it can ask nothing beyond this machine. Fixture: `chromium`.

Where it is not installed a test says so and is skipped, but not in CI: there the same is a failure."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.browser.devtools import Pipes
from tests.browser.page import WIDE, Page

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-extensions",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--hide-scrollbars",
    "--no-first-run",
    "--remote-debugging-pipe",
    "--force-color-profile=srgb",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


class Chromium:
    """A running browser with an empty profile."""

    def __init__(self, pipes: Pipes) -> None:
        self._pipes = pipes

    @contextmanager
    def page(self, width: int = WIDE[0], height: int = WIDE[1], *, dark: bool = False) -> Iterator[Page]:
        """An empty tab with cookies of its own, closed at the end."""
        context = self._pipes.call("Target.createBrowserContext")["browserContextId"]
        target = self._pipes.call("Target.createTarget", {"url": "about:blank", "browserContextId": context})[
            "targetId"
        ]
        session = self._pipes.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        page = Page(self._pipes, target, session)
        page.resize(width, height, dark=dark)
        try:
            yield page
        finally:
            self._pipes.call("Target.disposeBrowserContext", {"browserContextId": context})
            self._pipes.events.clear()


@contextmanager
def running(profile: Path) -> Iterator[Chromium]:
    """A browser for as long as it is needed."""
    to_browser, own_end = os.pipe()
    other_end, from_browser = os.pipe()
    root = ("--no-sandbox",) if os.geteuid() == 0 else ()  # Chromium refuses to sandbox itself as root
    argv = [_binary(), *_FLAGS, *root, f"--user-data-dir={profile}", "about:blank"]
    moved = f'exec "$@" 3<&{to_browser} 4>&{from_browser}'  # the two descriptors that it speaks over
    process = subprocess.Popen(
        ["bash", "-c", moved, "chromium", *argv],
        pass_fds=(to_browser, from_browser),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(to_browser)
    os.close(from_browser)
    pipes = Pipes(other_end, own_end)
    try:
        yield Chromium(pipes)
        pipes.call("Browser.close")
    finally:
        _end(process)
        os.close(own_end)
        os.close(other_end)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Wait for the end that was asked for; without one make an end."""
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _binary() -> str:
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        words = "no Chromium here: install Debian's package `chromium`"
        if os.environ.get("CI"):
            pytest.fail(words)
        pytest.skip(words)
    return found


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """One browser for all the tests of a worker."""
    with running(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser
