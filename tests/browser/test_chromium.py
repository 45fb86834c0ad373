"""The client drives a real browser: it clicks, types, waits, takes pictures, and hears every complaint."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.chromium import Chromium
from tests.browser.devtools import DevToolsError

PAGE = """<!doctype html><title>t</title>
<style>body { background: white } @media (prefers-color-scheme: dark) { body { background: black } }</style>
<button onclick="setTimeout(() => { this.textContent = 'pressed' }, 20)">press</button><input>
<button id=bad onclick="console.error('wrong', 1); fetch('http://elsewhere.invalid/')">bad</button>"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "page.html"
    found.write_text(PAGE)
    return found


def test_a_page_is_clicked_typed_into_and_seen(chromium: Chromium, file: Path, tmp_path: Path) -> None:
    with chromium.page(dark=True) as page:
        page.open(file)
        page.click("button")
        page.wait("document.querySelector('button').textContent === 'pressed'")
        page.press("Tab")
        page.type("typed")
        assert page.ask("document.querySelector('input').value") == "typed"
        assert page.ask("getComputedStyle(document.body).backgroundColor") == "rgb(0, 0, 0)"
        assert page.screenshot(tmp_path / "seen.png").read_bytes().startswith(b"\x89PNG")
        assert page.errors == []


def test_complaints_and_failed_requests_are_heard(chromium: Chromium, file: Path) -> None:
    with chromium.page() as page:
        page.open(file)
        page.click("#bad")
        page.wait("performance.getEntriesByType('resource').length")
        errors = page.errors
        assert "wrong 1" in errors
        assert any("ERR_NAME_NOT_RESOLVED" in error for error in errors)
        assert page.requested == [file.as_uri(), "http://elsewhere.invalid/"]
        with pytest.raises(DevToolsError, match="not true within 5 ms"):
            page.wait("false", 5)
