"""`dashboard` beside a paper trader, driven by clicks in a real browser; the trader never notices."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from tests.browser.chromium import Chromium
from tests.browser.page import PHONE, WIDE, Page
from tests.cli.processes import ROOT, call, fundarb
from tests.e2e.trading import journal_events, running, stopped, until
from tests.sandbox.running import spawned_sandbox
from tests.web.running import RunningDashboard, signed_in, spawned_dashboard


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A directory, and the address of an exchange."""
    with spawned_sandbox("--pairs", "12", "--start", "2026-01-10T08:00:20Z") as venue:
        yield tmp_path_factory.mktemp("dashboard"), venue.url


@pytest.mark.slow
def test_a_trader_is_seen_and_steered_by_clicks_and_does_not_miss_a_dashboard_that_dies(
    here: tuple[Path, str], chromium: Chromium, tmp_path: Path
) -> None:
    directory, venue = here
    with running(venue, directory, "--set", "trade.poll=1s", "--mode", "hold") as trader:
        until(trader, "cycle")
        with spawned_dashboard(directory, "--set", f"venue.url={venue}") as shown:
            with signed_in(chromium, shown) as page:
                see_positions(page)
                halt_and_resume(page, directory)
                backtest(page, shown)
                change_a_setting(page, shown)
                assert page.errors == []
            until(trader, "configured")
            look_at_every_page(chromium, shown, tmp_path)
            shown.process.kill()
        told = stopped(trader)
    assert told[-1]["event"] == "stopped"
    assert not (directory / "data/fundarb.db.scene.json").exists()


def see_positions(page: Page) -> None:
    """Both legs of five pairs, as the running trader has them."""
    page.wait("document.querySelector('h1').innerText === 'Trading paper (hold)'")
    pairs = page.ask("[...document.querySelectorAll('#positions tbody th')].map((cell) => cell.innerText)")
    assert pairs == ["1000PEPE", "BTC", "DOGE", "ETH", "SOL"]
    assert page.ask("document.querySelectorAll('#positions [data-column=\"to liq\"]').length") == 5
    before = page.text(".kicker")
    page.wait(f"document.querySelector('.kicker').innerText !== {json.dumps(before)}")


def halt_and_resume(page: Page, directory: Path) -> None:
    """By clicks; the journal says so, and the page hears of it."""
    page.click("input[name=pairs]")
    page.type("BTC eth")
    page.click("input[name=reason]")
    page.type("a look at the <b>books</b>")
    page.click("#halt")
    page.wait("document.querySelector('#halted').innerText.includes('Entries of BTC, ETH are halted')")
    assert page.text("#halted").endswith("a look at the <b>books</b>")
    page.wait("document.querySelector('#alarms').innerText.includes('ENTRIES HALTED: of BTC, ETH')")
    page.ask("document.querySelector('form.row').reset()")
    page.click("#resume")
    page.wait("document.querySelector('#halted').innerText === 'Entries are open.'")
    own = (one for one in journal_events(directory) if one.data is None)  # without what the trader tells of it
    told = [one.name for one in own if one.name in ("halted", "resumed")]
    assert told == ["halted", "halted", "resumed"]


def backtest(page: Page, shown: RunningDashboard) -> None:
    """Started by a click, watched live, its page opened; the trader goes on meanwhile."""
    page.open(f"{shown.url}/backtest")
    page.wait("document.querySelector('#wire').dataset.state === 'on'")
    assert page.ask("getComputedStyle(document.querySelector('#cancel').form).display") == "none"
    page.click("input[value=hold]")
    page.click("#start")
    page.wait("document.querySelector('#stage').dataset.stage === 'done'", 120_000)
    assert page.text("#job code") == "fundarb backtest --mode simple,hold"
    modes = page.ask("[...document.querySelectorAll('#job tbody th')].map((cell) => cell.innerText)")
    assert modes == ["simple", "hold", "cash"]
    net = page.text("#job tbody tr:nth-child(2) [data-column=net]")
    page.click("#job a")
    page.arrive()
    page.wait("document.documentElement.dataset.ready")
    assert page.ask("[...document.querySelectorAll('#results [data-column=net]')].map((cell) => cell.innerText)")
    page.open(f"{shown.url}/runs")
    assert page.text("tbody tr:nth-child(2) td:nth-child(6)") == net


def change_a_setting(page: Page, shown: RunningDashboard) -> None:
    """A value is saved in its row; the trader tells that it took it."""
    page.open(f"{shown.url}/settings")
    page.ask("document.querySelector('#set-costs-fee_spot input[name=value]').value = ''")
    page.click("#set-costs-fee_spot input[name=value]")
    page.type("0.002")
    page.click("#set-costs-fee_spot button")
    page.wait("document.querySelector('#changed').innerText === 'costs.fee_spot: 0.001 → 0.002.'")
    assert page.ask("document.querySelector('#set-costs-fee_spot input[name=value]').value") == "0.002"
    assert page.text("#set-costs-fee_spot .origin") == "fundarb.db.runtime.yaml:2"


def look_at_every_page(chromium: Chromium, shown: RunningDashboard, pictures: Path) -> None:
    """In every light and width nothing is complained about and nothing is wider than the window."""
    for size, dark in product((WIDE, PHONE), (False, True)):
        with signed_in(chromium, shown, size, dark=dark) as page:
            for path in ("/", "/signals", "/data", "/runs", "/backtest", "/settings"):
                page.open(f"{shown.url}{path}")
                page.wait("(document.querySelector('#wire')?.dataset ?? {state: 'on'}).state === 'on'")
                name = f"{path.strip('/') or 'now'}-{size[0]}-{'dark' if dark else 'light'}.png"
                picture = page.screenshot(pictures / name, whole=True)
                assert picture.stat().st_size > 10_000, path
                assert page.ask("document.documentElement.scrollWidth <= window.innerWidth"), path
                paper = page.ask("getComputedStyle(document.documentElement).backgroundColor")
                assert paper == ("rgb(20, 24, 29)" if dark else "rgb(255, 255, 255)")
            assert all(one.startswith((shown.url, "data:", "ws")) for one in page.requested)
            assert page.errors == []


def test_what_cannot_be_served_is_refused_with_the_next_step(
    here: tuple[Path, str], filled: Path, tmp_path: Path
) -> None:
    missing = fundarb("dashboard", "--port", "0", cwd=tmp_path)
    assert (missing.returncode, missing.stdout) == (3, "")
    assert "no such database" in missing.stderr
    assert list(tmp_path.iterdir()) == []
    short = fundarb("dashboard", "--port", "0", cwd=filled, FUNDARB_DASHBOARD_TOKEN="short")
    assert (short.returncode, "short" not in short.stderr.replace("shortest", "")) == (78, True), short.stderr
    assert "FUNDARB_DASHBOARD_TOKEN has 5 signs; at least 16" in short.stderr
    elsewhere = fundarb("dashboard", "--host", "desk.example", cwd=filled)
    assert (elsewhere.returncode, "--host desk.example is no address" in elsewhere.stderr) == (2, True)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = fundarb("dashboard", "--port", port, cwd=filled)
    assert (done.returncode, f"--port {port} of 127.0.0.1 is in use; choose another" in done.stderr) == (2, True)


def test_without_the_extra_the_line_that_installs_it_is_named(filled: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['uvicorn'] = None\n")
    done = call("fundarb", "dashboard", cwd=filled, PYTHONPATH=f"{tmp_path}:{ROOT}")
    assert done.returncode == 2
    assert "the dashboard needs uvicorn, not installed here; `pip install 'fundarb[web]'` brings it" in done.stderr
