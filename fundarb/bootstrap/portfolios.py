"""Trading portfolios for `report`: running ones and those put aside, read as runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.adapters.sqlite.panel_load import load_panel
from fundarb.domain.instants import LATEST
from fundarb.domain.ledger import LineKind
from fundarb.domain.market import Span
from fundarb.domain.result import RunResult
from fundarb.engine.trading.remembering import remembered
from fundarb.errors import DataError
from fundarb.ports.journal import Event, Journal
from fundarb.ports.market import MarketReader
from fundarb.reporting.held import LIVE, PAPER
from fundarb.research.portfolio import portfolio_result, traded_pairs

PARAMS = "params"  # under which name a portfolio's parameters are remembered
_NAMES = (PAPER, LIVE)


async def find_portfolios(database: Path, name: str) -> tuple[RunResult, ...]:
    """The portfolio of that name, read as a run; `paper` stands for its sides too. Nothing where a run may be meant."""
    async with open_store(database, "read") as connection:
        journal, reader = SqliteJournal(connection), SqliteMarketReader(connection)
        names = _meant(name, await journal.portfolios())
        return tuple([await _result(journal, reader, one) for one in names])


async def funding_events(database: Path, names: Sequence[str]) -> dict[str, tuple[Event, ...]]:
    """What was told of payments, by portfolio."""
    async with open_store(database, "read") as connection:
        journal = SqliteJournal(connection)
        every = {name: await journal.events(name, Span(0, LATEST)) for name in names}
    return {name: tuple(one for one in events if one.name == LineKind.FUNDING) for name, events in every.items()}


def _meant(name: str, known: Sequence[str]) -> list[str]:
    found = [one for one in known if one == name] or [one for one in known if one.startswith(f"{name}:")]
    if not found and name in _NAMES:
        aside = [one for one in known if one.startswith(f"{name}.")]
        also = f"; put aside: {', '.join(aside)}" if aside else ""
        raise DataError(f"no {name} portfolio has a line yet; `fundarb trade` begins one{also}")
    return found


async def _result(journal: Journal, reader: MarketReader, name: str) -> RunResult:
    lines = await journal.ledger(name)
    past = remembered(await journal.events(name, Span(0, LATEST)))
    params = json.loads(await journal.recall(name, PARAMS) or "{}")
    until_ms = max([lines[-1].at_ms, *past.times[-1:]])
    return portfolio_result(name, lines, past, params, await load_panel(reader, traded_pairs(lines), until_ms))
