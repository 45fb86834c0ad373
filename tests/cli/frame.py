"""The frame around two watched commands, as a program: `python -m tests.cli.frame …`."""

from __future__ import annotations

import sys

from fundarb.cli import app
from fundarb.cli.mounting import Command, Group

app.COMMANDS = {
    "echo": Command("tests.cli.echo", "Say what was given."),
    "deep": Group("Commands below.", {"echo": Command("tests.cli.echo", "Say what was given.")}),
}

if __name__ == "__main__":
    sys.exit(app.main())
