"""The entry point: the table of commands, and the one place that turns errors into words and exit codes."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NoReturn

import typer

from fundarb.cli import logs
from fundarb.cli.mounting import Command, Group, execute, root, usage_text
from fundarb.errors import ConfigError, FundarbError

if TYPE_CHECKING:
    from types import FrameType

SUMMARY = "Funding-rate arbitrage at the command line: market data kept exactly, signals, backtests and their reports."
_HERE = "fundarb.cli.commands"

COMMANDS: dict[str, Command | Group] = {
    "init": Command(f"{_HERE}.init", "Write commented configuration files to start from."),
    "config": Group(
        "The resolved configuration.",
        {
            "show": Command(f"{_HERE}.config_show", "Every parameter with its value and where it comes from."),
            "check": Command(f"{_HERE}.config_check", "Check the configuration; say everything that is wrong with it."),
        },
    ),
    "data": Group(
        "The stored market data.",
        {
            "list": Command(f"{_HERE}.data_list", "What is stored: per pair and kind its extent, rows, gaps and age."),
            "gaps": Command(
                f"{_HERE}.data_gaps", "What is missing inside the stored series; exit code 3 if anything is."
            ),
            "import": Command(f"{_HERE}.data_import", "Bring CSV files in, all or nothing."),
            "export": Command(f"{_HERE}.data_export", "Write what is stored to CSV files."),
            "migrate": Command(
                f"{_HERE}.data_migrate", "Back up an older database and bring it to the present schema."
            ),
            "prune": Command(f"{_HERE}.data_prune", "Delete old market data."),
            "backup": Command(f"{_HERE}.data_backup", "Copy the database while it is in use."),
        },
    ),
    "fetch": Command(f"{_HERE}.fetch", "Bring the stored market data up to date with the venue, or check it."),
    "signals": Command(f"{_HERE}.signals", "What each pair offers now, what the mode would do with it, and why."),
    "backtest": Command(f"{_HERE}.backtest", "Run strategies over stored data, beside cash, hold and simple."),
    "sweep": Command(f"{_HERE}.sweep", "Try every set of a grid, and say what the best is worth after so much trying."),
    "trade": Command(
        f"{_HERE}.trade", "Trade at the live market: on paper in its order books, or with orders of your own."
    ),
    "reconcile": Command(
        f"{_HERE}.reconcile", "The journal beside the venue: what differs, and the plan that heals it."
    ),
    "recover": Command(f"{_HERE}.recover", "A live ledger that was lost, rebuilt from the venue's history."),
    "halt": Command(f"{_HERE}.halt", "Stop entries, of all pairs or of some; exits go on."),
    "resume": Command(f"{_HERE}.resume", "Let halted entries through again."),
    "doctor": Command(f"{_HERE}.doctor", "What stands in the way: clock, venue, keys, database, disk, the trader."),
    "report": Command(f"{_HERE}.report", "Stored runs again: as printed, taken apart, or side by side."),
    "dashboard": Command(f"{_HERE}.dashboard", "A web page of what runs and what was run; halt, settings, backtests."),
    "sandbox": Command(f"{_HERE}.sandbox", "A local exchange that speaks Bybit v5, for rehearsal and tests."),
    "demo": Command(f"{_HERE}.demo", "The whole tour on this machine alone, every command shown as it runs."),
}


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    signal.signal(signal.SIGTERM, _terminate)
    code = _outcome(lambda: _run(args))
    return _outcome(_flush) or code


def _run(args: Sequence[str] | None) -> int:
    return execute(root(SUMMARY, COMMANDS), sys.argv[1:] if args is None else args)


def _flush() -> int:
    from fundarb.cli import render

    render.flush()
    return 0


def _outcome(step: Callable[[], int]) -> int:
    """Run a step; whatever it raises becomes words on stderr and an exit code."""
    try:
        return step()
    except FundarbError as error:
        return _complain(_words(error), error.exit_code, discreet=_names_problems(error))
    except typer.TyperException as error:
        return _complain(usage_text(error), error.exit_code)
    except BrokenPipeError:  # help and completion are printed by typer; the reader has seen enough
        return _quiet()
    except KeyboardInterrupt:
        return _complain("stopped by SIGINT", 128 + signal.SIGINT)
    except Exception as error:
        return _explain(error)


def _quiet() -> int:
    from fundarb.cli import render

    render.silence()
    return 0


def _words(error: FundarbError) -> str:
    """Problems of the configuration stand one a line, each beginning with its file; the rest says that it is an error."""
    return str(error) if _names_problems(error) else f"error: {error}"


def _names_problems(error: FundarbError) -> bool:
    return isinstance(error, ConfigError) and bool(error.problems)


def _explain(error: Exception) -> int:
    """What nobody foresaw: one line, and for -v and the log file the way there, without the values on it."""
    from fundarb.cli.running import Stopped

    if isinstance(error, Stopped):
        return _complain(str(error), error.exit_code)
    detail = " ".join(str(error).split())
    logs.detail("unexpected failure", error)
    return _complain(f"unexpected failure: {type(error).__name__}: {detail} (-v shows where)", FundarbError.exit_code)


def _complain(text: str, code: int, *, discreet: bool = False) -> int:
    logs.tell(logging.ERROR, text, discreet=discreet)
    return code


def _terminate(_number: int, _frame: FrameType | None) -> NoReturn:
    """SIGTERM outside a running command: nothing is open, so just leave."""
    sys.exit(128 + signal.SIGTERM)
