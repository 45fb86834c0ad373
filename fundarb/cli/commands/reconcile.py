"""`reconcile`: the journal beside the venue, and the plan that brings them together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from fundarb.cli.invocation import Invocation, invocation
from fundarb.cli.reconcile_answers import reconcile_answer, reconcile_code
from fundarb.errors import UsageError

if TYPE_CHECKING:
    from fundarb.bootstrap.reconciling import Reconciled, Wish

Portfolio = Annotated[
    str | None,
    typer.Argument(metavar="paper|live", help="Which portfolio. Default: live where there is one, else paper."),
]
Adopt = Annotated[
    list[str] | None,
    typer.Option("--adopt", metavar="PAIR", help="Take over what the venue has of this pair; repeatable."),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude", metavar="SYMBOL", help="Leave this pair, market or coin to its owner for good; repeatable."
    ),
]
Apply = Annotated[bool, typer.Option("--apply", help="Do the plan. Without, it is only shown.")]
Reason = Annotated[
    str, typer.Option("--reason", metavar="WORDS", help="Under which words the rest of a difference in cash is booked.")
]


async def run(
    ctx: typer.Context,
    portfolio: Portfolio = None,
    adopt: Adopt = None,
    exclude: Exclude = None,
    apply: Apply = False,
    reason: Reason = "reconciled",
) -> int:
    """Show what differs between journal and venue and what heals it; with --apply, do it.

    Exit code 6 while anything differs, 4 where the venue cannot be asked. Live needs keys; orders, executions, positions,
    wallet and log are compared. `trade` heals by itself what the plan marks so; the rest waits for a person. --adopt and
    --exclude are kept with --apply; adopting a pair ends its exclusion. Beside a running trader one can only look, and
    what is under way shows as a difference. On paper the ledger is checked against itself and what is stored.
    """
    from fundarb.bootstrap.reconciling import Wish

    call = invocation(ctx)
    found = await _reconciled(call, portfolio, Wish(tuple(adopt or ()), tuple(exclude or ()), apply, reason))
    call.answer(reconcile_answer(found))
    return reconcile_code(found)


async def _reconciled(call: Invocation, portfolio: str | None, wish: Wish) -> Reconciled:
    from fundarb.bootstrap import reconciling

    if portfolio not in (None, "paper", "live"):
        raise UsageError(f"no such portfolio: {portfolio}; choose from paper, live")
    if (portfolio or await reconciling.default_portfolio(call.database)) == "live":
        return await reconciling.reconcile_live(call.database, call.resolve(), call.require_keys(), wish, call.note)
    if wish.adopt or wish.exclude:
        raise UsageError(
            "--adopt and --exclude are about an account at a venue, and paper has none; say `reconcile live`"
        )
    return await reconciling.reconcile_on_paper(call.database, wish)
