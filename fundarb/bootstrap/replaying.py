"""A trading portfolio beside a backtest of what it recorded: the same parameters, mode, capital and range, exact lane."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fundarb import __version__
from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.adapters.sqlite.market_reader import SqliteMarketReader
from fundarb.adapters.sqlite.panel_load import load_panel
from fundarb.bootstrap.research import defaults_of
from fundarb.bootstrap.setup import setup_of
from fundarb.config.resolve import override
from fundarb.config.settings import Settings
from fundarb.domain.instants import LATEST, iso
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.market import Span
from fundarb.domain.result import RunResult
from fundarb.engine.trading.remembering import CYCLE
from fundarb.errors import DataError
from fundarb.ports.market import MarketReader
from fundarb.reporting.line_reasons import Decided, decided_of
from fundarb.research.backtest import run_mode
from fundarb.research.question import Question, find_scope
from fundarb.research.stage import set_stage
from fundarb.strategy.params import MODES


@dataclass(frozen=True, slots=True)
class Replayed:
    """The range both ledgers are compared over, their lines in it, and what to keep in mind."""

    portfolio: str
    span: Span
    ours: Sequence[LedgerLine]
    theirs: Sequence[LedgerLine]
    remarks: tuple[str, ...]
    cycles: Sequence[Decided]


async def replay(database: Path, run: RunResult) -> Replayed:
    """Run the backtest of a portfolio, from the first settlement it decided on to the last."""
    name = run.portfolio
    assert name is not None, "a stored run is a backtest already"
    async with open_store(database, "read") as connection:
        reader, journal = SqliteMarketReader(connection), SqliteJournal(connection)
        told = [
            (event.at_ms, event.data or "{}")
            for event in await journal.events(name, Span(0, LATEST))
            if event.name == CYCLE
        ]
        cycles = [json.loads(data) for _, data in told]
        if len(cycles) < 2:
            raise DataError(
                f"{name} has decided on {len(cycles) or 'no'} settlement; there is something to compare from two on"
            )
        span, modes = Span(cycles[0]["boundary"], cycles[-1]["boundary"]), [cycle["mode"] for cycle in cycles]
        theirs = await _backtested(reader, run, span, modes[-1])
    ours = [line for line in run.ledger if span.start_ms <= line.at_ms < span.end_ms]
    theirs = [line for line in theirs if line.at_ms < span.end_ms]
    return Replayed(name, span, ours, theirs, tuple(_remarks(modes)), decided_of(told))


async def _backtested(reader: MarketReader, run: RunResult, span: Span, mode: str) -> Sequence[LedgerLine]:
    """The ledger of the exact lane; nothing is closed at the end, for the portfolio goes on."""
    capital = next(line.cash for line in run.ledger if line.kind is LineKind.DEPOSIT)
    params = dict(run.params) | {"capital": str(capital), "backtest.close_at_end": "false"}
    settings = override(Settings(), params, f"the parameters of {run.portfolio}")
    chosen = next(one for one in MODES if one == mode)
    question = Question((chosen,), iso(span.start_ms), iso(span.end_ms))
    scope = await find_scope(reader, question, defaults_of(settings), span.end_ms)
    panel, setup = await load_panel(reader, scope.universe.symbols, span.end_ms), setup_of(settings)
    stage = set_stage(panel, setup, span.start_ms, span.end_ms, scope.universe.excluded, __version__, None, None)
    return (await run_mode(stage, setup, mode)).ledger


def _remarks(modes: Sequence[str]) -> list[str]:
    """What makes the two differ for another reason than prices."""
    changed = list(dict.fromkeys(modes))
    if len(changed) == 1:
        return []
    return [f"the mode changed ({' → '.join(changed)}); the backtest is {modes[-1]} all along"]
