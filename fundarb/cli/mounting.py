"""How commands hang together: tables of names and modules, a module imported only when its command is asked for.

The one file that leans on Typer's insides: it vendors click privately since 0.26, and neither lazy groups nor
options shared by all commands can be had through its front door.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command, get_install_completion_arguments

from fundarb.cli import options

if TYPE_CHECKING:
    from typer import _click

PROGRAM = "fundarb"
SETTINGS: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_SHARED = "Shared options, anywhere on the line (explained by fundarb --help)"


@dataclass(frozen=True, slots=True)
class Command:
    """A command not imported yet: its module, whose `run` is the command, and its line in the list."""

    module: str
    summary: str


@dataclass(frozen=True, slots=True)
class Group:
    """Commands under one word."""

    summary: str
    commands: Mapping[str, Command]


class FundarbCommand(TyperCommand):
    """A command that is an async function returning an exit code, or None for 0."""

    def invoke(self, ctx: _click.Context) -> int:
        """Run the function to its end."""
        from fundarb.cli.running import run_command

        return run_command(lambda: super(FundarbCommand, self).invoke(ctx), options.given(ctx.meta), ctx.command_path)

    def format_options(self, ctx: _click.Context, formatter: _click.HelpFormatter) -> None:
        """Own arguments and options in full, the shared ones in brief."""
        _format_own(self, ctx, formatter)
        _format_shared(formatter)


class LazyGroup(TyperGroup):
    """A group that knows its commands by name and summary and imports the one that is asked for."""

    def __init__(self, name: str, help: str, table: Mapping[str, Command | Group], params: Sequence[Any]) -> None:
        super().__init__(
            name=name,
            help=help,
            params=list(params),
            rich_markup_mode=None,
            no_args_is_help=True,
            subcommand_metavar="COMMAND ...",
            context_settings=SETTINGS,
        )
        self.table = table

    def get_params(self, ctx: _click.Context) -> list[_click.Parameter]:
        """The group's options, converted only where they are given."""
        params = super().get_params(ctx)
        for param in params:
            param.__class__ = _OnlyIfGiven  # typer makes options from functions only, and always of its own class
        return params

    def list_commands(self, ctx: _click.Context) -> list[str]:
        """The names, in the order of the table."""
        return list(self.table)

    def get_command(self, ctx: _click.Context, cmd_name: str) -> _click.Command | None:
        """The command of that name, imported at the first call."""
        if cmd_name in self.table and cmd_name not in self.commands:
            self.commands[cmd_name] = _build(cmd_name, self.table[cmd_name])
        return self.commands.get(cmd_name)

    def resolve_command(
        self, ctx: _click.Context, args: list[str]
    ) -> tuple[str | None, _click.Command | None, list[str]]:
        """As the group's own, with a message that names the choices."""
        if args[0] not in self.table and not ctx.resilient_parsing:
            ctx.fail(f"no such command: {args[0]}; {_meant(args[0], self.table)}")
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: _click.Context, formatter: _click.HelpFormatter) -> None:
        """The commands first; the shared options in full at the top of the tree, in brief below."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in self.table.items()])
        if ctx.parent is None:
            with formatter.section("Options"):
                formatter.write_dl([record for param in self.get_params(ctx) if (record := param.get_help_record(ctx))])
        else:
            _format_own(self, ctx, formatter)
            _format_shared(formatter)


def root(help: str, table: Mapping[str, Command | Group]) -> LazyGroup:
    """The whole command line, with `--version` and shell completion beside the shared options."""
    own = [*_params_of(options.declare_version), *get_install_completion_arguments()]
    return LazyGroup(PROGRAM, help, table, [*_shared_params(), *own])


def execute(command: LazyGroup, args: Sequence[str]) -> int:
    """Parse and run; the exit code. Unlike `main` it swallows nothing: a broken pipe or a signal is for the caller."""
    command._main_shell_completion({}, PROGRAM)
    try:
        with command.make_context(PROGRAM, list(args)) as ctx:
            return command.invoke(ctx) or 0
    except typer.Exit as finished:
        return finished.exit_code


def usage_text(error: typer.TyperException) -> str:
    """A usage error in words: which command, what is wrong, where to read on."""
    ctx = getattr(error, "ctx", None)
    message = error.format_message().replace("Value error, ", "")  # pydantic's word for a ValueError
    if ctx is None:
        return f"error: {message}\nTry `{PROGRAM} --help`."
    if message == ctx.get_help():  # a group without a command
        return message
    return f"error: {ctx.command_path}: {message}\nTry `{ctx.command_path} --help`."


def _build(name: str, entry: Command | Group) -> _click.Command:
    if isinstance(entry, Group):
        return LazyGroup(name, entry.summary, entry.commands, _shared_params())
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(name, cls=FundarbCommand, context_settings=SETTINGS)(import_module(entry.module).run)
    command = get_command(app)
    command.params.extend(_shared_params())
    return command


def _meant(typed: str, table: Mapping[str, Command | Group]) -> str:
    """What may have been meant by a word that is no command here, else the choices."""
    words = [(name, name) for name in table]
    for name, entry in table.items():
        if isinstance(entry, Group):
            words += [(inner, f"{name} {inner}") for inner in entry.commands]
    known = dict(words)
    near = [typed] if typed in known else get_close_matches(typed, known, 2)
    close = [whole for like in near for word, whole in words if word == like]
    return f"did you mean {' or '.join(close)}?" if close else f"choose from {', '.join(table)}"


class _OnlyIfGiven(TyperOption):
    """Left alone where it was not given: typer imports pydantic to convert even a None."""

    def process_value(self, ctx: _click.Context, value: Any) -> Any:
        """The converted value, recorded by the option's callback."""
        return super().process_value(ctx, value) if value or value == "" else value


@cache
def _shared_params() -> tuple[_click.Parameter, ...]:
    return _params_of(options.declare)


def _params_of(declaration: Any) -> tuple[_click.Parameter, ...]:
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command()(declaration)
    return tuple(get_command(app).params)


def _format_own(command: _click.Command, ctx: _click.Context, formatter: _click.HelpFormatter) -> None:
    own = [param for param in command.get_params(ctx) if param not in _shared_params()]
    arguments = [(param.metavar or param.name, param.help or "") for param in own if isinstance(param, TyperArgument)]
    if arguments:
        with formatter.section("Arguments"):
            formatter.write_dl(arguments)
    with formatter.section("Options"):
        formatter.write_dl([record for param in own if (record := _option_record(param, ctx))])


def _option_record(param: _click.Parameter, ctx: _click.Context) -> tuple[str, str] | None:
    return None if isinstance(param, TyperArgument) else param.get_help_record(ctx)


def _format_shared(formatter: _click.HelpFormatter) -> None:
    """Names and values only, an option never torn from its value at the end of a line."""
    with formatter.section(_SHARED):
        whole = " ".join(_brief(param).replace(" ", "\0") for param in _shared_params())
        lines = textwrap.wrap(whole, formatter.width - 2, break_on_hyphens=False, break_long_words=False)
        for line in lines:
            formatter.write(f"  {line}\n".replace("\0", " "))


def _brief(param: _click.Parameter) -> str:
    names = "/".join(param.opts)
    return f"{names} {param.metavar}" if param.metavar else names
