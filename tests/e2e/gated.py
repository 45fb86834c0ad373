"""The command line as a process that stands still at every step which moves money, remembers it or lets a stepped venue's
time pass, until it is told to go on. Whoever listens can kill it there, or take its disk away, without any race."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import Callable
from typing import Any

from fundarb.adapters.announced_clock import SteppedSandboxClock
from fundarb.adapters.ccxt.bybit_trading import BybitTrading
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.cli.app import main
from fundarb.domain.ledger import LedgerLine
from fundarb.domain.orders import Order

STEPS = (
    (SqliteJournal, ("put_order", "put_fills", "append")),
    (BybitTrading, ("submit", "executions_of", "executions", "flows")),
    (SteppedSandboxClock, ("sleep",)),
)
TURNS = (
    4  # of the event loop: after so many it has heard a signal that was there before, and whoever it stops has stopped
)


class Gate:
    """Tells where the process stands; the other side answers when it may go on."""

    def __init__(self, port: int) -> None:
        self._channel = socket.create_connection(("127.0.0.1", port))
        self._reader = self._channel.makefile("rb")

    def stand(self, when: str, step: str, arguments: tuple[Any, ...]) -> None:
        """Not until the other side says so; without it there is nothing left to do."""
        said = {"pid": os.getpid(), "when": when, "step": step, **_about(arguments)}
        self._channel.sendall(json.dumps(said).encode() + b"\n")
        if not self._reader.readline():
            os._exit(70)


def _about(arguments: tuple[Any, ...]) -> dict[str, Any]:
    """The order, and the kinds of ledger lines, among what a step was given."""
    orders = [one for one in arguments if isinstance(one, Order)]
    listed = [one for each in arguments if isinstance(each, list | tuple) for one in each]
    kinds = [str(one.kind) for one in listed if isinstance(one, LedgerLine)]
    return {"order": orders[0].client_id if orders else "", "leg": str(orders[0].leg) if orders else "", "kinds": kinds}


def _watched(gate: Gate, kind: type, step: str) -> None:
    """Stand still before each such call, and after it."""
    real: Callable[..., Any] = getattr(kind, step)

    async def stand(when: str, arguments: tuple[Any, ...]) -> None:
        gate.stand(when, step, arguments)
        for _ in range(TURNS):
            await asyncio.sleep(0)

    async def standing(self: Any, *arguments: Any, **named: Any) -> Any:
        await stand("before", arguments)
        found = await real(self, *arguments, **named)
        await stand("after", arguments)
        return found

    setattr(kind, step, standing)


if __name__ == "__main__":
    own = Gate(int(os.environ["GATE_PORT"]))
    for watched_kind, steps in STEPS:
        for each in steps:
            _watched(own, watched_kind, each)
    own.stand("before", "start", ())
    sys.exit(main())
