"""What a running trader is asked, and how one that does not answer is ended: only once it is gone may another act, since
the kernel frees its lock then and no sooner."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from fundarb.adapters.sqlite.locks import Holder, holder, lock_path
from fundarb.bootstrap.clocks import stopwatch
from fundarb.domain.instants import SECOND
from fundarb.errors import LockHeld

GRACE_S = 10.0  # from TERM to KILL
_GONE_S = 5.0  # the kernel takes a moment to free what a process held
_EVERY_S = 0.1
LEAST_PATIENCE_S, MOST_PATIENCE_S, POLLS = 5.0, 60.0, 3

Answered = Callable[[], Awaitable[object | None]]


def patience_s(poll_ms: int) -> float:
    """How long a trader may do nothing about what it was asked: three polls, within reason."""
    return min(max(POLLS * poll_ms / SECOND, LEAST_PATIENCE_S), MOST_PATIENCE_S)


async def wait_for_trader(database: Path, progress: Answered, poll_ms: int) -> None:
    """Until all is answered (`progress` gives None), nobody trades any more, or nothing moved for too long."""
    wall, allowed_ms = stopwatch(), patience_s(poll_ms) * SECOND
    seen, since_ms = await progress(), wall.now_ms()
    while seen is not None and holder(database, "trade") is not None:
        await wall.sleep(_EVERY_S)
        now = await progress()
        if now != seen:
            seen, since_ms = now, wall.now_ms()
        elif wall.now_ms() - since_ms >= allowed_ms:
            return


async def end_trader(database: Path, note: Callable[[str], None], grace_s: float = GRACE_S) -> None:
    """TERM, and after a while KILL, for a trader that holds the lock; whatever else holds it is left alone."""
    held = holder(database, "trade")
    if held is None:
        return
    _require_trader(database, held)
    _require_here(database, held)
    for number, wait_s in ((signal.SIGTERM, grace_s), (signal.SIGKILL, _GONE_S)):
        if holder(database, "trade") != held:
            return
        note(f"{number.name} to {held}, which does not answer")
        with suppress(ProcessLookupError):
            _signal(held, number)
        if await _gone(database, held, wait_s):
            return
    raise LockHeld(
        f"{database}: {held} could not be ended and keeps the trade lock; end it by other means, then try again"
    )


def _require_trader(database: Path, held: Holder) -> None:
    if "trade" not in held.command.split()[1:]:
        raise LockHeld(
            f"{database}: the trade lock is held by {held}, which is no trader; entries are halted, and positions can be "
            "closed once it is done"
        )


def _require_here(database: Path, held: Holder) -> None:
    """As far as the kernel tells: the number of a process in another container is that of somebody else here."""
    there = Path(f"/proc/{held.pid}/fd")
    if not Path("/proc/self/fd").is_dir():
        return
    try:
        opened = list(there.iterdir())
    except PermissionError:
        return  # another user's, which signals are refused to
    except FileNotFoundError:
        opened = []
    lock = lock_path(database, "trade")
    if not any(_same(each, lock) for each in opened):
        raise LockHeld(
            f"{database}: the trade lock is held by {held}, which is no process of that number on this side (another "
            "container?): end it there, then try again; entries are halted"
        )


def _same(descriptor: Path, file: Path) -> bool:
    """Whether both are one file; a descriptor may be closed by now."""
    with suppress(OSError):
        return descriptor.samefile(file)
    return False


def _signal(held: Holder, number: signal.Signals) -> None:
    try:
        os.kill(held.pid, number)
    except PermissionError:
        raise LockHeld(f"{held} belongs to another user, who must end it; entries are halted") from None


async def _gone(database: Path, held: Holder, wait_s: float) -> bool:
    wall = stopwatch()
    until_ms = wall.now_ms() + wait_s * SECOND
    while holder(database, "trade") == held:
        if wall.now_ms() >= until_ms:
            return False
        await asyncio.sleep(_EVERY_S)
    return True
