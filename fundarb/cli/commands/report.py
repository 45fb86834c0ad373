"""`report`: stored runs again, as they were printed, taken apart, or side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from fundarb.cli.forms import Format
from fundarb.cli.invocation import Invocation, invocation
from fundarb.cli.render import Answer
from fundarb.cli.run_answers import PARTS, Views, form_of, require_one_table, runs_answer, say_doubts, show_runs
from fundarb.cli.run_options import Equity, Plot, Trades
from fundarb.cli.sweep_answers import show_stored_sweep
from fundarb.errors import UsageError

if TYPE_CHECKING:
    from fundarb.ports.runs import Runs
    from fundarb.ports.trials import Trials
    from fundarb.reporting.stored_sweep import StoredSweep
    from fundarb.research.comparison import Comparison

LIST_COLUMNS = ("run_id", "group", "role", "mode", "from", "to", "stored_at", "net", "trades")


Name = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="A run, a group, latest (the newest group), list, or a portfolio such as paper. Ids may be cut short.",
    ),
]
Funding = Annotated[bool, typer.Option("--funding", help="Show every funding payment.")]
Excluded = Annotated[bool, typer.Option("--excluded", help="Show the pairs left out, and why.")]
By = Annotated[
    str | None,
    typer.Option("--by", metavar="|".join(PARTS), help="Show where the result came from, taken apart by this."),
]
Compare = Annotated[
    list[str] | None,
    typer.Option("--compare", metavar="RUN", help="Show this one beside RUN with the differences; repeatable."),
]


async def run(
    ctx: typer.Context,
    name: Name = "latest",
    trades: Trades = False,
    equity: Equity = False,
    funding: Funding = False,
    excluded: Excluded = False,
    by: By = None,
    compare: Compare = None,
    plot: Plot = True,
) -> None:
    """Show stored runs as `backtest` printed them, or a trading portfolio in the same way.

    --trades, --equity, --funding, --excluded and --by each are a table of their own, or parts of the JSON. Parts add up
    to the totals, to the digit: rest is what belongs to no trade, such as interest. A month ends at midnight UTC; its
    price is what equity changed beyond what was booked.
    """
    call = invocation(ctx)
    call.resolve()
    views = Views(trades, equity, funding, excluded, _part(by))
    require_one_table(call, [*views.chosen, *(["--compare"] if compare else [])])
    await _report(call, name, _names(compare), views, plot=plot)


async def _report(call: Invocation, name: str, others: list[str], views: Views, *, plot: bool) -> None:
    """The list of runs, or those named: by themselves, or beside others."""
    from fundarb.bootstrap.stores import open_results
    from fundarb.reporting.stored import LIST

    async with open_results(call.database) as (runs, trials):
        if name == LIST:
            _refuse_parts(views, others)
            call.answer(await _list(runs))
            return
        found = await _find(call, runs, name)
        beside = [await _find(call, runs, other) for other in others]
        sweep = None if beside or views.chosen else await _sweep(runs, trials, name)
    if beside:
        call.answer(_side_by_side(found, beside, views, form_of(call)))
        return
    say_doubts(call, found)
    if sweep is None:
        show_runs(call, found, views, plot=plot)
    else:
        show_stored_sweep(call, sweep, runs_answer(found, views, form_of(call)))


def _refuse_parts(views: Views, others: list[str]) -> None:
    """What belongs to one run is not asked of the list."""
    asked = [*views.chosen, *(["--compare"] if others else [])]
    if asked:
        raise UsageError(f"{' and '.join(asked)} of which run? `list` only names them; write one of its ids instead")


def _names(compare: list[str] | None) -> list[str]:
    """The runs to compare with, each option naming several by comma."""
    names = [other.strip() for each in compare or () for other in each.split(",") if other.strip()]
    if compare and not names:
        raise UsageError("--compare names no run; `fundarb report list` shows them")
    return names


def _part(by: str | None) -> str | None:
    if by is not None and by not in PARTS:
        raise UsageError(f"--by {by}: no such part; choose from {', '.join(PARTS)}")
    return by


async def _find(call: Invocation, runs: Runs, name: str) -> Comparison:
    """A portfolio of that name, or stored runs with their benchmarks."""
    from fundarb.bootstrap.portfolios import find_portfolios
    from fundarb.reporting.stored import find_runs
    from fundarb.research.comparison import BENCHMARKS, Comparison

    portfolios = await find_portfolios(call.database, name)
    if portfolios:
        return Comparison(portfolios, (), ())
    asked, benchmarks = await find_runs(runs, name, BENCHMARKS)
    return Comparison(asked, benchmarks, ())


async def _sweep(runs: Runs, trials: Trials, name: str) -> StoredSweep | None:
    """The sweep that stored this group, where one did."""
    from fundarb.reporting.stored import group_meant
    from fundarb.reporting.stored_sweep import read_sweep

    group_id = await group_meant(runs, name)
    text = None if group_id is None else await trials.sweep(group_id)
    return None if text is None else read_sweep(text)


async def _list(runs: Runs) -> Answer:
    """The stored runs, the newest first."""
    from fundarb.domain.instants import iso
    from fundarb.reporting.stored import stored_runs

    rows: list[dict[str, Any]] = [
        {
            "run_id": line.run_id,
            "group": line.group_id,
            "role": line.role,
            "mode": line.mode,
            "from": iso(line.from_ms),
            "to": iso(line.to_ms),
            "stored_at": iso(line.stored_ms),
            "net": line.net,
            "trades": line.trades,
        }
        for line in await stored_runs(runs)
    ]
    return Answer(LIST_COLUMNS, rows)


def _side_by_side(found: Comparison, others: list[Comparison], views: Views, form: Format) -> Answer:
    """The first run beside every other one."""
    from fundarb.reporting.comparing import COMPARISON_COLUMNS, comparison_document, comparison_rows, side_by_side
    from fundarb.research.comparison import Comparison

    every = {run.run_id: run for each in (found, *others) for run in each.runs}
    runs = tuple(every.values())
    if len(runs) < 2:
        raise UsageError("--compare: there is only one run to compare; name another")
    document = runs_answer(Comparison(runs, found.benchmarks, ()), views, form).document or {}
    comparison = comparison_document(runs)
    columns, rows = side_by_side(runs) if form is Format.TABLE else (COMPARISON_COLUMNS, comparison_rows(runs))
    return Answer(columns, rows, {**document, "comparison": comparison}, comparison)
