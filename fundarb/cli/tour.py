"""The tour itself: which commands a newcomer should see, in which order, and why. The market is made up; the tool is not."""

from __future__ import annotations

import shlex
from pathlib import Path

from fundarb.cli.touring import Tour

PAIRS = "BTC ETH 1000PEPE TIA"
MARKET = "fundarb sandbox --pairs 8 --start 2025-06-01"
LATER = "fundarb sandbox --pairs 8 --start 2025-06-02 --speed 3600"
PAPER = "fundarb trade --paper --set strategy.simple.entry=0.00009 --set strategy.simple.exit=0 --format table"
EVERY_MODE = "simple,composite,band,hold,cash"


async def walk(tour: Tour, form: str, page: Path | None) -> None:
    """Walk through everything; `form` is added to each command whose answer nobody but a person reads, `page` is where
    pictures go, None where there is nothing to draw them with."""
    await tour.run("Commented configuration and a grid of parameters to start from:", "fundarb init")
    async with tour.serve("An exchange on this machine that speaks the language of the real one:", MARKET):
        await _collect(tour, form)
    await _research(tour, form, page)
    async with tour.serve("The same exchange a day later, where an hour passes in a second:", LATER):
        await _trade(tour, form)


async def _collect(tour: Tour, form: str) -> None:
    await tour.run("Ninety days of history, proved whole:", f"fundarb fetch --days 90 {PAIRS}{form}")
    await tour.run("What each pair offers now, and why it would be entered or not:", f"fundarb signals{form}")
    await tour.run("A longer history: only what is missing is asked for.", f"fundarb fetch --days 270{form}")


async def _research(tour: Tour, form: str, page: Path | None) -> None:
    await tour.run(
        "Every strategy on the same data, after fees, slippage and margin:",
        f"fundarb backtest --mode {EVERY_MODE}{form}",
    )
    if page is None:
        tour.say("\nThe extra plots would draw it as a page: pip install 'fundarb[plots]'")
    else:
        line = f"fundarb report latest --html {shlex.quote(str(page))}{form}"
        await tour.run("The same as a page with pictures, which needs no network either:", line)
    await tour.run(
        "Every set of a grid, and what the best is worth after so much trying:",
        f"fundarb sweep --grid grid.yaml --top 5{form}",
    )


async def _trade(tour: Tour, form: str) -> None:
    await tour.watch("Trading on paper, in its order books, until funding has been paid:", PAPER, "funding")
    await tour.watch("Started again, it goes on where the ledger left off:", PAPER, "cycle")
    await tour.run("What came of it, from the ledger:", f"fundarb report paper{form}")
