"""fundarb from Python: a store opened, a panel loaded, modes run, equity drawn; what `fundarb` the package offers.

It goes by the same configuration, in the same order, as the command line, so that both name a run alike."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import localcontext
from pathlib import Path

from fundarb.bootstrap.research import Research, defaults_of, open_research, run_backtest
from fundarb.bootstrap.venue import clock_ms
from fundarb.config import Resolved, resolve
from fundarb.domain.money import CONTEXT
from fundarb.domain.result import RunResult
from fundarb.reporting.charts.terminal import equity_plot
from fundarb.research.comparison import Comparison, read_modes
from fundarb.research.question import Question, find_scope
from fundarb.signals.panel import Panel


@dataclass(frozen=True, slots=True)
class Store:
    """A database opened to read, and the configuration that holds for it."""

    research: Research
    resolved: Resolved


@asynccontextmanager
async def open_store(
    database: str | Path = "data/fundarb.db",
    parameters: Mapping[str, object] | None = None,
    config: Sequence[str | Path] = (),
) -> AsyncIterator[Store]:
    """Open a database for the block; it must be there. `parameters` by their paths, as in {"sizing.size_usd": 500}, and
    `config` files stand for --set and -c. Decimals are exact in the block, whatever the caller does with his elsewhere."""
    sets = [f"{path}={_text(value)}" for path, value in (parameters or {}).items()]
    path = _file(database)
    resolved = resolve([Path(file) for file in config], os.environ, sets, {}, path)
    with localcontext(CONTEXT):
        async with open_research(path) as research:
            yield Store(research, resolved)


async def load_panel(store: Store, pairs: str | None = None, until: str | None = None) -> Panel:
    """Settlements and candles of these pairs ("BTC,ETH"; without, all that are stored) up to a time, as arrays."""
    unheard: list[str] = []
    settings = store.resolved.settings
    now_ms = await clock_ms(settings, unheard.append)
    scope = await find_scope(store.research.reader, Question((), None, until, pairs), defaults_of(settings), now_ms)
    return await store.research.panel(scope.universe.symbols, scope.span.end_ms)


async def backtest(
    store: Store,
    modes: str | None = None,
    *,
    start: str | None = None,
    end: str | None = None,
    pairs: str | None = None,
    strict: bool = False,
) -> Comparison:
    """Run modes ("simple,composite"; without, strategy.mode) beside cash, hold and simple, as the command does.

    `notes` of what comes back are the words of doubt that the command says on stderr. Nothing is stored."""
    chosen = read_modes(modes, store.resolved.settings.strategy.mode)
    notes: list[str] = []
    found = await run_backtest(
        store.research, store.resolved, Question(chosen, start, end, pairs, strict), notes.append
    )
    return Comparison(found.runs, found.benchmarks, tuple(notes))


def plot(runs: Sequence[RunResult], width: int = 100) -> str:
    """The equity of runs over time, drawn in characters."""
    return equity_plot(runs, width)


def _file(database: str | Path) -> Path:
    """The file itself where the name is that of a link: what stands beside it is one."""
    return Path(os.path.realpath(database))


def _text(value: object) -> str:
    """A parameter as --set takes it."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case list() | tuple():
            return f"[{', '.join(map(_text, value))}]"
        case float():
            raise TypeError(f"{value!r}: a float has digits nobody wrote; write '{value!r}', or a Decimal")
        case _:
            return str(value)
