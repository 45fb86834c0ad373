"""`backtest`: modes side by side on stored data, with the benchmarks, and what not to believe about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from fundarb.cli import render
from fundarb.cli.forms import Format
from fundarb.cli.invocation import Invocation, invocation
from fundarb.cli.run_answers import Views, form_of, require_one_table, runs_answer, width
from fundarb.errors import DataError

if TYPE_CHECKING:
    from fundarb.research.comparison import Comparison

SAID = ("missing_settlements", "untradable", "universe_by_turnover")  # by the notes of the run itself


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
    prove: Annotated[
        bool,
        typer.Option("--prove", help="Decide again at sampled times with the future deleted; 3 if anything differs."),
    ] = False,
    no_close_at_end: Annotated[
        bool, typer.Option("--no-close-at-end", help="Leave positions open at the end, marked.")
    ] = False,
    plot: Annotated[
        bool, typer.Option("--plot/--no-plot", help="Draw equity below the table, on a terminal only.")
    ] = True,
) -> None:
    """Run strategies over stored data and compare them with cash, hold and simple.

    The range is half-open, UTC; positions are closed at its end. What the data lacks is said, and with --strict refused.
    A table shows rounded figures, as many columns as fit; CSV and JSON have every figure with all its digits. --trades
    and --equity are tables of their own, or parts of the JSON.
    """
    from fundarb.bootstrap.research import open_research, prove_runs, run_backtest, save_runs
    from fundarb.research.comparison import read_modes
    from fundarb.research.question import Question

    call = invocation(ctx)
    views = Views(trades=trades, equity=equity)
    require_one_table(call, views.chosen)
    resolved = call.resolve({"--close-at-end": "false"} if no_close_at_end else {})
    modes = read_modes(mode, resolved.settings.strategy.mode)
    async with open_research(call.database) as research:
        question = Question(modes, from_, to, pairs, strict)
        found = await run_backtest(research, resolved, question, call.note)
        proofs = await prove_runs(research, resolved, found) if prove else []
        wrong = [difference for proof in proofs for difference in proof.differences]
        if save and not wrong and not await save_runs(research, found):
            call.note(f"{call.database} is read-only: the runs are not stored")
    say_doubts(call, found, SAID)
    form = form_of(call)
    call.answer(runs_answer(found, views, form))
    if plot and form is Format.TABLE and not views.chosen:
        show_plot(found)
    judge(call, [len(proof.sampled_ms) for proof in proofs], wrong)


def judge(call: Invocation, sampled: Sequence[int], wrong: Sequence[str]) -> None:
    """What the look-ahead proof found: every difference as an error, else how many moments were decided again."""
    if wrong:
        raise DataError("\n".join(["the future changes what was decided before it; the runs are not stored:", *wrong]))
    if sampled:
        call.note(f"{sum(sampled)} moments were decided again with the future deleted: no difference")


def say_doubts(call: Invocation, found: Comparison, said: tuple[str, ...] = ()) -> None:
    """What not to believe about runs, on stderr."""
    from fundarb.reporting.doubts import doubts, exclusions

    for sentence in (*exclusions(found.runs, said), *doubts(found.runs, said)):
        call.note(sentence)


def show_plot(found: Comparison) -> None:
    """Equity of the runs below their table, where a terminal shows it."""
    from fundarb.reporting.charts.terminal import equity_plot

    page = equity_plot(found.runs, width()) if render.default_format() is Format.TABLE else ""
    if page:
        render.write_line(f"\n{page}")
