"""A command that is told to stop and cannot bring that to its end says so."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from fundarb.cli.running import Stopped, _run_stoppable
from fundarb.errors import DatabaseBusy


async def leaves_badly() -> int:
    os.kill(os.getpid(), signal.SIGTERM)
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        raise DatabaseBusy("somebody writes; live is not closed") from None
    return 0


def test_what_failed_on_the_way_out_is_said_beside_the_signal() -> None:
    with pytest.raises(Stopped, match=r"stopped by SIGTERM; error: somebody writes; live is not closed") as caught:
        asyncio.run(_run_stoppable(leaves_badly()))
    assert caught.value.exit_code == 128 + signal.SIGTERM
