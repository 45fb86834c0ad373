"""`dashboard`: the web page of what runs and what was run."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

import typer

from fundarb.cli import render
from fundarb.cli.invocation import Invocation, invocation
from fundarb.cli.redaction import hide
from fundarb.errors import UsageError

if TYPE_CHECKING:
    from fundarb.web.dashboard import Sources

PORT = 8710
_EXTRA = ("fastapi", "uvicorn", "websockets")

Host = Annotated[
    str, typer.Option(metavar="ADDRESS", help="An address of this machine; beyond loopback all needs a token.")
]
Port = Annotated[int, typer.Option(min=0, max=65535, metavar="PORT", help="0 for any that is free.")]
Names = Annotated[
    list[str] | None,
    typer.Option("--name", metavar="NAME", help="A host name it may be called by, such as a proxy's; repeatable."),
]


async def run(ctx: typer.Context, host: Host = "127.0.0.1", port: Port = PORT, name: Names = None) -> None:
    """Serve a web page of what runs and what was run, until stopped (extra web).

    Prints its address, and the token that opens what changes anything: halt, resume, settings, backtests. A token of 16
    signs or more in FUNDARB_DASHBOARD_TOKEN is used instead and not printed. The page reads the store as every reader
    does; trading neither needs nor notices it. Beyond loopback nothing is seen without the token, which travels in the
    clear: put something that speaks TLS before it and name its host with --name. Settings are written to
    `<db>.runtime.yaml`, which a running trader heeds at its next looks.
    """
    call = invocation(ctx)
    _require_extra()
    call.warn(call.resolve())
    from fundarb.web.running import Options, run_dashboard
    from fundarb.web.token import TOKEN_NAME

    hide(os.environ.get(TOKEN_NAME))

    def told(url: str, token: str | None) -> None:
        render.write_line(url)
        if token is not None:
            render.write_line(f"token {token}")
            hide(token)

    await run_dashboard(Options(host, port, name or ()), _sources(call), told, call.note)


def _require_extra() -> None:
    missing = [module for module in _EXTRA if find_spec(module) is None]
    if missing:
        raise UsageError(
            f"the dashboard needs {' and '.join(missing)}, not installed here; `pip install 'fundarb[web]'` brings it"
        )


def _sources(call: Invocation) -> Sources:
    """The configuration to read again, and to hand on to a backtest."""
    from fundarb.web.dashboard import Sources

    given = call.given
    words = [word for file in given.config for word in ("--config", str(file))]
    words += [word for text in given.sets for word in ("--set", text)]
    return Sources(
        database=call.database,
        resolve=call.resolve,
        keys=call.keys,
        words=("--db", str(call.database), *words),
        edited=lambda file: call.resolve(runtime=file),
    )
