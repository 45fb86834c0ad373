"""`backtest`: modes side by side on stored data, with the benchmarks, and what not to believe about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from fundarb.cli.invocation import Invocation, invocation
from fundarb.cli.run_answers import Views, require_one_table, say_doubts, show_runs
from fundarb.cli.run_options import Equity, From, Modes, Pairs, Plot, To, Trades
from fundarb.errors import DataError

if TYPE_CHECKING:
    from fundarb.config import Resolved
    from fundarb.research.comparison import Comparison
    from fundarb.research.prove import Proof
    from fundarb.research.question import Question

SAID = ("missing_settlements", "untradable", "universe_by_turnover")  # by the notes of the run itself

Save = Annotated[bool, typer.Option("--save/--no-save", help="Store the runs.")]
Strict = Annotated[bool, typer.Option("--strict", help="Refuse missing settlements and pairs that cannot trade.")]
Prove = Annotated[
    bool,
    typer.Option("--prove", help="Decide again at sampled times with the future deleted; 3 if anything differs."),
]
NoCloseAtEnd = Annotated[bool, typer.Option("--no-close-at-end", help="Leave positions open at the end, marked.")]


async def run(
    ctx: typer.Context,
    from_: From = None,
    to: To = None,
    mode: Modes = None,
    pairs: Pairs = None,
    trades: Trades = False,
    equity: Equity = False,
    save: Save = True,
    strict: Strict = False,
    prove: Prove = False,
    no_close_at_end: NoCloseAtEnd = False,
    plot: Plot = True,
) -> None:
    """Run strategies over stored data and compare them with cash, hold and simple.

    The range is half-open, UTC; positions are closed at its end. What the data lacks is said, and with --strict refused.
    A table shows rounded figures, as many columns as fit; CSV and JSON have every figure with all its digits. --trades
    and --equity are tables of their own, or parts of the JSON.
    """
    from fundarb.research.comparison import read_modes
    from fundarb.research.question import Question

    call, views = invocation(ctx), Views(trades=trades, equity=equity)
    require_one_table(call, views.chosen)
    resolved = _resolved(call, no_close_at_end=no_close_at_end)
    question = Question(read_modes(mode, resolved.settings.strategy.mode), from_, to, pairs, strict)
    found, proofs = await _answer(call, resolved, question, save=save, prove=prove)
    show_runs(call, found, views, plot=plot)
    judge(call, proofs)


def _resolved(call: Invocation, *, no_close_at_end: bool) -> Resolved:
    resolved = call.resolve({"--close-at-end": "false"} if no_close_at_end else {})
    call.warn(resolved)
    return resolved


async def _answer(
    call: Invocation, resolved: Resolved, question: Question, *, save: bool, prove: bool
) -> tuple[Comparison, Sequence[Proof]]:
    """The runs, what to doubt about them being said, and if asked the proof of each; what fails it is not stored."""
    from fundarb.bootstrap.research import open_research, prove_runs, run_backtest, save_runs

    async with open_research(call.database) as research:
        found = await run_backtest(research, resolved, question, call.note)
        proofs = await prove_runs(research, resolved, found) if prove else []
        if save and not _differences(proofs) and not await save_runs(research, found):
            call.note(f"{call.database} is read-only: the runs are not stored")
    say_doubts(call, found, SAID)
    return found, proofs


def judge(call: Invocation, proofs: Sequence[Proof]) -> None:
    """What the look-ahead proof found: every difference as an error, else how many moments were decided again."""
    wrong = _differences(proofs)
    if wrong:
        raise DataError("\n".join(["the future changes what was decided before it; the runs are not stored:", *wrong]))
    if proofs:
        sampled = sum(len(proof.sampled_ms) for proof in proofs)
        call.note(f"{sampled} moments were decided again with the future deleted: no difference")


def _differences(proofs: Sequence[Proof]) -> list[str]:
    return [difference for proof in proofs for difference in proof.differences]
