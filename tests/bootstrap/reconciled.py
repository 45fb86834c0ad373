"""A live portfolio on the disk and its account at a sandbox of this process, as the commands find them."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest

from fundarb.bootstrap.reconciling import Reconciled, Wish, reconcile_live
from fundarb.config import Resolved, resolve
from fundarb.config.keys import Keys
from fundarb.engine.journal_ledger import JournalLedger, open_ledger
from fundarb.engine.reconcile.plan import Act
from fundarb.sandbox.signing import Key
from tests.cli.processes import environment
from tests.contract.tradings import BTC
from tests.engine.live.sandboxed import Live, live_at_a_sandbox
from tests.engine.live.trader import PORTFOLIO

D = Decimal


@dataclass
class Found:
    """The trader that was, and what a command from another shell sees."""

    live: Live
    database: Path
    resolved: Resolved
    notes: list[str] = field(default_factory=list)

    @property
    def keys(self) -> Keys:
        """Those of the sandbox."""
        return Keys(Key().name, Key().secret)

    async def reconcile(self, *, adopt: str = "", exclude: str = "", apply: bool = False) -> Reconciled:
        """The command."""
        wish = Wish([adopt] if adopt else [], [exclude] if exclude else [], apply, "counted by hand")
        return await reconcile_live(self.database, self.resolved, self.keys, wish, self.notes.append)

    async def ledger(self) -> JournalLedger:
        """What is written by now."""
        return await open_ledger(self.live.journal, PORTFOLIO)

    async def agrees(self) -> None:
        """Nothing differs, to the digit, and doing it again does nothing."""
        again = await self.reconcile(apply=True)
        assert (again.left.differences, again.applied) == ((), ())
        self.live.ledger = await self.ledger()
        self.live.assert_same()

    async def order(self, category: str, symbol: str, side: str, qty: str, **more: object) -> None:
        """Somebody else trades on the account."""
        asked = {"category": category, "symbol": symbol, "side": side, "orderType": "Market", "qty": qty}
        if category == "spot":
            asked["marketUnit"] = "baseCoin"
        await self.live.opened.trading._exchange.privatePostV5OrderCreate(asked | more)


class Killed(BaseException):
    """A process that is no more."""


async def killed_entering(
    found: Found, monkeypatch: pytest.MonkeyPatch, owner: object, name: str, *, landed: bool
) -> None:
    """An entry whose process dies at the second call of this: before anything of it happened, or after."""
    await found.live.look()
    real, calls = getattr(owner, name), []

    async def deadly(*asked: object) -> object:
        calls.append(asked)
        if len(calls) > 1 and not landed:
            raise Killed
        answer = await real(*asked)
        if len(calls) > 1:
            raise Killed
        return answer

    with monkeypatch.context() as killing:
        killing.setattr(owner, name, deadly)
        with pytest.raises(Killed):
            await found.live.enter(looking=False)


def acts(steps: object) -> list[tuple[Act, str]]:
    """What is planned or was done, about what."""
    assert isinstance(steps, tuple)
    return [(step.act, step.subject) for step in steps]


@asynccontextmanager
async def found_at_a_sandbox(directory: Path) -> AsyncIterator[Found]:
    """Ten thousand on the account and in the ledger."""
    async with live_at_a_sandbox(directory) as live:
        database = directory / "fundarb.db"
        sets = [f"venue.url={live.sandbox.url}", f"universe.pairs={BTC.symbol}"]
        yield Found(live, database, resolve((), {}, sets, {}, database))


async def run(database: Path, url: str, *words: str) -> tuple[int | None, str, str]:
    """A command as a process beside the sandbox of this one: its code, its JSON on one line, and what it said."""
    argv = [
        sys.executable,
        "-m",
        "fundarb",
        *words,
        "--db",
        str(database),
        "--set",
        f"venue.url={url}",
        "--format",
        "json",
    ]
    keys = {"FUNDARB_API_KEY": Key().name, "FUNDARB_API_SECRET": Key().secret}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*argv, env=environment(**keys), stdout=pipe, stderr=pipe)
    out, said = await process.communicate()
    return process.returncode, json.dumps(json.loads(out)) if out else "", said.decode()
