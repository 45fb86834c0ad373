"""`trade`: the loop, on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from fundarb.cli.invocation import Invocation, invocation
from fundarb.cli.listening import listening
from fundarb.errors import UsageError

if TYPE_CHECKING:
    from fundarb.bootstrap.renewing import Sources
    from fundarb.bootstrap.trading import Asked
    from fundarb.config import Resolved
    from fundarb.strategy.params import Mode

Paper = Annotated[bool, typer.Option("--paper", help="Fill in live order books, on paper.")]
OneMode = Annotated[
    str | None,
    typer.Option("--mode", metavar="MODE", help="simple, composite, band, hold or cash. Default: strategy.mode."),
]
Beside = Annotated[
    str | None,
    typer.Option("--ab", metavar="MODES", help="Several by comma, each with a portfolio of its own, on the same feed."),
]
Once = Annotated[
    bool, typer.Option("--once", help="One whole cycle, exits and guard included; 6 if entries are halted.")
]
Plain = Annotated[bool, typer.Option("--plain", help="A line an event, on a terminal too, instead of the live view.")]
New = Annotated[bool, typer.Option("--new", help="Put the paper ledger aside under another id and begin with capital.")]


async def run(
    ctx: typer.Context,
    paper: Paper = False,
    mode: OneMode = None,
    ab: Beside = None,
    once: Once = False,
    new: New = False,
    plain: Plain = False,
) -> None:
    """Trade on paper: look at the venue at every trade.poll, decide at each settlement, fill in its order books.

    It begins with `capital`, and goes on with what the ledger holds when it is started again, in another mode too. What
    is missing of the history is fetched before anything is decided; every look is kept for a backtest. Ctrl-C finishes
    the step in hand and leaves positions as they are. A terminal shows a live view; elsewhere, and with --plain, --once
    or --format, each event is a line: started, settled, opened, closed, funding, guarded, liquidated, delisted, cycle,
    outage, back, stopped.
    """
    call = invocation(ctx)
    if not paper:
        raise UsageError("say how to trade: --paper fills in live order books without an account")
    resolved = call.resolve()
    call.warn(resolved)
    asked = _asked(mode, ab, resolved.settings.strategy.mode, new=new)
    await _trade(call, resolved, asked, _sources(call, mode or ab), once=once, plain=plain)


async def _trade(
    call: Invocation, resolved: Resolved, asked: Asked, sources: Sources, *, once: bool, plain: bool
) -> None:
    from fundarb.bootstrap.trading import open_trader

    async with (
        listening(call, resolved, plain=plain or once) as listeners,
        open_trader(call.database, resolved, asked, listeners.hear, call.note, sources) as trader,
        listeners.watching(trader),
    ):
        await trader.run(once=once)


def _sources(call: Invocation, mode: str | None) -> Sources:
    """What is read again when it changes; a mode that was said on the command line stays."""
    from fundarb.bootstrap.renewing import Sources

    return Sources(call.given.config, call.resolve, fixed_mode=mode is not None)


def _asked(mode: str | None, ab: str | None, default: Mode, *, new: bool) -> Asked:
    """One mode, or several side by side."""
    from fundarb.bootstrap.trading import Asked
    from fundarb.research.comparison import read_modes

    if ab is None:
        modes = read_modes(mode, default)
        if len(modes) > 1:
            raise UsageError(f"--mode {mode}: one mode at a time; --ab {mode} runs them side by side")
        return Asked(modes, new=new)
    if mode is not None:
        raise UsageError("--mode and --ab both say what decides; give one of them")
    modes = read_modes(ab, default)
    if len(modes) < 2:
        raise UsageError(f"--ab {ab}: name at least two modes, such as --ab simple,composite")
    return Asked(modes, beside=True, new=new)
