"""The page in a real browser: drawn without a complaint or a request, in light and dark, wide, on a phone and on paper."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from plotly.offline import get_plotlyjs

from fundarb.reporting.page.document import render_page
from tests.browser.chromium import Chromium
from tests.browser.page import PHONE, WIDE, Page
from tests.reporting.page.materials import huge_material, made_market, made_run, made_streams, swept_material

MOST_BYTES = 8 * 1024 * 1024
HOSTILE = '"><img src=x onerror=alert(1)><a href="javascript:alert(2)">@ink</a>/USDT:USDT'
FIRST_IN_SIGHT = "document.querySelector('[data-chart]').scrollIntoView({behavior: 'instant'})"
DRAWN = """[...document.querySelectorAll('[data-chart]')].filter(one => one.checkVisibility())
  .every(one => one.querySelector('.main-svg'))"""


def seen_whole(page: Page, file: Path) -> None:
    """Open it and go to its end, so that everything that is not folded away is drawn."""
    page.open(file)
    page.wait("document.documentElement.dataset.ready")
    page.ask("""(async () => {
      for (let at = 0; at < document.documentElement.scrollHeight; at += 500) {
        scrollTo({top: at, behavior: 'instant'});
        await new Promise(requestAnimationFrame);
      }
    })()""")
    page.wait(DRAWN)


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a sweep whose pairs have names that would do harm."""
    material = swept_material()
    run = made_run((HOSTILE, "BTC/USDT:USDT"))
    markets = (made_market(HOSTILE), *material.markets)
    file = tmp_path_factory.mktemp("page") / "page.html"
    hostile = replace(material, runs=(run, *material.runs[1:]), markets=markets, streams=made_streams((HOSTILE,)))
    file.write_text(render_page(hostile, get_plotlyjs()), "utf-8")
    return file


def test_everything_is_drawn_in_every_look_without_complaint_or_request(
    swept: Path, chromium: Chromium, tmp_path: Path
) -> None:
    looks = [(WIDE, False), (WIDE, True), (PHONE, True), (PHONE, False)]
    with chromium.page() as page:
        seen_whole(page, swept)
        for size, dark in looks:
            page.resize(*size, dark=dark)
            page.ask(FIRST_IN_SIGHT)  # what is not is drawn anew later
            ink = "rgb(154, 165, 177)" if dark else "rgb(89, 99, 110)"
            page.wait(f"document.querySelector('.main-svg text').style.fill === '{ink}'")
            page.wait("document.querySelector('.main-svg').getBoundingClientRect().width <= innerWidth")
            assert page.screenshot(tmp_path / "seen.png").stat().st_size > 20_000
            assert page.ask("document.documentElement.scrollWidth") <= size[0]
            paper = "rgb(20, 24, 29)" if dark else "rgb(255, 255, 255)"
            assert page.ask("getComputedStyle(document.documentElement).backgroundColor") == paper
        assert page.errors == []
        assert [address for address in page.requested if not address.startswith("data:")] == [swept.as_uri()]
        assert page.ask("document.querySelectorAll('img, a[href^=javascript]').length") == 0
        assert HOSTILE in page.text("#chart-pair-1 h3")


def test_theme_folds_and_keys_work_and_paper_shows_everything(swept: Path, chromium: Chromium) -> None:
    with chromium.page() as page:
        page.open(swept)
        page.wait("document.documentElement.dataset.ready")
        page.press("Tab")
        assert page.ask("document.activeElement.className") == "skip"
        page.press("Tab")
        page.press("Enter")
        assert page.text(".theme") == "theme: light"
        page.press("Enter")
        page.ask(FIRST_IN_SIGHT)
        page.wait("document.querySelector('.main-svg text').style.fill === 'rgb(154, 165, 177)'")
        assert page.ask("getComputedStyle(document.body).color") == "rgb(230, 234, 238)"
        page.ask("dispatchEvent(new Event('beforeprint'))")
        assert page.ask("document.querySelectorAll('details:not([open])').length") == 0
        page.wait("[...document.querySelectorAll('[data-chart]')].every(one => one.querySelector('.main-svg'))")
        page.wait("document.querySelector('.main-svg text').style.fill === 'rgb(89, 99, 110)'")
        page.ask("dispatchEvent(new Event('afterprint'))")
        assert page.ask("document.querySelectorAll('details[open]').length") == 0
        page.click("#verdict summary")
        assert "min track record days" in page.text("#verdict details table")
        assert page.ask("document.documentElement.dataset.theme") == "dark"
        assert page.errors == []


@pytest.mark.parametrize("size", ["trials", "history"])
def test_the_largest_pages_stay_small_and_open(size: str, chromium: Chromium, tmp_path: Path) -> None:
    material = swept_material((10, 10, 10, 10, 10)) if size == "trials" else huge_material()
    file = tmp_path / "page.html"
    file.write_text(render_page(material, get_plotlyjs()), "utf-8")
    assert file.stat().st_size < MOST_BYTES
    with chromium.page() as page:
        page.open(file)
        page.wait("document.documentElement.dataset.ready")
        assert page.errors == []
        charts = json.loads(page.ask("document.getElementById('charts').textContent"))
        longest = max(
            len(trace["y"]) for chart in charts.values() for trace in chart["data"] if trace.get("mode") == "lines"
        )
        assert longest <= 1000
        assert ("100,000 trials" if size == "trials" else "most traded of 500 pairs") in page.text("main")
