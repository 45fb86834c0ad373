"""A command that draws on a terminal and has a step in hand that lasts: told to stop, it finishes that first."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from rich.console import Console

from fundarb.cli.forms import LogFormat
from fundarb.cli.live_view import Screen
from fundarb.cli.options import Globals
from fundarb.cli.running import giving_back, run_command
from fundarb.engine.trading.finishing import finished


async def draw() -> None:
    """Until told to stop, and a minute longer."""
    console = Console(file=sys.stdout, force_terminal=True, width=100, height=30, legacy_windows=False)
    screen = Screen(console, lambda _: None)
    with giving_back(screen.give_back), screen:
        sys.stdout.flush()
        await finished(asyncio.sleep(60))


if __name__ == "__main__":
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # as on a terminal, though whoever runs the tests may have it ignored
    given = Globals(database=Path("nowhere.db"), log_format=LogFormat.CONSOLE)
    raise SystemExit(run_command(draw, given, "draw"))
