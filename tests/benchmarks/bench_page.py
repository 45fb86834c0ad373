"""How long the largest pages take to open in Chromium, beside a page that is plotly.js and nothing else, and how large they
are. Aims: under 8 MiB, no task of the page's own that a hand would feel once plotly.js is read."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from plotly.offline import get_plotlyjs

from fundarb.reporting.page.document import render_page
from tests.benchmarks.timing import Figure
from tests.browser.chromium import Chromium, running
from tests.reporting.page.materials import huge_material, swept_material

ROUNDS = 3
READY = "document.documentElement.dataset.ready = Math.round(performance.now())"
_TASKS = """new Promise((done) => {
  const found = [];
  new PerformanceObserver((list) => found.push(...list.getEntries())).observe({type: 'longtask', buffered: true});
  setTimeout(() => done(found.map((one) => one.duration)), 300);
})"""
_SCROLLED = """(async () => {
  let worst = 0, before = performance.now();
  for (let at = 0; at < document.documentElement.scrollHeight; at += 300) {
    scrollTo({top: at, behavior: 'instant'});
    await new Promise(requestAnimationFrame);
    worst = Math.max(worst, performance.now() - before);
    before = performance.now();
  }
  return worst;
})()"""


def run() -> list[Figure]:
    """Medians of some openings of each page."""
    plotly = get_plotlyjs()
    pages = {
        "plotly.js alone": f"<!doctype html><title>t</title><script>{plotly}</script><script>{READY}</script>",
        "a sweep of 100,000 trials": render_page(swept_material((10, 10, 10, 10, 10)), plotly),
        "500 pairs over 2 years": render_page(huge_material(), plotly),
    }
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "profile") as browser:
        return [figure for name, page in pages.items() for figure in _figures(browser, Path(folder), name, page)]


def _figures(browser: Chromium, folder: Path, name: str, page: str) -> Iterator[Figure]:
    file = folder / "page.html"
    file.write_text(page, "utf-8")
    opened = [_opened(browser, file) for _ in range(ROUNDS)]
    ready, busy, longest, worst = (median(column) for column in zip(*opened, strict=True))
    yield f"{name}: size", f"{file.stat().st_size / 2**20:.2f} MiB"
    yield f"{name}: first charts drawn after", f"{ready:.0f} ms"
    yield f"{name}: of that the page's own thread worked", f"{busy:.0f} ms"
    yield f"{name}: longest task until then", f"{longest:.0f} ms"
    yield f"{name}: longest frame while scrolling to its end", f"{worst:.0f} ms"


def _opened(browser: Chromium, file: Path) -> tuple[float, float, float, float]:
    """Milliseconds: until ready, of work until then, of the longest task, of the worst frame while scrolling."""
    with browser.page() as page:
        page.call("Performance.enable", timeDomain="threadTicks")  # counts work, whatever else the machine does
        page.open(file)
        ready = float(page.wait("document.documentElement.dataset.ready"))
        counted = {one["name"]: one["value"] for one in page.call("Performance.getMetrics")["metrics"]}
        tasks = page.ask(_TASKS)
        return ready, counted["TaskDuration"] * 1000, max(tasks, default=0.0), float(page.ask(_SCROLLED))
