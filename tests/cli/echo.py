"""Commands that exist only to be watched by tests: one says what reached it, one fails as it is told to."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from typing import Annotated

import structlog
import typer

from fundarb.cli.invocation import invocation
from fundarb.cli.render import Answer
from fundarb.errors import DataError, LockHeld

log = structlog.get_logger("fundarb.tests")


async def run(
    ctx: typer.Context,
    words: Annotated[list[str] | None, typer.Argument(metavar="WORDS", help="Anything.")] = None,
    fail: Annotated[str | None, typer.Option("--fail", metavar="HOW", help="How to fail.")] = None,
) -> int:
    """Say what was given.

    And nothing more.
    """
    await asyncio.sleep(0)
    if fail:
        return await _fail(fail)
    given = invocation(ctx).given
    row = {name: str(getattr(given, name)) for name in given.__slots__} | {"words": " ".join(words or ())}
    row |= {"config": ",".join(map(str, given.config)), "sets": ",".join(given.sets)}
    invocation(ctx).answer(Answer(tuple(row), [row]))
    return 0


async def _fail(how: str) -> int:
    canary = "canary-secret-in-a-local"
    match how:
        case "expected":
            raise LockHeld("the lock is held")
        case "unexpected":
            raise ValueError(f"what nobody\nforesaw{canary[:0]}")
        case "code":
            return DataError.exit_code
        case "log":
            log.debug("in detail", n=1)
            log.info("by the way", api_key="canary", url="/x?sign=canary&a=1")
            log.warning("look", secret="canary")
            logging.getLogger("somebody.else").info("library chatter")
            logging.getLogger("somebody.else").warning("library warning X-BAPI-SIGN: canary")
            return 0
        case "hang":
            sys.stderr.write("hanging\n")
            sys.stderr.flush()
            try:
                await asyncio.sleep(60)
            finally:
                sys.stderr.write("cleaned up\n")
            return 0
        case "stubborn":
            sys.stderr.write("hanging\n")
            sys.stderr.flush()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(60)
            await asyncio.sleep(60)
        case "environment":
            log.error("the key is %s", os.environ["FUNDARB_API_KEY"])
            return 0
    raise AssertionError(how)
