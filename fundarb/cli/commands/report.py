"""`report`: stored runs again, as they were printed, taken apart, or side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fundarb.cli.commands.files import require_target
from fundarb.cli.database_files import require_apart
from fundarb.cli.forms import Format
from fundarb.cli.invocation import Invocation, invocation
from fundarb.cli.portfolio_answers import Apart, read_year, show_apart, show_checked
from fundarb.cli.render import Answer
from fundarb.cli.run_answers import PARTS, Views, form_of, require_one_table, runs_answer, say_doubts, show_runs, width
from fundarb.cli.run_options import Equity, Plot, Trades
from fundarb.cli.sweep_answers import show_stored_sweep
from fundarb.errors import UsageError

if TYPE_CHECKING:
    from fundarb.ports.runs import Runs
    from fundarb.ports.trials import Trials
    from fundarb.reporting.stored_sweep import StoredSweep
    from fundarb.research.comparison import Comparison

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
TaxYear = Annotated[
    str | None,
    typer.Option("--tax-year", metavar="YEAR", help="Write the ledger of a calendar year (UTC) as CSV, with balances."),
]
Predicted = Annotated[
    bool, typer.Option("--predicted", help="Show predicted against settled rates, by time to settlement.")
]
Replayed = Annotated[
    bool, typer.Option("--replayed", help="Show a portfolio line by line beside a backtest of what it recorded.")
]
Beside = Annotated[
    bool, typer.Option("--ab", help="Show what one side of `trade --ab` made beyond another, and how sure that is.")
]
Html = Annotated[
    Path | None,
    typer.Option("--html", metavar="FILE", help="Write one page with pictures that needs no network (extra plots)."),
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
    tax_year: TaxYear = None,
    predicted: Predicted = False,
    replayed: Replayed = False,
    ab: Beside = False,
    html: Html = None,
    plot: Plot = True,
) -> None:
    """Show stored runs as `backtest` printed them, or a trading portfolio in the same way.

    --trades, --equity, --funding, --excluded and --by each are a table of their own, or parts of the JSON. Parts add up
    to the totals, to the digit: rest is what belongs to no trade, such as interest. A month ends at midnight UTC; its
    price is what equity changed beyond what was booked.

    Of a trading portfolio --funding shows each payment beside what was expected of it. --tax-year, --predicted,
    --replayed and --ab stand alone. A tax year begins with a line balance, carried over from before. --replayed says of
    every line that differs because of what; what it cannot explain it counts as unexplained. --ab tells of a year's
    return on capital, with the interval that holds it in 95 of 100 cases, and whether two weeks have passed.
    """
    call = invocation(ctx)
    views = Views(trades, equity, funding, excluded, _part(by))
    if html is not None:
        _require_page(call, html, views)
    call.resolve()
    require_one_table(call, [*views.chosen, *(["--compare"] if compare else [])])
    apart = Apart(None if tax_year is None else read_year(tax_year), predicted, replayed, ab)
    if apart.chosen:
        _require_alone([*apart.chosen, *views.chosen, *(["--compare"] * bool(compare)), *(["--html"] * bool(html))])
        await show_apart(call, await _named(call, name), apart)
    else:
        await _report(call, name, _names(compare), views, html, plot=plot)


async def _report(
    call: Invocation, name: str, others: list[str], views: Views, html: Path | None, *, plot: bool
) -> None:
    """The list of runs, or those named: by themselves, or beside others."""
    from fundarb.bootstrap.stores import open_results
    from fundarb.reporting.stored import LIST

    async with open_results(call.database) as (runs, trials):
        if name == LIST:
            _refuse_parts(views, [*(["--compare"] if others else []), *([] if html is None else ["--html"])])
            call.answer(await _list(runs, form_of(call)))
            return
        found = await _find(call, runs, name)
        beside = [await _find(call, runs, other) for other in others]
        sweep = None if beside or views.chosen else await _sweep(runs, trials, name)
    if html is not None:
        await _write_page(call, html, _together(found, beside), sweep, compared=bool(beside))
        return
    if beside:
        call.answer(_side_by_side(found, beside, views, form_of(call)))
        return
    say_doubts(call, found)
    if views.funding and all(run.portfolio is not None for run in found.runs):
        await show_checked(call, found, views, plot=plot)
    elif sweep is None:
        show_runs(call, found, views, plot=plot)
    else:
        show_stored_sweep(call, sweep, runs_answer(found, views, form_of(call)))


def _require_page(call: Invocation, html: Path, views: Views) -> None:
    """A page shows everything, in a file that can be written and is none of the database's own."""
    from fundarb.bootstrap.pages import require_plotly

    if views.chosen:
        raise UsageError(
            f"--html shows everything; {' and '.join(views.chosen)} would be a table beside it: ask for one"
        )
    require_target("--html", html)
    require_apart("--html", html, call.database)
    require_plotly()


async def _write_page(
    call: Invocation, html: Path, found: Comparison, sweep: StoredSweep | None, *, compared: bool
) -> None:
    """Answer with where the page is."""
    from fundarb.bootstrap.pages import make_page, write_page

    write_page(html, await make_page(call.database, found, sweep, compared=compared))
    written = [str(html)]
    call.answer(Answer(("written",), [{"written": str(html)}], document={"written": written}, elements=written))


def _together(found: Comparison, others: list[Comparison]) -> Comparison:
    """Every run once, the first ones first."""
    from fundarb.research.comparison import Comparison

    every = {run.run_id: run for each in (found, *others) for run in each.runs}
    return Comparison(tuple(every.values()), found.benchmarks, ())


def _require_alone(asked: list[str]) -> None:
    """A table that stands alone, in JSON too."""
    if len(asked) > 1:
        raise UsageError(f"{asked[0]} stands alone; leave out {' and '.join(asked[1:])}")


async def _named(call: Invocation, name: str) -> Comparison:
    """What that name means."""
    from fundarb.bootstrap.stores import open_results

    async with open_results(call.database) as (runs, _):
        return await _find(call, runs, name)


def _refuse_parts(views: Views, others: list[str]) -> None:
    """What belongs to one run is not asked of the list."""
    asked = [*views.chosen, *others]
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


async def _list(runs: Runs, form: Format) -> Answer:
    """The stored runs, the newest first; for people with ids cut short, amounts rounded and as many columns as fit."""
    from fundarb.domain.instants import iso
    from fundarb.reporting.run_list import COLUMNS, listed
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
    if form is not Format.TABLE:
        return Answer(COLUMNS, rows)
    return Answer(*listed(rows, width()))


def _side_by_side(found: Comparison, others: list[Comparison], views: Views, form: Format) -> Answer:
    """The first run beside every other one."""
    from fundarb.reporting.comparing import COMPARISON_COLUMNS, comparison_document, comparison_rows, side_by_side
    from fundarb.research.comparison import Comparison

    runs = _together(found, others).runs
    if len(runs) < 2:
        raise UsageError("--compare: there is only one run to compare; name another")
    document = runs_answer(Comparison(runs, found.benchmarks, ()), views, form).document or {}
    comparison = comparison_document(runs)
    columns, rows = side_by_side(runs) if form is Format.TABLE else (COMPARISON_COLUMNS, comparison_rows(runs))
    return Answer(columns, rows, {**document, "comparison": comparison}, comparison)
