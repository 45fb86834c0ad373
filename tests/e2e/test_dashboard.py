"""`dashboard` beside a paper trader, driven by clicks in a real browser; the trader never notices."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import Chromium
from tests.browser.page import Page
from tests.e2e.trading import journal_events, running, stopped, until
from tests.sandbox.running import spawned_sandbox
from tests.web.running import signed_in, spawned_dashboard


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A directory, and the address of an exchange."""
    with spawned_sandbox("--pairs", "12", "--start", "2026-01-10T08:00:20Z") as venue:
        yield tmp_path_factory.mktemp("dashboard"), venue.url


@pytest.mark.slow
def test_a_trader_is_seen_halted_and_resumed_and_does_not_miss_a_dashboard_that_dies(
    here: tuple[Path, str], chromium: Chromium
) -> None:
    directory, venue = here
    with running(venue, directory, "--mode", "hold", "--set", "trade.poll=1s") as trader:
        until(trader, "cycle")
        with spawned_dashboard(directory, "--set", f"venue.url={venue}") as shown:
            with signed_in(chromium, shown) as page:
                see_positions(page)
                halt_and_resume(page, directory)
                assert page.errors == []
            shown.process.kill()
        told = stopped(trader)
    assert [one["event"] for one in told][-1] == "stopped"
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
    told = [one.name for one in journal_events(directory) if one.name in ("halted", "resumed")]
    assert told == ["halted", "halted", "resumed"]
