"""`recover`: a live ledger that was lost, out of the venue's history."""

from __future__ import annotations

from typing import Annotated

import typer

from fundarb.cli.commands.reconcile import Adopt, Apply
from fundarb.cli.invocation import invocation
from fundarb.cli.reconcile_answers import reconcile_answer, reconcile_code
from fundarb.errors import UsageError

Portfolio = Annotated[str, typer.Argument(metavar="live", help="Which portfolio; there is one at a venue.")]
Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="TIME",
        help="Where the portfolio began. Default: after the last month in which nothing happened.",
    ),
]


async def run(
    ctx: typer.Context,
    portfolio: Portfolio = "live",
    adopt: Adopt = None,
    apply: Apply = False,
    since: Since = None,
) -> int:
    """Show what the venue's history would bring back of a live portfolio whose database is lost; with --apply, write it.

    What was in the wallet before becomes the deposit; orders come back by their client ids, and every execution, payment
    and transfer since is booked, as after any crash; `fundarb reconcile` then finds nothing that differs. A ledger that
    is there is never recovered over. Why a position was opened, and prices without slippage, no venue knows.
    """
    from fundarb.bootstrap.reconciling import Wish
    from fundarb.bootstrap.recovering import plan_recovery, recover_live

    if portfolio != "live":
        raise UsageError(
            f"recover {portfolio}: only live has a venue to be recovered from; paper comes back from a backup"
        )
    call = invocation(ctx)
    resolved, keys, wish = call.resolve(), call.require_keys(), Wish(tuple(adopt or ()), apply=apply)
    if apply:
        found = await recover_live(call.database, resolved, keys, wish, since, call.note)
    else:
        found = await plan_recovery(call.database, resolved, keys, since)
    call.answer(reconcile_answer(found))
    return reconcile_code(found)
