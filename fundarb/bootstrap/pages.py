"""The page of runs, a sweep or a portfolio: the market of what they traded read from the store, plotly.js from its package,
the text made, and the file written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.bootstrap.portfolios import funding_events
from fundarb.config.secrecy import HIDDEN, looks_secret
from fundarb.domain.instants import HOUR, LATEST
from fundarb.domain.market import Span
from fundarb.domain.result import RunResult
from fundarb.errors import StorageError, UsageError
from fundarb.ports.market import MarketReader
from fundarb.reporting.booked import checked_payments
from fundarb.reporting.page.document import render_page
from fundarb.reporting.page.markets import PairMarket, pair_market
from fundarb.reporting.page.material import Material, most_traded, universe_of
from fundarb.reporting.stored_sweep import StoredSweep
from fundarb.research.comparison import Comparison

_BEFORE_MS = 17 * HOUR  # reaches the settlement last known at the start, and the one that gives it its interval
_TOLD_WHERE = "notify."


def require_plotly() -> None:
    """Refuse where the extra is not installed, before anything is read."""
    if find_spec("plotly") is None:
        raise UsageError("--html needs plotly, which is not installed; `pip install 'fundarb[plots]'` brings it")


async def make_page(
    database: Path, found: Comparison, sweep: StoredSweep | None = None, *, compared: bool = False
) -> str:
    """The page as a text; `compared` where the first run is held against the others."""
    require_plotly()
    from plotly.offline import get_plotlyjs

    material = await _material(database, found, sweep, compared=compared)
    return render_page(material, get_plotlyjs())


def write_page(file: Path, page: str) -> None:
    """Put the page in the place of what was there, whole or not at all; a link stays, what it leads to is replaced."""
    target = Path(os.path.realpath(file))
    partial = target.with_name(f".{target.name}.partial-{os.getpid()}")
    try:
        partial.write_text(page, "utf-8")
        partial.replace(target)
    except OSError as error:
        raise StorageError(f"{file}: cannot be written: {error.strerror}; check space and permissions") from None
    finally:
        with suppress(OSError):  # a read-only file system refuses even this, and has been told of already
            partial.unlink()


async def _material(database: Path, found: Comparison, sweep: StoredSweep | None, *, compared: bool) -> Material:
    """What the page shows; a benchmark that was asked for by itself is not shown twice."""
    asked = {run.run_id for run in found.runs}
    material = Material(
        runs=found.runs,
        benchmarks=tuple(run for run in found.benchmarks if run.run_id not in asked),
        config=tuple(_redacted(run.params) for run in found.runs),
        sweep=sweep,
        compared=compared,
    )
    universe = set(universe_of(material.runs))
    async with open_store(database, "read") as connection:
        reader = SqliteMarketReader(connection)
        streams = tuple(one for one in await reader.streams(LATEST) if one.symbol in universe)
        markets = await _markets(reader, material.detailed)
    checked = await _checked(database, material.runs)
    return replace(material, markets=markets, streams=streams, checked=checked)


async def _checked(database: Path, runs: Sequence[RunResult]) -> dict[str, list[dict[str, Any]]]:
    """The payments of trading portfolios, each beside what was expected of it."""
    portfolios = [run for run in runs if run.portfolio is not None]
    events = await funding_events(database, [run.run_id for run in portfolios]) if portfolios else {}
    return {run.run_id: checked_payments(run, events[run.run_id]) for run in portfolios}


async def _markets(reader: MarketReader, runs: Sequence[RunResult]) -> tuple[PairMarket, ...]:
    """Of the pairs traded most, while the runs lasted; what is not listed any more is left out."""
    start_ms, end_ms = min(run.from_ms for run in runs), max(run.to_ms for run in runs)
    pairs = {pair.symbol: pair for pair in await reader.pairs(LATEST)}
    span, known = Span(start_ms, end_ms + 1), end_ms
    earlier = Span(max(0, start_ms - _BEFORE_MS), end_ms + 1)
    found = []
    for symbol in most_traded(runs):
        if symbol in pairs:
            settled = await reader.settlement_columns(symbol, earlier, known)
            perp = await reader.candle_columns(symbol, "perp", earlier, known)
            spot = await reader.candle_columns(symbol, "spot", earlier, known)
            found.append(pair_market(pairs[symbol], settled, perp, spot, span))
    return tuple(found)


def _redacted(params: Mapping[str, str | None]) -> dict[str, str | None]:
    """Parameters carry no secrets; should one ever, it is blanked."""
    return {
        path: HIDDEN if value and (path.startswith(_TOLD_WHERE) or looks_secret(path)) else value
        for path, value in params.items()
    }
