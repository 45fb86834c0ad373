"""`trade`: the loop, on paper or live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from fundarb.cli.confirming import confirm, on_terminal
from fundarb.cli.invocation import Invocation, invocation
from fundarb.cli.listening import listening
from fundarb.errors import UsageError

if TYPE_CHECKING:
    from fundarb.bootstrap.renewing import Sources
    from fundarb.bootstrap.trading import Asked
    from fundarb.config import Resolved
    from fundarb.strategy.params import Mode

CONFIRMATION = "trade live"
Paper = Annotated[bool, typer.Option("--paper", help="Fill in live order books, on paper.")]
Live = Annotated[bool, typer.Option("--live", help="Place orders with the keys of the environment, or of ./.env.")]
Sure = Annotated[bool, typer.Option("--yes-i-mean-it", help="Trade live without being asked to type it.")]
Rehearsal = Annotated[
    bool, typer.Option("--rehearsal", help="Live, but only at an exchange of this machine, such as `fundarb sandbox`.")
]
Flatten = Annotated[bool, typer.Option("--flatten-on-exit", help="Close all positions when it is stopped.")]
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
    live: Live = False,
    sure: Sure = False,
    rehearsal: Rehearsal = False,
    flatten: Flatten = False,
) -> None:
    """Trade: look at the venue at every trade.poll, decide at each settlement, on paper or with orders.

    Paper begins with `capital`, live with the venue's wallet; both go on with what the ledger holds when started again, in
    another mode too. What is missing of the history is fetched before anything is decided; every look is kept for a
    backtest. Live wants keys, a `fundarb doctor` that finds nothing wrong, and a typed confirmation; it compares ledger
    and venue at every look, heals what it may and stops entries where a person must decide. Ctrl-C finishes the step in
    hand and leaves positions as they are, unless --flatten-on-exit. A terminal shows a live view; elsewhere, and with
    --plain, --once or --format, each event is a line: started, settled, opened, closed, funding, guarded, liquidated,
    delisted, healed, differs, agreed, unsure, cycle, outage, back, breaker, halted, resumed, leaving, unhedged, hedged,
    flipped, configured, config_refused, mode, margin_added, margin_lacking, ab, trails, review, stopped.

    At every look trade.drawdown_stop and trade.daily_loss halt entries until `fundarb resume`, trade.flatten_margin
    closes what is near its liquidation, and a pair that is to be delisted is left. Configuration files are read again
    when they change: told value by value, or refused as a whole.
    """
    call = invocation(ctx)
    _require_one_way(paper=paper, live=live, only_live=sure or rehearsal, only_paper=new or ab is not None)
    if live and not sure and not on_terminal():
        raise UsageError("--live moves money: confirm it with --yes-i-mean-it where nobody can be asked to type it")
    resolved = call.resolve()
    call.warn(resolved)
    asked = _asked(mode, ab, resolved.settings.strategy.mode, new=new)
    if live:
        asked = await _live(call, resolved, asked, sure=sure, rehearsal=rehearsal)
    await _trade(call, resolved, asked, _sources(call, mode or ab), once=once, plain=plain, flatten=flatten)


async def _trade(
    call: Invocation, resolved: Resolved, asked: Asked, sources: Sources, *, once: bool, plain: bool, flatten: bool
) -> None:
    from fundarb.bootstrap.showing import showing
    from fundarb.bootstrap.trading import open_trader

    async with (
        listening(call, resolved, plain=plain or once) as listeners,
        open_trader(call.database, resolved, asked, listeners.hear, call.note, sources) as trading,
        showing(call.database, trading, call.note),
        listeners.watching(trading),
    ):
        await trading.trader.run(once=once, flatten=flatten)


def _require_one_way(*, paper: bool, live: bool, only_live: bool, only_paper: bool) -> None:
    """Either of the two, and what belongs to the other one not."""
    if paper and live:
        raise UsageError("--paper and --live both say how to trade; give one of them")
    if not paper and not live:
        raise UsageError(
            "say how to trade: --paper fills in live order books without an account, --live places orders with your keys"
        )
    if paper and only_live:
        raise UsageError("--yes-i-mean-it and --rehearsal are for --live; paper moves nothing")
    if live and only_paper:
        raise UsageError("--ab and --new are for --paper: an account has one portfolio, which goes on as it is")


async def _live(call: Invocation, resolved: Resolved, asked: Asked, *, sure: bool, rehearsal: bool) -> Asked:
    """With keys, and confirmed."""
    from dataclasses import replace

    from fundarb.bootstrap.account import require_rehearsal

    settings = resolved.settings
    if rehearsal:
        require_rehearsal(settings)
    keys = call.require_keys()
    if not sure:
        venue, most = settings.venue, settings.risk.max_positions
        where = venue.url or f"{venue.id} ({venue.environment})"
        about = (
            f"This trades with orders at {where}: {asked.modes[0]}, at most {most or 'any number of'} positions, "
            f"leverage {settings.margin.leverage}."
        )
        await confirm(about, CONFIRMATION)
    return replace(asked, keys=keys)


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
