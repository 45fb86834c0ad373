"""The options every command shares, taken before the command, between `data` and `list`, and after it.

Each place records what it was given into one `Globals`: lists add up in order, of the rest the last wins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from fundarb.cli.forms import Format, LogFormat

DEFAULT_DATABASE = Path("data/fundarb.db")
_KEY = "fundarb.globals"


@dataclass(frozen=True, slots=True)
class Globals:
    """What the shared options say; `verbosity` counts -v up from 0 and -q down."""

    config: tuple[Path, ...] = ()
    sets: tuple[str, ...] = ()
    database: Path = DEFAULT_DATABASE
    format: Format | None = None
    verbosity: int = 0
    log_file: Path | None = None
    log_format: LogFormat = LogFormat.CONSOLE
    no_color: bool = False


def given(meta: Mapping[str, Any]) -> Globals:
    """What was given so far, over all places of the command line, by the `meta` those places share."""
    found = meta.get(_KEY)
    return found if isinstance(found, Globals) else Globals()


def _merge(before: Globals, name: str, value: Any) -> Globals:
    match name:
        case "config":
            return replace(before, config=(*before.config, *value))
        case "sets":
            return replace(before, sets=(*before.sets, *value))
        case "verbose":
            return replace(before, verbosity=max(before.verbosity, 0) + value)
        case "quiet":
            return replace(before, verbosity=min(before.verbosity, 0) - value)
        case _:
            return replace(before, **{name: value})


def _record(ctx: typer.Context, param: typer.CallbackParam, value: Any) -> None:
    """Keep what one place of the command line says; an option not given says nothing."""
    if value and param.name:
        ctx.meta[_KEY] = _merge(given(ctx.meta), param.name, value)


def _option(*names: str, help: str, **more: Any) -> Any:
    """A shared option: recorded where it stands, never passed to the command."""
    return typer.Option(*names, help=help, callback=_record, expose_value=False, show_default=False, **more)


Config = Annotated[
    list[Path] | None,
    _option(
        "-c",
        "--config",
        metavar="FILE",
        help="Configuration file; repeatable, later wins. Replaces configs/default.yaml beside you.",
    ),
]
Sets = Annotated[
    list[str] | None,
    _option("--set", metavar="PATH=VALUE", help="One parameter, as in sizing.size_usd=500; repeatable."),
]
Database = Annotated[Path | None, _option("--db", metavar="FILE", help=f"The database. Default: {DEFAULT_DATABASE}.")]
Form = Annotated[
    Format | None,
    _option("--format", metavar="|".join(Format), help="Of the answer. Default: table on a terminal, else csv."),
]
Verbose = Annotated[
    int, _option("-v", "--verbose", metavar="", count=True, help="Say more on stderr; twice for everything.")
]
Quiet = Annotated[int, _option("-q", "--quiet", metavar="", count=True, help="No progress, no warnings.")]
LogFile = Annotated[
    Path | None, _option("--log-file", metavar="FILE", help="Append the log to this file, too (created 0600).")
]
LogForm = Annotated[
    LogFormat | None,
    _option("--log-format", metavar="|".join(LogFormat), help="Of what goes to stderr and the log. Default: console."),
]
NoColor = Annotated[bool, _option("--no-color", help="No colour; so does NO_COLOR in the environment.")]


def declare(
    config: Config = None,
    sets: Sets = None,
    database: Database = None,
    format: Form = None,
    verbose: Verbose = 0,
    quiet: Quiet = 0,
    log_file: LogFile = None,
    log_format: LogForm = None,
    no_color: NoColor = False,
) -> None:
    """Declare the shared options; never called, only read."""


def _print_version(asked: bool) -> None:
    if asked:
        from fundarb import __version__
        from fundarb.cli import render

        render.write_line(f"fundarb {__version__}")
        raise typer.Exit


def declare_version(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Print the version and exit.",
            callback=_print_version,
            is_eager=True,
            expose_value=False,
            show_default=False,
        ),
    ] = False,
) -> None:
    """Declare `--version`; never called, only read."""
