"""`backtest`: modes side by side on stored data, with the benchmarks, and what not to believe about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from fundarb.cli.invocation import invocation
from fundarb.cli.render import Answer
from fundarb.errors import UsageError

if TYPE_CHECKING:
    from fundarb.research.comparison import Comparison


async def run(
    ctx: typer.Context,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Start of the range. Default: the first settlement.")
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="End. Default: the newest time both legs of a pair open.")
    ] = None,
    mode: Annotated[
        str | None,
        typer.Option("--mode", metavar="MODES", help="Of simple, composite, band, hold, cash; several by comma."),
    ] = None,
    pairs: Annotated[str | None, typer.Option("--pairs", metavar="PAIRS", help="Only these; several by comma.")] = None,
    trades: Annotated[bool, typer.Option("--trades", help="Show the trades.")] = False,
    equity: Annotated[bool, typer.Option("--equity", help="Show the equity curve.")] = False,
    save: Annotated[bool, typer.Option("--save/--no-save", help="Store the runs.")] = True,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse missing settlements and pairs that cannot trade.")
    ] = False,
    no_close_at_end: Annotated[
        bool, typer.Option("--no-close-at-end", help="Leave positions open at the end, marked.")
    ] = False,
) -> None:
    """Run strategies over stored data and compare them with cash, hold and simple.

    The range is half-open, UTC; positions are closed at its end. What the data lacks is said, and with --strict refused.
    """
    from fundarb import bootstrap
    from fundarb.research.comparison import read_modes

    call = invocation(ctx)
    if trades and equity and call.csv:
        raise UsageError("--trades and --equity are two tables; ask for one of them, or use --format json")
    resolved = call.resolve({"--close-at-end": "false"} if no_close_at_end else {})
    modes = read_modes(mode, resolved.settings.strategy.mode)
    async with bootstrap.open_research(call.database) as research:
        question = bootstrap.Question(modes, from_, to, pairs, strict)
        found = await bootstrap.run_backtest(research, resolved, question, call.note)
        if save and not await bootstrap.save_runs(research, found):
            call.note(f"{call.database} is read-only: the runs are not stored")
    call.answer(_answer(found, trades=trades, equity=equity))


def _answer(found: Comparison, *, trades: bool, equity: bool) -> Answer:
    """The document, and the one table that was asked for."""
    from fundarb.reporting import run_document as form

    document = form.runs_document(found.runs, found.benchmarks, trades=trades, equity=equity)
    if trades:
        return Answer(
            form.RUN_TRADE_COLUMNS, form.trade_rows(found.runs), document, document["runs"], empty="no trades"
        )
    if equity:
        return Answer(form.EQUITY_COLUMNS, form.equity_rows(found.runs), document, document["runs"])
    return Answer(form.RUN_COLUMNS, form.run_rows(found.roles()), document, document["runs"])
